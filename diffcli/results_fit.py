"""What `fit` returns: parameters with their uncertainty, how well the model fits, and its bands.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Column, Result, Section, columns_of, record, section

# A correlation matrix of more parameters than this is told by its largest entries.
WIDEST = 6
LARGEST = 12


class ParameterRow(NamedTuple):
    """A parameter, fitted or fixed. lower and upper are its bounds; the intervals are at the level of the result."""

    name: str
    value: float
    standard_error: float | None
    start: float
    lower: float | None
    upper: float | None
    bound_active: bool
    fixed: bool
    confidence_lower: float | None = None
    confidence_upper: float | None = None
    profile_lower: float | None = None
    profile_upper: float | None = None
    label: str | None = None
    remark: str = ""


class BandRow(NamedTuple):
    """What the fitted model says at a point, with the interval of its mean (lower, upper) and that of a new observation."""

    target: str
    at: tuple[tuple[str, float], ...]
    observed: float | None
    value: float
    standard_error: float | None
    lower: float | None
    upper: float | None
    prediction_lower: float | None
    prediction_upper: float | None

    def as_dict(self) -> dict[str, Any]:
        """The row as a JSON object, the point by name."""
        return record(self) | {"at": dict(self.at)}


class FitFields(NamedTuple):
    file: str
    data: tuple[str, ...]
    recognised: str
    method: str
    loss: str
    f_scale: float | None
    converged: bool
    why_stopped: str
    evaluations: int
    points: int
    degrees_of_freedom: int
    rank: int
    level: float
    absolute_sigma: bool
    parameters: tuple[ParameterRow, ...]
    covariance_of: tuple[str, ...]
    covariance: list[list[float | None]]
    correlation: list[list[float | None]]
    cost: float | None
    residual_sum_of_squares: float
    residual_standard_error: float | None
    chi_square: float | None
    reduced_chi_square: float | None
    r_squared: float | None
    log_likelihood: float | None
    aic: float | None
    aicc: float | None
    bic: float | None
    skipped: int
    notes: tuple[str, ...]
    bands: tuple[BandRow, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


QUALITY = (
    ("points", "points"),
    ("degrees_of_freedom", "degrees of freedom"),
    ("rank", "rank"),
    ("cost", "sum of the loss"),
    ("residual_sum_of_squares", "residual sum of squares"),
    ("residual_standard_error", "residual standard error"),
    ("chi_square", "chi-square"),
    ("reduced_chi_square", "reduced chi-square"),
    ("r_squared", "R²"),
    ("aic", "AIC"),
    ("aicc", "AICc"),
    ("bic", "BIC"),
)


class FitResult(FitFields, Result):
    """A fit: its parameters in one table, then how good it is and how the parameters hang together."""

    __slots__ = ()
    SCHEMA, MAIN = "diffcli/fit/1", "parameters"
    TEXTS = frozenset(FitFields._fields) - {
        *("data", "parameters", "covariance_of", "covariance", "correlation", "notes", "bands", "diagnostics")
    }
    COLUMNS = columns_of(
        "name=parameter",
        "value",
        "standard_error=standard error",
        "confidence_lower",
        "confidence_upper",
        "-profile_lower",
        "-profile_upper",
        "-start",
        "-lower=lower bound",
        "-upper=upper bound",
        "-bound_active=at a bound",
        "-fixed",
        "-label",
        "remark",
    )
    PLAIN = ("name", "value", "standard_error", "remark")
    FACTS = columns_of("name=", "value=")
    BANDS = columns_of("value", "standard_error", "lower", "upper", "prediction_lower", "prediction_upper")

    def title(self) -> str:
        """The heading of the parameters."""
        return "Parameters"

    def heading(self) -> str:
        """The line above the tables: what was fitted, how, and whether it converged."""
        loss = "" if self.loss in (None, "linear") else f"loss: {self.loss}, scale {self.f_scale}"
        ended = "" if self.converged is None else "converged" if self.converged else "not converged"
        method = f"method: {self.method}" if self.method else ""
        return " · ".join(filter(None, (self.file, self.recognised, method, loss, ended)))

    def sections(self) -> tuple[Section, ...]:
        """Parameters, quality, correlations, bands."""
        profiled = any(row.profile_lower is not None or row.profile_upper is not None for row in self.parameters)
        bounded = any(row.lower is not None or row.upper is not None for row in self.parameters)
        noted = any(row.remark for row in self.parameters)
        percent = f"{(self.level or 0) * 100:.6g} %"
        titles = {"lower": "from", "upper": "to"}
        columns = []
        for column in self.COLUMNS:
            kind, _, end = column.key.rpartition("_")
            shown = {"profile": profiled, "confidence": not profiled, "": column.shown}.get(kind, column.shown)
            if column.key in ("lower", "upper"):
                shown = bounded
            if column.key == "remark":
                shown = noted
            if kind in ("profile", "confidence"):
                column = column._replace(title=f"{percent} {titles[end]}{' (profile)' * (kind == 'profile')}")
            columns.append(column._replace(shown=shown))
        parts = [section(self.title(), columns, self.parameters, self.file, "none")]
        facts = [(title, getattr(self, key)) for key, title in QUALITY if getattr(self, key) is not None]
        if self.main():
            ended = "converged" if self.converged else "not converged"
            facts.append((ended, self.why_stopped))
            parts.append(Section("Quality", self.FACTS, tuple(facts), "none"))
            parts.append(self.correlations())
        if self.notes:
            parts.append(Section("Notes", columns_of("note="), tuple((each,) for each in self.notes), "none"))
        return (*parts, *([self.banded()] if self.bands else []))

    def correlations(self) -> Section:
        """The lower triangle of the correlation matrix; of a large one its largest entries."""
        names, matrix = self.covariance_of, self.correlation
        pairs = [
            (name, other, matrix[row][column])
            for row, name in enumerate(names)
            for column, other in enumerate(names[:row])
            if matrix[row][column] is not None
        ]
        if len(names) > WIDEST:
            pairs = sorted(pairs, key=lambda pair: -abs(pair[2] or 0.0))[:LARGEST]
            rows = tuple((name, other, rounded(value)) for name, other, value in pairs)
            return Section("Largest correlations", columns_of("a=", "b=", "value=correlation"), rows, "none")
        columns = (Column("name", ""), *(Column(name, name) for name in names[:-1]))
        cells = tuple(
            (name, *(rounded(matrix[row][column]) if column < row else "" for column in range(len(names) - 1)))
            for row, name in enumerate(names)
            if row
        )
        return Section("Correlations", columns, cells, "only one parameter")

    def banded(self) -> Section:
        """The model with its bands, a row per point."""
        return Section("Bands", self.band_columns(), self.band_rows(), "none")

    def band_columns(self) -> tuple[Column, ...]:
        """The inputs, what was observed, and what the model says."""
        first = self.bands[0] if self.bands else None
        target = [Column("target", "target")] if len({row.target for row in self.bands}) > 1 else []
        inputs = [Column(name, name) for name, _ in first.at] if first else []
        observed = [Column("observed", "observed")] if any(row.observed is not None for row in self.bands) else []
        predicted = any(row.prediction_lower is not None for row in self.bands)
        rest = [each for each in self.BANDS if predicted or not each.key.startswith("prediction")]
        return (*target, *inputs, *observed, *rest)

    def band_rows(self) -> tuple[tuple[Any, ...], ...]:
        """The cells of the bands in the order of their columns."""
        keys = [column.key for column in self.band_columns()]
        found = []
        for row in self.bands:
            known = {key: getattr(row, key) for key in BandRow._fields} | dict(row.at)
            found.append(tuple(known[key] for key in keys))
        return tuple(found)

    def as_dict(self) -> dict[str, Any]:
        """The document as JSON has it; without bands they are null and not empty."""
        return Result.as_dict(self) | ({} if self.bands else {"bands": None})


class BandsResult(FitResult):
    """A fit that was asked for its bands: in formats of rows these are the rows."""

    __slots__ = ()

    def columns(self) -> tuple[Column, ...]:
        """The columns of the bands."""
        return self.band_columns()

    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """A row per point."""
        return self.band_rows()

    def shown_rows(self, columns: Any) -> tuple[tuple[Any, ...], ...]:
        """The chosen columns of the bands."""
        keys = [column.key for column in self.band_columns()]
        places = [keys.index(column.key) for column in columns]
        return tuple(tuple(row[place] for place in places) for row in self.band_rows())

    @property
    def PLAIN(self) -> tuple[str, ...]:  # type: ignore[override]  # decided by what was asked for
        """The columns of the plain format: all."""
        return tuple(column.key for column in self.band_columns())


def rounded(value: float | None) -> float | None:
    """A correlation to four decimals: more of them say nothing."""
    return None if value is None else round(value, 4)
