"""Elementary functions on plain floats as IEEE 754 has them: infinities and NaN, never an exception.

The functions of `math` raise where NumPy and the hardware return inf or NaN; these return.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf, isnan, nan
from typing import Any

LN2 = math.log(2.0)


def divide(x: float, y: float) -> float:
    """x / y; a zero divisor gives an infinity of the right sign, 0 / 0 gives NaN."""
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0 or isnan(x):
            return nan
        return math.copysign(inf, x) * math.copysign(1.0, y)


def power(x: float, y: float) -> float:
    """x ** y for real numbers; a negative base with a fractional exponent gives NaN.

    Squares and reciprocals are those of one operation, as in NumPy: pow itself is off by a digit in one of 1000.
    """
    if y == 2.0:
        return x * x
    if y == -1.0:
        return divide(1.0, x)
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and y % 2 == 1 else inf
    except ValueError:
        if x == 0:
            return math.copysign(inf, x) if y % 2 == 1 and y % 1 == 0 else inf
        return nan


def floor_divide(x: float, y: float) -> float:
    """floor(x / y) computed exactly, as NumPy's //."""
    if y == 0:
        return divide(x, y)
    if math.isinf(x) or isnan(x) or isnan(y):
        return nan
    return x // y


def floor_mod(x: float, y: float) -> float:
    """x - y * floor(x / y), with the sign of y; a zero divisor gives NaN."""
    if y == 0 or math.isinf(x) or isnan(x) or isnan(y):
        return nan
    return x % y


def log(x: float) -> float:
    """Natural logarithm; -inf at 0, NaN below."""
    return math.log(x) if x > 0 else -inf if x == 0 else nan


def log2(x: float) -> float:
    """Logarithm to base 2; -inf at 0, NaN below."""
    return math.log2(x) if x > 0 else -inf if x == 0 else nan


def log10(x: float) -> float:
    """Logarithm to base 10; -inf at 0, NaN below."""
    return math.log10(x) if x > 0 else -inf if x == 0 else nan


def log1p(x: float) -> float:
    """log(1 + x) without loss near 0; -inf at -1, NaN below."""
    return math.log1p(x) if x > -1 else -inf if x == -1 else nan


def sqrt(x: float) -> float:
    """Square root; NaN below 0."""
    return math.sqrt(x) if x >= 0 else nan


def overflowing(function: Callable[[float], float], low: float = inf) -> Callable[[float], float]:
    """The function with +inf where it overflows (`low` for negative arguments), NaN where it has no value."""

    def safe(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return inf if x > 0 else low
        except ValueError:
            return nan

    return safe


exp = overflowing(math.exp)
exp2 = overflowing(math.exp2)
expm1 = overflowing(math.expm1)
sinh = overflowing(math.sinh, -inf)
cosh = overflowing(math.cosh)
sin = overflowing(math.sin)
cos = overflowing(math.cos)
tan = overflowing(math.tan)
asin = overflowing(math.asin)
acos = overflowing(math.acos)
acosh = overflowing(math.acosh)


def atanh(x: float) -> float:
    """Inverse hyperbolic tangent; infinite at -1 and 1, NaN outside."""
    return math.copysign(inf, x) if abs(x) == 1 else math.atanh(x) if abs(x) < 1 else nan


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    """The rounding function on all floats; -0.5 is rounded up to -0.0, as IEEE has it."""

    def rounded(x: float) -> float:
        return math.copysign(float(function(x)), x) if abs(x) < 4503599627370496.0 else x

    return rounded


floor = _whole(math.floor)
ceil = _whole(math.ceil)
trunc = _whole(math.trunc)
rint = _whole(round)


def sign(x: float) -> float:
    """-1, 0 or 1; NaN stays NaN."""
    return 1.0 if x > 0 else -1.0 if x < 0 else x


def maximum(x: float, y: float) -> float:
    """The larger number; NaN if either is NaN."""
    return x if x >= y or isnan(x) else y


def minimum(x: float, y: float) -> float:
    """The smaller number; NaN if either is NaN."""
    return x if x <= y or isnan(x) else y


def clip(x: float, low: float, high: float) -> float:
    """max(min(x, high), low): the lower bound wins if the bounds cross; NaN if any is NaN."""
    return maximum(minimum(x, high), low)


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)) with all digits on both sides."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    raised = math.exp(x)
    return raised / (1.0 + raised)


def softplus(x: float) -> float:
    """log(1 + exp(x)) without overflow."""
    return x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))


def log_sigmoid(x: float) -> float:
    """log(sigmoid(x)) without underflow."""
    return -softplus(-x)


def logaddexp(x: float, y: float) -> float:
    """log(exp(x) + exp(y)) without overflow."""
    if x == y:
        return x + LN2
    gap = x - y
    return x + math.log1p(math.exp(-gap)) if gap > 0 else y + math.log1p(exp(gap))


def one_minus_square(x: float) -> float:
    """1 - x * x, with all digits next to 1; NaN outside of [-1, 1]."""
    return (1.0 - x) * (1.0 + x) if abs(x) <= 1 else nan


def inverse_part(x: float, y: float) -> float:
    """y / (x * x + y * y) without overflow or underflow on the way."""
    radius = math.hypot(x, y)
    return divide(divide(y, radius), radius)


# The functions that only return where those of `math` raise: elsewhere both give the same.
RAW: dict[Callable[..., Any], Callable[..., Any]] = {
    sqrt: math.sqrt,
    exp: math.exp,
    exp2: math.exp2,
    expm1: math.expm1,
    log: math.log,
    log2: math.log2,
    log10: math.log10,
    log1p: math.log1p,
    sinh: math.sinh,
    cosh: math.cosh,
    sin: math.sin,
    cos: math.cos,
    tan: math.tan,
    asin: math.asin,
    acos: math.acos,
    acosh: math.acosh,
    atanh: math.atanh,
}
