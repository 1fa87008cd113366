"""What a worker of a cluster does: it computes parts of a job, and says so when what it sees is not what the client sees."""

from __future__ import annotations

import os
import platform
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

from ...data import DataError, FormatError, Mark, Place, Settings, WriteError, open_writer
from ...data.stored_files import size_of
from ...diagnostic import DiagnosticError
from ...source import remote
from .opening import Job, Opened, opened
from .parts import SHARED
from .pipeline import BadRow
from .reduce import Reduction
from .run import Totals, added_fields, consume, in_types

# What ends a run; anything else that goes wrong is tried again on another worker.
FINAL = (BadRow, DataError, WriteError, FormatError, DiagnosticError)


class Task(NamedTuple):
    """A job for workers: its key, the rows that a part is made of, and where its parts go or what they are reduced to.

    facts: what has to be the same here as with the client
    """

    key: str
    job: Job
    size: int
    facts: Mapping[str, str]
    folder: str | None = None
    format: str = ""
    asked: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What a part came to: its counts, and its file in the folder or its reduction; or what ended it."""

    totals: Totals
    file: str = ""
    size: int = 0
    reduction: Reduction | None = None
    processor: str = ""
    error: Failed | None = None


class Failed(NamedTuple):
    """An error that can be sent: its type, its arguments, and what else it holds."""

    kind: type[BaseException]
    arguments: tuple[Any, ...]
    held: Mapping[str, Any]

    def error(self, names: Mapping[str, str]) -> BaseException:
        """The error; files are called as in `names`."""
        made = self.kind.__new__(self.kind, *self.arguments)
        made.__dict__.update(self.held)
        if isinstance(made, BadRow):
            made.fault.found = renamed(made.fault.place, names)
        elif isinstance(made, DataError):
            place = None if made.place is None else renamed(made.place, names)
            file = names.get(made.file, made.file)
            made = DataError(made.message, file, made.line, made.column, name=made.name, place=place, help=made.help)
        return made


def renamed(place: Place, names: Mapping[str, str]) -> Place:
    """A place in a file that the client calls otherwise."""
    return place._replace(file=names.get(place.file, place.file))


def failed(error: BaseException) -> Failed:
    """An error, ready to be sent."""
    if isinstance(error, BadRow):
        _ = error.fault.place  # looked up while the block is there
    return Failed(type(error), error.args, dict(error.__dict__))


def compute(task: Task, part: int, mark: Mark | None = None) -> Answer:
    """Compute a part, reading from a mark before it on.

    Its file is complete or absent. In a folder it has a name that no other has, and the client gives it its place.
    """
    totals = Totals()
    try:
        run = _here(task)
        rows = part * task.size, (part + 1) * task.size
        if task.folder is None:
            names = columns_of(run)
            reduction = Reduction(names, task.asked, partial=True)
            consume(run, run.blocks(*rows, mark), reduction.add, totals, _silent)
            return Answer(totals, reduction=reduction.finished(), processor=processor())
        stored = remote(task.folder)  # where nothing is renamed, and what is written twice is the same
        file = f"{part:08d}.data" if stored else f"{part:08d}.{uuid4().hex}.part"
        path = f"{task.folder}/{file}"
        with open_writer(path, task.format, run.fields, added_fields(run), Settings()) as writer:
            consume(
                run,
                run.blocks(*rows, mark),
                lambda done: writer.write(done.block, in_types(run.plan, done), done.empty),
                totals,
                _silent,
            )
            if not totals.read and rows[0] > run.job.rows[0]:
                writer.abandon()  # the rows ended before
                return Answer(totals, processor=processor())
        return Answer(totals, file, size_of(path) if stored else os.path.getsize(path), processor=processor())
    except FINAL as error:
        return Answer(totals, error=failed(error))


def columns_of(run: Opened) -> list[str]:
    """The columns that can be reduced."""
    zero = run.plan.request.unconnected == "zero"
    return [output.name for output in run.plan.outputs if output.target is not None or zero]


def facts(run: Opened) -> dict[str, str]:
    """What has to be the same everywhere for the same result."""
    from .inputs import modules_of

    paths = [(path, f"{size} bytes, {_state(mark)}") for path, size, mark in run.reader.fingerprint()]
    texts = [(each.source.name, each.source.text) for each in modules_of(run.job.request)]
    return {
        "diffcli": str(sys.modules[__name__.partition(".")[0]].__version__),  # of this process, not of the client
        "numpy": np.__version__,
        "executor": ", ".join(sorted({each.executor for each in run.pipeline.program.segments})),
        **dict(paths),
        **{f"program {os.path.basename(name)}": text for name, text in texts},
    }


def _state(mark: int | str) -> str:
    """What a state of a file is known by: its time in whole seconds, which is what all machines know, or its mark."""
    return f"changed at {mark // 10**9}" if isinstance(mark, int) else f"of the state {mark}" if mark else "unmarked"


def processor() -> str:
    """What the last bits may depend on: the kind of processor, and whether it multiplies and adds in one."""
    from ...engine.run import native

    if not native.available():
        return platform.machine()
    target = native.host()
    return f"{platform.machine()} with {target.width} lanes{', fma' if target.fma else ''}"


# One job at a time in each thread: a reader has a place in its file.
_LOCAL = threading.local()


def _here(task: Task) -> Opened:
    """The job, opened once in each thread; DataError where this worker sees something else than the client."""
    if getattr(_LOCAL, "key", None) == task.key:
        return _LOCAL.run  # type: ignore[no-any-return]  # a thread's own place has no types
    if getattr(_LOCAL, "run", None) is not None:
        _LOCAL.run.reader.close()
        _LOCAL.key = _LOCAL.run = None
    try:
        run = opened(task.job)
    except DataError as error:
        raise DataError(f"worker {_name()} cannot use it: {error.message}", error.file, help=SHARED) from None
    except FormatError as error:  # a library that is here, but not there
        raise DataError(f"worker {_name()}: {error.message}", task.job.paths[0], help=error.help) from None
    differing = _difference(facts(run), task.facts)
    if differing is None and task.folder is not None and not remote(task.folder) and not os.path.isdir(task.folder):
        differing = "no such folder", task.folder
    if differing is not None:
        run.reader.close()
        raise DataError(f"worker {_name()}: {differing[0]}", differing[1], help=SHARED)
    _LOCAL.key, _LOCAL.run = task.key, run
    return run


def _difference(here: Mapping[str, str], there: Mapping[str, str]) -> tuple[str, str] | None:
    """The first fact that differs, as what to say and of what."""
    for name, wanted in there.items():
        found = here.get(name)
        if found != wanted and name.startswith("program "):
            return "it is another text there than here", name.removeprefix("program ")
        if found != wanted:
            return f"it is {found or 'missing'} there, but {wanted} here", name
    return None


def _name() -> str:
    """This worker, as its scheduler and its machine call it."""
    from distributed import get_worker

    try:
        return f"{get_worker().address} ({socket.gethostname()})"
    except ValueError:  # not in a worker
        return socket.gethostname()


def _silent(totals: Totals) -> None:
    """Tell nothing."""


def absolute(job: Job, paths: Sequence[str]) -> Job:
    """The job as it is sent: nothing in it depends on the folder that a process is in."""
    base = job.request.base
    request = job.request._replace(base=None if base is None else os.path.abspath(base))
    return job._replace(paths=tuple(paths), stream=None, request=request)
