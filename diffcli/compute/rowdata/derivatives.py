"""What each command computes beside the values of the targets, as nodes with the names of their columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...diagnostic import Diagnostic, DiagnosticError
from ...engine import connection, diff, higher, tape
from ...engine.graph import Node
from ...source import Span
from ..derive import differentiate, evaluate, gradient
from ..matrices import hessian, jacobian
from ..products import directed, jvp, vjp
from ..propagation import propagate
from ..propagation_rows import columns
from ..question import Question, seeds
from ..request import Request


class Derivative(NamedTuple):
    """A derivative, or what is made of some: the name of its column, its node or why it is none.

    axes: the nodes whose axes it has, those of one after those of the other
    """

    name: str
    node: Node | None
    axes: tuple[Node, ...]
    none: connection.Reason | None = None


def _gradients(question: Question) -> list[Derivative]:
    weights = seeds(question, "--grad-ys", question.request.grad_ys, question.targets, "target")
    grad_ys = [weights.get(name) for name in question.names] if weights else None
    found = differentiate(question, grad_ys)
    return [
        Derivative(f"grad.{name}", each.node, (x,), each.reason)
        for (name, x), each in zip(question.sources, found, strict=True)
    ]


def _jacobians(question: Question) -> list[Derivative]:
    result = []
    for of, y in question.targets:
        for wrt, x in question.sources:
            barrier = tape.barriers([y], [x], question.stops)[0][0]
            node = higher.jacobian(y, x, barrier, _direction(question.request))
            if node is None and diff.vanished([y], x):
                node = diff.filled(x, 0.0, (*y.shape, *x.shape))
            none = connection.explain([y], x, question.stops, barrier, y.graph.record) if node is None else None
            result.append(Derivative(f"jacobian.{of}.{wrt}", node, (y, x), none))
    return result


def _hessians(question: Question) -> list[Derivative]:
    result = []
    for first, x1 in question.sources:
        barrier = tape.barriers(question.ys, [x1], question.stops)[0][0]
        for second, x2 in question.sources:
            node = higher.hessian(question.ys, x1, x2, barrier, _direction(question.request))
            result.append(Derivative(f"hessian.{first}.{second}", node, (x1, x2)))
    return result


def _jvps(question: Question) -> list[Derivative]:
    chosen, directions = directed(question, "--v")
    xs = [node for _, node in chosen]
    barrier = tape.barriers(question.ys, xs, question.stops)[0][0]
    if question.request.mode == "reverse":
        found = [higher.transposed(y, xs, directions, barrier) for y in question.ys]
    else:
        found = diff.jvp(question.ys, xs, directions, barrier)
    return [
        Derivative(
            f"jvp.{name}",
            node,
            (y,),
            connection.explain([y], xs[0], question.stops, barrier, y.graph.record) if node is None else None,
        )
        for (name, y), node in zip(question.targets, found, strict=True)
    ]


def _vjps(question: Question) -> list[Derivative]:
    given = seeds(question, "--v", question.request.directions, question.targets, "target")
    if not given:
        span = Span(question.model.source, 0, 0)
        help = f"give it with --v {question.names[0]}=1"
        raise DiagnosticError(Diagnostic("E0608", "a weight is missing", span, help=help))
    narrowed = question._replace(targets=[each for each in question.targets if each[0] in given])
    found = differentiate(narrowed, [given[name] for name in narrowed.names])
    return [
        Derivative(f"vjp.{name}", each.node, (x,), each.reason)
        for (name, x), each in zip(question.sources, found, strict=True)
    ]


def _direction(request: Request) -> str:
    """The mode of a matrix of derivatives."""
    return request.mode if request.mode in ("reverse", "forward") else "auto"


DERIVATIVES: dict[Callable[[Request], Any], Callable[[Question], Sequence[Derivative]]] = {
    evaluate: lambda question: (),
    gradient: _gradients,
    jacobian: _jacobians,
    hessian: _hessians,
    jvp: _jvps,
    vjp: _vjps,
    propagate: lambda question: [Derivative(name, node, (y,), none) for name, node, y, none in columns(question)],
}
