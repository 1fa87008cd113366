"""Arrow IPC: files (.arrow, .feather, .ipc) and streams (.arrows, pipes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pyarrow as pa

from .records import DataError, Field, Settings
from .streams import seekable, shown, stamp, stamp_now
from .tables import Gathered, broken, dropped, fields_of, schema_of, sink, sliced

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .block import Block
    from .output import Output

GROUP = 1 << 16


class Part:
    """One Arrow file or stream."""

    def __init__(self, path: str, wanted: Sequence[str] | None, settings: Settings) -> None:
        self.path, self.wanted, self.settings, self.passed = path, wanted, settings, 0
        self.taken = 0  # bytes read so far
        self._stream: Any = settings.stream if path == "-" and settings.stream else seekable(path, None)
        self.stamp = stamp(self._stream) if path != "-" else None
        self._batches, schema = self._opened()
        self.fields = fields_of(schema, path)
        if path != "-":
            self.close()

    def _opened(self) -> tuple[Iterator[Any], Any]:
        head = self._stream.read(8)
        if not head:
            raise DataError("the file is empty", shown(self.path))
        if head.startswith(b"FEA1"):
            raise DataError("is of the old Feather format, version 1; save it as version 2", shown(self.path))
        is_file = head.startswith(b"ARROW1")
        try:
            if is_file:
                if self.path == "-":
                    self._stream = seekable("-", cast("BinaryIO", _Again(head, self._stream)))
                self._stream.seek(0)
                file = pa.ipc.open_file(pa.PythonFile(self._stream, mode="r"))
                return (file.get_batch(index) for index in range(file.num_record_batches)), file.schema
            stream = pa.ipc.open_stream(pa.PythonFile(_Again(head, self._stream), mode="r"))
            return iter(stream), stream.schema
        except (pa.ArrowException, OSError) as error:
            raise broken(self.path, error) from None

    def blocks(self, first: int, skip: int = 0) -> Iterator[Block]:
        """The rows from `skip` on; `first` is the number of the file's first row over all parts."""
        if self.path != "-":
            self._stream = seekable(self.path, None)
            if stamp(self._stream) != self.stamp:
                raise DataError("the file changed while it was read", self.path)
            self._batches, _ = self._opened()
        yield from sliced(self.path, self._checked(self._batches), first, skip, self.settings.rows)
        if self.stamp is not None and stamp_now(self._stream) != self.stamp:
            raise DataError("the file changed while it was read", self.path)

    def _checked(self, batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            batch.validate(full=True)  # the offsets of a damaged file may point anywhere
            self.passed += batch.num_rows
            self.taken = self._stream.tell() if self.stamp is not None else 0
            yield batch

    def close(self) -> None:
        """Let the file go; a stream that was given stays open."""
        if self._stream is not self.settings.stream:
            self._stream.close()


class _Again:
    """A stream whose first bytes were taken already."""

    closed = False

    def __init__(self, head: bytes, stream: Any) -> None:
        self._head, self._stream = head, stream

    def read(self, count: int = -1) -> bytes:
        """The next bytes: all that were asked for, unless the stream ends."""
        found, self._head = (self._head, b"") if count < 0 else (self._head[:count], self._head[count:])
        while count < 0 or len(found) < count:
            more = self._stream.read(count if count < 0 else count - len(found))
            if not more:
                break
            found += more
        return found

    def close(self) -> None:
        """The stream stays open."""

    def readable(self) -> bool:
        """It is."""
        return True


class Writer:
    """Rows in an output, in batches of one size."""

    def __init__(self, output: Output, fields: Sequence[Field], added: Sequence[Field], settings: Settings) -> None:
        self.fields, self.added = fields, added
        schema = schema_of(fields, added)
        stream = output.path == "-" or output.path.lower().endswith(".arrows")
        self._sink = sink(output)
        self._writer = pa.ipc.new_stream(self._sink, schema) if stream else pa.ipc.new_file(self._sink, schema)
        self._gathered = Gathered(schema, GROUP, lambda table: self._writer.write_table(table, GROUP))

    def write(
        self, block: Block, columns: Mapping[str, NDArray[Any] | None], empty: NDArray[np.bool_] | None = None
    ) -> None:
        """Write rows: their own columns, then the computed ones."""
        self._gathered.add(block, self.fields, self.added, columns, empty)

    def finish(self) -> None:
        """Write the last batch and the end."""
        self._gathered.finish()
        self._writer.close()
        self._sink.close()

    def drop(self) -> None:
        """Write nothing more."""
        dropped(self._writer, self._sink)
