"""Which targets and sources a request means, when it does not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine.connection import Reason
from ..engine.graph import Node, ancestors
from ..engine.tape import tracked
from ..lang.model import Model
from ..results import StoppedRow, WatchedRow
from ..source import Span
from .load import in_option, name_of, unknown
from .request import Request
from .values import plain, shape_of


def node_named(model: Model, name: str, option: str, source: bool) -> Node:
    """The node of a name from the command line; what was declared comes first for a source."""
    problems = unknown(model, [name], option)
    if problems:
        raise DiagnosticError(*problems)
    value: Any = model.source_node(name) if source else model.names[name]
    if isinstance(value, Node):
        return value
    place = in_option(option, name)
    if isinstance(value, Reason):
        raise DiagnosticError(
            Diagnostic("E0602", f"`{name}` is a gradient that is none", place, notes=(value.message,))
        )
    raise DiagnosticError(Diagnostic("E0603", f"`{name}` is a list whose entries have different shapes", place))


def targets_of(model: Model, request: Request) -> list[tuple[str, Node]]:
    """The targets by name: --of, else the file's outputs, else the named nodes that nothing uses."""
    if request.of is not None:
        return [(name_of(name), node_named(model, name_of(name), "--of", source=False)) for name in request.of]
    if model.outputs:
        return [(name, node_named(model, name, "output", source=False)) for name in model.outputs]
    named = {name: model.names[name] for name in model.defined if isinstance(model.names[name], Node)}
    used = bytearray(model.graph.count)
    for node in ancestors(named.values()):
        for each in node.inputs:
            used[each.order] = 1
        if node.op.role == "derivative":
            for each in node.attributes[0]:
                used[each.order] = 1
    unused = [(name, node) for name, node in named.items() if not used[node.order] and name != "out"]
    if unused:
        return unused
    if "out" in named:
        return [("out", named["out"])]
    raise DiagnosticError(
        Diagnostic(
            "E0604",
            "the file has no target",
            Span(model.source, 0, len(model.source.text.rstrip()) or 0),
            help="name an expression, as in y = x**2, or end the file with one",
        )
    )


def sources_of(model: Model, request: Request) -> list[tuple[str, Node]]:
    """The sources by name: --wrt, else all trainable variables, else all inputs."""
    if request.wrt is not None:
        return [(name_of(name), node_named(model, name_of(name), "--wrt", source=True)) for name in request.wrt]
    for kind in ("var", "input"):
        found = [(leaf.name, leaf.node) for leaf in model.leaves.values() if leaf.kind == kind]
        if found:
            return found
    raise DiagnosticError(
        Diagnostic(
            "E0605",
            "there is nothing to differentiate with respect to",
            Span(model.source, 0, 0),
            help="declare a variable (var x = 3) or name a source with --wrt",
        )
    )


def stops_of(model: Model, request: Request) -> frozenset[Node]:
    """The nodes of `stop` statements and of --stop."""
    return model.graph.stops | {node_named(model, name_of(name), "--stop", source=True) for name in request.stop}


def kind_of(model: Model, name: str, node: Node) -> str:
    """var, frozen, const, input, or node."""
    leaf = model.leaves.get(name)
    return leaf.kind if leaf is not None and leaf.node is node else "node"


def watched_rows(
    model: Model, request: Request, ys: Iterable[Node], sources: Iterable[tuple[str, Node]], values: Mapping[Node, Any]
) -> tuple[WatchedRow, ...]:
    """What the rules in force watch, in the order of the file."""
    record = model.graph.record
    rows: list[tuple[str, str, Node, str]] = []
    if record is not None and record.used:
        block = record.block_of(ys)
        live = tracked(record, block) if block is not None else {}
        explicit = record.watched[block] if block is not None else {}
        rows.extend(
            (
                leaf.name,
                leaf.kind,
                leaf.node,
                "watch" if leaf.node in explicit else "trainable variable, read in the tape",
            )
            for leaf in model.leaves.values()
            if leaf.node in live
        )
        rows.extend(
            (name, "node", node, "watch")
            for name, node in model.names.items()
            if isinstance(node, Node) and node in explicit and node.inputs
        )
    else:
        asked = {node for _, node in sources}
        named = "named by --wrt" if request.wrt is not None else "input"
        for leaf in model.leaves.values():
            if leaf.kind == "var":
                rows.append((leaf.name, leaf.kind, leaf.node, "trainable variable"))
            elif leaf.node in asked:
                rows.append((leaf.name, leaf.kind, leaf.node, named))
        rows.extend((name, "node", node, named) for name, node in sources if kind_of(model, name, node) == "node")
    return tuple(
        WatchedRow(
            name,
            kind,
            kind == "var",
            shape_of(node),
            plain(values[node], node, model.dtype) if node in values else None,
            why,
        )
        for name, kind, node, why in rows
    )


def stopped_rows(
    model: Model, request: Request, found: Iterable[tuple[Node, str]], sources: Iterable[Node]
) -> tuple[StoppedRow, ...]:
    """The nodes that no gradient passes: operation, position, why, and the declared names that are cut off there."""
    asked = {node_named(model, name_of(name), "--stop", source=True) for name in request.stop}
    by_node = {leaf.node: leaf for leaf in model.leaves.values()}
    asked_for = set(sources)
    rows = []
    for node, why in found:
        inner = node.inputs[0] if node.op.role == "alias" else node
        cut = why in ("cut", "integer")
        if why == "stopped":
            why = "stop_gradient" if node.op.role == "stop" else "--stop" if node in asked else "stop"
        elif why == "cut":
            why = f"cut by {inner.op.name}"
        elif why == "before-tape":
            why = "computed outside the tape"
        elif why == "paused":
            why = "computed while the tape was paused"
        elif why == "unwatched":
            why = "computed from nothing that was watched"
        elif why == "integer":
            why = "whole numbers and truth values carry no gradient"
        leaves = [by_node[each] for each in ancestors(node.inputs) if each in by_node]
        # Constants are cut off all the time, at every comparison; that is worth a row when someone asked for it.
        if cut and all(leaf.kind == "const" and leaf.node not in asked_for for leaf in leaves):
            continue
        severed = [leaf.name for leaf in leaves]
        place = node if model.span(node) is not None else inner
        span, position = model.span(place), model.position(place)
        if span is None or position is None:
            continue
        name = node.attributes[0] if node.op.role in ("alias", "leaf") else span.text
        rows.append(StoppedRow(name, inner.op.name, position, why, tuple(severed)))
    return tuple(rows)
