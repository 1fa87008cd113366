"""Derivatives as functions of the language. They add nodes to the same graph, so they nest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import connection, diff, higher, tape
from ..graph import Graph, Node
from ..op import Items, alias, define, lift
from ..shape import OperandError, text
from . import covariance


def _listed(graph: Graph, value: Any) -> list[Node]:
    return [lift(graph, each) for each in value] if isinstance(value, (Items, tuple, list)) else [lift(graph, value)]


def _graph(*values: Any) -> Graph:
    from ..op import graph_of

    return graph_of(values)


def _place(graph: Graph, ys: list[Node]) -> list[Node]:
    """Targets that have no name yet are computed here, which is inside or outside a tape."""
    if graph.record is None or not graph.record.used:
        return ys
    placed = []
    for y in ys:
        if y.op.role not in ("leaf", "alias"):
            y = alias(y, "")
            graph.record.place(y)
        placed.append(y)
    return placed


def _weights(graph: Graph, ys: list[Node], single: bool, grad_ys: Any) -> list[Node | None] | None:
    if grad_ys is None:
        return None
    if single and not (isinstance(grad_ys, Items) and ys[0].shape == () and len(grad_ys) == 1):
        return [lift(graph, grad_ys)]
    return [
        None if each is None else lift(graph, each)
        for each in (grad_ys if isinstance(grad_ys, (Items, tuple)) else [grad_ys])
    ]


def settle(ys: Sequence[Node], gradient: connection.Gradient) -> Node | None:
    """The gradient as a node; 0 where the targets are derivatives that no longer depend on the source."""
    if gradient.node is not None:
        return diff.derivative(gradient.node, ys)
    if gradient.reason is not None and gradient.reason.code in ("unused", "cut") and diff.vanished(ys, gradient.source):
        return diff.derivative(diff.filled(gradient.source, 0.0), ys)
    return None


def _grad(ys: Any, xs: Any, grad_ys: Any, stop: Any, unconnected: Any) -> Any:
    graph = _graph(ys, xs)
    if unconnected not in (None, "none", "zero"):
        raise OperandError("argument", f"unconnected must be none or zero, not {unconnected}")
    single = not isinstance(ys, Items)
    targets = _place(graph, _listed(graph, ys))
    sources = _listed(graph, xs)
    stops = frozenset(_listed(graph, stop)) if stop is not None else frozenset()
    found = (
        connection.differentiate(targets, sources, _weights(graph, targets, single, grad_ys), stops | graph.stops)
        if targets
        else [None for _ in sources]
    )
    results = []
    for each, source in zip(found, sources, strict=True):
        node = settle(targets, each) if each is not None else None
        if node is None and unconnected == "zero":
            node = diff.filled(source, 0.0)
        results.append(node if node is not None else each.reason if each is not None else None)
    return Items(results) if isinstance(xs, Items) else results[0]


def _one(graph: Graph, value: Any, what: str) -> Node:
    nodes = _listed(graph, value)
    if isinstance(value, Items) and len(nodes) == 1:
        return nodes[0]
    return nodes[0] if not isinstance(value, Items) else lift(graph, value)


def _jacobian(y: Any, x: Any) -> Any:
    graph = _graph(y, x)
    target = _place(graph, [_one(graph, y, "target")])[0]

    def one(source: Node) -> Any:
        barrier, _ = tape.barriers([target], [source], graph.stops)[0]
        found = higher.jacobian(target, source, barrier)
        if found is None:
            reason = connection.explain([target], source, graph.stops, barrier, graph.record)
            return settle([target], connection.Gradient(source, None, reason)) or reason
        return diff.derivative(found, [target])

    return Items([one(each) for each in _listed(graph, x)]) if isinstance(x, Items) else one(_one(graph, x, "source"))


def _hessian(y: Any, x1: Any, x2: Any) -> Any:
    graph = _graph(y, x1)
    targets = _place(graph, _listed(graph, y))
    rows, columns = _listed(graph, x1), _listed(graph, x1 if x2 is None else x2)

    def one(left: Node, right: Node) -> Any:
        barrier, _ = tape.barriers(targets, [left], graph.stops)[0]
        return diff.derivative(higher.hessian(targets, left, right, barrier), targets)

    if not isinstance(x1, Items):
        return one(rows[0], columns[0])
    return Items([Items([one(left, right) for right in columns]) for left in rows])


def _directions(graph: Graph, xs: Any, v: Any) -> tuple[list[Node], list[Node]]:
    sources = _listed(graph, xs)
    directions = (
        [lift(graph, each) for each in v] if isinstance(xs, Items) and isinstance(v, Items) else [lift(graph, v)]
    )
    if len(sources) != len(directions):
        raise OperandError(
            "derivative", f"{len(sources)} sources need {len(sources)} directions, not {len(directions)}"
        )
    return sources, directions


def _jvp(y: Any, x: Any, v: Any) -> Any:
    graph = _graph(y, x)
    targets = _place(graph, _listed(graph, y))
    sources, directions = _directions(graph, x, v)
    barrier, _ = tape.barriers(targets, sources, graph.stops)[0]
    found = diff.jvp(targets, sources, directions, barrier)
    results = [
        connection.explain([target], sources[0], graph.stops, barrier, graph.record)
        if node is None
        else diff.derivative(node, targets)
        for target, node in zip(targets, found, strict=True)
    ]
    return Items(results) if isinstance(y, Items) else results[0]


def _vjp(y: Any, x: Any, v: Any) -> Any:
    return _grad(y, x, v, None, None)


def _hvp(y: Any, x: Any, v: Any) -> Any:
    graph = _graph(y, x)
    targets = _place(graph, _listed(graph, y))
    sources, directions = _directions(graph, x, v)
    barrier, _ = tape.barriers(targets, sources, graph.stops)[0]
    found = higher.hvp(targets, sources, directions, barrier)
    results = [
        connection.explain(targets, source, graph.stops, barrier, graph.record)
        if node is None
        else diff.derivative(node, targets)
        for source, node in zip(sources, found, strict=True)
    ]
    return Items(results) if isinstance(x, Items) else results[0]


def _uncertainty(y: Any) -> Node:
    """First order: the square root of the variance J C J^T of the declared uncertainties and correlations."""
    graph = _graph(y)
    target = _one(graph, y, "target")
    if target.shape != ():
        raise OperandError("shape", f"uncertainty needs a scalar, not shape {text(target.shape)}")
    parts = covariance.moved(covariance.slopes_of(target, list(graph.deviations)), graph.deviations)
    return covariance.deviation(covariance.terms(parts, parts, graph.correlations), target)


grad = define(
    "grad",
    signature="ys, xs, grad_ys=none, stop=none, unconnected=none",
    doc="Gradient of the sum of the targets; a list of sources gives a list.",
    expand=_grad,
    aliases="gradients",
    rule="reverse mode",
)
jacobian = define(
    "jacobian",
    signature="y, x",
    doc="All partial derivatives, of shape y.shape + x.shape.",
    expand=_jacobian,
    rule="reverse or forward mode, whichever is cheaper",
)
hessian = define(
    "hessian",
    signature="y, x1, x2=none",
    doc="Second derivatives, of shape x1.shape + x2.shape.",
    expand=_hessian,
    aliases="hessians",
    rule="jacobian of the gradient",
)
jvp = define(
    "jvp", signature="y, x, v", doc="Jacobian times a direction v of the sources.", expand=_jvp, rule="forward mode"
)
vjp = define(
    "vjp", signature="y, x, v", doc="Weights v of the targets times the Jacobian.", expand=_vjp, rule="reverse mode"
)
hvp = define(
    "hvp",
    signature="y, x, v",
    doc="Hessian times a direction v of the sources.",
    expand=_hvp,
    rule="forward over reverse",
)
uncertainty = define(
    "uncertainty",
    signature="y",
    doc="Standard uncertainty of a result from the declared ones, to first order.",
    expand=_uncertainty,
    rule="sqrt(J C J^T)",
)
