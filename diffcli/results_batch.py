"""What `batch` says at its end: how many files came out how, and which took longest.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from typing import NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Result, Section, columns_of, section


class TallyRow(NamedTuple):
    """How many files of a batch came out how; one with a none and a nan counts in both."""

    files: int = 0
    ok: int = 0
    none: int = 0
    nan: int = 0
    inf: int = 0
    failed: int = 0
    refused: int = 0
    stopped: int = 0
    died: int = 0
    kept: int = 0


class SlowRow(NamedTuple):
    """A file and how long it took."""

    file: str
    seconds: float


class TallyFields(NamedTuple):
    tally: tuple[TallyRow, ...]
    slowest: tuple[SlowRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class TallyResult(TallyFields, Result):
    """The summary of a batch."""

    __slots__ = ()
    MAIN, TITLE, file = "tally", "Summary", ""
    COLUMNS = columns_of(
        "files", "ok", "none", "nan", "inf", "failed", "refused", "stopped=timed out", "died", "kept=done before"
    )
    SLOWEST = columns_of("file", "seconds")

    def sections(self) -> tuple[Section, ...]:
        """The numbers, then the slowest files."""
        slowest = section("Slowest", self.SLOWEST, self.slowest, "", "none")
        return (*Result.sections(self), *((slowest,) if self.slowest else ()))
