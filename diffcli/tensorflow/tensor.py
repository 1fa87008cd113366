"""Tensors: with their values when operations are carried out at once, else as places in a graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .dtypes import DType
from .operators import Operators
from .shapes import TensorShape, UnknownShape

if TYPE_CHECKING:
    from .graph_mode import Graph, Source


class Tensor(Operators):
    """A tensor: with its value when operations are carried out at once, else a place in a graph.

    A scalar float is kept as a float of Python, rounded to its type; everything else as an array.
    """

    __slots__ = ("__weakref__", "_value", "dtype", "given", "graph", "source")

    _value: Any
    dtype: DType
    graph: Graph | None
    source: Source | None
    given: bool  # set for what is no result of an operation

    def __init__(self, value: Any, dtype: DType, graph: Graph | None = None, source: Source | None = None) -> None:
        self._value = value
        self.dtype = dtype
        self.graph = graph
        self.source = source

    @property
    def _shape(self) -> Any:
        """The engine's shape; None for a tensor in a graph of which it is not known."""
        if self.source is not None:
            return self.source.shape
        return () if type(self._value) is float else self._value.shape

    @property
    def shape(self) -> Any:
        found = self._shape
        if found is None:
            return UnknownShape()
        return TensorShape(size if isinstance(size, int) else None for size in found)

    @property
    def ndim(self) -> Any:
        return self.shape.rank

    @property
    def name(self) -> str:
        if self.source is None:
            raise AttributeError("Tensor.name is undefined when eager execution is enabled.")
        return f"{self.source.name}:0"

    @property
    def op(self) -> Any:
        if self.source is None:
            raise AttributeError("Tensor.op is undefined when eager execution is enabled.")
        return self.source

    def get_shape(self) -> Any:
        return self.shape

    def numpy(self) -> Any:
        """The value as NumPy has it: a number for a scalar, else an array."""
        if self.source is not None:
            raise AttributeError(f"Tensor {self.name!r} is part of a graph and has no value; run it in a Session")
        if type(self._value) is float:
            return self.dtype.numpy.type(self._value)
        return self._value[()] if not self._value.shape else self._value.copy()

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The value in the given session, or the default one."""
        from .session import chosen

        return chosen(session).run(self, feed_dict)

    def __hash__(self) -> int:
        if self.source is None:
            raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")
        return id(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.numpy(), dtype=dtype)

    def __float__(self) -> float:
        return float(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __index__(self) -> int:
        if self.dtype.kind != "int":
            raise TypeError(f"a tensor of type {self.dtype.name} cannot be an index")
        return int(self.numpy())

    def __bool__(self) -> bool:
        if self.source is not None:
            raise TypeError("Using a symbolic `tf.Tensor` as a Python `bool` is not allowed.")
        if np.size(self._value) != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous.")
        return bool(self._value)

    def __len__(self) -> int:
        found = self._shape
        if not found or not isinstance(found[0], int):
            raise TypeError("Scalar tensor has no `len()`")
        return found[0]

    def __iter__(self) -> Iterator[Tensor]:
        found = self._shape
        if not found or not isinstance(found[0], int):
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[place] for place in range(found[0]))

    def __format__(self, form: str) -> str:
        return str(self) if self.source is not None else format(self.numpy(), form)

    def __str__(self) -> str:
        if self.source is not None:
            from .printing import symbolic_text

            return symbolic_text(self)
        text = str(self.numpy())
        line = "\n" if "\n" in text else ""
        return f"tf.Tensor({line}{text}, shape={self.shape}, dtype={self.dtype.name})"

    def __repr__(self) -> str:
        if self.source is not None:
            from .printing import symbolic_repr

            return symbolic_repr(self)
        return f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, numpy={value_text(self)}>"


def value_text(tensor: Any) -> str:
    """The value of a tensor or a variable as their descriptions have it."""
    text = str(tensor.numpy()) if not tensor._shape else repr(tensor.numpy())
    return f"\n{text}" if "\n" in text else text
