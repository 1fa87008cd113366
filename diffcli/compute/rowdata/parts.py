"""Output in parts, so that a run that was ended can go on: each part is complete or absent, and together they are the output.

A part holds what a fixed number of input rows came to, in the format of the output, in a folder beside it; a record beside
the part has its counts. The parts are good for one program, one set of options and one state of the data: their key.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Any
from uuid import uuid4

import numpy as np

from ...data import Block, Fault, Place, Settings, WriteError, format_of, open_reader, open_writer
from .opening import Opened
from .pipeline import Done
from .run import Report, Totals, added_fields, consume, in_types

# Input rows that a part is made of: a second or so of work, and few enough files for many rows.
PART = 1 << 18


class Parts:
    """The folder of parts of an output; `anew` says whether parts of another program or other data had to go."""

    def __init__(self, opened: Opened, target: str, format: str) -> None:
        folder, name = os.path.split(os.path.realpath(target))
        self.opened, self.target, self.format = opened, target, format
        self.added = added_fields(opened)
        self.folder = Path(folder, f".{name}.parts")
        self.anew = False
        try:
            self.folder.mkdir(exist_ok=True)
            self._lock = locked(self.folder / "lock", target)
            self._prepare(key_of(opened, format))
        except OSError as error:
            raise WriteError(str(self.folder), error.strerror or str(error), error.errno) from None

    def _prepare(self, key: str) -> None:
        """Leave only whole parts of the same key."""
        manifest = self.folder / "manifest.json"
        known = json.loads(manifest.read_text("utf-8")) if manifest.exists() else None
        same = known == {"key": key, "rows": PART}
        self.anew = known is not None and not same
        for path in self.folder.iterdir():
            if path.name.endswith(".part") or (not same and path.suffix in (".data", ".json")):
                path.unlink(missing_ok=True)
        if not same:
            self.record("manifest", {"key": key, "rows": PART})

    def record(self, name: str, facts: Any) -> None:
        """Write a small file, complete or not at all."""
        beside = self.folder / f"{name}.json.part"
        with beside.open("w", encoding="utf-8") as file:
            json.dump(facts, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.folder / f"{name}.json")

    def path(self, part: int) -> Path:
        """The file of a part."""
        return self.folder / f"{part:08d}.data"

    def done(self, part: int) -> Totals | None:
        """The counts of a part that is there, else None."""
        try:
            facts = json.loads((self.folder / f"{part:08d}.json").read_text("utf-8"))
            return totals_of(facts) if self.path(part).stat().st_size == facts["size"] else None
        except (OSError, ValueError):
            return None

    def last(self) -> int | None:
        """The number of the last part, once that is known."""
        try:
            return int(json.loads((self.folder / "end.json").read_text("utf-8")))
        except (OSError, ValueError):
            return None

    def note(self, part: int, totals: Totals) -> None:
        """Record the counts of a part whose file is there: now it is complete."""
        faults = [[each.name, each.text, each.message, list(each.place)] for each in totals.faults]
        facts = {"read": totals.read, "computed": totals.computed, "bad": totals.bad, "faults": faults}
        size = self.path(part).stat().st_size
        self.record(f"{part:08d}", facts | {"statuses": dict(totals.statuses), "size": size})

    def clear(self) -> None:
        """Start anew: take the parts away, but for the folder."""
        for path in self.folder.iterdir():
            if path.name[:8].isdigit() or path.name == "end.json":
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Take the parts away, under another name first: no worker that was given up can put a file there any more."""
        if os.name == "nt":  # where no folder is renamed that has an open file
            self._lock.close()
        gone = self.folder.rename(self.folder.with_name(f"{self.folder.name}.{uuid4().hex}"))
        self._lock.close()
        rmtree(gone, ignore_errors=True)

    def close(self) -> None:
        """Let another run have the folder; without a finished part it goes."""
        if self.folder.is_dir() and not any(self.folder.glob("*.data")):
            self.remove()
        self._lock.close()


def locked(path: Path, target: str) -> Any:
    """A file that one run holds at a time."""
    lock = path.open("w")
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # not on Windows
        pass
    except OSError:
        lock.close()
        raise WriteError(target, "another run is writing it") from None
    return lock


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
        str(job.request._replace(source=None, base=None)),  # type: ignore[arg-type]  # only its text is wanted
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
        path = str(self.parts.path(self.part))
        self.totals = Totals()
        self.writer = open_writer(path, self.parts.format, opened.fields, self.parts.added, Settings())

    def cut(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks, cut where parts end; it is noted to which part each belongs."""
        for block in blocks:
            numbers = block.rows // PART
            for number in np.unique(numbers).tolist():
                self.numbers.append(number)
                yield block.take(numbers == number)

    def put(self, done: Done) -> None:
        """Write rows; a part that is complete is closed."""
        number = self.numbers.popleft()
        while self.part < number:
            self.close()
            self.part += 1
            self._open()
        self.writer.write(done.block, in_types(self.parts.opened.plan, done), done.empty)
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
        consume(opened, writer.cut(blocks), writer.put, totals, report)
        if not writer.totals.read and first > opened.job.rows[0] // PART and writer.part == first:
            writer.writer.abandon()  # the rows ended with the part before
            return first - 1
        writer.close()
    except BaseException:
        writer.writer.abandon()
        raise
    return writer.part


def join(parts: Parts, paths: Sequence[Path]) -> None:
    """The output from its parts."""
    if format_of("-", parts.format).text:
        _join_texts(parts, paths)
    else:
        _join_tables(parts, paths)


def _join_texts(parts: Parts, paths: Sequence[Path]) -> None:
    """Texts one after the other, without the header from the second on."""
    from ...data.output import Output

    opened, head = parts.opened, io.BytesIO()
    open_writer(head, parts.format, opened.fields, parts.added, Settings()).close()
    output = Output(parts.target)
    try:
        for place, path in enumerate(paths):
            with path.open("rb") as file:
                file.seek(len(head.getvalue()) if place else 0)
                while chunk := file.read(1 << 20):
                    output.write(chunk)
        output.commit()
    except BaseException:
        output.abandon()
        raise


def _join_tables(parts: Parts, paths: Sequence[Path]) -> None:
    """Tables row by row: their formats have a size or a directory to be made for the whole."""
    opened = parts.opened
    none = {output.name for output in opened.plan.outputs if output.target is None}
    if opened.plan.request.unconnected == "zero":
        none = set()
    reader = open_reader([str(path) for path in paths], parts.format)
    with open_writer(parts.target, parts.format, opened.fields, parts.added, Settings()) as writer:
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
