"""Buffers of a program over tensors: planned once, so that no step allocates; a buffer serves again when its value is done with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from ..graph import Node
from .array import TYPES
from .layout import Layout, sizes, spread_strides, whole
from .memory import room
from .operations import in_one_pass
from .pieces import PUT_TOGETHER
from .stages import Item, reads

# Room behind each array, for registers that go beyond its end; arrays start at a cache line.
SLACK = 256


class Work(NamedTuple):
    """An item with what it reads from buffers (each operand with the step that does) and the values that it must keep."""

    item: Item
    reads: tuple[tuple[Node, Node], ...]
    keeps: tuple[Node, ...]


class Registers(NamedTuple):
    """Which buffer each computed value is kept in, and the bytes of each buffer."""

    places: dict[Node, int]
    sizes: tuple[int, ...]


def bytes_of(node: Node, dtype: str) -> int:
    """The bytes of a node's value."""
    count = 1
    for size in sizes(node):
        count *= size
    return count * TYPES[node.kind, dtype].itemsize


def allocated(count: int) -> Any:
    """A buffer of zeros with room behind it."""
    buffer = room(count + SLACK)
    buffer[:] = 0
    return buffer


def whole_works(layout: Layout, items: Sequence[Item], goals: Sequence[Node]) -> list[Work]:
    """The items with what they read and keep; kept is what others read, and what is a goal."""
    read = [tuple(reads(layout, item)) for item in items]
    needed = {layout.views[operand].base for each in read for _, operand in each}
    needed.update(layout.views[goal].base for goal in goals)
    return [
        Work(item, each, tuple(node for node in item.nodes if node in needed))
        for item, each in zip(items, read, strict=True)
    ]


def assigned(layout: Layout, works: Sequence[Work], own: Collection[Node], dtype: str) -> Registers:
    """The buffers of what is kept, given in the order of work; values in `own` share with none."""
    last: dict[Node, int] = {}
    for turn, work in enumerate(works):
        last.update({layout.views[operand].base: turn for _, operand in work.reads})
    places: dict[Node, int] = {}
    found: list[int] = []
    free: list[int] = []
    for turn, work in enumerate(works):
        read = dict.fromkeys(layout.views[operand].base for _, operand in work.reads)
        ending = [base for base in read if last[base] == turn and base in places and base not in own]
        for node in work.keeps:
            count = bytes_of(node, dtype)
            shared = node not in own
            heir = next((each for each in ending if shared and overwrites(layout, work, node, each)), None)
            fitting = [place for place in free if shared and found[place] == count]
            if heir is not None:
                places[node] = places[heir]
                ending.remove(heir)
            elif fitting:
                places[node] = fitting[-1]
                free.remove(fitting[-1])
            else:
                places[node] = len(found)
                found.append(count)
        free.extend(places[base] for base in ending)
        free.extend(places[node] for node in work.keeps if node not in last and node not in own)
    return Registers(places, tuple(found))


def overwrites(layout: Layout, work: Work, node: Node, base: Node) -> bool:
    """Whether a result can take the place of a value that is read: element for element, each read before it is written."""
    space = work.item.space if work.item.space is not None else node.shape
    if node.op.fold or (work.item.space is None and not in_one_pass(node.op)):
        return False
    if base.kind != node.kind or not base.shape == node.shape == space:
        return False
    shape = sizes(base)
    full = spread_strides(whole(base), shape, shape)
    for reader, operand in work.reads:
        view = layout.views[operand]
        if view.base is base and (
            reader.op.role in PUT_TOGETHER
            or view.offset
            or operand.shape != space
            or spread_strides(view, shape, shape) != full
        ):
            return False
    return True
