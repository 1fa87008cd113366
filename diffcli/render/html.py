"""HTML tables for notebooks: they take the letters and colours of the page, be it light or dark.

All style stands in the elements themselves, since notebooks that are not trusted drop style sheets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from diffcli.render.cells import cell_text
from diffcli.render.titled import sections
from diffcli.render.width import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from diffcli.document import Result, Section
    from diffcli.render import Outcome, Style

# Lines in the colour of the text, thin enough for either background; "inherit" undoes the stripes of Jupyter.
LINE = "1px solid color-mix(in srgb, currentColor 30%, transparent)"
CELL = "padding:.2em .7em;text-align:left;vertical-align:top;white-space:pre-wrap;color:inherit;background:none"
HEAD = f"{CELL};font-weight:600;border-bottom:{LINE}"
ROW = "background:none;color:inherit"
TABLE = f"border-collapse:collapse;border-top:{LINE};border-bottom:{LINE};margin:.2em 0 .9em 0;color:inherit"
TITLE = "font-weight:600;margin:.2em 0"
TEXT = "color:inherit;background:none;margin:.2em 0;overflow-x:auto"
NUMBERS = "font-family:var(--jp-code-font-family,ui-monospace,monospace)"
# What is not as it should be is heavier; the word says what it is.
STATUSES = {
    "nan": "font-weight:700",
    "inf": "font-weight:700",
    "none": "font-style:italic",
    "zero": "font-style:italic",
}


def escaped(text: str) -> str:
    """Text that is no markup."""
    for mark, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(mark, instead)
    return text


def element(tag: str, style: str, content: str) -> str:
    """An element with its style."""
    return f'<{tag} style="{style}">{content}</{tag}>'


def table(titles: Iterable[str], rows: Iterable[Iterable[tuple[str, str]]]) -> str:
    """A table of texts, each with a style of its own."""
    head = "".join(element("th", HEAD, escaped(title)) for title in titles)
    body = "".join(
        element(
            "tr",
            ROW,
            "".join(element("td", f"{CELL};{style}" if style else CELL, escaped(text)) for text, style in row),
        )
        for row in rows
    )
    return element("table", TABLE, f"<thead>{element('tr', ROW, head)}</thead><tbody>{body}</tbody>")


def drawn(section: Section, style: Style) -> str:
    """A titled table, or the line that says there is none."""
    if not section.rows:
        return element(
            "div", TITLE, f"{escaped(section.title)}: {element('span', 'font-weight:400', escaped(section.empty))}"
        )
    rows = [
        [
            (cell_text(cell, style, multiline=True), look(column.key, cell))
            for column, cell in zip(section.columns, row, strict=True)
        ]
        for row in section.rows
    ]
    return element("div", TITLE, escaped(section.title)) + table([column.title for column in section.columns], rows)


def look(key: str, cell: Any) -> str:
    """How a cell looks: numbers in columns, and a status that is worth a look."""
    if key == "status":
        return STATUSES.get(cell, "")
    return NUMBERS if isinstance(cell, (float, list)) else ""


def preformatted(text: str) -> str:
    """Text as it is."""
    return element("pre", TEXT, escaped(visible(text)).rstrip("\n"))


def page(result: Result, style: Style) -> str:
    """The tables of one result under a line with file, rules and mode; a report or prose as text."""
    report, prose = getattr(result, "REPORT", ""), result.prose("table")
    if report and not style.fields:
        return preformatted(import_module(f"diffcli.render.{report}").report(result, style))
    if prose is not None and not style.fields:
        return preformatted(prose)
    heading = (
        element("div", "margin:.2em 0;opacity:.75", escaped(visible(result.heading()))) if result.heading() else ""
    )
    return heading + "".join(drawn(section, style) for section in sections(result, style))


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """The tables of every result."""
    for outcome in outcomes:
        if outcome.result.main() or outcome.exit_code <= 1:
            yield f"<div>{page(outcome.result, style)}</div>"


def mapping(values: Mapping[str, Any]) -> str:
    """Values by name, those of inner mappings under a name with a dot."""
    from diffcli.render import Style

    rows = []
    waiting = [([name], value) for name, value in reversed(list(values.items()))]
    while waiting:
        names, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [([*names, name], inner) for name, inner in reversed(list(value.items()))]
            continue
        value = value.tolist() if hasattr(value, "tolist") else value
        plain = isinstance(value, (float, int, list, bool))
        text = "none" if value is None else cell_text(value, Style(), multiline=True) if plain else str(value)
        rows.append([(".".join(names), ""), (text, look("value", value))])
    return table(["name", "value"], rows)
