"""Operators that put several tensors together."""

from __future__ import annotations

from typing import Any

from ..arguments import static_value
from ..graph import Node
from ..op import Items, build, define, graph_of, lift
from ..shape import OperandError, Shape, axis_index, broadcast_sizes, integer, text


def parts_of(name: str, values: tuple[Any, ...], axis: Any) -> tuple[tuple[Node, ...], int]:
    """The tensors to join and the axis, from f([a, b], axis), f(a, b, axis=…) or one tensor taken apart along its first axis."""
    from .selection import index

    parts: list[Any] = list(values)
    if len(parts) == 2 and isinstance(parts[0], (Items, list)) and not isinstance(parts[1], (Items, list)):
        axis = static_value(parts.pop())
    if len(parts) == 1 and isinstance(parts[0], (Items, list)):
        parts = list(parts[0])
    elif len(parts) == 1:
        only = lift(graph_of(values), parts[0])
        if not only.shape or not isinstance(only.shape[0], int):
            raise OperandError("argument", f"{name} needs a list of tensors", f"{name}([a, b], axis=0)")
        parts = [index(only, (("at", i),)) for i in range(only.shape[0])]
    if not parts:
        raise OperandError("argument", f"{name} needs at least one tensor")
    graph = graph_of(parts)
    return tuple(lift(graph, part) for part in parts), integer(axis, "axis")


def _stack(values: tuple[Any, ...], axis: Any) -> Node:
    parts, position = parts_of("stack", values, axis)
    return build(stack, parts, (position,))


def _stack_shape(inputs: tuple[Node, ...], axis: int) -> Shape:
    first = inputs[0].shape
    for other in inputs[1:]:
        if other.shape != first:
            raise OperandError("shape", f"stack needs tensors of one shape, not {text(first)} and {text(other.shape)}")
    return (*first[:axis], len(inputs), *first[axis:])


def _stack_back(g: Node, n: Node, position: int) -> Node:
    from .selection import index

    return index(g, (*(("slice", None, None, None),) * n.attributes[0], ("at", position)))


stack = define(
    "stack",
    signature="*values, axis=0",
    static="axis",
    doc="Tensors of one shape laid along a new axis.",
    kind="same",
    role="stack",
    expand=_stack,
    prepare=lambda inputs, axis: (axis_index(axis, len(inputs[0].shape) + 1),),
    shape=_stack_shape,
    numpy=lambda np, *a: np.stack(a[:-1], axis=a[-1]),
    vjp=_stack_back,
    jvp="joint",
    rule="each operand gets its slice of g",
    at=[([1.0, 2.0], [3.0, 4.0]), ([1.0, 2.0], [3.0, 4.0], {"axis": -1})],
)


def _concat(values: tuple[Any, ...], axis: Any) -> Node:
    parts, position = parts_of("concat", values, axis)
    return build(concat, parts, (position,))


def _concat_prepare(inputs: tuple[Node, ...], axis: int) -> tuple[int]:
    for each in inputs:
        if not each.shape:
            raise OperandError("shape", "concat cannot join scalars", "use stack")
    return (axis_index(axis, len(inputs[0].shape)),)


def _concat_shape(inputs: tuple[Node, ...], axis: int) -> Shape:
    joined = list(inputs[0].shape)
    for other in inputs[1:]:
        sizes = [
            broadcast_sizes(a, b) if a != b and 1 not in (a, b) else a if a == b else None
            for a, b in zip(joined, other.shape, strict=False)
        ]
        if len(other.shape) != len(joined) or any(size is None for i, size in enumerate(sizes) if i != axis):
            raise OperandError(
                "shape",
                f"shapes {text(inputs[0].shape)} and {text(other.shape)} cannot be joined along axis {axis}",
                "all other sizes must be equal",
            )
        joined = [
            a + b if i == axis else size or a
            for i, (a, b, size) in enumerate(zip(joined, other.shape, sizes, strict=True))
        ]
    return tuple(joined)


def _concat_back(g: Node, n: Node, position: int) -> Node:
    from .selection import index

    (axis,) = n.attributes
    start: Any = 0
    for each in n.inputs[:position]:
        start = start + each.shape[axis]
    cut = ("slice", start, start + n.inputs[position].shape[axis], None)
    return index(g, (*(("slice", None, None, None),) * axis, cut))


concat = define(
    "concat",
    signature="*values, axis=0",
    static="axis",
    doc="Tensors joined along an axis that they have.",
    aliases="concatenate cat",
    kind="same",
    role="concat",
    expand=_concat,
    prepare=_concat_prepare,
    shape=_concat_shape,
    simplify=lambda inputs, axis: inputs[0] if len(inputs) == 1 else None,
    numpy=lambda np, *a: np.concatenate(a[:-1], axis=a[-1]),
    vjp=_concat_back,
    jvp="joint",
    rule="each operand gets its part of g",
    at=[([1.0, 2.0], [3.0]), ([[1.0], [2.0]], [[3.0, 5.0], [4.0, 6.0]], {"axis": -1})],
)
