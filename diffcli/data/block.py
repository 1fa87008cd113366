"""Rows that are read and written together."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .numeric import arrow, blanked, float_texts, floats_of, integers, number_of, texts_of
from .records import DataError, Fault, Field, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = tuple[NDArray[np.float64], list[Fault]]


class Block(ABC):
    """Some rows of a table. `faults` are rows that are no rows: take the others before writing.

    `rows`: the number of each row over all parts, from 0 · `numbers` are for computing, `column`, `texts`, `tokens`
    and `arrow` for writing a column in another format than it was read in.
    """

    fields: tuple[Field, ...]
    faults: list[Fault]
    rows: NDArray[np.int64]

    @property
    def first(self) -> int:
        """The number of the first row over all parts, from 0."""
        return int(self.rows[0]) if len(self.rows) else 0

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @abstractmethod
    def place(self, row: int, name: str | None = None) -> Place:
        """Where a row of the block, or its cell of a column, is."""

    @abstractmethod
    def numbers(self, name: str) -> Numbers:
        """A column as float64, NaN where a cell is no number, and those cells."""

    @abstractmethod
    def take(self, mask: Sequence[bool] | NDArray[np.bool_]) -> Block:
        """The rows that a mask marks."""

    @abstractmethod
    def column(self, name: str) -> tuple[Any, NDArray[np.bool_] | None]:
        """A column in its own kind: an array of numbers or a list of what JSON knows; and which rows are empty."""

    def field(self, name: str) -> Field:
        """The field of this name."""
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(name)

    def texts(self, name: str) -> Any:
        """A column as texts, exact and the shortest; empty where nothing is."""
        values, empty = self.column(name)
        if isinstance(values, np.ndarray) and values.ndim == 1:
            kind = {"f": "float", "b": "bool"}.get(values.dtype.kind, "int")
            return blanked(texts_of(values, kind), empty)
        return [_text(value) for value in values]

    def tokens(self, name: str) -> Any:
        """A column as JSON."""
        values, empty = self.column(name)
        return tokens_of(values, empty)

    def arrow(self, name: str, native: Any = None) -> Any:
        """A column as a pyarrow array."""
        values, empty = self.column(name)
        return arrow_of(values, empty, native)

    def refuse(self) -> None:
        """Raise for rows that are no rows: there is no way to write them."""
        if self.faults:
            raise self.faults[0].error()


def computed(
    columns: Mapping[str, NDArray[Any] | None], name: str, empty: NDArray[np.bool_] | None, count: int
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """A computed column and which of its rows are empty: all of them where it is None."""
    values = columns[name]
    return (np.zeros(count), np.ones(count, bool)) if values is None else (np.asarray(values), empty)


def arrow_of(values: Any, empty: NDArray[np.bool_] | None, native: Any = None) -> Any:
    """A pyarrow array of computed numbers or of values that JSON knows."""
    pyarrow = arrow()
    if not isinstance(values, np.ndarray):
        if native == pyarrow.string():
            values = [value if value is None or isinstance(value, str) else _json(value) for value in values]
        return pyarrow.array(values, native)
    if values.ndim == 1:
        plain = values.dtype == np.float64 and native in (None, pyarrow.float64()) and values.flags.c_contiguous
        return floats_of(values) if plain and empty is None else pyarrow.array(values, type=native, mask=empty)
    flat = pyarrow.array(np.ascontiguousarray(values).reshape(-1))
    if empty is not None and empty.any():
        return pyarrow.FixedSizeListArray.from_arrays(flat, values.shape[1], mask=pyarrow.array(empty))
    return pyarrow.FixedSizeListArray.from_arrays(flat, values.shape[1])


def tokens_of(values: Any, empty: NDArray[np.bool_] | None) -> Any:
    """JSON texts of a column; numbers that JSON has no word for are the strings "nan", "inf" and "-inf"."""
    if not isinstance(values, np.ndarray):
        return [_json(value) for value in values]
    if values.ndim == 2:
        flat = tokens_of(values.reshape(-1), None)
        cells = flat if isinstance(flat, list) else flat.to_pylist()
        wide = values.shape[1]
        found = [f"[{','.join(cells[row * wide : (row + 1) * wide])}]" for row in range(len(values))]
        return blanked(found, empty, "null")
    if values.dtype.kind == "f":
        texts = float_texts(values)
        strange = ~np.isfinite(values) | ((values == 0) & np.signbit(values))
        if strange.any():
            texts = texts if isinstance(texts, list) else texts.to_pylist()
            for row in np.flatnonzero(strange):
                texts[row] = "-0.0" if values[row] == 0 else f'"{texts[row]}"'
    else:
        texts = texts_of(values, "bool" if values.dtype.kind == "b" else "int")
    return blanked(texts, empty, "null")


def _text(value: Any) -> str:
    """A value as a cell."""
    if value is None or isinstance(value, str):
        return value or ""
    return _json(value) if isinstance(value, (bool, int, float, list, tuple, dict)) else str(_plain(value))


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """A value with nothing in it that JSON does not know."""
    if isinstance(value, float) and not np.isfinite(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def numbers_in(block: Block, name: str, cells: Iterable[Any], absent: str = "empty") -> Numbers:
    """Numbers from texts and values, one by one: the way that can say what is wrong."""
    found: list[float] = []
    faults: list[Fault] = []
    for row, cell in enumerate(cells):
        value = number(cell, absent)
        if isinstance(value, str):
            faults.append(Fault(row, name, "" if cell is None else str(cell), value, block.place))
            value = float("nan")
        found.append(value)
    return np.array(found, np.float64), faults


def number(cell: Any, absent: str = "empty") -> float | str:
    """The number that a cell holds, or what is wrong with it."""
    if isinstance(cell, str):
        return number_of(cell)
    if cell is None:
        return absent
    if isinstance(cell, (list, dict, bytes)):
        return "a list or record is not a number"
    try:
        value = float(cell)
    except OverflowError:
        return "is beyond the range of float64"
    except (TypeError, ValueError):
        return f"`{cell}` is not a number"
    return value


def vectors_in(block: Block, field: Field, cells: Sequence[Any]) -> Numbers:
    """Rows of n numbers from lists; a list of another length is a fault."""
    width = field.width
    if width is None:
        width = next((len(cell) for cell in cells if isinstance(cell, list)), 0)
    found = np.full((len(cells), width), np.nan)
    faults: list[Fault] = []
    for row, cell in enumerate(cells):
        if not isinstance(cell, list) or len(cell) != width:
            what = "empty" if cell is None else f"{len(cell)} numbers" if isinstance(cell, list) else "no list"
            faults.append(Fault(row, field.name, _json(cell), f"{what} where {width} numbers are wanted", block.place))
            continue
        values = [number(each) for each in cell]
        bad = next((each for each in values if isinstance(each, str)), None)
        if bad is None:
            found[row] = values
        else:
            faults.append(Fault(row, field.name, _json(cell), bad, block.place))
    return found, faults


def numbers_of_array(block: Block, name: str, values: NDArray[Any]) -> Numbers:
    """Numbers from an array of any numeric type; whole numbers that no float equals are faults."""
    if values.dtype.kind in "iu":
        flat, wrong = integers(values.reshape(-1))
        wide = values.shape[1] if values.ndim == 2 else 1
        source = values.reshape(-1)
        faults = [Fault(at // wide, name, str(int(source[at])), what, block.place) for at, what in wrong]
        return flat.reshape(values.shape), faults
    if values.dtype.kind not in "fb" or values.dtype.itemsize > 8:
        raise DataError(f"column {name} is of type {values.dtype}, not of numbers that float64 holds", "", name=name)
    return values.astype(np.float64), []


def moved(fault: Fault, row: int) -> Fault:
    """The same fault in a block where its row stands elsewhere."""
    place = fault.place
    return Fault(row, fault.name, fault.text, fault.message, None, place)
