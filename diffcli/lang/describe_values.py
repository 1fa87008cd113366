"""Mistakes around values and operators: side by side, missing, chained, listed without brackets."""

from __future__ import annotations

from ..diagnostic import Diagnostic, closest
from .mistakes import DECLARES, FIRST_WORDS, OPERANDS, SIGNS, Mistake, bracketed, opened, rest_of_line, same_line


def chained(mistake: Mistake) -> Diagnostic | None:
    """1 < x < 3."""
    if mistake.kind != "COMPARISON" or not mistake.ends_operand:
        return None
    depth, place, comparison = 0, len(mistake.before) - 1, -1
    begin = 0
    while place >= 0:
        kind = mistake.kind_of(mistake.before[place])
        depth += (kind in ("RPAR", "RSQB")) - (kind in ("LPAR", "LSQB"))
        if depth < 0 or (
            depth == 0 and kind in ("EQUAL", "COMMA", "EXPECT", "AND", "OR", "NOT", "IF", "THEN", "ELSE", "RETURN")
        ):
            begin = place + 1
            break
        if depth == 0 and kind == "COMPARISON" and comparison < 0:
            comparison = place
        place -= 1
    if comparison < 0:
        return None
    text = mistake.parser.source.text
    first = text[mistake.before[begin][1] : mistake.before[comparison][1]].strip()
    sign = mistake.word(mistake.before[comparison])
    middle = text[mistake.before[comparison + 1][1] : mistake.before[-1][2]]
    last = (
        mistake.word(mistake.after[0])
        if mistake.after
        and mistake.kind_of(mistake.after[0]) in OPERANDS
        and mistake.kind_of(mistake.after[-1]) == "END"
        and len(mistake.after) == 2
        else "…"
    )
    help = f"{first} {sign} {middle} and {middle} {mistake.word(mistake.token)} {last}"
    return mistake.at(
        "E0206", "comparisons cannot be chained", help if len(help) < 100 and "\n" not in help else "a < b and b < c"
    )


def missing_operator(mistake: Mistake) -> Diagnostic | None:
    """Two operands side by side."""
    if not (mistake.starts_operand and mistake.ends_operand) or mistake.kind in ("IF", "NOT"):
        return None
    previous, token = mistake.previous, mistake.token
    assert previous is not None
    left, right = mistake.word(previous), mistake.word(token)
    kinds = mistake.kinds()
    if len(kinds) == 1 and kinds[0] == "NAME":
        meant = closest(left, FIRST_WORDS)
        if meant:
            return mistake.at("E0202", f"`{left}` is not a keyword", f"did you mean `{meant}`?", token=previous)
    if kinds[0] == "TAPE" or left == "tape":
        return None
    if mistake.kind == "STRING" or mistake.previous_kind == "STRING":
        return mistake.at(
            "E0201",
            f"text does not fit here: `{right if mistake.kind == 'STRING' else left}`",
            token=token if mistake.kind == "STRING" else previous,
        )
    if (
        mistake.previous_kind == "NUMBER"
        and previous[2] == token[1]
        and (mistake.kind == "NUMBER" or (left == "0" and right[:1] in "xXbBoO"))
    ):
        return mistake.at("E0202", f"`{left}{right}` is not a number", start=previous[1])
    if (
        kinds[0] == "DEF"
        and mistake.previous_kind == "RPAR"
        and not mistake.open_brackets()
        and "EQUAL" not in [mistake.kind_of(each) for each in mistake.before]
    ):
        return mistake.at("E0215", "`=` is missing before the body of the function", "def f(x) = …")
    closed = mistake.previous_kind in ("RPAR", "RSQB", "SUPERSCRIPT", "TRANSPOSE")
    shown_left = left if not closed else bracketed(mistake)
    shown_right = right if mistake.kind not in ("LPAR", "LSQB") else opened(mistake)
    if (
        mistake.open_brackets()
        and previous[2] != token[1]
        and mistake.previous_kind not in ("RPAR",)
        and mistake.kind not in ("LPAR", "LSQB")
    ):
        place = mistake.open_brackets()[-1]
        return mistake.at(
            "E0202",
            f"an operator or a comma is missing between `{left}` and `{right}`",
            None,
            mistake.label(place, place + 1, "inside this bracket"),
            start=previous[1] if same_line(mistake) else None,
        )
    help = f"{shown_left}*{shown_right}" if previous[2] == token[1] else f"{shown_left} * {shown_right}"
    start = previous[1] if not closed else previous[2] - 1
    return mistake.at("E0202", f"an operator is missing between `{left}` and `{right}`", help, start=start)


def comma(mistake: Mistake) -> Diagnostic | None:
    """A comma outside brackets."""
    if mistake.kind != "COMMA":
        return None
    if mistake.open_brackets():
        if mistake.previous_kind in ("LPAR", "LSQB", "COMMA"):
            return mistake.at("E0203", "there is nothing before `,`")
        if mistake.text[mistake.open_brackets()[-1]] == "(" and mistake.previous_kind != "COMMA":
            return mistake.at("E0219", "parentheses hold one expression", "a list stands in brackets: [1, 2]")
        return mistake.at("E0203", "there is nothing before `,`")
    head = mistake.kinds()
    if head and head[0] in DECLARES:
        return mistake.at(
            "E0219", "a statement declares one name", f"{mistake.first_word} a = 1; {mistake.first_word} b = 2"
        )
    if mistake.ends_operand and "EQUAL" in head:
        return mistake.at("E0219", "a list stands in brackets", "[1, 2]")
    if mistake.ends_operand and "=" in rest_of_line(mistake, mistake.token[1]):
        return mistake.at("E0219", "one statement gives one name its value", "a = 1; b = 2")
    if mistake.ends_operand:
        return mistake.at("E0219", "a comma cannot stand here", "several names: output a, b; several values: [a, b]")
    return mistake.at("E0203", "there is nothing before `,`")


def operand_missing(mistake: Mistake) -> Diagnostic | None:
    """An operator where an operand is wanted."""
    sign = mistake.word(mistake.token)
    if mistake.kind in SIGNS and mistake.previous is None:
        return mistake.at("E0203", f"there is nothing before `{sign}`")
    if mistake.kind == "SUPERSCRIPT" or mistake.kind == "TRANSPOSE":
        return mistake.at("E0203", f"there is nothing before `{sign}`")
    if mistake.kind in SIGNS and not mistake.ends_operand:
        return mistake.at(
            "E0203",
            f"nothing stands between `{mistake.word(mistake.previous)}` and `{sign}`",
            start=mistake.previous[1] if mistake.previous else None,
        )
    if mistake.kind == "PLUS_MINUS":
        return mistake.at("E0224", "an uncertainty belongs to a declaration", "var L = 1.0 ± 0.1")
    if mistake.kind in ("__ANON_0", "__ANON_1"):
        return mistake.at(
            "E0216", f"`{sign}` does not fit here", "sum(i = 1..n, …)" if mistake.kind == "__ANON_0" else None
        )
    if mistake.kind == "QMARK":
        return mistake.at(
            "E0201", "`?` stands for a size in a shape only", "if c then a else b" if mistake.ends_operand else None
        )
    return None
