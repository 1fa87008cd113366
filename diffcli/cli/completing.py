"""What can be typed next in a session: names, functions, words, commands and their options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diffcli.cli.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffcli.cli.session import Session

# What a session understands beside the commands of the program, with the help of each.
OWN = {
    "help": "this list",
    "list": "the session's text",
    "undo": "take the last step back",
    "reset": "forget everything",
    "load": "FILE: take in a file's statements",
    "save": "FILE: write the session's text",
    "quit": "leave; so does Ctrl-D",
}
UNFIT = ("batch", "repl", "completion")
PATHS = (":load", ":save")
# Options whose value is a name of the session.
NAMING = ("--wrt", "--of", "--stop", "--watch", "--at", "--v", "--grad-ys", "--over", "--only")


def words() -> list[str]:
    """All commands of a session, the program's own among them."""
    return [*(command.name for command in COMMANDS if command.name not in UNFIT), *OWN]


def options(command: str) -> list[str]:
    """The long options of a command of the program."""
    from importlib import import_module

    from diffcli.cli.options import options_of

    if command not in [each.name for each in COMMANDS]:
        return []
    found = []
    module = import_module(f"diffcli.cli.commands.{command}")
    stated = options_of(module).stated()
    for name in module.TAKES:
        [about, *_] = getattr(stated[name], "__metadata__", (None,))
        # Typer keeps the first of the spellings where a default would stand.
        for given in (getattr(about, "default", None), *(getattr(about, "param_decls", None) or ())):
            found += [each for each in str(given).split("/") if each.startswith("--")]
    return found


def functions() -> list[str]:
    """The functions of the language by all their names."""
    from diffcli.engine import ops as _ops  # noqa: F401 - filling the registry is what this import is for
    from diffcli.engine.op import ALIASES, OPS

    names = [name for name, op in OPS.items() if not op.hidden]
    return [name for name in [*names, *ALIASES] if name.isidentifier()]


def completions(before: str, session: Session) -> tuple[int, list[str]]:
    """How many characters before the cursor the completions replace, and the completions, those of the session first."""
    if before.startswith(":") and " " not in before:
        return len(before) - 1, fitting(before[1:], sorted(words()))
    if before.startswith(PATHS):
        return paths(before.partition(" ")[2])
    start = (
        re.search(r"[^\W\d]\w*$|--?[\w-]*$", before) if before.startswith(":") else re.search(r"[^\W\d]\w*$", before)
    )
    word = start.group() if start is not None else ""
    if before.startswith(":"):
        if word.startswith("-"):
            return len(word), fitting(word, sorted(options(before[1:].split()[0])))
        naming = before.split()[-1 if before.endswith(" ") else -2] in NAMING
        return len(word), fitting(word, session.names() if naming else [*session.names(), *functions()])
    from diffcli.lang.grammar import tables

    if not word:
        return 0, []
    return len(word), fitting(word, [*session.names(), *sorted({*functions(), *tables().words})])


def fitting(word: str, known: Iterable[str]) -> list[str]:
    """The known words that start so."""
    return list(dict.fromkeys(each for each in known if each.startswith(word)))


def paths(start: str) -> tuple[int, list[str]]:
    """The files and folders whose path starts so."""
    import os

    folder, name = os.path.split(start)
    try:
        found = sorted(os.listdir(os.path.expanduser(folder) or "."))
    except OSError:
        return 0, []
    shown = [each for each in found if each.startswith(name) and (name or not each.startswith("."))]
    full = [f"{each}/" if os.path.isdir(os.path.join(os.path.expanduser(folder), each)) else each for each in shown]
    return len(name), full
