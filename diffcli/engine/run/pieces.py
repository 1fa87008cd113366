"""Values that are put together from pieces of their operands: each piece has a window of the result, the rest is 0."""

from __future__ import annotations

from typing import NamedTuple

from ..graph import Node
from .layout import sizes

PUT_TOGETHER = ("unindex", "stack", "concat", "roll")
Range = tuple[int, int]


class Piece(NamedTuple):
    """A piece: for each axis of the result its first place and its end, and where in the operand it starts.

    The start is None on an axis that the operand does not have.
    """

    operand: Node
    window: tuple[Range, ...]
    starts: tuple[int | None, ...]


def pieces(node: Node) -> tuple[Piece, ...] | None:
    """The pieces of a value; None for one that is not put together, or not from pieces without gaps."""
    if node.op.role not in PUT_TOGETHER:
        return None
    return {"unindex": _placed, "stack": _stacked, "concat": _joined, "roll": _rolled}[node.op.role](node)


def _placed(node: Node) -> tuple[Piece, ...] | None:
    """What is put into zeros."""
    window: list[Range] = []
    for size, item in zip(sizes(node), node.attributes[1], strict=True):
        first, last, step = (item[1], item[1] + 1, 1) if item[0] == "at" else slice(*item[1:]).indices(size)
        if step != 1:
            return None
        window.append((first, last))
    starts = tuple(None if item[0] == "at" else 0 for item in node.attributes[1])
    return (Piece(node.inputs[0], tuple(window), starts),)


def _stacked(node: Node) -> tuple[Piece, ...]:
    axis = node.attributes[0] % len(node.shape)
    starts = tuple(None if place == axis else 0 for place in range(len(node.shape)))
    return tuple(
        Piece(operand, _along(node, axis, place, place + 1), starts) for place, operand in enumerate(node.inputs)
    )


def _joined(node: Node) -> tuple[Piece, ...]:
    axis = node.attributes[0] % len(node.shape)
    found, first = [], 0
    for operand in node.inputs:
        last = first + sizes(operand)[axis]
        found.append(Piece(operand, _along(node, axis, first, last), (0,) * len(node.shape)))
        first = last
    return tuple(found)


def _rolled(node: Node) -> tuple[Piece, ...] | None:
    """What was moved along one axis: its two ends have changed places."""
    shifts, axes = node.attributes
    if axes is None:
        shifts, axes = (shifts,), (0,)
        if len(node.shape) != 1:
            return None
    if len(axes) != 1:
        return None
    axis, size = axes[0], sizes(node)[axes[0]]
    shift = shifts[0] % size
    found = []
    for first, last, start in ((shift, size, 0), (0, shift, size - shift)):
        if first < last:
            starts = tuple(start if place == axis else 0 for place in range(len(node.shape)))
            found.append(Piece(node.inputs[0], _along(node, axis, first, last), starts))
    return tuple(found)


def _along(node: Node, axis: int, first: int, last: int) -> tuple[Range, ...]:
    """The window of whole axes but for one."""
    return tuple((first, last) if place == axis else (0, size) for place, size in enumerate(sizes(node)))
