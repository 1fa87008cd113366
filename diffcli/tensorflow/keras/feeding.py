"""What fit, evaluate and predict are given: arrays dealt out in batches, or a dataset of batches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from ...compute.training.batches import Batches
from .. import calls, data, randomness
from ..dtypes import as_dtype
from .programs import Batch


class Arrays(NamedTuple):
    """Arrays with one row for each sample."""

    x: Any
    y: Any
    batches: Batches

    def epoch(self, number: int) -> Iterator[Batch]:
        for rows in self.batches.of(number):
            yield self.x[rows], None if self.y is None else self.y[rows]

    def sample(self) -> Any:
        """The input of one row."""
        return self.x[:1]

    @property
    def per_epoch(self) -> int | None:
        """The number of batches of an epoch."""
        return self.batches.per_epoch


class Stream:
    """A dataset whose elements are batches; with a number of steps an epoch goes on where the last one ended."""

    def __init__(self, dataset: data.Dataset, dtype: str, steps: int | None) -> None:
        self.dataset = dataset
        self.dtype = dtype
        self.steps = steps
        self.running: Iterator[Any] | None = None

    def epoch(self, number: int) -> Iterator[Batch]:
        if self.steps is None:
            elements = self.dataset.as_numpy_iterator()
        else:
            self.running = self.running or self.dataset.as_numpy_iterator()
            elements = islice(self.running, self.steps)
        for each in elements:
            parts = each if isinstance(each, tuple) else (each,)
            if len(parts) > 2:
                raise NotImplementedError("diffcli.tensorflow has no sample weights in datasets")
            yield numbers(parts[0], self.dtype), numbers(parts[1], self.dtype) if len(parts) > 1 else None

    def sample(self) -> Any:
        """The input of one row."""
        for each in self.dataset.as_numpy_iterator():
            return numbers(each[0] if isinstance(each, tuple) else each, self.dtype)[:1]
        raise ValueError("the dataset has no elements")

    @property
    def per_epoch(self) -> int | None:
        """The number of batches of an epoch, if it is known."""
        known = int(self.dataset.cardinality())
        return self.steps or (known if known >= 0 else None)


Source = Arrays | Stream


def numbers(given: Any, dtype: str) -> Any:
    """Numbers as an array in the type of a model."""
    if isinstance(given, (dict, list, tuple)) and any(hasattr(each, "shape") for each in given):
        raise NotImplementedError("diffcli.tensorflow trains models of one input: give one array")
    array = np.asarray(given)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"numbers are needed, not {array.dtype}")
    return np.ascontiguousarray(array, as_dtype(dtype).numpy)


def fed(x: Any, y: Any, dtype: str, size: int | None, shuffle: bool = False, steps: int | None = None) -> Source:
    """The source of batches for what was given."""
    if calls.active_graph() is not None:
        raise RuntimeError("fit, evaluate and predict carry out operations at once, and not in a graph")
    if isinstance(x, data.Dataset):
        if y is not None:
            raise ValueError("`y` argument is not supported when using a dataset as input.")
        return Stream(x, dtype, steps)
    if steps is not None:
        raise NotImplementedError("diffcli.tensorflow takes a number of steps for an epoch with datasets alone")
    inputs, truth = numbers(x, dtype), None if y is None else numbers(y, dtype)
    if not inputs.shape or (truth is not None and not truth.shape):
        raise ValueError("data have one row for each sample; a single number has none")
    if truth is not None and len(inputs) != len(truth):
        raise ValueError(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. "
            f"'x' sizes: {len(inputs)} 'y' sizes: {len(truth)}"
        )
    if size is not None and size < 1:
        raise ValueError(f"batch_size must be a positive integer, not {size}")
    seed = int(randomness.uniform((), 0, 2**31 - 1, "int64")) if shuffle else 0
    return Arrays(inputs, truth, Batches(len(inputs), size or 32, shuffle, seed))


def parted(x: Any, y: Any, share: float) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """The first rows to train on, and the last ones, this share of all, to validate with."""
    if isinstance(x, data.Dataset):
        raise ValueError("`validation_split` is only supported for arrays, not for datasets")
    inputs, truth = np.asarray(x), np.asarray(y)
    first = int(len(inputs) * (1.0 - share))
    if not 0 < first < len(inputs):
        raise ValueError(
            f"Training data contains {len(inputs)} samples, which is not sufficient to split it into a validation and "
            f"training set as specified by `validation_split={share}`. Either provide more data, or a different value "
            "for the `validation_split` argument."
        )
    return (inputs[:first], truth[:first]), (inputs[first:], truth[first:])
