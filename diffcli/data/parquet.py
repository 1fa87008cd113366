"""Parquet files, a row group after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from diffcli.source import remote

from .numeric import functions
from .records import DataError, Field, Settings
from .streams import seekable, shown, stamp, stamp_now
from .tables import Gathered, broken, dropped, fields_of, read, schema_of, sink, sliced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .block import Block
    from .output import Output

GROUP = 1 << 16
# So many values tell whether a column repeats itself.
LOOK = 1 << 13


class Part:
    """One Parquet file."""

    def __init__(self, path: str, wanted: Sequence[str] | None, settings: Settings) -> None:
        self.path, self.wanted, self.settings, self.passed = path, wanted, settings, 0
        self._stream = seekable(path, settings.stream)
        self.stamp = stamp(self._stream) if path != "-" else None
        self._file = self._opened()
        self.fields = fields_of(self._file.schema_arrow, path)
        self._rows = self._file.metadata.num_rows
        if path != "-":
            self.close()

    def _opened(self) -> Any:
        if not self._stream.read(1):
            raise DataError("the file is empty", shown(self.path))
        self._stream.seek(0)
        stored = remote(self.path)
        # Without buffering ahead a large row group does not come into memory at once.
        try:
            return pq.ParquetFile(
                pa.PythonFile(self._stream, mode="r") if self.path == "-" or stored else self.path,
                pre_buffer=False,
                buffer_size=1 << (22 if stored else 20),
                page_checksum_verification=True,
            )
        except (pa.ArrowException, OSError) as error:
            raise broken(self.path, error) from None

    def count(self) -> int:
        """How many rows the file has."""
        return int(self._rows)

    def blocks(self, first: int, skip: int = 0) -> Iterator[Block]:
        """The rows from `skip` on; `first` is the number of the file's first row over all parts."""
        if self.path != "-":
            self._stream = seekable(self.path, None)
            if stamp(self._stream) != self.stamp:
                raise DataError("the file changed while it was read", self.path)
            self._file = self._opened()
        groups: list[int] = []
        passed = 0
        for index in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(index).num_rows
            if not groups and passed + rows <= skip:
                passed += rows
            else:
                groups.append(index)
        columns = read(self.path, self.settings, self.wanted, self._file.schema_arrow)
        size = self.settings.rows
        # Group by group: what is damaged takes nothing along of the groups before it.
        batches = (
            batch for group in groups for batch in self._file.iter_batches(size, row_groups=[group], columns=columns)
        )
        yield from sliced(self.path, batches, first, skip, size, passed)
        if self.stamp is not None and stamp_now(self._stream) != self.stamp:
            raise DataError("the file changed while it was read", self.path)

    def close(self) -> None:
        """Let the file go."""
        self._file.close(force=True)
        self._stream.close()


class Writer:
    """Rows in an output, in row groups of one size."""

    def __init__(self, output: Output, fields: Sequence[Field], added: Sequence[Field], settings: Settings) -> None:
        self._sink, self.fields, self.added = sink(output), fields, added
        self._schema = schema_of(fields, added)
        self._writer: Any = None
        self._gathered = Gathered(self._schema, GROUP, self._send)

    def _send(self, table: Any) -> None:
        """Write a group; the first one tells which columns repeat themselves and so get a dictionary.

        To look for repetitions where there are none takes four times as long as writing, and makes the file larger.
        """
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._sink,
                self._schema,
                use_dictionary=[field.name for field in self.fields if repeats(table[field.name])] or False,
                compression="snappy",
            )
        self._writer.write_table(table, GROUP)

    def write(
        self, block: Block, columns: Mapping[str, NDArray[Any] | None], empty: NDArray[np.bool_] | None = None
    ) -> None:
        """Write rows: their own columns, then the computed ones."""
        self._gathered.add(block, self.fields, self.added, columns, empty)

    def finish(self) -> None:
        """Write the last group and the directory of the file."""
        self._gathered.finish()
        if self._writer is None:
            self._send(self._schema.empty_table())
        self._writer.close()
        self._sink.close()

    def drop(self) -> None:
        """Write nothing more."""
        dropped(self._writer, self._sink)


def repeats(column: Any) -> bool:
    """Whether the first values of a column come at least twice each, as far as they can be counted."""
    first = column.slice(0, LOOK)
    if pa.types.is_floating(first.type) or pa.types.is_integer(first.type):
        return len(np.unique(first.to_numpy())) * 2 <= len(first)
    try:
        return bool(functions().count_distinct(first).as_py() * 2 <= len(first))
    except pa.ArrowNotImplementedError:
        return False
