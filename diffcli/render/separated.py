"""Rows as separated values: what csv and tsv share. The first column is always the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffcli.render.cells import chosen_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from diffcli.render import Outcome, Style


def value_text(value: Any) -> str:
    """A cell for another program: shortest floats, tensors and shapes as JSON, nothing for what is missing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    from diffcli.render.json import text

    if hasattr(value, "_fields"):
        return text(value._asdict())
    return text(list(value) if isinstance(value, tuple) else value)


def separated(outcomes: Iterable[Outcome], style: Style, line: Callable[[list[str]], str]) -> Iterator[str]:
    """A header once, then a line per row of every file."""
    header_done = False
    for outcome in outcomes:
        result = outcome.result
        columns = chosen_columns(result, style)
        positions = [result.columns().index(column) for column in columns]
        file = [] if style.fields or not result.file else [result.file]
        if not header_done:
            yield line([*(["file"] if file else []), *(column.key for column in columns)])
            header_done = True
        for row in result.rows():
            yield line([*file, *(value_text(row[position]) for position in positions)])
