"""Exponentials and hyperbolic functions in vector code: accuracy against mpmath, special values against IEEE's meaning."""

import math

import mpmath
import numpy as np
import pytest

from diffcli.engine import ieee

from .vector_points import WIDTHS, assert_accurate, assert_meant, evaluate, near, needs_compiler, spread

pytestmark = needs_compiler
RANDOM = np.random.default_rng(11)


def whole_range(low, high):
    """Where results under- and overflow, where the reduced argument is largest, and around 0."""
    halves = (RANDOM.integers(-1000, 1000, 400) + 0.5) * math.log(2.0)
    return np.concatenate(
        [
            spread(RANDOM, low, high, 800),
            spread(RANDOM, -1.5, 1.5, 800),
            RANDOM.uniform(low, low + 50.0, 300),
            RANDOM.uniform(high - 5.0, high, 300),
            np.clip(halves, low, high),
            near(RANDOM, 0.5 * math.log(2.0), 200),
            near(RANDOM, -0.5 * math.log(2.0), 200),
        ]
    )


# Functions: points, the truth, the largest error that is stated for the function (at most libm's own and 1 more).
CASES = {
    "exp": (whole_range(-745.0, 709.78), mpmath.exp, 1.1),
    "exp2": (whole_range(-1074.0, 1023.9), lambda x: mpmath.mpf(2) ** x, 1.2),
    "expm1": (whole_range(-60.0, 709.78), mpmath.expm1, 1.5),
    "sinh": (whole_range(-710.47, 710.47), mpmath.sinh, 1.5),
    "cosh": (whole_range(-710.47, 710.47), mpmath.cosh, 1.6),
    "tanh": (whole_range(-22.0, 22.0), mpmath.tanh, 1.8),
    "asinh": (np.concatenate([spread(RANDOM, -1e308, 1e308, 900), spread(RANDOM, -3.0, 3.0, 900)]), mpmath.asinh, 1.9),
    "acosh": (np.concatenate([spread(RANDOM, 1.0, 1e308, 900), 1.0 + abs(near(RANDOM, 0.0, 900))]), mpmath.acosh, 2.0),
    "atanh": (
        np.concatenate([spread(RANDOM, -0.999, 0.999, 900), 1.0 - abs(near(RANDOM, 0.0, 900, 1e-16))]),
        mpmath.atanh,
        2.3,
    ),
}
MEANING = {"tanh": math.tanh, "asinh": math.asinh} | {name: getattr(ieee, name) for name in ("exp", "exp2", "expm1")}
MEANING |= {name: getattr(ieee, name) for name in ("sinh", "cosh", "acosh", "atanh")}
SIZES = (
    0.0,
    5e-324,
    1e-310,
    2.2250738585072014e-308,
    1e-160,
    1e-17,
    0.5,
    1.0,
    1.5,
    40.0,
    700.0,
    708.5,
    709.782712893384,
)
SIZES += (709.7827128933841, 710.4758600739439, 710.475860073944, 720.0, 744.4400719213812, 745.1332191019411)
SIZES += (745.1332191019412, 746.0, 1022.0, 1023.0, 1024.0, 1074.0, 1075.0, 1075.1, 1076.0, 2000.0, 1e19, 1e160)
SIZES += (1.7976931348623157e308, math.inf, math.nan, math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0))
SPECIAL = np.array([sign * each for each in SIZES for sign in (1.0, -1.0)])


@pytest.mark.parametrize("name", CASES)
def test_accuracy(name):
    points, function, limit = CASES[name]
    assert_accurate(name, function, limit, points)


@pytest.mark.parametrize("name", MEANING)
def test_special_values(name):
    """Signed zeros, infinities, NaN, subnormal arguments and results, the last argument before overflow."""
    assert_meant(name, MEANING[name], SPECIAL, limit=3.5)


@pytest.mark.parametrize("width", WIDTHS)
def test_exact_values(width):
    """A power of two is exact, subnormal ones too; no tangent is beyond 1."""
    whole = np.arange(-1074.0, 1024.0)
    assert evaluate("exp2", whole, width=width).tolist() == [math.ldexp(1.0, int(each)) for each in whole]
    assert evaluate("exp", np.zeros(8), width=width).tolist() == [1.0] * 8
    assert max(abs(evaluate("tanh", np.linspace(-40.0, 40.0, 20001), width=width))) == 1.0


@pytest.mark.parametrize("width", WIDTHS)
def test_a_row_has_the_same_bits_anywhere(width):
    points = spread(RANDOM, -700.0, 700.0, 101)
    for name in ("exp", "tanh", "sinh", "atanh"):
        apart = [evaluate(name, np.array([each]), width=width)[0] for each in points[:20]]
        np.testing.assert_array_equal(evaluate(name, points, width=width)[:20], apart)
