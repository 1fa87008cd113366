"""How results become text: one file per format, and this table of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from diffcli.document import Result

# Each format is a file of its name.
RENDERERS = ("table", "plain", "json", "ndjson", "csv", "tsv", "markdown", "latex")


class Outcome(NamedTuple):
    """What became of one file: its document, and the exit code it deserves."""

    result: Result
    exit_code: int = 0


class Style(NamedTuple):
    """What the user asked about looks; `width` None means the natural width."""

    fields: tuple[str, ...] = ()
    digits: int | None = None
    color: bool = False
    width: int | None = None
    batch: bool = False
    elements: int = 100


def renderer(name: str) -> Callable[[Iterable[Outcome], Style], Iterator[str]]:
    """The function of a format: it takes outcomes as they come and yields text as soon as it can."""
    render: Callable[[Iterable[Outcome], Style], Iterator[str]] = import_module(f"diffcli.render.{name}").render
    return render
