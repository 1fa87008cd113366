"""What `propagate` returns: the uncertainty of each target and the budget that it is made of.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from math import isfinite
from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Column, Result, Section, columns_of
from diffcli.results_rounding import place_of, rounded, significant


class Coverage(NamedTuple):
    """How far an expanded uncertainty reaches: the factor, and the part of a normal distribution within it."""

    factor: float
    level: float


class Estimate(NamedTuple):
    """A value with its standard uncertainty."""

    value: float
    uncertainty: float | None


class SecondOrder(NamedTuple):
    """The same to second order, and the two terms that this adds to the variance: of second and of third derivatives."""

    value: float
    uncertainty: float | None
    quadratic: float
    cubic: float
    share: float | None


class Drawn(NamedTuple):
    """What random draws of the sources give: mean, deviation and its coverage interval, and how these compare."""

    mean: float | None
    mean_error: float | None
    uncertainty: float | None
    interval: tuple[float, float] | None
    interval_error: tuple[float, float] | None
    undefined: int
    tolerance: float | None
    differences: tuple[float, float] | None
    validated: bool | None


class TargetBudget(NamedTuple):
    """A result with its uncertainty to the order that was asked for, and by every way that was looked at."""

    name: str
    value: float
    uncertainty: float | None
    expanded: float | None
    relative: float | None
    short: str
    first_order: Estimate
    second_order: SecondOrder | None = None
    monte_carlo: Drawn | None = None


class BudgetRow(NamedTuple):
    """What a source adds to the variance of a target, or a correlation of two, or the terms of second order."""

    of: str
    kind: str
    source: str
    partner: str | None = None
    value: Any = None
    uncertainty: Any = None
    relative: Any = None
    sensitivity: Any = None
    contribution: Any = None
    correlation: Any = None
    variance: float | None = None
    percent: float | None = None


class Settings(NamedTuple):
    """How Monte Carlo drew."""

    draws: int
    seed: int
    interval: str


class Between(NamedTuple):
    """The covariances between targets, and their correlations; null where an uncertainty is 0."""

    names: tuple[str, ...]
    covariance: list[list[float]]
    correlation: list[list[float | None]]


class PropagateFields(NamedTuple):
    file: str
    semantics: str
    order: int
    coverage: Coverage
    digits: int
    targets: tuple[TargetBudget, ...]
    budget: tuple[BudgetRow, ...]
    between: Between | None = None
    monte_carlo: Settings | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class PropagateResult(PropagateFields, Result):
    """Uncertainties and their budgets."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/propagate/1", "budget", "Budget"
    TEXTS = frozenset(("file", "semantics", "order", "coverage", "digits", "between", "monte_carlo"))
    COLUMNS = columns_of(
        "of=target",
        "kind",
        "source",
        "partner=with",
        "value",
        "uncertainty",
        "relative",
        "sensitivity",
        "contribution",
        "correlation",
        "variance",
        "percent",
    )
    PLAIN = ("of", "source", "partner", "value", "uncertainty", "sensitivity", "contribution", "percent")

    def main(self) -> tuple[BudgetRow, ...]:
        """The budget with what it comes to, target by target."""
        found: list[BudgetRow] = []
        for target in self.targets:
            found += [row for row in self.budget if row.of == target.name]
            found.append(combined(target))
        return tuple(found)

    def statuses(self) -> set[str]:
        """What `--fail-on` can find in uncertainties."""
        found = [each.uncertainty for each in self.targets]
        return ({"nan"} if None in found or any(each != each for each in found) else set()) | (
            {status for status, value in (("inf", float("inf")), ("zero", 0.0)) if value in found}
        )

    def sections(self) -> tuple[Section, ...]:
        """The budget, the results that it comes to, and what else was asked for."""
        found = [self._budget(), self._results()]
        if self.between is not None:
            rows = zip(self.between.names, self.between.correlation, strict=True)
            shown = tuple((name, *(significant(each, 4) for each in row)) for name, row in rows)
            columns = titled("", *self.between.names)
            found.append(Section("Correlation between targets", columns, shown, "none"))
        if self.order > 1:
            found.append(self._orders())
        if self.monte_carlo is not None:
            found.append(self._drawn(self.monte_carlo))
        return tuple(found)

    def _budget(self) -> Section:
        """The sources of a target and what they come to, then those of the next."""
        columns = titled("source", "value", "u", "relative", "c", "c·u", "percent")
        shown = []
        for row in self.main():
            joint = f"corr({row.source}, {row.partner})"
            name = {"combined": f"= {row.source}", "correlation": joint}.get(row.kind, row.source)
            strength = texts(row.correlation, 4)
            shown.append(
                (
                    name,
                    strength if row.kind == "correlation" else texts_by(row.value, row.uncertainty, self.digits),
                    texts(row.uncertainty, self.digits),
                    "" if isinstance(row.relative, list) else percentage(row.relative),
                    texts(row.sensitivity, self.digits + 2),
                    texts(row.contribution, self.digits),
                    "" if row.percent is None else f"{row.percent:.1f}",
                )
            )
        targets = ", ".join(each.name for each in self.targets)
        return Section(f"Budget of {targets} (u: standard uncertainty, c: sensitivity)", columns, tuple(shown), "none")

    def _results(self) -> Section:
        reach = f"expanded, k = {self.coverage.factor:.4g}"
        columns = titled("target", "value", "uncertainty", reach, "relative", "short")
        rows = []
        for each in self.targets:
            place = place_of(each.uncertainty or 0.0, self.digits)
            fitting = [each.value, each.uncertainty, each.expanded]
            cells = ["none" if number is None else rounded(number, place) for number in fitting]
            rows.append((each.name, *cells, percentage(each.relative), each.short))
        return Section(
            f"Results, expanded to a level of {100 * self.coverage.level:.6g}%", columns, tuple(rows), "none"
        )

    def _orders(self) -> Section:
        columns = titled("target", "order", "value", "uncertainty", "part of the variance")
        rows = []
        for target in self.targets:
            second = target.second_order
            for order, each in ((1, target.first_order), (2, second)):
                if each is not None:
                    place = place_of(each.uncertainty or 0.0, self.digits)
                    error = "none" if each.uncertainty is None else rounded(each.uncertainty, place)
                    share = percentage(second.share) if second is not None and order == 2 else ""
                    rows.append((target.name, order, rounded(each.value, place), error, share))
        return Section("First and second order", columns, tuple(rows), "none")

    def _drawn(self, settings: Settings) -> Section:
        columns = titled("target", "mean", "u", "from", "to", "off by", "tolerance", "verdict")
        rows = []
        for target in self.targets:
            drawn = target.monte_carlo
            if drawn is None or drawn.interval is None:
                continue
            place = place_of(drawn.uncertainty or 0.0, self.digits)
            fitting = [drawn.mean, drawn.uncertainty, *drawn.interval]
            cells = ["none" if each is None else rounded(each, place) for each in fitting]
            verdict = {True: "validated", False: "not validated", None: "too few draws"}[drawn.validated]
            off = None if drawn.differences is None else max(drawn.differences)
            allowed = "" if drawn.tolerance is None else str(drawn.tolerance)
            rows.append((target.name, *cells, significant(off, 2), allowed, verdict))
        title = (
            f"Monte Carlo, {settings.draws:,} draws, {settings.interval} interval of {100 * self.coverage.level:.6g}%"
        )
        return Section(title, columns, tuple(rows), "no finite draw")


def combined(target: TargetBudget) -> BudgetRow:
    """The last line of a budget: what the others come to."""
    square = None if target.uncertainty is None else target.uncertainty**2
    return BudgetRow(
        target.name,
        "combined",
        target.name,
        value=target.value,
        uncertainty=target.uncertainty,
        relative=target.relative,
        variance=square,
        percent=100.0 if square and isfinite(square) else None,
    )


def titled(*titles: str) -> tuple[Column, ...]:
    """Columns of a table that is for the eye alone."""
    return tuple(Column(title, title) for title in titles)


def percentage(part: float | None) -> str:
    """A part of 1 in percent, with two digits."""
    if part is None:
        return ""
    return f"{100 * part:.0f}%" if 0.1 <= part < 1e6 else f"{significant(100 * part, 2)}%"


def texts(value: Any, digits: int) -> str:
    """A number, or each of a tensor's, with so many digits."""
    if not isinstance(value, list):
        return significant(value, digits)
    return f"[{', '.join(texts(each, digits) for each in value)}]"


def texts_by(value: Any, uncertainty: Any, digits: int) -> str:
    """A number, or each of a tensor's, to the digits that its uncertainty leaves it."""
    if value is None:
        return ""
    if not isinstance(value, list):
        return rounded(value, place_of(uncertainty or 0.0, digits))
    errors = uncertainty if isinstance(uncertainty, list) else [uncertainty] * len(value)
    return f"[{', '.join(texts_by(each, error, digits) for each, error in zip(value, errors, strict=True))}]"
