"""Which expressions a command line names, and the reading of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from diffcli.cli.env import readable, system
from diffcli.cli.errors import UsageError
from diffcli.source import Source, decode, remote

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

SUFFIXES = (".expr", ".txt")


class Input(NamedTuple):
    """One expression file: its name as shown, its path, or the text that stands for it."""

    name: str
    path: str | None = None
    text: str | None = None

    @property
    def folder(self) -> str | None:
        """The folder that a relative `use` starts from; a bare expression may not use files, nor one in object storage."""
        if self.path is None or self.path == "-" or remote(self.path):
            return None
        return os.path.dirname(os.path.abspath(system(self.path)))


def inputs(options: Options) -> tuple[list[Input], bool]:
    """The inputs in the order given, and whether they make a batch: several of them, or a folder."""
    found = [Input("<expression>", text=text) for text in options.expression or ()]
    batch = False
    for path in options.files or ():
        if path == "-":
            found.append(Input("<stdin>", "-"))
        elif os.path.isdir(system(path)):
            batch = True
            found += [Input(each, each) for each in within(path)]
        else:
            found.append(Input(path, path))
    if not found and not batch:
        raise UsageError("no file", "give a file, - for standard input, or -e 'x**2 + 3*x'")
    return found, batch or len(found) > 1


def within(folder: str) -> list[str]:
    """The expression files of a folder and the folders in it, sorted."""
    found = []
    for parent, folders, names in os.walk(system(folder)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [readable(os.path.join(parent, name)) for name in names if name.endswith(SUFFIXES)]
    if not found:
        raise UsageError(f"no *.expr or *.txt in {folder}", "name the file if it has another ending")
    return sorted(found)


def read(each: Input, environment: Environment) -> Source:
    """The text of an input. UsageError if there is none, DiagnosticError if it is not text."""
    if each.text is not None:
        return Source(each.name, each.text)
    assert each.path is not None
    try:
        return decode(each.name, environment.read(each.path))
    except OSError as error:
        raise unreadable(each.path, error) from error


def unreadable(path: str, error: OSError) -> UsageError:
    """Why a file cannot be read, with the file beside it that was probably meant."""
    if remote(path) and isinstance(error, FileNotFoundError):
        return UsageError(f"no such file: {path}")
    if not isinstance(error, FileNotFoundError):
        return UsageError(f"cannot read {path}: {(error.strerror or str(error)).lower()}")
    from diffcli.diagnostic import closest

    folder, name = os.path.split(path)
    try:
        names = [readable(name) for name in os.listdir(system(folder or "."))]
    except OSError:
        return UsageError(f"no such file: {path}", f"there is no folder {folder}")
    near = closest(name, names)
    if near:
        return UsageError(f"no such file: {path}", f"did you mean {os.path.join(folder, near)}?")
    looks = any(mark in path for mark in "*+=()^") or " " in path
    return UsageError(f"no such file: {path}", f"for an expression write -e '{path}'" if looks else None)
