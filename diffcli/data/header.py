"""The first line of a delimited table, and where the cells of a line stand."""

from __future__ import annotations

import csv
from itertools import pairwise

from .lines import cut, row_ends
from .records import DataError, visible
from .streams import Input

csv.field_size_limit(1 << 30)


def header(source: Input, delimiter: str) -> tuple[list[str], bytes, int]:
    """The names in the first line that is not blank, the bytes after it, and the number of the next line."""
    data, wish, line = b"", 1 << 16, 1
    while True:
        more = source.read(wish)
        ended = len(more) < wish
        data = (data + more).removeprefix(b"\xef\xbb\xbf") if not data else data + more
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise DataError("the file is UTF-16, not UTF-8", source.name, 1, 1, help="save it as UTF-8")
        end = _first_end(data, delimiter, ended)
        while end and not data[:end].strip(b"\r\n"):
            data, line = data[end:], line + 1
            end = _first_end(data, delimiter, ended)
        if end:
            break
        if ended:
            if source.failure is not None:
                raise source.failure
            if data.strip(b"\r\n"):
                raise DataError("a quoted cell that is not closed", source.name, line, data.find(b'"') + 1)
            raise DataError("the file is empty: a line with the names of the columns is wanted", source.name)
        wish = min(wish * 4, 1 << 24)
    return _names(data[:end], source.name, line, delimiter), data[end:], line + max(data[:end].count(b"\n"), 1)


def _first_end(data: bytes, delimiter: str, final: bool) -> int:
    """Where the first row ends; 0 when it goes on."""
    feed = data.find(b"\n")
    if b'"' in (data if feed < 0 else data[:feed]):
        ends = row_ends(data + b"\n" if final else data, delimiter)
        return min(int(ends[0]) + 1, len(data)) if len(ends) else 0
    if feed < 0:
        return len(data) if final else 0
    return feed + 1


def _names(row: bytes, file: str, line: int, delimiter: str) -> list[str]:
    """The names in a header; DataError for those that are missing or there twice."""
    lines, _, _ = cut(row, True, line, delimiter)
    if lines.wrong:
        offset, message = lines.wrong[0]
        column = len(lines.row(0)[:offset].decode("utf-8", "replace")) + 1
        raise DataError(f"{message} in the names of the columns", file, line, column)
    text = lines.row(0).decode("utf-8")
    names = next(csv.reader([text], delimiter=delimiter))
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen or not name.strip():
            column = spans(text, delimiter)[index][0] + 1
            if name.strip():
                raise DataError(f"two columns are named {visible(name)}", file, line, column, name=name)
            raise DataError(f"column {index + 1} has no name", file, line, column)
        seen.add(name)
    return names


def spans(text: str, delimiter: str) -> list[tuple[int, int]]:
    """Where the cells of a row stand."""
    if '"' not in text:
        ends = [at for at, letter in enumerate(text) if letter == delimiter] + [len(text)]
        return [(start + 1, end) for start, end in pairwise([-1, *ends])]
    found: list[tuple[int, int]] = []
    start = 0
    while True:
        end = start
        if text.startswith('"', start):
            end = start + 1
            while (end := text.find('"', end)) >= 0 and text.startswith('""', end):
                end += 2
            end = len(text) if end < 0 else end
        end = text.find(delimiter, end)
        found.append((start, len(text) if end < 0 else end))
        if end < 0:
            return found
        start = end + 1
