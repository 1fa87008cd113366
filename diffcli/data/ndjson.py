"""NDJSON: a JSON object per line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .block import Block, _json, moved, numbers_in, vectors_in
from .json_values import decoded, fields_of, value_text
from .lines import Lines, cut
from .ndjson_writer import Writer
from .numeric import arrow
from .records import DataError, Fault, Place, Settings, visible
from .streams import Input, shown
from .text_part import TextPart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Numbers

__all__ = ["Part", "Writer"]
_HEAD = 1 << 18


class Part(TextPart):
    """One NDJSON file. Its columns are the keys in its first rows; a new key further down is an error on conversion."""

    def __init__(self, path: str, wanted: Sequence[str] | None, settings: Settings) -> None:
        super().__init__(path, wanted, settings)
        self._held, _ = self.begun()
        lines, _, _ = cut(self._held, len(self._held) < _HEAD, 1, None)
        if not len(lines):
            if self._source.failure is not None:
                raise self._source.failure
            self._held += self._source.read(1 << 26)
            lines, _, _ = cut(self._held, True, 1, None)
        self.fields = fields_of(lines, shown(path), set(wanted or ()), settings)
        self.looked_at()

    def begun(self) -> tuple[bytes, int]:
        """The beginning of the file, whose first line is a row."""
        return _begun(self._source), 1

    def block(self, lines: Lines, rows: Any, first: int) -> Block:
        """Lines of JSON."""
        block = JsonBlock(self, lines, rows, first)
        block.parse()
        return block


def _begun(source: Input) -> bytes:
    """The beginning of a text, without its byte order mark."""
    data = source.read(_HEAD)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("the file is UTF-16, not UTF-8", source.name, 1, 1, help="save it as UTF-8")
    if not data and source.failure is not None:
        raise source.failure
    return data.removeprefix(b"\xef\xbb\xbf")


class JsonBlock(Block):
    """Lines of JSON. Numbers are read ahead for the columns wanted, all else only when asked for."""

    def __init__(self, part: Part, lines: Lines, rows: NDArray[np.int64], base: int) -> None:
        self.part, self.lines, self.rows, self.base = part, lines, rows, base
        self.fields = part.fields
        self.faults = []
        self._numbers: dict[str, Numbers] = {}
        self._objects: list[Any] | None = None

    def _placed(self, row: int, start: int, end: int) -> Place:
        raw = self.lines.row(row)
        text = raw.decode("utf-8", "replace").replace("\0", "\ufffd")
        from_ = len(raw[:start].decode("utf-8", "replace"))
        to = from_ + max(len(raw[start:end].decode("utf-8", "replace")), 1)
        number = int(self.rows[row]) - self.base + 1
        return Place(shown(self.part.path), number, self.lines.line_of(row), from_ + 1, text, from_, to)

    def place(self, row: int, name: str | None = None) -> Place:
        """The row, or the value of a key in its line."""
        raw = self.lines.row(row)
        start, end = 0, len(raw)
        key = -1 if name is None else raw.find(_json(name).encode())
        if key >= 0:
            start = raw.find(b":", key + len(_json(name).encode())) + 1
            start += len(raw[start:]) - len(raw[start:].lstrip())
            try:
                end = start + len(value_text(raw[start:]))
            except ValueError:
                end = start + 1
        return self._placed(row, start, end)

    def parse(self) -> None:
        """Find the lines that are no objects, and read the numbers that are wanted."""
        wanted = [name for name in self.part.wanted or () if any(field.name == name for field in self.fields)]
        if all(self.field(name).width is None for name in wanted) and wanted and self._by_arrow(wanted):
            return
        self.objects()
        for name in wanted:
            self.numbers(name)
        self._objects = None if not self.faults else self._objects

    def _by_arrow(self, wanted: Sequence[str]) -> bool:
        """Read numbers by pyarrow; False when there is anything that it might take otherwise than we do."""
        pyarrow = arrow()
        view = np.frombuffer(self.lines.data, np.uint8)
        if pyarrow is None or self.lines.wrong or not len(self.lines):
            return False
        starts, ends = self.lines.starts[:-1] + 1, self.lines.starts[1:] - 1
        if not ((view[starts] == 123).all() and (view[ends] == 125).all()):
            return False
        from pyarrow import json as reader

        try:
            table = reader.read_json(
                pyarrow.BufferReader(memoryview(self.lines.data)[1:]),
                reader.ReadOptions(use_threads=False, block_size=len(self.lines.data) + 1),
                reader.ParseOptions(
                    explicit_schema=pyarrow.schema([(name, pyarrow.float64()) for name in wanted]),
                    unexpected_field_behavior="ignore",
                ),
            )
        except pyarrow.ArrowException:
            return False
        if table.num_rows != self.count or any(table.column(name).null_count for name in wanted):
            return False
        numbers = {name: table.column(name).to_numpy() for name in wanted}
        if not all(np.isfinite(values).all() for values in numbers.values()):
            return False  # pyarrow takes words for NaN that Python does not
        self._numbers = {name: (values, []) for name, values in numbers.items()}
        return True

    def objects(self) -> list[Any]:
        """The object of each line, None where there is none."""
        if self._objects is None:
            found = []
            known = bool(self.faults)
            for row in range(self.count):
                problem = self.lines.wrong.get(row)
                value = None
                if problem is None:
                    value, problem = decoded(self.lines.row(row))
                if problem is not None and not known:
                    self._fault(row, *problem)
                found.append(value)
            self._objects = found
        return self._objects

    def _fault(self, row: int, offset: int, message: str) -> None:
        def find(row: int, name: str | None) -> Place:
            return self._placed(row, offset, offset + 1)

        text = self.lines.row(row).decode("utf-8", "replace")
        self.faults.append(Fault(row, None, visible(text, 80), message, find))

    def numbers(self, name: str) -> Numbers:
        """A column as float64, NaN where a value is no number, and those values."""
        if name not in self._numbers:
            objects, field = self.objects(), self.field(name)
            cells = [None if each is None else each.get(name) for each in objects]
            if field.kind.startswith("list"):
                values, faults = vectors_in(self, field, cells)
            else:
                values, faults = numbers_in(self, name, cells)
            kept = [fault for fault in faults if objects[fault.row] is not None]
            for fault in kept:
                fault.message = "missing" if name not in objects[fault.row] else fault.message
            self._numbers[name] = values, kept
        return self._numbers[name]

    def column(self, name: str) -> tuple[Any, NDArray[np.bool_] | None]:
        """A column in the kind that the first rows have; DataError for a value of another kind."""
        kind = self.field(name).kind
        cells = self.values(name)
        empty = np.array([cell is None for cell in cells], bool)
        if kind.startswith("list("):
            return cells, None
        if kind == "float":
            values, faults = self.numbers(name)
            bad = [fault for fault in faults if fault.message not in ("empty", "missing")]
            if bad and name not in (self.part.wanted or ()):
                raise bad[0].error()
            empty[[fault.row for fault in bad]] = True
            return values, empty if empty.any() else None
        if kind in ("int", "bool", "text"):
            expected = {"int": int, "bool": bool, "text": str}[kind]
            for row, cell in enumerate(cells):
                if cell is not None and type(cell) is not expected:
                    message = f"{_json(cell)} is not of the kind {kind}, as the column is in the first rows"
                    raise Fault(row, name, _json(cell), message, self.place).error()
        if kind in ("int", "bool"):
            array = np.array([0 if cell is None else cell for cell in cells], np.int64 if kind == "int" else np.bool_)
            return array, empty if empty.any() else None
        return cells, None

    def values(self, name: str) -> list[Any]:
        """The values of a key; DataError for a line that has keys which no column is there for."""
        known = {field.name for field in self.fields}
        objects = self.objects()
        for row, each in enumerate(objects):
            if each is not None and not each.keys() <= known:
                key = next(key for key in each if key not in known)
                raise Fault(row, key, "", "a key that the first rows have not", self.place).error()
        return [None if each is None else each.get(name) for each in objects]

    def texts(self, name: str) -> Any:
        """A column as texts: strings as they are, all else as JSON."""
        return [
            "" if value is None else value if isinstance(value, str) else _json(value) for value in self.values(name)
        ]

    def tokens(self, name: str) -> Any:
        """A column as JSON."""
        return [_json(value) for value in self.values(name)]

    def take(self, mask: Sequence[bool] | NDArray[np.bool_]) -> JsonBlock:
        """The rows that a mask marks."""
        chosen = np.flatnonzero(np.asarray(mask, bool))
        if len(chosen) == self.count:
            return self
        block = JsonBlock(self.part, self.lines.chosen(chosen), self.rows[chosen], self.base)
        places = {int(row): new for new, row in enumerate(chosen)}
        block.faults = [moved(fault, places[fault.row]) for fault in self.faults if fault.row in places]
        for name, (values, faults) in self._numbers.items():
            kept = [moved(fault, places[fault.row]) for fault in faults if fault.row in places]
            block._numbers[name] = values[chosen], kept
        return block
