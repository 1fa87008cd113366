"""Rows of a delimited text, read to numbers ahead and to all else when it is asked for."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .block import Block, moved, numbers_in
from .header import spans
from .lines import RETURN, Lines
from .numeric import arrow, number_of
from .records import Fault, Place, visible
from .streams import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Numbers
    from .delimited import Part


class DelimitedBlock(Block):
    """Rows of text. Numbers are read ahead for the columns wanted, all else only when asked for."""

    def __init__(self, part: Part, lines: Lines, rows: NDArray[np.int64], base: int) -> None:
        self.part, self.lines, self.rows, self.base = part, lines, rows, base
        self.fields = part.fields
        self.faults = []
        self._numbers: dict[str, Numbers] = {}
        self._ragged: dict[int, str] = {}
        for row, (offset, message) in sorted(lines.wrong.items()):
            self._fault(row, message, offset)

    def _fault(self, row: int, message: str, offset: int) -> None:
        def find(row: int, name: str | None) -> Place:
            return self._placed(row, offset, offset + 1)

        self.faults.append(Fault(row, None, visible(self.text(row), 80), message, find))

    def text(self, row: int) -> str:
        """The text of a row; bytes that are no text are shown as such."""
        return self.lines.row(row).decode("utf-8", "replace").replace("\0", "\ufffd")

    def _placed(self, row: int, start: int, end: int) -> Place:
        """The place of some bytes of a row."""
        raw = self.lines.row(row)
        begin = raw.rfind(b"\n", 0, start) + 1
        line = self.lines.line_of(row) + raw.count(b"\n", 0, begin)
        text = raw[begin:].decode("utf-8", "replace").replace("\0", "\ufffd").replace("\r", "\ufffd")
        from_ = len(raw[begin:start].decode("utf-8", "replace"))
        to = from_ + max(len(raw[start:end].decode("utf-8", "replace")), 1)
        return Place(shown(self.part.path), int(self.rows[row]) - self.base + 1, line, from_ + 1, text, from_, to)

    def place(self, row: int, name: str | None = None) -> Place:
        """The row, or its cell of a column, in its line."""
        if name is None:
            return self._placed(row, 0, len(self.lines.row(row)))
        text = self.lines.row(row).decode("latin-1")  # a character a byte
        cells = spans(text, self.part.delimiter)
        index = self.part._index[name]
        return self._placed(row, *(cells[index] if index < len(cells) else (len(text), len(text))))

    def parse(self) -> None:
        """Find the rows that are not of the header's width, and read the numbers that are wanted."""
        wanted = [name for name in self.part.wanted or () if name in self.part._index]
        if self._plain:
            cells = self._split(wanted)
            for name in wanted:
                self._numbers[name] = self._spread(name, cells[name])
            return
        pyarrow = arrow()
        try:
            table = self._table(wanted, pyarrow.float64())
        except pyarrow.ArrowInvalid:
            table = None
        if table is None:
            self._numbers |= {name: self._spread(name, cells) for name, cells in self._strings(wanted).items()}
            return
        for name in wanted:
            self._take_numbers(name, table.column(str(self.part._index[name])))

    def _take_numbers(self, name: str, column: Any) -> None:
        """Keep the numbers of a column, looking again at those that pyarrow reads more freely than we do."""
        values = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        empty = values.is_null().to_numpy(zero_copy_only=False) if values.null_count else None
        found = values.to_numpy(zero_copy_only=False)
        if self.faults:
            good = self._good()
            spread = np.full(self.count, np.nan)
            spread[good] = found
            places = np.flatnonzero(good)
        else:
            spread, places = found, np.arange(0)
        faults: list[Fault] = []
        strange = ~np.isfinite(found)
        if strange.any():
            spread = spread.copy() if spread is found else spread
            texts = self.texts(name)
            for at in np.flatnonzero(strange).tolist():
                row = int(places[at]) if len(places) else at
                text = "" if empty is not None and empty[at] else str(texts[row])
                value = number_of(text)
                spread[row] = np.nan if isinstance(value, str) else value
                if isinstance(value, str):
                    faults.append(Fault(row, name, text, value, self.place))
        self._numbers[name] = spread, faults

    def _good(self) -> NDArray[np.bool_]:
        good = np.ones(self.count, bool)
        good[[fault.row for fault in self.faults]] = False
        return good

    def _ragged_row(self, row: int, found: int) -> None:
        wide = len(self.fields)
        message = f"{found} cell{'s' * (found != 1)} where there are {wide} columns"
        text = self.lines.row(row).decode("latin-1")
        offset = len(text) if found < wide else spans(text, self.part.delimiter)[wide][0]
        self._fault(row, message, offset)

    def _table(self, names: Sequence[str], kind: Any) -> Any:
        """The columns by pyarrow, without the rows that are at fault."""
        from pyarrow import csv as reader

        pyarrow = arrow()
        ragged: list[tuple[int, int]] = []

        def note(row: Any) -> str:
            ragged.append((row.number - 1, row.actual_columns))
            return "skip"

        known = bool(self.faults)
        columns = [str(self.part._index[name]) for name in names]
        table = reader.read_csv(
            pyarrow.BufferReader(memoryview(self.lines.data)[1:]),
            reader.ReadOptions(
                use_threads=False,
                block_size=max(len(self.lines.data), 2),
                column_names=list(map(str, range(len(self.fields)))),
            ),
            reader.ParseOptions(
                delimiter=self.part.delimiter, newlines_in_values=self.lines.quoted, invalid_row_handler=note
            ),
            reader.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(columns, kind),
                null_values=[""],
                include_columns=columns or ["0"],
            ),
        )
        if not known:
            for row, found in ragged:
                self._ragged_row(row, found)
        if table.num_rows + len(ragged) != self.count:
            raise AssertionError("rows were counted in two ways")
        return table

    def _split(self, names: Sequence[str]) -> dict[str, list[str | None]]:
        """The cells of columns by the csv module; None in rows at fault."""
        known = bool(self.faults) and bool(self._numbers)
        skipped = {fault.row for fault in self.faults}
        columns: dict[str, list[str | None]] = {name: [] for name in names}
        places = [(columns[name], self.part._index[name]) for name in names]
        for row in range(self.count):
            cells: list[str] = []
            if row not in skipped:
                cells = self._cells(row, known)
            for column, index in places:
                column.append(cells[index] if cells else None)
        self.faults.sort(key=lambda fault: fault.row)
        return columns

    def _cells(self, row: int, known: bool) -> list[str]:
        """The cells of a row; none of a row at fault, which is noted unless that is known already."""
        text = self.lines.row(row).decode("utf-8")
        try:
            cells = next(csv.reader([text], delimiter=self.part.delimiter))
        except csv.Error:
            if not known:
                self._fault(row, RETURN, len(text[: text.find("\r")].encode()))
            return []
        if len(cells) == len(self.fields):
            return cells
        if not known:
            self._ragged_row(row, len(cells))
        return []

    @property
    def _plain(self) -> bool:
        """Whether the csv module has to split the rows: pyarrow is not there, or would read them otherwise."""
        lines = self.lines
        return bool(lines.wrong or lines.odd or lines.data.startswith(b"\n\xef\xbb\xbf") or arrow() is None)

    def _strings(self, names: Sequence[str]) -> dict[str, list[str | None]]:
        """The cells of columns as texts; None in rows at fault."""
        if not names or not self.count:
            return {name: [] for name in names}
        if self._plain:
            return self._split(names)
        table = self._table(names, arrow().string())
        columns = {name: table.column(str(self.part._index[name])).to_pylist() for name in names}
        if not self.faults:
            return columns
        good = np.flatnonzero(self._good()).tolist()
        spread: dict[str, list[str | None]] = {}
        for name, cells in columns.items():
            spread[name] = [None] * self.count
            for row, cell in zip(good, cells, strict=True):
                spread[name][row] = cell
        return spread

    def _spread(self, name: str, cells: list[str | None]) -> Numbers:
        """Numbers of cells; rows at fault are that already, their cells are not counted again."""
        values, faults = numbers_in(self, name, cells)
        bad = {fault.row for fault in self.faults}
        return values, [fault for fault in faults if fault.row not in bad]

    def numbers(self, name: str) -> Numbers:
        """A column as float64, NaN where a cell is no number, and those cells."""
        if name not in self._numbers:
            self._numbers[name] = self._spread(name, self._strings([name])[name])
        return self._numbers[name]

    def texts(self, name: str) -> Any:
        """The cells of a column as they were read, without their quotes."""
        if self.count and not self.faults and not self._plain:
            column = self._table([name], arrow().string()).column(0)
            return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        return self._strings([name])[name]

    def column(self, name: str) -> tuple[Any, NDArray[np.bool_] | None]:
        """Numbers of the columns that numbers are wanted of, texts of the others."""
        if self.field(name).kind != "float":
            texts = self.texts(name)
            return texts if isinstance(texts, list) else texts.to_pylist(), None
        values, faults = self.numbers(name)
        bad = next((fault for fault in faults if fault.message != "empty"), None)
        if bad is not None and name not in (self.part.wanted or ()):
            raise bad.error()  # nobody else looks at the faults of this column
        empty = np.zeros(self.count, bool)
        empty[[fault.row for fault in faults]] = True
        return values, empty if faults else None

    def arrow(self, name: str, native: Any = None) -> Any:
        """A column as a pyarrow array."""
        if self.field(name).kind == "text":
            texts = self.texts(name)
            return arrow().array(texts, arrow().string()) if isinstance(texts, list) else texts
        return super().arrow(name, native)

    def take(self, mask: Sequence[bool] | NDArray[np.bool_]) -> DelimitedBlock:
        """The rows that a mask marks."""
        chosen = np.flatnonzero(np.asarray(mask, bool))
        if len(chosen) == self.count:
            return self
        block = DelimitedBlock(self.part, self.lines.chosen(chosen), self.rows[chosen], self.base)
        places = {int(row): new for new, row in enumerate(chosen)}
        block.faults = [moved(fault, places[fault.row]) for fault in self.faults if fault.row in places]
        for name, (values, faults) in self._numbers.items():
            kept = [moved(fault, places[fault.row]) for fault in faults if fault.row in places]
            block._numbers[name] = values[chosen], kept
        return block

    def raw(self, delimiter: str, names: Sequence[str]) -> Any:
        """The rows as they were read, a line feed before each, if they can stand like that in the output; else None."""
        own = [field.name for field in self.fields]
        if delimiter != self.part.delimiter or list(names) != own:
            return None
        pyarrow = arrow()
        if pyarrow is None:
            return ["\n" + self.lines.row(row).decode("utf-8") for row in range(self.count)]
        offsets = pyarrow.py_buffer(self.lines.starts.astype(np.int32))
        return pyarrow.StringArray.from_buffers(self.count, offsets, pyarrow.py_buffer(self.lines.data))
