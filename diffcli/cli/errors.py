"""What ends a command early and is the user's to mend, apart from diagnostics about an expression."""

from __future__ import annotations


class UsageError(Exception):
    """The command line asks for something that does not exist or does not fit; exit code 2."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class OutputError(Exception):
    """The output cannot be written; exit code 5."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"cannot write {path}: {why}")
