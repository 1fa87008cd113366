"""Gradients with their reasons: whether a path connects target and source, and what cuts it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from .diff import Product, depends, gradients
from .graph import Node, Nodes, ancestors, marks
from .tape import Record, barriers, tracked


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a gradient is none: a code, the nodes to point at, what to say and what to type."""

    code: str
    nodes: tuple[Node, ...]
    message: str
    hint: str | None = None


def title(node: Node) -> str:
    """What a user calls a node: its name, else its operation."""
    if node.op.role in ("leaf", "alias") and node.attributes[0]:
        return f"`{node.attributes[0]}`"
    return f"the result of {node.op.name}"


@dataclass(frozen=True, slots=True)
class Gradient:
    """The gradient with respect to one source: a node, or the reason why there is none."""

    source: Node
    node: Node | None
    reason: Reason | None


def differentiate(
    ys: Sequence[Node],
    xs: Sequence[Node],
    grad_ys: Sequence[Node | None] | None = None,
    stop: Collection[Node] = frozenset(),
    trace: list[Product] | None = None,
) -> list[Gradient]:
    """The gradients under the rule set of the graph's record, each with its reason where it is none."""
    record = ys[0].graph.record if ys else None
    results: list[Gradient | None] = [None] * len(xs)
    for barrier, members in barriers(ys, xs, stop):
        found = gradients(ys, [xs[index] for index in members], grad_ys, barrier, trace)
        for index, node in zip(members, found, strict=True):
            reason = None if node is not None else explain(ys, xs[index], stop, barrier, record)
            results[index] = Gradient(xs[index], node, reason)
    return [result for result in results if result is not None]


def explain(
    ys: Sequence[Node], x: Node, stop: Collection[Node], barrier: Collection[Node], record: Record | None
) -> Reason:
    """Why no gradient reaches the source."""
    name = title(x)
    if record is not None and record.used and (reason := _unrecorded(ys, x, record)) is not None:
        return reason
    targets = " and ".join(title(y) for y in ys[:3]) + (" …" if len(ys) > 3 else "")
    if not depends(ys, [x]):
        if any(depends([x], [y]) for y in ys):
            return Reason("unused", (x,), f"{name} is computed from {targets}, not the other way round", None)
        return Reason("unused", (x,), f"{targets} does not depend on {name}", None)
    for node, why in blockers(ys, [x], stop, barrier):
        if why == "stopped":
            how = "stop_gradient" if node.op.role == "stop" else "being stopped"
            return Reason(
                "stopped",
                (node,),
                f"every path to {name} ends at {title(node)}, by {how}",
                "take the stop away, or differentiate with respect to the stopped node",
            )
        if why == "paused":
            return Reason(
                "paused",
                (node,),
                f"{title(node)} was computed while the tape was paused",
                "move it out of the pause block",
            )
        if why == "before-tape":
            return Reason(
                "before-tape",
                (node,),
                f"{title(node)} was computed outside the tape",
                "move its definition into the tape",
            )
        if why == "unwatched":
            return Reason(
                "unwatched",
                (node,),
                f"{title(node)} was computed before {name} was watched",
                f"watch {name.strip('`')} before it",
            )
        if why == "integer":
            return Reason(
                "integer",
                (node,),
                f"every path to {name} goes through whole numbers or truth values, at {title(node)}",
                "they carry no gradient",
            )
        return Reason(
            "cut", (node,), f"every path to {name} goes through {node.op.name}, which has no derivative", None
        )
    return Reason("unused", (x,), f"no differentiable path leads from {targets} to {name}", None)


def _unrecorded(ys: Sequence[Node], x: Node, record: Record) -> Reason | None:
    """The reason when the tape never watched the source."""
    block = record.block_of(ys)
    name = title(x)
    if block is None:
        outside = next((y for y in ys if y.inputs), ys[0])
        return Reason(
            "before-tape",
            (outside,),
            f"{title(outside)} was computed outside the tape",
            "move its definition into the tape",
        )
    if x in tracked(record, block):
        return None
    bare = name.strip("`")
    if x.op.role == "leaf":
        declared = x.attributes[1]
        if declared == "var" and not depends(ys, [x]):
            return None
        if declared == "frozen":
            return Reason(
                "frozen",
                (x,),
                f"{name} is a frozen variable, which a tape does not watch by itself",
                f"{'leave out trainable=false' if '/' in bare else 'declare it with var'}, or add `watch {bare}` in the tape",
            )
        if declared == "var" and not record.manual[block]:
            return Reason("before-tape", (x,), f"{name} is not read inside the tape", f"add `watch {bare}` in the tape")
        what = "the tape is manual" if declared == "var" else "a tape watches trainable variables alone"
        return Reason("unwatched", (x,), f"{name} is not watched: {what}", f"add `watch {bare}` in the tape")
    place = record.places.get(x)
    if place is not None and place.paused:
        return Reason(
            "paused", (x,), f"{name} was computed while the tape was paused", "move it out of the pause block"
        )
    if place is None or block not in place.blocks:
        return Reason(
            "before-tape",
            (x,),
            f"{name} was computed outside the tape",
            f"move its definition into the tape, or add `watch {bare}`",
        )
    return Reason(
        "unwatched", (x,), f"nothing that {name} is computed from was watched", f"add `watch {bare}` in the tape"
    )


def blockers(
    ys: Sequence[Node],
    xs: Sequence[Node],
    stop: Collection[Node] = frozenset(),
    barrier: Collection[Node] = frozenset(),
) -> list[tuple[Node, str]]:
    """Where the paths from targets to sources are cut, each with why: stopped, cut, integer, paused, before-tape, unwatched."""
    record = ys[0].graph.record if ys else None
    upstream = _dependents(ys, xs)
    leads, (reached, reach) = upstream.has, marks(upstream.ordered)
    for y in filter(leads, ys):
        reach(y)
    found: dict[Node, str] = {}
    for node in filter(reached, reversed(upstream.ordered)):
        if node in stop:
            if any(map(leads, node.inputs)):
                found[node] = "stopped"
            continue
        if node in barrier:
            place = record.places.get(node) if record is not None else None
            if any(map(leads, node.inputs)):
                block = record.block_of(ys) if record is not None else None
                found[node] = (
                    "before-tape"
                    if place is None or block not in place.blocks
                    else "paused"
                    if place.paused
                    else "unwatched"
                )
            continue
        if node.kind != "float":
            # A truth value that is used as a number: the comparison is what the user wrote.
            found[node.inputs[0] if node.op.role == "number" else node] = "integer"
            continue
        for index, parent in enumerate(node.inputs):
            if not leads(parent):
                continue
            if not node.op.cuts(node, index) or (
                parent.kind != "float" and not (node.op.role == "select" and index == 0)
            ):
                reach(parent)
            elif node.op.role == "stop":
                found[node] = "stopped"
            elif not (node.op.role == "select" and index == 0) or not any(map(leads, node.inputs[1:])):
                found[node] = "cut"
    order = {"stopped": 0, "paused": 1, "before-tape": 2, "unwatched": 3, "integer": 4, "cut": 5}
    return sorted(found.items(), key=lambda item: (order[item[1]], item[0].order))


def _dependents(ys: Iterable[Node], xs: Iterable[Node]) -> Nodes:
    """The nodes among the targets' ancestors that depend on a source in any way."""
    sources = set(xs)
    nodes = ancestors(ys)
    result = Nodes(nodes)
    depends_on_one = result.has
    for node in nodes:
        if node in sources or any(map(depends_on_one, node.inputs)):
            result.add(node)
    return result
