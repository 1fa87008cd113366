"""The paths from a target to a source: a shortest one for each place that matters, and how many there are in all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..engine.graph import Node, ancestors
from ..lang.model import Model
from ..lang.write import formula
from ..results_why import Cut, PathRow, PathStep
from .causes import Finding
from .wording import named, spot_of

MOST = 8
LONGEST = 80  # characters of a step
STEPS = 200  # of a path; the middle of a longer one is left out
COUNTLESS = 10**15
Edge = tuple[Node, int]


def dependents(y: Node, x: Node) -> set[Node]:
    """The nodes on any path from the source to the target, also where no gradient flows."""
    found: set[Node] = set()
    for node in ancestors([y]):
        if node is x or any(parent in found for parent in node.inputs):
            found.add(node)
    return found


def count(y: Node, x: Node, within: set[Node]) -> int:
    """The number of paths; so many and more are as good as countless."""
    ways: dict[Node, int] = {}
    for node in sorted(within, key=lambda each: each.order):
        ways[node] = 1 if node is x else min(COUNTLESS, sum(ways.get(parent, 0) for parent in node.inputs))
    return ways.get(y, 0)


def shortest(
    start: Node, goal: Node, within: set[Node], open_edge: Callable[[Edge], bool] = lambda edge: True
) -> list[Node] | None:
    """The nodes of a shortest way up the graph, both ends included."""
    came: dict[Node, Node] = {}
    waiting, seen = deque([start]), {start}
    while waiting:
        node = waiting.popleft()
        if node is goal:
            way = [node]
            while node is not start:
                node = came[node]
                way.append(node)
            return way[::-1]
        for place, parent in enumerate(node.inputs):
            if parent in within and parent not in seen and open_edge((node, place)):
                seen.add(parent)
                came[parent] = node
                waiting.append(parent)
    return None


def way_of(start: Node, goal: Node, within: set[Node], flows: Callable[[Edge], bool] | None) -> list[Node] | None:
    """A shortest way that a gradient could take, else any."""
    way = shortest(start, goal, within, flows) if flows is not None else None
    return way if way is not None else shortest(start, goal, within)


def paths_between(
    model: Model,
    y: Node,
    x: Node,
    findings: Sequence[Finding],
    live: Callable[[Edge], bool] | None,
    flows: Callable[[Edge], bool] | None,
    values: Mapping[Node, Any] | None,
) -> tuple[tuple[PathRow, ...], int]:
    """A path that the gradient flows along, if there is one, and one for each finding; with the number of all paths."""
    within = dependents(y, x)
    if y not in within or x not in within:
        return (), 0
    rows: dict[tuple[Node, ...], Cut | None] = {}
    if live is not None:
        way = shortest(y, x, within, live)
        if way is not None:
            rows[tuple(way)] = None
    for each in findings:
        if each.node not in within:
            continue
        head = way_of(y, each.node, within, flows)
        start = each.node if each.place is None else each.node.inputs[each.place]
        if head is None or start not in within:
            continue
        tail = way_of(start, x, within, flows)
        if tail is not None:
            whole = (*head, *(tail[1:] if each.place is None else tail))
            if rows.get(whole) is None and (
                whole not in rows or live is None or each.cause.code in ("forward", "backward")
            ):
                rows[whole] = each.cut()
    shown = list(rows.items())[:MOST]
    return tuple(PathRow(steps_of(model, way, values), cut) for way, cut in shown), count(y, x, within)


def steps_of(model: Model, way: Iterable[Node], values: Mapping[Node, Any] | None) -> tuple[PathStep, ...]:
    """The nodes of a path that the user wrote; a name and the operation it stands for are one step."""
    steps: list[PathStep] = []
    inner: Node | None = None
    nodes = list(way)
    if len(nodes) > STEPS:
        nodes = [*nodes[: STEPS // 2], *nodes[-STEPS // 2 :]]
    for node in nodes:
        if node is inner:
            inner = None
            continue
        spot = spot_of(model, node)
        name = str(node.attributes[0]) if node.op.role in ("alias", "leaf") and node.attributes[0] else None
        if (spot is None and name is None) or node.op.role == "number":
            continue
        shown = node
        if node.op.role == "alias":
            inner = shown = node.inputs[0]
        value = values.get(node) if values is not None else None
        scalar = float(value) if value is not None and not getattr(value, "shape", ()) else None
        steps.append(PathStep(name, shown.op.name if shown.inputs else "", _text(model, node, name), spot, scalar))
    return tuple(steps)


def _text(model: Model, node: Node, name: str | None) -> str:
    if name is not None:
        return name
    span = model.span(node)
    text = " ".join(span.text.split()) if span is not None else ""
    if text and len(text) <= LONGEST:
        return text
    shown = formula(node, {each: each.attributes[0] for each in named(node)})
    return shown if len(shown) <= LONGEST else node.op.name
