"""NumPy's .npz: arrays by name, a column each; arrays of two dimensions are columns of vectors."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import ArrayBlock, Header, dtype_of, field_of, header, values_of
from .block import computed
from .npy import header_bytes
from .records import DataError, Field, Settings
from .storage import SCATTERED
from .streams import seekable, shown, stamp, stamp_now

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Block
    from .output import Output

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, KeyError)


class Part:
    """One .npz file."""

    def __init__(self, path: str, wanted: Sequence[str] | None, settings: Settings) -> None:
        self.path, self.settings, self.passed = path, settings, 0
        self._stream = seekable(path, settings.stream, SCATTERED)
        self.stamp = stamp(self._stream) if path != "-" else None
        self._headers: dict[str, Header] = {}
        archive = self._opened()
        members = archive.namelist()
        for member in members:
            name = member.removesuffix(".npy")
            if members.count(member) > 1:
                raise DataError(f"two columns are named {name}", shown(path), name=name)
            self._headers[name] = self._header_of(archive, member)
        if not members:
            raise DataError("holds no array", shown(path))
        self._rows = self._shared_rows()
        self.fields = tuple(field_of(name, _row_type(found)) for name, found in self._headers.items())
        if path != "-":
            self.close()

    def _opened(self) -> zipfile.ZipFile:
        if not self._stream.read(1):
            raise DataError("the file is empty", shown(self.path))
        self._stream.seek(0)
        try:
            return zipfile.ZipFile(self._stream)
        except _BROKEN as error:
            raise DataError(f"is damaged or no npz file: {error}", shown(self.path)) from None

    def _header_of(self, archive: zipfile.ZipFile, member: str) -> Header:
        name = f"{shown(self.path)} ({member})"
        try:
            with archive.open(member) as stream:
                found = header(stream, name)
        except _BROKEN as error:
            raise DataError(f"is damaged: {error}", name) from None
        if not 1 <= len(found.shape) <= 2 or (found.columns_first and len(found.shape) == 2) or found.dtype.names:
            order = " in the order of columns" if found.columns_first else ""
            raise DataError(f"is an array of shape {found.shape}{order}: a number or a vector a row is wanted", name)
        return found

    def _shared_rows(self) -> int:
        one, rows = next((name, found.shape[0]) for name, found in self._headers.items())
        for name, found in self._headers.items():
            if found.shape[0] != rows:
                message = f"{name} has {found.shape[0]} rows, but {one} has {rows}"
                raise DataError(message, shown(self.path), name=name)
        return rows

    def count(self) -> int:
        """How many rows the file has."""
        return self._rows

    def blocks(self, first: int, skip: int = 0) -> Iterator[Block]:
        """The rows from `skip` on; `first` is the number of the file's first row over all parts."""
        if self.path != "-":
            self._stream = seekable(self.path, None, SCATTERED)
            if stamp(self._stream) != self.stamp:
                raise DataError("the file changed while it was read", self.path)
        archive = self._opened()
        done = skip
        try:
            streams = {name: archive.open(name + ".npy") for name in self._headers}
            for name, stream in streams.items():
                header(stream, name)
                stream.seek(skip * _row_type(self._headers[name]).itemsize, 1)
            while done < self._rows:
                count = min(self.settings.rows, self._rows - done)
                columns = {name: _read(stream, self._headers[name], count) for name, stream in streams.items()}
                numbers = np.arange(first + done, first + done + count)
                yield ArrayBlock(self.path, self.fields, columns, numbers, first)
                done += count
        except _BROKEN as error:
            raise DataError(f"is damaged after row {done}: {error}", shown(self.path)) from None
        if self.stamp is not None and stamp_now(self._stream) != self.stamp:
            raise DataError("the file changed while it was read", self.path)

    def close(self) -> None:
        """Let the file go."""
        self._stream.close()


def _row_type(found: Header) -> np.dtype[Any]:
    """The type of a row of an array."""
    return found.dtype if len(found.shape) == 1 else np.dtype((found.dtype, found.shape[1:]))


def _read(stream: Any, found: Header, count: int) -> NDArray[Any]:
    """The next rows of an array."""
    size = count * _row_type(found).itemsize
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("it is cut off")
    values = np.frombuffer(data, found.dtype).reshape(count, *found.shape[1:])
    return values.astype(found.dtype.newbyteorder("="), copy=False)


class Writer:
    """Rows in an output: the columns are gathered in files without a name, since an archive holds one after the other."""

    def __init__(self, output: Output, fields: Sequence[Field], added: Sequence[Field], settings: Settings) -> None:
        self.output, self.fields, self.added = output, fields, added
        self._types = {field.name: dtype_of(field, output.path) for field in (*fields, *added)}
        self._spools: dict[str, Any] = {name: tempfile.TemporaryFile(dir=output.folder) for name in self._types}  # noqa: SIM115, it outlives this function
        self._count = 0

    def write(
        self, block: Block, columns: Mapping[str, NDArray[Any] | None], empty: NDArray[np.bool_] | None = None
    ) -> None:
        """Write rows: their own columns, then the computed ones."""
        for field in (*self.fields, *self.added):
            dtype = self._types[field.name]
            own = field not in self.added
            given, gaps = (None, None) if own else computed(columns, field.name, empty, block.count)
            values = values_of(block, field, dtype, self.output.path, given, gaps)
            self._spools[field.name].write(np.ascontiguousarray(values, dtype.base).tobytes())
        self._count += block.count

    def finish(self) -> None:
        """Put the archive together."""
        with zipfile.ZipFile(self.output, "w") as archive:
            for name, spool in self._spools.items():
                dtype = self._types[name]
                # A fixed time: the same rows give the same bytes.
                member = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
                spool.seek(0)
                with archive.open(member, "w", force_zip64=True) as stream:
                    stream.write(header_bytes((self._count, *dtype.shape), dtype.base))
                    shutil.copyfileobj(spool, stream, 1 << 20)
                spool.close()

    def drop(self) -> None:
        """Let the gathered columns go."""
        for spool in self._spools.values():
            spool.close()
