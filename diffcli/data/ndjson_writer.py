"""Writes NDJSON: lines that pass through as they were read with new keys at their end, all else as new objects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .block import computed, tokens_of
from .numeric import arrow, blanked, joined
from .records import Fault, Field, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Block
    from .output import Output


class Writer:
    """Lines of JSON in an output."""

    def __init__(self, output: Output, fields: Sequence[Field], added: Sequence[Field], settings: Settings) -> None:
        self.output, self.fields, self.added = output, fields, added
        self._keys = {field.name: json.dumps(field.name, ensure_ascii=False) + ":" for field in (*fields, *added)}
        self._begun = False
        self._open = b""  # what the last line still lacks

    def made(
        self, block: Block, columns: Mapping[str, NDArray[Any] | None], empty: NDArray[np.bool_] | None = None
    ) -> tuple[memoryview | bytes, bytes]:
        """The text of rows, and what its last line lacks: their own keys, then the computed ones, null where `empty` says so."""
        if not block.count:
            return b"", b""
        added = {field.name: self._computed(*computed(columns, field.name, empty, block.count)) for field in self.added}
        same = [field.name for field in self.fields] == [field.name for field in block.fields]
        raw = self._raw(block) if same and hasattr(block, "lines") and hasattr(block, "objects") else None
        pieces: list[Any]
        closing = b""
        if raw is not None:
            pieces, closing = [raw], b"}"
        else:
            pieces = ["\n{"]
            for field in self.fields:
                pieces += [self._keys[field.name], block.tokens(field.name), ","]
        for name, tokens in added.items():
            pieces += ["," if raw is not None else "", self._keys[name], tokens, "" if raw is not None else ","]
        if raw is None:
            pieces[-1] = "}"
        return joined(pieces), closing

    def put(self, made: tuple[memoryview | bytes, bytes]) -> None:
        """Write the text of rows."""
        data, closing = made
        if not data:
            return
        self.output.write(self._open + bytes(data[:1]) if self._begun else b"")
        self.output.write(data[1:])
        self._begun, self._open = True, closing

    def _computed(self, values: NDArray[Any], empty: NDArray[np.bool_] | None) -> Any:
        return blanked(tokens_of(values, None), empty, "null")

    def _raw(self, block: Any) -> Any:
        """The lines as they were read, each with the brace before that ends the one above, and without its own."""
        lines = block.lines
        view = np.frombuffer(lines.data, np.uint8)
        ends = lines.starts[1:] - 1
        for field in self.added:
            if self._keys[field.name][:-1].encode() in lines.data:
                self._refuse_repeated(block, field.name)
        plain = (view[ends] == 125).all() and not np.isin(view[ends - 1], (9, 13, 32, 123)).any()
        if not plain:
            rows = self._one_by_one(block)
            return None if any(row.endswith("{") for row in rows) else rows
        pyarrow = arrow()
        if pyarrow is None:
            return self._one_by_one(block)
        offsets = lines.starts - 1
        offsets[0] = 0
        starts = pyarrow.py_buffer(offsets.astype(np.int32))
        return pyarrow.StringArray.from_buffers(block.count, starts, pyarrow.py_buffer(lines.data))

    def _one_by_one(self, block: Any) -> list[str]:
        return [("}\n" if row else "\n") + _opened(block.lines.row(row)) for row in range(block.count)]

    def _refuse_repeated(self, block: Any, name: str) -> None:
        for row, each in enumerate(block.objects()):
            if name in each:
                message = "the line has this key already; the output would have it twice"
                raise Fault(row, name, "", message, block.place).error()

    def finish(self) -> None:
        """End the last line."""
        if self._begun:
            self.output.write(self._open + b"\n")


def _opened(row: bytes) -> str:
    """An object without the brace that ends it."""
    return row.decode("utf-8").rstrip()[:-1].rstrip()
