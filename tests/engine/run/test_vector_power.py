"""Powers, roots and remainders in vector code: accuracy against mpmath, special values against IEEE's meaning."""

import math

import mpmath
import numpy as np
import pytest

from diffcli.engine import ieee
from diffcli.engine.run.vector.power import SIMPLE

from .vector_points import WIDTHS, assert_accurate, assert_meant, evaluate, exact, near, needs_compiler, spread, ulps

pytestmark = needs_compiler
RANDOM = np.random.default_rng(13)
SIZES = (
    0.0,
    5e-324,
    2.2250738585072014e-308,
    1e-160,
    0.5,
    1.0,
    1.5,
    2.0,
    3.0,
    7.0,
    1e15 + 1,
    2.0**53 - 1,
    2.0**53,
    1e160,
)
SIZES += (1.7976931348623157e308, math.inf, math.nan, math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0), 1e-320, 0.3)
SPECIAL = np.array([sign * each for each in SIZES for sign in (1.0, -1.0)])
SQUARE = [each.ravel() for each in np.meshgrid(SPECIAL, SPECIAL)]
BASES = np.concatenate(
    [
        RANDOM.integers(1, 0x7FF << 52, 600).view(np.float64),
        spread(RANDOM, 0.3, 3.0, 900),
        near(RANDOM, 1.0, 600, 1e-15),
    ]
)
# Exponents that bring the result anywhere between under- and overflow, and small ones.
EXPONENTS = np.where(
    np.arange(len(BASES)) % 3 == 0,
    RANDOM.uniform(-3.0, 3.0, len(BASES)),
    RANDOM.uniform(-745.0, 709.0, len(BASES)) / np.log(BASES),
)


def test_power():
    assert_accurate("power", mpmath.power, 1.2, BASES, EXPONENTS)
    assert_meant("power", ieee.power, *SQUARE, limit=1.0)


def test_powers_that_are_exact_numbers_are_exact():
    rows = [(base, place) for base in (2, 3, 5, 7, 10, 12, 255, 0.5, 1.5, -3, -10) for place in range(-3, 16)]
    rows = [(float(x), float(n)) for x, n in rows if (n >= 0 and abs(x) ** n < 2**53) or x in (2, 0.5)]
    rows += [(4.0, 0.5), (27.0, 0.0), (64.0, 1.5), (6.25, 2.5), (2.0, -1074.0), (2.0, 1023.0)]
    expected = [x**n for x, n in rows]
    for width in WIDTHS:
        assert evaluate("power", *np.array(rows).T, width=width).tolist() == expected


@pytest.mark.parametrize("exponent", SIMPLE)
def test_constant_exponents(exponent):
    """They are computed by products, quotients and roots: of the same special values, within 1.5 units of the last place."""
    points = np.concatenate([SPECIAL, BASES, -BASES[:100], BASES ** (1.0 / max(1.0, abs(exponent)))])
    expected = np.array([ieee.power(each, exponent) for each in points.tolist()])
    numbers = np.isfinite(expected) & (expected != 0.0)
    # To mpmath before 1.4 inf**0 is NaN.
    truth = exact(lambda x: x ** mpmath.mpf(exponent) if exponent else mpmath.mpf(1), points[numbers])
    for width in WIDTHS:
        found = evaluate("power", points, width=width, constants=(exponent,))
        assert [repr(each) for each in found[~numbers]] == [repr(each) for each in expected[~numbers]]
        error = ulps(found[numbers], truth)
        assert error.max() <= 1.5, (width, points[numbers][error.argmax()])


def test_cbrt():
    points = np.concatenate([BASES, -BASES])
    assert_accurate("cbrt", lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), 1.2, points)
    assert_meant("cbrt", math.cbrt, SPECIAL, limit=4.0)  # the C library's own is up to 3.7 off
    cubes = np.arange(-2000.0, 2000.0)
    for width in WIDTHS:
        assert evaluate("cbrt", cubes**3, width=width).tolist() == cubes.tolist()


def operands():
    """Pairs: all sizes, quotients next to a whole number, quotients too large for one division, subnormal numbers."""
    of_all_sizes = [(RANDOM.integers(0, 0x7FF << 52, 2000)).view(np.float64) for _ in range(2)]
    divisors = RANDOM.uniform(-10.0, 10.0, 1500)
    multiples = divisors * RANDOM.integers(-(2**50), 2**50, 1500)
    small = [np.exp2(RANDOM.uniform(-1074.0, -1000.0, 500)) for _ in range(2)]
    quarters = [RANDOM.integers(-100, 100, 500) / 4.0 for _ in range(2)]
    pairs = [SQUARE, of_all_sizes, (multiples, divisors), (np.nextafter(multiples, 0.0), divisors), small, quarters]
    return [
        np.concatenate([pair[side] * np.resize([1.0, -1.0, -1.0][side:], len(pair[side])) for pair in pairs])
        for side in (0, 1)
    ]


@pytest.mark.parametrize("name", ["floor_mod", "floor_divide"])
def test_quotient_and_remainder_are_exact(name):
    """The same bits as Python's % and // for all magnitudes, signs and special values."""
    assert_meant(name, getattr(ieee, name), *operands(), limit=0.0)
