"""What `why` returns: for each target and source the verdict, the paths between them, what spoils or ends them, and what to type."""

from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Result, columns_of, place
from diffcli.source import Position


class Spot(NamedTuple):
    """A place in a file with its line."""

    file: str
    at: Position
    line: str


class PathStep(NamedTuple):
    """One node of a path: its name if it has one, its operation, what the user wrote, its value if it is a number."""

    name: str | None
    op: str
    text: str
    spot: Spot | None
    value: Any = None


class Cut(NamedTuple):
    """Where a path ends or becomes exactly 0, and by what."""

    code: str
    op: str
    message: str
    spot: Spot | None


class PathRow(NamedTuple):
    """A path from the target to the source; `cut` is None where the gradient flows all the way."""

    steps: tuple[PathStep, ...]
    cut: Cut | None


class Operand(NamedTuple):
    """A number that met another one: what it is, and its value."""

    text: str
    value: float


class Cause(NamedTuple):
    """What made a gradient none, zero, NaN or infinite: a code, the operation, where, and with which numbers."""

    code: str
    op: str
    message: str
    spot: Spot | None
    operands: tuple[Operand, ...] = ()


class Edit(NamedTuple):
    """A stretch of a file and what to put in its place."""

    at: Position
    old: str
    new: str


class Fix(NamedTuple):
    """What to type: edits of the file or an option, and the gradient that was computed with it."""

    message: str
    edits: tuple[Edit, ...]
    option: str | None
    equal: bool
    status: str
    value: Any


class WhyRow(NamedTuple):
    """All about one target and one source."""

    of: str
    wrt: str
    verdict: str
    status: str
    value: Any
    message: str
    causes: tuple[Cause, ...]
    paths: tuple[PathRow, ...]
    path_count: int
    fixes: tuple[Fix, ...]
    notes: tuple[str, ...] = ()

    @property
    def at(self) -> str:
        """Where the cause stands."""
        spot = next((cause.spot for cause in self.causes if cause.spot is not None), None)
        return "" if spot is None else place(spot.file, spot.at)

    @property
    def fix(self) -> str:
        """What to type, in one line."""
        return typed(self.fixes[0]) if self.fixes else ""


def typed(fix: Fix) -> str:
    """What a fix has the user type, in one line."""
    if fix.option is not None:
        return fix.option
    return "; ".join(one_edit(each) for each in fix.edits)


def one_edit(edit: Edit) -> str:
    """An edit in words."""
    old, new = (" ".join(text.split()) for text in (edit.old, edit.new))
    where = f"{edit.at.line}:{edit.at.column}"
    if not old:
        return f"{where}: insert `{new}`"
    return f"{where}: `{old}` -> `{new}`" if new else f"{where}: delete `{old}`"


class WhyFields(NamedTuple):
    file: str
    semantics: str
    pairs: tuple[WhyRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class WhyResult(WhyFields, Result):
    """Why each gradient is what it is."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE, REPORT = "diffcli/why/1", "pairs", "Gradients explained", "why_report"
    COLUMNS = columns_of(
        "of=target", "wrt=source", "verdict", "status", "value=gradient", "at=position", "message", "fix=what to type"
    )
    PLAIN = ("of", "wrt", "status", "at", "message", "fix")
