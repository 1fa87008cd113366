"""Which files a batch is about."""

from __future__ import annotations

import os
from glob import glob, has_magic
from typing import TYPE_CHECKING

from diffcli.cli.env import readable, system
from diffcli.cli.errors import UsageError
from diffcli.cli.inputs import SUFFIXES, unreadable, within
from diffcli.source import remote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options


def files_of(options: Options, environment: Environment) -> list[str]:
    """The files in the order given, those of a folder or pattern sorted, then those of the list; each of them once."""
    if "-" in (options.paths or ()):
        raise UsageError("a batch reads files, not standard input", "--from - reads the names of files from it")
    found = list(dict.fromkeys([*expanded(options.paths or ()), *expanded(listed(options.list_of_files, environment))]))
    if not found:
        raise UsageError("no file", "give files, folders, patterns such as 'models/**/*.expr', or --from LIST")
    return found


def expanded(paths: Iterable[str]) -> Iterator[str]:
    """The files of paths: a folder's, a pattern's; a path that is not there stays, to be reported in its turn."""
    for path in paths:
        name = system(path)
        if remote(path):
            yield from stored(path)
        elif os.path.isdir(name):
            yield from within(path)
        elif has_magic(name) and not os.path.exists(name):
            matching = sorted(readable(each) for each in glob(name, recursive=True) if not os.path.isdir(each))
            if not matching:
                raise UsageError(f"no file matches {path}")
            yield from matching
        else:
            yield path


def stored(path: str) -> list[str]:
    """The expression files in object storage that a path means; one that is not there stays, to be reported in its turn."""
    from diffcli.data.stored_files import expanded

    try:
        found = expanded(path, lambda name: name.endswith(SUFFIXES))
    except OSError as error:
        raise unreadable(path, error) from error
    if found is not None and not found:
        raise UsageError(f"no *.expr or *.txt in {path}", "name the file if it has another ending")
    return [path] if found is None else found


def listed(path: str | None, environment: Environment) -> list[str]:
    """The paths in a list, one per line; empty lines do not count."""
    if path is None:
        return []
    try:
        text = environment.read(path).decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise unreadable(path, error) from error
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
