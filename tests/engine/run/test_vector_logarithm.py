"""Logarithms and the logistic family in vector code: accuracy against mpmath, special values against IEEE's meaning."""

import math

import mpmath
import numpy as np
import pytest

from diffcli.engine import ieee

from .vector_points import WIDTHS, assert_accurate, assert_meant, evaluate, near, needs_compiler, spread

pytestmark = needs_compiler
RANDOM = np.random.default_rng(12)
POSITIVE = np.concatenate(
    [
        RANDOM.integers(1, 0x7FF << 52, 1000).view(np.float64),  # of all sizes, subnormal ones too
        RANDOM.integers(1, 1 << 52, 300).view(np.float64),
        spread(RANDOM, 0.3, 3.0, 1000),
        near(RANDOM, 1.0, 600),
        near(RANDOM, 0.75, 200),
        near(RANDOM, 1.5, 200),
    ]
)
ABOVE = np.concatenate(
    [
        spread(RANDOM, -0.999, 4.0, 1000),
        spread(RANDOM, 1e-300, 1e308, 500),
        near(RANDOM, -1.0, 300, 1e-16)[::2] + 1e-16,
        near(RANDOM, 0.0, 600, 1e-320),
        2.0 ** RANDOM.uniform(50.0, 60.0, 200),
    ]
)
ABOVE = ABOVE[ABOVE > -1.0]
LINE = np.concatenate(
    [spread(RANDOM, -40.0, 40.0, 1000), spread(RANDOM, -2.0, 2.0, 500), RANDOM.uniform(-745.0, 745.0, 400)]
)
PAIR = (
    np.concatenate([spread(RANDOM, 1.0, 600.0, 500), LINE]),
    np.concatenate([spread(RANDOM, 1.0, 600.0, 500), LINE]),
)


def softplus(x):
    return mpmath.log1p(mpmath.exp(x))


# Functions: points, the truth, the largest error that is stated for the function (at most libm's own and 1 more).
CASES = {
    "log": (POSITIVE, mpmath.log, 1.0),
    "log2": (POSITIVE, lambda x: mpmath.log(x, 2), 1.5),
    "log10": (POSITIVE, mpmath.log10, 1.6),
    "log1p": (ABOVE, mpmath.log1p, 1.1),
    "sigmoid": (LINE, lambda x: 1 / (1 + mpmath.exp(-x)), 1.6),
    "sigmoid_minus": (LINE, lambda x: 1 / (1 + mpmath.exp(x)), 1.6),
    "softplus": (LINE, softplus, 2.0),
    "log_sigmoid": (LINE, lambda x: -softplus(-x), 2.0),
}
MEANING = {
    name: getattr(ieee, name) for name in ("log", "log2", "log10", "log1p", "sigmoid", "softplus", "log_sigmoid")
}
MEANING["sigmoid_minus"] = lambda x: ieee.sigmoid(-x)
SIZES = (0.0, 5e-324, 1e-310, 2.2250738585072014e-308, 1e-160, 1e-17, 0.5, 1.0, 2.0, 37.0, 708.5, 745.2, 746.0, 2.0**52)
SIZES += (2.0**53 + 2.0, 2.0**54, 1.7e16, 1e160, 1.7976931348623157e308, math.inf, math.nan, math.nextafter(1.0, 0.0))
SPECIAL = np.array([sign * each for each in SIZES for sign in (1.0, -1.0)])


@pytest.mark.parametrize("name", CASES)
def test_accuracy(name):
    points, function, limit = CASES[name]
    assert_accurate(name, function, limit, points, digits=400 if name == "log_sigmoid" or name == "softplus" else 40)


@pytest.mark.parametrize("name", MEANING)
def test_special_values(name):
    """Signed zeros, infinities, NaN, subnormal arguments and results, the ends of the domains."""
    assert_meant(name, MEANING[name], SPECIAL)


def test_logaddexp():
    """Where both operands are of one sign the result does not cancel; two equal ones, infinite or not, are exact cases."""
    x, y = (np.abs(each) for each in PAIR)
    assert_accurate("logaddexp", lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)), 2.2, x, y, digits=350)
    first, second = np.meshgrid(SPECIAL, SPECIAL)
    larger = np.maximum(first, second) > 0.7  # below, the sum of two numbers may be next to 0
    larger |= ~(np.isfinite(first) & np.isfinite(second))
    assert_meant("logaddexp", ieee.logaddexp, first[larger], second[larger])


@pytest.mark.parametrize("width", WIDTHS)
def test_exact_values(width):
    """Logarithms of whole powers are whole."""
    twos = np.arange(-1074.0, 1024.0)
    powers = np.array([math.ldexp(1.0, int(each)) for each in twos])
    assert evaluate("log2", powers, width=width).tolist() == twos.tolist()
    tens = np.arange(0.0, 23.0)
    assert evaluate("log10", np.array([10.0**each for each in tens]), width=width).tolist() == tens.tolist()
    assert repr(evaluate("log", np.ones(8), width=width)[0].item()) == "0.0"
