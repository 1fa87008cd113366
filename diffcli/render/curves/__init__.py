"""Curves as pictures: in the terminal, and in files."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite


def runs(
    points: list[float], values: list[float], low: float, high: float
) -> Iterator[tuple[list[float], list[float]]]:
    """The stretches of a curve between its gaps: what is not finite or beyond the axis is not drawn."""
    across: list[float] = []
    up: list[float] = []
    for place, (x, y) in enumerate(zip(points, values, strict=True)):
        if across and leaps(values[place - 2 : place + 2], (high - low) / 4):
            yield across, up
            across, up = [], []
        if isfinite(y) and low <= y <= high:
            across.append(x)
            up.append(y)
        elif across:
            yield across, up
            across, up = [], []
    if across:
        yield across, up


def leaps(near: list[float], least: float) -> bool:
    """Whether a pole lies in the middle of four values: a long step back, longer than the steps around it together."""
    if len(near) < 4 or not all(map(isfinite, near)):
        return False
    before, step, after = near[1] - near[0], near[2] - near[1], near[3] - near[2]
    return before * step < 0 and after * step < 0 and abs(step) > max(least, abs(before) + abs(after))


def limits(columns: list[list[float]]) -> tuple[float, float]:
    """The ends of the vertical axis. Beside a pole nearly all of the picture would be empty: there the axis is cut."""
    finite = sorted(value for column in columns for value in column if isfinite(value))
    if not finite:
        return -1.0, 1.0
    low, high = finite[0], finite[-1]
    inner_low, inner_high = finite[len(finite) // 20], finite[-1 - len(finite) // 20]
    inner = inner_high - inner_low
    if inner > 0 and high - low > 20 * inner:
        low, high = max(low, inner_low - inner), min(high, inner_high + inner)
    if low == high:
        room = abs(low) / 2 or 1.0
        return low - room, high + room
    room = (high - low) / 20
    return low - room, high + room
