"""Diagnostics for people: the headline, where it is, the line with the span underlined, notes and help.

By hand and without Rich, so that a mistake is answered as fast as a right file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from diffcli.render.width import visible, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.diagnostic import Diagnostic, Label
    from diffcli.source import Source

COLORS = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "frame": "\x1b[1;34m",
    "bold": "\x1b[1m",
}
TAB = 4


class Mark(NamedTuple):
    """An underline on one line: from and to are offsets in that line."""

    source: Source
    line: int
    start: int
    end: int
    text: str
    primary: bool


class Excerpt(NamedTuple):
    """A line as shown and, under it, where the underline starts and how long it is, in terminal columns."""

    text: str
    indent: int
    length: int


def paint(text: str, color: str, on: bool) -> str:
    """The text in a colour, if colours are on."""
    return f"{COLORS[color]}{text}\x1b[0m" if on and text else text


def excerpt(line: str, start: int, end: int, room: int) -> Excerpt:
    """The part of a line around a span that fits into so many columns; tabs are spaced out, wide characters counted."""
    line = line.rstrip("\r\n")
    start = min(start, len(line))
    end = max(start, min(end, len(line)))
    first, last = 0, len(line)
    if last > room:
        # A third of the room stands before the span, the rest shows the span and what follows.
        first = max(0, min(start - room // 3, last - room))
        last = min(last, first + room)
    end = max(start, min(end, last))
    before, inside, after = (
        visible(part).expandtabs(TAB) for part in (line[first:start], line[start:end], line[end:last])
    )
    head, tail = "…" if first else "", "…" if last < len(line) else ""
    return Excerpt(head + before + inside + after + tail, width(head + before), max(1, width(inside)))


def mark(label: Label, primary: bool) -> Mark:
    """The underline of a span; one over several lines is drawn on its first."""
    place = label.span.position()
    source = label.span.source
    length = len(source.line(place.line).rstrip("\r\n"))
    end = place.end_column - 1 if place.end_line == place.line else length
    return Mark(source, place.line, place.column - 1, end, label.text, primary)


def framed(marks: list[Mark], gutter: int, room: int, color: bool, severity: str) -> Iterator[str]:
    """The lines of one source with their underlines, in the order of the file."""
    bar = paint(" " * gutter + " |", "frame", color)
    yield bar
    previous = marks[0].line
    for each in marks:
        if each.line > previous + 1:
            yield paint("...", "frame", color)
        shown = excerpt(each.source.line(each.line), each.start, each.end, room)
        if each is marks[0] or each.line != previous:
            yield f"{paint(f'{each.line:>{gutter}} |', 'frame', color)} {shown.text}".rstrip()
        sign = ("^" if each.primary else "-") * shown.length
        words = f" {each.text}" if each.text else ""
        yield f"{bar} {' ' * shown.indent}{paint(sign + visible(words), severity if each.primary else 'frame', color)}"
        previous = each.line


def one(diagnostic: Diagnostic, color: bool, columns: int) -> Iterator[str]:
    """The lines of one diagnostic."""
    severity = diagnostic.severity
    yield f"{paint(f'{severity}[{diagnostic.code}]', severity, color)}{paint(f': {visible(diagnostic.message)}', 'bold', color)}"
    marks = [] if diagnostic.span is None else [mark(primary_label(diagnostic), True)]
    marks += [mark(label, False) for label in diagnostic.secondary]
    gutter = len(str(max((each.line for each in marks), default=0)))
    room = max(40, columns - gutter - 6)
    arrow = "-->"
    for source in dict.fromkeys(id(each.source) for each in marks):
        group = [each for each in marks if id(each.source) == source]
        yield f"{paint(' ' * gutter + arrow, 'frame', color)} {visible(group[0].source.name)}:{group[0].line}:{group[0].start + 1}"
        yield from framed(sorted(group, key=lambda each: (each.line, each.start)), gutter, room, color, severity)
        arrow = ":::"
    for word, texts in (("note", diagnostic.notes), ("help", (diagnostic.help,) if diagnostic.help else ())):
        for text in texts:
            yield from remark(word, visible(text), gutter, color)


def primary_label(diagnostic: Diagnostic) -> Label:
    """The primary span as a label without words: the headline has them."""
    from diffcli.diagnostic import Label

    assert diagnostic.span is not None
    return Label(diagnostic.span)


def remark(word: str, text: str, gutter: int, color: bool) -> Iterator[str]:
    """A note or a help, its further lines under its first."""
    indent = " " * gutter
    first, *others = text.split("\n")
    yield f"{paint(f'{indent} =', 'frame', color)} {paint(f'{word}:', 'bold', color)} {first}"
    for line in others:
        yield f"{indent}   {' ' * len(word)}  {line}"


def render(diagnostics: Iterable[Diagnostic], color: bool = False, columns: int = 120) -> str:
    """All diagnostics as text, an empty line after each."""
    return "".join("\n".join(one(diagnostic, color, columns)) + "\n\n" for diagnostic in diagnostics)
