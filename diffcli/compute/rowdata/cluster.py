"""A job on many workers: each computes parts, the client puts them together, in order and to the last bit as one process does.

A worker that is lost is made up for by others; a part is given up only when it has ended several workers.
"""

from __future__ import annotations

import logging
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from uuid import uuid4

from ...data import DataError, FormatError, storage
from ...results_reduce import ReduceResult
from . import parts as in_parts
from .opening import Opened
from .parts import Parts, join
from .reduce import Reduction
from .run import Report, Totals, reduced
from .starts import Starts, range_of
from .worker import Answer, Task, absolute, columns_of, compute, facts, processor, renamed

INSTALL = 'pip install "diffcli[cluster]"'
# How often a part that failed is tried again, seconds without any worker before the run ends, and those to connect in.
RETRIES, PATIENCE, CONNECT = 3, 60.0, 15.0
# Their versions must be the same everywhere.
PACKAGES = ("diffcli", "numpy", "llvmlite", "pyarrow", "distributed")

# Quiet; and memory that was used is kept: to give it back after each array, as Dask's workers do, takes longer than the work.
SETTINGS = {
    "logging.distributed": "critical",
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 1 << 28,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 1 << 25,
}


class Crew:
    """The workers of a run, as a context: those of a scheduler at an address, or so many processes on this machine."""

    def __init__(self, address: str | None, workers: int | None, tell: Callable[[str], None]) -> None:
        self.address, self.workers, self.tell = address, workers, tell
        self.name = address or "--workers"
        self.here = processor()
        self.kept: str | None = None
        self._stack = ExitStack()
        self._threads, self._asked, self._seen = 1, 0.0, time.monotonic()

    def __enter__(self) -> Crew:
        try:
            import dask
            import distributed
        except ImportError:
            raise FormatError(
                "the cluster needs distributed, which is not installed", f"install it: {INSTALL}"
            ) from None
        self._stack.enter_context(dask.config.set(SETTINGS))
        for name in [each for each in logging.root.manager.loggerDict if each.startswith("distributed")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            if self.address is None:
                self.client: Any = self._stack.enter_context(self._local(distributed))
            else:
                self.client = self._stack.enter_context(self._connected(distributed))
                self._check()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _local(self, distributed: Any) -> Any:
        """Processes on this machine, which listen to this machine alone."""
        scratch = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        with deaf():
            cluster = distributed.LocalCluster(
                n_workers=self.workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                protocol="tcp://",
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
                memory_limit=0,
                local_directory=scratch,
                preload=[DEAF],
            )
        return distributed.Client(self._stack.enter_context(cluster))

    def _connected(self, distributed: Any) -> Any:
        try:
            client = distributed.Client(self.address, timeout=CONNECT)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            help = "a scheduler is started by `dask scheduler`; its address is as tcp://host:8786"
            raise DataError(f"no scheduler could be reached: {why}", self.name, help=help) from None
        try:
            client.wait_for_workers(1, timeout=CONNECT)
        except TimeoutError:
            client.close()
            raise DataError("it has no workers", self.name, help=f"start some: dask worker {self.address}") from None
        return client

    def _check(self) -> None:
        """DataError where versions differ: the results might."""
        found = self.client.get_versions(packages=list(PACKAGES))
        mine = found["client"]["packages"]
        wrong = []
        for address, theirs in [("scheduler", found["scheduler"]), *sorted(found["workers"].items())]:
            packages = theirs["packages"]
            names = PACKAGES if address != "scheduler" else ("diffcli", "distributed")
            differing = [name for name in names if packages.get(name) != mine.get(name)]
            if differing:
                said = ", ".join(f"{name} {packages.get(name) or 'missing'}" for name in differing)
                wrong.append(f"{address} has {said}")
        if wrong:
            here = ", ".join(f"{name} {mine.get(name) or 'missing'}" for name in PACKAGES)
            rest = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
            help = f"here there are {here}; install the same everywhere"
            raise DataError(f"other versions than here: {'; '.join(wrong[:5])}{rest}", self.name, help=help)

    def write(self, parts: Parts, totals: Totals, report: Report) -> None:
        """Compute the parts that are not there yet, and put all of them together."""
        run = parts.opened
        self.kept = KEPT
        task, names = _task(run, folder=parts.folder, format=parts.format)
        starts = Starts(run)
        first, last = range_of(run)
        end = parts.last()

        def keep(part: int, answer: Answer) -> None:
            parts.keep(part, answer.file, answer.size)
            parts.note(part, _renamed(answer.totals, names))

        count = 0
        for answer in self.answers(task, starts, first, last if end is None else end, parts.done, keep):
            _take(answer, names, totals, report)
            count += 1
        parts.record("end", first + count - 1)
        join(parts, [parts.path(first + each) for each in range(count)])

    def reduce(self, run: Opened, asked: Sequence[str], totals: Totals, report: Report) -> ReduceResult:
        """Compute all rows and write none: what they come to, column by column."""
        task, names = _task(run, asked=tuple(asked))
        reduction = Reduction(columns_of(run), asked)
        starts, ends = Starts(run), range_of(run)
        for answer in self.answers(task, starts, *ends, lambda part: None, lambda part, answer: None):
            _take(answer, names, totals, report)
            assert answer.reduction is not None
            reduction.merge(answer.reduction)
        return reduced(run, reduction, asked, totals)

    def answers(
        self,
        task: Task,
        starts: Starts,
        first: int,
        last: int | None,
        known: Callable[[int], Totals | None],
        keep: Callable[..., None],
    ) -> Iterator[Answer]:
        """What the parts from `first` on came to, in order, up to `last` or the end of the rows.

        `known` are parts that need not be computed; the others are handed to `keep` as soon as they are there.
        """
        waiting: dict[Any, int] = {}
        finished: dict[int, Answer] = {}
        turn = following = first
        try:
            while last is None or turn <= last:
                while (last is None or following <= last) and len(waiting) < self._room():
                    found = known(following)
                    if found is not None:
                        finished[following] = Answer(found)
                    elif following > first and starts.ended(following * task.size):
                        last = following - 1
                        break
                    else:
                        mark = starts.before(following * task.size)
                        more = {"key": f"{task.key}-{following}", "retries": RETRIES, "pure": False}
                        waiting[self.client.submit(compute, task, following, mark, **more)] = following
                    following += 1
                for future in self._done(waiting):
                    part = waiting.pop(future)
                    answer = finished[part] = self._result(future, part, task.size)
                    if answer.error is not None:
                        last = part if last is None else min(last, part)
                    elif not answer.totals.read and part > first:
                        last = part - 1 if last is None else min(last, part - 1)
                    else:
                        keep(part, answer)
                while turn in finished and (last is None or turn <= last):
                    yield finished.pop(turn)
                    turn += 1
        finally:
            if waiting:
                self.client.cancel(list(waiting), force=True)

    def _done(self, waiting: dict[Any, int]) -> Sequence[Any]:
        """The tasks that are done, some second later none perhaps."""
        wait: Any = import_module("distributed").wait
        if not waiting:
            return ()
        try:
            return sorted(wait(list(waiting), 1.0, "FIRST_COMPLETED").done, key=waiting.__getitem__)
        except TimeoutError:
            self._room()
            if time.monotonic() - self._seen > PATIENCE:
                raise DataError(f"no worker has been left for {PATIENCE:.0f} s", self.name, help=self.kept) from None
            return ()
        except Exception as error:
            raise self._lost(error) from None

    def _result(self, future: Any, part: int, size: int) -> Answer:
        from distributed.scheduler import KilledWorker

        try:
            answer: Answer = future.result()
        except KilledWorker:
            raise DataError(
                f"rows {part * size:,} to {(part + 1) * size - 1:,} ended {RETRIES + 1} workers, one after the other",
                self.name,
                help="; ".join(["they may need more memory", *([self.kept] if self.kept else [])]),
            ) from None
        except Exception as error:
            if future.status in ("cancelled", "lost"):
                raise self._lost(error) from None
            raise
        if answer.processor and answer.processor != self.here:
            self.tell(
                f"note: a worker is {answer.processor}, this is {self.here}: last bits may differ from a run here\n"
            )
            self.here = answer.processor
        return answer

    def _lost(self, error: BaseException) -> DataError:
        return DataError(f"the connection to the scheduler is lost ({type(error).__name__})", self.name, help=self.kept)

    def _room(self) -> int:
        """How many parts may be under way: enough for all workers to have the next one at hand."""
        now = time.monotonic()
        if now - self._asked > 1:
            try:
                self._threads = sum(self.client.nthreads().values())
            except Exception as error:
                raise self._lost(error) from None
            self._asked = now
        if self._threads:
            self._seen = now
        return 2 * max(self._threads, 1) + 2


@contextmanager
def deaf() -> Iterator[None]:
    """Ctrl-C is not heard, by the processes neither that are started here: it is for the client alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# The same for the processes that are started when one was lost.
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
KEPT = "--resume goes on from the parts that are finished"


def _take(answer: Answer, names: dict[str, str], totals: Totals, report: Report) -> None:
    if answer.error is not None:
        raise answer.error.error(names)
    totals.merge(_renamed(answer.totals, names))
    report(totals)


def _renamed(totals: Totals, names: dict[str, str]) -> Totals:
    for fault in totals.faults:
        fault.found = renamed(fault.place, names)
    return totals


def _task(run: Opened, **rest: Any) -> tuple[Task, dict[str, str]]:
    """What workers are asked, and what the files are called here."""
    paths = [storage.absolute(path) for path in run.job.paths]
    job = absolute(run.job, paths)
    here = facts(run)
    return Task(f"diffcli-{uuid4().hex}", job, in_parts.PART, here, **rest), dict(
        zip(paths, run.job.paths, strict=True)
    )
