"""A file of lines with a row each, as CSV, TSV and NDJSON have in common: opened again, gone over, read in blocks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .lines import Lines, beginnings, records
from .records import DataError, Mark, Settings
from .streams import Input

if TYPE_CHECKING:
    from .block import Block


class TextPart(ABC):
    """One file. `delimiter` is what divides cells, None where a line is not cut into cells."""

    delimiter: str | None = None

    def __init__(self, path: str, wanted: Sequence[str] | None, settings: Settings) -> None:
        self.path, self.wanted, self.settings, self.passed = path, wanted, settings, 0
        self._source = Input(path, settings.stream)
        self.stamp = self._source.stamp
        self._held, self._line = b"", 1

    @abstractmethod
    def begun(self) -> tuple[bytes, int]:
        """What was read of the rows on the way to the first of them, and the number of its line."""

    @abstractmethod
    def block(self, lines: Lines, rows: Any, first: int) -> Block:
        """The block of some lines."""

    def looked_at(self) -> None:
        """The columns are known: the file is let go until its rows are asked for; a stream is held."""
        if self.path != "-":
            self.close()
            self._held = b""

    def _again(self) -> None:
        """Open the file again, at its first row."""
        self._source = Input(self.path)
        if self._source.stamp != self.stamp:
            raise DataError("the file changed while it was read", self.path)
        self._held, self._line = self.begun()

    def beginnings(self) -> Iterator[tuple[int, int, int]]:
        """Where blocks of rows begin: rows, bytes and lines before."""
        self._again()
        return beginnings(self._source, self.settings, self.delimiter, self._held, self._line)

    @property
    def steady(self) -> bool:
        """Whether one can go to a byte of the file: not where it is packed."""
        return self._source.steady

    def blocks(self, first: int, skip: int = 0, mark: Mark | None = None) -> Iterator[Block]:
        """The rows from `skip` on; `first` is the number of the file's first row over all parts.

        With a mark all before it is left out.
        """
        if self.path != "-":
            self._again()
        seen = 0
        if mark is not None and mark.offset and self._source.steady:
            self._source.start_at(mark.offset)
            self._held, self._line, seen = b"", mark.line, mark.rows
        held, self._held = self._held, b""
        for lines in records(self._source, self.settings, self.delimiter, held, self._line):
            count = len(lines)
            if seen + count > skip:
                start = max(skip - seen, 0)
                rows = np.arange(first + seen + start, first + seen + count)
                yield self.block(lines.part(start, count) if start else lines, rows, first)
            seen += count
        self.passed = seen
        if self._source.changed():
            raise DataError("the file changed while it was read", self.path)

    @property
    def taken(self) -> int:
        """How many bytes of the file were read."""
        return self._source.taken

    def close(self) -> None:
        """Let the file go."""
        self._source.close()
