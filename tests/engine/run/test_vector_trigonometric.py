"""Sine, cosine, tangent and their inverses in vector code: accuracy against mpmath, special values against `math`."""

import math
from itertools import product

import mpmath
import numpy as np
import pytest

from diffcli.engine import ieee

from .vector_points import WIDTHS, assert_accurate, assert_meant, evaluate, near, needs_compiler, spread

pytestmark = needs_compiler
RANDOM = np.random.default_rng(4)
# Doubles that are very near to a multiple of pi/2; the first is the nearest of all (Muller, Elementary Functions).
NEAR_TURNS = [6381956970095103.0 * 2.0**797, 5319372264832652.5, 1.0e22, 2.0**1023, 1.7976931348623157e308, 800000.0]
TURNS = RANDOM.integers(1, 520000, 600) * (math.pi / 2)
ANGLES = np.concatenate(
    [
        spread(RANDOM, -10.0, 10.0, 1000),
        spread(RANDOM, -8e5, 8e5, 600),
        RANDOM.integers(0, 0x7FF << 52, 600).view(np.float64),  # of all sizes
        TURNS,
        np.nextafter(TURNS, 0.0),
        near(RANDOM, 800000.0, 100, 1e-6, 1e4),
        NEAR_TURNS,
    ]
)
PART = np.concatenate([spread(RANDOM, -1.0, 1.0, 1000), near(RANDOM, 0.5, 400), 1.0 - abs(near(RANDOM, 0.0, 400))])
SLOPES = np.concatenate([spread(RANDOM, -20.0, 20.0, 800), spread(RANDOM, -1e300, 1e300, 400), near(RANDOM, 1.0, 600)])
POINTS = (
    np.concatenate([spread(RANDOM, -5.0, 5.0, 600), spread(RANDOM, 1e-300, 1e300, 500), near(RANDOM, 1.0, 400)]),
    np.concatenate([spread(RANDOM, -5.0, 5.0, 600), spread(RANDOM, 1e-300, 1e300, 500), near(RANDOM, 1.0, 400)]),
)
# Functions: points, the truth, the largest error in units of the last place that is stated for the function.
CASES = {
    "sin": ((ANGLES,), mpmath.sin, 0.85),
    "cos": ((ANGLES,), mpmath.cos, 0.85),
    "tan": ((ANGLES,), mpmath.tan, 1.4),
    "asin": ((PART,), mpmath.asin, 1.3),
    "acos": ((PART,), mpmath.acos, 1.3),
    "atan": ((SLOPES,), mpmath.atan, 1.45),
    "atan2": (POINTS, mpmath.atan2, 1.25),
    "hypot": (POINTS, mpmath.hypot, 1.25),
    "inverse_part": (POINTS, lambda x, y: y / (x * x + y * y), 2.5),
}
SPECIAL = (0.0, 1.0, 0.5, 2.5, 5e-324, 2.2250738585072014e-308, 1e-160, 1e160, 1.7976931348623157e308, math.inf, 1e-8)
SIGNED = [sign * each for each in SPECIAL for sign in (1.0, -1.0)] + [math.nan]
MEANING = {
    "sin": ieee.sin,
    "cos": ieee.cos,
    "tan": ieee.tan,
    "asin": ieee.asin,
    "acos": ieee.acos,
    "atan": math.atan,
    "atan2": math.atan2,
    "hypot": math.hypot,
    "degrees": lambda x: x * (180.0 / math.pi),
    "radians": lambda x: x * (math.pi / 180.0),
}


@pytest.mark.parametrize("name", CASES)
def test_accuracy(name):
    columns, function, limit = CASES[name]
    # The largest angles have 309 digits before the point.
    assert_accurate(name, function, limit, *columns, digits=360 if columns[0] is ANGLES else 40)


@pytest.mark.parametrize("name", MEANING)
def test_special_values(name):
    """Signed zeros, infinities, NaN, subnormal numbers and the largest ones."""
    rows = np.array(list(product(SIGNED, repeat=2 if name in ("atan2", "hypot") else 1)))
    assert_meant(name, MEANING[name], *rows.T, limit=1.5)


@pytest.mark.parametrize("width", WIDTHS)
def test_large_angles_leave_their_neighbours_alone(width):
    """A register with one angle that needs the long reduction gives the others what they are without it."""
    small = RANDOM.uniform(-100.0, 100.0, 64)
    mixed = small.copy()
    mixed[::5] = [1e6, 1e22, math.inf, math.nan, 1e300] * 2 + [2.0**40, 8e5, 1e7]
    for name in ("sin", "cos", "tan"):
        found, alone = (evaluate(name, each, width=width) for each in (mixed, small))
        kept = np.arange(64) % 5 != 0
        np.testing.assert_array_equal(found[kept], alone[kept])
        np.testing.assert_allclose(found[::5], [MEANING[name](each) for each in mixed[::5]], rtol=4e-16)


@pytest.mark.parametrize("width", WIDTHS)
def test_inverse_part_neither_overflows_nor_vanishes_on_the_way(width):
    sizes = np.array([1e-300, 1e-160, 1.0, 1e160, 1e300, 1.7e308])
    found = evaluate("inverse_part", sizes, sizes, width=width)
    np.testing.assert_allclose(found, [0.5 / each for each in sizes], rtol=1e-15)
    zero = evaluate("inverse_part", np.array([0.0, math.inf, 1.0, math.inf]), np.array([0.0, 1.0, math.inf, -0.0]))
    assert np.isnan(zero[[0, 2]]).all()
    assert [repr(each) for each in zero[[1, 3]].tolist()] == ["0.0", "-0.0"]
