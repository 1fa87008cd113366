"""What `--reduce` returns: what the rows of a data set come to, a row per column of the result.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Column, Result, Section, columns_of

REDUCTIONS = ("sum", "mean", "min", "max", "norm", "hist")


class Bins(NamedTuple):
    """A histogram: where its first bin begins, how wide each is, and how many numbers are in each."""

    start: float | None
    width: float | None
    counts: list[int]


class ReduceRow(NamedTuple):
    """A column of the result over all rows; None is what was not asked for. nan and inf count such numbers."""

    column: str
    rows: int
    nan: int
    inf: int
    sum: float | None = None
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    norm: float | None = None
    histogram: Bins | None = None


class Bin(NamedTuple):
    """A bin as a table shows it."""

    start: float
    end: float
    rows: int
    bar: str


class ReduceFields(NamedTuple):
    file: str
    semantics: str
    data: tuple[str, ...]
    rows_read: int
    bad: int
    reductions: tuple[str, ...]
    reduced: tuple[ReduceRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class ReduceResult(ReduceFields, Result):
    """Columns of a result over all rows of the data."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/reduce/1", "reduced", "Over all rows"
    TEXTS = frozenset(("file", "semantics"))
    COLUMNS = columns_of("column", "rows", "-nan", "-inf", "sum", "mean", "min", "max", "norm", "-histogram")
    BINS = columns_of("start=from", "end=to", "rows", "bar=")

    @property
    def PLAIN(self) -> tuple[str, ...]:  # type: ignore[override]  # decided by what was asked for
        """The columns of the plain format."""
        return tuple(column.key for column in self.columns() if column.shown)

    def columns(self) -> tuple[Column, ...]:
        """The columns, without the reductions that were not asked for."""
        unasked = (
            (set(REDUCTIONS) | {"histogram"}) - set(self.reductions) - ({"histogram"} if self.histograms() else set())
        )
        return tuple(column for column in self.COLUMNS if column.key not in unasked)

    def histograms(self) -> list[ReduceRow]:
        """The rows that have a histogram."""
        return [row for row in self.reduced if row.histogram is not None]

    def sections(self) -> tuple[Section, ...]:
        """What was asked for in one table, then a table per histogram."""
        from diffcli.document import section

        tables = [section(self.title(), self.columns(), self.main(), self.file, "none")]
        for row in self.histograms():
            title = f"Histogram of {row.column}"
            tables.append(section(title, self.BINS, tuple(bins_of(row.histogram)), self.file, "no finite numbers"))
        return tuple(tables)


def bins_of(histogram: Any) -> list[Bin]:
    """The bins of a histogram with their edges and a bar each."""
    most = max(histogram.counts, default=0)
    first = histogram.start / histogram.width if histogram.width else histogram.start
    return [
        Bin(
            (first + place) * histogram.width if histogram.width else first,
            (first + place + 1) * histogram.width if histogram.width else first,
            count,
            "█" * -(-count * 24 // most),
        )
        for place, count in enumerate(histogram.counts)
    ]
