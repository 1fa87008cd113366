"""What `check` returns: each gradient found in several ways, and the user's own derivatives beside them.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Result, Section, columns_of, record, section
from diffcli.rows import Reason, Shape


class Agreement(NamedTuple):
    """To how many digits each way agrees with reverse mode; None where it has no number."""

    forward: float | None
    numeric: float | None
    symbolic: float | None


class CheckRow(NamedTuple):
    """One gradient, found in four ways."""

    wrt: str
    of: tuple[str, ...]
    shape: Shape
    elements: tuple[int, int]
    at: Any
    reverse: Any
    forward: Any
    numeric: Any
    error: Any
    symbolic: Any
    agreement: Agreement
    digits: float | None
    worst: str | None
    status: str
    missing: str | None = None
    reason: Reason | None = None
    notes: tuple[str, ...] = ()

    @property
    def agree(self) -> str:
        """The agreement in words."""
        return "" if self.digits is None else f"agree to {self.digits} digits"

    @property
    def precise(self) -> Any:
        """The value of the formula in 50 digits, or why there is none."""
        return self.missing if self.symbolic is None else self.symbolic


class AgainstRow(NamedTuple):
    """A derivative that the user states, against ours at several points; the worst of them."""

    text: str
    wrt: str
    of: tuple[str, ...]
    points: int
    skipped: int
    status: str
    digits: float | None
    element: str | None = None
    point: tuple[tuple[str, Any], ...] = ()
    expected: Any = None
    got: Any = None
    reason: Reason | None = None
    notes: tuple[str, ...] = ()

    @property
    def agree(self) -> str:
        """The agreement in words."""
        return "" if self.digits is None else f"agree to {self.digits} digits"

    @property
    def where(self) -> str:
        """The point as it can be typed in: x = 1.5, y = 2.0."""
        return ", ".join(f"{name} = {value}" for name, value in self.point)

    def as_dict(self) -> dict[str, Any]:
        """The row as a JSON object, the point by name."""
        return record(self) | {"point": dict(self.point)}


class CheckFields(NamedTuple):
    file: str
    semantics: str
    seed: int
    checks: tuple[CheckRow, ...]
    against: tuple[AgainstRow, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class CheckResult(CheckFields, Result):
    """Every gradient in four ways."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/check/1", "checks", "Gradients in four ways"
    TEXTS = frozenset(("file", "semantics", "seed"))
    COLUMNS = columns_of(
        "wrt=source",
        "-of=target",
        "-shape",
        "-at=value",
        "reverse",
        "forward",
        "numeric",
        "-error=error of numeric",
        "precise=formula in 50 digits",
        "agree=agreement",
        "worst=worst element",
        "status",
        "note",
    )
    PLAIN = ("wrt", "status", "agree", "worst", "note")

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return "wrong" not in [row.status for row in self.checks] + [row.status for row in self.against]


class AgainstResult(CheckFields, Result):
    """The user's derivatives, and ours in four ways."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/check/1", "against", "Your derivatives"
    TEXTS = CheckResult.TEXTS
    COLUMNS = columns_of(
        "text=yours",
        "-wrt=source",
        "-of=target",
        "points",
        "-skipped",
        "agree=worst agreement",
        "status",
        "where=at",
        "element",
        "expected",
        "got",
        "note",
    )
    PLAIN = ("text", "status", "agree", "where", "expected", "got", "note")
    passed = CheckResult.passed

    def sections(self) -> tuple[Section, ...]:
        """The user's derivatives first, then ours."""
        ours = section(CheckResult.TITLE, CheckResult.COLUMNS, self.checks, self.file, "none")
        return (*Result.sections(self), ours)
