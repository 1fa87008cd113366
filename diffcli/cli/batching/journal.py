"""`--resume FILE`: a line per finished file, so that another run need not do it again."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from diffcli.cli.env import system
from diffcli.cli.errors import OutputError, UsageError
from diffcli.cli.output import write_chunks
from diffcli.render.json import document, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.cli.batching.worker import Answer, Task
    from diffcli.cli.env import Environment
    from diffcli.render import Style

# Any text in a program may be the path of a file that it uses.
TEXTS = re.compile(rb"\"([^\"\r\n]*)\"|'([^'\r\n]*)'")
# What has no influence on a record.
SHOWN = frozenset(("format", "json", "digits", "output", "color", "width", "quiet", "verbose", "debug"))
# How a record begins, whole or cut off.
FIRST = b'{"schema": "diffcli/'


class Kept(NamedTuple):
    """A record of the journal: what it is a record of, what it says in short, and where its line stands."""

    key: str | None
    code: int
    statuses: frozenset[str]
    start: int
    end: int


class Journal:
    """The file of finished records, one line each; the last one of a file counts."""

    def __init__(self, path: str, style: Style) -> None:
        if path == "-":
            raise UsageError("--resume needs a file that can be read again")
        self.path, self.style = path, style
        self.kept: dict[str, Kept] = {}
        self.replaced = False
        if os.path.exists(system(path)) and not os.path.isfile(system(path)):
            raise OutputError(path, "it is not a file")
        try:
            self.stream: BinaryIO = open(system(path), "a+b")  # noqa: SIM115 - close() does that
        except OSError as error:
            raise OutputError(path, error.strerror or str(error)) from error
        self.alone()
        self.size = 0
        self.read()

    def alone(self) -> None:
        """Refuse to write where another run writes; OutputError says so."""
        try:
            import fcntl
        except ImportError:  # not on every system
            return
        try:
            fcntl.flock(self.stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.stream.close()
            raise OutputError(self.path, "another run is writing it") from None

    def read(self) -> None:
        """Take in what earlier runs finished; a last line that was cut off goes."""
        self.stream.seek(0)
        for number, line in enumerate(self.stream, 1):
            if not line.endswith(b"\n"):
                break
            made = parsed(line)
            if made is None:
                raise OutputError(self.path, f"line {number} is not a record of a batch")
            self.note(made["file"], made["key"], made["exit_code"], frozenset(made["statuses"]), len(line))
        else:
            return
        if self.size == 0 and not (line.startswith(FIRST) or FIRST.startswith(line)):
            raise OutputError(self.path, "line 1 is not a record of a batch")
        self.stream.truncate(self.size)

    def note(self, file: str, key: str | None, code: int, statuses: frozenset[str], length: int) -> None:
        """Remember a line that stands at the end of the file."""
        self.replaced |= file in self.kept
        self.kept[file] = Kept(key, code, statuses, self.size, self.size + length)
        self.size += length

    def done(self, file: str, key: str | None) -> Kept | None:
        """The record of a file, if nothing that it depends on has changed."""
        found = self.kept.get(file)
        return found if found is not None and key is not None and found.key == key else None

    def add(self, file: str, key: str | None, answer: Answer) -> None:
        """Keep an answer: all of its line, or, if this process ends here, none that counts."""
        statuses = answer.outcome.result.statuses()
        made = document(answer.outcome, self.style)
        made |= {"statuses": sorted(statuses), "key": None if answer.passing else key}
        line = f"{text(made)}\n".encode("utf-8", "backslashreplace")
        try:
            self.stream.write(line)
            self.stream.flush()
        except OSError as error:
            raise OutputError(self.path, error.strerror or str(error)) from error
        self.note(file, made["key"], answer.outcome.exit_code, frozenset(statuses), len(line))

    def document(self, file: str) -> dict[str, Any]:
        """The record of a file as it was written."""
        made = parsed(self.line(self.kept[file]))
        assert made is not None
        return made

    def line(self, kept: Kept) -> bytes:
        """The line of a record."""
        self.stream.seek(kept.start)
        return self.stream.read(kept.end - kept.start)

    def lines(self, ordered: Iterable[Kept]) -> Iterator[bytes]:
        """The lines of records; then the file is closed, since not every system replaces one that is open."""
        yield from map(self.line, ordered)
        self.close()

    def finish(self, files: Iterable[str], environment: Environment) -> None:
        """Put the records into the order of the files, those of other files before them, and leave one for each."""
        wanted = [self.kept[file] for file in files]
        chosen = set(wanted)
        ordered = [*(kept for kept in self.kept.values() if kept not in chosen), *wanted]
        if self.replaced or any(a.start > b.start for a, b in pairwise(ordered)):
            write_chunks(self.lines(ordered), self.path, environment)
            return
        try:
            os.fsync(self.stream.fileno())
        except OSError as error:
            raise OutputError(self.path, error.strerror or str(error)) from error

    def close(self) -> None:
        """Let another run write. Every line was handed over already, or has failed and was told."""
        with suppress(OSError):
            self.stream.close()


def parsed(line: bytes) -> dict[str, Any] | None:
    """A line of the journal, or None if it is something else."""
    from json import loads

    try:
        made = loads(line)
    except ValueError:
        return None
    known = isinstance(made, dict) and {"schema", "file", "exit_code", "statuses", "key"} <= made.keys()
    return made if known else None


def keys(task: Task, files: Iterable[str]) -> Iterator[str | None]:
    """For each file the hash of all that its record depends on: version, command, options, content, used files."""
    from hashlib import sha256

    from diffcli import __version__

    options = sorted((name, value) for name, value in task.given.items() if name not in SHOWN)
    against = content_of(task.given.get("against") or "")
    common = sha256(repr((__version__, task.command, options, against)).encode("utf-8", "backslashreplace")).digest()
    for file in files:
        contents = [content_of(file), *used(file)]
        made = sha256(common)
        for content in contents:
            made.update(b"-" if content is None else b"%d:%b" % (len(content), content))
        yield None if contents[0] is None else made.hexdigest()


def used(file: str) -> Iterator[bytes | None]:
    """The contents of all files that a file may use, those that they use included; None for one that is not there."""
    seen: set[str] = set()
    waiting = [system(file)]
    while waiting:
        path = waiting.pop()
        folder = os.path.dirname(path)
        for match in TEXTS.finditer(content_of(path) or b""):
            other = os.path.join(folder, os.fsdecode(match[1] or match[2] or b""))
            if other not in seen:
                seen.add(other)
                waiting.append(other)
                yield content_of(other)


def content_of(path: str) -> bytes | None:
    """The bytes of a file, or None if there are none to read; a pipe may have its bytes only once."""
    try:
        if not os.path.isfile(system(path)):
            return None
        with open(system(path), "rb") as stream:
            return stream.read()
    except (OSError, ValueError):
        return None
