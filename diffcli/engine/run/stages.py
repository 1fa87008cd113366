"""What a program over tensors does in one go: element-wise steps and reductions over one shape in one loop.

A step has a stage: it may share a loop with steps of its stage and shape, whose elements in the same place it reads, and
needs lower stages for all else. So no two loops ever wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from ..graph import Node
from .layout import Layout, reduced_axes, sizes
from .pieces import PUT_TOGETHER, pieces


class Item(NamedTuple):
    """What is done in one go: a loop over a shape, or (without one) a single operation on whole arrays."""

    nodes: tuple[Node, ...]
    space: tuple[int, ...] | None


def possible(node: Node, strict: bool) -> bool:
    """Whether a step can be part of a loop over lanes."""
    if 0 in sizes(node) or any(0 in sizes(each) for each in node.inputs):
        return False
    if node.op.elementwise:
        return node.op.llvm is not None
    if node.op.role in PUT_TOGETHER:
        return pieces(node) is not None
    return bool(node.op.fold) and _in_order(node) and not (strict and node.op.fold == "sum")


def _in_order(node: Node) -> bool:
    """Whether a reduction leaves no gap: over the last axes, or over others alone."""
    operand = node.inputs[0]
    flags = [flag for flag, size in zip(reduced_axes(node), sizes(operand), strict=True) if size > 1]
    return bool(flags) and operand.kind != "bool" and (not flags[-1] or False not in flags[flags.index(True) :])


def space_of(node: Node) -> tuple[int, ...]:
    """The shape that a step of a loop runs over."""
    return sizes(node.inputs[0] if node.op.fold else node)


def grouped(layout: Layout, native: bool, strict: bool) -> list[Item]:
    """The items that compute everything, in no particular order."""
    spaces = {node: space_of(node) for node in layout.computed if native and possible(node, strict)}
    stage: dict[Node, int] = {}
    users: dict[Node, list[tuple[Node, bool]]] = {}
    for node in layout.computed:
        stage[node] = 0
        for operand in node.inputs:
            if operand in layout.fixed:
                continue
            base = layout.views[operand].base
            same = direct(node, operand, spaces)
            users.setdefault(base, []).append((node, same))
            if base in stage:
                stage[node] = max(stage[node], stage[base] + (not same))
    _put_off(spaces, stage, users)
    loops: dict[tuple[int, tuple[int, ...]], list[Node]] = {}
    for node, space in spaces.items():
        loops.setdefault((stage[node], space), []).append(node)
    items = [Item(tuple(nodes), space) for (_, space), nodes in loops.items()]
    return items + [Item((node,), None) for node in layout.computed if node not in spaces]


def direct(node: Node, operand: Node, spaces: Mapping[Node, tuple[int, ...] | None]) -> bool:
    """Whether a step reads its operand where it is computed, if both are in one loop."""
    return (
        operand in spaces
        and not operand.op.fold
        and node.op.role not in PUT_TOGETHER
        and spaces.get(node) == spaces[operand] == operand.shape
    )


def _put_off(
    spaces: Mapping[Node, tuple[int, ...]], stage: dict[Node, int], users: Mapping[Node, Sequence[tuple[Node, bool]]]
) -> None:
    """Moves steps that hang together to the loop that needs them first, so that they need not be kept until then."""
    levels: dict[int, list[Node]] = {}
    for node in spaces:
        levels.setdefault(stage[node], []).append(node)
    for level, members in sorted(levels.items(), reverse=True):
        for part in _connected(members, users):
            outside = [(user, same) for node in part for user, same in users.get(node, ()) if user not in part]
            latest = min((stage[user] - (not same) for user, same in outside), default=level)
            if latest > level and any(same and stage[user] == latest for user, same in outside):
                stage.update(dict.fromkeys(part, latest))


def _connected(members: Iterable[Node], users: Mapping[Node, Sequence[tuple[Node, bool]]]) -> list[set[Node]]:
    """The members in sets between which no element is handed over."""
    members = list(members)
    inside = set(members)
    near: dict[Node, list[Node]] = {node: [] for node in members}
    for node in members:
        for user, same in users.get(node, ()):
            if same and user in inside:
                near[node].append(user)
                near[user].append(node)
    parts: list[set[Node]] = []
    done: set[Node] = set()
    for node in members:
        if node not in done:
            part, stack = {node}, [node]
            while stack:
                for each in near[stack.pop()]:
                    if each not in part:
                        part.add(each)
                        stack.append(each)
            done |= part
            parts.append(part)
    return parts


def reads(layout: Layout, item: Item) -> list[tuple[Node, Node]]:
    """The operands that an item reads from buffers, each with the step that does."""
    spaces = dict.fromkeys(item.nodes, item.space) if item.space is not None else {}
    return [
        (node, operand)
        for node in item.nodes
        for operand in node.inputs
        if operand not in layout.literals and not direct(node, operand, spaces)
    ]


def in_sequence(items: Sequence[Item], after: Mapping[int, Iterable[int]]) -> list[int]:
    """The places of the items so that each comes after those it needs: loops next to loops where possible."""
    waiting = {place: set(after[place]) for place in range(len(items))}
    needed_by: dict[int, list[int]] = {}
    for place, others in waiting.items():
        for other in others:
            needed_by.setdefault(other, []).append(place)
    ready: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for place, others in waiting.items():
        if not others:
            heappush(ready[items[place].space is not None], (items[place].nodes[0].order, place))
    order: list[int] = []
    loops = True
    while ready[True] or ready[False]:
        loops = loops if ready[loops] else not loops
        _, place = heappop(ready[loops])
        order.append(place)
        for other in needed_by.get(place, ()):
            waiting[other].discard(place)
            if not waiting[other]:
                heappush(ready[items[other].space is not None], (items[other].nodes[0].order, other))
    assert len(order) == len(items), "loops wait for each other"
    return order


def reaches(start: int, goal: int, after: Mapping[int, Iterable[int]]) -> bool:
    """Whether an item needs another, directly or through others."""
    stack, known = [start], {start}
    while stack:
        for each in after[stack.pop()]:
            if each not in known:
                known.add(each)
                stack.append(each)
    return goal in known
