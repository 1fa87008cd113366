"""The executor on NumPy arrays. It defines every operator that is not element-wise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..graph import Node
from ..op import Op
from ..program import TRANSPARENT, Program
from ..shape import OperandError
from .scalar import SMALLEST


def run(steps: Program, feeds: Mapping[Node, Any], dtype: str, strict: bool) -> dict[Node, Any]:
    """The value of each node as an array (of rank 0 for scalars)."""
    values: dict[Node, Any] = {}
    with np.errstate(all="ignore"):
        for node in steps.nodes:
            op = node.op
            if node in feeds:
                value = np.asarray(feeds[node])
            elif op.role == "constant":
                value = np.asarray(node.attributes[0])
            elif op.role in TRANSPARENT:
                values[node] = values[node.inputs[0]]
                continue
            else:
                try:
                    value = np.asarray(meaning(op)(*[values[parent] for parent in node.inputs], *node.attributes))
                except OperandError as error:
                    error.node = node
                    raise
            values[node] = settled(value, node, dtype, strict)
    return values


# Whole numbers are held as float64, which is exact to 2**53; only the file's floats follow its dtype.
TYPES = {
    (kind, dtype): np.dtype(dtype if kind == "float" else np.float64 if kind == "int" else np.bool_)
    for kind in ("float", "int", "bool")
    for dtype in ("float64", "float32")
}


def settled(value: Any, node: Node, dtype: str, strict: bool) -> Any:
    """A computed array in the type of its node, subnormals flushed to zero if `strict` asks for it."""
    value = np.asarray(value).astype(TYPES[node.kind, dtype], copy=False)
    if strict and node.kind == "float":
        value = np.where(np.abs(value) < SMALLEST[dtype], np.copysign(0.0, value), value).astype(value.dtype)
    return value


_meanings: dict[Op, Callable[..., Any]] = {}


def meaning(op: Op) -> Callable[..., Any]:
    """What an operator does to arrays: its NumPy name or function, else its scalar meaning applied to each element."""
    found = _meanings.get(op)
    if found is None:
        if isinstance(op.numpy, str):
            found = getattr(np, op.numpy)
        elif op.numpy is not None:
            stated = op.numpy

            def found(*operands: Any) -> Any:
                return stated(np, *operands)
        else:
            assert op.scalar is not None, op.name
            found = _mapped(op.scalar)
        assert found is not None
        _meanings[op] = found
    return found


def _mapped(function: Callable[..., Any]) -> Callable[..., Any]:
    def mapped(*operands: Any) -> Any:
        arrays = [each for each in operands if isinstance(each, np.ndarray)]
        attributes = operands[len(arrays) :]
        joined = np.broadcast_arrays(*arrays)
        flat = [each.ravel().tolist() for each in joined]
        return np.array([function(*each, *attributes) for each in zip(*flat, strict=True)]).reshape(joined[0].shape)

    return mapped
