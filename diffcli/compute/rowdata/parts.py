"""Output in parts, so that a run that was ended can go on: each part is complete or absent, and together they are the output.

A part holds what a fixed number of input rows came to, in the format of the output, in a folder beside it; a record beside
the part has its counts. The parts are good for one program, one set of options and one state of the data: their key.
"""

from __future__ import annotations

import hashlib
import io
import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ...data import Block, DataError, Fault, Place, Settings, format_of, open_reader, open_writer
from ..weights import digest
from .opening import Opened
from .pipeline import Done
from .run import Report, Totals, added_fields, consume, made

SHARED = "data, output and used files have to be on a path that the client and all workers see: a shared folder, or object storage"
# Input rows that a part is made of: a second or so of work, and few enough files for many rows.
PART = 1 << 18


class Parts(ABC):
    """The parts of an output; `anew` says whether those of another program or other data had to go."""

    folder: str
    # The folder of this machine that the output is in until it is complete: what a killed run leaves goes with the parts.
    beside: str | None

    def __init__(self, opened: Opened, target: str, format: str) -> None:
        self.opened, self.target, self.format = opened, target, format
        self.added = added_fields(opened)
        self.anew = False

    @abstractmethod
    def record(self, name: str, facts: Any) -> None:
        """Write a small file, complete or not at all."""

    @abstractmethod
    def facts(self, name: str) -> Any:
        """What a small file says; None where there is none."""

    @abstractmethod
    def path(self, part: int) -> str:
        """The file of a part."""

    @abstractmethod
    def size(self, part: int) -> int:
        """The size of the file of a part; OSError where there is none."""

    @abstractmethod
    def place(self, part: int, file: str) -> None:
        """Give a file of the folder, as a worker named it, the name of a part."""

    @abstractmethod
    def clear(self) -> None:
        """Start anew: take the parts away."""

    @abstractmethod
    def remove(self) -> None:
        """Take the parts away, and all that belongs to them."""

    @abstractmethod
    def close(self) -> None:
        """Let another run have the parts; without a finished one all goes."""

    def done(self, part: int) -> Totals | None:
        """The counts of a part that is there, else None."""
        facts = self.facts(f"{part:08d}")
        try:
            return totals_of(facts) if facts is not None and self.size(part) == facts["size"] else None
        except OSError:
            return None

    def last(self) -> int | None:
        """The number of the last part, once that is known."""
        found = self.facts("end")
        return None if found is None else int(found)

    def keep(self, part: int, file: str, size: int) -> None:
        """Take over the file of a worker; DataError where it is not what the worker wrote."""
        self.place(part, file)
        try:
            found = self.size(part)
        except FileNotFoundError:
            found = -1
        if found != size:
            raise DataError(f"it has not the {size} bytes that a worker wrote", self.path(part), help=SHARED)

    def note(self, part: int, totals: Totals) -> None:
        """Record the counts of a part whose file is there: now it is complete."""
        faults = [[each.name, each.text, each.message, list(each.place)] for each in totals.faults]
        facts = {"read": totals.read, "computed": totals.computed, "bad": totals.bad, "faults": faults}
        self.record(f"{part:08d}", facts | {"statuses": dict(totals.statuses), "size": self.size(part)})


def key_of(opened: Opened, format: str) -> str:
    """What parts depend on: program, options, data, versions and executors."""
    import platform

    from ...engine.run import native
    from .inputs import modules_of

    job, plan = opened.job, opened.plan
    facts = [
        opened.job.version,
        np.__version__,
        platform.machine(),
        sorted({each.executor for each in opened.pipeline.program.segments}),
        str(native.host()) if native.available() else "",
        job.command.__name__,
        [[each.source.name, each.source.text] for each in modules_of(job.request)],
        str(job.request._replace(source=None, base=None, weights=None)),  # type: ignore[arg-type]  # only its text is wanted
        digest(job.request.weights),
        [job.mapping, job.where, job.rows, job.on_error, job.only, sorted(job.fail_on)],
        [str(each) for each in (*opened.fields, *plan.outputs)],
        [format, opened.reader.fingerprint()],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def totals_of(facts: dict[str, Any]) -> Totals:
    """Counts from their record."""
    faults = [Fault(0, name, text, message, None, Place(*place)) for name, text, message, place in facts["faults"]]
    totals = Totals(facts["read"], facts["computed"], facts["bad"], faults)
    totals.statuses.update(facts["statuses"])
    return totals


class PartWriter:
    """Writes computed rows to the parts that they belong to."""

    def __init__(self, parts: Parts, first: int) -> None:
        self.parts, self.part = parts, first
        self.numbers: deque[int] = deque()
        self._open()

    def _open(self) -> None:
        opened = self.parts.opened
        path = self.parts.path(self.part)
        self.totals = Totals()
        self.writer = open_writer(path, self.parts.format, opened.fields, self.parts.added, Settings())

    def cut(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks, cut where parts end; it is noted to which part each belongs."""
        for block in blocks:
            numbers = block.rows // PART
            for number in np.unique(numbers).tolist():
                self.numbers.append(number)
                yield block.take(numbers == number)

    def made(self, done: Done) -> Done:
        """Rows as a writer takes them: all of them take the same."""
        return made(self.parts.opened.plan, self.writer, done)

    def put(self, done: Done) -> None:
        """Write rows; a part that is complete is closed."""
        number = self.numbers.popleft()
        while self.part < number:
            self.close()
            self.part += 1
            self._open()
        self.writer.put(done.made)
        self.totals.add(done)

    def close(self) -> None:
        """Complete the part, and only then its record."""
        self.writer.close()
        self.parts.note(self.part, self.totals)


def write_in_parts(parts: Parts, totals: Totals, report: Report) -> None:
    """Compute the parts that are not there yet, and put all of them together."""
    first = part = parts.opened.job.rows[0] // PART
    while True:
        found = parts.done(part)
        last = parts.last()
        if found is not None:
            totals.merge(found)
            report(totals)
            if part == last:
                break
            part += 1
            continue
        end = next((each for each in range(part + 1, (last or part) + 1) if parts.done(each) is not None), None)
        written = _missing(parts, part, end, totals, report)
        if end is None:
            parts.record("end", written)
            break
        part = end
    join(parts, [parts.path(each) for each in range(first, (parts.last() or first) + 1)])


def _missing(parts: Parts, first: int, end: int | None, totals: Totals, report: Report) -> int:
    """Compute the parts from `first` up to `end`; the number of the last one."""
    opened = parts.opened
    writer = PartWriter(parts, first)
    start = max(first * PART, opened.job.rows[0])
    try:
        blocks = opened.blocks(start, None if end is None else end * PART)
        consume(opened, writer.cut(blocks), writer.put, totals, report, writer.made)
        if not writer.totals.read and first > opened.job.rows[0] // PART and writer.part == first:
            writer.writer.abandon()  # the rows ended with the part before
            return first - 1
        writer.close()
    except BaseException:
        writer.writer.abandon()
        raise
    return writer.part


def join(parts: Parts, paths: Sequence[str]) -> None:
    """The output from its parts."""
    if format_of("-", parts.format).text:
        _join_texts(parts, paths)
    else:
        _join_tables(parts, paths)


def _join_texts(parts: Parts, paths: Sequence[str]) -> None:
    """Texts one after the other, without the header from the second on."""
    from ...data.output import Output
    from ...data.streams import Input

    opened, head = parts.opened, io.BytesIO()
    open_writer(head, parts.format, opened.fields, parts.added, Settings()).close()
    output = Output(parts.target, beside=parts.beside)
    try:
        for place, path in enumerate(paths):
            file = Input(path, unpack=False)
            file.read(len(head.getvalue()) if place else 0)
            while chunk := file.read(1 << 20):
                output.write(chunk)
            file.close()
            if file.failure is not None:
                raise file.failure
        output.commit()
    except BaseException:
        output.abandon()
        raise


def _join_tables(parts: Parts, paths: Sequence[str]) -> None:
    """Tables row by row: their formats have a size or a directory to be made for the whole."""
    opened = parts.opened
    none = {output.name for output in opened.plan.outputs if output.target is None}
    if opened.plan.request.unconnected == "zero":
        none = set()
    reader = open_reader(paths, parts.format)
    settings = Settings(beside=parts.beside)
    with open_writer(parts.target, parts.format, opened.fields, parts.added, settings) as writer:
        for block in reader.blocks():
            columns: dict[str, Any] = {}
            empty = None
            for field in parts.added:
                if field.name in none:
                    columns[field.name] = None
                else:
                    columns[field.name], empty = block.column(field.name)
            writer.write(block, columns, empty)
    reader.close()
