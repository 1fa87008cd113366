"""A curve in a line of text, a letter for each stretch of it."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS, LETTERS = "▁▂▃▄▅▆▇█", "_.-=+*%@"
NO_NUMBER = "!"
# Positive values that differ by this factor are shown by their logarithms.
WIDE = 50.0


def sparkline(values: Sequence[float], cells: int, unicode: bool = True) -> str:
    """At most so many letters, each the mean of a stretch; `!` where there is NaN or infinity."""
    levels = BLOCKS if unicode else LETTERS
    heights = means(values, cells)
    finite = [each for each in heights if isfinite(each)]
    if finite and min(finite) > 0 and max(finite) > WIDE * min(finite):
        heights = [log(each) if isfinite(each) else each for each in heights]
        finite = [each for each in heights if isfinite(each)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    # Halves, so that the distance is finite as well.
    room = high / 2 - low / 2

    def letter(height: float) -> str:
        if not isfinite(height):
            return NO_NUMBER
        share = (height / 2 - low / 2) / room if room else 0.5
        return levels[min(int(share * len(levels)), len(levels) - 1)]

    return "".join(map(letter, heights))


def means(values: Sequence[float], cells: int) -> list[float]:
    """The values, or the means of so many stretches of them where there are more."""
    count = len(values)
    if count <= cells:
        return list(values)
    ends = [count * cell // cells for cell in range(cells + 1)]
    return [sum(values[start:end]) / (end - start) for start, end in pairwise(ends)]
