"""Exponentials in lanes: x = k * log(2) + r, exp(x) = 2**k * exp(r) with a polynomial for |r| <= log(2) / 2."""

from __future__ import annotations

from ..lanes import SHIFT, Lane, Lanes, function

LOG2E = 1.4426950408889634
LN2 = 0.6931471805599453
# log(2) in two parts; the first has 32 digits, so that a whole number below 2**20 times it is exact.
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10

# (cosh(r) - 1) / r**2 and (sinh(r) - r) / r**3 in z = r * r, for |r| <= 0.3467: weighted least squares on Chebyshev
# nodes, rounded one by one; errors relative to r 2e-17 and 1e-18.
COSH = (0.5000000000000006, 0.04166666666657352, 0.001388888893243304, 2.480150436454856e-05, 2.762636393076857e-07)
SINH = (
    0.16666666666666677,
    0.008333333333321442,
    0.00019841269886569808,
    2.7557243786127943e-06,
    2.5109178722745544e-08,
)
# (exp(r) - 1 - r) / r**2
EXP = tuple(each for pair in zip(COSH, SINH, strict=True) for each in pair)


def clamped(v: Lanes, x: Lane, low: float, high: float) -> Lane:
    """x between the bounds; NaN stays."""
    above = bounded_below(v, x, low)
    return v.select(above > high, high, above)


def bounded_below(v: Lanes, x: Lane, low: float) -> Lane:
    """x where it is not below the bound; NaN stays."""
    return v.select(x < low, low, x)


def reduced(v: Lanes, x: Lane) -> tuple[Lane, Lane, Lane]:
    """k + SHIFT, r and its error, with x = k * log(2) + r + error, |r| <= log(2) / 2, for |x| < 2**19."""
    shifted = v.fma(x, LOG2E, SHIFT)
    k = shifted - SHIFT
    near = v.fma(k, -LN2_HIGH, x)
    r = v.fma(k, -LN2_LOW, near)
    return shifted, r, v.fma(k, -LN2_LOW, near - r)


def rest(v: Lanes, r: Lane, more: Lane) -> Lane:
    """exp(r) - 1 - r + more for |r| <= log(2) / 2."""
    z = r * r
    return v.fma(z, v.split_polynomial(r, z, EXP), more)


@function
def exp(v: Lanes, x: Lane) -> Lane:
    """exp(x). Reduction of Cody and Waite, polynomial of degree 11; at most 1.02 ulp, subnormal results included."""
    shifted, r, _ = reduced(v, clamped(v, x, -746.0, 710.0))
    return v.scale(1.0 + rest(v, r, r), shifted)


def decay(v: Lanes, x: Lane) -> Lane:
    """exp(-|x|) with what the reduced argument was rounded by; at most 0.85 ulp."""
    near = bounded_below(v, -abs(x), -746.0)
    shifted = v.fma(near, LOG2E, SHIFT)
    k = shifted - SHIFT
    first, second = v.fma(k, -LN2_HIGH, near), k * -LN2_LOW
    return v.scale(1.0 + (first + rest(v, first + second, second)), shifted)


@function
def exp2(v: Lanes, x: Lane) -> Lane:
    """2**x as exp of the fractional part; at most 1.06 ulp, exact for whole numbers."""
    near = clamped(v, x, -1076.0, 1025.0)
    shifted = near + SHIFT
    r = (near - (shifted - SHIFT)) * LN2
    return v.scale(1.0 + rest(v, r, r), shifted)


@function
def expm1(v: Lanes, x: Lane) -> Lane:
    """exp(x) - 1 as 2**k * ((1 - 2**-k) + (exp(r) - 1)), the large terms summed with their error; at most 1.45 ulp."""
    shifted, r, error = reduced(v, clamped(v, x, -60.0, 710.0))
    power = v.from_bits(v.bits(v.constant(1.0)) - (v.bits(shifted) << 52))
    high, low = v.fast_sum(v.select(shifted > SHIFT + 64.0, 1.0, 1.0 - power), r)
    return v.copysign(v.scale(high + rest(v, r, low + error), shifted), x)
