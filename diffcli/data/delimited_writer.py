"""Writes CSV and TSV: cells that pass through as they were read, numbers in their shortest exact text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .block import computed, tokens_of
from .delimited_block import DelimitedBlock
from .numeric import blanked, functions, joined, texts_of
from .records import Field, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Block
    from .output import Output


class Writer:
    """Rows of text in an output; a list of n numbers becomes the n columns name_0, name_1, …"""

    def __init__(
        self, output: Output, fields: Sequence[Field], added: Sequence[Field], settings: Settings, delimiter: str
    ) -> None:
        self.output, self.fields, self.added, self.delimiter = output, fields, added, delimiter
        self._special = re.compile(f'["\\r\\n{delimiter}]')
        names = [name for field in (*fields, *added) for name in flat_names(field)]
        cells = [f'"{name.replace(chr(34), chr(34) * 2)}"' if self._special.search(name) else name for name in names]
        output.write(delimiter.join(cells).encode())

    def made(
        self, block: Block, columns: Mapping[str, NDArray[Any] | None], empty: NDArray[np.bool_] | None = None
    ) -> memoryview | bytes:
        """The text of rows: their own columns, then the computed ones, which are left empty where `empty` says so."""
        names = [field.name for field in self.fields]
        raw = block.raw(self.delimiter, names) if names and isinstance(block, DelimitedBlock) else None
        pieces: list[Any] = [] if raw is None else [raw]
        for field in self.fields if raw is None else ():
            pieces += [self.delimiter, *self._kept(block, field)]
        for field in self.added:
            pieces += [self.delimiter, *self._computed(*computed(columns, field.name, empty, block.count), field)]
        if raw is None:
            pieces[0] = "\n"
        if len(pieces) == 2 and raw is None:
            pieces[1] = [text or '""' for text in as_list(pieces[1])]  # an empty line would be no row
        return joined(pieces) if block.count else b""

    def put(self, made: memoryview | bytes) -> None:
        """Write the text of rows."""
        if made:
            self.output.write(made)

    def _kept(self, block: Block, field: Field) -> list[Any]:
        """The texts of a column that passes through, with the delimiters between if it is several."""
        if field.width is None:
            return [self._quoted(block.texts(field.name))]
        values, empty = block.column(field.name)
        return self._spread(values, field.width, empty)

    def _computed(self, values: NDArray[Any], empty: NDArray[np.bool_] | None, field: Field) -> list[Any]:
        if values.ndim == 1:
            return [blanked(texts_of(values, field.kind), empty)]
        return self._spread(values, values.shape[1], empty)

    def _spread(self, values: Any, width: int, empty: NDArray[np.bool_] | None) -> list[Any]:
        pieces: list[Any] = []
        for index in range(width):
            if isinstance(values, np.ndarray):
                kind = {"f": "float", "b": "bool"}.get(values.dtype.kind, "int")
                texts = blanked(texts_of(values[:, index], kind), empty)
            else:
                texts = [
                    "" if row is None or row[index] is None else tokens_of([row[index]], None)[0].strip('"')
                    for row in values
                ]
            pieces += [self.delimiter, texts]
        return pieces[1:]

    def _quoted(self, texts: Any) -> Any:
        """Texts in quotes where they hold a delimiter, a quote or a line end."""
        if not isinstance(texts, list):
            pc = functions()
            if not pc.any(pc.match_substring_regex(texts, self._special.pattern)).as_py():
                return texts
            texts = texts.to_pylist()
        search = self._special.search
        return [f'"{text.replace(chr(34), chr(34) * 2)}"' if text and search(text) else text for text in texts]

    def finish(self) -> None:
        """End the last line."""
        self.output.write(b"\n")


def as_list(texts: Any) -> list[str]:
    """Texts as a list."""
    return texts if isinstance(texts, list) else texts.to_pylist()


def flat_names(field: Field) -> list[str]:
    """The names of the columns that a field becomes where there are no lists."""
    return [field.name] if field.width is None else [f"{field.name}_{index}" for index in range(field.width)]
