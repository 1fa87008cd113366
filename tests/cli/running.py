"""Runs the program inside the test process, with a replaced outside world."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from diffcli.cli.app import main
from diffcli.cli.env import Environment

if TYPE_CHECKING:
    from collections.abc import Mapping


class Terminal(BytesIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


class Ran(NamedTuple):
    """What a run left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as JSON, bare NaN and Infinity refused."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is not JSON")

        made: dict[str, Any] = json.loads(self.out, parse_constant=refuse)
        return made


def run(
    *arguments: str,
    stdin: str | bytes = b"",
    terminal: bool = False,
    variables: Mapping[str, str] | None = None,
    columns: int | None = None,
) -> Ran:
    """Run one command line."""
    kind = Terminal if terminal else BytesIO
    stdout, stderr = kind(), kind()
    content = stdin.encode() if isinstance(stdin, str) else stdin
    environment = Environment(BytesIO(content), stdout, stderr, variables or {}, clock=lambda: 0.0, columns=columns)
    code = main(arguments, environment)
    return Ran(code, stdout.getvalue().decode(), stderr.getvalue().decode())
