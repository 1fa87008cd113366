"""tf.data: rows of arrays in order, shuffled and in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from . import conversion, nested, randomness
from .spaces import SPACES, found

Elements = Callable[[], Iterator[Any]]


class Dataset:
    """Elements one after the other, in structures of arrays; each way through begins anew."""

    def __init__(self, elements: Elements, count: int | None) -> None:
        self._elements = elements
        self._count = count

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """The rows of arrays, of a tuple or a dict of arrays."""
        flat = [np.asarray(each) if hasattr(each, "shape") else np.asarray(_plain(each)) for each in _flat(tensors)]
        if not flat or any(not each.shape for each in flat):
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        rows = len(flat[0])
        if any(len(each) != rows for each in flat):
            raise ValueError(f"Dimensions {rows} and {next(len(e) for e in flat if len(e) != rows)} are not compatible")

        def elements() -> Iterator[Any]:
            for row in range(rows):
                yield _packed(tensors, [each[row] for each in flat])

        return Dataset(elements, rows)

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """The arrays as a single element."""
        flat = [np.asarray(_plain(each)) for each in _flat(tensors)]
        return Dataset(lambda: iter([_packed(tensors, flat)]), 1)

    def batch(self, batch_size: int, drop_remainder: bool = False, **unused: Any) -> Dataset:
        """So many elements at a time as one, along a new first axis; the last may have fewer."""
        size = int(batch_size)
        if size < 1:
            raise ValueError(f"batch_size must be positive, not {batch_size}")

        def elements() -> Iterator[Any]:
            source = self._elements()
            while group := list(islice(source, size)):
                if len(group) < size and drop_remainder:
                    return
                parts = zip(*(_flat(each) for each in group), strict=True)
                yield _packed(group[0], [np.stack(part) for part in parts])

        count = None if self._count is None else self._count // size if drop_remainder else -(-self._count // size)
        return Dataset(elements, count)

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """In another order each time: every element is drawn from the next `buffer_size` ones."""
        size = int(buffer_size)
        if size < 1:
            raise ValueError(f"buffer_size must be positive, not {buffer_size}")
        first = int(randomness.uniform((), 0, 2**31 - 1, "int64", seed=seed))
        turns = [0]

        def elements() -> Iterator[Any]:
            generator = np.random.default_rng([first, turns[0]])
            turns[0] += reshuffle_each_iteration
            source = self._elements()
            buffer = list(islice(source, size))
            for each in source:
                place = int(generator.integers(len(buffer)))
                drawn, buffer[place] = buffer[place], each
                yield drawn
            for place in generator.permutation(len(buffer)):
                yield buffer[place]

        return Dataset(elements, self._count)

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None, **unused: Any) -> Dataset:
        """Each element by a function of its parts."""

        def elements() -> Iterator[Any]:
            for each in self._elements():
                given = nested.mapped(conversion.convert_to_tensor, each)
                result = map_func(*given) if isinstance(given, tuple) else map_func(given)
                yield nested.mapped(lambda one: conversion.convert_to_tensor(one).numpy(), result)

        return Dataset(elements, self._count)

    def repeat(self, count: int | None = None) -> Dataset:
        """The elements again and again, without end if no count is given."""
        times = -1 if count is None else int(count)

        def elements() -> Iterator[Any]:
            done = 0
            while done != times:
                any_there = False
                for each in self._elements():
                    any_there = True
                    yield each
                if not any_there:
                    return
                done += 1

        return Dataset(elements, self._count * times if times >= 0 and self._count is not None else None)

    def take(self, count: int) -> Dataset:
        """The first elements."""
        most = int(count)
        known = most if self._count is None else min(most, self._count)
        return self if most < 0 else Dataset(lambda: islice(self._elements(), most), known)

    def skip(self, count: int) -> Dataset:
        """All but the first elements."""
        known = None if self._count is None else max(self._count - int(count), 0)
        return Dataset(lambda: islice(self._elements(), int(count), None), known)

    def prefetch(self, buffer_size: Any, **unused: Any) -> Dataset:
        """The same elements: they are at hand already."""
        return self

    def cache(self, filename: str = "", **unused: Any) -> Dataset:
        """The same elements: they are in memory already."""
        return self

    def cardinality(self) -> Any:
        """The number of elements; -1 where there is no end, or it is not known."""
        return conversion.constant(-1 if self._count is None else self._count, "int64")

    def __len__(self) -> int:
        if self._count is None:
            raise TypeError("The dataset is infinite.")
        return self._count

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements as arrays."""
        return self._elements()

    def __iter__(self) -> Iterator[Any]:
        for each in self._elements():
            yield nested.mapped(conversion.convert_to_tensor, each)


def _flat(structure: Any) -> list[Any]:
    """The arrays of a structure; lists are arrays here, as in TensorFlow."""
    if isinstance(structure, dict):
        return [each for key in sorted(structure) for each in _flat(structure[key])]
    if isinstance(structure, tuple):
        return [each for part in structure for each in _flat(part)]
    return [structure]


def _packed(structure: Any, flat: list[Any]) -> Any:
    left = iter(flat)

    def packed(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: packed(part[key]) for key in sorted(part)}
        return tuple(map(packed, part)) if isinstance(part, tuple) else next(left)

    return packed(structure)


def _plain(value: Any) -> Any:
    """Numbers of Python in the type that tensors have for them."""
    return conversion.constant(value).numpy()


DATA = {"Dataset": Dataset, "AUTOTUNE": -1}
SPACES["data"] = DATA


def __getattr__(name: str) -> Any:
    return found("data", name)


def __dir__() -> list[str]:
    return sorted(DATA)
