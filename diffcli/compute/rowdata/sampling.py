"""A sample of rows that depends on the numbers of the rows alone, not on how they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data import Block

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP = 0x9E3779B97F4A7C15


def keys_of(rows: NDArray[np.int64], seed: int) -> NDArray[np.uint64]:
    """A random number for each row number: splitmix64 (Steele, Lea & Flood 2014), no two rows of a seed alike."""
    start = np.uint64(int(_mixed(np.array([seed % 2**64], np.uint64))[0]))
    with np.errstate(over="ignore"):
        return _mixed(start + (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(_STEP))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = values ^ (values >> np.uint64(31))
    return mixed


def sampled(blocks: Iterable[Block], size: int, seed: int) -> Iterator[Block]:
    """The `size` rows with the smallest keys (all rows if there are no more), in their order."""
    held: list[tuple[Block, Any]] = []
    count = 0
    limit = np.uint64(2**64 - 1)
    for block in blocks:
        keys = keys_of(block.rows, seed)
        mask = keys <= limit
        if mask.any():
            held.append((block.take(mask), keys[mask]))
            count += int(mask.sum())
        if count > 2 * size + 4096:
            held, limit = _smallest(held, size)
            count = sum(len(keys) for _, keys in held)
    for block, _ in _smallest(held, size)[0]:
        yield block


def _smallest(held: list[tuple[Block, Any]], size: int) -> tuple[list[tuple[Block, Any]], np.uint64]:
    """The rows with the smallest keys, and the largest of these keys."""
    if size == 0 or not held:
        return [], np.uint64(0)
    keys = np.concatenate([keys for _, keys in held])
    limit = np.uint64(np.partition(keys, size - 1)[size - 1]) if len(keys) > size else np.uint64(2**64 - 1)
    kept = [(block.take(keys <= limit), keys[keys <= limit]) for block, keys in held if (keys <= limit).any()]
    return kept, limit
