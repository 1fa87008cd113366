"""The Gaussian and its integrals on plain floats, to the last digits in the tails, too.

exp(-x * x) as written loses x * x times the rounding error: 1e-14 at 10, 5e-14 at 20. Here the square is split.
"""

from __future__ import annotations

import math
from math import isnan

ROOT_HALF, ROOT_HALF_REST = 0.7071067811865476, -4.833646656726457e-17
PEAK = 0.3989422804014327
TWO_OVER_ROOT_PI = 1.1283791670955126
SPLIT = 134217729.0


def gaussian(x: float) -> float:
    """exp(-x * x)."""
    if not abs(x) < 40.0:
        return x if isnan(x) else 0.0
    near = round(x * 64.0) / 64.0
    return math.exp(-near * near) * math.exp(-(x - near) * (x + near))


def normal_pdf(x: float) -> float:
    """The density of the standard normal distribution."""
    if not abs(x) < 50.0:
        return x if isnan(x) else 0.0
    near = round(x * 64.0) / 64.0
    return PEAK * math.exp(-0.5 * near * near) * math.exp(-0.5 * (x - near) * (x + near))


def normal_cdf(x: float) -> float:
    """The standard normal distribution function, also where it is as small as 1e-300."""
    if not abs(x) < 40.0:
        return x if isnan(x) else 1.0 if x > 0 else 0.0
    z = -x * ROOT_HALF
    if x > -1.0:
        return 0.5 * math.erfc(z)
    # erfc multiplies the relative error of its argument by 2 z z, so the rounding of z is computed and put back.
    missed = -x * ROOT_HALF_REST + _product_error(-x, ROOT_HALF, z)
    return 0.5 * (math.erfc(z) - TWO_OVER_ROOT_PI * math.exp(-z * z) * missed)


def _product_error(a: float, b: float, product: float) -> float:
    """a * b - product, exactly (Dekker)."""
    scaled = SPLIT * a
    a_high = scaled - (scaled - a)
    a_low = a - a_high
    scaled = SPLIT * b
    b_high = scaled - (scaled - b)
    b_low = b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
