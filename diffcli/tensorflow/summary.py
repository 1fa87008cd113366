"""tf.summary: scalars and histograms over steps, in event files for TensorBoard.

At once they are written as TensorFlow 2 does, to the default writer; in a graph `scalar` and `histogram` are operations
as in TensorFlow 1, whose results a `FileWriter` takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import finalize

import numpy as np

from ..data.event_file import BUCKETS, EventWriter
from . import calls, conversion
from .functions import static
from .spaces import SPACES, found
from .summaries import FileWriter, Summary, merge, merge_all, operation

_writers: list[SummaryWriter] = []
_steps: list[Any] = [None]


class SummaryWriter:
    """Writes summaries to a new event file in a folder; `with writer.as_default()` makes it the one that is written to."""

    def __init__(self, logdir: str, name: str | None = None) -> None:
        self._file = EventWriter(str(logdir))
        finalize(self, self._file.close)

    @contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        """Summaries inside go to this writer, with this step if none is given to them."""
        _writers.append(self)
        if step is not None:
            _steps.append(step)
        try:
            yield self
        finally:
            _writers.pop()
            if step is not None:
                _steps.pop()
            self.flush()

    def set_as_default(self, step: Any = None) -> None:
        """Summaries from here on go to this writer."""
        _writers[:] = [self]
        if step is not None:
            _steps[:] = [step]

    def init(self) -> None:
        """Nothing to do: the file is there."""

    def flush(self) -> None:
        """Hands over what was written to who reads the file."""
        self._file.flush()

    def close(self) -> None:
        """Finishes the file."""
        self._file.close()


class NoWriter(SummaryWriter):
    """Takes summaries and writes nothing."""

    def __init__(self) -> None:
        self._file: Any = None

    def flush(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


def create_file_writer(
    logdir: Any,
    max_queue: Any = None,
    flush_millis: Any = None,
    filename_suffix: Any = None,
    name: str | None = None,
    **unused: Any,
) -> SummaryWriter:
    """A writer to a new event file in a folder."""
    if filename_suffix:
        raise NotImplementedError("diffcli.tensorflow has no event files with filename_suffix")
    return SummaryWriter(str(logdir))


def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing."""
    return NoWriter()


def scalar(name: str, data: Any = None, step: Any = None, description: str | None = None, **v1: Any) -> Any:
    """Writes one number of a step: True if it was written, False without a default writer.

    In a graph it is an operation for a `FileWriter`, as in TensorFlow 1.
    """
    value = v1.pop("tensor", data)
    if calls.active_graph() is not None or getattr(value, "graph", None) is not None:
        return operation("scalar", name, value)
    return _written(step, lambda file, number: file.scalar(name, _scalar(name, value), number))


def histogram(
    name: str, data: Any = None, step: Any = None, buckets: int | None = None, description: str | None = None, **v1: Any
) -> Any:
    """Writes how many numbers of a step are spread over buckets of equal width: True if it was written.

    In a graph it is an operation for a `FileWriter`, as in TensorFlow 1.
    """
    value = v1.pop("values", data)
    if calls.active_graph() is not None or _symbolic(value):
        return operation("histogram", name, value)
    count = BUCKETS if buckets is None else int(static(buckets))
    return _written(step, lambda file, number: file.histogram(name, _array(value), number, count))


def _symbolic(value: Any) -> bool:
    parts = value if isinstance(value, (list, tuple)) else [value]
    return any(getattr(each, "graph", None) is not None for each in parts)


def _array(value: Any) -> Any:
    return conversion.convert_to_tensor(value).numpy()


def _scalar(name: str, value: Any) -> Any:
    if value is None:
        raise ValueError(f"None values not supported: there is no number for {name}")
    number = np.asarray(_array(value))
    if number.shape:
        raise ValueError(f"{name} is no scalar: its shape is {list(number.shape)}")
    return number


def _written(step: Any, write: Any) -> bool:
    if not _writers:
        return False
    chosen = _steps[-1] if step is None else step
    if chosen is None:
        raise ValueError(
            "No step set. Please specify one either through the `step` argument or through "
            "tf.summary.experimental.set_step()"
        )
    writer = _writers[-1]
    if isinstance(writer, NoWriter):
        return False
    write(writer._file, int(static(chosen)))
    return True


def flush(writer: SummaryWriter | None = None) -> None:
    """Hands over what was written by a writer, or the default one."""
    for each in [writer] if writer else _writers[-1:]:
        each.flush()


def should_record_summaries() -> bool:
    """Whether there is a default writer."""
    return bool(_writers)


class _Experimental:
    """tf.summary.experimental: the step of what is written without one."""

    @staticmethod
    def set_step(step: Any) -> None:
        _steps[-1] = step

    @staticmethod
    def get_step() -> Any:
        return _steps[-1]


experimental = _Experimental()
SUMMARY: dict[str, Any] = {
    each.__name__: each
    for each in (
        create_file_writer,
        create_noop_writer,
        scalar,
        histogram,
        flush,
        should_record_summaries,
        merge,
        merge_all,
        FileWriter,
        SummaryWriter,
        Summary,
    )
}
SUMMARY["experimental"] = experimental
SPACES["summary"] = SUMMARY


def __getattr__(name: str) -> Any:
    return found("summary", name)


def __dir__() -> list[str]:
    return sorted(SUMMARY)
