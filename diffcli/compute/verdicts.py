"""What numbers that were found in several ways say about one element of a gradient."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ..results_check import Agreement

# Digits that a dtype has, and how far a derivative may be from its differences, relative to its size.
DIGITS = {"float64": 15.9, "float32": 7.2}
TOLERANCE = {"float64": 1e-7, "float32": 1e-4}
# The worst verdict of its elements is that of a gradient.
ORDER = ("wrong", "nan", "inf", "rounding", "undefined", "corner", "own", "ok")


class Found(NamedTuple):
    """One element in every way: doubles, the error of the differences, and numbers in 50 digits where there are any.

    `scale` is the sum of the sizes of what the element is the sum of, `around` the largest of the whole tensor;
    `sides` are the slopes left and right of a corner.
    """

    reverse: float
    forward: float | None
    numeric: float
    error: float
    scale: float
    around: float
    sides: tuple[Any, Any] | None
    symbolic: Any = None
    slope: Any = None


def digits(a: Any, b: Any, dtype: str, scale: float = 0.0, around: float = 0.0) -> float:
    """To how many digits two numbers agree; what rounding of their terms explains counts as agreement.

    So does an element that is 0 but for the rounding of its tensor.
    """
    full = DIGITS[dtype]
    if a == b or (a != a and b != b):
        return full
    gap, size = abs(a - b), max(abs(a), abs(b))
    if not gap < math.inf:
        return 0.0
    least = 10.0**-full
    if gap <= 4 * least * scale or size <= 40 * least * around:
        return full
    return round(min(full, max(0.0, -math.log10(float(gap / size)))), 1)


def agreement(found: Found, dtype: str) -> Agreement:
    """How far each way agrees with reverse mode."""

    def agree(other: Any) -> float | None:
        return (
            None if other is None or other != other else digits(found.reverse, other, dtype, found.scale, found.around)
        )

    return Agreement(agree(found.forward), agree(found.numeric), agree(found.symbolic))


def verdict(found: Found, dtype: str, own: bool) -> str:
    """ok; wrong; corner (between the slopes of a corner); rounding (right, but doubles lose the digits);
    own (states its own gradient); undefined (differences have no limit); nan or inf."""
    reverse = found.reverse
    if not math.isfinite(reverse):
        return "nan" if reverse != reverse else "inf"
    if own:
        return "own"
    tolerance = TOLERANCE[dtype]
    if found.sides is not None and (found.slope is not None or not near(found, tolerance)):
        low, high = sorted(map(float, found.sides))
        slack = 1e-3 * max(abs(low), abs(high))
        return "corner" if low - slack <= reverse <= high + slack else "wrong"
    if found.symbolic is not None and found.slope is not None and found.slope.settled:
        return precise(found, tolerance)
    if found.forward is not None and not close(reverse, found.forward, 0.1 * tolerance, found.scale):
        return "wrong"
    if not math.isfinite(found.numeric) or found.error > 0.01 * max(abs(found.numeric), 1e-300):
        # Differences that are all rounding decide nothing, unless what they leave open is less than the derivative.
        beyond = math.isfinite(found.numeric) and abs(reverse - found.numeric) > 20 * found.error + found.scale
        return "wrong" if beyond else "undefined" if not abs(reverse) <= 20 * found.error else "ok"
    return "ok" if near(found, tolerance) else "wrong"


def near(found: Found, tolerance: float) -> bool:
    """Whether reverse mode is as near to the differences as these are sure."""
    return abs(found.reverse - found.numeric) <= 20 * found.error + tolerance * abs(found.numeric)


def precise(found: Found, tolerance: float) -> str:
    """The verdict where 50 digits know the derivative: is the formula right, and do doubles compute it?"""
    slope, symbolic = found.slope, found.symbolic
    size = max(abs(slope.value), abs(symbolic))
    if not abs(symbolic - slope.value) <= 1e-12 * size + 20 * slope.error + 1e-17 * found.scale + 1e-30 * found.around:
        return "wrong"
    ways = [found.reverse] if found.forward is None else [found.reverse, found.forward]
    return "ok" if all(close(way, symbolic, tolerance, found.around) for way in ways) else "rounding"


def close(a: Any, b: Any, tolerance: float, scale: float) -> bool:
    """Whether two numbers are as near as rounding allows."""
    return bool(abs(a - b) <= tolerance * max(abs(a), abs(b)) + 1e-13 * scale)


def worst(statuses: list[str]) -> str:
    """The verdict of a gradient from those of its elements."""
    return min(statuses, key=ORDER.index, default="ok")
