"""Writing: a table of columns that pass through and columns that were computed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from .block import Block
from .formats import format_of
from .numeric import arrow
from .output import Output
from .records import Field, FormatError, MissingExtra, Settings, WriteError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Writer:
    """An output file. `close` gives it its name; `abandon` leaves nothing; as a context it does the one or the other."""

    def __init__(self, path: str, output: Output, inner: Any) -> None:
        self.path, self._output, self._inner, self._open = path, output, inner, True

    def write(
        self, block: Block, columns: Mapping[str, NDArray[Any] | None], empty: NDArray[np.bool_] | None = None
    ) -> None:
        """Write the rows of a block and what was computed for them.

        `empty` marks the rows whose computed columns stay without a value. Rows that are no rows cannot be written.
        """
        self.put(self.made(block, columns, empty))

    def made(
        self, block: Block, columns: Mapping[str, NDArray[Any] | None], empty: NDArray[np.bool_] | None = None
    ) -> Any:
        """The rows as `put` takes them. What takes long, the text of numbers, is made here: in any thread, in any order."""
        block.refuse()
        if not hasattr(self._inner, "made"):
            return block, columns, empty
        return self._guarded(lambda: self._inner.made(block, columns, empty))

    def put(self, made: Any) -> None:
        """Write rows that were made; they come in their order."""
        put = self._inner.put if hasattr(self._inner, "made") else lambda rows: self._inner.write(*rows)
        self._guarded(lambda: put(made))

    def close(self) -> None:
        """Finish the file and give it its name."""
        if self._open:
            try:
                self._guarded(self._inner.finish)
                self._output.commit()
            except BaseException:
                self.abandon()
                raise
            self._open = False

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._open = False
        self._output.stop()
        drop = getattr(self._inner, "drop", None)
        if drop is not None:
            drop()
        self._output.abandon()

    def _guarded(self, act: Any) -> Any:
        """Do it; of what the output says went wrong, not what a library makes of that."""
        try:
            return act()
        except Exception as error:
            if self._output.failure is not None:
                raise self._output.failure from None
            pyarrow = arrow()
            if pyarrow is not None and isinstance(error, (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError)):
                raise WriteError(self.path, str(error).splitlines()[0]) from None
            if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                raise WriteError(
                    self.path, os.strerror(error.errno) if error.errno else str(error), error.errno
                ) from None
            raise

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()


def open_writer(
    target: str | BinaryIO,
    format: str | None,
    fields: Sequence[Field],
    added: Sequence[Field],
    settings: Settings | None = None,
) -> Writer:
    """Open an output: a path, `-` for the stream in the settings, or a stream.

    `fields` pass through from the blocks, `added` are computed and come after them. A file appears under its name
    only when it is complete.
    """
    settings = settings or Settings()
    path = target if isinstance(target, str) else "-"
    if not isinstance(target, str):
        settings = settings._replace(stream=target)
    kind = format_of(path, format)
    if kind.extra and arrow() is None:
        raise MissingExtra(kind.name)
    names = [field.name for field in (*fields, *added)]
    for name in names:
        if names.count(name) > 1:
            raise FormatError(f"two columns of the output would be named {name}", "rename or drop the one of the data")
    output = Output(path, settings.stream, settings.level, settings.beside)
    try:
        return Writer(path, output, kind.load().Writer(output, fields, added, settings))
    except BaseException:
        output.abandon()
        raise
