"""Full matrices of derivatives: Jacobians and Hessians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from ..engine import connection, diff, higher, tape
from ..engine.graph import Node
from ..results import HessianResult, JacobianResult, MatrixRow, Sparse
from ..rows import Shape
from . import reasons, ways
from . import sparse as sparsely
from .derive import is_zero
from .question import Question, ask, guarded, numbers, written, zeros
from .request import Request
from .values import flat, plain, shape_of, status_of

# A Hessian is the Jacobian of the gradient; this says how that Jacobian is taken.
HESSIAN_MODES = {
    "auto": "reverse over reverse",
    "reverse": "reverse over reverse",
    "forward": "forward over reverse",
    "numeric": "numeric over reverse",
    "symbolic": "symbolic",
}


def matrix_row(
    question: Question,
    of: tuple[str, ...],
    wrt: tuple[str, ...],
    node: Node | None,
    none: connection.Reason | None,
    sizes: tuple[Shape, Shape],
    values: Mapping[Node, Any] | None,
) -> MatrixRow:
    """One matrix of derivatives, of rows and of columns of the given shapes."""
    shape = (*sizes[0], *sizes[1])
    model = question.model
    if node is None:
        assert none is not None
        if question.request.unconnected == "zero":
            return MatrixRow(of, wrt, shape, model.dtype, zeros(shape), "zero", reasons.none_reason(model, none))
        return MatrixRow(of, wrt, shape, model.dtype, None, "none", reasons.none_reason(model, none))
    if values is None:
        return MatrixRow(of, wrt, shape, model.dtype, None, "zero" if is_zero(node) else "ok", None, written(node))
    value: Any = plain(values[node], node, model.dtype)
    status = status_of(value)
    reason = reasons.bad_reason(model, status, node, question.ys, values) if status in ("nan", "inf") else None
    row = MatrixRow(of, wrt, shape, model.dtype, value, status, reason)
    return row._replace(value=None, sparse=sparse(sizes, value)) if question.request.sparse else row


def sparse(sizes: tuple[Shape, Shape], value: Any) -> Sparse:
    """The entries of a matrix that are not zero; a tensor's elements are counted in order, the last axis fastest."""
    rows, columns = (prod(size for size in each if isinstance(size, int)) for each in sizes)
    entries = flat(value)
    places = [index for index, entry in enumerate(entries) if entry != 0]
    return Sparse(
        (rows, columns),
        tuple(index // columns for index in places),
        tuple(index % columns for index in places),
        tuple(entries[index] for index in places),
    )


def jacobian(request: Request) -> JacobianResult:
    """The derivative of every element of each target by every element of each source."""
    question = ask(request)
    mode = request.mode if request.mode in ("reverse", "forward") else "auto"

    def one(y: Node, x: Node) -> tuple[Node | None, connection.Reason | None]:
        barrier = tape.barriers([y], [x], question.stops)[0][0]
        node = higher.jacobian(y, x, barrier, mode)
        if node is None and diff.vanished([y], x):
            node = diff.filled(x, 0.0, (*y.shape, *x.shape))
        return node, None if node is not None else connection.explain([y], x, question.stops, barrier, y.graph.record)

    pairs = [(y_name, y, x_name, x) for y_name, y in question.targets for x_name, x in question.sources]
    if sparsely.asked(question):
        entries, used = sparsely.jacobians(question, pairs)
        how = " and ".join(sorted(used, reverse=True)) or mode_used(request.mode, pairs)
        return JacobianResult(request.source.name, question.semantics, how, entries)
    found = in_mode(question, guarded(question, lambda: [one(y, x) for _, y, _, x in pairs]))
    values = numbers(question, [node for node, _ in found if node is not None])
    if values is not None and request.mode == "numeric":
        values = dict(values)
        for (_, y, _, x), (node, _) in zip(pairs, found, strict=True):
            if node is not None:
                values[node] = ways.jacobian(question, y, x, tape.barriers([y], [x], question.stops)[0][0])
    rows = [
        matrix_row(question, (y_name,), (x_name,), node, none, (shape_of(y), shape_of(x)), values)
        for (y_name, y, x_name, x), (node, none) in zip(pairs, found, strict=True)
    ]
    return JacobianResult(request.source.name, question.semantics, mode_used(request.mode, pairs), tuple(rows))


def in_mode(
    question: Question, found: Sequence[tuple[Node | None, connection.Reason | None]]
) -> list[tuple[Node | None, connection.Reason | None]]:
    """The matrices as they are computed in the mode that was asked for."""
    nodes = ways.spelled_out(question, [node for node, _ in found]) if question.request.mode == "symbolic" else None
    return list(found) if nodes is None else list(zip(nodes, (reason for _, reason in found), strict=True))


def mode_used(mode: str, pairs: Sequence[tuple[str, Node, str, Node]]) -> str:
    """The mode that was asked for, or those that were the cheaper ones."""
    used = {higher.cheaper_mode(y, x) for _, y, _, x in pairs} if mode == "auto" else {mode}
    return " and ".join(sorted(used, reverse=True))


def hessian(request: Request) -> HessianResult:
    """Second derivatives of the sum of the targets by each pair of sources."""
    question = ask(request)
    mode = request.mode if request.mode in ("reverse", "forward") else "auto"

    def one(x1: Node, x2: Node) -> tuple[Node, connection.Reason | None]:
        barrier = tape.barriers(question.ys, [x1], question.stops)[0][0]
        connected = bool(diff.between(question.ys, [x1], barrier) & set(question.ys))
        reason = None if connected else connection.explain(question.ys, x1, question.stops, barrier, x1.graph.record)
        return higher.hessian(question.ys, x1, x2, barrier, mode), reason

    pairs = [(left, x1, right, x2) for left, x1 in question.sources for right, x2 in question.sources]
    if sparsely.asked(question):
        entries, used = sparsely.hessians(question, pairs)
        how = " and ".join(HESSIAN_MODES[each] for each in sorted(used)) or HESSIAN_MODES[request.mode]
        return HessianResult(request.source.name, question.semantics, how, entries)
    found = in_mode(question, guarded(question, lambda: [one(x1, x2) for _, x1, _, x2 in pairs]))
    values = numbers(question, [node for node, _ in found if node is not None])
    if values is not None and request.mode == "numeric":
        values = dict(values)
        for (_, x1, _, x2), (node, _) in zip(pairs, found, strict=True):
            counted = ways.hessian(question, x1, x2, tape.barriers(question.ys, [x1], question.stops)[0][0])
            if node is not None and counted is not None:
                values[node] = counted
    rows = []
    for (left, x1, right, x2), (node, none) in zip(pairs, found, strict=True):
        row = matrix_row(question, question.names, (left, right), node, none, (shape_of(x1), shape_of(x2)), values)
        # A source that is not connected has a Hessian of zeros all the same; the status tells it from a linear one.
        rows.append(
            row if none is None else row._replace(status="none", reason=reasons.none_reason(question.model, none))
        )
    return HessianResult(
        request.source.name,
        question.semantics,
        HESSIAN_MODES.get(request.mode, request.mode),
        tuple(rows),
    )
