"""Text that a user wrote, with places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

_LINE_END = re.compile(r"\r\n|\n|\r")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: one is a drive


def remote(path: str) -> bool:
    """Whether a path has a scheme, as s3://bucket/key, and so is for fsspec to open."""
    return _SCHEME.match(path) is not None


@dataclass(frozen=True, slots=True)
class Position:
    """A stretch of text as editors count it: lines and columns from 1, the end column exclusive.

    `file` is given where the text is not that of the file that a command was asked about, but of one that it uses.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    file: str | None = None

    def as_dict(self) -> dict[str, int | str]:
        """The position as it stands in JSON documents; `end_line` only where it differs from `line`."""
        result: dict[str, int | str] = {} if self.file is None else {"file": self.file}
        result |= {"line": self.line, "column": self.column}
        if self.end_line != self.line:
            result["end_line"] = self.end_line
        result["end_column"] = self.end_column
        return result


@dataclass(frozen=True, slots=True)
class Source:
    """A named text; lines end at LF, CRLF or a lone CR."""

    name: str
    text: str
    _starts: list[int] = field(default_factory=list, compare=False, repr=False)

    def starts(self) -> list[int]:
        """The offset at which each line starts."""
        if not self._starts:
            self._starts.append(0)
            self._starts.extend(match.end() for match in _LINE_END.finditer(self.text))
        return self._starts

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset."""
        starts = self.starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def position(self, start: int, end: int | None = None) -> Position:
        """The position of the text from `start` up to `end`, of a single place without `end`."""
        line, column = self.line_column(start)
        end_line, end_column = self.line_column(start if end is None else end)
        return Position(line, column, end_line, end_column)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line end."""
        starts = self.starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """The stretch of this text from `start` up to `end`."""
        return Span(self, start, end)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source: offsets of characters, the end exclusive."""

    source: Source
    start: int
    end: int

    def position(self) -> Position:
        """The stretch in lines and columns."""
        return self.source.position(self.start, self.end)

    @property
    def text(self) -> str:
        """The characters of the stretch."""
        return self.source.text[self.start : self.end]


def decode(name: str, content: bytes) -> Source:
    """The text of a file's bytes: UTF-8, with or without a byte order mark; DiagnosticError for anything else."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _undecodable(name, content, error) from None
    if "\0" in text:
        raise _binary(name, text, content)
    return Source(name, text)


def _undecodable(name: str, content: bytes, error: UnicodeDecodeError) -> Exception:
    from .diagnostic import Diagnostic, DiagnosticError

    # Each byte becomes one character, so that columns up to the bad byte are right and the line can be shown.
    readable = content[: error.start].decode("utf-8") + content[error.start :].decode("latin-1")
    source = Source(
        name,
        "".join(character if character.isprintable() or character in "\r\n\t" else "\ufffd" for character in readable),
    )
    start = len(content[: error.start].decode("utf-8"))
    span = Span(source, start, start + 1)
    if content.startswith(_UTF16_MARKS):
        return DiagnosticError(
            Diagnostic("E0102", "the file is UTF-16, not UTF-8", Span(source, 0, 2), help="save the file as UTF-8")
        )
    if _looks_binary(content):
        return DiagnosticError(
            Diagnostic("E0103", "the file is not text", span, help="give an expression file, written as UTF-8 text")
        )
    byte = content[error.start]
    return DiagnosticError(
        Diagnostic(
            "E0101",
            f"the byte 0x{byte:02x} is not UTF-8",
            span,
            help="save the file as UTF-8",
            notes=(f"in Latin-1 this byte is `{bytes([byte]).decode('latin-1')}`",) if byte >= 0xA0 else (),
        )
    )


def _binary(name: str, text: str, content: bytes) -> Exception:
    from .diagnostic import Diagnostic, DiagnosticError

    place = text.index("\0")
    span = Span(Source(name, text.replace("\0", "\ufffd")), place, place + 1)
    if content[1::2].count(0) * 3 >= len(content) or content[::2].count(0) * 3 >= len(content):
        return DiagnosticError(
            Diagnostic("E0102", "the file is UTF-16, not UTF-8", span, help="save the file as UTF-8")
        )
    if _looks_binary(content):
        return DiagnosticError(
            Diagnostic("E0103", "the file is not text", span, help="give an expression file, written as UTF-8 text")
        )
    return DiagnosticError(
        Diagnostic("E0104", "a NUL character does not belong into text", span, help="delete the character")
    )


def _looks_binary(content: bytes) -> bool:
    """Whether control characters are so many that no encoding makes this a text."""
    head = content[:4096]
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return controls > 3 and controls * 20 > len(head)
