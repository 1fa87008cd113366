"""Event files: scalars and histograms over the steps of a run, as TensorBoard reads them.

with EventWriter("logs/train") as writer:
    writer.scalar("loss", 0.25, step=3)
    writer.histogram("weights", weights, step=3)
"""

from __future__ import annotations

import os
import socket
import time
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from .records import MissingExtra, WriteError

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

BUCKETS = 30
# Seconds after which what was written can be seen by who looks.
VISIBLE = 1.0
FLOAT, DOUBLE = 1, 2  # numbers of the types DT_FLOAT and DT_DOUBLE in a tensor
LARGEST = float(np.finfo(np.float64).max)
_numbers = count()


class EventWriter:
    """Writes a new event file in a folder, which is made if need be."""

    def __init__(self, folder: str) -> None:
        self._events, self._summaries, record_writer = _tensorboard()
        # The names sort by time, which is the order in which TensorBoard reads them.
        where = f"{socket.gethostname()}.{os.getpid()}.{next(_numbers):06d}"
        name = f"events.out.tfevents.{int(time.time()):010d}.{where}"
        self.path = os.path.join(folder, name)
        try:
            os.makedirs(folder, exist_ok=True)
            self._file = open(self.path, "xb")  # noqa: SIM115, it outlives this function
        except OSError as error:
            raise self._failed(error) from None
        self._records = record_writer(self._file)
        self._flushed = time.monotonic()
        self._write(file_version="brain.Event:2")
        self.flush()

    def begin(self, step: int) -> None:
        """Say with which step a run begins.

        TensorBoard then forgets what earlier files of the folder have from there on, which is what a run wrote after the
        checkpoint that it goes on from.
        """
        self._write(step=int(step), session_log=self._events.SessionLog(status=self._events.SessionLog.START))

    def scalar(self, name: str, value: ArrayLike, step: int) -> None:
        """Write one number, which TensorBoard keeps in 32 bits; ValueError for anything with a shape."""
        number = np.asarray(value)
        if number.shape:
            raise ValueError(f"{name} is no scalar: its shape is {list(number.shape)}")
        with np.errstate(over="ignore"):
            tensor = {"dtype": FLOAT, "tensor_shape": {}, "float_val": [float(number.astype(np.float32))]}
        self._add(step, tag=name, tensor=tensor, metadata=_metadata("scalars"))

    def histogram(self, name: str, data: ArrayLike, step: int, buckets: int = BUCKETS) -> None:
        """Write how the finite ones among many numbers are spread over buckets of equal width."""
        rows = histogram_rows(data, buckets)
        tensor = {
            "dtype": DOUBLE,
            "tensor_shape": {"dim": [{"size": size} for size in rows.shape]},
            "tensor_content": rows.astype("<f8").tobytes(),
        }
        self._add(step, tag=name, tensor=tensor, metadata=_metadata("histograms"))

    def scalar_v1(self, name: str, value: ArrayLike, step: int) -> None:
        """Write one number as version 1 of TensorFlow does; ValueError for anything with a shape."""
        number = np.asarray(value)
        if number.shape:
            raise ValueError(f"{name} is no scalar: its shape is {list(number.shape)}")
        with np.errstate(over="ignore"):
            self._add(step, tag=name, simple_value=float(number.astype(np.float32)))

    def histogram_v1(self, name: str, data: ArrayLike, step: int) -> None:
        """Write a histogram as version 1 of TensorFlow does; ValueError for NaN and infinity."""
        try:
            self._add(step, tag=name, histo=histogram_v1(data))
        except ValueError as error:
            raise ValueError(f"{error} in the histogram {name}") from None

    def flush(self) -> None:
        """Hand over what was written to who reads the file."""
        try:
            self._records.flush()
        except OSError as error:
            raise self._failed(error) from None
        self._flushed = time.monotonic()

    def close(self) -> None:
        """Finish the file; a second time does nothing."""
        if not self._file.closed:
            try:
                self._file.close()
            except OSError as error:
                raise self._failed(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _add(self, step: int, **value: Any) -> None:
        """Write one value of a step."""
        self._write(step=int(step), summary=self._summaries.Summary(value=[self._summaries.Summary.Value(**value)]))

    def _write(self, **event: Any) -> None:
        try:
            self._records.write(self._events.Event(wall_time=time.time(), **event).SerializeToString())
        except OSError as error:
            raise self._failed(error) from None
        if time.monotonic() - self._flushed > VISIBLE:
            self.flush()

    def _failed(self, error: OSError) -> WriteError:
        return WriteError(error.filename or self.path, error.strerror or str(error), error.errno)


def histogram_rows(data: ArrayLike, buckets: int = BUCKETS) -> NDArray[np.float64]:
    """Rows [left, right, count] of buckets of equal width from the least to the largest finite number.

    The last bucket has its right end too. Of equal numbers all rows are [v, v], and the last has the count; without numbers all is 0.
    """
    numbers = np.asarray(data, np.float64).ravel()
    numbers = numbers[np.isfinite(numbers)]
    buckets = max(buckets, 0)
    rows = np.zeros((buckets, 3))
    if not numbers.size or not buckets:
        return rows
    # Halves, so that the distance of the largest numbers of both signs is finite as well.
    low, high = numbers.min() / 2, numbers.max() / 2
    edges = 2 * np.linspace(low, high, buckets + 1)
    edges[0], edges[-1] = numbers.min(), numbers.max()
    rows[:, 0], rows[:, 1] = edges[:-1], edges[1:]
    if low == high:
        rows[-1, 2] = numbers.size
        return rows
    with np.errstate(divide="ignore", invalid="ignore"):
        places = (numbers / 2 - low) / ((high - low) / buckets)
    # A width that rounds to 0 gives no place to what lies at the left end.
    places = np.where(numbers / 2 > low, np.minimum(places, buckets - 1), 0)
    rows[:, 2] = np.bincount(places.astype(np.intp), minlength=buckets)
    return rows


def histogram_v1(data: ArrayLike) -> dict[str, Any]:
    """The fields of a histogram with the fixed limits of TensorFlow 1; runs of empty buckets are one."""
    numbers = np.asarray(data, np.float64).ravel()
    if not np.isfinite(numbers).all():
        raise ValueError("NaN" if np.isnan(numbers).any() else "infinity")
    limits = _limits_v1()
    places = np.minimum(np.searchsorted(limits, numbers, side="right"), len(limits) - 1)
    counts = np.bincount(places, minlength=len(limits))
    kept = counts > 0
    kept[:-1] |= counts[1:] > 0
    kept[-1] = True
    with np.errstate(over="ignore"):
        total, squares = numbers.sum(), (numbers * numbers).sum()
    return {
        "min": numbers.min(initial=LARGEST),
        "max": numbers.max(initial=-LARGEST),
        "num": numbers.size,
        "sum": total,
        "sum_squares": squares,
        "bucket_limit": limits[kept],
        "bucket": counts[kept],
    }


@cache
def _limits_v1() -> NDArray[np.float64]:
    """Limits that grow by a tenth from 1e-12 to 1e20, mirrored, with 0 between."""
    growing = [1e-12]
    while growing[-1] * 1.1 < 1e20:
        growing.append(growing[-1] * 1.1)
    growing.append(LARGEST)
    return np.array([*(-limit for limit in reversed(growing)), 0.0, *growing])


@cache
def _metadata(plugin: str) -> dict[str, Any]:
    """What says which part of TensorBoard shows a value."""
    return {"plugin_data": {"plugin_name": plugin}}


def _tensorboard() -> tuple[Any, Any, Any]:
    """TensorBoard's records of events and of summaries, and what writes them to a file.

    Its writer of whole event files would bring TensorFlow along wherever that is installed, which takes seconds.
    """
    try:
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter
    except ImportError:
        raise MissingExtra("writing for TensorBoard", "tensorboard", "tensorboard") from None
    return event_pb2, summary_pb2, RecordWriter
