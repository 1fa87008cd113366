"""Powers and the cube root in lanes."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan

from ..lanes import DOUBLE, SHIFT, Lane, Lanes, function, value_of
from .exponential import LN2_HIGH, LN2_LOW, LOG2E, clamped, rest

# (log((2 + s) / (2 - s)) - s) / s**3 in z = s * s, z <= 0.16, without its first term, which is 1/12: weighted least
# squares on Chebyshev nodes, weight z, rounded one by one; error times z 2e-21.
LOG = (
    0.012499999999999909,
    0.0022321428571549667,
    0.00043402777715475404,
    8.877842576666523e-05,
    1.8779789490402873e-05,
    4.071417891300562e-06,
    8.843472969244793e-07,
    2.398915695586597e-07,
)
TWELFTH, TWELFTH_LOW = 0.08333333333333333, 4.625929269271485e-18

# 1 / cbrt(m) for m in [1, 2]: weighted least squares on Chebyshev nodes; relative error 4e-05.
INVERSE_CBRT = (
    1.6670206036806783,
    -1.1644779330871307,
    0.6867964505362203,
    -0.2173245294264283,
    0.027941972984810565,
)
# The series of ((1 - e)**(-2/3) - 1) / e
TWO_THIRDS = (2 / 3, 5 / 9, 40 / 81, 110 / 243)
# 2**(-j / 3) for j in -1, 0, 1, as a polynomial
THIRD_ROOTS = (1.0, -0.2331102619553867, 0.026810787939486547)


def constant_power(v: Lanes, x: Lane, exponent: float) -> Lane | None:
    """x**exponent by products, quotients and roots if within 1.5 ulp and with pow's special cases, else None."""
    rule = SIMPLE.get(exponent)
    if rule is None:
        return None
    return rule(v, x if exponent in (1.0, 2.0, -1.0) else v.lift(x, DOUBLE))


def _fourth(v: Lanes, x: Lane) -> Lane:
    """x**4 from the square and its error; 0.5 ulp."""
    square, error = v.product(x, x)
    product, rest = v.product(square, square)
    rest = v.fma(square + square, error, rest)
    return v.select(abs(rest) < abs(product), product + rest, product)


def _inverse_square(v: Lanes, x: Lane) -> Lane:
    """1 / x**2 from 1 / x and its error, so that nothing over- or underflows before the result; 1 ulp."""
    inverse = 1.0 / x
    square = inverse * inverse
    rest = square * (2.0 * v.minus_product(1.0, inverse, x))
    return v.select(abs(rest) < square, square + rest, square)


def _root(v: Lanes, x: Lane) -> Lane:
    """The square root; as a power that of -0 is 0 and that of -inf is inf."""
    return v.select(x.equals(-inf), inf, v.sqrt(x + 0.0))


SIMPLE: dict[float, Callable[[Lanes, Lane], Lane]] = {
    0.0: lambda v, x: v.constant(1.0),
    1.0: lambda v, x: x,
    2.0: lambda v, x: x * x,
    3.0: lambda v, x: x * x * x,
    4.0: _fourth,
    -1.0: lambda v, x: 1.0 / x,
    -2.0: _inverse_square,
    0.5: _root,
    -0.5: lambda v, x: 1.0 / _root(v, x),
    1.5: lambda v, x: abs(x) * _root(v, x),
}


def power_rule(v: Lanes, x: Lane, y: Lane) -> Lane:
    """What the operator does: the short way of a constant exponent if there is one."""
    short = constant_power(v, x, value_of(y)) if y.name.startswith("splat") else None
    return v.call("power", x, y) if short is None else short


def precise_log(v: Lanes, x: Lane) -> tuple[Lane, Lane]:
    """log(x) as the sum of two numbers, for x >= 0; relative error 2**-65.

    With x = 2**k * m it is k * log(2) + s + s**3 / 12 + ..., s = 2 * (m - 1) / (m + 1): quotient, cube and the first
    term of the series are carried in two parts each.
    """
    k, m = v.exponent(x)
    f = m - 1.0
    d = v.fma(m, 0.5, 0.5)
    inverse = 1.0 / d
    s = f * inverse
    s_low = (v.minus_product(f, s, d) - s * v.fma(m, 0.5, 0.5 - d)) * inverse
    z, z_low = v.product(s, s)
    tail = z * v.split_polynomial(z, z * z, LOG)
    series, series_low = v.fast_sum(v.constant(TWELFTH), tail)
    cube, cube_low = v.product(s, z)
    cube_low = v.fma(s, z_low, v.fma(3.0 * z, s_low, cube_low))
    third, third_low = v.product(cube, series)
    third_low = v.fma(cube, series_low + TWELFTH_LOW, v.fma(cube_low, series, third_low))
    high, low = v.fast_sum(k * LN2_HIGH, s)
    high, more = v.fast_sum(high, third)
    low = (v.fma(k, LN2_LOW, third_low + s_low) + low) + more
    if v.has_avx512:
        return high, low
    return v.select(x.equals(0.0), -inf, v.select(x < inf, high, x)), low


@function
def power(v: Lanes, x: Lane, y: Lane) -> Lane:
    """x**y as exp(y * log|x|), the exponent in two parts, with IEEE's pow in all special cases; at most 1.05 ulp."""
    size = abs(x)
    high, low = precise_log(v, size)
    one = y.equals(0.0) | size.equals(1.0)
    exponent, error = v.product(high, y)
    usual = (abs(exponent) < 1e4) & ~one
    error = v.select(usual, v.fma(low, y, error), 0.0)
    exponent = clamped(v, v.select(one, 0.0, exponent), -746.0, 710.0)
    shifted = v.fma(exponent, LOG2E, SHIFT)
    k = shifted - SHIFT
    r, r_low = v.fast_sum(v.fma(k, -LN2_HIGH, exponent), v.fma(k, -LN2_LOW, error))
    raised, raised_low = v.fast_sum(v.constant(1.0), r)
    result = v.scale(raised + rest(v, r, raised_low + r_low), shifted)
    whole = v.intrinsic("floor", y).equals(y)
    half = y * 0.5
    odd = whole & v.intrinsic("floor", half).differs(half)
    result = v.select(odd, v.copysign(result, x), result)
    outside = (x < 0.0) & (size < inf) & ~whole
    return v.select(outside, nan, result)


@function
def cbrt(v: Lanes, x: Lane) -> Lane:
    """The cube root w * r**2 * (1 - e)**(-2/3), r a polynomial near 1 / cbrt(w) and e = 1 - w * r**3; at most 1.15 ulp.

    The rounding of w * r**2 is in e, too, and so but for a third of it undone.
    """
    size = abs(x)
    k, m = v.exponent(size, 1.0)
    third = v.fma(k, 1.0 / 3.0, SHIFT)
    left = v.fma(third - SHIFT, -3.0, k + SHIFT)  # -1, 0 or 1, and SHIFT
    left = v.select(left < SHIFT + 1.0, left, SHIFT + 1.0)  # for k is infinite if x is 0 or infinite
    w = v.scale(m, left, normal=True)
    factor = v.polynomial(left - SHIFT, THIRD_ROOTS)
    r = v.split_polynomial(m, m * m, INVERSE_CBRT) * factor
    root = w * (r * r)
    e = v.minus_product(1.0, root, r)
    result = v.fma(root * e, v.polynomial(e, TWO_THIRDS), root)
    result = v.copysign(v.scale(result, third, normal=True), x)
    return result if v.has_avx512 else v.select(size < size + size, result, x)
