"""Patterns: which entries of a matrix can differ from zero, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

# A matrix with more entries than this is not worth a pattern: the steps on the way would take gigabytes.
MOST = 1 << 24


class Crowded(Exception):
    """A pattern has too many entries to be held."""


class Pattern(NamedTuple):
    """Row i has entries in the columns `places[starts[i] : starts[i + 1]]`, which ascend."""

    columns: int
    starts: Any
    places: Any

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.starts) - 1

    @property
    def entries(self) -> int:
        """The number of entries."""
        return len(self.places)

    @property
    def lengths(self) -> Any:
        """The number of entries of each row."""
        return np.diff(self.starts)

    @property
    def row_numbers(self) -> Any:
        """The row of each entry."""
        return np.repeat(np.arange(self.rows), self.lengths)


def identity(size: int) -> Pattern:
    """Each row has the entry on the diagonal."""
    return Pattern(size, np.arange(size + 1), np.arange(size))


def empty(rows: int, columns: int) -> Pattern:
    """No entries."""
    return Pattern(columns, np.zeros(rows + 1, np.int64), np.zeros(0, np.int64))


def full(rows: int, columns: int) -> Pattern:
    """Every entry; Crowded when there are too many."""
    if rows * columns > MOST:
        raise Crowded
    return Pattern(columns, np.arange(rows + 1) * columns, np.tile(np.arange(columns), rows))


def gathered(rows: int, columns: int, at: Any, places: Any) -> Pattern:
    """The pattern of entries given in any order, repeated ones counted once."""
    keys = at * columns + places
    if len(keys) > 1 and not (keys[1:] > keys[:-1]).all():
        keys = np.unique(keys)
    at, places = np.divmod(keys, columns) if columns else (keys, keys)
    starts = np.zeros(rows + 1, np.int64)
    np.cumsum(np.bincount(at, minlength=rows), out=starts[1:])
    return Pattern(columns, starts, places)


def transposed(pattern: Pattern) -> Pattern:
    """Rows and columns exchanged."""
    order = np.argsort(pattern.places, kind="stable")
    starts = np.zeros(pattern.columns + 1, np.int64)
    np.cumsum(np.bincount(pattern.places, minlength=pattern.columns), out=starts[1:])
    return Pattern(pattern.rows, starts, pattern.row_numbers[order])


def united(patterns: Sequence[Pattern]) -> Pattern:
    """The entries of any of the patterns."""
    first = patterns[0]
    different = [each for each in patterns[1:] if not same(each, first)]
    if not different:
        return first
    kept = (first, *different)
    if sum(each.entries for each in kept) > MOST:
        raise Crowded
    at = np.concatenate([each.row_numbers for each in kept])
    return gathered(first.rows, first.columns, at, np.concatenate([each.places for each in kept]))


def same(left: Pattern, right: Pattern) -> bool:
    """Whether two patterns of one size have the same entries."""
    return left is right or (np.array_equal(left.starts, right.starts) and np.array_equal(left.places, right.places))


def chosen(pattern: Pattern, rows: Any) -> Pattern:
    """The given rows, in that order."""
    lengths = pattern.lengths[rows]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    if starts[-1] > MOST:
        raise Crowded
    offsets = np.repeat(pattern.starts[rows] - starts[:-1], lengths)
    return Pattern(pattern.columns, starts, pattern.places[offsets + np.arange(starts[-1])])


def product(left: Pattern, right: Pattern) -> Pattern:
    """The pattern of the product of two matrices with these patterns."""
    parts = chosen(right, left.places)
    starts = parts.starts[left.starts]
    if (left.lengths <= 1).all():
        return Pattern(right.columns, starts, parts.places)
    at = np.repeat(np.arange(left.rows), np.diff(starts))
    return gathered(left.rows, right.columns, at, parts.places)


def listed(pattern: Pattern) -> Iterable[list[int]]:
    """The columns of each row as lists, which loops of Python read faster than arrays."""
    starts, places = pattern.starts.tolist(), pattern.places.tolist()
    return (places[first:last] for first, last in pairwise(starts))
