"""Where the values of a program over tensors lie: in buffers of their own, or in a view of another's that costs nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..graph import Node, ancestors
from ..program import Program
from ..shape import axes_of
from .array import meaning, run

# Operators whose NumPy meaning is the operand seen in another way, where its strides allow that.
VIEWS = ("reshape", "broadcast", "transpose", "index", "flip")


class View(NamedTuple):
    """The elements of a node's value: from where and in which strides (in elements) they lie in the buffer of `base`."""

    base: Node
    offset: int
    strides: tuple[int, ...]


class Layout(NamedTuple):
    """What is known of each value before anything runs.

    literals are fixed values with one number everywhere, fixed all others; views has every value that lies in the buffer
    of an input, a fixed value or a computed one; computed are the nodes that must be, in order.
    """

    inputs: tuple[Node, ...]
    literals: dict[Node, float]
    fixed: dict[Node, Any]
    views: dict[Node, View]
    computed: tuple[Node, ...]


def sizes(node: Node) -> tuple[int, ...]:
    """The shape of a node in a program whose sizes are all known."""
    if not all(isinstance(size, int) for size in node.shape):
        raise ValueError(f"a program over tensors needs known sizes, not {node.shape}")
    return node.shape  # type: ignore[return-value]  # all are numbers, as was seen


def dense(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of elements that lie side by side, the last axis first."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def whole(node: Node) -> View:
    """The view of a value in a buffer of its own."""
    return View(node, 0, dense(sizes(node)))


def laid_out(targets: Sequence[Node], inputs: Sequence[Node], dtype: str, strict: bool) -> Layout:
    """The layout of a program; what does not depend on the inputs is computed here."""
    nodes = ancestors(targets, stop=set(inputs).__contains__)
    varying = set(inputs)
    for node in nodes:
        if not varying.isdisjoint(node.inputs):
            varying.add(node)
    steady = tuple(node for node in nodes if node not in varying)
    missing = [str(node.attributes[0]) for node in steady if node.op.role == "leaf"]
    if missing:
        raise ValueError(f"no value is given for {', '.join(missing)}")
    values = run(Program(steady, ()), {}, dtype, strict)
    literals: dict[Node, float] = {}
    fixed: dict[Node, Any] = {}
    views = {node: whole(node) for node in inputs}
    used = {*targets, *(each for node in nodes if node in varying for each in node.inputs)}
    for node in steady:
        if node in used:
            number = _everywhere(values[node])
            if number is not None:
                literals[node] = number
            fixed[node] = values[node]
            views[node] = whole(node)
    computed = []
    for node in nodes:
        if node in varying and node not in views:
            view = _view(node, views) if node.op.role in VIEWS else None
            if view is None:
                computed.append(node)
            views[node] = view or whole(node)
    return Layout(tuple(inputs), literals, fixed, views, tuple(computed))


def _everywhere(value: Any) -> float | None:
    """The number that all elements are, with its sign."""
    if not value.size:
        return None
    first = value.flat[0]
    spread = any(stride and size > 1 for stride, size in zip(value.strides, value.shape, strict=True))
    if spread and not (np.all(value == first) and np.all(np.signbit(value * 1.0) == np.signbit(first * 1.0))):
        return None
    return float(first)


def seen(buffer: Any, shape: Sequence[int], view: View) -> Any:
    """The view as an array on a buffer."""
    size = buffer.itemsize
    strides = tuple(stride * size for stride in view.strides)
    return np.ndarray(tuple(shape), buffer.dtype, buffer, view.offset * size, strides)


def _view(node: Node, views: dict[Node, View]) -> View | None:
    """A node as a view of its operand's buffer; None when it needs elements of its own."""
    operand = node.inputs[0]
    below = views[operand]
    if 0 in sizes(node):
        return None
    buffer = np.empty(math.prod(sizes(below.base)), np.int8)  # bytes stand for elements; they are never touched
    result = meaning(node.op)(seen(buffer, sizes(operand), below), *node.attributes)
    if not isinstance(result, np.ndarray) or not np.may_share_memory(result, buffer):
        return None
    offset = result.__array_interface__["data"][0] - buffer.__array_interface__["data"][0]
    return View(below.base, offset, result.strides)


def reduced_axes(node: Node) -> tuple[bool, ...]:
    """For each axis of a reduction's operand whether it is reduced."""
    shape = node.inputs[0].shape
    if node.op.role == "sum_to":
        lead = len(shape) - len(node.shape)
        return tuple(axis < lead or node.shape[axis - lead] != size for axis, size in enumerate(shape))
    axes = axes_of(node.attributes[0], len(shape))
    return tuple(axis in axes for axis in range(len(shape)))


def spread_strides(view: View, shape: Sequence[int], over: Sequence[int]) -> tuple[int, ...]:
    """The strides of a view when its elements are repeated over a larger shape."""
    lead = len(over) - len(shape)
    return (0,) * lead + tuple(0 if size == 1 else stride for size, stride in zip(shape, view.strides, strict=True))
