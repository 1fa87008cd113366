"""Why a gradient is none, NaN or infinite, and which convention decided a number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..engine.connection import Reason as EngineReason
from ..engine.diff import between, gradients
from ..engine.graph import Node, Nodes, ancestors
from ..engine.run import execute
from ..lang.model import Model
from ..lang.write import formula
from ..results import Reason
from ..source import Position
from .values import finite

if TYPE_CHECKING:
    from .causes import Finding

# A zero is explained beside the number only where that is cheap; `why` explains it always.
SMALL = 1000
MOST_NOTES = 3


def positions(model: Model, nodes: Collection[Node]) -> tuple[Position, ...]:
    """Where the user wrote the nodes."""
    found = [model.position(node) for node in nodes]
    return tuple(each for each in found if each is not None)


def none_reason(model: Model, reason: EngineReason) -> Reason:
    """The reason of a none with its positions."""
    return Reason(reason.code, positions(model, reason.nodes), reason.message, reason.hint)


def bad_reason(
    model: Model,
    status: str,
    gradient: Node,
    ys: Sequence[Node],
    values: Mapping[Node, Any],
    x: Node | None = None,
    barrier: Collection[Node] = frozenset(),
) -> Reason:
    """Why a gradient is NaN or infinite: the first forward value, or else the first backward product, that went bad.

    Without the source only the values of the gradient itself are searched.
    """
    from .causes import bad_findings, value_findings

    feeds = fed(values)
    if x is None:
        found = value_findings(model, [*ys, gradient], values)
    else:
        from .sweep import swept

        found = bad_findings(model, swept(model, ys, x, barrier, feeds), ys, feeds)
    if not found:
        return Reason("backward", (), f"the gradient is {status}", None)
    cause = found[0].cause
    places = () if cause.spot is None else (cause.spot.at,)
    told = "; then ".join(each.cause.message for each in found)
    return Reason(cause.code, places, told, remedy(model, status, found, ys, x, feeds))


def fed(values: Mapping[Node, Any]) -> dict[Node, Any]:
    """The values of the declared names among all values."""
    return {node: value for node, value in values.items() if node.op.role == "leaf"}


def remedy(
    model: Model, status: str, found: Sequence[Finding], ys: Sequence[Node], x: Node | None, feeds: dict[Node, Any]
) -> str | None:
    """What to write instead, when a rewrite is known that is finite here."""
    from .rewriting import rewrites
    from .wording import words

    for each in (one for y in ys for one in rewrites([each.node for each in found], y, status) if one.remedy.equal):
        if not sound(model, each.instead, x, feeds):
            continue
        names = {node: node.attributes[0] for node in ancestors([each.instead]) if node.op.role == "alias"}
        return f"write `{formula(each.instead, names)}` for {words(each.node, model)}: {each.remedy.why}"
    return None


def sound(model: Model, instead: Node, x: Node | None, feeds: dict[Node, Any]) -> bool:
    """Whether an expression and its gradient are finite at the point."""
    slope = gradients([instead], [x])[0] if x is not None else None
    wanted = [instead] if slope is None else [instead, slope]
    values = execute(wanted, feeds, model.dtype, model.graph.strict)
    return all(finite(values[node]) for node in wanted)


def zero_notes(
    model: Model, ys: Sequence[Node], x: Node, barrier: Collection[Node], values: Mapping[Node, Any]
) -> tuple[str, ...]:
    """What made a gradient exactly 0, for graphs small enough that finding out costs nothing to speak of."""
    if len(between(ys, [x], barrier)) > SMALL or any(getattr(value, "size", 1) > SMALL for value in values.values()):
        return ()
    from .causes import value_findings, zero_findings
    from .sweep import swept

    feeds = fed(values)
    told = []
    found = value_findings(model, ys, values) or zero_findings(model, swept(model, ys, x, barrier, feeds), feeds)
    for each in found[:MOST_NOTES]:
        spot = each.cause.spot
        where = f"{spot.file}:{spot.at.line}:{spot.at.column}: " if spot is not None else ""
        told.append(f"{where}{each.cause.message}")
    return tuple(told)


def notes(
    model: Model, ys: Sequence[Node], x: Node, barrier: Collection[Node], values: Mapping[Node, Any]
) -> tuple[str, ...]:
    """The conventions that decided a number on the way from the targets to the source, with operation and position."""
    if model.graph.strict:
        return ()
    path = between(ys, [x], barrier)
    if not any(node.op.conventions or node.op.role == "select" for node in path):
        return ()
    active = activity(ys, path, values)
    found: dict[str, None] = {}
    for node in path:
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


def activity(ys: Sequence[Node], path: Nodes, values: Mapping[Node, Any]) -> dict[Node, Any]:
    """Where the gradient of each node counts: not in the branches of `where` that were not taken."""
    active: dict[Node, Any] = {y: True for y in ys if y in path}
    for node in reversed(path.ordered):
        here = active.get(node)
        if here is None or here is False:
            continue
        for place, parent in enumerate(node.inputs):
            if not path.has(parent):
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
