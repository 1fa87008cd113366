"""What a user has to know beside a budget: what counts as exact, what does not reach the result, where it is not linear."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..diagnostic import Diagnostic
from ..engine import connection, diff
from ..engine.graph import Node, ancestors
from ..lang.model import Leaf
from ..results_propagate import TargetBudget
from ..source import Span
from . import reasons
from .propagation_second import Second
from .propagation_sources import Sources, name
from .question import Question
from .values import status_of

if TYPE_CHECKING:
    from .propagation import Computed, Linear

# A part of the variance that is worth a remark, and so many names of a list.
NOTABLE, SHOWN = 0.01, 8


def remarks(
    found: Computed,
    linear: Sequence[Linear],
    targets: Sequence[TargetBudget],
    seconds: Sequence[Second | None],
    order: int,
) -> Iterator[Diagnostic]:
    """The remarks, those on the sources first."""
    yield from on_sources(found.question, found.sources, {leaf.node for leaf in found.point.sources})
    for each, target, second in zip(linear, targets, seconds, strict=True):
        yield from on_slopes(each, found)
        yield from on_curvature(each, target, second, found, order)
        yield from on_draws(each, target, found)


def remark(severity: str, code: str, message: str, span: Span | None, help: str | None = None) -> Diagnostic:
    """A remark as a diagnostic, so that it is told apart from results."""
    return Diagnostic(code, message, span, help=help, severity=severity)


def listed(names: Iterable[str]) -> str:
    """Names for a sentence, the first of them when they are many."""
    every = [f"`{each}`" for each in names]
    rest = len(every) - SHOWN
    return ", ".join(every[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def on_sources(question: Question, sources: Sources, used: Collection[Node]) -> Iterator[Diagnostic]:
    """What is exact, what is not used, and what a declared value does not take over."""
    model, ys = question.model, question.ys
    exact = [
        leaf
        for leaf in model.leaves.values()
        if leaf.kind != "const" and leaf.node not in sources.deviations and diff.depends(ys, [leaf.node])
    ]
    if exact:
        verb = "counts" if len(exact) == 1 else "count"
        message = f"{listed(leaf.name for leaf in exact)} {verb} as exact: no uncertainty is given"
        yield remark("note", "exact", message, Span(*exact[0].place))
    for x in sources.deviations:
        if x not in used:
            message = f"`{name(x)}` has an uncertainty, and no target depends on it"
            yield remark("note", "unused", message, Span(*model.leaves[name(x)].place))
    for first, second in sources.correlations:
        lacking = [each for each in (first, second) if each not in sources.deviations]
        if lacking:
            leaf = model.leaves.get(name(lacking[0]))
            why = "has no uncertainty" if leaf is not None else "is computed, and its uncertainty with it"
            message = (
                f"the correlation of `{name(first)}` and `{name(second)}` has no effect: `{name(lacking[0])}` {why}"
            )
            yield remark(
                "warning", "unused", message, Span(*leaf.place) if leaf is not None else model.span(lacking[0])
            )
    for leaf in model.leaves.values():
        yield from on_value(leaf, used, ys)


def on_value(leaf: Leaf, used: Collection[Node], ys: Sequence[Node]) -> Iterator[Diagnostic]:
    """A declared value is a number of its own: the uncertainty of what it was computed from is not in it."""
    if leaf.value is None or not diff.depends(ys, [leaf.node]):
        return
    inside = [name(node) for node in ancestors([leaf.value]) if node in used]
    if inside:
        message = f"the uncertainty of {listed(inside)} is not in that of `{leaf.name}`, whose declared value is computed from it"
        yield remark("warning", "declared", message, Span(*leaf.place), f"without `{leaf.kind}` it is: {leaf.name} = …")


def on_slopes(linear: Linear, found: Computed) -> Iterator[Diagnostic]:
    """Sources whose uncertainty does not reach the target by a derivative, and derivatives that are no numbers."""
    model, values, y = found.question.model, found.values, linear.y
    for leaf in found.point.sources:
        x = leaf.node
        if x not in linear.slopes:
            if diff.depends([y], [x]):
                why = connection.explain([y], x, frozenset(), frozenset(), None).message
                message = f"the uncertainty of `{leaf.name}` is not in that of `{linear.name}`: {why}"
                yield remark("warning", "cut", message, Span(*leaf.place), "--monte-carlo draws it")
            continue
        stopped = [node for node, why in connection.blockers([y], [x]) if why == "stopped"]
        if stopped:
            message = f"the uncertainty of `{leaf.name}` is in part not in that of `{linear.name}`: a path is stopped"
            yield remark(
                "warning", "cut", message, model.span(stopped[0]) or Span(*leaf.place), "--monte-carlo draws it"
            )
        status = status_of(found.plain(linear.slopes[x]))
        if status in ("nan", "inf"):
            reason = reasons.bad_reason(model, status, linear.slopes[x], [y], values, x)
            message = f"d{linear.name}/d{leaf.name} is {status}: {reason.message}"
            yield remark("warning", status, message, model.span(y), reason.hint)
        for note in reasons.notes(model, [y], x, frozenset(), values):
            yield remark("note", "convention", note, None)


def on_curvature(
    linear: Linear, target: TargetBudget, second: Second | None, found: Computed, order: int
) -> Iterator[Diagnostic]:
    """Where the result is not linear enough in its sources for the first order to do (JCGM 100, 5.1.2)."""
    span = found.question.model.span(linear.y)
    shown = f"u({linear.name})"
    if second is None or target.second_order is None:
        message = f"the terms of second order of {shown} were not looked at: there are many sources or operations"
        yield remark("note", "second-order", message, span, "--order 2 computes them, --monte-carlo does without")
        return
    deviation = target.first_order.uncertainty or 0.0
    whole, terms = deviation**2, max(second.quadratic, abs(second.cubic))
    if deviation != deviation:
        return
    if terms != terms or terms == float("inf"):
        message = f"a second derivative of `{linear.name}` is not finite here, so nothing tells how linear it is"
        yield remark("warning", "second-order", message, span, "--monte-carlo 1000000 does without derivatives")
    elif order > 1 and target.uncertainty is None:
        message = f"the terms of second order make the variance of `{linear.name}` negative: the uncertainties are too large for them"
        yield remark("warning", "second-order", message, span, "--monte-carlo 1000000 does without derivatives")
    elif order == 1 and terms > NOTABLE * whole:
        higher = target.second_order.uncertainty
        many = len(second.vanishing) > 1
        named = f"{'s' * many} by {listed(second.vanishing)} vanish{'' if many else 'es'}"
        vanishing = f": the first derivative{named}" if second.vanishing else ""
        value = "" if higher is None else f"; to second order it is {higher:.4g}"
        amount = f" is {deviation:.4g} to first order" if higher is not None else " to first order is not enough"
        message = f"{shown}{amount}{vanishing}{value}"
        yield remark("warning", "second-order", message, span, "--order 2 uses it, --monte-carlo 1000000 checks both")


def on_draws(linear: Linear, target: TargetBudget, found: Computed) -> Iterator[Diagnostic]:
    """Draws without a number, and too few of them."""
    drawn, span = target.monte_carlo, found.question.model.span(linear.y)
    if drawn is None:
        return
    if drawn.undefined:
        message = f"`{linear.name}` is not finite in {drawn.undefined:,} draws, which are left out"
        yield remark("warning", "undefined", message, span, "the uncertainties reach beyond where it is defined")
    if drawn.validated is None and drawn.tolerance is not None and drawn.interval_error is not None:
        error = max(drawn.interval_error)
        message = f"the ends of the interval of `{linear.name}` are known to {error:.2g} alone by so many draws"
        help = f"to {drawn.tolerance / 5:.2g} takes about {(5 * error / drawn.tolerance) ** 2:.2g} times as many"
        yield remark("note", "draws", message, span, help)
