"""Sine, cosine and tangent in lanes, and angles.

The argument is reduced by multiples of pi/2 in parts (Cody and Waite): the products of the quarter with the first parts
are exact, so that the remainder has all digits in two doubles. Sine and cosine of the remainder are polynomials. Sine,
cosine and tangent of the same argument share all of that. Large arguments go to a helper (Payne and Hanek).
"""

from __future__ import annotations

from math import pi
from typing import NamedTuple

from ..lanes import SHIFT, Lane, Lanes, function
from . import large_angles

TWO_OVER_PI = 0.6366197723675814
# pi/2 in parts. With fused multiply-add: 53, 33 and 53 digits; without it 33, 33, 33 and 53.
FUSED_PARTS = (1.5707963267948966, 6.12323399538461e-17, 3.5215598651832e-27)
PARTS = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32)

# Minimax (Remez) on [0, pi/4]: (sin(x) / x - 1) / x**2 and (cos(x) - 1 + x**2 / 2) / x**4 in powers of x**2.
# Errors below 0.04 and 0.001 times 2**-53 of the result.
SINE = (
    -0.16666666666666632,
    0.008333333333322411,
    -0.00019841269829805455,
    2.7557313691054115e-06,
    -2.505075797343348e-08,
    1.5896787091129265e-10,
)
COSINE = (
    0.0416666666666666,
    -0.001388888888887412,
    2.480158728947964e-05,
    -2.755731435155817e-07,
    2.087572316317667e-09,
    -1.1359641880833539e-11,
)
# (tan(x) / x - 1) / x**2 likewise; 0.11.
TANGENT = (
    0.33333333333332776,
    0.13333333333414574,
    0.05396825392669001,
    0.021869489608514193,
    0.008863219170476524,
    0.0035922890287186657,
    0.001454758232657775,
    0.0005950637851453529,
    0.0002223822420236471,
    0.00013652113166989332,
    -2.6380571243215282e-05,
    8.944763646381839e-05,
    -4.487421699550382e-05,
    2.0862735828598815e-05,
)


class Angle(NamedTuple):
    """An angle's size as a whole number of quarter turns and a remainder in two parts, at most pi/4 in size."""

    quarter: Lane
    high: Lane
    low: Lane


def reduced(v: Lanes, size: Lane) -> Angle:
    """The parts of an angle of at least 0; remainder NaN for infinite ones."""
    shifted = v.fma(size, TWO_OVER_PI, SHIFT)
    k = shifted - SHIFT
    if v.has_fma:
        first, second, third = FUSED_PARTS
        whole = v.fma(-k, first, size)
        high = v.fma(-k, second, whole)
        low = v.fma(-k, third, v.fma(-k, second, whole - high))
    else:
        first, second, third, fourth = PARTS
        whole = size - k * first
        step = k * second
        partial = whole - step
        rest = (whole - partial) - step
        high, error = v.sum(partial, -(k * third))
        low = (rest + error) - k * fourth
    usual = [v.bits(shifted), high, low]
    return Angle(*v.rarely(~(size < large_angles.LARGE), large_angles.NAME, [size], usual))


def _sine(v: Lanes, angle: Angle, square: Lane) -> Lane:
    """What is to be added to the remainder's high part to make its sine."""
    return v.fma(angle.high * square, v.polynomial(square, SINE), angle.low)


def _cosine(v: Lanes, angle: Angle, square: Lane) -> tuple[Lane, Lane]:
    """The cosine of the remainder in two parts."""
    half = square * 0.5
    rounded = 1.0 - half
    rest = v.fma(square * square, v.polynomial(square, COSINE), (1.0 - rounded) - half)
    return rounded, v.fma(-angle.high, angle.low, rest)


def sign_bit(v: Lanes, x: Lane) -> Lane:
    """The sign of a double as its bit alone."""
    return v.bits(x) & v.bits(v.constant(-0.0))


def _sign_of(v: Lanes, quarter: Lane) -> Lane:
    """The sign bit where the quarter's second bit is set."""
    return (quarter << 62) & v.bits(v.constant(-0.0))


def _is_odd(quarter: Lane) -> Lane:
    return (quarter & 1).differs(0)


@function
def sin(v: Lanes, x: Lane) -> Lane:
    """The sine. At most 0.85 ulp, 1 without fused multiply-add."""
    angle = reduced(v, abs(x))
    square = angle.high * angle.high
    first, second = _cosine(v, angle, square)
    value = v.select(_is_odd(angle.quarter), first + second, angle.high + _sine(v, angle, square))
    return v.from_bits(v.bits(value) ^ _sign_of(v, angle.quarter) ^ sign_bit(v, x))


@function
def cos(v: Lanes, x: Lane) -> Lane:
    """The cosine. At most 0.85 ulp, 1 without fused multiply-add."""
    angle = reduced(v, abs(x))
    square = angle.high * angle.high
    first, second = _cosine(v, angle, square)
    value = v.select(_is_odd(angle.quarter), angle.high + _sine(v, angle, square), first + second)
    return v.from_bits(v.bits(value) ^ _sign_of(v, angle.quarter + 1))


def _above_minus_one(v: Lanes, a: Lane, b: Lane) -> Lane:
    """a * b + 1, exactly, where the product is nearly -1."""
    if v.has_fma:
        return v.fma(a, b, 1.0)
    product, error = v.product(a, b)
    return (product + 1.0) + error


@function
def tan(v: Lanes, x: Lane) -> Lane:
    """The tangent. At most 1.4 ulp, 1.5 without fused multiply-add."""
    angle = reduced(v, abs(x))
    square = angle.high * angle.high
    growth = square * v.split_polynomial(square, square * square, TANGENT)
    tangent, low = v.fast_sum(angle.high, v.fma(angle.high, growth, v.fma(angle.low, square, angle.low)))
    inverse = -1.0 / tangent
    missed = v.fma(inverse, low, _above_minus_one(v, inverse, tangent))
    value = v.select(_is_odd(angle.quarter), v.fma(inverse, missed, inverse), tangent)
    return v.from_bits(v.bits(value) ^ sign_bit(v, x))


@function
def degrees(v: Lanes, x: Lane) -> Lane:
    """Radians to degrees."""
    return x * (180.0 / pi)


@function
def radians(v: Lanes, x: Lane) -> Lane:
    """Degrees to radians."""
    return x * (pi / 180.0)
