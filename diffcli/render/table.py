"""Tables with frames: the format that people see."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from diffcli.render.width import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.render import Outcome, Style


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """The tables of every file, an empty line between files; text where the result is no table."""
    separator = ""
    for outcome in outcomes:
        result = outcome.result
        prose = None if style.fields else result.prose("table")
        report = getattr(result, "REPORT", "")
        if report and not style.fields and (result.main() or outcome.exit_code <= 1):
            yield separator + import_module(f"diffcli.render.{report}").report(result, style)
            separator = "\n"
        elif prose is not None:
            yield visible(prose)
        elif result.main() or outcome.exit_code <= 1:
            # Rich is imported with the first table, so that a wrong file is answered without it.
            from diffcli.render.rich_table import drawn

            yield separator + drawn(result, style)
            separator = "\n"
