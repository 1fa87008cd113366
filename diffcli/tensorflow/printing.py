"""How tensors of a graph show themselves."""

from __future__ import annotations

from typing import Any


def symbolic_text(tensor: Any) -> str:
    return f'Tensor("{tensor.name}", {_shape(tensor)}dtype={tensor.dtype.name})'


def symbolic_repr(tensor: Any) -> str:
    return f"<tf.Tensor '{tensor.name}' shape={tensor.shape} dtype={tensor.dtype.name}>"


def _shape(tensor: Any) -> str:
    return "" if tensor._shape is None else f"shape={tensor.shape}, "
