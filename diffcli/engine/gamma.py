"""The logarithm of the gamma function and its derivatives on plain floats.

Each is accurate to about 2e-15 of its value, but next to its zeros on the negative axis, where that holds of the terms
that cancel.
"""

from __future__ import annotations

import math
from math import inf, isnan, nan, pi

# (zeta(k) - 1) / k for k = 2, 3, …: log Gamma(2 + w) = w * (1 - Euler's constant) + the sum of these times (-w)**k.
ZETA = (
    0.3224670334241132,
    0.0673523010531981,
    0.020580808427784546,
    0.007385551028673986,
    0.0028905103307415234,
    0.001192753911703261,
    0.0005096695247430425,
    0.00022315475845357939,
    9.945751278180853e-05,
    4.492623673813314e-05,
    2.050721277567069e-05,
    9.439488275268397e-06,
    4.374866789907488e-06,
    2.039215753801366e-06,
    9.55141213040742e-07,
    4.492469198764566e-07,
    2.1207184805554665e-07,
    1.0043224823968099e-07,
    4.7698101693639804e-08,
    2.2711094608943164e-08,
    1.0838659214896955e-08,
    5.183475041970047e-09,
    2.4836745438024785e-09,
    1.1921401405860912e-09,
)
ONE_LESS_EULER = 0.42278433509846713

# The positive zero of digamma, as a sum of two floats, and the Taylor coefficients there: near a zero only they keep the digits.
ROOT, ROOT_REST = 1.4616321449683622, 9.549995429965697e-17
AT_ROOT = (
    0.9676722454476212,
    -0.4427631689835921,
    0.258499760955651,
    -0.16394270544240652,
    0.10782405069126237,
    -0.07219956125645471,
    0.04880428816414311,
    -0.03316112647484736,
    0.022597648232218104,
    -0.01542476590494896,
    0.010538791616612175,
    -0.007204534386356869,
    0.004926781395729853,
    -0.003369801655439328,
    0.002305126326734928,
    -0.0015769367714301972,
    0.0010788252019162967,
    -0.0007380709389960052,
    0.000504953265834602,
    -0.0003454680251063077,
)

# Bernoulli numbers B2, B4, …
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
HIGHEST_ORDER = 100


def lgamma(x: float) -> float:
    """log(abs(Gamma(x))); inf at 0, -1, -2, …"""
    if 0.5 < x < 3.5:
        # The library's function keeps no relative accuracy around its zeros at 1 and 2.
        if x < 1.5:
            return _lgamma_around_2(x - 1.0) - math.log(x)
        return _lgamma_around_2(x - 2.0) if x < 2.5 else _lgamma_around_2(x - 3.0) + math.log(x - 1.0)
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return inf


def _lgamma_around_2(w: float) -> float:
    total = 0.0
    for coefficient in reversed(ZETA):
        total = coefficient - w * total
    return w * (ONE_LESS_EULER + w * total)


def _cotangent(x: float) -> float:
    """cot(pi * x) for x that is not a whole number."""
    rest = x - round(x)
    if abs(rest) <= 0.25:
        return 1.0 / math.tan(pi * rest)
    return math.copysign(math.tan(pi * (0.5 - abs(rest))), rest)


def digamma(x: float) -> float:
    """The derivative of lgamma; NaN at 0, -1, -2, …"""
    if x <= 0:
        return nan if x == -inf or x % 1 == 0 else digamma(1.0 - x) - pi * _cotangent(x)
    if abs(x - ROOT) < 0.2:
        distance, total = x - ROOT - ROOT_REST, 0.0
        for coefficient in reversed(AT_ROOT):
            total = coefficient + distance * total
        return distance * total
    terms = []
    while x < 12:
        terms.append(-1.0 / x)
        x += 1.0
    if x > 1e17:
        return math.log(x)
    power = 1.0
    for k, bernoulli in enumerate(BERNOULLI[:8], 1):
        power /= x * x
        terms.append(-bernoulli / (2 * k) * power)
    # The first omitted term is B18 / (18 * x**18), below 1e-18 here.
    return math.fsum((math.log(x), -0.5 / x, *terms)) if terms[0] > -inf else -inf


def polygamma(n: float, x: float) -> float:
    """The derivative of digamma of order n; NaN for an order that is not a whole number from 0 to 100.

    At the poles 0, -1, -2, … it is inf for odd orders and NaN for even ones, which change sign there.
    """
    if n == 0:
        return digamma(x)
    if not 0 < n <= HIGHEST_ORDER or n % 1 != 0 or isnan(x) or x == -inf:
        return nan
    order = int(n)
    if x > 0:
        return _polygamma_positive(order, x)
    if x % 1 == 0:
        return inf if order % 2 == 1 else nan
    mirrored = _polygamma_positive(order, 1.0 - x)
    return (mirrored if order % 2 == 0 else -mirrored) - _cotangent_derivative(order, x)


def _polygamma_positive(n: int, x: float) -> float:
    factorial = math.factorial(n)
    sign = 1.0 if n % 2 == 1 else -1.0
    terms = []
    # The recurrence carries x to where the asymptotic series loses nothing: with x >= n + 12 and terms up to B20 the rest is below 1e-18 of it.
    while x < n + 12:
        try:
            terms.append(x ** -(n + 1))
        except OverflowError:
            return sign * inf
        x += 1.0
    if x > 1e17:
        return sign * (factorial / n) * (1.0 / x) ** n
    lead = x**-n
    terms += [lead / n, lead / (2.0 * x)]
    ratio = 1.0
    for k, bernoulli in enumerate(BERNOULLI, 1):
        # (2k + n - 1)! / ((2k)! n!)
        ratio = (n + 1) / 2.0 if k == 1 else ratio * (2 * k + n - 1) * (2 * k + n - 2) / (2 * k * (2 * k - 1))
        lead /= x * x
        terms.append(bernoulli * ratio * lead)
    return sign * factorial * math.fsum(terms)


def _cotangent_derivative(n: int, x: float) -> float:
    """The n-th derivative of pi * cot(pi * x), by its polynomial in the cotangent, whose terms all have one sign."""
    coefficients = [0, 1]
    for _ in range(n):
        following = [0] * (len(coefficients) + 1)
        for power, coefficient in enumerate(coefficients):
            if power:
                following[power - 1] -= power * coefficient
                following[power + 1] -= power * coefficient
        coefficients = following
    cotangent, total = _cotangent(x), float(coefficients.pop())
    for coefficient in reversed(coefficients):
        total = coefficient + cotangent * total
    return pi ** (n + 1) * total
