"""`%%diffcli` in a notebook: a cell is an expression file, the line a command of diffcli with its options."""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

from .api.reports import displayed
from .api.values import converted, written
from .cli.app import main
from .cli.commands import COMMANDS
from .cli.env import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .document import Result
    from .render import Outcome

CELL = "<cell>"
HELP = """\
Runs a command of diffcli, `grad` unless another is named. The cell is the expression file.

    %%diffcli grad --wrt x --at x=2      the gradient of what the cell says, as a table
    %%diffcli graph                      the op graph as a picture
    %%diffcli --use x,data               values of the notebook's variables x and data feed inputs of these names
    %%diffcli --into result              the result is kept as a variable, too
    %diffcli ops tanh                    a command without a file
    %diffcli grad model.expr             a file of the folder

Variables of the notebook are used when --use names them, and never by themselves. With --format, --json or -o the output
is text as on the command line. A mistake, or an answer that is no, ends the cell with an error.
"""
SVG_HEAD = 400  # characters that may come before a picture begins
# These talk to a terminal or a shell.
UNFIT = ("repl", "completion")
TEXTUAL = ("--format", "--json", "-o", "--output", "--to", "--help", "-h")


class CellError(Exception):
    """Raised when a command does not end well: its text is all that a notebook shows."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


class Cell(Environment):
    """The outside world as a command of a notebook sees it: the cell is one of the files."""

    def __init__(self, path: str, text: str | None) -> None:
        super().__init__(BytesIO(), BytesIO(), BytesIO())
        self.path = path
        self.text = text
        self.results: list[Result] = []

    def read(self, path: str) -> bytes:
        """The bytes of a file, those of the cell by its name."""
        return self.text.encode() if self.text is not None and path == self.path else super().read(path)

    def keep(self, outcomes: Iterable[Outcome], sample: Result) -> None:
        """Takes results as they are."""
        self.results += [each.result for each in outcomes if each.exit_code <= 1]


def load_ipython_extension(shell: Any) -> None:
    """Registers the magic, for lines and for cells."""

    def diffcli(line: str, cell: str | None = None) -> None:
        run(shell.user_ns, line, cell)

    diffcli.__doc__ = HELP
    shell.register_magic_function(diffcli, "line_cell", "diffcli")


def run(names: dict[str, Any], line: str, cell: str | None) -> None:
    """Runs a command and shows what it gives; CellError with what went wrong."""
    command, given, used, into = understood(line)
    if command in UNFIT:
        raise CellError(f"diffcli {command} needs a terminal")
    environment = Cell("-" if command == "fmt" else CELL, cell)  # a cell is not a file that could be written to
    arguments = [command, *([environment.path] if cell is not None else []), *given]
    for name in used:
        if name not in names:
            raise CellError(f"--use {name}: the notebook has no variable {name}")
        try:
            arguments += ["--at", f"{name}={written(converted(name, names[name]))}"]
        except TypeError as error:
            raise CellError(f"--use {name}: {error}") from None
    if not any(each.partition("=")[0] in TEXTUAL for each in given):
        environment.take = environment.keep
        arguments += pictures(command)
    code = main(arguments, environment)
    results = [displayed(each) for each in environment.results]
    show(environment, results)
    if into is not None:
        names[into] = results[0] if len(results) == 1 else results
    finish(environment, code)


def pictures(command: str) -> list[str]:
    """The options by which a command that draws on a terminal gives what a notebook can show."""
    if command == "plot" and find_spec("matplotlib") is not None:
        return ["--format", "svg"]
    return ["--format", "json"] if command == "graph" else []


def understood(line: str) -> tuple[str, list[str], list[str], str | None]:
    """The command of a line, its options, and what --use and --into say."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise CellError("a quote is not closed") from None
    known = [command.name for command in COMMANDS]
    command = words.pop(0) if words and words[0] in known else "grad"
    given: list[str] = []
    used: list[str] = []
    into: str | None = None
    while words:
        word, equals, value = words.pop(0).partition("=")
        if word not in ("--use", "--into"):
            given.append(word + equals + value)
            continue
        if not equals:
            if not words:
                raise CellError(f"{word} needs {'names' if word == '--use' else 'a name'}")
            value = words.pop(0)
        if word == "--use":
            used += [name.strip() for name in value.split(",") if name.strip()]
        else:
            into = value
    return command, given, used, into


def show(environment: Cell, results: Iterable[Any]) -> None:
    """Shows results, and what was printed."""
    display = import_module("IPython.display").display

    for result in results:
        if hasattr(result, "_repr_mimebundle_"):
            display(result._repr_mimebundle_(), raw=True)
        else:
            display({"text/plain": str(result), "text/html": result._repr_html_()}, raw=True)
    assert isinstance(environment.stdout, BytesIO)
    printed = environment.stdout.getvalue().decode("utf-8", "replace")
    if "<svg" in printed[:SVG_HEAD]:
        display({"image/svg+xml": printed, "text/plain": "a picture"}, raw=True)
    elif printed:
        sys.stdout.write(printed)


def finish(environment: Cell, code: int) -> None:
    """Tells what a command told on standard error, as an error where the command failed."""
    assert isinstance(environment.stderr, BytesIO)
    told = environment.stderr.getvalue().decode("utf-8", "replace").rstrip()
    if code == 130:
        raise KeyboardInterrupt
    if code:
        raise CellError(told or "the answer is no: see above")
    if told:
        sys.stderr.write(f"{told}\n")
