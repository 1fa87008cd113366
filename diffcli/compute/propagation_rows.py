"""Uncertainties over rows of data: columns of values and of their uncertainties in, uncertainty and contributions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import nan, prod

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import connection, diff, higher
from ..engine.graph import Node
from ..engine.op import ROLES, build, constant, leaf
from ..engine.ops import covariance
from ..engine.shape import known, text
from ..source import Span
from .propagation_remarks import on_sources
from .propagation_sources import Sources, check_fixed, name, nothing_uncertain, sources_of, spread
from .question import Question
from .rowdata.inputs import UNCERTAINTY

# Name, node or why it is none, the target whose shape it has.
Column = tuple[str, Node | None, Node, connection.Reason | None]


def columns(question: Question) -> list[Column]:
    """The uncertainty of each target, and what each source and correlation contributes to its square, in percent."""
    sources = with_measured(question, sources_of(question))
    used = [x for x in sources.deviations if diff.depends(question.ys, [x])]
    if not used:
        raise nothing_uncertain(question, sources)
    check_fixed(question, sources, used)
    found: list[Column] = []
    for target, y in question.targets:
        several = f".{target}" if len(question.targets) > 1 else ""
        parts = [budget(each, used, sources) for each in elements(question, target, y)]
        found.append((f"uncertainty{several}", joined([deviation for deviation, _ in parts], y), y, None))
        for x in used:
            if diff.depends([y], [x]):
                nodes = [shares.get((x, None)) for _, shares in parts]
                reached = [constant(y.graph, 0.0) if node is None else node for node in nodes]
                reason = connection.explain([y], x, frozenset(), frozenset(), None) if not any(nodes) else None
                node = None if reason is not None else joined(reached, y)
                found.append((f"contribution{several}.{name(x)}", node, y, reason))
        for first, second in dict.fromkeys(pair for _, shares in parts for pair in shares if pair[1] is not None):
            assert second is not None
            reached = [shares.get((first, second), constant(y.graph, 0.0)) for _, shares in parts]
            found.append((f"contribution{several}.{name(first)}.{name(second)}", joined(reached, y), y, None))
    return found


def remarks(question: Question) -> list[str]:
    """What counts as exact, and what is not used."""
    sources = with_measured(question, sources_of(question))
    used = {x for x in sources.deviations if diff.depends(question.ys, [x])}
    return [each.message for each in on_sources(question, sources, used)]


def with_measured(question: Question, sources: Sources) -> Sources:
    """The sources with columns of the data as their uncertainties; a negative one makes the result nan."""
    model = question.model
    deviations = dict(sources.deviations)
    for each, shape in question.request.measured or ():
        declared = model.leaves[each]
        column = model.leaves.get(UNCERTAINTY + each)
        if column is None:
            node = leaf(model.graph, UNCERTAINTY + each, "input", shape)
            column = replace(declared, name=UNCERTAINTY + each, kind="input", node=node, value=None)
            model.leaves[column.name] = column
        size = ROLES["select"](ROLES["less"](column.node, 0.0), constant(model.graph, nan), column.node)
        deviations[declared.node] = spread(model, declared.node, size)
    return Sources(deviations, sources.correlations)


def elements(question: Question, target: str, y: Node) -> list[Node]:
    """The elements of a target."""
    sizes = known(y.shape)
    if sizes is None:
        message = f"`{target}` has shape {text(y.shape)}: its sizes have to be known"
        raise DiagnosticError(Diagnostic("E0601", message, question.model.span(y) or Span(question.model.source, 0, 0)))
    places = [tuple(("at", index) for index in place) for place in higher.positions(sizes)]
    return [build(ROLES["index"], (y,), (items,)) if items else y for items in places]


def budget(y: Node, used: Sequence[Node], sources: Sources) -> tuple[Node, dict[tuple[Node, Node | None], Node]]:
    """The uncertainty of a number, and the percents of its variance by source and by correlation."""
    parts = covariance.moved(covariance.slopes_of(y, used), sources.deviations)
    terms = covariance.terms(parts, parts, sources.correlations)
    whole = covariance.variance(terms)
    shares: dict[tuple[Node, Node | None], Node] = {}
    for place, term in enumerate(terms):
        assert whole is not None
        # The terms of single sources come first.
        pair = (term.first, None if place < len(parts) else term.second)
        shares[pair] = 100.0 * term.node / whole
    return covariance.deviation(terms, y), shares


def joined(nodes: Sequence[Node], y: Node) -> Node:
    """Numbers in the shape of the target."""
    sizes = known(y.shape) or ()
    if not sizes:
        return nodes[0]
    if not prod(sizes):
        return diff.filled(y, 0.0)
    stacked: Node = ROLES["reshape"](higher.stack(nodes), sizes)
    return stacked
