"""get_variable: variables that a graph knows by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import conversion, randomness
from .dtypes import as_dtype, float32
from .placeholders import default_graph
from .variable import Variable


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    **unused: Any,
) -> Variable:
    """A new variable of a graph. Without an initializer it starts from Glorot's uniform random numbers."""
    graph = default_graph("get_variable")
    if any(each._name == name for each in graph.variables):
        raise ValueError(f"Variable {name} already exists, disallowed.")
    wanted = as_dtype(float32 if dtype is None else dtype)
    make: Callable[..., Any] | None = initializer if callable(initializer) else None
    if initializer is None:
        make = randomness.glorot_uniform_initializer() if shape != [] and shape != () else randomness.uniform
    with graph.as_default():
        if make is None:
            first = conversion.convert_to_tensor(initializer, None if hasattr(initializer, "dtype") else wanted)
        elif shape is None:
            raise ValueError(f"Shape of a new variable ({name}) must be fully defined, but instead was <unknown>.")
        else:
            first = make(shape, dtype=wanted)
        return Variable(first, trainable=trainable, name=name)
