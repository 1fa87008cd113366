"""Markdown tables, as GitHub reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.render.cells import cell_text
from diffcli.render.titled import sections
from diffcli.render.width import pad, visible, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.document import Section
    from diffcli.render import Outcome, Style


def escaped(text: str) -> str:
    """Text that stays one cell and is not read as markup."""
    for mark in "\\`*_<|":
        text = text.replace(mark, "\\" + mark)
    return text.replace("\r", "").replace("\n", "<br>")


def table(section: Section, style: Style) -> Iterator[str]:
    """A heading and a table, or the line that says there is none."""
    if not section.rows:
        yield f"**{section.title}**: {section.empty}\n"
        return
    yield f"**{escaped(section.title)}**\n\n"
    rows = [[escaped(column.title) for column in section.columns]]
    rows += [[escaped(cell_text(cell, style)) for cell in row] for row in section.rows]
    widths = [max(3, *(width(row[index]) for row in rows)) for index in range(len(section.columns))]
    rows.insert(1, ["-" * size for size in widths])
    for row in rows:
        yield "| " + " | ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)) + " |\n"


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """The tables of every file under a line that names it."""
    separator = ""
    for outcome in outcomes:
        result = outcome.result
        if not result.main() and outcome.exit_code > 1:
            continue
        yield separator + (f"{escaped(visible(result.heading()))}\n\n" if result.heading() else "")
        for index, section in enumerate(sections(result, style)):
            yield "\n" if index else ""
            yield from table(section, style)
        separator = "\n"
