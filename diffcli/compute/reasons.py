"""Why a gradient is none, NaN or infinite, and which convention decided a number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..engine.diff import Product, between
from ..engine.graph import Node
from ..engine.tape import Reason as EngineReason
from ..engine.tape import title
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
    return f"`{formula(node, names)}`" if tree_sizes([node], names)[node] < LONG // 4 else f"the result of {node.op.name}"


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


def bad_reason(model: Model, status: str, gradient: Node, ys: Sequence[Node], values: Mapping[Node, Any], trace: Sequence[Product]) -> Reason:
    """Why a gradient is NaN or infinite: the first forward value, or else the first backward product, that went bad."""
    forward = next((y for y in ys if y in values and not finite(values[y])), None)
    if forward is not None:
        return _forward_reason(model, culprit(forward, values), values)
    origin = culprit(gradient, values)
    if model.span(origin) is not None and origin.op.role != "leaf":
        return _forward_reason(model, origin, values)
    step = next((product for product in trace if product.value in values and product.value.order >= origin.order and not finite(values[product.value])), None)
    if step is None:
        return Reason("backward", (), f"the gradient is {status}", None)
    inside = "" if step.node.op.role == "select" else f" = {_operands(step.node, values)}" if step.node.shape == () else ""
    return Reason("backward", positions(model, [step.node]),
                  f"the derivative of {step.node.op.name} at {words(step.node.inputs[step.index])}{_value(step.node.inputs[step.index], values)} is not finite",
                  f"{words(step.node)}{inside}" if False else None)


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


def _operands(node: Node, values: Mapping[Node, Any]) -> str:
    return ", ".join(f"{words(parent)}{_value(parent, values)}" for parent in node.inputs)


def notes(model: Model, ys: Sequence[Node], x: Node, barrier: Collection[Node], values: Mapping[Node, Any]) -> tuple[str, ...]:
    """The conventions that decided a number on the way from the targets to the source, with operation and position."""
    if model.graph.strict:
        return ()
    found: list[str] = []
    path = between(ys, [x], barrier)
    for node in sorted(path, key=lambda each: each.order):
        if not node.op.conventions or any(parent not in values for parent in node.inputs) or node in barrier:
            continue
        flowing = {index for index, parent in enumerate(node.inputs) if parent in path and not node.op.cuts(node, index)}
        for convention in node.op.conventions:
            if convention.index is not None and convention.index not in flowing:
                continue
            if flowing and _holds(convention.when(*[values[parent] for parent in node.inputs], *node.attributes)):
                span = model.span(node)
                where = f"{span.source.name}:{span.position().line}:{span.position().column}: " if span is not None else ""
                note = f"{where}{node.op.name}: {convention.text}"
                if note not in found:
                    found.append(note)
    return tuple(found)


def _holds(answer: Any) -> bool:
    return bool(answer.any()) if hasattr(answer, "any") else bool(answer)
