"""tf.test: derivatives against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import conversion
from .tape import GradientTape


def compute_gradient(
    f: Callable[..., Any], x: Sequence[Any], delta: float | None = None
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The Jacobians of a function by differentiation and by central differences, a matrix for each argument."""
    if not isinstance(x, (list, tuple)):
        raise ValueError("`x` must be a list or tuple of values convertible to a Tensor")
    step = 1.0 / 1024 if delta is None else delta
    inputs = [conversion.convert_to_tensor(each) for each in x]
    return tuple(_analytic(f, inputs, place) for place in range(len(inputs))), tuple(
        _numeric(f, inputs, place, step) for place in range(len(inputs))
    )


def _analytic(f: Callable[..., Any], inputs: Sequence[Any], place: int) -> Any:
    with GradientTape() as tape:
        tape.watch(list(inputs))
        y = conversion.convert_to_tensor(f(*inputs))
    found = tape.jacobian(y, inputs[place], "zero")
    return found.numpy().reshape(y.numpy().size, inputs[place].numpy().size)


def _numeric(f: Callable[..., Any], inputs: Sequence[Any], place: int, step: float) -> Any:
    x = inputs[place]
    base = np.asarray(x.numpy())

    def moved(index: int, by: float) -> Any:
        point = base.copy().ravel()
        point[index] += by
        others = [conversion.from_array(point.reshape(base.shape), x.dtype) if each is x else each for each in inputs]
        return np.asarray(conversion.convert_to_tensor(f(*others)).numpy()).ravel()

    columns = [(moved(index, step) - moved(index, -step)) / (2 * step) for index in range(base.size)]
    return np.stack(columns, 1) if columns else np.zeros((0, 0))
