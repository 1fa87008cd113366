"""Arrow tables: what Parquet and Arrow files have in common. Imported only where pyarrow is installed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from .block import Block, arrow_of, computed, numbers_in, numbers_of_array, vectors_in
from .numeric import float_texts, functions
from .records import DataError, Fault, Field, Place, Settings
from .storage import StorageError
from .streams import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Numbers
    from .output import Output


def kind_of(kind: Any) -> str:
    """Our word for a type of Arrow's."""
    types = pa.types
    if types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if types.is_floating(kind) or types.is_decimal(kind):
        return "float"
    if types.is_integer(kind):
        return "int"
    if types.is_boolean(kind):
        return "bool"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    if types.is_fixed_size_list(kind) and kind_of(kind.value_type) in ("float", "int", "bool"):
        return f"list({kind.list_size})"
    if (types.is_list(kind) or types.is_large_list(kind)) and kind_of(kind.value_type) in ("float", "int", "bool"):
        return "list"
    return "other"


def fields_of(schema: Any, path: str) -> tuple[Field, ...]:
    """The columns of a schema; DataError for two of one name."""
    for name in schema.names:
        if schema.names.count(name) > 1:
            raise DataError(f"two columns are named {name}", shown(path), name=name)
    return tuple(Field(each.name, kind_of(each.type), each.type) for each in schema)


def read(path: str, settings: Settings, wanted: Sequence[str] | None, schema: Any) -> list[str] | None:
    """The columns that have to be read; None for all."""
    if settings.kept is None:
        return None
    return [name for name in schema.names if name in {*settings.kept, *(wanted or ())}]


def broken(path: str, error: BaseException, row: int | None = None) -> DataError:
    """What pyarrow says about a damaged file, with the place up to which it is good."""
    what = (str(error).splitlines() or ["no more is known"])[0][:200]
    if isinstance(error, StorageError):
        return DataError(f"cannot be read{'' if row is None else f' after row {row}'}: {what}", shown(path))
    if row is None:
        return DataError(f"is damaged or of another format: {what}", shown(path))
    return DataError(f"is damaged after row {row}: {what}", shown(path))


def sliced(path: str, batches: Iterator[Any], first: int, skip: int, rows: int, passed: int = 0) -> Iterator[Block]:
    """Blocks of at most so many rows; `passed` rows of the file went before the batches."""
    base = first
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError, EOFError) as error:
            raise broken(path, error, passed) from None
        if batch is None:
            return
        count = batch.num_rows
        for start in range(max(skip - passed, 0), count, rows):
            part = batch.slice(start, min(rows, count - start))
            number = first + passed + start
            yield TableBlock(path, part, np.arange(number, number + part.num_rows), base)
        passed += count


class TableBlock(Block):
    """Rows of an Arrow table."""

    def __init__(self, path: str, batch: Any, rows: NDArray[np.int64], base: int) -> None:
        self.path, self.batch, self.rows, self.base = path, batch, rows, base
        self.fields = tuple(Field(each.name, kind_of(each.type), each.type) for each in batch.schema)
        self.faults = []

    def place(self, row: int, name: str | None = None) -> Place:
        """The number of the row in its file."""
        return Place(shown(self.path), int(self.rows[row]) - self.base + 1)

    def _array(self, name: str) -> Any:
        array = self.batch.column(self.batch.schema.get_field_index(name))
        return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array

    def numbers(self, name: str) -> Numbers:
        """A column as float64, NaN where a cell is no number, and those cells."""
        array = self._array(name)
        kind = kind_of(array.type)
        if kind == "other":
            raise DataError(f"column {name} holds {array.type}, not numbers", shown(self.path), name=name)
        if kind == "text" or pa.types.is_decimal(array.type):
            return numbers_in(self, name, map(_decimal, array.to_pylist()))
        if kind.startswith("list"):
            flat = _rectangle(array)
            if flat is None:
                return vectors_in(self, Field(name, kind), array.to_pylist())
            return numbers_of_array(self, name, flat)
        if array.type == pa.float64() and not array.null_count:
            return array.to_numpy(zero_copy_only=True), []
        empty = array.is_null().to_numpy(zero_copy_only=False)
        plain = array.fill_null(0) if array.null_count else array
        values, faults = numbers_of_array(self, name, plain.to_numpy(zero_copy_only=False))
        if array.null_count:
            values = np.where(empty, np.nan, values)
            gaps = [Fault(row, name, "", "empty", self.place) for row in np.flatnonzero(empty).tolist()]
            faults = sorted(faults + gaps, key=lambda fault: fault.row)
        return values, faults

    def take(self, mask: Sequence[bool] | NDArray[np.bool_]) -> TableBlock:
        """The rows that a mask marks."""
        chosen = np.asarray(mask, bool)
        if chosen.all():
            return self
        return TableBlock(self.path, self.batch.filter(pa.array(chosen)), self.rows[chosen], self.base)

    def column(self, name: str) -> tuple[Any, NDArray[np.bool_] | None]:
        """A column in its own kind, and which rows are empty."""
        array = self._array(name)
        kind = kind_of(array.type)
        if kind in ("float", "int", "bool") and not pa.types.is_decimal(array.type):
            empty = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
            filled = array.fill_null(0) if array.null_count else array
            values = filled.to_numpy(zero_copy_only=False)
            return values.astype(np.float64) if kind == "float" else values, empty
        if kind.startswith("list("):
            flat = _rectangle(array)
            if flat is not None:
                return flat.astype(np.float64) if flat.dtype.kind == "f" else flat, None
        if pa.types.is_temporal(array.type):
            array = array.cast(pa.string())  # Python's own times have no nanoseconds
        return [_decimal(value) for value in array.to_pylist()], None

    def texts(self, name: str) -> Any:
        """A column as texts, exact and the shortest; empty where nothing is."""
        array = self._array(name)
        kind = kind_of(array.type)
        if kind == "text":
            return array.cast(pa.string()).fill_null("")
        if kind == "float" and pa.types.is_floating(array.type):
            texts = float_texts(array.fill_null(0).to_numpy(zero_copy_only=False))
        elif kind in ("int", "bool"):
            texts = array.cast(pa.string())
        else:
            return super().texts(name)
        return functions().if_else(array.is_valid(), texts, "") if array.null_count else texts

    def arrow(self, name: str, native: Any = None) -> Any:
        """The column as it is, or in another type."""
        array = self.batch.column(self.batch.schema.get_field_index(name))
        if native is None or array.type == native:
            return array
        if native == pa.string() and kind_of(array.type) == "other":
            return super().arrow(name, native)
        return array.cast(native)


def _decimal(value: Any) -> Any:
    """A decimal as its text, which is read to the nearest float; all else as it is."""
    return str(value) if type(value).__name__ == "Decimal" else value


def _rectangle(array: Any) -> NDArray[Any] | None:
    """Lists of one length without gaps as an array of rows."""
    if array.null_count or not len(array):
        return None
    if pa.types.is_fixed_size_list(array.type):
        width = array.type.list_size
    else:
        pc = functions()
        lengths = pc.list_value_length(array)
        width = lengths[0].as_py()
        if not pc.all(pc.equal(lengths, width)).as_py():
            return None
    flat = array.flatten()
    if flat.null_count:
        return None
    values: NDArray[Any] = flat.to_numpy(zero_copy_only=False).reshape(len(array), width)
    return values


def schema_of(fields: Sequence[Field], added: Sequence[Field]) -> Any:
    """The schema of an output: types that pass through stay what they are."""
    plain = {"float": pa.float64(), "int": pa.int64(), "bool": pa.bool_(), "text": pa.string(), "other": pa.string()}

    def type_of(field: Field) -> Any:
        if isinstance(field.native, pa.DataType):
            return field.native
        if field.width is not None:
            return pa.list_(pa.float64(), field.width)
        return pa.list_(pa.float64()) if field.kind == "list" else plain[field.kind]

    return pa.schema([(field.name, type_of(field)) for field in (*fields, *added)])


def sink(output: Output) -> Any:
    """What pyarrow writes an output to: a file by itself, without a copy of all that goes through Python."""
    path = output.file
    return pa.PythonFile(output, mode="w") if path is None else pa.OSFile(os.fsencode(path), "wb")


def dropped(writer: Any, sink: Any) -> None:
    """Close what is given up; what goes wrong there is of no interest any more."""
    for each in (writer, sink):
        with contextlib.suppress(Exception):
            if each is not None:
                each.close()


class Gathered:
    """Rows gathered into groups of one size, however they come, so that the file does not depend on the blocks."""

    def __init__(self, schema: Any, rows: int, send: Callable[[Any], object]) -> None:
        self.schema, self.rows, self.send = schema, rows, send
        self._held: list[Any] = []
        self._count = 0

    def add(
        self,
        block: Block,
        fields: Sequence[Field],
        added: Sequence[Field],
        columns: Mapping[str, NDArray[Any] | None],
        empty: NDArray[np.bool_] | None,
    ) -> None:
        """Take the rows of a block; full groups are sent."""
        arrays = [block.arrow(field.name, self.schema.field(field.name).type) for field in fields]
        for field in added:
            kind = self.schema.field(field.name).type
            values, gaps = computed(columns, field.name, empty, block.count)
            mask = gaps if gaps is not None and np.any(gaps) else None
            arrays.append(arrow_of(values, mask, None if field.width else kind))
        self._held.append(pa.Table.from_arrays(arrays, schema=self.schema))
        self._count += block.count
        while self._count >= self.rows:
            self._send(self.rows)

    def finish(self) -> None:
        """Send what is left."""
        if self._count:
            self._send(self._count)

    def _send(self, count: int) -> None:
        table = self._held[0] if len(self._held) == 1 else pa.concat_tables(self._held)
        self.send(table.slice(0, count).combine_chunks())
        self._count -= count
        self._held = [table.slice(count)] if self._count else []
