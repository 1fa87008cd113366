"""Cells divided by a sign, a row a line, names in the first line: what CSV and TSV have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .block import Block
from .delimited_block import DelimitedBlock
from .header import header
from .lines import beginnings, records
from .records import DataError, Field, Mark, Settings
from .streams import Input


class Part:
    """One file of a delimited table."""

    def __init__(self, path: str, wanted: Sequence[str] | None, settings: Settings, delimiter: str) -> None:
        self.path, self.wanted, self.settings, self.delimiter = path, wanted, settings, delimiter
        self._source = Input(path, settings.stream)
        self.stamp, self.passed = self._source.stamp, 0
        names, self._held, self._line = header(self._source, delimiter)
        numeric = set(wanted or ())
        types = settings.types
        kinds = [types.get(name, "float" if name in numeric else "text") for name in names]
        self.fields = tuple(map(Field, names, kinds))
        self._index = {name: index for index, name in enumerate(names)}
        if path != "-":
            self.close()
            self._held = b""

    def _again(self) -> None:
        """Open the file again, at its first row."""
        self._source = Input(self.path)
        if self._source.stamp != self.stamp:
            raise DataError("the file changed while it was read", self.path)
        _, self._held, self._line = header(self._source, self.delimiter)

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
                block = DelimitedBlock(self, lines.part(start, count) if start else lines, rows, first)
                block.parse()
                yield block
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
