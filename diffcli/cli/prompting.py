"""Where the lines of a session come from: a person at a terminal, with what help there is for typing, or a pipe."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from diffcli.cli.completing import completions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from diffcli.cli.env import Environment
    from diffcli.cli.session import Session

PROMPT, MORE = "diffcli> ", "       … "
ASCII_MORE = "       . "
KEPT = 2000


def reader(environment: Environment, session: Session) -> tuple[Callable[[bool], bytes | str | None], bool]:
    """The function that gets the next line (of a statement that goes on, or a new one), and whether a person types."""
    person = environment.is_terminal(environment.stdin) and environment.is_terminal(environment.stdout)
    if not person:
        return lambda more: from_pipe(environment), False
    real = sys.stdin is not None and environment.stdin is getattr(sys.stdin, "buffer", None)
    if real and environment.variables.get("TERM") != "dumb":
        for made in (with_prompt_toolkit, with_readline):
            try:
                return made(environment, session), True
            except ImportError:
                continue
    return lambda more: prompted(environment, more), True


def from_pipe(environment: Environment) -> bytes | None:
    """The next line as bytes; None at the end."""
    line = b"" if environment.stdin is None else environment.stdin.readline()
    return line.rstrip(b"\r\n") if line else None


def prompted(environment: Environment, more: bool) -> bytes | None:
    """The next line after a prompt, without any help for typing."""
    environment.write(continuation() if more else PROMPT)
    environment.flush()
    return from_pipe(environment)


def continuation() -> str:
    """The prompt of a further line, in what the terminal can show."""
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    return MORE if encoding.startswith("utf") else ASCII_MORE


def history_file() -> Path | None:
    """Where lines are remembered from one session to the next; None where nothing can be written."""
    from diffcli.engine import cache

    folder = cache.folder()
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "history"
        with open(path, "ab"):
            return path
    except OSError:
        return None


def with_prompt_toolkit(environment: Environment, session: Session) -> Callable[[bool], str | None]:
    """Lines with history, search and a menu of completions."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer, Completion
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    class Names(Completer):
        """The completions of a session, as the library asks for them."""

        def get_completions(self, document: Any, complete_event: Any) -> Iterable[Completion]:
            """What may come at the cursor."""
            length, found = completions(document.text_before_cursor, session)
            return [Completion(each, -length) for each in found]

    class Lines(FileHistory):
        """A history that does not mind a full disk."""

        def store_string(self, string: str) -> None:
            """Remember a line."""
            with contextlib.suppress(OSError):
                FileHistory.store_string(self, string)

    path = history_file()
    history: History = Lines(str(path)) if path is not None else InMemoryHistory()
    prompt: PromptSession[str] = PromptSession(history=history, completer=Names(), complete_while_typing=False)

    pasted: list[str] = []

    def ask(more: bool) -> str | None:
        if not pasted:
            environment.flush()
            try:
                pasted.extend(prompt.prompt(continuation() if more else PROMPT).split("\n"))
            except EOFError:
                return None
        return pasted.pop(0)

    return ask


def with_readline(environment: Environment, session: Session) -> Callable[[bool], str | None]:
    """Lines with the history and completion of the system's own library."""
    import atexit
    import readline

    found: list[str] = []

    def complete(text: str, state: int) -> str | None:
        if state == 0:
            before = readline.get_line_buffer()[: readline.get_endidx()]
            length, words = completions(before, session)
            lead = text[: len(text) - length] if length <= len(text) else ""
            found[:] = [lead + (each[length - len(text) :] if length > len(text) else each) for each in words]
        return found[state] if state < len(found) else None

    readline.set_completer_delims(" \t\n+-*/%@^()[]{},;=<>:")
    readline.set_completer(complete)
    is_editline = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_editline else "tab: complete")
    path = history_file()
    if path is not None:
        with contextlib.suppress(OSError):
            readline.read_history_file(str(path))
        readline.set_history_length(KEPT)

        def remember() -> None:
            with contextlib.suppress(OSError):
                readline.write_history_file(str(path))

        atexit.register(remember)

    def ask(more: bool) -> str | None:
        environment.flush()
        try:
            return input(continuation() if more else PROMPT)
        except EOFError:
            environment.write("\n")
            return None

    return ask
