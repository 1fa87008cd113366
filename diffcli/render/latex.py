"""LaTeX: formulas as displays, everything else as tabulars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.render.cells import cell_text
from diffcli.render.titled import sections
from diffcli.render.width import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.document import Section
    from diffcli.render import Outcome, Style

ESCAPES = str.maketrans(
    {mark: "\\" + mark for mark in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\n": " "}
)


def tabular(section: Section, style: Style) -> Iterator[str]:
    """A titled tabular, or the line that says there is none."""
    if not section.rows:
        yield f"{section.title.translate(ESCAPES)}: {section.empty.translate(ESCAPES)}.\n"
        return
    yield f"\\begin{{tabular}}{{{'l' * len(section.columns)}}}\n"
    yield f"\\multicolumn{{{len(section.columns)}}}{{l}}{{{section.title.translate(ESCAPES)}}} \\\\ \\hline\n"
    for row in ([column.title for column in section.columns], *section.rows):
        yield " & ".join(cell_text(cell, style).translate(ESCAPES) for cell in row) + " \\\\\n"
    yield "\\end{tabular}\n"


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """The formulas or tables of every file under a comment that names it."""
    for outcome in outcomes:
        result = outcome.result
        if not result.main() and outcome.exit_code > 1:
            continue
        yield f"% {visible(result.heading())}\n" if result.heading() else ""
        prose = None if style.fields else result.prose("latex")
        if prose is not None:
            yield prose
            continue
        for index, section in enumerate(sections(result, style)):
            yield "\n" if index else ""
            yield from tabular(section, style)
