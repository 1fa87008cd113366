"""NumPy arrays as columns: what .npy and .npz have in common."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .block import Block, numbers_in, numbers_of_array
from .records import DataError, Fault, Field, FormatError, Place, WriteError
from .streams import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Numbers


class Header(NamedTuple):
    """What a .npy header says."""

    shape: tuple[int, ...]
    columns_first: bool
    dtype: np.dtype[Any]


def header(stream: Any, name: str) -> Header:
    """Read the header of an array; DataError for what is none or cannot be read safely."""
    try:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0), (3, 0)):
            raise DataError(f"is of version {version[0]}.{version[1]} of the npy format, which is not known", name)
        size = stream.read(2 if version == (1, 0) else 4)
        text = stream.read(min(int.from_bytes(size, "little"), 1 << 24))
        found = ast.literal_eval(text.decode("utf-8" if version == (3, 0) else "latin-1"))
        shape, order, descr = found["shape"], found["fortran_order"], found["descr"]
        dtype = np.lib.format.descr_to_dtype(descr)
    except (ValueError, SyntaxError, TypeError, KeyError, EOFError, tokenize.TokenError, MemoryError) as error:
        raise DataError(f"is damaged or no NumPy array: {str(error).splitlines()[0][:200]}", name) from None
    if dtype.hasobject:
        raise DataError("holds Python objects, which are not read from files", name)
    if not (isinstance(shape, tuple) and all(isinstance(each, int) and each >= 0 for each in shape)):
        raise DataError("is damaged: its header gives no shape", name)
    return Header(shape, bool(order), dtype)


def kind_of(dtype: np.dtype[Any]) -> str:
    """Our word for a type of NumPy's."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return f"list({shape[0]})" if len(shape) == 1 and kind_of(base) in ("float", "int", "bool") else "other"
    if dtype.kind == "f" and dtype.itemsize <= 8:
        return "float"
    return {"i": "int", "u": "int", "b": "bool", "U": "text"}.get(dtype.kind, "other")


def field_of(name: str, dtype: np.dtype[Any]) -> Field:
    """A column of an array type."""
    return Field(name, kind_of(dtype), dtype)


class ArrayBlock(Block):
    """Rows of arrays."""

    def __init__(
        self,
        path: str,
        fields: tuple[Field, ...],
        columns: Mapping[str, NDArray[Any]],
        rows: NDArray[np.int64],
        base: int,
    ) -> None:
        self.path, self.fields, self.columns, self.rows, self.base = path, fields, columns, rows, base
        self.faults = []

    def place(self, row: int, name: str | None = None) -> Place:
        """The number of the row in its file."""
        return Place(shown(self.path), int(self.rows[row]) - self.base + 1)

    def numbers(self, name: str) -> Numbers:
        """A column as float64; whole numbers that no float equals are faults."""
        values = self.columns[name]
        if values.dtype.kind == "U":
            return numbers_in(self, name, values.tolist())
        if self.field(name).kind == "other":
            raise DataError(f"column {name} holds {values.dtype}, not numbers", shown(self.path), name=name)
        return numbers_of_array(self, name, values)

    def take(self, mask: Sequence[bool] | NDArray[np.bool_]) -> ArrayBlock:
        """The rows that a mask marks."""
        chosen = np.asarray(mask, bool)
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return ArrayBlock(self.path, self.fields, columns, self.rows[chosen], self.base)

    def column(self, name: str) -> tuple[Any, NDArray[np.bool_] | None]:
        """A column in its own kind."""
        values = self.columns[name]
        kind = self.field(name).kind
        if kind in ("text", "other"):
            return values.tolist(), None
        return np.ascontiguousarray(values, np.float64 if values.dtype.kind == "f" else None), None


def dtype_of(field: Field, path: str) -> np.dtype[Any]:
    """The type that a column has in an output of arrays; FormatError where there is none."""
    if isinstance(field.native, np.dtype) and field.kind != "other":
        return field.native
    if field.width is not None:
        return np.dtype((np.float64, (field.width,)))
    if field.kind not in ("float", "int", "bool"):
        raise FormatError(
            f"NumPy files hold numbers, column {field.name} holds {'text' if field.kind == 'text' else field.kind}",
            "drop the column, or choose another format",
        )
    return np.dtype({"float": np.float64, "int": np.int64, "bool": np.bool_}[field.kind])


def values_of(
    block: Block,
    field: Field,
    dtype: np.dtype[Any],
    path: str,
    computed: NDArray[Any] | None,
    empty: NDArray[np.bool_] | None,
) -> NDArray[Any]:
    """The numbers of a column for an output of arrays; what is empty is NaN."""
    values: Any
    if computed is not None:
        values = computed
    elif dtype.subdtype is not None or (field.kind == "float" and not isinstance(block, ArrayBlock)):
        values, faults = block.numbers(field.name)
        bad = [fault for fault in faults if fault.message not in ("empty", "missing")]
        if bad:
            raise bad[0].error()
    else:
        values, empty = block.column(field.name)
        values = block.columns[field.name] if isinstance(block, ArrayBlock) else values
    if empty is not None and empty.any():
        if values.dtype.kind != "f":
            row = int(np.flatnonzero(empty)[0])
            fault = Fault(row, field.name, "", "", block.place)
            raise WriteError(path, f"column {field.name} is empty at {fault.place}, and whole numbers have no NaN")
        values = values.copy()
        values[empty] = np.nan
    return np.asarray(values)
