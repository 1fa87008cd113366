"""TSV: tabs between cells; tabs, line ends and backslashes inside a cell are escaped as \\t, \\n, \\r and \\\\."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.render.separated import separated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.render import Outcome, Style

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """A header, then a line per row."""
    return separated(outcomes, style, lambda cells: "\t".join(cell.translate(ESCAPES) for cell in cells) + "\n")
