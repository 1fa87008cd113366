"""The uncertainty of results from those of what they are computed from (JCGM 100), checked to second order and by draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import erf, isfinite, nan, prod, sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import diff
from ..engine.graph import Node
from ..engine.higher import positions
from ..engine.op import ROLES, build
from ..engine.ops import covariance
from ..engine.shape import OperandError, known, text
from ..results_propagate import (
    Between,
    BudgetRow,
    Coverage,
    Drawn,
    Estimate,
    PropagateResult,
    SecondOrder,
    Settings,
    TargetBudget,
)
from ..results_rounding import short
from ..source import Span
from . import propagation_remarks as remarks
from .propagation_monte_carlo import Draws, Told, drawn, summed_up
from .propagation_second import Curvature, Second, curvature_of, is_cheap, second_of
from .propagation_sources import Point, Sources, name, nothing_uncertain, point_of, sources_of
from .question import Question, ask, computed, guarded
from .request import Request
from .values import plain

# The fewest draws that tell anything.
FEWEST = 100
# A budget for each of more elements than this is no answer that anyone reads.
MOST = 100


class Asked(NamedTuple):
    """How to propagate: factor or level of the expanded uncertainty (k = 2 without), order, digits, draws."""

    factor: float | None = None
    level: float | None = None
    order: int = 1
    digits: int = 2
    draws: Draws | None = None
    tell: Told = lambda done, of: None


USUAL = Asked()


def demand_sense(asked: Asked) -> None:
    """Refuses numbers without a meaning, and what excludes each other."""
    factor, level = asked.factor, asked.level
    if factor is not None and level is not None:
        raise refused("--coverage and --level exclude each other: each follows from the other")
    if factor is not None and not (isfinite(factor) and factor > 0):
        raise refused(f"--coverage cannot be {factor:g}", "a factor above 0, such as --coverage 2")
    if level is not None and not 0 < level < 1:
        raise refused(f"--level cannot be {level:g}", "a part of 1, such as --level 0.95")
    if asked.order not in (1, 2):
        raise refused(f"--order cannot be {asked.order}", "1 or 2")
    if asked.draws is not None and asked.draws.number < FEWEST:
        raise refused(f"--monte-carlo cannot be {asked.draws.number}", f"{FEWEST} draws or more")


def refused(message: str, help: str | None = None) -> Exception:
    """A request that cannot be met; its class brings NumPy, which sound requests do without."""
    from ..data import FormatError

    return FormatError(message, help)


class Linear(NamedTuple):
    """One target to first order, in nodes."""

    name: str
    y: Node
    slopes: Mapping[Node, Node]
    parts: Mapping[Node, Node]
    terms: Sequence[covariance.Term]
    deviation: Node
    curvature: Curvature | None = None

    def nodes(self) -> list[Node]:
        """All that is to be computed."""
        second = self.curvature.nodes() if self.curvature is not None else []
        whole = [self.y, self.deviation, *(term.node for term in self.terms)]
        return [*whole, *self.slopes.values(), *self.parts.values(), *second]


class Computed(NamedTuple):
    """A question with its numbers."""

    question: Question
    sources: Sources
    point: Point
    values: Mapping[Node, Any]

    def number(self, node: Node) -> float:
        """The value of a scalar."""
        return float(plain(self.values[node], node, self.question.model.dtype))

    def plain(self, node: Node) -> Any:
        """The value of a node."""
        return plain(self.values[node], node, self.question.model.dtype)


def propagate(request: Request, asked: Asked = USUAL) -> PropagateResult:
    """The combined and expanded uncertainty of each target, with the budget that it is made of."""
    question = ask(request, sources=False)
    sources = sources_of(question)
    used = [x for x in sources.deviations if diff.depends(question.ys, [x])]
    if not used:
        raise nothing_uncertain(question, sources)
    point = point_of(question, sources, used)
    coverage = coverage_of(asked)
    linear = [one(question, sources, point, each, y, asked.order) for each, y in elements_of(question)]
    crossed = guarded(question, lambda: between(linear, sources))
    wanted = [node for each in linear for node in each.nodes()]
    wanted += [node for row in crossed for node in row if node is not None]
    values = computed(question.model, [*wanted, *used, *(sources.deviations[x] for x in used)], dict(point.feeds))
    found = Computed(question, sources, point, values)
    seconds = [second(each, found) for each in linear]
    random = drawn(question, point, asked.draws, asked.tell) if asked.draws is not None else [None] * len(linear)
    targets = []
    for each, more, draws in zip(linear, seconds, random, strict=True):
        target = target_of(each, more, found, coverage, asked)
        if draws is not None and asked.draws is not None:
            result = (target.value, target.uncertainty)
            monte_carlo: Drawn = summed_up(draws, coverage, asked.draws.interval, result, asked.digits)
            target = target._replace(monte_carlo=monte_carlo)
        targets.append(target)
    return PropagateResult(
        request.source.name,
        question.semantics,
        asked.order,
        coverage,
        asked.digits,
        tuple(targets),
        tuple(row for each, target in zip(linear, targets, strict=True) for row in rows_of(each, target, found, asked)),
        correlated(linear, crossed, found) if len(linear) > 1 else None,
        None if asked.draws is None else Settings(*asked.draws[:3]),
        tuple(remarks.remarks(found, linear, targets, seconds, asked.order)),
    )


def coverage_of(asked: Asked) -> Coverage:
    """Factor and level of the expanded uncertainty, each from the other."""
    if asked.level is not None:
        return Coverage(NormalDist().inv_cdf((1 + asked.level) / 2), asked.level)
    factor = 2.0 if asked.factor is None else asked.factor
    return Coverage(factor, erf(factor / sqrt(2)))


def elements_of(question: Question) -> list[tuple[str, Node]]:
    """The targets, element by element."""
    found = []
    for each, y in question.targets:
        sizes = known(y.shape)
        if sizes is None or prod(sizes) > MOST:
            message = f"`{each}` has shape {text(y.shape)}, and a budget is made of {MOST} elements at most"
            span = question.model.span(y) or Span(question.model.source, 0, 0)
            raise DiagnosticError(
                Diagnostic("E0601", message, span, help=f"name some of them, as in first = {each}[0]")
            )
        for place in positions(sizes):
            shown = f"{each}[{', '.join(map(str, place))}]" if place else each
            items = tuple(("at", index) for index in place)
            found.append((shown, build(ROLES["index"], (y,), (items,)) if place else y))
    return found


def one(question: Question, sources: Sources, point: Point, shown: str, y: Node, order: int) -> Linear:
    """The derivatives of one target."""
    xs = [leaf.node for leaf in point.sources]

    def nodes() -> Linear:
        slopes = covariance.slopes_of(y, xs)
        parts = covariance.moved(slopes, sources.deviations)
        terms = covariance.terms(parts, parts, sources.correlations)
        return Linear(shown, y, slopes, parts, terms, covariance.deviation(terms, y))

    linear: Linear = guarded(question, nodes)
    if order > 1:
        return linear._replace(curvature=guarded(question, lambda: curvature_of(y, point, xs)))
    if is_cheap(y, point):
        try:
            return linear._replace(curvature=curvature_of(y, point, xs))
        except OperandError:  # no second derivative: then it is not looked at
            return linear
    return linear


def between(linear: Sequence[Linear], sources: Sources) -> list[list[Node | None]]:
    """The covariances of each target with those before it, and with itself; None where they share no source."""
    rows: list[list[Node | None]] = []
    for place, each in enumerate(linear):
        terms = [covariance.terms(each.parts, other.parts, sources.correlations) for other in linear[:place]]
        rows.append([covariance.added([term.node for term in found]) if found else None for found in terms])
    return rows


def correlated(linear: Sequence[Linear], crossed: Sequence[Sequence[Node | None]], found: Computed) -> Between:
    """Covariances and correlations between targets."""
    count = len(linear)
    deviations = [found.number(each.deviation) for each in linear]
    matrix = [[0.0] * count for _ in linear]
    strengths: list[list[float | None]] = [[None] * count for _ in linear]
    for i in range(count):
        matrix[i][i] = deviations[i] ** 2
        strengths[i][i] = 1.0 if deviations[i] else None
        for j, node in enumerate(crossed[i]):
            value = 0.0 if node is None else found.number(node)
            matrix[i][j] = matrix[j][i] = value
            size = deviations[i] * deviations[j]
            # Rounding may leave a little more than 1.
            strengths[i][j] = strengths[j][i] = max(-1.0, min(value / size, 1.0)) if size else None
    return Between(tuple(each.name for each in linear), matrix, strengths)


def second(linear: Linear, found: Computed) -> Second | None:
    """The terms of second order of a target, where they were looked at."""
    if linear.curvature is None:
        return None
    xs = [leaf.node for leaf in found.point.sources]
    return second_of(linear.curvature, found.point, xs, found.values, found.question.model.dtype)


def target_of(linear: Linear, more: Second | None, found: Computed, coverage: Coverage, asked: Asked) -> TargetBudget:
    """The uncertainty of one target to the order that was asked for."""
    value, deviation = found.number(linear.y), found.number(linear.deviation)
    first = Estimate(value, deviation)
    higher = None
    uncertainty: float | None = deviation
    if more is not None:
        whole = deviation**2 + more.quadratic + more.cubic
        root = sqrt(whole) if whole >= 0 else nan if whole != whole else None
        share = (more.quadratic + more.cubic) / whole if whole > 0 else None
        higher = SecondOrder(value + more.shift, root, more.quadratic, more.cubic, share)
        if asked.order > 1:
            value, uncertainty = higher.value, higher.uncertainty
    expanded = None if uncertainty is None else coverage.factor * uncertainty
    relative = abs(uncertainty / value) if uncertainty is not None and value else None
    written = str(value) if uncertainty is None else short(value, uncertainty, asked.digits)
    return TargetBudget(linear.name, value, uncertainty, expanded, relative, written, first, higher)


def rows_of(linear: Linear, target: TargetBudget, found: Computed, asked: Asked) -> list[BudgetRow]:
    """What the variance of a target consists of."""
    square = target.uncertainty**2 if target.uncertainty is not None else 0.0

    def percent(part: float) -> float | None:
        return 100 * part / square if square and isfinite(square) else None

    rows = []
    # The terms of single sources come first.
    own = {term.first: found.number(term.node) for term in linear.terms[: len(linear.parts)]}
    for leaf in found.point.sources:
        x = leaf.node
        if not diff.depends([linear.y], [x]):
            continue
        value, deviation = found.plain(x), found.plain(found.sources.deviations[x])
        row = BudgetRow(linear.name, "source", leaf.name, None, value, deviation, relative(value, deviation))
        if x in linear.slopes:
            slope, part = found.plain(linear.slopes[x]), found.plain(linear.parts[x])
            row = row._replace(sensitivity=slope, contribution=part, variance=own[x], percent=percent(own[x]))
        rows.append(row)
    for term in linear.terms[len(linear.parts) :]:
        strength = found.point.strengths[term.first, term.second]
        part = found.number(term.node)
        rows.append(
            BudgetRow(
                linear.name,
                "correlation",
                name(term.first),
                name(term.second),
                correlation=strength,
                variance=part,
                percent=percent(part),
            )
        )
    if asked.order > 1 and target.second_order is not None:
        part = target.second_order.quadratic + target.second_order.cubic
        rows.append(BudgetRow(linear.name, "second order", "order 2", variance=part, percent=percent(part)))
    return rows


def relative(value: Any, deviation: Any) -> Any:
    """An uncertainty as a part of its value; None where that is 0."""
    if isinstance(value, list):
        return [relative(each, error) for each, error in zip(value, deviation, strict=True)]
    return abs(deviation / value) if value else None
