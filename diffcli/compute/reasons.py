"""Why a gradient is none, NaN or infinite, and which convention decided a number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..engine.connection import Reason as EngineReason
from ..engine.connection import title
from ..engine.diff import Product, between
from ..engine.graph import Node
from ..lang.model import Model
from ..lang.write import formula, number, tree_sizes
from ..results import Reason
from ..source import Position
from .values import finite

LONG = 60


def positions(model: Model, nodes: Collection[Node]) -> tuple[Position, ...]:
    """Where the user wrote the nodes."""
    spans = [model.span(node) for node in nodes]
    return tuple(span.position() for span in spans if span is not None)


def none_reason(model: Model, reason: EngineReason) -> Reason:
    """The reason of a none with its positions."""
    return Reason(reason.code, positions(model, reason.nodes), reason.message, reason.hint)


def words(node: Node) -> str:
    """A short name for a node: as the user named it, else its formula if that is short, else its operation."""
    if node.op.role in ("leaf", "alias") and node.attributes[0]:
        return title(node)
    names = {each: each.attributes[0] for each in _named(node)}
    return (
        f"`{formula(node, names)}`" if tree_sizes([node], names)[node] < LONG // 4 else f"the result of {node.op.name}"
    )


def _named(node: Node) -> list[Node]:
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


def culprit(node: Node, values: Mapping[Node, Any]) -> Node:
    """The first node that went bad on the way to a bad one: it is not finite, what it was computed from is."""
    while True:
        bad = [parent for parent in node.inputs if parent in values and not finite(values[parent])]
        if node.op.role == "select" and node.inputs[0] in bad:
            bad.remove(node.inputs[0])
        if not bad:
            return node
        node = min(bad, key=lambda parent: parent.order)


def bad_reason(
    model: Model, status: str, gradient: Node, ys: Sequence[Node], values: Mapping[Node, Any], trace: Sequence[Product]
) -> Reason:
    """Why a gradient is NaN or infinite: the first forward value, or else the first backward product, that went bad."""
    forward = next((y for y in ys if y in values and not finite(values[y])), None)
    if forward is not None:
        return _forward_reason(model, culprit(forward, values), values)
    origin = culprit(gradient, values)
    if model.span(origin) is not None and origin.op.role != "leaf":
        return _forward_reason(model, origin, values)
    step = next(
        (
            product
            for product in trace
            if product.value in values and product.value.order >= origin.order and not finite(values[product.value])
        ),
        None,
    )
    if step is None:
        return Reason("backward", (), f"the gradient is {status}", None)
    source = step.node.inputs[step.place]
    return Reason(
        "backward",
        positions(model, [step.node]),
        f"the derivative of {step.node.op.name} at {words(source)}{_value(source, values)} is not finite",
        None,
    )


def _forward_reason(model: Model, node: Node, values: Mapping[Node, Any]) -> Reason:
    given = [f"{words(parent)}{_value(parent, values)}" for parent in node.inputs if parent.op.role != "constant"]
    at = f" at {', '.join(given)}" if given else ""
    return Reason("forward", positions(model, [node]), f"{words(node)} is{_value(node, values, ' ')}{at}", None)


def _value(node: Node, values: Mapping[Node, Any], sign: str = " = ") -> str:
    value = values.get(node)
    if value is None:
        return ""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return f"{sign}{number(value)}" if isinstance(value, (int, float)) else " not finite" if sign == " " else ""


def notes(
    model: Model, ys: Sequence[Node], x: Node, barrier: Collection[Node], values: Mapping[Node, Any]
) -> tuple[str, ...]:
    """The conventions that decided a number on the way from the targets to the source, with operation and position."""
    if model.graph.strict:
        return ()
    path = between(ys, [x], barrier)
    active = activity(ys, path, values)
    found: dict[str, None] = {}
    for node in sorted(path, key=lambda each: each.order):
        if node in barrier or node not in active:
            continue
        flowing = {
            place for place, parent in enumerate(node.inputs) if parent in path and not node.op.cuts(node, place)
        }
        if flowing:
            found.update(dict.fromkeys(_told(model, node, values, active[node], flowing)))
        if node.op.role == "select":
            # Which branch was taken at a tie is the comparison's doing.
            for each in _truths(node.inputs[0]):
                found.update(dict.fromkeys(_told(model, each, values, True, None)))
    return tuple(found)


def activity(ys: Sequence[Node], path: Collection[Node], values: Mapping[Node, Any]) -> dict[Node, Any]:
    """Where the gradient of each node counts: not in the branches of `where` that were not taken."""
    active: dict[Node, Any] = {y: True for y in ys if y in path}
    for node in sorted(path, key=lambda each: each.order, reverse=True):
        here = active.get(node)
        if here is None or here is False:
            continue
        for place, parent in enumerate(node.inputs):
            if parent not in path:
                continue
            there = here
            if node.op.role == "select" and place > 0 and node.inputs[0] in values:
                taken = values[node.inputs[0]]
                there = here & ((taken != 0) if place == 1 else (taken == 0))
            if getattr(there, "shape", parent.shape) != parent.shape:
                there = _holds(there)
            before = active.get(parent)
            active[parent] = there if before is None else before | there
    return active


def _truths(condition: Node) -> list[Node]:
    """The comparisons that a condition is made of."""
    found, stack = [], [condition]
    while stack:
        node = stack.pop()
        if node.kind == "bool":
            found.append(node)
            stack.extend(node.inputs)
    return found


def _told(
    model: Model, node: Node, values: Mapping[Node, Any], active: Any, flowing: Collection[int] | None
) -> list[str]:
    """The notes of one node; `flowing` are the inputs whose derivatives were asked for, None for all."""
    if not node.op.conventions or any(parent not in values for parent in node.inputs):
        return []
    told = []
    for convention in node.op.conventions:
        asked = convention.operand is None or flowing is None or convention.operand in flowing
        if asked and _holds(convention.when(*[values[parent] for parent in node.inputs], *node.attributes) & active):
            span = model.span(node)
            where = f"{span.source.name}:{span.position().line}:{span.position().column}: " if span is not None else ""
            what = "" if node.op.name in convention.text.split() else f"{node.op.name}: "
            told.append(f"{where}{what}{convention.text}")
    return told


def _holds(answer: Any) -> bool:
    return bool(answer.any()) if hasattr(answer, "any") else bool(answer)
