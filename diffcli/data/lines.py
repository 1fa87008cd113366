"""Text cut into rows: where each starts, on which line, and which rows are no text at all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .records import DataError, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .streams import Input

LONGEST = 1 << 26
_QUOTED = re.compile(rb'"(?:[^"]|"")*"')
_STRAY = "text after the closing quote of a cell"
RETURN = "a carriage return inside a row (lines end in LF or CRLF)"


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows of text. Row i stands in `data` from starts[i] + 1 up to starts[i + 1]; a line feed goes before each.

    `line`: number of the first line; `numbers`: line of each row, where rows and lines do not go together ·
    `wrong`: rows that are no rows: where in the row, and what · `quoted`: has quotes · `odd`: quotes where none belong.
    """

    data: bytes
    starts: NDArray[np.int64]
    line: int
    numbers: NDArray[np.int64] | None = None
    wrong: dict[int, tuple[int, str]] = field(default_factory=dict)
    quoted: bool = False
    odd: bool = False

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, index: int) -> bytes:
        """The bytes of a row."""
        return self.data[int(self.starts[index]) + 1 : int(self.starts[index + 1])]

    def line_of(self, index: int) -> int:
        """The line that a row starts on."""
        return self.line + index if self.numbers is None else int(self.numbers[index])

    def part(self, start: int, stop: int) -> Lines:
        """Some rows that follow each other."""
        first, last = int(self.starts[start]), int(self.starts[stop])
        wrong = {row - start: what for row, what in self.wrong.items() if start <= row < stop}
        return replace(
            self,
            data=self.data[first:last],
            starts=self.starts[start : stop + 1] - first,
            line=self.line + start,
            numbers=None if self.numbers is None else self.numbers[start:stop],
            wrong=wrong,
        )

    def chosen(self, rows: NDArray[np.int64]) -> Lines:
        """Some rows, wherever they stand."""
        pieces = [self.data[int(self.starts[row]) : int(self.starts[row + 1])] for row in rows]
        numbers = self.line + rows if self.numbers is None else self.numbers[rows]
        wrong = {new: self.wrong[row] for new, row in enumerate(rows.tolist()) if row in self.wrong}
        starts = np.concatenate([[0], np.cumsum(np.diff(self.starts)[rows])]).astype(np.int64)
        return replace(self, data=b"".join(pieces), starts=starts, numbers=numbers, wrong=wrong)


def records(
    source: Input, settings: Settings, delimiter: str | None, held: bytes = b"", line: int = 1
) -> Iterator[Lines]:
    """The rows of a text in blocks; without a delimiter quotes mean nothing.

    What is good is handed over before a broken end of the input raises.
    """
    ended = False
    while not ended:
        chunk = source.read(settings.bytes)
        ended = len(chunk) < settings.bytes
        data = held + chunk
        lines, used, count = cut(data, ended and source.failure is None, line, delimiter)
        held = data[used:]
        for start in range(0, len(lines), settings.rows):
            yield lines.part(start, min(start + settings.rows, len(lines)))
        line += count
        if len(held) > LONGEST:
            raise _endless(source.name, held, line)
    if source.failure is not None:
        error = source.failure
        raise DataError(f"{error.message}; it is good up to line {line - 1}", error.file, line)
    if held:
        raise _endless(source.name, held, line)


def beginnings(
    source: Input, settings: Settings, delimiter: str | None, held: bytes = b"", line: int = 1
) -> Iterator[tuple[int, int, int]]:
    """Where one can begin to read a text: the rows, bytes and lines before, a block after the other; at last before the end.

    Such a place lies between two rows. DataError where the input breaks off.
    """
    rows, offset, ended = 0, source.given - len(held), False
    while not ended:
        yield rows, offset, line
        chunk = source.read(settings.bytes)
        ended = len(chunk) < settings.bytes
        data = held + chunk
        found, used, count = _counted(data, ended and source.failure is None, line, delimiter)
        rows, offset, line, held = rows + found, offset + used, line + count, data[used:]
        if len(held) > LONGEST:
            raise _endless(source.name, held, line)
    if source.failure is not None:
        raise source.failure
    if held:
        raise _endless(source.name, held, line)
    yield rows, offset, line


def _counted(data: bytes, final: bool, line: int, delimiter: str | None) -> tuple[int, int, int]:
    """How many complete rows there are in a text, how many bytes they take and how many lines."""
    view = np.frombuffer(data, np.uint8)
    feeds = view == 10
    blank = data.startswith((b"\n", b"\r")) or bool((feeds[1:] & feeds[:-1]).any())
    if b"\r" in data:
        blank = blank or bool(((view[1:] == 13) & feeds[:-1]).any())
    if blank or final or (delimiter is not None and b'"' in data):
        lines, used, count = cut(data, final, line, delimiter)
        return len(lines), min(used, len(data)), count
    count = int(np.count_nonzero(feeds))
    return count, data.rfind(b"\n") + 1, count


def _endless(name: str, held: bytes, line: int) -> DataError:
    """A row that does not end: it starts with a quote that nothing closes, or is longer than memory should bear."""
    quote = held.rfind(b'"') if held.count(b'"') == 1 else held.find(b'"')
    if quote < 0:
        return DataError(f"a row longer than {LONGEST >> 20} MiB", name, line)
    before = held[:quote]
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    return DataError("a quoted cell that is not closed", name, line + before.count(b"\n"), column)


def cut(data: bytes, final: bool, line: int, delimiter: str | None) -> tuple[Lines, int, int]:
    """The complete rows of a text, how many bytes they take and how many lines."""
    if final and data and not data.endswith(b"\n"):
        data += b"\n"
    view = np.frombuffer(data, np.uint8)
    feeds = np.flatnonzero(view == 10)
    quoted = delimiter is not None and b'"' in data
    ends, odd, wrong = _ends(data, view, feeds, delimiter or ",", final) if quoted else (feeds, False, {})
    if not len(ends):
        return Lines(b"", np.zeros(1, np.int64), line), 0, 0
    used = int(ends[-1]) + 1
    begins = np.concatenate([[0], ends[:-1] + 1])
    count = int(np.searchsorted(feeds, used))
    numbers = None if count == len(ends) else line + np.searchsorted(feeds, begins)
    lines = Lines(b"\n" + data[: used - 1], np.append(begins, used), line, numbers, wrong, quoted, odd)
    return _checked(_stripped(lines, view, begins, ends)), used, count


def _stripped(lines: Lines, view: NDArray[np.uint8], begins: NDArray[Any], ends: NDArray[Any]) -> Lines:
    """Without the carriage returns that end lines, and without blank lines."""
    returns = (view[ends - 1] == 13) & (ends > begins)
    blank = ends - returns == begins
    if not returns.any() and not blank.any():
        return lines
    keep = np.ones(int(ends[-1]) + 1, bool)
    keep[ends[returns] - 1] = False
    keep[ends[blank]] = False
    body = view[: len(keep)][keep].tobytes()
    sizes = (ends - begins - returns + 1)[~blank]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    numbers = lines.numbers
    if blank.any():
        numbers = (lines.line + np.arange(len(ends)) if numbers is None else numbers)[~blank]
    place = np.cumsum(~blank) - 1
    wrong = {int(place[row]): what for row, what in lines.wrong.items()}
    data = b"\n" + body[:-1] if body else b""
    return replace(lines, data=data, starts=starts, numbers=numbers, wrong=wrong)


def _checked(lines: Lines) -> Lines:
    """With the rows marked that hold bytes which are no text."""
    data, wrong = lines.data, dict(lines.wrong)

    def mark(offset: int, message: str) -> int:
        row = int(np.searchsorted(lines.starts, offset, "right")) - 1
        wrong.setdefault(row, (offset - int(lines.starts[row]) - 1, message))
        return int(lines.starts[row + 1])

    if b"\r" in data:
        view = np.frombuffer(data, np.uint8)
        returns = np.flatnonzero(view == 13)
        if lines.odd:
            # Which quotes open and close is known to who splits the rows; here only what stands in no cell.
            rows = np.searchsorted(lines.starts, returns, "right") - 1
            outside = [
                b'"' not in lines.row(row) or at + 1 == lines.starts[row + 1]
                for row, at in zip(rows, returns, strict=True)
            ]
            returns = returns[np.array(outside, bool)]
        elif lines.quoted:
            returns = returns[np.searchsorted(np.flatnonzero(view == 34), returns) % 2 == 0]
        for offset in returns.tolist():
            mark(offset, RETURN)
    if b"\0" in data:
        for offset in np.flatnonzero(np.frombuffer(data, np.uint8) == 0).tolist():
            mark(offset, "a NUL byte, which does not belong into text")
    offset = 0
    while not data.isascii() and offset < len(data):
        try:
            codecs.utf_8_decode(memoryview(data)[offset:], "strict", True)
            break
        except UnicodeDecodeError as error:
            at = offset + error.start
            offset = mark(at, f"the byte 0x{data[at]:02x} is not UTF-8")
    return replace(lines, wrong=wrong) if wrong else lines


def _ends(
    data: bytes, view: NDArray[np.uint8], feeds: NDArray[np.int64], delimiter: str, final: bool
) -> tuple[NDArray[np.int64], bool, dict[int, tuple[int, str]]]:
    """The line feeds that end rows, where quotes may hold others; whether quotes stand in odd places; bad rows."""
    quotes = np.flatnonzero(view == 34)
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening == 0, 10, view[opening - 1])
    after = view[np.minimum(closing + 1, len(view) - 1)]
    sign = ord(delimiter)
    last = closing + 1 >= len(view)
    regular = np.isin(before, (sign, 10, 34)).all() and (np.isin(after, (sign, 10, 13, 34)) | last).all()
    if regular and not (final and len(quotes) % 2):
        return feeds[np.searchsorted(quotes, feeds) % 2 == 0], False, {}
    return _walked(data, delimiter.encode())


def row_ends(data: bytes, delimiter: str) -> NDArray[np.int64]:
    """The line feeds of a text that end rows."""
    view = np.frombuffer(data, np.uint8)
    return _ends(data, view, np.flatnonzero(view == 10), delimiter, True)[0]


def _walked(data: bytes, delimiter: bytes) -> tuple[NDArray[np.int64], bool, dict[int, tuple[int, str]]]:
    """The same cell by cell: a quote opens only at the start of a cell, elsewhere it is a letter."""
    ends: list[int] = []
    wrong: dict[int, tuple[int, str]] = {}
    start = cell = 0
    while (feed := data.find(b"\n", cell)) >= 0:
        if data.startswith(b'"', cell):
            match = _QUOTED.match(data, cell)
            if match is None:
                break
            after = match.end()
            if data.startswith(delimiter, after):
                cell = after + 1
                continue
            feed = data.find(b"\n", after)
            if feed < 0:
                break
            if data[after:feed] not in (b"", b"\r"):
                wrong[len(ends)] = (after - start, _STRAY)
        else:
            comma = data.find(delimiter, cell, feed)
            if comma >= 0:
                cell = comma + 1
                continue
        ends.append(feed)
        start = cell = feed + 1
    return np.array(ends, np.int64), True, wrong
