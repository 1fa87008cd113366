"""Diagnostics point at the right characters."""

from __future__ import annotations

from diffcli.diagnostic import Diagnostic
from diffcli.render.diagnostics import excerpt, render
from diffcli.render.width import visible, width
from diffcli.source import Source
from tests.render.examples import DIAGNOSTICS


def underlined(text: str, part: str, columns: int = 80) -> tuple[str, str]:
    """The shown line and the underline of a part of a one-line source."""
    source = Source("a.expr", text)
    start = text.index(part)
    lines = render([Diagnostic("E0301", "wrong", source.span(start, start + len(part)))], columns=columns).splitlines()
    return lines[3].split("| ", 1)[1], lines[4].split("| ", 1)[1]


def test_the_underline_is_under_the_span() -> None:
    assert underlined("y = x + nope", "nope") == ("y = x + nope", "        ^^^^")


def test_wide_characters_take_two_columns() -> None:
    assert underlined("損失 = 未知 + 1", "未知") == ("損失 = 未知 + 1", "       ^^^^")


def test_combining_characters_take_none() -> None:
    shown, marks = underlined("e\u0301 = nope", "nope")
    assert width(shown[: shown.index("nope")]) == marks.index("^")


def test_tabs_are_spaces() -> None:
    assert underlined("\ty = \tnope", "nope") == ("    y =     nope", "            ^^^^")


def test_a_long_line_is_shown_around_the_span() -> None:
    shown, marks = underlined("y = " + "x + " * 5000 + "nope" + " + x" * 5000, "nope")
    assert shown.startswith("…") and shown.endswith("…")
    assert len(shown) <= 80
    assert shown[marks.index("^") : marks.index("^") + 4] == "nope"


def test_a_span_at_the_end_has_one_caret() -> None:
    source = Source("a.expr", "y = (1 +")
    assert render([Diagnostic("E0201", "more", source.span(8, 8))]).splitlines()[4] == "  |         ^"


def test_an_empty_source_is_no_problem() -> None:
    source = Source("a.expr", "")
    assert "--> a.expr:1:1" in render([Diagnostic("E0201", "empty", source.span(0, 0))])


def test_two_places_are_shown_in_the_order_of_the_file() -> None:
    lines = render([DIAGNOSTICS[1]]).splitlines()
    assert lines[1] == " --> dir/größe.expr:3:5"
    assert lines[4].endswith("- first defined here")
    assert lines[5] == "..."


def test_a_file_cannot_command_the_terminal() -> None:
    source = Source("a.expr", "y = \x1b[31mred\u202e")
    text = render([Diagnostic("E0105", "odd \x1b[0m", source.span(4, 5))])
    assert "\x1b" not in text and "\u202e" not in text
    assert visible("a\tb") == "a\tb"


def test_colour_adds_nothing_but_colour() -> None:
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", render(DIAGNOSTICS, color=True)) == render(DIAGNOSTICS)


def test_excerpt_of_a_span_wider_than_the_room() -> None:
    shown = excerpt("x" * 500, 10, 490, 40)
    assert shown.length <= 42
