"""Single operations on whole arrays whose results go into given ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..graph import Node
from ..op import ROLES, Op
from ..shape import OperandError
from . import blocked
from .array import meaning
from .kernel import Loop
from .layout import reduced_axes
from .scalar import SMALLEST

Step = Callable[[], Any]
FOLDS = {
    "sum": (np.add, {}),
    "maximum": (np.maximum, {"initial": -np.inf}),
    "minimum": (np.minimum, {"initial": np.inf}),
}


def steps_of(node: Node, operands: Sequence[Any], out: Any, dtype: str, strict: bool) -> list[Step]:
    """The calls that put the value of a node into an array, its operands being in others."""
    found = _steps(node, operands, out, dtype)
    if strict and node.kind == "float":
        found.append(partial(flush, out, dtype))
    return found


def _steps(node: Node, operands: Sequence[Any], out: Any, dtype: str) -> list[Step]:
    op = node.op
    if op.fold:
        ufunc, rest = FOLDS[op.fold]
        flags = reduced_axes(node)
        axes = tuple(axis for axis, reduced in enumerate(flags) if reduced)
        kept = out.reshape([1 if reduced else size for size, reduced in zip(operands[0].shape, flags, strict=True)])
        return [partial(ufunc.reduce, operands[0], axis=axes, keepdims=True, out=kept, **rest)]
    if op.role == "unindex":
        places = meaning(ROLES["index"])(out, node.attributes[1])
        return [partial(out.fill, 0), partial(np.copyto, places, operands[0])]
    if op.role == "reshape":
        return [partial(np.copyto, out.reshape(operands[0].shape), operands[0])]
    function = meaning(op)
    if op.elementwise and not in_one_pass(op) and out.size:
        step = _in_blocks(node, operands, out, dtype)
        if step is not None:
            return [step]
    if not isinstance(function, np.ufunc):
        return [partial(_copied, node, function, operands, out)]
    if op.role == "matmul":
        before, operands = _for_products(operands)
        return [*before, _direct(function, operands, out)]
    return [_direct(function, operands, out)]


def in_one_pass(op: Op) -> bool:
    """Whether NumPy computes an element-wise operator element by element, so that the result may lie where an operand does."""
    return op.elementwise and not op.blocks and isinstance(meaning(op), np.ufunc)


def _direct(function: Any, operands: Sequence[Any], out: Any) -> Step:
    if all(each.dtype == out.dtype for each in operands):
        return partial(function, *operands, out=out)
    return partial(function, *operands, out=out, casting="unsafe")


def _for_products(operands: Sequence[Any]) -> tuple[list[Step], list[Any]]:
    """Matrices that the fast product cannot read as they lie are copied first."""
    before: list[Step] = []
    result = []
    for each in operands:
        strides = [stride // each.itemsize for size, stride in zip(each.shape, each.strides, strict=True) if size > 1]
        if 0 in strides or (strides and 1 not in strides[-2:]):
            copy = np.zeros(each.shape, each.dtype)
            before.append(partial(np.copyto, copy, each))
            each = copy
        result.append(each)
    return before, result


def _in_blocks(node: Node, operands: Sequence[Any], out: Any, dtype: str) -> Step | None:
    """Block after block, in registers of its own: for numbers that lie as those of the result do, or are single ones."""
    if any(each.kind != "float" for each in (node, *node.inputs)):
        return None
    given = dict(zip(node.inputs, operands, strict=True))
    same = {each: array for each, array in given.items() if array.size == 1 < out.size}
    columns = {each: array for each, array in given.items() if each not in same}
    if any(array.shape != out.shape or not array.flags.c_contiguous for array in columns.values()):
        return None
    assert not any(np.may_share_memory(array, out) for array in operands), "blocks are written before all is read"
    work = blocked.prepare(Loop((node,), tuple(columns), tuple(same), (node,), dtype, False))
    flat, result = [array.reshape(-1) for array in columns.values()], out.reshape(-1)

    def step() -> None:
        work(flat, [array.item() for array in same.values()], [result], 0, out.size)

    return step


def _copied(node: Node, function: Callable[..., Any], operands: Sequence[Any], out: Any) -> None:
    try:
        value = function(*operands, *node.attributes)
    except OperandError as error:
        error.node = node
        raise
    np.copyto(out, value, casting="unsafe")


def flush(array: Any, dtype: str) -> None:
    """Subnormal numbers become zeros of their sign."""
    np.copysign(0.0, array, out=array, where=np.abs(array) < SMALLEST[dtype])
