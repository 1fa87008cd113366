"""Sparse matrices of derivatives: the entries of the pattern alone are computed, a sweep per colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from ..engine import connection, diff, tape
from ..engine.graph import Node, ancestors
from ..results import MatrixRow, Sparse
from ..rows import Shape
from . import reasons
from .question import Question, computed, guarded
from .values import demand, feeds_of, plain, shape_of, status_of

if TYPE_CHECKING:
    from ..engine.compressed import Compressed

MODES = ("auto", "reverse", "forward")


def asked(question: Question) -> bool:
    """Whether entries are asked for and can be computed alone.

    Other modes compute full matrices, without values there are formulas, and TensorFlow's rules and gradients of the
    user's own take a sweep for each row.
    """
    request = question.request
    if not request.sparse or request.mode not in MODES or question.model.graph.strict:
        return False
    if any(node.op.role == "custom" for node in ancestors(question.ys)):
        return False
    missing = feeds_of(question.model, [*question.ys, *question.xs])[1]
    if missing and not request.at:
        return False
    demand(question.model, missing)
    return True


def none_or_nothing(
    question: Question,
    sizes: tuple[Shape, Shape],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    none: connection.Reason,
) -> MatrixRow:
    """The row of a source that no path leads to."""
    model, shape = question.model, (*sizes[0], *sizes[1])
    reason = reasons.none_reason(model, none)
    if question.request.unconnected == "zero":
        return MatrixRow(*names, shape, model.dtype, None, "zero", reason, None, nothing(sizes))
    return MatrixRow(*names, shape, model.dtype, None, "none", reason)


def nothing(sizes: tuple[Shape, Shape]) -> Sparse:
    """A matrix without entries."""
    rows, columns = (prod(size for size in each if isinstance(size, int)) for each in sizes)
    return Sparse((rows, columns), (), (), (), 0)


def entries_row(
    question: Question, found: Compressed, sizes: tuple[Shape, Shape], names: tuple[tuple[str, ...], tuple[str, ...]]
) -> MatrixRow:
    """The row of a matrix with its entries at the point."""
    from ..engine.compressed import careful, finite

    model = question.model
    values = evaluated(question, found)
    entries = found.values([values[each] for each in found.targets])
    if not finite(entries):
        found = guarded(question, lambda: careful(found))
        values = evaluated(question, found)
        entries = found.values([values[each] for each in found.targets])
    numbers: list[Any] = plain(entries, found.y, model.dtype)
    status = status_of(numbers) if numbers else "zero" if prod(found.shape) else "ok"
    reason = None
    if status in ("nan", "inf"):
        reason = reasons.bad_reason(model, status, worst(found, values, status), question.ys, values)
    coordinates = Sparse(
        found.shape, tuple(found.rows.tolist()), tuple(found.columns.tolist()), tuple(numbers), found.colours
    )
    return MatrixRow(*names, (*sizes[0], *sizes[1]), model.dtype, None, status, reason, None, coordinates)


def evaluated(question: Question, found: Compressed) -> Mapping[Node, Any]:
    """The values of the targets, the sources and all that the entries are computed from."""
    wanted = [*question.ys, *question.xs]
    feeds, missing = feeds_of(question.model, [*wanted, *found.targets])
    demand(question.model, missing)
    return computed(question.model, [*wanted, *found.targets], {**feeds, **found.seeds})


def worst(found: Compressed, values: Mapping[Node, Any], status: str) -> Node:
    """The sweep that has the entries which are not finite."""
    return next(
        (each for each in found.targets if status_of(plain(values[each], each, "float64")) == status), found.targets[0]
    )


def jacobians(
    question: Question, pairs: Sequence[tuple[str, Node, str, Node]]
) -> tuple[tuple[MatrixRow, ...], set[str]]:
    """A row for each target and source, and the modes that were used."""
    from ..engine.compressed import sparse_jacobian

    rows, used = [], set()
    for y_name, y, x_name, x in pairs:
        barrier = tape.barriers([y], [x], question.stops)[0][0]
        sizes, names = (shape_of(y), shape_of(x)), ((y_name,), (x_name,))
        connected = y.kind == x.kind == "float" and y in diff.between([y], [x], barrier)
        if not connected and not diff.vanished([y], x):
            none = connection.explain([y], x, question.stops, barrier, y.graph.record)
            rows.append(none_or_nothing(question, sizes, names, none))
            continue
        found = guarded(question, lambda: sparse_jacobian(y, x, barrier, question.request.mode))  # noqa: B023 called at once
        used.add(found.mode)
        rows.append(entries_row(question, found, sizes, names))
    return tuple(rows), used - {""}


def hessians(
    question: Question, pairs: Sequence[tuple[str, Node, str, Node]]
) -> tuple[tuple[MatrixRow, ...], set[str]]:
    """A row for each pair of sources, and the modes that were used."""
    from ..engine.compressed import sparse_hessian

    rows, used = [], set()
    for left, x1, right, x2 in pairs:
        barrier = tape.barriers(question.ys, [x1], question.stops)[0][0]
        found = guarded(question, lambda: sparse_hessian(question.ys, x1, x2, barrier, question.request.mode))  # noqa: B023 called at once
        used.add(found.mode)
        row = entries_row(question, found, (shape_of(x1), shape_of(x2)), (question.names, (left, right)))
        if not diff.between(question.ys, [x1], barrier) & set(question.ys):
            none = connection.explain(question.ys, x1, question.stops, barrier, x1.graph.record)
            row = row._replace(status="none", reason=reasons.none_reason(question.model, none))
        rows.append(row)
    return tuple(rows), used - {""}
