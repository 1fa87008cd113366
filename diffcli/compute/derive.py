"""Values and gradients of a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..engine import connection, diff, higher, tape
from ..engine.graph import Node
from ..engine.op import ROLES, constant
from ..engine.shape import OperandError, known
from ..results import EvalResult, GradientRow, GradResult
from . import choose, reasons
from .question import Question, ask, computed, guarded, numbers, seeds, target_rows, written, zeros
from .request import Request
from .values import demand, dtype_of, feeds_of, plain, shape_of, status_of


def evaluate(request: Request) -> EvalResult:
    """The values of the targets."""
    question = ask(request, sources=False)
    feeds, missing = feeds_of(question.model, question.ys)
    demand(question.model, missing)
    values = computed(question.model, question.ys, feeds)
    return EvalResult(request.source.name, question.semantics, target_rows(question, values))


def gradient(request: Request) -> GradResult:
    """Gradients of the sum of the targets, what was watched, and what was stopped."""
    question = ask(request)
    model, ys, xs = question.model, question.ys, question.xs
    weights = seeds(question, "--grad-ys", request.grad_ys, question.targets, "target")
    grad_ys = [weights.get(name) for name, _ in question.targets] if weights else None
    found = guarded(question, lambda: differentiate(question, grad_ys))
    nodes = [each.node for each in found if each.node is not None]
    values = numbers(question, nodes)
    if values is not None and request.mode == "numeric":
        from .modes import numeric

        overrides = numeric(question, grad_ys, found)
    elif values is not None and request.mode == "symbolic":
        from .modes import symbolic

        overrides = symbolic(question, found)
    else:
        overrides = {}
    rows = []
    barriers = barrier_of_each(question)
    for (name, x), barrier, each in zip(question.sources, barriers, found, strict=True):
        rows.append(gradient_row(question, name, x, barrier, each, values, overrides.get(x)))
    declared = [leaf.node for leaf in model.leaves.values()]
    blockers = connection.blockers(ys, [*xs, *declared], question.stops, tape.unrecorded(ys))
    mode = "reverse" if request.mode == "auto" else request.mode
    return GradResult(
        request.source.name,
        question.semantics,
        mode,
        target_rows(question, values),
        tuple(rows),
        choose.watched_rows(model, request, ys, question.sources, values or {}),
        choose.stopped_rows(model, request, blockers, xs),
    )


def barrier_of_each(question: Question) -> list[frozenset[Node]]:
    """What the gradient of each source does not flow past."""
    result: dict[int, frozenset[Node]] = {}
    for barrier, members in tape.barriers(question.ys, question.xs, question.stops):
        result.update(dict.fromkeys(members, barrier))
    return [result[index] for index in range(len(question.xs))]


def differentiate(
    question: Question, grad_ys: Sequence[Node | None] | None, trace: list[diff.Product] | None = None
) -> list[connection.Gradient]:
    """The gradients in the mode that was asked for, none beyond the first order settled as zero where it is one."""
    ys, xs = question.ys, question.xs
    if question.request.mode == "forward":
        found = [forward(question, x, grad_ys) for x in xs]
    else:
        found = connection.differentiate(ys, xs, grad_ys, question.stops, trace)
    settled = []
    for each in found:
        if (
            each.node is None
            and each.reason is not None
            and each.reason.code in ("unused", "cut")
            and diff.vanished(ys, each.source)
        ):
            each = connection.Gradient(each.source, diff.filled(each.source, 0.0), None)
        settled.append(each)
    return settled


def forward(question: Question, x: Node, grad_ys: Sequence[Node | None] | None) -> connection.Gradient:
    """One gradient by forward mode: a tangent for each element of the source."""
    total = ROLES["sum"]
    sizes = known(x.shape)
    if sizes is None:
        raise OperandError("derivative", "forward mode needs known sizes", "give the inputs by --at")
    barrier = tape.barriers(question.ys, [x], question.stops)[0][0]
    reverse = connection.differentiate(question.ys, [x], grad_ys, question.stops)[0]
    if reverse.node is None:
        return reverse
    parts = []
    for place in higher.positions(sizes):
        tangents = diff.jvp(question.ys, [x], [higher.basis(x, place)], barrier)
        part: Node | None = None
        for index, tangent in enumerate(tangents):
            if tangent is not None:
                weight = grad_ys[index] if grad_ys is not None else None
                term = total(tangent if weight is None else tangent * weight)
                part = term if part is None else part + term
        parts.append(part if part is not None else constant(x.graph, 0.0))
    if x.shape == ():
        return connection.Gradient(x, parts[0], None)
    return connection.Gradient(x, ROLES["reshape"](higher.stack(parts), sizes), None)


def gradient_row(
    question: Question,
    name: str,
    x: Node,
    barrier: Collection[Node],
    found: connection.Gradient,
    values: Mapping[Node, Any] | None,
    override: Any,
) -> GradientRow:
    """One row: the number, or its formula, or the reason why there is none."""
    model, dtype = question.model, question.model.dtype
    at = plain(values[x], x, dtype) if values is not None and x in values else None
    kind = choose.kind_of(model, name, x)
    node, reason = found.node, None
    value: Any = None
    expression: str | None = None
    notes: tuple[str, ...] = ()
    if node is None:
        assert found.reason is not None
        reason, status = reasons.none_reason(model, found.reason), "none"
        if question.request.unconnected == "zero":
            status, value = "zero", zeros(shape_of(x))
    elif values is None:
        expression = written(node)
        status = "zero" if is_zero(node) else "ok"
    else:
        value = override if override is not None else plain(values[node], x, dtype)
        status = status_of(value)
        notes = reasons.notes(model, question.ys, x, barrier, values)
        if status in ("nan", "inf"):
            reason = reasons.bad_reason(model, status, node, question.ys, values, x, barrier)
        elif status == "zero":
            notes = (*notes, *reasons.zero_notes(model, question.ys, x, barrier, values))
    return GradientRow(
        name, question.names, kind, shape_of(x), dtype_of(x, dtype), at, value, status, reason, expression, notes
    )


def is_zero(node: Node) -> bool:
    """Whether a formula is plainly 0."""
    while node.op.role in ("broadcast", "derivative", "alias"):
        node = node.inputs[0]
    return node.op.role == "constant" and node.attributes[0] == 0
