"""Products of matrices of derivatives with named seeds, without the matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import connection, diff, higher, tape
from ..engine.graph import Node
from ..results import ProductResult, ProductRow, Reason
from ..source import Span
from . import choose, reasons, ways
from .derive import differentiate
from .load import name_of
from .matrices import HESSIAN_MODES
from .modes import numeric
from .question import Question, ask, computed, guarded, seeds, zeros
from .request import Request
from .values import demand, dtype_of, feeds_of, plain, shape_of, status_of


def _product_rows(
    question: Question,
    named: Sequence[tuple[str, Node]],
    found: Sequence[Node | None],
    none: Callable[[Node], connection.Reason],
    of: Callable[[str], tuple[str, ...]],
    wrt: Callable[[str], tuple[str, ...]],
    differences: Callable[[Node], Any],
) -> tuple[ProductRow, ...]:
    model = question.model
    found = ways.spelled_out(question, found)
    feeds, missing = feeds_of(model, [*question.ys, *question.xs, *[node for node in found if node is not None]])
    demand(model, missing)
    values = computed(model, [*question.ys, *question.xs, *[node for node in found if node is not None]], feeds)
    rows = []
    for (name, like), node in zip(named, found, strict=True):
        reason: Reason | None = None
        value: Any = None
        if node is None:
            reason, status = reasons.none_reason(model, none(like)), "none"
            if question.request.unconnected == "zero":
                status, value = "zero", zeros(shape_of(like))
        else:
            counted = differences(like) if question.request.mode == "numeric" else values[node]
            value = plain(counted, like, model.dtype)
            status = status_of(value)
            if status in ("nan", "inf"):
                reason = reasons.bad_reason(model, status, node, question.ys, values)
        rows.append(
            ProductRow(name, of(name), wrt(name), shape_of(like), dtype_of(like, model.dtype), value, status, reason)
        )
    return tuple(rows)


def directed(question: Question, option: str) -> tuple[list[tuple[str, Node]], list[Node]]:
    """The sources that have a direction, and the directions; without --v each scalar source has direction 1."""
    if not question.request.directions:
        raise DiagnosticError(
            Diagnostic(
                "E0608",
                "a direction is missing",
                Span(question.model.source, 0, 0),
                help=f"give it with --v {question.sources[0][0]}=1",
            )
        )
    names = {name_of(name) for name, _ in question.request.directions}
    chosen = [(name, node) for name, node in question.sources if name in names]
    extra = [name for name in names if name not in dict(question.sources)]
    chosen += [
        (name, choose.node_named(question.model, name, option, source=True))
        for name in extra
        if question.request.wrt is None
    ]
    given = seeds(question, option, question.request.directions, chosen, "source")
    return chosen, [given[name] for name, _ in chosen]


def jvp(request: Request) -> ProductResult:
    """The Jacobian times a direction of the sources: one row per target."""
    question = ask(request)
    chosen, directions = directed(question, "--v")
    xs = [node for _, node in chosen]
    barrier = tape.barriers(question.ys, xs, question.stops)[0][0]

    def work() -> list[Node | None]:
        if request.mode == "reverse":
            return [higher.transposed(y, xs, directions, barrier) for y in question.ys]
        return diff.jvp(question.ys, xs, directions, barrier)

    found = guarded(question, work)
    rows = _product_rows(
        question,
        question.targets,
        found,
        lambda y: connection.explain([y], xs[0], question.stops, barrier, y.graph.record),
        lambda name: (name,),
        lambda name: tuple(each for each, _ in chosen),
        lambda y: ways.along(question, y, xs, directions, barrier),
    )
    return ProductResult("jvp", request.source.name, question.semantics, mode_of(request, "forward"), rows)


def mode_of(request: Request, usual: str) -> str:
    """The mode that was asked for, else the one that the product is made for."""
    return usual if request.mode == "auto" else request.mode


def vjp(request: Request) -> ProductResult:
    """Weights of the targets times the Jacobian: one row per source."""
    question = ask(request)
    if not request.directions:
        raise DiagnosticError(
            Diagnostic(
                "E0608",
                "a weight is missing",
                Span(question.model.source, 0, 0),
                help=f"give it with --v {question.names[0]}=1",
            )
        )
    given = seeds(question, "--v", request.directions, question.targets, "target")
    chosen = [(name, node) for name, node in question.targets if name in given]
    weights = [given[name] for name, _ in chosen]
    narrowed = question._replace(targets=chosen)
    found = guarded(question, lambda: differentiate(narrowed, weights, []))
    by_source = {each.source: each.reason for each in found}
    rows = _product_rows(
        question,
        question.sources,
        [each.node for each in found],
        lambda x: _sure(by_source[x]),
        lambda name: tuple(each for each, _ in chosen),
        lambda name: (name,),
        lambda x: numeric(narrowed, weights, found)[x],
    )
    return ProductResult("vjp", request.source.name, question.semantics, mode_of(request, "reverse"), rows)


def _sure(reason: connection.Reason | None) -> connection.Reason:
    assert reason is not None
    return reason


def hvp(request: Request) -> ProductResult:
    """The Hessian of the sum of the targets times a direction of the sources: one row per source."""
    question = ask(request)
    chosen, directions = directed(question, "--v")
    xs = [node for _, node in chosen]
    barrier = tape.barriers(question.ys, xs, question.stops)[0][0]
    found = guarded(question, lambda: higher.hvp(question.ys, xs, directions, barrier, request.mode))
    firsts = dict(zip(xs, diff.gradients(question.ys, xs, None, barrier), strict=True))

    def differences(x: Node) -> Any:
        first = firsts[x]
        if first is None or not first.inputs:
            return zeros(shape_of(x))
        return ways.along(question, first, xs, directions, barrier)

    rows = _product_rows(
        question,
        chosen,
        found,
        lambda x: connection.explain(question.ys, x, question.stops, barrier, x.graph.record),
        lambda name: question.names,
        lambda name: (name,),
        differences,
    )
    mode = HESSIAN_MODES["forward" if request.mode == "auto" else request.mode]
    return ProductResult("hvp", request.source.name, question.semantics, mode, rows)
