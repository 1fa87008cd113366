"""Tensors made from numbers, and the shapes and types of others."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from ..engine.ops.creation import linspace as _linspace
from ..engine.ops.piecewise import not_equal, to_float, to_int
from . import calls, conversion
from .dtypes import as_dtype, float32, int32
from .evaluation import cast_node
from .functions import GENERATED, static
from .shapes import known_sizes


def _made(array: Any, dtype: Any) -> Any:
    return conversion.constant(np.asarray(array), dtype)


def zeros(shape: Any, dtype: Any = float32, name: str | None = None) -> Any:
    """A tensor of zeros."""
    return _made(np.zeros(known_sizes(shape), as_dtype(dtype).numpy), dtype)


def ones(shape: Any, dtype: Any = float32, name: str | None = None) -> Any:
    """A tensor of ones."""
    return _made(np.ones(known_sizes(shape), as_dtype(dtype).numpy), dtype)


def _like(value: float) -> Any:
    def like(input: Any, dtype: Any = None, name: str | None = None) -> Any:
        x = conversion.convert_to_tensor(input)
        wanted = x.dtype if dtype is None else as_dtype(dtype)
        if x._value is not None:
            return _made(np.full(tuple(x.shape), value, wanted.numpy), wanted)
        filled = GENERATED["zeros_like" if not value else "ones_like"](x)
        return cast(filled, wanted)

    like.__doc__ = f"A tensor of {'ones' if value else 'zeros'} in the shape of another."
    return like


zeros_like, ones_like = _like(0.0), _like(1.0)


def fill(dims: Any, value: Any, name: str | None = None) -> Any:
    """A tensor of one value."""
    return GENERATED["broadcast_to"](value, known_sizes(dims))


def eye(num_rows: int, num_columns: int | None = None, dtype: Any = float32, name: str | None = None) -> Any:
    """The identity matrix."""
    return _made(np.eye(num_rows, num_columns, dtype=as_dtype(dtype).numpy), dtype)


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> Any:
    """Numbers from start up to, but not including, limit."""
    first, last = (0, start) if limit is None else (start, limit)
    begin, end, step = (static(each) for each in (first, last, delta))
    whole = all(isinstance(each, int) for each in (begin, end, step))
    wanted = as_dtype(dtype) if dtype is not None else int32 if whole else float32
    count = max(0, ceil((end - begin) / step))
    return _made((begin + step * np.arange(count)).astype(wanted.numpy), wanted)


def linspace(start: Any, stop: Any, num: int, name: str | None = None, axis: int = 0) -> Any:
    """Evenly spaced numbers from start to stop, both included."""
    if axis != 0:
        raise NotImplementedError("diffcli.tensorflow.linspace has axis 0 alone")
    ends = conversion.together([start, stop])
    count = int(num)
    return calls.compute((_linspace, count), lambda a, b: _linspace.call([a, b, count], {}), ends)


def shape(input: Any, out_type: Any = int32, name: str | None = None) -> Any:
    """The sizes of a tensor, as a tensor of whole numbers."""
    return conversion.constant(np.array(_known(input), as_dtype(out_type).numpy))


def _known(input: Any) -> tuple[int, ...]:
    sizes = conversion.convert_to_tensor(input).shape
    if not sizes.is_fully_defined():
        raise NotImplementedError("diffcli.tensorflow has no shape of a tensor whose sizes are not known beforehand")
    return tuple(sizes)


def size(input: Any, out_type: Any = int32, name: str | None = None) -> Any:
    """The number of elements."""
    return conversion.constant(np.array(int(np.prod(_known(input))), as_dtype(out_type).numpy))


def rank(input: Any, name: str | None = None) -> Any:
    """The number of axes."""
    return conversion.constant(np.array(len(_known(input)), np.int32))


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """The tensor in another type. Between types of floats gradients flow; whole numbers and truth values have none."""
    tensor, wanted = conversion.convert_to_tensor(x), as_dtype(dtype)
    if tensor.dtype is wanted:
        return tensor
    if "string" in (tensor.dtype.kind, wanted.kind):
        raise NotImplementedError("diffcli.tensorflow casts no texts")

    def build(node: Any) -> Any:
        if wanted.kind == "bool":
            return not_equal(node, 0.0)
        if wanted.kind == "int":
            return to_int(to_float(node)) if node.kind != "int" else cast_node(node, wanted.name)
        return cast_node(node if node.kind == "float" else to_float(node), wanted.name)

    return calls.compute(("cast", wanted.name), build, (tensor,), wanted)
