"""CSV after RFC 4180, with plain newlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.render.separated import separated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.render import Outcome, Style


def quoted(text: str) -> str:
    """The text, in quotes where it has a comma, a quote or a line end."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """A header, then a line per row."""
    return separated(outcomes, style, lambda cells: ",".join(map(quoted, cells)) + "\n")
