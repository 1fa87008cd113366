"""NumPy's .npy: one array; its columns are x_0, x_1, …, or the fields of its records."""

from __future__ import annotations

import io
import shutil
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import ArrayBlock, Header, dtype_of, field_of, header, values_of
from .block import computed
from .records import DataError, Field, Settings
from .streams import seekable, shown, stamp, stamp_now

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Block
    from .output import Output


class Part:
    """One .npy file."""

    def __init__(self, path: str, wanted: Sequence[str] | None, settings: Settings) -> None:
        self.path, self.settings, self.passed = path, settings, 0
        self._stream = seekable(path, settings.stream)
        self.stamp = stamp(self._stream) if path != "-" else None
        self._header = header(self._stream, shown(path))
        self._start = self._stream.tell()
        shape, dtype = self._header.shape, self._header.dtype
        if not 1 <= len(shape) <= 2 or (len(shape) == 2 and dtype.names):
            raise DataError(f"is an array of shape {shape}: rows, or rows and columns are wanted", shown(path))
        self.fields = fields_of(self._header)
        if path != "-":
            self.close()

    def count(self) -> int:
        """How many rows the file has."""
        return self._header.shape[0]

    def blocks(self, first: int, skip: int = 0) -> Iterator[Block]:
        """The rows from `skip` on; `first` is the number of the file's first row over all parts."""
        if self.path != "-":
            self._stream = seekable(self.path, None)
            if stamp(self._stream) != self.stamp:
                raise DataError("the file changed while it was read", self.path)
        wide = self._header.shape[1] if len(self._header.shape) == 2 else 1
        rows = max(min(self.settings.rows, self.settings.bytes // max(wide * self._header.dtype.itemsize, 1)), 1)
        for start in range(skip, self.count(), rows):
            count = min(rows, self.count() - start)
            values = self._read(start, count, wide)
            found = len(values)
            if found:
                numbers = np.arange(first + start, first + start + found)
                yield ArrayBlock(self.path, self.fields, columns_of(values, self.fields), numbers, first)
            if found < count:
                raise DataError(f"is cut off after row {start + found} of {self.count()}", shown(self.path))
        self._stream.seek(self._start + self.count() * wide * self._header.dtype.itemsize)
        if self._stream.read(1):
            raise DataError(f"goes on after the {self.count()} rows of its array", shown(self.path))
        if self.stamp is not None and stamp_now(self._stream) != self.stamp:
            raise DataError("the file changed while it was read", self.path)

    def _read(self, start: int, count: int, wide: int) -> NDArray[Any]:
        """Some rows: as many as there are of those asked for."""
        dtype, size = self._header.dtype, self._header.dtype.itemsize
        if not self._header.columns_first or len(self._header.shape) == 1:
            self._stream.seek(self._start + start * wide * size)
            data = self._stream.read(count * wide * size)
            whole = len(data) // (wide * size) if wide * size else count
            values = np.frombuffer(data[: whole * wide * size], dtype)
            return values.reshape(whole, wide) if len(self._header.shape) == 2 else values
        columns = []
        for column in range(wide):
            self._stream.seek(self._start + (column * self.count() + start) * size)
            data = self._stream.read(count * size)
            columns.append(np.frombuffer(data[: len(data) // size * size], dtype))
        whole = min(map(len, columns))
        return np.stack([column[:whole] for column in columns], axis=1)

    def close(self) -> None:
        """Let the file go."""
        self._stream.close()


def fields_of(found: Header) -> tuple[Field, ...]:
    """The columns of an array."""
    if found.dtype.names:
        return tuple(field_of(name, found.dtype[name]) for name in found.dtype.names)
    if len(found.shape) == 1:
        return (field_of("x", found.dtype),)
    return tuple(field_of(f"x_{index}", found.dtype) for index in range(found.shape[1]))


def columns_of(values: NDArray[Any], fields: Sequence[Field]) -> dict[str, NDArray[Any]]:
    """The columns of some rows, in the machine's byte order."""
    if values.dtype.names:
        found = {field.name: values[field.name] for field in fields}
    elif values.ndim == 1:
        found = {"x": values}
    else:
        found = {field.name: values[:, index] for index, field in enumerate(fields)}
    return {name: column.astype(column.dtype.newbyteorder("="), copy=False) for name, column in found.items()}


def header_bytes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    """The header of an array. NumPy leaves room in it for any number of rows: its length does not depend on them."""
    stream = io.BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    try:
        np.lib.format.write_array_header_2_0(stream, described)
    except UnicodeEncodeError:  # names beyond Latin-1: version 3, for which NumPy has no function of its own
        text = f"{described!r}".encode()
        size = len(text) + 21 - len(str(shape[0]))
        size += -(size + 13) % 64
        return b"\x93NUMPY\x03\x00" + struct.pack("<I", size + 1) + text.ljust(size) + b"\n"
    return stream.getvalue()


class Writer:
    """Rows in an output, as an array of records with the names of the columns."""

    def __init__(self, output: Output, fields: Sequence[Field], added: Sequence[Field], settings: Settings) -> None:
        self.output, self.fields, self.added = output, fields, added
        every = (*fields, *added)
        self.dtype = np.dtype([(field.name, dtype_of(field, output.path)) for field in every])
        self.count = 0
        # A pipe cannot be gone back to once the number of rows is known.
        self._spool = None if output.seekable_file else tempfile.TemporaryFile(dir=output.folder)  # noqa: SIM115, it outlives this function
        if self._spool is None:
            output.write(header_bytes((0,), self.dtype))

    def write(
        self, block: Block, columns: Mapping[str, NDArray[Any] | None], empty: NDArray[np.bool_] | None = None
    ) -> None:
        """Write rows: their own columns, then the computed ones."""
        rows = np.zeros(block.count, self.dtype)
        for field in self.fields:
            rows[field.name] = values_of(block, field, self.dtype[field.name], self.output.path, None, None)
        for field in self.added:
            values, gaps = computed(columns, field.name, empty, block.count)
            rows[field.name] = values_of(block, field, self.dtype[field.name], self.output.path, values, gaps)
        self.count += block.count
        if block.count:
            (self._spool or self.output).write(rows.view(np.uint8).data)

    def finish(self) -> None:
        """Say in the header how many rows there are."""
        head = header_bytes((self.count,), self.dtype)
        if self._spool is None:
            self.output.patch(0, head)
            return
        self.output.write(head)
        self._spool.seek(0)
        shutil.copyfileobj(self._spool, self.output, 1 << 20)
        self._spool.close()
