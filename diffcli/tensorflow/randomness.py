"""Random tensors; `tf.random` and what initialises variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.op import Op
from ..engine.ops import random as _random
from . import calls, conversion
from .dtypes import as_dtype, float32
from .shapes import known_sizes

_state: dict[str, Any] = {"seed": None, "generator": np.random.default_rng(), "drawn": 0}


def set_seed(seed: int) -> None:
    """Makes the random numbers from here on the same in each run of the program. They are not those of TensorFlow."""
    _state.update(seed=seed, generator=np.random.default_rng(seed), drawn=0)


def _next(seed: Any) -> int:
    """The seed of one drawing; one that is given makes a sequence of its own."""
    if seed is None:
        return int(_state["generator"].integers(2**31))
    _state["drawn"] += 1
    return int(np.random.SeedSequence([int(seed), _state["seed"] or 0, _state["drawn"]]).generate_state(1)[0])


def drawn(op: Op, shape: Any, dtype: Any, seed: Any, name: str, *numbers: float) -> Any:
    """Random numbers by an operator of the table: at once, or anew in each run of a graph."""
    sizes, wanted = known_sizes(shape), as_dtype(dtype)

    def draw() -> Any:
        attributes = (sizes, *numbers, _next(seed))
        assert callable(op.numpy)
        return conversion.typed(op.numpy(np, *attributes), wanted)

    graph = calls.active_graph()
    return draw() if graph is None else graph.draw(sizes, wanted, draw, name)


def normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = float32, seed: Any = None, name: Any = None
) -> Any:
    """Normal random numbers."""
    return drawn(_random.normal, shape, dtype, seed, "random_normal", float(mean), float(stddev))


def uniform(
    shape: Any, minval: float = 0, maxval: float | None = None, dtype: Any = float32, seed: Any = None, name: Any = None
) -> Any:
    """Uniform random numbers from minval up to maxval."""
    high = 1.0 if maxval is None else float(maxval)
    if as_dtype(dtype).kind == "int":
        high -= 1e-9 * max(1.0, abs(high))
    return drawn(_random.uniform, shape, dtype, seed, "random_uniform", float(minval), high)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = float32, seed: Any = None, name: Any = None
) -> Any:
    """Normal random numbers without those more than two standard deviations off."""
    sizes, wanted = known_sizes(shape), as_dtype(dtype)

    def draw() -> Any:
        generator = np.random.default_rng(_next(seed))
        found = generator.standard_normal(sizes)
        while (far := np.abs(found) > 2.0).any():
            found = np.where(far, generator.standard_normal(sizes), found)
        return conversion.typed(np.asarray(mean + stddev * found), wanted)

    graph = calls.active_graph()
    return draw() if graph is None else graph.draw(sizes, wanted, draw, "truncated_normal")


class Initializer:
    """Makes the first value of a variable: called with its shape and type."""

    def __init__(self, make: Callable[[Any, Any], Any], name: str) -> None:
        self._make = make
        self.name = name

    def __call__(self, shape: Any, dtype: Any = float32, **unused: Any) -> Any:
        return self._make(shape, as_dtype(float32 if dtype is None else dtype))

    def __repr__(self) -> str:
        return f"<{self.name}>"


def zeros_initializer(dtype: Any = None) -> Initializer:
    """Zeros."""
    return constant_initializer(0.0)


def ones_initializer(dtype: Any = None) -> Initializer:
    """Ones."""
    return constant_initializer(1.0)


def constant_initializer(value: Any = 0, dtype: Any = None, **unused: Any) -> Initializer:
    """One value, or the values of a list."""
    return Initializer(lambda shape, wanted: conversion.constant(np.asarray(value), wanted, shape), "constant")


def random_normal_initializer(
    mean: float = 0.0, stddev: float = 0.05, seed: Any = None, dtype: Any = None
) -> Initializer:
    """Normal random numbers."""
    return Initializer(lambda shape, wanted: normal(shape, mean, stddev, wanted, seed), "random_normal")


def truncated_normal_initializer(
    mean: float = 0.0, stddev: float = 0.05, seed: Any = None, dtype: Any = None
) -> Initializer:
    """Normal random numbers without those far off."""
    return Initializer(lambda shape, wanted: truncated_normal(shape, mean, stddev, wanted, seed), "truncated_normal")


def random_uniform_initializer(
    minval: float = -0.05, maxval: float = 0.05, seed: Any = None, dtype: Any = None
) -> Initializer:
    """Uniform random numbers."""
    return Initializer(lambda shape, wanted: uniform(shape, minval, maxval, wanted, seed), "random_uniform")


def _scaled(op: Op, name: str) -> Callable[..., Initializer]:
    def scaled(seed: Any = None, dtype: Any = None) -> Initializer:
        return Initializer(lambda shape, wanted: drawn(op, shape, wanted, seed, name), name)

    scaled.__doc__ = op.doc
    return scaled


glorot_uniform_initializer = _scaled(_random.glorot_uniform, "glorot_uniform")
glorot_normal_initializer = _scaled(_random.glorot_normal, "glorot_normal")
he_normal_initializer = _scaled(_random.he_normal, "he_normal")
