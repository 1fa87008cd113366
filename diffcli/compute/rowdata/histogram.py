"""A histogram whose bins follow from the smallest and the largest number alone, in whatever order numbers come."""

from __future__ import annotations

from collections import Counter
from math import floor, frexp, ldexp
from typing import TYPE_CHECKING

import numpy as np

from ...results_reduce import Bins

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 32
# The exponent of the smallest number.
LEAST = -1074


class Histogram:
    """Counts in bins from j·w up to (j+1)·w with w a power of two: the smallest for which 32 bins suffice.

    When the numbers reach farther, two neighbours become one bin, so every count stays exact.
    """

    def __init__(self) -> None:
        self.exponent = LEAST
        self.counts: Counter[int] = Counter()
        self.least, self.most = float("inf"), float("-inf")

    def add(self, values: NDArray[np.float64]) -> None:
        """Count finite numbers."""
        if not len(values):
            return
        self._reach(float(values.min()), float(values.max()))
        places = np.floor(np.ldexp(values, -self.exponent)).astype(np.int64)
        first = int(places.min())
        self.counts.update({first + place: count for place, count in enumerate(np.bincount(places - first).tolist())})

    def merge(self, other: Histogram) -> None:
        """Count what another has counted."""
        if other.counts:
            self._reach(other.least, other.most)
            for place, count in other.counts.items():
                self.counts[place >> (self.exponent - other.exponent)] += count

    def _reach(self, least: float, most: float) -> None:
        """Widen the bins, if need be, for numbers from `least` to `most`."""
        self.least, self.most = min(self.least, least), max(self.most, most)
        exponent = fitting(self.least, self.most)
        if exponent > self.exponent:
            finer, self.counts = self.counts, Counter()
            for place, count in finer.items():
                self.counts[place >> (exponent - self.exponent)] += count
            self.exponent = exponent

    def result(self) -> Bins:
        """The bins, those without numbers between the others included; one of width 0 where all numbers are the same."""
        if not self.counts:
            return Bins(None, None, [])
        if self.least == self.most:
            return Bins(self.least, 0.0, [self.counts.total()])
        width = float(np.ldexp(1.0, self.exponent))
        filled = [place for place, count in self.counts.items() if count]
        return Bins(min(filled) * width, width, [self.counts[place] for place in range(min(filled), max(filled) + 1)])


def fitting(least: float, most: float) -> int:
    """The exponent of the smallest width, of a power of two, for which the bins suffice and have exact edges."""
    size, half = max(abs(least), abs(most)), most / 2 - least / 2
    exponent = max(LEAST, frexp(size)[1] - 52 if size else LEAST, frexp(half)[1] - 5 if half else LEAST)
    while floor(ldexp(most, -exponent)) - floor(ldexp(least, -exponent)) >= BINS:
        exponent += 1
    return exponent
