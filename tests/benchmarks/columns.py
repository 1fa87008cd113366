"""Columns in memory. Where an array starts decides up to half of a loop's time, and allocators decide that by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LINE = 64  # bytes that move between memory and cache at a time
PAGE = 4096  # loads that follow stores at the same place of another page wait for them


def empty(rows: int, place: int, aligned: bool = True) -> Any:
    """An array of doubles that starts with a line and, by its place among others, elsewhere in a page than they do."""
    import numpy

    if not aligned:
        return numpy.empty(rows)
    memory = numpy.empty(rows + 2 * PAGE // 8)
    start = -memory.ctypes.data % PAGE + place * 5 * LINE % PAGE
    return memory[start // 8 : start // 8 + rows]


def outputs_beside(columns: Sequence[Any], count: int) -> list[Any]:
    """Arrays for the outputs: aligned when the inputs are."""
    aligned = all(column.ctypes.data % LINE == 0 for column in columns)
    return [empty(len(columns[0]), len(columns) + place, aligned) for place in range(count)]
