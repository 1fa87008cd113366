"""The processes of a batch: each answers about a file at a time; one that takes too long or dies is replaced."""

from __future__ import annotations

import signal
from collections import deque
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from diffcli.cli.batching.worker import Answer, serve
from diffcli.diagnostic import Diagnostic
from diffcli.render import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from diffcli.cli.batching.worker import Task
    from diffcli.document import Result

    Numbered = tuple[int, Answer]

# How many processes in a row may end before they are ready, and how often those who watch are served, in seconds.
FAILURES, TICK = 5, 0.25


class Worker:
    """A process, and the file that it is at."""

    def __init__(self, task: Task) -> None:
        # A fresh process holds no copies of our streams and locks, and is the same on every system.
        from multiprocessing import get_context

        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, task), daemon=True)
        with undisturbed():
            self.process.start()
        theirs.close()
        self.number, self.file = -1, ""
        self.asked = 0.0
        self.deadline: float | None = None

    def ask(self, number: int, file: str, seconds: float | None) -> None:
        """Give it a file; OSError if it is not there any more."""
        self.connection.send(file)
        self.number, self.file = number, file
        self.asked = monotonic()
        self.deadline = None if seconds is None else self.asked + seconds

    def end(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.join()
        self.connection.close()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold Ctrl-C back, and for good in processes that start here: what it means is decided in one place."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Pool:
    """So many processes, a time limit for each file, and what to do before every wait."""

    def __init__(self, task: Task, jobs: int, seconds: float | None, waiting: Callable[[], None]) -> None:
        assert task.blank is not None
        self.task, self.blank, self.jobs, self.seconds, self.waiting = task, task.blank, jobs, seconds, waiting
        self.workers: list[Worker] = []
        self.failures = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in list(self.workers):
            self.dismiss(worker)

    def answers(self, files: Iterable[tuple[int, str]]) -> Iterator[Numbered]:
        """The answers for numbered files, as they come."""
        todo = deque(files)
        while todo or any(worker.file for worker in self.workers):
            busy = sum(1 for worker in self.workers if worker.file)
            while len(self.workers) < min(self.jobs, len(todo) + busy):
                self.workers.append(Worker(self.task))
            self.waiting()
            for worker in self.heard():
                yield from self.received(worker)
                self.occupy(worker, todo)
            yield from self.overdue()

    def heard(self) -> list[Worker]:
        """The workers that have said something or ended, after a wait for them."""
        from multiprocessing.connection import wait

        deadlines = [worker.deadline for worker in self.workers if worker.deadline is not None]
        patience = min([TICK, *(max(0.0, each - monotonic()) for each in deadlines)])
        connections: list[Any] = [worker.connection for worker in self.workers]
        speaking = wait(connections, patience)
        return [worker for worker in self.workers if worker.connection in speaking]

    def received(self, worker: Worker) -> Iterator[Numbered]:
        """What a worker says, if it is the answer for a file."""
        number, file = worker.number, worker.file
        worker.number, worker.file, worker.deadline = -1, "", None
        try:
            said = worker.connection.recv()
        except (EOFError, OSError):
            self.dismiss(worker)
            if file:
                answer = died(file, worker.process.exitcode, self.blank)
                yield number, answer._replace(seconds=monotonic() - worker.asked)
                return
            self.failures += 1
            if self.failures > FAILURES:
                raise RuntimeError(f"processes end at once with code {worker.process.exitcode}") from None
            return
        self.failures = 0
        if said is not None:
            yield number, said

    def occupy(self, worker: Worker, todo: deque[tuple[int, str]]) -> None:
        """Give a worker the next file, or let it go when there is none."""
        if worker not in self.workers:
            return
        if not todo:
            self.dismiss(worker)
            return
        number, file = todo.popleft()
        try:
            worker.ask(number, file, self.seconds)
        except OSError:  # It ended between two files; the next wait hears of it.
            todo.appendleft((number, file))

    def overdue(self) -> Iterator[Numbered]:
        """The files whose time is up; the processes at them are ended."""
        now = monotonic()
        for worker in list(self.workers):
            if worker.deadline is not None and worker.deadline <= now and not worker.connection.poll():
                self.dismiss(worker)
                yield worker.number, too_long(worker.file, self.seconds or 0.0, self.blank)

    def dismiss(self, worker: Worker) -> None:
        """End a worker."""
        self.workers.remove(worker)
        worker.end()


def in_order(answers: Iterable[Numbered], order: Iterable[int]) -> Iterator[Numbered]:
    """The answers in order; those that came early are held back, and given out when the run is interrupted."""
    held: dict[int, Answer] = {}
    following = iter(order)
    due = next(following, None)
    try:
        for number, answer in answers:
            held[number] = answer
            while due is not None and due in held:
                yield due, held.pop(due)
                due = next(following, None)
    except KeyboardInterrupt:
        yield from sorted(held.items())
        raise


def died(file: str, code: int | None, blank: Result) -> Answer:
    """The answer for a file at which the process ended."""
    if code == -getattr(signal, "SIGKILL", 9):
        why = Diagnostic(
            "killed",
            "the process that computed this file was killed",
            notes=("a system does that when memory runs out",),
            help="--jobs 1 needs less memory; --max-elements and --max-nodes bound what a file may ask for",
        )
        return told(file, why, 4, blank)
    try:
        how = signal.Signals(-(code or 0)).name
    except ValueError:
        how = f"exit code {code}"
    message = f"the process that computed this file ended with {how}"
    return told(file, Diagnostic("died", message, help="please report it with the file"), 70, blank)


def too_long(file: str, seconds: float, blank: Result) -> Answer:
    """The answer for a file that was stopped at its time limit."""
    why = Diagnostic("timeout", f"stopped after {seconds:g} s", help="--timeout SECONDS allows more")
    return told(file, why, 4, blank)._replace(seconds=seconds)


def told(file: str, why: Diagnostic, code: int, blank: Result) -> Answer:
    """The answer for a file that has no result of its own."""
    text = f"error: {file}: {why.message}\n" + "".join(f"note: {note}\n" for note in why.notes)
    return Answer(Outcome(blank.of_file(file, (why,)), code), f"{text}help: {why.help}\n", passing=True)
