"""The Gaussian and its integrals in lanes: bell, erf, erfc, and the normal distribution's density and its integral.

All of one argument share exp(-x * x), taken of the exact square: exp(-s - e) with s + e = x * x. Away from 0 an integral
is that times erfcx(x) = exp(x * x) * erfc(x), a slowly falling function: a polynomial in (x - c) / (x + c), as
Shepherd and Laframboise have it (Mathematics of Computation 36, 1981).
"""

from __future__ import annotations

from ..lanes import SHIFT, Lane, Lanes, function
from .exponential import LN2_HIGH, LN2_LOW, LOG2E, rest

ROOT_HALF = 0.7071067811865476
PEAK = 0.3989422804014327  # 1 / sqrt(2 pi)
NOTHING = 28.0  # beyond, exp(-x * x) rounds to 0
NEAR, NEAR_FOR_REST = 1.0, 0.75  # below, erf is computed as such, above as 1 - erfc; the second is erfc's bound

# All fits are minimax (Remez), their errors in units of 2**-53.
# erf(x) / x - 1 for |x| < 1, in powers of x**2; error 0.07.
ERF = (
    0.12837916709551256,
    -0.3761263890318352,
    0.11283791670944184,
    -0.026866170643111392,
    0.005223977606117985,
    -0.0008548325929295723,
    0.00012055293576452452,
    -1.4924712295175016e-05,
    1.6447131505017825e-06,
    -1.620631336648433e-07,
    1.3710979123094308e-08,
    -7.779466776387987e-10,
)
# erfcx(x) for 0.97 < x < 6 in powers of (x - 3) / (x + 3), error relative to exp(x * x); 0.07. For 1 - erfc(x) alone.
ERFCX_TO_SUBTRACT = (
    0.17900115118133755,
    -0.326233560046606,
    0.24560380166179097,
    -0.15011593611553153,
    0.07166585458202249,
    -0.024392287822685207,
    0.00427056657522949,
    0.0007138921301315875,
    -0.0005795393346755787,
    7.849466171036753e-05,
    0.00010456922348377487,
    1.5745022806417947e-05,
)
# (1 + 2 * x) * erfcx(x) for 0.72 < x < 28 in powers of (x - 4) / (x + 4), error relative; 0.07.
ERFCX = (
    1.2329951186255526,
    -0.1396211168405623,
    0.015379652102622121,
    0.06809705425466069,
    -0.10103906603646794,
    0.0937328349997091,
    -0.06633036580788869,
    0.03716751551087032,
    -0.01619773411545588,
    0.00503197026584596,
    -0.0007577728522696174,
    -0.0001992585775253676,
    0.00015061969740476515,
    -2.4391437970026308e-05,
    -1.121662700125739e-05,
    5.689252387255071e-06,
    2.8539147586599727e-07,
    -7.91856182644682e-07,
    8.071513469764421e-08,
    7.834297637214629e-08,
    -1.784168896693157e-08,
)


def limited(v: Lanes, x: Lane, high: float) -> Lane:
    """|x|, at most the bound; NaN stays."""
    size = abs(x)
    return v.select(size > high, high, size)


def exp_of_negative(v: Lanes, high: Lane, low: Lane) -> Lane:
    """exp(-(high + low)) for 0 <= high < 1000, |low| < 2**-52 * high. At most 0.8 ulp."""
    shifted = v.fma(-high, LOG2E, SHIFT)
    k = shifted - SHIFT
    first = v.fma(k, -LN2_HIGH, -high)
    second = v.fma(k, -LN2_LOW, -low)
    return v.scale(1.0 + (first + rest(v, first + second, second)), shifted)


def erfcx(v: Lanes, x: Lane) -> Lane:
    """exp(x * x) * erfc(x) for 0.72 < x <= 28. At most 2.5 ulp."""
    t = (x - 4.0) / (x + 4.0)
    return v.split_polynomial(t, t * t, ERFCX) / v.fma(x, 2.0, 1.0)


def near_erf(v: Lanes, x: Lane) -> Lane:
    """erf(x) for |x| <= 1. At most 1 ulp."""
    square = x * x
    return v.fma(x, v.split_polynomial(square, square * square, ERF), x)


@function
def bell(v: Lanes, x: Lane) -> Lane:
    """exp(-x * x). At most 0.9 ulp, 1 where it is subnormal."""
    return exp_of_negative(v, *v.product(*[limited(v, x, NOTHING)] * 2))


@function
def erf(v: Lanes, x: Lane) -> Lane:
    """The error function. At most 1.3 ulp, 1.6 without fused multiply-add."""
    size = limited(v, x, NOTHING)
    t = (size - 3.0) / (size + 3.0)
    far = v.fma(-bell(v, x), v.split_polynomial(t, t * t, ERFCX_TO_SUBTRACT), 1.0)
    return v.copysign(v.select(size < NEAR, near_erf(v, size), far), x)


@function
def erfc(v: Lanes, x: Lane) -> Lane:
    """1 - erf(x) with all digits in the tail. At most 4 ulp, in [0, 0.75] and below 0 1.4."""
    size = limited(v, x, NOTHING)
    tail = bell(v, x) * erfcx(v, size)
    far = v.select(x > 0.0, tail, 2.0 - tail)
    return v.select(size < NEAR_FOR_REST, 1.0 - v.copysign(near_erf(v, size), x), far)


def normal_bell(v: Lanes, x: Lane) -> Lane:
    """exp(-x * x / 2)."""
    high, low = v.product(*[limited(v, x, 1.5 * NOTHING)] * 2)
    return exp_of_negative(v, high * 0.5, low * 0.5)


@function
def normal_pdf(v: Lanes, x: Lane) -> Lane:
    """The density of the standard normal distribution. At most 2.2 ulp."""
    return normal_bell(v, x) * PEAK


@function
def normal_cdf(v: Lanes, x: Lane) -> Lane:
    """The standard normal distribution function with all digits in the tail. At most 4.2 ulp."""
    size = limited(v, x * ROOT_HALF, NOTHING)
    tail = normal_bell(v, x) * (0.5 * erfcx(v, size))
    far = v.select(x < 0.0, tail, 1.0 - tail)
    return v.select(size < NEAR_FOR_REST, 0.5 + 0.5 * v.copysign(near_erf(v, size), x), far)
