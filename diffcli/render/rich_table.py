"""Tables by Rich. Nothing else knows Rich tables."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.box import ROUNDED
from rich.console import Console
from rich.table import Table
from rich.text import Text

from diffcli.render.cells import cell_text
from diffcli.render.layout import fit
from diffcli.render.titled import sections
from diffcli.render.width import visible, width

if TYPE_CHECKING:
    from diffcli.document import Result, Section
    from diffcli.render import Style

NATURAL = 1_000_000
COLORS = {"ok": "green", "zero": "yellow", "none": "yellow", "nan": "bold red", "inf": "bold red"}


def text(content: str, color: str = "") -> Text:
    """Text that Rich takes as it is: no markup, folded and never cut."""
    return Text(content, style=color, overflow="fold", no_wrap=False)


def table(section: Section, style: Style) -> Table:
    """One section as a table, or as a list of records where the terminal is too narrow for a table."""
    titles = [column.title for column in section.columns]
    cells = [[cell_text(cell, style, multiline=True) for cell in row] for row in section.rows]
    prose = [all(isinstance(cell, str) for cell in column) for column in zip(*section.rows, strict=True)]
    widths = fit([list(column) for column in zip(titles, *cells, strict=True)], prose, style.width)
    colors = [{} if column.key != "status" else COLORS for column in section.columns]
    if widths is None:
        return records(titles, cells, colors, style)
    made = Table(box=ROUNDED, header_style="bold")
    for title, size in zip(titles, widths, strict=True):
        made.add_column(text(title), overflow="fold", width=size)
    for row in cells:
        made.add_row(*(text(cell, known.get(cell, "")) for cell, known in zip(row, colors, strict=True)))
    return made


def records(titles: list[str], cells: list[list[str]], colors: list[dict[str, str]], style: Style) -> Table:
    """A line per cell, a block per row; empty cells are left out."""
    first = max(map(width, titles))
    made = Table(box=ROUNDED, show_header=False)
    made.add_column(overflow="fold", style="bold", width=first)
    made.add_column(overflow="fold", width=max(10, (style.width or NATURAL) - first - 7))
    for row in cells:
        for title, cell, known in zip(titles, row, colors, strict=True):
            if cell:
                made.add_row(text(title), text(cell, known.get(cell, "")))
        made.add_section()
    return made


def drawn(result: Result, style: Style) -> str:
    """The tables of one file under a line with its name, the rules in force and the mode."""
    stream = StringIO()
    console = Console(
        file=stream,
        width=style.width or NATURAL,
        color_system="standard" if style.color else None,
        force_terminal=style.color,
        no_color=not style.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    if result.heading():
        console.print(text(visible(result.heading()), "bold"))
    for section in sections(result, style):
        if section.rows:
            console.print(text(section.title, "bold"))
            console.print(table(section, style))
        else:
            console.print(text(f"{section.title}: {section.empty}"))
    return stream.getvalue()
