"""Reading: one table from a file, a stream or several parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from diffcli.diagnostic import closest

from .block import Block
from .formats import format_of
from .numeric import arrow
from .records import DataError, Field, FormatError, Mark, MissingExtra, Settings
from .storage import absolute
from .streams import shown


class Reader:
    """A table that is read in blocks, in bounded memory. Parts are one table: their columns must be the same."""

    def __init__(self, parts: Sequence[Any], wanted: Sequence[str] | None) -> None:
        self.parts, self.wanted, self._streamed = parts, wanted, False
        self.fields: tuple[Field, ...] = parts[0].fields
        for part in parts[1:]:
            _compare(parts[0], part)
            self.fields = tuple(map(_common, self.fields, part.fields))
        known = {field.name: field for field in self.fields}
        for name in wanted or ():
            field = known.get(name)
            if field is None:
                near = closest(name, known)
                hint = near and f"did you mean {near}?"
                raise DataError(f"has no column {name}", parts[0].path, name=name, help=hint)
            if field.kind == "other":
                raise DataError(f"column {name} holds {field.native}, not numbers", parts[0].path, name=name)

    def blocks(self, start: int = 0, stop: int | None = None, mark: Mark | None = None) -> Iterator[Block]:
        """The rows from `start` up to `stop`, a block of neighbours at a time; a mark before them saves the way there."""
        first = 0 if mark is None else mark.first
        for part in self.parts[0 if mark is None else mark.part :]:
            count = part.count() if hasattr(part, "count") else None
            if stop is not None and first >= stop:
                break
            if count is not None and first + count <= start:
                first += count
                continue
            self._start(part)
            end = first
            try:
                begun = [mark] if mark is not None and mark.offset and part is self.parts[mark.part] else []
                for block in part.blocks(first, max(start - first, 0), *begun):
                    end = block.first + block.count
                    if stop is not None and end > stop:
                        block = block.take(np.arange(block.count) < stop - block.first)
                    if block.count:
                        yield block
                    if stop is not None and end >= stop:
                        return
            finally:
                part.close()
            # Nothing came where the part is empty, or all of it lies before the start.
            first = max(end, first + part.passed) if count is None else first + count

    def marks(self) -> Iterator[Mark]:
        """Places at which one can begin to read, in their order, found by reading on as they are asked for.

        The last one, behind all parts, is the end; it does not come where only the computing of all rows would find it.
        DataError where a file breaks off.
        """
        first = 0
        for number, part in enumerate(self.parts):
            yield Mark(number, first)
            if hasattr(part, "count"):
                first += part.count()
                continue
            if part.path == "-" or not hasattr(part, "beginnings"):
                return
            rows = 0
            try:
                found = part.beginnings()
                if not part.steady and part is self.parts[-1]:
                    return
                for rows, offset, line in found:
                    if part.steady:
                        yield Mark(number, first, rows, offset, line)
            finally:
                part.close()
            first += rows
        yield Mark(len(self.parts), first)

    def _start(self, part: Any) -> None:
        if part.path == "-":
            if self._streamed:
                raise DataError("a stream can be read only once", shown("-"))
            self._streamed = True

    def share(self, rows: int) -> float | None:
        """How much of the table was read, about, from 0 to 1, once so many rows were; None where nothing tells."""
        if all(hasattr(part, "count") for part in self.parts):
            return float(rows / max(sum(part.count() for part in self.parts), 1))
        if any(part.stamp is None or not part.stamp[0] for part in self.parts):
            return None
        return float(sum(part.taken for part in self.parts) / max(sum(part.stamp[0] for part in self.parts), 1))

    def fingerprint(self) -> tuple[tuple[str, int, int | str], ...]:
        """Path, size and time of change (ns; in object storage its mark) of each part as it was opened; none for streams."""
        return tuple((absolute(part.path), *part.stamp) for part in self.parts if part.stamp is not None)

    def close(self) -> None:
        """Let the files go."""
        for part in self.parts:
            part.close()


def open_reader(
    paths: str | Sequence[str],
    format: str | None = None,
    wanted: Sequence[str] | None = None,
    settings: Settings | None = None,
) -> Reader:
    """Open a table: one path, `-` for the stream in the settings, or several parts in their order.

    `wanted` are the columns that numbers are asked of: they are read ahead. DataError says what is wrong with a
    file, FormatError what is wrong with the request.
    """
    settings = settings or Settings()
    names = [paths] if isinstance(paths, str) else list(paths)
    if not names:
        raise FormatError("no data file was given")
    parts: list[Any] = []
    try:
        for path in names:
            kind = format_of(path, format)
            if kind.extra and arrow() is None:
                raise MissingExtra(kind.name)
            if parts and kind is not parts[0][0]:
                raise DataError(f"is {kind.name}, but {names[0]} is {parts[0][0].name}", path)
            parts.append((kind, kind.load().Part(path, wanted, settings)))
        return Reader([part for _, part in parts], wanted)
    except BaseException:
        for _, part in parts:
            part.close()
        raise


def _compare(one: Any, other: Any) -> None:
    """DataError for the first column in which two parts differ."""
    places = {field.name: index for index, field in enumerate(one.fields)}
    theirs = {field.name: index for index, field in enumerate(other.fields)}
    for name in places:
        if name not in theirs:
            raise DataError(f"has no column {name}, which {one.path} has", other.path, name=name)
    for name, index in theirs.items():
        if name not in places:
            raise DataError(f"has a column {name}, which {one.path} has not", other.path, name=name)
        mine, field = one.fields[places[name]], other.fields[index]
        if (mine.kind, mine.native) != (field.kind, field.native) and not _whole(mine, field):
            first, second = (str(each.native or each.kind) for each in (mine, field))
            raise DataError(f"column {name} is {second}, but {first} in {one.path}", other.path, name=name)
        if index != places[name]:
            raise DataError(
                f"column {name} is number {index + 1}, but number {places[name] + 1} in {one.path}",
                other.path,
                name=name,
            )


def _whole(one: Field, other: Field) -> bool:
    """Whether two columns hold numbers that just happen to be whole in one part: JSON knows no other difference."""
    return one.native is None and other.native is None and {one.kind, other.kind} == {"int", "float"}


def _common(one: Field, other: Field) -> Field:
    """The column of two parts in one."""
    return other if _whole(one, other) and other.kind == "float" else one
