"""JSON after RFC 8259: one document, a row of it per line.

By hand, because the standard module knows no way to write nan and the infinities as strings, and costs a start more than this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.render import Outcome, Style

ESCAPES = str.maketrans(
    {'"': '\\"', "\\": "\\\\"}
    | {chr(code): f"\\u{code:04x}" for code in (*range(32), 127)}
    | {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
)
WORDS = {None: "null", True: "true", False: "false"}
BEYOND = {"nan": '"nan"', "inf": '"inf"', "-inf": '"-inf"'}


def text(value: Any) -> str:
    """A value on one line; floats are the shortest text that reads back as the same number."""
    if isinstance(value, str):
        return f'"{value.translate(ESCAPES)}"'
    if isinstance(value, float):
        number = repr(value)
        return BEYOND.get(number, number)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{text(key)}: {text(each)}' for key, each in value.items())}}}"
    return WORDS[value] if value is None or isinstance(value, bool) else str(value)


def document(outcome: Outcome, style: Style) -> dict[str, Any]:
    """The document of an outcome with the chosen keys; one of several also has its exit code."""
    made = outcome.result.as_dict()
    main = outcome.result.main_key()
    if style.fields:
        # What tables call the note is a list in documents.
        keys = ["notes" if key == "note" else key for key in style.fields]
        made[main] = [{key: row[key] for key in keys if key in row} for row in made[main]]
    return made | {"exit_code": outcome.exit_code} if style.batch else made


def laid_out(made: dict[str, Any]) -> str:
    """A document with a line per key and a line per row."""
    parts = []
    for key, value in made.items():
        rows = isinstance(value, list) and value and isinstance(value[0], dict)
        shown = "[\n  " + ",\n  ".join(map(text, value)) + "]" if rows else text(value)
        parts.append(f'"{key}": {shown}')
    return "{" + ",\n ".join(parts) + "}"


def render(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """One document, or for several files one that holds theirs in order."""
    if not style.batch:
        for outcome in outcomes:
            yield laid_out(document(outcome, style)) + "\n"
        return
    yield '{"schema": "diffcli/batch/1",\n"results": ['
    separator = "\n"
    for outcome in outcomes:
        yield separator + laid_out(document(outcome, style))
        separator = ",\n"
    yield "]}\n"
