"""Titled tables: what every format for people does with the sections of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.document import Section
from diffcli.render.cells import chosen_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diffcli.document import Result
    from diffcli.render import Style


def sections(result: Result, style: Style) -> Iterator[Section]:
    """The tables of a result, the main one with the columns that `--fields` names."""
    for index, section in enumerate(result.sections()):
        if style.fields and index == 0:
            columns = chosen_columns(result, style)
            yield section._replace(columns=columns, rows=result.shown_rows(columns))
        else:
            yield section
