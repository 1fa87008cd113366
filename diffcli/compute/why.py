"""Why each gradient is what it is: verdict, causes, paths and what to type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..engine import connection, diff, tape
from ..engine.graph import Node
from ..results_why import Fix, WhyResult, WhyRow
from . import reasons
from .causes import Finding, bad_findings, finding, zero_findings
from .fixes import candidates, fixes_of
from .paths import Edge, dependents, paths_between
from .question import Question, ask, computed, guarded
from .request import Request
from .sweep import Sweep, is_zero, swept
from .values import demand, feeds_of, finite, plain, status_of
from .wording import words

CUTS = {
    "stopped": "{0} is stopped",
    "paused": "{0} was computed while the tape was paused",
    "before-tape": "{0} was computed outside the tape",
    "unwatched": "{0} was computed from nothing that was watched",
    "integer": "{0} is a whole number or a truth value, which carries no gradient",
    "cut": "{0} has no derivative",
}


def why(request: Request) -> WhyResult:
    """For each target and source: connected or not, by which paths, what spoils or ends them, and a fix."""
    question = ask(request)
    model = question.model
    feeds, missing = feeds_of(model, [*question.ys, *question.xs])
    if missing and request.at:
        demand(model, missing)
    rows = []
    for of, y in question.targets:
        for wrt, x in question.sources:
            rows.append(pair(question, of, y, wrt, x, None if missing else feeds))
    return WhyResult(request.source.name, question.semantics, tuple(rows))


def pair(question: Question, of: str, y: Node, wrt: str, x: Node, feeds: dict[Node, Any] | None) -> WhyRow:
    """One target and one source."""
    model, stops = question.model, question.stops
    found = guarded(question, lambda: connection.differentiate([y], [x], None, stops)[0])
    if found.node is None and found.reason.code in ("unused", "cut") and diff.vanished([y], x):
        return WhyRow(
            of,
            wrt,
            "connected",
            "zero",
            0.0,
            f"`{of}` is a derivative that no longer depends on `{wrt}`",
            (),
            (),
            0,
            (),
        )
    barrier = tape.barriers([y], [x], stops)[0][0]
    blocked = blocks(question, y, x, barrier)
    values = computed(model, [y, x], feeds) if feeds is not None else None
    if found.node is None:
        return unconnected(question, (of, y), (wrt, x), found.reason, blocked, values, feeds)
    if feeds is None:
        paths, total = paths_between(model, y, x, blocked, _flows(y, x, barrier), None, None)
        message = f"`{of}` depends on `{wrt}`; give its inputs by --at to see where the gradient is 0, nan or infinite"
        return WhyRow(of, wrt, "connected", "formula", None, message, (), paths, total, ())
    return connected(question, (of, y), (wrt, x), barrier, blocked, feeds)


def blocks(question: Question, y: Node, x: Node, barrier: Collection[Node]) -> list[Finding]:
    """Where the rules cut paths between the two."""
    cuts = connection.blockers([y], [x], question.stops, barrier)
    return [finding(question.model, code, node, CUTS[code].format(words(node, question.model))) for node, code in cuts]


def _flows(y: Node, x: Node, barrier: Collection[Node]) -> Any:
    """Whether a gradient flows along an edge, as far as the rules go."""
    relevant = diff.between([y], [x], barrier)

    def open_edge(edge: Edge) -> bool:
        node, place = edge
        return (
            node in relevant
            and node not in barrier
            and node.inputs[place] in relevant
            and not node.op.cuts(node, place)
        )

    return open_edge


def unconnected(
    question: Question,
    target: tuple[str, Node],
    source: tuple[str, Node],
    reason: connection.Reason,
    blocked: list[Finding],
    values: Mapping[Node, Any] | None,
    feeds: dict[Node, Any] | None,
) -> WhyRow:
    """A gradient that is none."""
    model, (of, y), (wrt, x) = question.model, target, source
    first = finding(model, reason.code, reason.nodes[0], reason.message)
    if first.node is not x and first.cause.code in CUTS:
        hidden = deeper(question, y, x) if first.cause.code == "unwatched" else None
        node, code = (first.node, reason.code) if hidden is None else (hidden.node, hidden.cause.code)
        told = CUTS[code].format(words(node, model))
        first = finding(model, code, node, f"every path to {words(x, model)} is cut: {told}")
    hidden = deeper(question, y, x) if first.node is x and reason.code == "before-tape" else None
    # Of what the tape never watched it says nothing what comes further on.
    others = [] if first.node is x else [each for each in blocked if each.node is not first.node]
    paths, total = paths_between(model, y, x, [first, *others], None, None, values)
    status = "none"
    value = None if values is None else plain(values[y], y, model.dtype)
    tries = candidates(model, question.request, [*filter(None, [hidden]), first, *others], y, x, status, feeds or {})
    fixes = fixes_of(model, question.request, tries, (of, wrt), status, value)
    notes = (reason.hint,) if reason.hint and not fixes else ()
    causes = tuple(each.cause for each in (first, *others))
    return WhyRow(of, wrt, reason.code, status, None, first.cause.message, causes, paths, total, fixes, notes)


def deeper(question: Question, y: Node, x: Node) -> Finding | None:
    """What on the way from the source was not recorded and made all that follows unwatched."""
    record = question.model.graph.record
    for node in sorted(dependents(y, x), key=lambda each: each.order):
        place = record.places.get(node) if record is not None else None
        if place is not None and node is not x and node is not y:
            if place.paused:
                return finding(question.model, "paused", node, "")
            if not place.blocks:
                return finding(question.model, "before-tape", node, "")
    return None


def connected(
    question: Question,
    target: tuple[str, Node],
    source: tuple[str, Node],
    barrier: Collection[Node],
    blocked: list[Finding],
    feeds: dict[Node, Any],
) -> WhyRow:
    """A gradient that is a number, good or bad."""
    model, (of, y), (wrt, x) = question.model, target, source
    sweep = guarded(question, lambda: swept(model, [y], x, barrier, feeds))
    assert sweep.gradient is not None
    value = plain(sweep.values[sweep.gradient], x, model.dtype)
    status = status_of(value)
    zeros = zero_findings(model, sweep, feeds)
    # A number beside a target that is not finite is not to be trusted either.
    spoiled = status in ("nan", "inf") or not finite(sweep.values[y])
    found = bad_findings(model, sweep, [y], feeds) if spoiled else zeros if status == "zero" else []
    paths, total = paths_between(
        model, y, x, [*found, *zeros, *blocked], _nonzero(sweep), _flows(y, x, barrier), sweep.values
    )
    fixes: tuple[Fix, ...] = ()
    if found:
        kind = status if status in ("nan", "inf") or not spoiled else "inf"
        tries = candidates(model, question.request, found, y, x, kind, feeds)
        fixes = fixes_of(model, question.request, tries, (of, wrt), kind, plain(sweep.values[y], y, model.dtype))
    notes = reasons.notes(model, [y], x, barrier, sweep.values)
    if status == "inf" and not fixes and all(each.cause.code == "backward" for each in found):
        notes = (
            *notes,
            "no rewrite is known: where the tangent is vertical no equal expression has a finite derivative",
        )
    message = summary(of, wrt, status, found, total)
    return WhyRow(
        of, wrt, "connected", status, value, message, tuple(each.cause for each in found), paths, total, fixes, notes
    )


def _nonzero(sweep: Sweep) -> Any:
    """Whether something other than 0 passed along an edge."""
    live = {(step.node, step.place) for step in sweep.steps if not is_zero(step.outgoing)}
    return lambda edge: edge in live


def summary(of: str, wrt: str, status: str, found: list[Finding], total: int) -> str:
    """The verdict in a sentence."""
    if found:
        return found[0].cause.message
    if status == "ok":
        return f"`{of}` depends on `{wrt}` by {total} path{'s' * (total != 1)}" if total else f"`{of}` is `{wrt}`"
    return f"the gradient is {status}"
