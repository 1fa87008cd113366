"""Which executor would run which part of a program, at a single point and over rows of data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..engine import higher, tape
from ..engine.graph import Node
from ..engine.program import TRANSPARENT, operations, program
from ..engine.run import scalar_program
from ..results_plan import PlanResult, PlanRow
from .derive import differentiate, evaluate, gradient
from .matrices import hessian, jacobian
from .propagation import propagate
from .propagation_rows import columns as uncertainties
from .question import Question, ask, guarded
from .request import Request
from .sparse import asked
from .values import feeds_of

# An operator's name is shown with its count; beyond so many, the rest is one number.
SHOWN = 6


def explain(command: Callable[[Request], Any], request: Request) -> PlanResult:
    """The plan of what a command would compute for a request."""
    question = ask(request, sources=command not in (evaluate, propagate))
    found = guarded(question, lambda: NODES[command](question))
    targets = [*question.ys, *(node for node in found if node is not None)]
    columns = row_sources(question, targets)
    parts = [at_a_point(targets), *guarded(question, lambda: over_rows(question, targets, columns))]
    names = {leaf.node: leaf.name for leaf in question.model.leaves.values()}
    return PlanResult(
        request.source.name,
        question.semantics,
        question.model.dtype,
        tuple(names[node] for node in columns),
        tuple(parts),
    )


def _gradients(question: Question) -> list[Node | None]:
    return [each.node for each in differentiate(question, None)]


def _jacobians(question: Question) -> list[Node | None]:
    from ..engine.compressed import sparse_jacobian

    found: list[Node | None] = []
    entries_alone = asked(question)
    for y in question.ys:
        for x in question.xs:
            barrier = tape.barriers([y], [x], question.stops)[0][0]
            if entries_alone:
                found += sparse_jacobian(y, x, barrier, question.request.mode).targets
            else:
                found.append(higher.jacobian(y, x, barrier))
    return found


def _hessians(question: Question) -> list[Node | None]:
    from ..engine.compressed import sparse_hessian

    found: list[Node | None] = []
    entries_alone = asked(question)
    for x1 in question.xs:
        barrier = tape.barriers(question.ys, [x1], question.stops)[0][0]
        for x2 in question.xs:
            if entries_alone:
                found += sparse_hessian(question.ys, x1, x2, barrier, question.request.mode).targets
            else:
                found.append(higher.hessian(question.ys, x1, x2, barrier))
    return found


NODES: dict[Callable[[Request], Any], Callable[[Question], list[Node | None]]] = {
    evaluate: lambda question: [],
    gradient: _gradients,
    jacobian: _jacobians,
    hessian: _hessians,
    propagate: lambda question: [node for _, node, _, _ in uncertainties(question)],
}


def row_sources(question: Question, targets: Sequence[Node]) -> list[Node]:
    """What would differ from row to row: the inputs that the targets need, and the sources."""
    feeds, missing = feeds_of(question.model, targets)
    needed = {*feeds, *(leaf.node for leaf in missing)}
    chosen = {leaf.node for leaf in question.model.leaves.values() if leaf.kind == "input"} | set(question.xs)
    return sorted((node for node in needed & chosen if node.op.role == "leaf"), key=lambda node: node.order)


def at_a_point(targets: Sequence[Node]) -> PlanRow:
    """The plan for one point: all of it by one executor."""
    steps = program(targets)
    leaves = sum(1 for node in steps.nodes if node.op.role == "leaf")
    floats = scalar_program(steps)
    why = "every value is a scalar" if floats else "tensors, or an operator without a meaning on floats"
    return PlanRow(
        "a point",
        1,
        "floats" if floats else "arrays",
        operations(targets),
        counted(steps.nodes),
        leaves,
        len(targets),
        why,
    )


def over_rows(question: Question, targets: Sequence[Node], columns: Sequence[Node]) -> list[PlanRow]:
    """The plan for many rows: its segments in order."""
    from ..engine.run import native, rows

    if not columns:
        return []
    plan = rows.plan_rows(targets, columns, question.model.dtype, question.model.graph.strict)
    found = []
    if any(node.inputs for node in program(plan.once).nodes):
        steps = program(plan.once)
        found.append(("once", steps.nodes, 0, len(plan.once), "the same in all rows"))
    for segment in plan.segments:
        if segment.loop is None:
            why = whys(segment.nodes)
        elif segment.executor == "jit":
            why = f"a compiled loop of {native.host().width} lanes"
        else:
            why = f"blocks of NumPy arrays; for a compiled loop: {native.INSTALL}"
        found.append((segment.executor, segment.nodes, len(segment.needs), len(segment.gives), why))
    return [
        PlanRow("rows", place, executor, cost_of(nodes), counted(nodes), reads, gives, why)
        for place, (executor, nodes, reads, gives, why) in enumerate(found, 1)
    ]


def whys(nodes: Iterable[Node]) -> str:
    """Why operations are done on tensors and not in lanes."""
    reasons: dict[str, set[str]] = {}
    for node in computing(nodes):
        reasons.setdefault(why_whole(node), set()).add(node.op.name)
    return "; ".join(f"{', '.join(sorted(names))}: {reason}" for reason, names in sorted(reasons.items()))


def why_whole(node: Node) -> str:
    """Why an operation is done on tensors and not in lanes."""
    from ..engine.unroll import MAX_ELEMENTS, small

    if node.op.elementwise and node.op.llvm is None:
        return "no vector code"
    if not all(small(each) for each in (node, *node.inputs)):
        return f"more than {MAX_ELEMENTS} elements"
    return "whole tensors, row by row"


def computing(nodes: Iterable[Node]) -> list[Node]:
    """The nodes that compute something: not constants, names or positions."""
    return [node for node in nodes if node.inputs and node.op.role not in TRANSPARENT]


def cost_of(nodes: Iterable[Node]) -> int:
    """The operations of some nodes, each with its weight."""
    return sum(node.op.cost for node in computing(nodes))


def counted(nodes: Iterable[Node]) -> str:
    """The operators of some nodes with their counts, the most frequent first."""
    counts = sorted(Counter(node.op.name for node in computing(nodes)).items(), key=lambda each: (-each[1], each[0]))
    shown = [f"{count} {name}" for name, count in counts[:SHOWN]]
    rest = sum(count for _, count in counts[SHOWN:])
    return ", ".join([*shown, *([f"{rest} more"] if rest else [])])
