"""What each failure says and which exit code it has. Imported only when something failed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from diffcli.cli.commands import COMMANDS
from diffcli.cli.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diffcli.cli.env import Environment

ISSUES = "please report it with the command and the file"


def explained(error: BaseException, arguments: Sequence[str], environment: Environment) -> int:
    """Tell the user what happened, if there is someone to tell, and return the exit code."""
    if isinstance(error, BrokenPipeError):
        silence()
        return 0
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0
    try:
        message, code = verdict(error, arguments)
        environment.report(message)
        environment.flush()
    except BrokenPipeError:
        silence()
    except OSError as failure:
        silence()
        return 5 if failure.errno else 70
    if code == 70 and "--debug" in arguments:
        import traceback

        environment.report("".join(traceback.format_exception(error)))
    return code


def verdict(error: BaseException, arguments: Sequence[str]) -> tuple[str, int]:
    """The message and the exit code of a failure."""
    from diffcli.diagnostic import DiagnosticError

    known = arguments and arguments[0] in [command.name for command in COMMANDS]
    name = f"diffcli {arguments[0]}" if known else "diffcli"
    if (
        isinstance(error, KeyboardInterrupt)
        or type(error).__name__ == "Abort"
        or getattr(error, "exit_code", None) == 130
    ):
        return "interrupted\n", 130
    if isinstance(error, UsageError):
        return usage_text(error.message, error.help, name), 2
    if hasattr(error, "format_message"):
        return usage_text(*complaint(error), name), 2
    if isinstance(error, OutputError):
        return f"error: {error}\n", 5
    if isinstance(error, DiagnosticError):
        from diffcli.cli.each import exit_code
        from diffcli.render.diagnostics import render

        return render(error.diagnostics), exit_code(error.diagnostics)
    if "diffcli.data" in sys.modules:
        from diffcli.cli.rowdata import told

        found = told(error)
        if found is not None:
            return (usage_text(*found, name), 2) if isinstance(found, tuple) else (found, 5)
    if isinstance(error, OSError):
        return f"error: cannot write the output: {error.strerror or error}\n", 5
    if isinstance(error, MemoryError):
        return "error: out of memory\nhelp: --max-elements and --max-nodes bound what a file may ask for\n", 4
    where = type(error).__name__
    return (
        f"internal error ({where}: {first_line(error)}): this is a bug in diffcli, {ISSUES}; --debug shows the traceback\n",
        70,
    )


def first_line(error: BaseException) -> str:
    """What an exception says, on one line."""
    return (str(error).splitlines() or ["no message"])[0][:200]


def usage_text(message: str, help: str | None, name: str) -> str:
    """A usage error, what would mend it, and where more is to be read."""
    return "\n".join([f"error: {message}", *([f"help: {help}"] if help else []), f"try: {name} --help", ""])


def complaint(error: Any) -> tuple[str, str | None]:
    """A complaint of Typer's in our words, with a did-you-mean."""
    from diffcli.diagnostic import closest

    if hasattr(error, "option_name") and hasattr(error, "possibilities"):
        known = (
            [name for each in error.ctx.command.params for name in (*each.opts, *each.secondary_opts)]
            if error.ctx
            else []
        )
        near = closest(error.option_name, [name for name in known if name.startswith("--")])
        return f"unknown option {error.option_name}", near and f"did you mean {near}?"
    text = error.format_message().rstrip(".")
    choices = getattr(getattr(getattr(error, "param", None), "type", None), "choices", None)
    if choices:
        given = error.message.split("'")[1] if error.message.count("'") > 1 else ""
        near = closest(given, list(choices))
        listed = f"one of {', '.join(choices)}"
        return f"{error.param.opts[0]} cannot be {given}", f"did you mean {near}?" if near else listed
    return text[:1].lower() + text[1:], None


def silence() -> None:
    """Let the interpreter's last flush go nowhere: whoever read our output has left."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
