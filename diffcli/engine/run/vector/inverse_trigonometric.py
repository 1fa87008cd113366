"""Inverse sine, cosine and tangent in lanes, the angle and the distance of a point.

All reduce to a polynomial of a number at most 1 in size: asin(x) = pi/2 - 2 * asin(sqrt((1 - x) / 2)) above 1/2,
atan(x) = pi/2 - atan(1 / x) above 1. Multiples of pi/2 are added in two parts.
"""

from __future__ import annotations

from math import inf, pi

from ..lanes import Lane, Lanes, function
from .trigonometric import sign_bit

PI_REST = 1.2246467991473532e-16  # pi = math.pi + PI_REST

# Minimax (Remez), errors in units of 2**-53 of the result.
# (asin(x) / x - 1) / x**2 for |x| <= 0.5 in powers of x**2; 0.14.
ASIN = (
    0.16666666666665375,
    0.0750000000034482,
    0.044642856821959113,
    0.030381959396135326,
    0.022371751923541353,
    0.017359795836619913,
    0.013884348661905282,
    0.01217495371637534,
    0.006503471435730318,
    0.019594473727735987,
    -0.01632689824219541,
    0.03198182779693883,
)
# (atan(x) / x - 1) / x**2 for |x| <= 1 in powers of x**2; 0.05.
ATAN = (
    -0.3333333333333307,
    0.1999999999995147,
    -0.14285714282575665,
    0.11111111007041134,
    -0.09090907003236601,
    0.07692279841967431,
    -0.06666404078181432,
    0.058805279311847224,
    -0.05253519050149127,
    0.04722323844619395,
    -0.042191830901683554,
    0.0366419928617888,
    -0.029903985338659917,
    0.02198500600690397,
    -0.01390070136924527,
    0.007196601740922784,
    -0.002884968554459446,
    0.0008313393527883666,
    -0.0001521646227052491,
    1.3225448915220179e-05,
)


def after_turn(v: Lanes, turn: Lane, number: Lane, growth: Lane) -> Lane:
    """turn + number * (1 + growth), where the turn is 0 or larger than the number, and stands for as much of pi."""
    high, low = v.fast_sum(turn, number)
    return high + v.fma(number, growth, v.fma(turn, PI_REST / pi, low))


def half_chord(v: Lanes, x: Lane) -> tuple[Lane, Lane, Lane]:
    """Where |x| > 1/2; |x|, but there sqrt((1 - |x|) / 2); and by which part of it its inverse sine is larger."""
    size = abs(x)
    far = size > 0.5
    square = v.select(far, 0.5 - 0.5 * size, size * size)
    return far, v.select(far, v.sqrt(square), size), square * v.split_polynomial(square, square * square, ASIN)


@function
def asin(v: Lanes, x: Lane) -> Lane:
    """The inverse sine; NaN outside of [-1, 1]. At most 1.3 ulp."""
    far, chord, growth = half_chord(v, x)
    turn = v.select(far, pi / 2, v.constant(0.0))
    return v.copysign(after_turn(v, turn, chord * v.select(far, -2.0, v.constant(1.0)), growth), x)


@function
def acos(v: Lanes, x: Lane) -> Lane:
    """The inverse cosine; NaN outside of [-1, 1]. At most 1.2 ulp."""
    far, chord, growth = half_chord(v, x)
    turn = v.select(far, v.select(x < 0.0, pi, v.constant(0.0)), pi / 2)
    return after_turn(v, turn, v.copysign(v.select(far, 2.0 * chord, chord), v.select(far, x, -x)), growth)


def atan_growth(v: Lanes, x: Lane) -> Lane:
    """atan(x) / x - 1 for |x| <= 1."""
    square = x * x
    return square * v.polynomial(square, ATAN)


@function
def atan(v: Lanes, x: Lane) -> Lane:
    """The inverse tangent. At most 1.5 ulp."""
    size = abs(x)
    steep = size > 1.0
    slope = v.select(steep, -1.0, size) / v.select(steep, size, 1.0)
    turn = v.select(steep, pi / 2, v.constant(0.0))
    return v.copysign(after_turn(v, turn, slope, atan_growth(v, slope)), x)


@function
def atan2(v: Lanes, y: Lane, x: Lane) -> Lane:
    """The angle of the point (x, y). At most 1.25 ulp, since what the quotient was rounded by goes into the angle, too."""
    height, width = abs(y), abs(x)
    steep = height > width
    small, large = v.select(steep, width, height), v.select(steep, height, width)
    equal = v.select(large.equals(0.0), 0.0, v.constant(1.0))  # 0 / 0 and inf / inf are in no domain of a quotient
    slope = v.select(small.equals(large), equal, small / large)
    signed = v.select(steep, -slope, slope)
    signed = v.from_bits(v.bits(signed) ^ sign_bit(v, x))
    turn = v.select(steep, pi / 2, v.from_bits(v.bits(v.constant(pi)) & (v.bits(x) >> 63)))
    growth = atan_growth(v, signed)
    # A power of two takes both to where nothing over- or underflows; the slope stays.
    scale = v.select(large > 2.0**500, 2.0**-600, v.select(large < 2.0**-500, 2.0**600, v.constant(1.0)))
    small, large = small * scale, large * scale
    product, error = v.product(slope, large)
    lost = v.select((slope > 2.0**-60) & (large < inf), ((small - product) - error) / small, 0.0)
    # The angle grows with the slope by x / ((1 + x**2) * atan(x)), which is close to this.
    return v.copysign(after_turn(v, turn, signed, v.fma(lost, v.fma(growth, 1.7, 1.0), growth)), y)


def scaled(v: Lanes, x: Lane, y: Lane) -> tuple[Lane, Lane, Lane]:
    """A power of two by which x and y can be squared without over- or underflow, its inverse, and the sum of the squares.

    It is the same code for (x, y) and (y, x), which come together in derivatives.
    """
    first, second = sorted((abs(x), abs(y)), key=lambda each: each.name)
    falling = second < first
    high, low = v.select(falling, first, second), v.select(falling, second, first)
    large, small = high > 2.0**500, high < 2.0**-500
    scale = v.select(large, 2.0**-600, v.select(small, 2.0**600, v.constant(1.0)))
    back = v.select(large, 2.0**600, v.select(small, 2.0**-600, v.constant(1.0)))
    high, low = high * scale, low * scale
    return scale, back, v.fma(high, high, low * low)


@function
def hypot(v: Lanes, x: Lane, y: Lane) -> Lane:
    """sqrt(x * x + y * y) without over- or underflow on the way; infinite if either is. At most 1.2 ulp."""
    _, back, square = scaled(v, x, y)
    return v.select(abs(x).equals(inf) | abs(y).equals(inf), inf, v.sqrt(square) * back)


@function
def inverse_part(v: Lanes, x: Lane, y: Lane) -> Lane:
    """y / (x * x + y * y) without over- or underflow on the way. At most 2.5 ulp."""
    scale, _, square = scaled(v, x, y)
    return y * scale / square * scale
