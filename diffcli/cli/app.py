"""The program: finds the command, runs it, and turns whatever happened into an exit code.

Only what is needed is built. The version and the list of commands are answered without Typer, and a command brings in its own
module and no other.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from diffcli.cli.commands import COMMANDS
from diffcli.cli.env import Environment, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

HELP = """\
diffcli differentiates the formulas in a text file, exactly.

Examples:
  diffcli grad expr.txt --wrt x          the gradient, in a table
  diffcli grad expr.txt --json           the same facts for a script
  diffcli diff -e 'x**2 + 3*x' --wrt x   the derivative as a formula
  diffcli eval - --at x=2 < expr.txt     read from standard input

Usage: diffcli COMMAND FILE... [options]
"""
FOOTER = """
diffcli COMMAND --help says more; diffcli --version says which diffcli this is.
"""


def overview() -> str:
    """The help of the program: examples, then the commands by group."""
    parts = [HELP]
    for group in dict.fromkeys(command.group for command in COMMANDS):
        rows = (f"  {command.name:<12}{command.help}\n" for command in COMMANDS if command.group == group)
        parts.append(f"\n{group.capitalize()}:\n{''.join(rows)}")
    return "".join([*parts, FOOTER])


def application(names: Sequence[str], environment: Environment, completion: bool = False) -> typer.Typer:
    """The Typer application with these commands."""
    from diffcli.cli.register import register

    return register([command for command in COMMANDS if command.name in names], environment, completion)


def dispatch(arguments: Sequence[str], environment: Environment) -> int:
    """Run one command line and return its exit code; everything that goes wrong is raised."""
    first = arguments[0] if arguments else ""
    if first in ("--version", "-V"):
        from diffcli import __version__

        environment.write(f"diffcli {__version__}\n")
        return 0
    if first in ("--help", "-h", "help") and len(arguments) == 1:
        environment.write(overview())
        return 0
    if not first:
        environment.report(overview())
        return 2
    if first == "help":
        arguments = [*arguments[1:], "--help"]
        first = arguments[0]
    if first not in [command.name for command in COMMANDS]:
        raise unknown(first)
    from diffcli.cli.register import invoke

    return invoke(application([first], environment), arguments, environment)


def unknown(word: str) -> Exception:
    """The complaint about a first word that is no command, with the nearest thing that is."""
    import os

    from diffcli.cli.env import system
    from diffcli.cli.errors import UsageError
    from diffcli.diagnostic import closest

    names = [command.name for command in COMMANDS]
    if word.startswith("-") and word != "-":
        return UsageError(
            f"unknown option {word} before the command",
            "write options after the command: diffcli grad expr.txt --wrt x",
        )
    near = closest(word, names)
    if near:
        return UsageError(f"unknown command {word}", f"did you mean diffcli {near}?")
    if word == "-" or os.path.exists(system(word)):
        return UsageError(f"{word} is a file and not a command", f"to differentiate it: diffcli grad {word}")
    return UsageError(f"unknown command {word}", f"the commands are {', '.join(names)}")


def main(arguments: Sequence[str] | None = None, environment: Environment | None = None) -> int:
    """Run diffcli and return its exit code. The only place where exceptions end."""
    environment = environment or Environment()
    arguments = list(map(readable, sys.argv[1:]) if arguments is None else arguments)
    try:
        if "_DIFFCLI_COMPLETE" in environment.variables:
            from diffcli.cli.register import complete

            return complete(application([command.name for command in COMMANDS], environment, completion=True))
        code = dispatch(arguments, environment)
        environment.flush()
    except BaseException as error:
        from diffcli.cli.failures import explained

        code = explained(error, arguments, environment)
    return code


def console() -> None:
    """The console script."""
    # A short process makes little garbage, and looking for it at every turn costs a tenth of a start.
    gc.set_threshold(100_000)
    code = main()
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        from diffcli.cli.failures import silence

        silence()
    # What is there goes with the process: to look through all of it for garbage would take longer than many a command.
    gc.freeze()
    sys.exit(code)
