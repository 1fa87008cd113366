"""What data files are made of and what can be wrong with them, as records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

from diffcli.source import Source, Span


class Field(NamedTuple):
    """A column: its name, its kind and, where the format has types of its own, that type.

    Kinds: `float`, `int`, `bool`, `text`, `list(n)` (n numbers a row), `list` (numbers, how many is not known), `other`.
    """

    name: str
    kind: str
    native: Any = None

    @property
    def width(self) -> int | None:
        """How many numbers a row of a `list(n)` column has; None for other kinds."""
        return int(self.kind[5:-1]) if self.kind.startswith("list(") else None


class Settings(NamedTuple):
    """How files are read and written, beyond their names.

    `stream`: what `-` reads or writes · `kept`: the columns that must be there for passing through (None: all) ·
    `types`: kinds of columns, where a format has none of its own · `rows`, `bytes`: the largest block ·
    `level`: of gzip, and of zstd where it is Python's own · `beside`: the folder that an output is in until it is complete,
    on the same disk (None: its own).
    """

    stream: BinaryIO | None = None
    kept: Sequence[str] | None = None
    types: Mapping[str, str] = {}
    rows: int = 1 << 16
    bytes: int = 1 << 22
    level: int | None = None
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class Excerpt(Source):
    """Some lines out of a file too large to hold; `first` is the number of the first of them."""

    first: int = 1

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column in the file, both from 1, of an offset in the excerpt."""
        line, column = Source.line_column(self, offset)
        return line + self.first - 1, column

    def line(self, number: int) -> str:
        """The text of a line of the file."""
        return Source.line(self, number - self.first + 1)


class Place(NamedTuple):
    """Where a row or a cell of it is: `line` and `column` from 1 in text files, `row` from 1 in every file."""

    file: str
    row: int
    line: int | None = None
    column: int | None = None
    text: str = ""
    start: int = 0
    end: int = 0

    def span(self) -> Span | None:
        """The cell in its line, for the renderer of diagnostics; None in files that are not text."""
        if self.line is None:
            return None
        return Excerpt(self.file, self.text, first=self.line).span(self.start, self.end)

    def __str__(self) -> str:
        if self.line is None:
            return f"{self.file}: row {self.row}"
        return f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")


@dataclass(slots=True)
class Fault:
    """A cell that is no number, or with `name` None a row that is no row.

    `row` counts within the block. The place is looked up when asked for; after that the block is let go.
    """

    row: int
    name: str | None
    text: str
    message: str
    find: Callable[[int, str | None], Place] | None = field(repr=False, compare=False, default=None)
    found: Place | None = None

    @property
    def place(self) -> Place:
        """File, line and column of the cell."""
        if self.found is None:
            assert self.find is not None
            self.found, self.find = self.find(self.row, self.name), None
        return self.found

    @property
    def file(self) -> str:
        """The file that the cell is in."""
        return self.place.file

    @property
    def line(self) -> int | None:
        """The line of the cell, from 1; None in files that are not text."""
        return self.place.line

    @property
    def column(self) -> int | None:
        """The character of the line at which the cell starts, from 1."""
        return self.place.column

    def error(self) -> DataError:
        """The fault as an exception."""
        where = f"column {self.name}: " if self.name is not None else ""
        return DataError(where + self.message, self.file, place=self.place, name=self.name)


class Mark(NamedTuple):
    """A place in a table at which one can begin to read: in which part, at which byte and line of it, and the rows before.

    first: the number of the part's first row over all parts · rows: of the part, those before the place
    """

    part: int
    first: int
    rows: int = 0
    offset: int = 0
    line: int = 1


class DataError(Exception):
    """A data file cannot be used (further): which, where and why."""

    def __init__(
        self,
        message: str,
        file: str,
        line: int | None = None,
        column: int | None = None,
        *,
        name: str | None = None,
        place: Place | None = None,
        help: str | None = None,
    ) -> None:
        self.message, self.file, self.name, self.help, self.place = message, file, name, help, place
        self.line = place.line if place else line
        self.column = place.column if place else column
        where = str(place) if place else ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(f"{where}: {message}")


class WriteError(Exception):
    """The output cannot be written: a full disk, a folder that is not there, a type that the format has no room for."""

    def __init__(self, path: str, why: str, errno: int | None = None, help: str | None = None) -> None:
        super().__init__(f"cannot write {path}: {why}")
        self.path, self.why, self.errno, self.help = path, why, errno, help


class FormatError(Exception):
    """A format that is not known, or cannot be used as asked; a usage error."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message, self.help = message, help


class MissingExtra(FormatError):
    """A library that the format needs is not installed."""

    def __init__(self, what: str, package: str = "pyarrow", extra: str = "table") -> None:
        install = f'install it: pip install "diffcli[{extra}]"'
        super().__init__(f"{what} needs {package}, which is not installed", install)
        self.add_note(install)


def visible(text: str, limit: int = 60) -> str:
    """A cell's text as it can be shown in a message."""
    shown = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text[: limit + 1])
    return shown if len(text) <= limit else shown[:limit] + "…"
