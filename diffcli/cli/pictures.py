"""What commands that draw share: which format is meant, and where a picture may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.errors import UsageError
from diffcli.cli.output import write_chunks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

BINARY = ("png", "pdf")


def format_of(options: Options, asked: str | None, suffixes: Mapping[str, str], usual: str) -> str:
    """The format that was asked for, else the one that the name of the output ends in."""
    if options.json:
        if asked not in (None, "json"):
            raise UsageError(f"--json and --format {asked} exclude each other")
        return "json"
    if asked is not None:
        return asked
    name = (options.output or "").rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    if not dot:
        return usual
    if suffix.lower() in suffixes:
        return suffixes[suffix.lower()]
    known = ", ".join(f".{each}" for each in suffixes)
    raise UsageError(f"no format is known by .{suffix}", f"the known endings are {known}; or say --format {usual}")


def alone(options: Options) -> None:
    """Refuses several files where one picture is made."""
    from diffcli.cli.inputs import inputs

    found, batch = inputs(options)
    if batch or len(found) > 1:
        raise UsageError("a picture is made of one file", "give one file, or use --format json")


def demand_place(options: Options, environment: Environment, format: str) -> None:
    """Refuses to print the bytes of a picture on a terminal."""
    to_terminal = options.output in (None, "-") and environment.is_terminal(environment.stdout)
    if format in BINARY and to_terminal:
        raise UsageError(f"{format.upper()} is not for a terminal", f"write it to a file: -o picture.{format}")


def missing(format: str, package: str, extra: str) -> UsageError:
    """The complaint that a package of an extra is not installed, with what installs it."""
    return UsageError(f"{format} needs {package}, which is not installed", f'pip install "diffcli[{extra}]"')


def deliver(picture: str | bytes, options: Options, environment: Environment) -> None:
    """Write a picture to standard output or to the file that was named."""
    write_chunks([picture], options.output, environment)
