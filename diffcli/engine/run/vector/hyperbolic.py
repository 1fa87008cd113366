"""Hyperbolic functions in lanes, from cosh and sinh of the reduced argument; their inverses, from logarithms."""

from __future__ import annotations

from math import nan

from ..lanes import SHIFT, Lane, Lanes, function
from .exponential import COSH, LN2, SINH, bounded_below, clamped, reduced, rest
from .logarithm import log1p_positive


def both(v: Lanes, x: Lane) -> tuple[Lane, Lane, Lane]:
    """sinh(|x|) / 2**k and cosh(|x|) / 2**k with k + SHIFT, for |x| = k * log(2) + r.

    By the addition theorems: sinh(k * log(2) + r) = 2**k * (a * cosh(r) + b * sinh(r)), and a and b swapped for cosh,
    where a = (1 - 4**-k) / 2 and b = (1 + 4**-k) / 2.
    """
    shifted, r, error = reduced(v, clamped(v, abs(x), 0.0, 711.0))
    z = r * r
    cosh_rest = z * v.polynomial(z, COSH)
    sinh_rest = v.fma(z * r, v.polynomial(z, SINH), error)
    few = v.select(shifted > SHIFT + 64.0, SHIFT + 64.0, shifted)
    half = v.from_bits(v.bits(v.constant(0.5)) - (v.bits(few) << 53))
    a, b = 0.5 - half, 0.5 + half
    high, low = v.fast_sum(a, b * r)
    sinh = high + v.fma(a, cosh_rest, v.fma(b, sinh_rest, low))
    cosh = b + v.fma(a, r, v.fma(b, cosh_rest, a * sinh_rest))
    return sinh, cosh, shifted


@function
def sinh(v: Lanes, x: Lane) -> Lane:
    """sinh(x); at most 1.4 ulp."""
    result, _, shifted = both(v, x)
    return v.copysign(v.scale(result, shifted), x)


@function
def cosh(v: Lanes, x: Lane) -> Lane:
    """cosh(x); at most 1.55 ulp."""
    _, result, shifted = both(v, x)
    return v.scale(result, shifted)


@function
def tanh(v: Lanes, x: Lane) -> Lane:
    """tanh(x) = -u / (2 + u) with u = exp(-2 * |x|) - 1, both times 2**-k; at most 1.7 ulp, never beyond 1."""
    shifted, r, error = reduced(v, bounded_below(v, abs(x) * -2.0, -60.0))
    power = v.from_bits(v.bits(v.constant(1.0)) - (v.bits(shifted) << 52))
    high, low = v.fast_sum(1.0 - power, r)
    u = high + rest(v, r, low + error)
    total, total_low = v.fast_sum(power + power, u)
    inverse = 1.0 / total
    quotient = u * inverse
    left = v.fma(-quotient, total_low, v.minus_product(u, quotient, total))
    return v.copysign(v.fma(left, inverse, quotient), x)


@function
def asinh(v: Lanes, x: Lane) -> Lane:
    """asinh(x) = log1p(|x| + x**2 / (1 + sqrt(1 + x**2))), or log(|x|) + log(2) where x is large; at most 1.7 ulp."""
    size = abs(x)
    square = x * x
    above = size + square / (v.sqrt(square + 1.0) + 1.0)
    return v.copysign(_log1p_or_large(v, size, above), x)


@function
def acosh(v: Lanes, x: Lane) -> Lane:
    """acosh(x) = log1p(t + sqrt(2 * t + t**2)) with t = x - 1, or log(x) + log(2) where x is large; at most 2 ulp."""
    t = x - 1.0
    root = v.sqrt(v.select(t < 0.0, nan, v.fma(t, t, t + t)))
    above, low = v.sum(root, t)
    return _log1p_or_large(v, x, above, low)


def _log1p_or_large(v: Lanes, x: Lane, above: Lane, low: Lane | float = 0.0) -> Lane:
    """log1p(above + low), or log(2 * x) where 2 * x is as good and squares may overflow."""
    large = x > 2.0**60
    result = log1p_positive(v, v.select(large, x, above), low)
    return v.select(large, result + LN2, result)


@function
def atanh(v: Lanes, x: Lane) -> Lane:
    """atanh(x) = log1p(2 * |x| / (1 - |x|)) / 2; at most 2.1 ulp."""
    size = abs(x)
    return v.copysign(log1p_positive(v, (size + size) / (1.0 - size)) * 0.5, x)
