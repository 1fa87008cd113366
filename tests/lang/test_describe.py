"""What a user is told about a mistake, where it is underlined, and what is offered."""

from __future__ import annotations

import re

import pytest

from diffcli.codes import CODES
from diffcli.lang import grammar
from diffcli.lang.parse import parse
from diffcli.source import Source


def problems(text: str):
    return parse(Source("f.expr", text))[1]


def problem(text: str):
    (found,) = problems(text)
    return found


@pytest.mark.parametrize(
    ("text", "code", "underlined", "help"),
    [
        ("y = 2x", "E0202", "2x", "2*x"),
        ("y = 2(x+1)", "E0202", "2(", "2*(x+1)"),
        ("y = (a)(b)", "E0202", ")(", "(a)*(b)"),
        ("y = x z", "E0202", "x z", "x * z"),
        ("y = 2pi", "E0202", "2pi", "2*pi"),
        ("y = 3.1.4", "E0202", "3.1.4", None),
        ("y = 0x1F", "E0202", "0x1F", None),
        ("vra x = 3", "E0202", "vra", "did you mean `var`?"),
        ("1 < x < 3", "E0206", "<", "1 < x and x < 3"),
        ("expect 0 ≤ f(x) ≤ 1", "E0206", "≤", "0 ≤ f(x) and f(x) ≤ 1"),
        ("expect y = 3", "E0207", "=", "=="),
        ("y = if x = 3 then 1 else 2", "E0207", "=", "=="),
        ("x = = 3", "E0209", "= =", "= defines a name, == compares"),
        ("x = 1 = 2", "E0209", "=", "= defines one name, == compares"),
        ("f(x) = x**2", "E0208", "f", "def f(x) = x**2"),
        ("x[0] = 3", "E0208", "x[0] =", None),
        ("y = a && b", "E0213", "&&", "and"),
        ("y = a || b", "E0213", "||", "or"),
        ("y = !a", "E0213", "!", None),
        ("y = x.shape", "E0211", ".shape", None),
        ("__import__('os').system('ls')", "E0211", ".system", None),
        ("y = lambda x: x", "E0212", "lambda", "def f(x) = …"),
        ("import os", "E0212", "import", None),
        ("from os import path", "E0212", "from", None),
        ("for i in x { y = i }", "E0212", "for", None),
        ("let x = 3", "E0212", "let", None),
        ("y = “a”", "E0106", "“", None),
        ('y = "abc', "E0107", '"abc', 'put " at its end'),
        ("y = xⁿ", "E0108", "ⁿ", "**n"),
        ("y = $x", "E0105", "$", None),
        ("y = ∂x", "E0105", "∂", None),
        ("y = f'(x)", "E0105", "'", None),
        ("y = x\x07", "E0105", "\x07", "delete the character"),
        ("y = 1 +", "E0203", "+", "an expression that goes on in the next line stands in parentheses"),
        ("y =", "E0203", "=", None),
        ("y = (1 + )", "E0203", "+", None),
        ("y = ()", "E0203", "()", None),
        ("y = * 3", "E0203", "= *", None),
        ("*3", "E0203", "*", None),
        ("y = 1 + 2)", "E0205", ")", None),
        ("y = [1, 2)", "E0205", ")", "]"),
        ("}", "E0205", "}", None),
        ("e = 3", "E0210", "e", None),
        ("const pi = 3", "E0210", "pi", None),
        ("var = 3", "E0210", "var", None),
        ("output = 3", "E0210", "output", None),
        ("y = stop", "E0210", "stop", None),
        ("def tau(x) = x", "E0210", "tau", None),
        ("y = 1, 2", "E0219", ",", "[1, 2]"),
        ("var a = 1, b = 2", "E0219", ",", "var a = 1; var b = 2"),
        ("a, b = 1, 2", "E0219", ",", "a = 1; b = 2"),
        ("x += 1", "E0220", "+=", None),
        ("y := 1", "E0201", ":=", "="),
        ("y = 1 if x else 2", "E0214", "if", "if c then a else b"),
        ("if x > 3 { y = 2 }", "E0214", "{", "if c then a else b"),
        ("y = if x then 1", "E0203", "", None),
        ("y = 3 then 4", "E0214", "then", None),
        ("tape\n{ y = x }", "E0215", "tape", None),
        ("tape manuel { y = x }", "E0215", "manuel", "tape manual { … }"),
        ("repeat { x = 3 }", "E0215", "{", "repeat 20 { … }"),
        ("def f(x): x", "E0215", ":", "def f(x) = …"),
        ("def f(x) x**2", "E0215", "x", "def f(x) = …"),
        ("def f(x) { u = x; u + 1 }", "E0218", "u + 1", "return u + 1"),
        ("def f(x) { output x; return x }", "E0217", "output x", None),
        ("var x 3", "E0224", "3", "var x = 3"),
        ("var w: 3", "E0224", "3", "[3, 2], [n, 3] or [?]"),
        ("y = 3 ± 1", "E0224", "±", None),
        ("y = x is none", "E0223", "is", None),
        ("tape { x = 3", "E0204", "", "}"),
    ],
)
def test_message_underline_and_hint(text, code, underlined, help):
    found = problem(text)
    assert (found.code, found.span.text) == (code, underlined)
    if help is not None:
        assert found.help == help


def test_a_bracket_that_is_never_closed_shows_where_it_was_opened():
    found = problem("y = f(1 + (2 * 3)\nz = 3")
    assert (found.code, found.message, found.help) == ("E0204", "`(` is never closed", ")")
    assert found.span.position().as_dict() == {"line": 1, "column": 18, "end_column": 18}
    assert [(label.text, label.span.start) for label in found.secondary] == [("opened here", 5)]


def test_a_wrong_closing_bracket_shows_both():
    found = problem("y = (a + [1, 2)")
    assert found.message == "`[` is closed by `)`"
    assert found.secondary[0].span.text == "["


EVERYTHING = [
    token
    for token in [
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
        "/",
        "**",
        ",",
        ":",
        ";",
        "±",
        "..",
        "...",
        "?",
        ".",
        "2",
        "x",
        '"a"',
        "true",
        "none",
        "pi",
        "e",
        "var",
        "const",
        "def",
        "return",
        "output",
        "stop",
        "minimize",
        "tape",
        "pause",
        "expect",
        "repeat",
        "use",
        "dtype",
        "if",
        "then",
        "else",
        "and",
        "or",
        "not",
        "in",
        "is",
        "with",
        "watch",
        "manual",
        "error",
        "tol",
        "corr",
        "grad",
        "²",
        "√",
        ".T",
        "$",
        "“",
        "'a",
    ]
    if token
]


@pytest.mark.parametrize("first", EVERYTHING)
def test_no_pair_of_tokens_shows_the_parsers_own_names(first):
    names = {name for name in grammar.tables().kinds if name.isupper() and len(name) > 2}
    for second in EVERYTHING:
        pair = f"{first} {second}"
        for text in (pair, f"y = {pair}", f"var x = {pair}", f"y = (1 + {first}\n{second} = 3", f"tape {{ {pair} }}"):
            for found in problems(text):
                told = f"{found.message} {found.help or ''} {' '.join(found.notes)}"
                assert not set(re.findall(r"[A-Z_]{3,}", told)) & names, told
                assert "__ANON" not in told
                assert found.code in CODES
                assert (
                    found.message[0] != " "
                    and not found.message.endswith(".")
                    and found.message[:1] == found.message[:1].lower()
                )
                assert found.span is not None and 0 <= found.span.start <= found.span.end <= len(text)
