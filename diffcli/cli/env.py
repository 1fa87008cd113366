"""The outside world as one object, which tests replace: streams, terminal, colour, clock, files."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from diffcli.document import Result
    from diffcli.render import Outcome


def readable(text: str) -> str:
    """What the system handed over, as the UTF-8 it is: in the C locale Python takes each byte of it for an escape."""
    return os.fsencode(text).decode("utf-8", "surrogateescape")


def system(path: str) -> str:
    """The path as this Python's file functions want it; undoes `readable`."""
    return os.fsdecode(path.encode("utf-8", "surrogateescape"))


class Environment:
    """Streams of bytes, environment variables, a clock and the file system, as the commands see them."""

    def __init__(
        self,
        stdin: BinaryIO | None = None,
        stdout: BinaryIO | None = None,
        stderr: BinaryIO | None = None,
        variables: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        columns: int | None = None,
    ) -> None:
        self.stdin = sys.stdin.buffer if stdin is None and sys.stdin else stdin
        self.stdout = sys.stdout.buffer if stdout is None and sys.stdout else stdout
        self.stderr = sys.stderr.buffer if stderr is None and sys.stderr else stderr
        self.variables = os.environ if variables is None else variables
        self.clock = clock
        self.columns = columns
        self.color = "auto"
        # Takes results as they are, with an empty one, in place of printing them.
        self.take: Callable[[Iterable[Outcome], Result], None] | None = None

    def write(self, text: str) -> None:
        """Write to standard output: UTF-8 whatever the locale says, undecodable file names as escapes."""
        if self.stdout is not None:
            self.stdout.write(text.encode("utf-8", "backslashreplace"))

    def write_bytes(self, data: bytes) -> None:
        """Write a picture to standard output."""
        if self.stdout is not None:
            self.stdout.write(data)

    def report(self, text: str) -> None:
        """Write to standard error, after what standard output already has."""
        if self.stderr is None:
            return
        if self.stdout is not None:
            self.stdout.flush()
        self.stderr.write(text.encode("utf-8", "backslashreplace"))
        self.stderr.flush()

    def is_terminal(self, stream: BinaryIO | None) -> bool:
        """Whether a person is at the other end."""
        try:
            return stream is not None and stream.isatty()
        except ValueError:  # A closed stream has no other end.
            return False

    def colored(self, stream: BinaryIO | None) -> bool:
        """Whether to colour a stream: `--color`, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal."""
        if self.color != "auto":
            return self.color == "always"
        if self.variables.get("NO_COLOR"):
            return False
        if self.variables.get("FORCE_COLOR", "0") not in ("", "0"):
            return True
        return self.is_terminal(stream) and self.variables.get("TERM") != "dumb"

    def width(self, stream: BinaryIO | None) -> int | None:
        """The columns of the terminal, or None for a pipe or file, where text keeps its natural width."""
        if self.columns is not None:
            return self.columns
        if stream is None or not self.is_terminal(stream):
            return None
        try:
            return int(self.variables.get("COLUMNS", "")) or None
        except ValueError:
            pass
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def read(self, path: str) -> bytes:
        """The bytes of a file, also of one in object storage, or of standard input for `-`."""
        if path == "-":
            return b"" if self.stdin is None else self.stdin.read()
        from diffcli.source import remote  # the version is told without it

        if remote(path):
            from diffcli.data.stored_files import content

            return content(path)
        with open(system(path), "rb") as file:
            return file.read()

    def flush(self) -> None:
        """Hand everything over to whoever reads."""
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.flush()
