"""How `why` and the reasons name a node, its place and its numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..engine.connection import title
from ..engine.graph import Node
from ..lang.model import Model
from ..lang.write import formula, number, tree_sizes
from ..results_why import Operand, Spot
from .sweep import at_place

LONG = 60


def words(node: Node, model: Model | None = None) -> str:
    """A short name for a node: as the user named it, else as the user wrote it or its formula if that is short, else its operation."""
    while node.op.role == "number":
        node = node.inputs[0]
    if node.op.role in ("leaf", "alias") and node.attributes[0]:
        return title(node)
    span = model.span(node) if model is not None else None
    if span is not None and len(span.text) <= LONG and "\n" not in span.text:
        return f"`{span.text}`"
    names = {each: each.attributes[0] for each in named(node)}
    return (
        f"`{formula(node, names)}`" if tree_sizes([node], names)[node] < LONG // 4 else f"the result of {node.op.name}"
    )


def named(node: Node) -> list[Node]:
    """The named nodes that a node is computed from without another name between."""
    seen, stack, found = {node}, list(node.inputs), []
    while stack:
        each = stack.pop()
        if each in seen:
            continue
        seen.add(each)
        if each.op.role == "alias" and each.attributes[0]:
            found.append(each)
        else:
            stack.extend(each.inputs)
    return found


def spot_of(model: Model, node: Node) -> Spot | None:
    """Where the user wrote the node, with the line."""
    span, position = model.span(node), model.position(node)
    if span is None or position is None:
        return None
    return Spot(span.source.name, position, span.source.line(position.line))


def operand(model: Model, node: Node, values: Mapping[Node, Any], place: tuple[int, ...] | None) -> Operand | None:
    """A node with its number in that place, if it has one there."""
    value = at_place(values.get(node), place)
    if value is None:
        return None
    inside = f"[{', '.join(map(str, place))}]" if place and getattr(values[node], "shape", ()) else ""
    return Operand(words(node, model).strip("`") + inside, value)


def operands(
    model: Model,
    nodes: Collection[Node],
    values: Mapping[Node, Any],
    place: tuple[int, ...] | None,
    of: Node | None = None,
) -> tuple[Operand, ...]:
    """The numbers of nodes in one place; constants say nothing that their text does not, nor does what is called as the whole."""
    told = words(of, model).strip("`") if of is not None else ""
    found = (operand(model, node, values, place) for node in dict.fromkeys(nodes) if node.op.role != "constant")
    return tuple(each for each in found if each is not None and each.text != told)


def at_values(found: Collection[Operand]) -> str:
    """` at `x` = 0`, or nothing."""
    return f" at {', '.join(f'`{each.text}` = {number(each.value)}' for each in found)}" if found else ""
