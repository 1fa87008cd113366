"""A worker of a batch: a process that answers a command's question for one file after another."""

from __future__ import annotations

import contextlib
import gc
import os
from importlib import import_module
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from diffcli.cli.each import unusable
from diffcli.cli.env import Environment
from diffcli.cli.errors import UsageError
from diffcli.cli.options import Options
from diffcli.diagnostic import Diagnostic
from diffcli.render import Outcome

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from diffcli.document import Result


class Task(NamedTuple):
    """What is asked about every file: a command and its options, the width of standard error, the command's empty document."""

    command: str
    given: dict[str, Any]
    columns: int | None = None
    blank: Result | None = None


class Answer(NamedTuple):
    """What became of a file: its document, what standard error is told, how long it took, and whether asking again could change it."""

    outcome: Outcome
    told: str = ""
    seconds: float = 0.0
    passing: bool = False


def serve(connection: Connection, task: Task) -> None:
    """Answer until nobody asks any more."""
    from threading import Thread

    gc.set_threshold(100_000)
    Thread(target=outlived, daemon=True).start()
    import_module(f"diffcli.cli.commands.{task.command}")
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        connection.send(None)
        while True:
            connection.send(answer(task, connection.recv()))


def outlived() -> None:
    """End this process with the one that started it, however that one ends and whatever this one is at."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def answer(task: Task, path: str) -> Answer:
    """What the command says about a file, as it would in a run of its own."""
    stderr = BytesIO()
    environment = Environment(BytesIO(), BytesIO(), stderr, columns=task.columns)
    found: list[Outcome] = []
    environment.take = lambda outcomes, sample: found.extend(outcomes)
    assert task.blank is not None
    started = perf_counter()
    passing = False
    try:
        asked(task, path, environment)
    except UsageError as error:
        found, passing = [unusable(path, error, environment, task.blank)], True
    except Exception as error:
        found, passing = [broken(task, path, error, environment, task.blank)], True
    return Answer(found[0], stderr.getvalue().decode("utf-8", "replace"), perf_counter() - started, passing)


def asked(task: Task, path: str, environment: Environment) -> None:
    """Run the command on a file."""
    import_module(f"diffcli.cli.commands.{task.command}").run(Options(**task.given, files=[path]), environment)


def blank_of(task: Task, path: str, environment: Environment) -> Result:
    """The command's empty document. A mistake in its options is told by this, before any file is read."""
    found: list[Result] = []
    environment.take = lambda outcomes, sample: found.append(sample)
    try:
        asked(task, path, environment)
    finally:
        environment.take = None
    return found[0]


def broken(task: Task, path: str, error: Exception, environment: Environment, blank: Result) -> Outcome:
    """The outcome of a file at which the command itself failed."""
    from diffcli.cli.failures import verdict

    message, code = verdict(error, [task.command])
    environment.report(f"{path}: {message}")
    if task.given.get("debug"):
        import traceback

        environment.report("".join(traceback.format_exception(error)))
    said, _, help = message.strip().partition("\nhelp: ")
    kind = "memory" if isinstance(error, MemoryError) else "internal"
    return Outcome(blank.of_file(path, (Diagnostic(kind, said.removeprefix("error: "), help=help or None),)), code)
