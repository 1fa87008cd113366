"""Values and derivatives along one input: the graph is built once and computed at every point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import connection, diff, higher, tape
from ..engine.graph import Node, ancestors
from ..engine.op import constant
from ..engine.program import program
from ..engine.run import execute, runner, scalar_program
from ..engine.run.point import compile_point
from ..engine.shape import OperandError, known, text
from ..lang.model import Model
from ..results_plot import Curve, PlotResult
from ..source import Span
from . import choose
from .load import in_option, name_of, values_of
from .question import Question, ask, guarded
from .request import Request
from .values import demand, feeds_of, plain

# A tensor with more elements than this is no handful of curves.
MOST = 8


def plot(request: Request, over: str, start: str, end: str, points: int) -> PlotResult:
    """Each target and its derivatives at so many points of an input, both ends included."""
    name = name_of(over)
    # The first point stands in for a value, which an input need not have.
    given = tuple(pair for pair in request.at if name_of(pair[0]) != name)
    question = ask(request._replace(at=(*given, (over, start))), sources=False)
    model = question.model
    axis = model.leaves[name].node
    if axis.shape != ():
        raise refused(over, f"`{name}` has shape {text(axis.shape)}; an axis is one number", "--over")
    wrt = request.wrt or (name,)
    sources = [(name_of(each), choose.node_named(model, name_of(each), "--wrt", source=True)) for each in wrt]
    question = question._replace(sources=sources)
    nodes = guarded(question, lambda: curves_of(question, request.order))
    lower, upper = bounds(model, name, start, end)
    places = [lower + (upper - lower) * step / (points - 1) for step in range(points - 1)] + [upper]
    wanted = list(dict.fromkeys(node for _, _, _, node, _ in nodes if node is not None))
    sample = sampler(model, name, axis, wanted)
    found: list[list[float]] = [[] for _ in nodes]
    for place in places:
        values = sample(place)
        for column, (_, _, _, node, index) in zip(found, nodes, strict=True):
            column.append(element(values, node, index, model.dtype))
    curves = tuple(
        Curve(label, of, by, order, column) for (label, of, (by, order), _, _), column in zip(nodes, found, strict=True)
    )
    return PlotResult(request.source.name, question.semantics, name, places, curves)


def refused(name: str, message: str, option: str) -> DiagnosticError:
    """What cannot be drawn."""
    return DiagnosticError(Diagnostic("E0601", message, in_option(option, name)))


Wanted = tuple[str, str, tuple[str | None, int], Node | None, tuple[int, ...]]


def curves_of(question: Question, order: int) -> list[Wanted]:
    """The curves: name, target, source and order, node, and which element of it. Without a path it is 0 everywhere."""
    made: list[Wanted] = []
    for name, y in question.targets:
        sizes = known(y.shape)
        places = list(higher.positions(sizes)) if sizes is not None else []
        if sizes is None or not 0 < len(places) <= MOST:
            raise refused(name, f"`{name}` has shape {text(y.shape)}; at most {MOST} elements make curves", "--of")
        for place in places:
            shown = name + (f"[{', '.join(map(str, place))}]" if place else "")
            made.append((shown, name, (None, 0), y, place))
            for source, x in question.sources:
                for turn, node in enumerate(derivatives(question, y, source, x, order), start=1):
                    power = str(turn) if turn > 1 else ""
                    made.append((f"d{power}{shown}/d{source}{power}", name, (source, turn), node, place))
    return made


def derivatives(question: Question, y: Node, source: str, x: Node, order: int) -> list[Node | None]:
    """The derivatives of a target by a number, from the first on, by forward mode; a first one of none is refused."""
    if x.shape != ():
        raise refused(
            source, f"`{source}` has shape {text(x.shape)}; a curve needs a derivative by one number", "--wrt"
        )
    barrier = tape.barriers([y], [x], question.stops)[0][0]
    found: list[Node | None] = []
    node: Node | None = y
    for turn in range(order):
        node = diff.jvp([node], [x], [constant(x.graph, 1.0)], barrier)[0] if node is not None else None
        if node is None and turn == 0:
            reason = connection.explain([y], x, question.stops, barrier, x.graph.record)
            span = question.model.span(reason.nodes[0]) if reason.nodes else None
            message = f"the derivative by `{source}` is none: {reason.message}"
            place = span or Span(question.model.source, 0, 0)
            raise DiagnosticError(Diagnostic("E0602", message, place, help=reason.hint))
        found.append(node)
    return found


def bounds(model: Model, name: str, start: str, end: str) -> tuple[float, float]:
    """The ends of the axis, as numbers."""
    found = []
    for each in (start, end):
        node = values_of("--over", [(name, each)], model)[name]
        value = float(execute([node], {}, "float64")[node]) if node.shape == () else float("nan")
        if not isfinite(value):
            raise refused(each, "the ends of an axis are finite numbers", "--over")
        found.append(value)
    if found[0] == found[1]:
        raise refused(f"{start}..{end}", "the axis has no length", "--over")
    return found[0], found[1]


def sampler(model: Model, name: str, axis: Node, wanted: list[Node]) -> Callable[[float], Mapping[Node, Any]]:
    """What computes the nodes at a point."""
    feeds, missing = feeds_of(model, [*wanted, axis])
    demand(model, missing)
    # A declared value may be computed from the input: then it follows.
    follows = any(
        leaf.value is not None and leaf.node is not axis and axis in ancestors([leaf.value])
        for leaf in model.leaves.values()
        if leaf.node in feeds
    )
    steps = program(wanted, feeds)
    scalar = scalar_program(steps) and all(isinstance(value, (int, float)) for value in feeds.values())
    if scalar and not follows:
        return scalar_sampler(model, axis, wanted, feeds)
    run = runner(scalar)

    def sample(place: float) -> Mapping[Node, Any]:
        given = {**feeds, axis: place}
        if follows:
            leaf = model.leaves[name]
            model.leaves[name] = replace(leaf, value=constant(axis.graph, place))
            given, _ = feeds_of(model, [*wanted, axis])
        try:
            return run(steps, given, model.dtype, model.graph.strict)
        except OperandError as error:
            raise DiagnosticError(
                Diagnostic("E0802", error.message, Span(model.source, 0, 0), help=error.hint)
            ) from None

    return sample


def scalar_sampler(
    model: Model, axis: Node, wanted: list[Node], feeds: Mapping[Node, Any]
) -> Callable[[float], Mapping[Node, Any]]:
    """The same for numbers alone: one function of the place."""
    others = {node: value for node, value in feeds.items() if node is not axis}
    function = compile_point(wanted, [axis, *others], model.dtype, model.graph.strict)
    return lambda place: dict(zip(wanted, function(place, *others.values()), strict=True))


def element(values: Mapping[Node, Any], node: Node | None, index: tuple[int, ...], dtype: str) -> float:
    """One element of a computed node; a derivative of a lower shape is the same for all elements."""
    if node is None:
        return 0.0
    value = plain(values[node], node, dtype)
    for place in index:
        value = value[place] if isinstance(value, list) else value
    return float(value)
