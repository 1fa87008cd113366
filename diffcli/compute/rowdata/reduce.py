"""Sums, means, extremes, norms and histograms over rows, which depend on the rows alone.

Rows are gathered in units of 8192 by their number over all parts of the data. In a unit, row i is added to row i + 4096,
then i to i + 2048, and so on; units are added from first to last. All of it in double-double arithmetic with the exact
error of each addition (Knuth's two-sum), rounded once at the end: neither blocks nor jobs change a bit, and the error
before that rounding is far below 2**-90 of the sum of the sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ...results_reduce import ReduceRow
from .histogram import Histogram
from .pipeline import Done

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

UNIT = 8192
# Squares of numbers beyond these are taken of scaled numbers, so that they neither overflow nor vanish (Blue 1978).
LARGE, SMALL = 2.0**500, 2.0**-500
DOWN, UP = 2.0**-600, 2.0**600


class Sum:
    """The sum of each of several columns, in double-double arithmetic."""

    def __init__(self, columns: int) -> None:
        self.high, self.low = np.zeros(columns), np.zeros(columns)

    def add(self, unit: Array) -> None:
        """Add a unit: a row per column, 8192 numbers each."""
        self.take(*folded(unit))

    def take(self, high: Array, low: Array) -> None:
        """Add the sums of a unit."""
        self.high, error = two_sum(self.high, high)
        self.low = self.low + (low + error)

    def value(self) -> Array:
        """The sums, rounded."""
        return np.where(np.isfinite(self.low), self.high + self.low, self.high)


class Units(Sum):
    """The sums of units, kept one by one: to be added elsewhere, in their order."""

    def __init__(self, columns: int) -> None:
        super().__init__(columns)
        self.kept: list[tuple[Array, Array]] = []

    def take(self, high: Array, low: Array) -> None:
        """Keep the sums of a unit."""
        self.kept.append((high, low))


def folded(unit: Array) -> tuple[Array, Array]:
    """The sum of each column of a unit, in double-double arithmetic."""
    high, low = unit, np.zeros_like(unit)
    while high.shape[1] > 1:
        half = high.shape[1] // 2
        total, error = two_sum(high[:, :half], high[:, half:])
        high, low = total, low[:, :half] + low[:, half:] + error
    return high[:, 0], low[:, 0]


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """A sum and its rounding error, exactly."""
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


class Reduction:
    """The reductions of the columns of a result; with `partial` those of some units, for `merge`."""

    def __init__(self, names: Sequence[str], asked: Sequence[str], partial: bool = False) -> None:
        self.names, self.asked = list(names), frozenset(asked)
        count = len(self.names)
        self.count = 0
        self.nan, self.plus, self.minus = (np.zeros(count, np.int64) for _ in range(3))
        self.least, self.most = np.full(count, np.inf), np.full(count, -np.inf)
        kind = Units if partial else Sum
        self.sums: Sum = kind(count)
        self.squares: dict[str, Sum] = {"large": kind(count), "middle": kind(count), "small": kind(count)}
        self.histograms = [Histogram() for _ in self.names] if "hist" in self.asked else []
        self._unit = -1
        self._values, self._present = np.zeros((count, UNIT)), np.zeros(UNIT, bool)

    def add(self, done: Done) -> None:
        """Take computed rows; rows without a result are left out."""
        rows = done.block.rows
        columns = np.array([done.columns[name] for name in self.names], np.float64).reshape(len(self.names), len(rows))
        if done.empty is not None:
            rows, columns = rows[~done.empty], columns[:, ~done.empty]
        for unit, start, stop in pieces(rows):
            if unit != self._unit:
                self.flush()
                self._unit = unit
            places = rows[start:stop] - unit * UNIT
            self._values[:, places] = columns[:, start:stop]
            self._present[places] = True

    def flush(self) -> None:
        """Reduce the unit that was gathered."""
        if self._present.any():
            with np.errstate(all="ignore"):
                self._reduce(self._values, self._present)
            self._values = np.zeros_like(self._values)
            self._present[:] = False

    def finished(self) -> Reduction:
        """Itself, all units reduced, without the room for another."""
        self.flush()
        self._values, self._present = self._values[:, :0].copy(), self._present[:0].copy()
        return self

    def merge(self, other: Reduction) -> None:
        """Take what the next units came to, which is to the last bit what adding their rows does."""
        self.count += other.count
        self.nan, self.plus, self.minus = self.nan + other.nan, self.plus + other.plus, self.minus + other.minus
        if other.count:
            self.least, self.most = np.minimum(self.least, other.least), np.maximum(self.most, other.most)
        pairs = [(self.sums, other.sums), *((self.squares[size], other.squares[size]) for size in self.squares)]
        with np.errstate(all="ignore"):
            for mine, theirs in pairs:
                assert isinstance(theirs, Units)
                for high, low in theirs.kept:
                    mine.take(high, low)
        for histogram, each in zip(self.histograms, other.histograms, strict=True):
            histogram.merge(each)

    def _reduce(self, values: Array, present: NDArray[np.bool_]) -> None:
        there = values if present.all() else values[:, present]
        self.count += there.shape[1]
        finite = np.isfinite(values)
        if not finite.all():
            self.nan += np.isnan(there).sum(axis=1)
            self.plus += (there == np.inf).sum(axis=1)
            self.minus += (there == -np.inf).sum(axis=1)
            values = np.where(finite, values, 0.0)
        if self.asked & {"min", "max"}:
            self.least = np.minimum(self.least, there.min(axis=1))
            self.most = np.maximum(self.most, there.max(axis=1))
        if self.asked & {"sum", "mean"}:
            self.sums.add(values)
        if "norm" in self.asked:
            self._square(values)
        for histogram, each in zip(self.histograms, there, strict=False):
            histogram.add(each[np.isfinite(each)])

    def _square(self, values: Array) -> None:
        size = np.abs(values)
        large, small = size > LARGE, (size < SMALL) & (size > 0)
        if large.any():
            self.squares["large"].add(np.where(large, values * DOWN, 0.0) ** 2)
        if small.any():
            self.squares["small"].add(np.where(small, values * UP, 0.0) ** 2)
        self.squares["middle"].add(np.where(large | small, 0.0, values) ** 2)

    def rows(self) -> Iterator[ReduceRow]:
        """The results, a row per column."""
        self.flush()
        totals, infinite = self.sums.value(), self.plus + self.minus
        for place, name in enumerate(self.names):
            total = float(totals[place])
            if self.nan[place] or (self.plus[place] and self.minus[place]):
                total = float("nan")
            elif infinite[place]:
                total = float("inf") if self.plus[place] else -float("inf")
            found: dict[str, Any] = {
                "sum": total,
                "mean": total / self.count if self.count else float("nan"),
                "min": float(self.least[place]) if self.count else float("nan"),
                "max": float(self.most[place]) if self.count else float("nan"),
                "norm": self._norm(place),
            }
            known = {key: found[key] if key in self.asked else None for key in found}
            histogram = self.histograms[place].result() if self.histograms else None
            yield ReduceRow(name, self.count, int(self.nan[place]), int(infinite[place]), **known, histogram=histogram)

    def _norm(self, place: int) -> float:
        if self.nan[place]:
            return float("nan")
        if self.plus[place] or self.minus[place]:
            return float("inf")
        large, middle, small = (float(self.squares[size].value()[place]) for size in ("large", "middle", "small"))
        if large:
            return sqrt(large + middle * DOWN * DOWN) * UP
        return sqrt(middle + small * DOWN * DOWN) if middle else sqrt(small) * DOWN


def pieces(rows: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """The units that some rows, in order, belong to: number of the unit, first and end of its rows among these."""
    if not len(rows):
        return
    units = rows // UNIT
    starts = [0, *(np.flatnonzero(np.diff(units)) + 1).tolist(), len(rows)]
    for start, stop in pairwise(starts):
        yield int(units[start]), start, stop
