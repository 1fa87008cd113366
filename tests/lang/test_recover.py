"""Reading goes on after a mistake: each problem once, and no problem that is only a consequence."""

from __future__ import annotations

import random

import pytest

from diffcli.lang.limits import LIMITS
from diffcli.lang.parse import parse
from diffcli.source import Source


def told(text: str) -> list[tuple[str, int]]:
    """Code and line of each problem."""
    return [(each.code, each.span.position().line) for each in parse(Source("f.expr", text))[1]]


def names(text: str) -> list[str]:
    return [each.name for each in parse(Source("f.expr", text))[0].statements if hasattr(each, "name")]


def test_independent_problems_are_all_told():
    text = "var x = 3\ny = 2x\nz = (1, 2\nw = x\nv = a && b\nu = )\nt = 4\n"
    assert told(text) == [("E0202", 2), ("E0219", 3), ("E0213", 5), ("E0205", 6)]
    assert names(text) == ["x", "w", "t"]


@pytest.mark.parametrize(
    "text",
    [
        "y = (1 + 2\nz = 3\nw = z",
        "y = f(1,\n   2\nz = 3\nw = z",
        "y = [1, 2\nvar z = 3\nw = z",
        "y = (1 +\noutput z",
        "y = (1 +\nz = 3",
    ],
)
def test_an_unclosed_bracket_does_not_swallow_the_next_statements(text):
    assert [code for code, _ in told(text)] == ["E0204"]
    assert len(parse(Source("f", text))[0].statements) >= 1


def test_a_broken_call_over_several_lines_is_one_problem():
    text = "y = f(1 2,\n      3,\n      4)\nz = 3"
    assert told(text) == [("E0202", 1)]
    assert names(text) == ["z"]


def test_a_missing_comma_at_a_line_end_is_one_problem():
    text = "y = f(1\n      2)\nz = 3"
    assert told(text) == [("E0202", 2)]
    assert names(text) == ["z"]


def test_problems_inside_a_block_leave_the_block_whole():
    text = "tape {\n y = 2x\n z = 3\n w = )\n}\nq = 3"
    assert told(text) == [("E0202", 2), ("E0205", 4)]
    tape, after = parse(Source("f", text))[0].statements
    assert [each.name for each in tape.body] == ["z"]
    assert after.name == "q"


@pytest.mark.parametrize("head", ["tape manuel {", "def f(x {", "for i in 3 {", "if x > 0 {", "def f(x): {"])
def test_a_broken_head_is_one_problem_and_its_block_is_read(head):
    text = f"{head}\n u = 1\n v = 2u\n}}\nz = 3"
    found = told(text)
    assert [line for _, line in found] == [1, 3]
    assert names(text) == ["z"]


def test_braces_as_in_python_are_one_problem():
    assert [code for code, _ in told("y = {1, 2}\nz = 3")] == ["E0201"]
    assert names("y = {1, 2}\nz = 3") == ["z"]


def test_what_a_broken_statement_would_have_defined_is_remembered():
    module, _ = parse(Source("f", "var x = = 3\ny = 2x\ndef f(a b) = a\nvra w = 3\n"))
    assert {"x", "y", "f", "w"} <= module.broken
    assert module.declared


def test_a_broken_line_after_expect_error_is_not_reported():
    module, problems = parse(Source("f", 'expect error "a"\ny = (1\nexpect error "b"\nz = 2x\nw = 3x'))
    assert [each.code for each in problems] == ["E0202"]
    assert [len(each.statement_diagnostics) for each in module.statements] == [1, 1]
    assert module.broken == {"w"}


def test_the_number_of_problems_is_bounded_and_says_so():
    module, problems = parse(Source("f", "y = 2x\n" * 1000))
    assert len(problems) == LIMITS.problems + 1
    assert problems[-1].severity == "note" and "100" in problems[-1].message
    assert not module.complete


PIECES = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "=",
    "==",
    "<",
    "+",
    "-",
    "*",
    "**",
    ",",
    ":",
    ";",
    "\n",
    "\r\n",
    "2",
    "x",
    "y",
    "f",
    "var",
    "def",
    "tape",
    "expect",
    "repeat",
    "if",
    "then",
    "else",
    "is",
    "none",
    "error",
    '"a"',
    '"',
    "'",
    "$",
    ".",
    "..",
    "...",
    ".T",
    "²",
    "√",
    "±",
    "in",
    "with",
    "grad",
    "return",
    "use",
    "#",
    "&&",
]


@pytest.mark.parametrize("seed", range(300))
def test_any_text_ends_with_a_module_and_places_inside_it(seed):
    chance = random.Random(seed)
    text = "".join(chance.choice(PIECES) + chance.choice(["", " "]) for _ in range(chance.randrange(1, 60)))
    module, problems = parse(Source("f", text))
    for each in problems:
        assert each.span is not None and 0 <= each.span.start <= each.span.end <= len(text)
    for each in module.statements:
        assert 0 <= each.start <= each.end <= len(text)


@pytest.mark.parametrize("seed", range(100))
def test_a_file_with_one_random_change_keeps_its_other_statements(seed):
    chance = random.Random(seed)
    lines = [f"v{number} = f(a, [1, 2]) * (b + {number})" for number in range(9)]
    place = chance.randrange(9)
    cut = chance.randrange(len(lines[place]) + 1)
    lines[place] = (
        lines[place][:cut]
        + chance.choice(["(", ")", "]", "[", "$", " x ", "=", ",", "'", "}", "{"])
        + lines[place][cut:]
    )
    module, problems = parse(Source("f", "\n".join(lines)))
    assert len(problems) <= 2
    assert len(module.statements) >= 8 - len(problems)
