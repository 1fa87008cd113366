"""Opening the data of a job: its columns are looked at first, then it is read with what the program wants of it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from shutil import copyfileobj
from typing import Any, BinaryIO, NamedTuple, cast

from ...data import Field, Mark, Reader, Settings, format_of, open_reader
from ..request import Request
from .condition import condition
from .pipeline import Choice, Pipeline
from .plan import Pairs, RowPlan, plan_rows

# The first so many bytes of a stream come at once: they tell how it is packed.
LEAST = 16


class Job(NamedTuple):
    """A program over data, as the command line asks for it.

    paths: files in order, or `-` for the stream · rows: from which row to which · only: the other columns are dropped ·
    fail_on: the statuses that are counted · version: of the program that runs it · block: the largest number of rows at a time ·
    arrays: the columns in memory, float64 with the rows along the first axis, where there is no file; paths[0] is then their name
    """

    command: Callable[[Request], Any]
    request: Request
    paths: tuple[str, ...]
    format: str | None = None
    stream: BinaryIO | None = None
    mapping: Pairs = ()
    where: str | None = None
    rows: tuple[int, int | None] = (0, None)
    sample: int | None = None
    seed: int = 0
    on_error: str = "fail"
    only: bool = False
    jobs: int = 1
    fail_on: frozenset[str] = frozenset()
    version: str = ""
    block: int | None = None
    arrays: Mapping[str, Any] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The files as they are called in messages."""
        return tuple("<stdin>" if path == "-" else path for path in self.paths)

    @property
    def where_from(self) -> str:
        """The data's name in messages."""
        rest = len(self.names) - 1
        return f"{self.names[0]} and {rest} more" if rest else self.names[0]


class Opened(NamedTuple):
    """A job ready to run: what is read, what is computed, and the columns that pass through."""

    job: Job
    reader: Reader
    pipeline: Pipeline
    fields: tuple[Field, ...]

    @property
    def plan(self) -> RowPlan:
        """What is computed."""
        return self.pipeline.plan

    def share(self, rows: int) -> float | None:
        """How much of the work is done, about, once so many rows were read; None where nothing tells."""
        first, last = self.job.rows
        share = self.reader.share(first + rows)
        if last is not None:
            return max(rows / max(last - first, 1), share or 0)
        return share

    def blocks(self, start: int = 0, stop: int | None = None, mark: Mark | None = None) -> Any:
        """The rows of the job, or those of them from `start` up to `stop`; a mark before them saves the way there."""
        first, last = self.job.rows
        ends = [each for each in (last, stop) if each is not None]
        return self.reader.blocks(max(first, start), min(ends) if ends else None, mark)


def opened(job: Job) -> Opened:
    """The job, ready to run; every mistake in it is found here, before the first row."""
    stream = Again(job)
    reader = open_reader(job.paths, job.format, settings=_settings(job, stream.first()))
    reader.close()
    fields = reader.fields
    plan = plan_rows(job.command, job.request, fields, job.mapping, job.where_from)
    where = None if job.where is None else condition(job.where, fields, job.mapping, job.where_from)
    read = [column for feed in (*plan.feeds, *(where.feeds if where else ())) for column in feed.columns]
    reader = open_reader(job.paths, job.format, list(dict.fromkeys(read)), _settings(job, stream.second()))
    try:
        pipeline = Pipeline(plan, Choice(where, job.sample, job.seed, job.on_error), job.jobs, job.fail_on)
    except BaseException:
        reader.close()
        raise
    return Opened(job, reader, pipeline, () if job.only else reader.fields)


def columns_of(job: Job) -> tuple[RowPlan, Sequence[Field]]:
    """What a job would compute, and the columns of its data; nothing is computed."""
    reader = open_reader(job.paths, job.format, settings=_settings(job, job.stream))
    reader.close()
    return plan_rows(job.command, job.request, reader.fields, job.mapping, job.where_from), reader.fields


def _settings(job: Job, stream: BinaryIO | None) -> Settings:
    settings = Settings(stream=stream, kept=() if job.only else None)
    return settings if job.block is None else settings._replace(rows=job.block)


class Again:
    """The stream of a job, to be read from its start twice: text is kept as far as the header, all else in a file."""

    def __init__(self, job: Job) -> None:
        self._stream = job.stream if "-" in job.paths else None
        self._kept: BinaryIO | None = None
        if self._stream is not None and not format_of("-", job.format).text:
            self._kept = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - it lives as long as the job
            copyfileobj(self._stream, self._kept)

    def first(self) -> BinaryIO | None:
        """The stream for a look at its beginning."""
        if self._stream is None or self._kept is not None:
            return self.second()
        self._stream = cast(BinaryIO, Kept(self._stream))
        return self._stream

    def second(self) -> BinaryIO | None:
        """The stream from its start."""
        if isinstance(self._stream, Kept):
            self._stream.rewind()
        if self._kept is not None:
            self._kept.seek(0)
            return self._kept
        return self._stream


class Kept:
    """A stream that keeps what was read of it until it is rewound, once.

    The buffer of standard input is left out: a thread that waits in it for a pipe would not let the process end.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream: Any = stream
        self._seen, self._place, self._keep = bytearray(), 0, True
        if isinstance(stream, io.BufferedReader):
            self._seen += stream.read(len(stream.peek(1)))
            self._stream = stream.raw
        while len(self._seen) < LEAST and (more := self._stream.read(4096)):
            self._seen += more

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many; none at the end."""
        if self._place < len(self._seen):
            found = bytes(self._seen[self._place : self._place + size])
            self._place += len(found)
            return found
        found = self._stream.read(size) or b""
        if self._keep:
            self._seen += found
            self._place += len(found)
        return found

    def rewind(self) -> None:
        """Start again from the first byte."""
        self._place, self._keep = 0, False
