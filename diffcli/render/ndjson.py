"""NDJSON: a document per line, each with the exit code of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.render.json import document, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.render import Outcome, Style


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """A line per file, as soon as it is done."""
    for outcome in outcomes:
        yield text(document(outcome, style._replace(batch=True))) + "\n"
