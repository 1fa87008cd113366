"""Logarithms in lanes: x = 2**k * m, log(x) = k * log(2) + log(m) with m between 0.75 and 1.5."""

from __future__ import annotations

from math import inf, nan

from ..lanes import Lane, Lanes, function
from .exponential import LN2_HIGH, LN2_LOW

LOG2E, LOG2E_LOW = 1.4426950408889634, 2.0355273740931033e-17
LOG10E, LOG10E_LOW = 0.4342944819032518, 1.098319650216765e-17
# log10(2) in two parts; the first has 32 digits.
LOG10_2_HIGH, LOG10_2_LOW = 0.3010299955494702, 1.1451100898021838e-10

# (log((1 + s) / (1 - s)) - 2 * s) / s**3 in z = s * s, z <= 0.04: weighted least squares on Chebyshev nodes, weight z,
# rounded one by one; error times z 4e-17.
LOG = (
    0.6666666666667287,
    0.39999999996103625,
    0.28571429403025433,
    0.22222138002946357,
    0.18186372865300762,
    0.15249903738246373,
    0.15370112250880627,
)


def correction(v: Lanes, f: Lane, above: Lane, more: Lane | float = 0.0) -> Lane:
    """c with log(1 + f) + more = f - c, for f in [-0.25, 0.5] and above = f + 2: the method of fdlibm's e_log.c."""
    s = f / above
    z = s * s
    half = f * (f * 0.5)
    return half - v.fma(s * z, v.split_polynomial(z, z * z, LOG), v.fma(s, half, more))


def outside(v: Lanes, x: Lane, result: Lane) -> Lane:
    """The result with what a logarithm is at 0, below, and at infinity; AVX-512's own instructions gave it already."""
    if v.has_avx512:
        return result
    result = v.select(x < inf, result, x)
    return v.select(x > 0.0, result, v.select(x.equals(0.0), -inf, nan))


@function
def log(v: Lanes, x: Lane) -> Lane:
    """log(x); at most 1 ulp."""
    k, m = v.exponent(x)
    f = m - 1.0
    return outside(v, x, v.fma(k, LN2_HIGH, f - correction(v, f, m + 1.0, k * LN2_LOW)))


@function
def log1p(v: Lanes, x: Lane) -> Lane:
    """log(1 + x), with what 1 + x loses put back into the reduced argument; at most 0.95 ulp."""
    return v.copysign(log1p_positive(v, x), x)


def log1p_positive(v: Lanes, x: Lane, low: Lane | float = 0.0) -> Lane:
    """log(1 + x + low) but for the sign of zero; low is an error of x."""
    total = x + 1.0
    k, m = v.exponent(total)
    power = v.from_bits(v.bits(m) - v.bits(total) + v.bits(v.constant(1.0)))  # 2**-k
    huge, more = x > 2.0**54, k * LN2_LOW
    f = v.select(huge, m - 1.0, v.fma(x, power, power - 1.0))
    if isinstance(low, Lane):
        more = v.select(huge, more, v.fma(low, power, more))
    return outside(v, total, v.fma(k, LN2_HIGH, f - correction(v, f, f + 2.0, more)))


def to_base(v: Lanes, x: Lane, base: tuple[float, float], unit: tuple[float, float]) -> Lane:
    """log(x) / log(base), where base is 1 / log(base) and unit log(2) / log(base), both in two parts."""
    k, m = v.exponent(x)
    f = m - 1.0
    product, error = v.product(f, v.constant(base[0]))
    high, low = v.fast_sum(k * unit[0], product)
    small = v.fma(correction(v, f, m + 1.0), -base[0], v.fma(f, base[1], error))
    small = v.fma(k, unit[1], small) if unit[1] else small
    result = high + (low + small)
    return v.select(abs(k) < inf, result, k) if v.has_avx512 else outside(v, x, result)


@function
def log2(v: Lanes, x: Lane) -> Lane:
    """log(x) / log(2); at most 1.5 ulp, exact for powers of two."""
    return to_base(v, x, (LOG2E, LOG2E_LOW), (1.0, 0.0))


@function
def log10(v: Lanes, x: Lane) -> Lane:
    """log(x) / log(10); at most 1.4 ulp, exact for powers of ten."""
    return to_base(v, x, (LOG10E, LOG10E_LOW), (LOG10_2_HIGH, LOG10_2_LOW))
