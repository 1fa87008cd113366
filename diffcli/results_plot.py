"""What `plot` returns: the points along an input, and a curve for each value and derivative.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Column, Result


class Curve(NamedTuple):
    """A value or a derivative at every point; what is not finite is a gap."""

    name: str
    of: str
    wrt: str | None
    order: int
    values: list[float]


class PlotFields(NamedTuple):
    file: str
    semantics: str
    over: str
    points: list[float]
    curves: tuple[Curve, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class PlotResult(PlotFields, Result):
    """Values and derivatives along one input."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/plot/1", "curves", "Curves"

    def columns(self) -> tuple[Column, ...]:
        """The input, then a column per curve."""
        return tuple(Column(name, name) for name in (self.over or "", *(curve.name for curve in self.curves)))

    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """A row per point."""
        return tuple(zip(self.points, *(curve.values for curve in self.curves), strict=True))
