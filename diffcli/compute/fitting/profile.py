"""Profile-likelihood intervals: how far a parameter can go until the best fit of all others is significantly worse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .solve import Solution, System, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# A side is walked in so many steps to where a straight line would end, then in larger and larger ones.
STEPS, MOST, GROWTH = 4, 40, 1.4


class Interval(NamedTuple):
    """The two ends of an interval, None where the sum of squares never rises that far; `note` says why, or what was found."""

    lower: float | None
    upper: float | None
    note: str = ""


def profile(system: System, solution: Solution, place: int, error: float, scale: float, factor: float) -> Interval:
    """The interval of one parameter: where the sum of squares, the others fitted anew, rises by scale * factor².

    error: its standard error, from which the search starts · factor: the quantile of the level
    """
    better: list[float] = []
    ends: list[float | None] = []
    notes = []
    for side, limit in ((-1, system.lower[place]), (1, system.upper[place])):
        rise = _rise(system, solution, place, scale, factor, better)
        end, note = _crossing(rise, solution.x[place], side * error * factor, float(limit))
        ends.append(end)
        notes += [note] if note else []
    if better:
        notes.append(f"a better fit was found on the way, with a sum of squares of {min(better):.6g}: start there")
    return Interval(ends[0], ends[1], "; ".join(dict.fromkeys(notes)))


def _rise(
    system: System, solution: Solution, place: int, scale: float, factor: float, better: list[float]
) -> Callable[[float], float]:
    """How far the fit is worse when the parameter has a value, as a part of what is significant, less 1."""
    others = np.arange(len(solution.x)) != place
    known = {float(solution.x[place]): (-1.0, solution.x[others])}

    def rise(value: float) -> float:
        if value in known:
            return known[value][0]

        def full(x: Array) -> Array:
            return np.insert(np.asarray(x, np.float64), place, value)

        inner = system._replace(
            residuals=lambda x: system.residuals(full(x)),
            jacobian=lambda x: system.jacobian(full(x))[:, others],
            lower=system.lower[others],
            upper=system.upper[others],
        )
        order = sorted(known, key=lambda each: abs(each - value))
        inside = next(each for each in order if known[each][0] < 0)
        # From beyond the end the others may be far off, and not find back.
        found = min((_best(inner, known[each][1]) for each in {inside, order[0]}), key=lambda each: each[0])
        if found[0] < solution.cost * (1 - 1e-6):
            better.append(found[0])
        height = (found[0] - solution.cost) / (scale * factor * factor) - 1
        known[value] = height, found[1]
        return height

    return rise


def _best(inner: System, start: Array) -> tuple[float, Array]:
    """The least cost that the other parameters reach from a start, and where."""
    if not len(start):
        return inner.cost(start), start
    found = solve(inner, start, "auto", 200)
    return (found.cost, found.x) if np.isfinite(found.cost) else (np.inf, start)


def _crossing(rise: Callable[[float], float], start: float, width: float, limit: float) -> tuple[float | None, str]:
    """Where the rise becomes 0 on one side of the start; None, or the bound, where it stays below.

    The other parameters are followed in small steps: from far off they may end in another minimum.
    """
    from scipy.optimize import brentq

    inner, step = start, width / STEPS
    side = "lower" if width < 0 else "upper"
    for turn in range(MOST):
        outer = inner + step
        held = outer <= limit if width < 0 else outer >= limit
        outer = limit if held else outer
        if rise(outer) >= 0:
            end = float(brentq(rise, inner, outer, xtol=abs(width) * 1e-9, rtol=1e-14))
            jumps = abs(rise(end)) > 1e-3
            return end, f"the {side} end is where the fit becomes worse at once" if jumps else ""
        if held:
            return limit, f"the {side} end is the bound"
        inner, step = outer, step * (GROWTH if turn >= STEPS else 1)
    return None, f"the {side} end is open: the fit stays as good as far as {inner:.6g}"
