"""Every mode gives the same matrices and products; the numbers are mathematics."""

import math

import pytest

from diffcli.compute import Request, gradient, hessian, hvp, jacobian, jvp, vjp
from diffcli.source import Source

MODES = ["auto", "reverse", "forward", "numeric", "symbolic"]
TEXT = "input x = 2\ninput v = [1, 2]\ny = x**2 * sin(v)"
SIN, COS = [math.sin(1), math.sin(2)], [math.cos(1), math.cos(2)]


def request(mode: str, directions: tuple[tuple[str, str], ...] = ()) -> Request:
    return Request(Source("test", TEXT), wrt=("x", "v"), mode=mode, directions=directions)


def close(value: object, expected: object) -> None:
    if isinstance(expected, list):
        assert isinstance(value, list)
        for a, b in zip(value, expected, strict=True):
            close(a, b)
    else:
        assert value == pytest.approx(expected, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("mode", MODES)
def test_gradients(mode: str) -> None:
    by_x, by_v = (row.value for row in gradient(request(mode)).gradients)
    close(by_x, 4 * (SIN[0] + SIN[1]))
    close(by_v, [4 * COS[0], 4 * COS[1]])


@pytest.mark.parametrize("mode", MODES)
def test_jacobians(mode: str) -> None:
    by_x, by_v = (row.value for row in jacobian(request(mode)).jacobians)
    close(by_x, [4 * SIN[0], 4 * SIN[1]])
    close(by_v, [[4 * COS[0], 0], [0, 4 * COS[1]]])


@pytest.mark.parametrize("mode", MODES)
def test_hessians(mode: str) -> None:
    xx, xv, vx, vv = (row.value for row in hessian(request(mode)).hessians)
    close(xx, 2 * (SIN[0] + SIN[1]))
    close(xv, [4 * COS[0], 4 * COS[1]])
    close(vx, [4 * COS[0], 4 * COS[1]])
    close(vv, [[-4 * SIN[0], 0], [0, -4 * SIN[1]]])


@pytest.mark.parametrize("mode", MODES)
def test_products(mode: str) -> None:
    along = (("x", "3"), ("v", "[1, -1]"))
    (moved,) = (row.value for row in jvp(request(mode, along)).products)
    close(moved, [12 * SIN[0] + 4 * COS[0], 12 * SIN[1] - 4 * COS[1]])
    by_x, by_v = (row.value for row in vjp(request(mode, (("y", "[10, 1]"),))).products)
    close(by_x, 40 * SIN[0] + 4 * SIN[1])
    close(by_v, [40 * COS[0], 4 * COS[1]])
    by_x, by_v = (row.value for row in hvp(request(mode, along)).products)
    close(by_x, 6 * (SIN[0] + SIN[1]) + 4 * (COS[0] - COS[1]))
    close(by_v, [12 * COS[0] - 4 * SIN[0], 12 * COS[1] + 4 * SIN[1]])


@pytest.mark.parametrize("mode", MODES)
def test_the_mode_is_named(mode: str) -> None:
    assert mode == "auto" or mode in gradient(request(mode)).mode
    assert mode == "auto" or mode in jacobian(request(mode)).mode
    assert mode == "auto" or mode in hessian(request(mode)).mode


def test_zeros_of_unit_vectors_are_not_multiplied() -> None:
    for mode in ("reverse", "forward"):
        (row,) = jacobian(Request(Source("test", "input v = [0, 4]\ny = log(v)"), mode=mode)).jacobians
        assert row.value == [[math.inf, 0.0], [0.0, 0.25]]
