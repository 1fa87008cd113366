"""The tape of a file: the engine's own nodes and backward products, with the executor's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from ..engine import diff, higher, tape
from ..engine.graph import Node, ancestors
from ..engine.op import constant
from ..engine.shape import known
from ..lang.write import number
from ..results_trace import Part, TraceResult, TraceRow
from .choose import kind_of
from .question import Question, ask, computed, guarded, seeds, target_rows
from .request import Request
from .values import demand, dtype_of, feeds_of, plain, shape_of, status_of

# A Jacobian of a single operation is worked out up to this many elements.
LARGEST = 100


class Sweep(NamedTuple):
    """The derivatives of one sweep: per node, and what they are the sums of."""

    totals: dict[Node, Node]
    parts: dict[Node, list[tuple[Node | None, Node]]]


def trace(request: Request, forward: bool = False) -> TraceResult:
    """Every node that the targets are computed from, in order, with adjoints, or with tangents."""
    question = ask(request)
    model, ys = question.model, question.ys
    nodes, merged = recorded(question)
    sweep = guarded(question, lambda: tangents(question) if forward else adjoints(question))
    partials = guarded(question, lambda: {node: local_partials(merged.get(node, node)) for node in nodes})
    wanted = [
        *ys,
        *question.xs,
        *nodes,
        *sweep.totals.values(),
        *(part for parts in sweep.parts.values() for _, part in parts),
        *(part for parts in partials.values() for _, part in parts),
    ]
    feeds, missing = feeds_of(model, wanted)
    demand(model, missing)
    values = computed(model, wanted, feeds)
    names = names_of(nodes, merged)
    rows = [
        row(question, place, node, merged.get(node, node), names, sweep, partials[node], values)
        for place, node in enumerate(nodes, start=1)
    ]
    mode = "forward" if forward else "reverse"
    return TraceResult(request.source.name, question.semantics, mode, target_rows(question, values), tuple(rows))


def recorded(question: Question) -> tuple[list[Node], dict[Node, Node]]:
    """The nodes of the tape in order, and for a named node the operation that it is the only name of.

    Numbers are shown where they are used. An operation is the row of its name when nothing else uses it.
    """
    every = ancestors([*question.ys, *question.xs])
    uses: dict[Node, int] = {}
    for node in every:
        for parent in set(node.inputs):
            uses[parent] = uses.get(parent, 0) + 1
    merged: dict[Node, Node] = {}
    hidden: set[Node] = set()
    for node in every:
        if node.op.role in ("alias", "derivative"):
            inner = node.inputs[0]
            if inner.inputs and uses[inner] == 1 and (inner.op.role != "alias" or inner in merged):
                merged[node] = merged.get(inner, inner)
                hidden.add(inner)
    nodes = [node for node in every if node not in hidden and not (node.op.role == "constant" and node.kind != "bool")]
    return nodes, merged


def adjoints(question: Question) -> Sweep:
    """One reverse sweep that keeps the adjoint of every node: all of them are its sources."""
    ys, found = question.ys, Sweep({}, {})
    weights = seeds(question, "--grad-ys", question.request.grad_ys, question.targets, "target")
    grad_ys = [weights.get(name) for name, _ in question.targets] if weights else None
    for barrier, members in tape.barriers(ys, question.xs, question.stops):
        xs = [question.xs[index] for index in members]
        # What is stopped gets an adjoint too; it goes no further.
        path = sorted(diff.between(ys, [*xs, *question.stops], barrier), key=lambda node: node.order)
        steps: list[diff.Product] = []
        gradients = diff.gradients(ys, path, grad_ys, barrier, steps)
        for node, adjoint in zip(path, gradients, strict=True):
            if adjoint is None or node in found.totals:
                continue
            found.totals[node] = adjoint
            seeds_here = [
                diff.filled(y, 1.0) if grad_ys is None or grad_ys[index] is None else grad_ys[index]
                for index, y in enumerate(ys)
                if y is node
            ]
            found.parts[node] = [(None, seed) for seed in seeds_here if seed is not None]
            found.parts[node] += [
                (step.node, diff.contribution(step)) for step in steps if step.node.inputs[step.place] is node
            ]
    return found


def tangents(question: Question) -> Sweep:
    """One forward sweep that keeps the tangent of every node: all of them are its targets."""
    given = seeds(question, "--v", question.request.directions, question.sources, "source")
    chosen = [(name, x) for name, x in question.sources if not given or name in given]
    xs = [x for _, x in chosen]
    seed = {x: given[name] if name in given else diff.filled(x, 1.0) for name, x in chosen}
    found = Sweep({}, {})
    for barrier, members in tape.barriers(question.ys, xs, question.stops):
        some = [xs[index] for index in members]
        path = sorted(diff.between(question.ys, some, barrier), key=lambda node: node.order)
        pushed = diff.jvp(path, some, [seed[x] for x in some], barrier)
        for node, tangent in zip(path, pushed, strict=True):
            if tangent is not None and node not in found.totals:
                found.totals[node] = tangent
                found.parts[node] = []
    return found


def local_partials(node: Node) -> list[tuple[int, Node]]:
    """The derivative of a node by each operand, all else held: of its shape for an element-wise one, else the Jacobian."""
    found = []
    for index, parent in enumerate(node.inputs):
        if node.op.cuts(node, index) or parent.op.role == "constant" or node.op.role in ("alias", "derivative"):
            continue
        if node.op.elementwise:
            found.append((index, diff.partial(node, index)))
            continue
        rows, columns = known(node.shape), known(parent.shape)
        if rows is None or columns is None or prod(rows) * prod(columns) > LARGEST or 0 in (*rows, *columns):
            continue
        one = constant(node.graph, 1.0)
        units = [one] if rows == () else [higher.basis(node, place) for place in higher.positions(rows)]
        parts = [diff.pulled(node, index, unit) for unit in units]
        parts = [part if part.shape == parent.shape else diff.filled(parent, 1.0) * part for part in parts]
        found.append((index, parts[0] if rows == () else higher.stack(parts)))
    return found


def names_of(nodes: Sequence[Node], merged: Mapping[Node, Node]) -> dict[Node, str]:
    """What a node is called: its name, else its number; an operation with a row of its name is called by that."""
    names = {}
    for place, node in enumerate(nodes, start=1):
        named = node.op.role in ("leaf", "alias") and node.attributes[0]
        names[node] = names[merged.get(node, node)] = node.attributes[0] if named else f"#{place}"
    return names


def called(node: Node, names: Mapping[Node, str]) -> str:
    """An operand as it is shown: a name, the number of a row, or the number that it is."""
    return number(node.attributes[0]) if node.op.role == "constant" else names.get(node, "")


def row(
    question: Question,
    place: int,
    node: Node,
    work: Node,
    names: Mapping[Node, str],
    sweep: Sweep,
    partials: Sequence[tuple[int, Node]],
    values: Mapping[Node, Any],
) -> TraceRow:
    """One node of the tape; `work` is the operation that it names."""
    model, dtype = question.model, question.model.dtype

    def shown(each: Node) -> Any:
        value = values[each]
        if each.shape != node.shape:
            import numpy

            value = numpy.broadcast_to(value, known(node.shape) or ())
        return plain(value, each, dtype)

    total = sweep.totals.get(node)
    derivative = None if total is None else shown(total)
    parts = [
        Part("seed" if user is None else called(user, names), shown(part)) for user, part in sweep.parts.get(node, ())
    ]

    return TraceRow(
        place,
        names[node],
        operation(question, node, work),
        tuple(called(parent, names) for parent in work.inputs),
        shape_of(node),
        dtype_of(node, dtype),
        plain(values[node], node, dtype),
        tuple(Part(called(work.inputs[index], names), plain(values[part], part, dtype)) for index, part in partials),
        tuple(parts),
        derivative,
        "none" if derivative is None else status_of(derivative),
        model.position(node) or model.position(work),
        None,
        notes(question, node, work),
    )


def notes(question: Question, node: Node, work: Node) -> tuple[str, ...]:
    """What is out of the ordinary at a node."""
    if node in question.stops or work.op.role == "stop":
        return ("stopped: no gradient flows past it",)
    if work.op.role in ("custom", "straight"):
        return ("states its own gradient",)
    if work.inputs and work.op.role != "alias" and all(work.op.cuts(work, place) for place in range(len(work.inputs))):
        return ("no gradient flows past it",)
    return ()


def operation(question: Question, node: Node, work: Node) -> str:
    """What a row does: var, frozen, const or input for a declared name, else the operator."""
    if work.op.role == "leaf":
        return kind_of(question.model, node.attributes[0], node)
    if work.op.role == "custom":
        return str(work.attributes[0])
    return "same as" if work.op.role in ("alias", "derivative") else work.op.name
