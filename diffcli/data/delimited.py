"""Cells divided by a sign, a row a line, names in the first line: what CSV and TSV have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .block import Block
from .delimited_block import DelimitedBlock
from .header import header
from .lines import Lines
from .records import Field, Settings
from .text_part import TextPart


class Part(TextPart):
    """One file of a delimited table."""

    delimiter: str

    def __init__(self, path: str, wanted: Sequence[str] | None, settings: Settings, delimiter: str) -> None:
        super().__init__(path, wanted, settings)
        self.delimiter = delimiter
        names, self._held, self._line = header(self._source, delimiter)
        numeric = set(wanted or ())
        types = settings.types
        kinds = [types.get(name, "float" if name in numeric else "text") for name in names]
        self.fields = tuple(map(Field, names, kinds))
        self._index = {name: index for index, name in enumerate(names)}
        self.looked_at()

    def begun(self) -> tuple[bytes, int]:
        """What was read behind the header, and the line after it."""
        _, held, line = header(self._source, self.delimiter)
        return held, line

    def block(self, lines: Lines, rows: Any, first: int) -> Block:
        """Lines cut into cells."""
        block = DelimitedBlock(self, lines, rows, first)
        block.parse()
        return block
