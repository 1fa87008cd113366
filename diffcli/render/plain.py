"""Rows without rules, boxes or headings, in aligned columns: for the eye in a log, and for awk.

`--format plain --fields value` prints the bare number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.render.cells import cell_text, chosen_columns
from diffcli.render.width import pad, visible, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.document import Result
    from diffcli.render import Outcome, Style


def lines(result: Result, style: Style) -> Iterator[str]:
    """The rows as aligned lines; an empty cell inside a row is a dash, so that columns can be counted."""
    columns = chosen_columns(result, style if style.fields else style._replace(fields=result.PLAIN))
    rows = [[cell_text(cell, style).replace("\n", " ") for cell in row] for row in result.shown_rows(columns)]
    widths = [max((width(row[index]) for row in rows), default=0) for index in range(len(columns))]
    for row in rows:
        while row and not row[-1]:
            row.pop()
        yield "  ".join(pad(cell or "-", size) for cell, size in zip(row, widths, strict=False)).rstrip() + "\n"


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """The lines of every file; with several files each is headed by its name."""
    for outcome in outcomes:
        prose = None if style.fields else outcome.result.prose("plain")
        if style.batch and prose is None and outcome.result.main():
            yield f"# {visible(outcome.result.file)}\n"
        yield from lines(outcome.result, style) if prose is None else (visible(prose),)
