"""What `fmt` returns: the lines of a file that its layout changes."""

from typing import NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Result, columns_of


class ChangeRow(NamedTuple):
    """Neighbouring lines that the layout replaces: the first of them, what is there, what belongs there."""

    line: int
    before: tuple[str, ...]
    after: tuple[str, ...]


class FmtFields(NamedTuple):
    file: str
    changed: bool
    written: bool
    changes: tuple[ChangeRow, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class FmtResult(FmtFields, Result):
    """Whether a file was, or would be, changed, and where."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/fmt/1", "changes", "Changes"
    COLUMNS = columns_of("line", "before", "after")
    PLAIN = ("line", "before", "after")

    def rows(self) -> tuple[tuple[object, ...], ...]:
        """A row per change, its lines below each other."""
        return tuple((row.line, "\n".join(row.before), "\n".join(row.after)) for row in self.changes)
