"""Differences of values: right at any scale, with an error estimate that holds."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401 - fills the table
from diffcli.engine import numeric, numeric_precise
from diffcli.engine.graph import Graph
from diffcli.engine.op import OPS, alias, leaf
from diffcli.engine.run import execute, precise


def domain(function):
    def safe(x):
        try:
            return function(x)
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf

    return safe


# A function, where, and its derivative there by mpmath.
CASES = [
    ("sin", math.sin, 1000.0, mpmath.cos(1000)),
    ("sin", math.sin, 1e8, mpmath.cos(mpmath.mpf(10) ** 8)),
    ("log", math.log, 1e-8, 1e8),
    ("exp", math.exp, 1e-8, mpmath.exp(mpmath.mpf("1e-8"))),
    ("exp", math.exp, -700.0, mpmath.exp(-700)),
    ("square", lambda x: x * x, 1e-8, 2e-8),
    ("square", lambda x: x * x, 1e8, 2e8),
    ("sqrt", math.sqrt, 1e-8, 5e3),
    ("reciprocal", lambda x: 1 / x, 1e8, -1e-16),
    ("steep at 0", lambda x: math.exp(1e8 * x), 0.0, 1e8),
    ("flat", lambda x: math.atan(x / 1e8), 1e8, 5e-9),
    ("narrow", lambda x: math.tanh(1e8 * x), 1e-9, 1e8 / mpmath.cosh(0.1) ** 2),
    ("near a kink", lambda x: x * x if x > 1 else x, 0.999999, 1.0),
    ("near a pole", lambda x: 1 / math.sqrt((x - 1) * (x + 1)), 1.000001, -1.000001 / (2.000001e-6) ** 1.5),
    ("a step", math.floor, 0.3, 0.0),
]


@pytest.mark.parametrize(
    ("function", "at", "slope"), [case[1:] for case in CASES], ids=[f"{c[0]} {c[2]}" for c in CASES]
)
def test_the_step_is_found_at_every_scale(function, at, slope):
    safe = domain(function)
    found, error = numeric.central(lambda step: safe(at + step), abs(at) or 1.0)
    assert abs(found - slope) <= 20 * error
    assert abs(found - slope) <= 1e-9 * abs(slope)


def test_large_steps_are_not_believed_over_small_ones():
    # A staircase is flat here, whatever a stride over many of its steps finds.
    assert numeric.central(lambda step: math.floor((5.5 + step) / 2), 5.5)[0] == 0.0


def test_what_a_gradient_does_not_flow_past_is_held():
    x = leaf(Graph(), "x", "var", ())
    middle = alias(x * x, "middle")
    y = middle * x + OPS["stop_gradient"](x)
    values = execute([y], {x: 3.0})
    assert numeric.numeric(numeric.moving([y], x, values, [None]), 3.0)[0] == pytest.approx([27.0])
    assert numeric.numeric(numeric.moving([y], x, values, [None], {middle}), 3.0)[0] == pytest.approx([9.0])


def test_fifty_digits_know_a_derivative_to_thirty():
    x = leaf(Graph(), "x", "var", ())
    y = OPS["sin"](x * x)
    values = precise.run([y], {x: 1e4})
    (slope,) = numeric_precise.slopes([y], x, values, [0])
    with mpmath.workdps(60):
        want = 2 * mpmath.mpf(10) ** 4 * mpmath.cos(mpmath.mpf(10) ** 8)
        assert abs(mpmath.mpf(str(slope.value)) - want) < 1e-25 * abs(want)
    assert not slope.corner


@pytest.mark.parametrize(("name", "at", "sides"), [("abs", 0.0, (-1, 1)), ("relu", 0.0, (0, 1)), ("relu", 1.0, None)])
def test_fifty_digits_tell_a_corner(name, at, sides):
    x = leaf(Graph(), "x", "var", ())
    y = OPS[name](x)
    (slope,) = numeric_precise.slopes([y], x, precise.run([y], {x: at}), [0])
    assert slope.corner == (sides is not None)
    if sides is not None:
        assert (float(slope.left), float(slope.right)) == pytest.approx(sides)


def test_elements_of_a_tensor_are_moved_one_by_one():
    w = leaf(Graph(), "w", "var", (2, 2))
    y = OPS["sum"](w * w * w)
    at = np.array([[1.0, 1e-8], [1e8, 2.0]])
    found, _ = numeric.numeric(numeric.moving([y], w, execute([y], {w: at}), [None]), at)
    assert found[0] == pytest.approx(3.0, abs=1e10)  # beside 1e24 it is lost in doubles
    assert found[2] == pytest.approx(3e16, rel=1e-8)
    exact = numeric_precise.slopes([y], w, precise.run([y], {w: at}), range(4))
    assert [float(each.value) for each in exact] == pytest.approx([3.0, 3e-16, 3e16, 12.0], rel=1e-12)
