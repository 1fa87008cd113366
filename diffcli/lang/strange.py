"""Signs and words that are not part of the language, with what to write instead."""

from __future__ import annotations

from ..diagnostic import Diagnostic
from .mistakes import Mistake

FOREIGN = {
    "lambda": ("functions have names here", "def f(x) = …"),
    "import": ("nothing can be imported", 'use "file.expr" brings in another expression file'),
    "from": ("nothing can be imported", 'use "file.expr" brings in another expression file'),
    "for": ("there are no loops over values", "repeat 20 { … }, or sum(i = 1..n, …)"),
    "while": ("there are no open-ended loops", "repeat 20 { … }"),
    "class": ("there are no classes", None),
    "let": ("a name is given its value by `=` alone", None),
    "print": ("nothing is printed by a file", "output …"),
    "assert": ("a file tests itself with `expect`", "expect …"),
    "del": ("names stay defined", None),
    "global": ("names are global already", None),
    "function": ("functions are written with `def`", "def f(x) = …"),
    "fn": ("functions are written with `def`", "def f(x) = …"),
    "func": ("functions are written with `def`", "def f(x) = …"),
    "async": ("there is no concurrency", None),
    "elif": ("a choice is an expression", "if c then a else b"),
}
STRANGE = {
    "&": ("E0213", "`&` is not an operator here", "and"),
    "|": ("E0213", "`|` is not an operator here", "or; the absolute value is abs(x)"),
    "!": ("E0213", "`!` is not an operator here", "not; unequal is !="),
    "~": ("E0213", "`~` is not an operator here", "not"),
    "∂": ("E0105", "`∂` is not an operator here", "grad(y, x) is the derivative of y by x"),
    "∇": ("E0105", "`∇` is not an operator here", "grad(y, x) is the gradient of y"),
    "∑": ("E0105", "`∑` is not an operator here", "sum(i = 1..n, …)"),
    "∏": ("E0105", "`∏` is not an operator here", "prod(i = 1..n, …)"),
    "∫": ("E0105", "`∫` is not an operator here", None),
    "←": ("E0105", "`←` is not an operator here", "="),
    "→": ("E0105", "`→` is not an operator here", None),
    "…": ("E0105", "`…` is not an operator here", "... is written with three dots"),
    "⁄": ("E0105", "`⁄` is not an operator here", "/"),
    "\\": ("E0105", "a line cannot be continued with `\\`", "put the expression in parentheses"),
    "ⁿ": ("E0108", "`ⁿ` is not a number", "**n"),
    "ⁱ": ("E0108", "`ⁱ` is not a number", "**i"),
    "$": ("E0105", "the character `$` means nothing here", None),
    "@": ("E0105", "`@` needs two operands", None),
    "∞": ("E0105", "`∞` does not fit here", "inf"),
    "≈": ("E0105", "`≈` is not an operator here", "== with tol"),
    "∈": ("E0105", "`∈` is not an operator here", "in [0, 1]"),
    "²": ("E0203", "there is nothing to be squared here", None),
    "⁻": ("E0108", "`⁻` is not followed by a number", None),
}
QUOTES = "“”„‟‘’‚‛«»‹›＂＇「」『』"


def strange(mistake: Mistake) -> Diagnostic | None:
    """A character that is no part of the language."""
    if mistake.kind != "OTHER":
        return None
    start, written = mistake.token[1], mistake.parser.source.text[mistake.token[1] :]
    sign = written[0]
    if sign in "\"'":
        end = min(
            [place for place in (mistake.text.find("\n", start), mistake.text.find("\r", start)) if place >= 0],
            default=len(mistake.text),
        )
        if sign == "'" and mistake.ends_operand:
            return mistake.at(
                "E0105", "`'` is not a sign for a derivative", "grad(f(x), x) is the derivative of f(x) by x"
            )
        return mistake.at("E0107", "this text is not closed", f"put {sign} at its end", token=(0, start, end, ""))
    if sign in QUOTES:
        return mistake.at("E0106", f"`{sign}` is a typographic quote", 'text stands between straight quotes: "…"')
    for pair, word in (("&&", "and"), ("||", "or")):
        if mistake.text.startswith(pair, start):
            return mistake.at("E0213", f"`{pair}` is not an operator here", word, token=(0, start, start + 2, ""))
    if mistake.text[start] == ".":
        return attribute(mistake)
    if mistake.text[start] in STRANGE:
        code, message, help = STRANGE[mistake.text[start]]
        return mistake.at(code, message, help)
    if not sign.isprintable():
        return mistake.at(
            "E0104" if sign == "\0" else "E0105",
            f"the character U+{ord(sign):04X} does not belong into text",
            "delete the character",
            token=(0, start, start + 1, ""),
        )
    return mistake.at("E0105", f"the character `{mistake.word(mistake.token)}` means nothing here")


def attribute(mistake: Mistake) -> Diagnostic:
    """`x.shape`: values have no attributes."""
    start = mistake.token[1]
    end = start + 1
    while end < len(mistake.text) and (mistake.text[end].isalnum() or mistake.text[end] == "_"):
        end += 1
    if end == start + 1:
        return mistake.at("E0201", "`.` does not fit here")
    return mistake.at(
        "E0211", "values have no attributes", "`.T`, the transpose, is the only one", token=(0, start, end, "")
    )


def foreign(mistake: Mistake) -> Diagnostic | None:
    """A word of another language."""
    for token in (mistake.previous, mistake.before[0] if mistake.before else None, mistake.token):
        if token is not None and mistake.kind_of(token) == "NAME" and token[3] in FOREIGN:
            reason, help = FOREIGN[token[3]]
            return mistake.at("E0212", f"`{token[3]}` is not part of the language: {reason}", help, token=token)
    return None
