"""Every golden rendering by name, made anew."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from diffcli.cli.app import main, overview
from diffcli.cli.commands import COMMANDS
from diffcli.cli.env import Environment
from diffcli.render import RENDERERS, Outcome, Style, renderer
from diffcli.render.diagnostics import render as render_diagnostics
from tests.render.examples import ALL, DIAGNOSTICS

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
WIDTHS = (40, 60, 80, 140)


def command_help(name: str) -> str:
    """The help of a command on a terminal of 80 columns."""
    stdout = BytesIO()
    main([name, "--help"], Environment(stdout=stdout, stderr=BytesIO(), variables={"COLUMNS": "80"}))
    return stdout.getvalue().decode()


def renderings() -> Iterator[tuple[str, str]]:
    """File names and texts."""
    for name, result in ALL.items():
        for form in RENDERERS:
            yield f"render/{name}.{form}", "".join(renderer(form)([Outcome(result)], Style()))
    for width in WIDTHS:
        yield f"render/grad.table.{width}", "".join(renderer("table")([Outcome(ALL["grad"])], Style(width=width)))
    yield "render/grad.table.colour", "".join(renderer("table")([Outcome(ALL["grad"])], Style(width=140, color=True)))
    for form in RENDERERS:
        outcomes = [Outcome(ALL["bare"]), Outcome(ALL["bare"].of_file("wrong.expr", DIAGNOSTICS[:1]), 3)]
        yield f"render/batch.{form}", "".join(renderer(form)(outcomes, Style(batch=True)))
    yield "render/diagnostics.txt", render_diagnostics(DIAGNOSTICS, columns=90)
    yield "render/diagnostics.colour", render_diagnostics(DIAGNOSTICS[:2], color=True)
    yield "help/diffcli.txt", overview()
    for command in COMMANDS:
        yield f"help/{command.name}.txt", command_help(command.name)
