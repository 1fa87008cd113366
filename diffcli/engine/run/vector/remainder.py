"""Quotient rounded down and remainder in lanes, exact for all magnitudes."""

from __future__ import annotations

from math import inf, nan

from ..lanes import DOUBLE, HELPERS, INTEGER, SHIFT, SMALLEST_NORMAL, Lane, Lanes, function

# Below this the rounded quotient is a whole number too large by at most 1, and one less is exact, too.
LARGE_QUOTIENT = 2.0**51
SAFE = 2.0**990  # products of halves do not overflow below
MANTISSA = (1 << 52) - 1


def divided(v: Lanes, x: Lane, y: Lane) -> tuple[Lane, Lane]:
    """floor(x / y) and the remainder with the sign of y, as Python's // and % have them, for infinities, too."""
    ratio = x / y
    whole = v.intrinsic("floor", ratio)
    small = abs(ratio) < LARGE_QUOTIENT
    if not v.has_fma:
        small = small & (abs(x) < SAFE) & (abs(y) < SAFE)
    rest = v.select(whole.equals(0.0), x, v.minus_product(x, whole, y))
    wrong = rest.differs(0.0) & ((rest < 0.0) ^ (y < 0.0))
    whole, rest = v.select(wrong, whole - 1.0, whole), v.select(wrong, rest + y, rest)
    rest = v.select(rest.equals(0.0), v.copysign(0.0, y), rest)
    quotient, remainder = v.rarely(~small, "long_division", [x, y], [whole, rest])
    return quotient, remainder


@function
def floor_divide(v: Lanes, x: Lane, y: Lane) -> Lane:
    """floor(x / y), exact below 2**51; beyond, rounded as Python's //."""
    return divided(v, x, y)[0]


@function
def floor_mod(v: Lanes, x: Lane, y: Lane) -> Lane:
    """x - y * floor(x / y), with the sign of y; computed exactly and rounded once."""
    return divided(v, x, y)[1]


def exponent_and_mantissa(v: Lanes, size: Lane) -> tuple[Lane, Lane]:
    """The biased exponent and the 53 digits of a positive number as integers; subnormal ones as if they were not."""
    tiny = size < SMALLEST_NORMAL
    bits = v.bits(v.select(tiny, size * 2.0**54, size))
    exponent = v.shift_right(bits, 52) - (v.convert(tiny, INTEGER) * 54)
    return exponent, (bits & MANTISSA) | (1 << 52)


def long_division(lanes: Lanes) -> str:
    """The helper for quotients from 2**51 on, and for what is not a number: one binary digit at a time."""
    v = Lanes(lanes.width, lanes.has_fma, True, lanes.module, lanes.has_avx512)
    x, y = Lane(v, "%x", DOUBLE), Lane(v, "%y", DOUBLE)
    size, divisor = abs(x), abs(y)
    high, digits = exponent_and_mantissa(v, size)
    low, step = exponent_and_mantissa(v, divisor)
    places = high - low
    prelude, v.lines = v.lines, []
    left, count = Lane(v, "%left", INTEGER), Lane(v, "%count", INTEGER)
    reduced = v.select((left - step) < 0, left, left - step)
    unfinished = count > 0
    next_left, next_count = v.select(unfinished, reduced << 1, left), v.select(unfinished, count - 1, count)
    more = v.any(next_count > 0)
    loop, v.lines = v.lines, []
    last = Lane(v, next_left.name, INTEGER)
    last = v.select((last - step) < 0, last, last - step)
    number = v.emit(f"sitofp {v.vector(INTEGER)} {last.name} to {v.vector(DOUBLE)}", DOUBLE)
    exact = v.scale(number, v.from_bits(low - 1075 + v.bits(v.constant(SHIFT))))
    exact = v.copysign(v.select(size < divisor, size, exact), x)
    results = _rounded_down(v, x, y, exact)
    vector, integers = v.vector(DOUBLE), v.vector(INTEGER)
    record = f"{{ {vector}, {vector} }}"
    return "\n".join(
        [
            f"define internal {record} @long_division_{v.width}"
            f"({vector} %x, {vector} %y, {vector} %quotient, {vector} %rest) noinline #0 {{",
            "entry:",
            *prelude,
            "  br label %loop",
            "loop:",
            f"  %left = phi {integers} [ {digits.name}, %entry ], [ {next_left.name}, %loop ]",
            f"  %count = phi {integers} [ {places.name}, %entry ], [ {next_count.name}, %loop ]",
            *loop,
            f"  br i1 {more}, label %loop, label %done",
            "done:",
            *v.lines,
            f"  %first = insertvalue {record} poison, {vector} {results[0].name}, 0",
            f"  %both = insertvalue {record} %first, {vector} {results[1].name}, 1",
            f"  ret {record} %both",
            "}",
        ]
    )


def _rounded_down(v: Lanes, x: Lane, y: Lane, rest: Lane) -> tuple[Lane, Lane]:
    """Quotient and remainder from the exact remainder with the sign of x, step by step as Python's float has them."""
    ratio = (x - rest) / y
    none = rest.equals(0.0)
    wrong = ~none & ((rest < 0.0) ^ (y < 0.0))
    ratio, rest = v.select(wrong, ratio - 1.0, ratio), v.select(wrong, rest + y, rest)
    rest = v.select(none, v.copysign(0.0, y), rest)
    whole = v.intrinsic("floor", ratio)
    whole = v.select((ratio - whole) > 0.5, whole + 1.0, whole)
    whole = v.select(ratio.equals(0.0), v.copysign(0.0, x / y), whole)
    defined = (abs(x) < inf) & (abs(y) > 0.0)
    whole = v.select(y.equals(0.0), x / y, v.select(defined, whole, nan))
    return whole, v.select(defined, rest, nan)


HELPERS["long_division"] = long_division
