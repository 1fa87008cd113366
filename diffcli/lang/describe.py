"""From a token that does not fit to a diagnostic in the user's words, with a hint where the mending is sure."""

from __future__ import annotations

from collections.abc import Callable

from ..diagnostic import Diagnostic, closest
from .describe_values import chained, comma, missing_operator, operand_missing
from .lexer import CLOSES
from .mistakes import (
    CLAUSES,
    DECLARES,
    NAMES,
    OPENS,
    SIGNS,
    STATEMENTS,
    Mistake,
    form,
    never_closed,
    reserved,
    rest_of_line,
)
from .strange import FOREIGN, foreign, strange


def describe(mistake: Mistake, unclosed: bool) -> Diagnostic:
    """The diagnostic of a mistake: the first description that knows it."""
    if unclosed:
        return never_closed(mistake)
    for describer in DESCRIBERS:
        found = describer(mistake)
        if found is not None:
            return found
    return mistake.at("E0201", f"`{mistake.word(mistake.token)}` does not fit here")


def ended(mistake: Mistake) -> Diagnostic | None:
    """The statement ends too early."""
    if mistake.kind == "$END":
        place = mistake.outer[-1]
        return mistake.at("E0204", "`{` is never closed", "}", mistake.label(place, place + 1, "opened here"))
    if mistake.kind != "END":
        return None
    if mistake.open_brackets():
        return never_closed(mistake)
    previous, kind, head = mistake.previous, mistake.previous_kind, mistake.kinds()
    last = mistake.word(previous)
    at_end = (0, previous[2], previous[2], "") if previous else mistake.token
    if head and head[0] == "IF" and "ELSE" not in [mistake.kind_of(each) for each in mistake.before]:
        return mistake.at("E0214", "`if` needs a `then` and an `else`", "if c then a else b", token=mistake.before[0])
    if head and head[0] in ("TAPE", "PAUSE", "REPEAT") and kind != "COMMA":
        return mistake.at(
            "E0215",
            f"`{mistake.first_word}` has no block",
            f"{mistake.first_word} {'20 ' if head[0] == 'REPEAT' else ''}{{ … }}, the brace on the same line",
            token=mistake.before[0],
        )
    if head and head[0] == "DEF":
        if len(head) == 1:
            return mistake.at("E0215", "the function has no name", "def f(x) = …", token=at_end)
        if kind == "RPAR":
            return mistake.at(
                "E0215",
                "the function has no body",
                "def f(x) = …, or { … } with the brace on the same line",
                token=at_end,
            )
        if kind in NAMES and len(head) == 2:
            return mistake.at("E0215", f"the function `{last}` has no parameters", f"def {last}(x) = …", token=at_end)
    if kind in STATEMENTS and len(head) > 1:
        return mistake.at(
            "E0210", f"`{last}` is a keyword and cannot be a value", f"another name, as {last}_", token=previous
        )
    if kind in SIGNS:
        return mistake.at(
            "E0203",
            f"the line ends after `{last}`",
            "an expression that goes on in the next line stands in parentheses",
            token=previous,
        )
    if (
        kind in STATEMENTS
        or kind in ("IS", "IN", "WITH", "THEN", "ELSE", "IF")
        or last in ("error", "tol", "corr", "use", "watch", "dtype")
    ):
        return mistake.at("E0203", f"nothing follows `{last}`", form(last), token=previous)
    if kind in ("EQUAL", "COMMA", "COLON", "__ANON_0"):
        return mistake.at("E0203", f"nothing follows `{last}`", token=previous)
    if mistake.first_word == "var" and len(mistake.before) < 2:
        return mistake.at("E0203", "nothing follows `var`", form("var"), token=previous)
    foreign = FOREIGN.get(mistake.first_word)
    if foreign:
        return mistake.at(
            "E0212",
            f"`{mistake.first_word}` is not part of the language: {foreign[0]}",
            foreign[1],
            token=mistake.before[0],
        )
    return mistake.at("E0203", "the statement ends too early", token=at_end)


def equal_sign(mistake: Mistake) -> Diagnostic | None:
    """An `=` that defines nothing."""
    if mistake.kind != "EQUAL":
        return None
    previous, kinds = mistake.previous, mistake.kinds()
    if previous is None:
        return mistake.at("E0208", "there is no name before `=`", "y = …")
    if mistake.previous_kind == "EQUAL":
        return mistake.at("E0209", "two `=` stand in a row", "= defines a name, == compares", start=previous[1])
    adjacent = previous[2] == mistake.token[1]
    if adjacent and previous[3] in ("+", "-", "*", "/", "**", "//", "@", "%", "−", "×") and len(mistake.before) == 2:
        name = mistake.word(mistake.before[0])
        return mistake.at(
            "E0220",
            f"there is no `{previous[3]}=`",
            f"{name} = {name} {previous[3]} …, inside repeat {{ … }}",
            start=previous[1],
        )
    if adjacent and previous[3] == ":":
        return mistake.at("E0201", "`:=` is not an operator here", "=", start=previous[1])
    if adjacent and previous[3] in ("=", "!", "<", ">"):
        return mistake.at("E0201", f"`{previous[3]}=` does not fit here", start=previous[1])
    if len(mistake.before) == 1 and mistake.previous_kind not in ("RPAR",):
        return reserved(mistake, previous)
    if kinds[0] in DECLARES and len(kinds) == 1:
        return reserved(mistake, previous)
    if mistake.first_word in ("expect", "if") or mistake.open_brackets() or "IF" in kinds:
        return mistake.at("E0207", "`=` defines a name; `==` compares", "==")
    if kinds[0] in NAMES and kinds[1] == "LPAR" and mistake.previous_kind == "RPAR":
        line = rest_of_line(mistake, mistake.before[0][1])
        return mistake.at(
            "E0208",
            "a function is defined with `def`",
            f"def {line}" if len(line) < 60 else "def f(x) = …",
            token=mistake.before[0],
        )
    if "EQUAL" in kinds:
        return mistake.at("E0209", "a second `=` stands in this statement", "= defines one name, == compares")
    if kinds[0] in NAMES and "LSQB" in kinds:
        return mistake.at(
            "E0208",
            "an element cannot be given a value of its own",
            "a new name for the whole: b = [ … ]",
            start=mistake.before[0][1],
        )
    return mistake.at(
        "E0208", "only a name can stand before `=`", "== compares", start=mistake.before[0][1], token=previous
    )


def name_wanted(mistake: Mistake) -> Diagnostic | None:
    """After `var`, `def`, `output` and the like stands a name."""
    head = mistake.kinds()
    if not head or mistake.previous is None:
        return None
    wanted = (
        (mistake.previous_kind in ("KIND", "DEF", "OUTPUT", "STOP", "MINIMIZE") and len(head) == 1)
        or (mistake.previous_kind == "VAR" and len(head) == 1)
        or (
            (mistake.previous_kind == "COMMA" and head[0] in ("OUTPUT", "STOP"))
            or (
                head[0] == "DEF"
                and mistake.previous_kind in ("LPAR", "COMMA")
                and len(mistake.open_brackets()) == 1
                and "EQUAL" not in head
            )
        )
    )
    if not wanted or mistake.kind in ("OTHER", "END"):
        return None
    if mistake.kind == "EQUAL" and len(head) == 1:
        return reserved(mistake, mistake.previous)
    if (
        mistake.kind in STATEMENTS
        or mistake.kind in CLAUSES
        or mistake.kind in ("CONSTANT", "LITERAL", "NONE", "AND", "OR", "NOT")
    ):
        return reserved(mistake, mistake.token)
    return mistake.at("E0224", f"a name is wanted after `{mistake.word(mistake.previous)}`", form(mistake.first_word))


def closing(mistake: Mistake) -> Diagnostic | None:
    """A closing bracket without its partner, or right after an operator."""
    sign = mistake.token[3]
    if sign not in CLOSES:
        return None
    open_brackets = mistake.inside[len(mistake.outer) :]
    if not open_brackets:
        return mistake.at("E0205", f"`{mistake.word(mistake.token)}` closes nothing", "delete it, or open the bracket")
    place = open_brackets[-1]
    if mistake.text[place] != CLOSES[sign]:
        return mistake.at(
            "E0205",
            f"`{mistake.text[place]}` is closed by `{mistake.word(mistake.token)}`",
            OPENS[mistake.text[place]],
            mistake.label(place, place + 1, "opened here"),
        )
    if mistake.previous is not None and mistake.previous[1] == place:
        return mistake.at("E0203", f"there is nothing between `{mistake.text[place]}` and `{sign}`", None, start=place)
    return mistake.at(
        "E0203", f"nothing stands between `{mistake.word(mistake.previous)}` and `{sign}`", token=mistake.previous
    )


def misplaced_word(mistake: Mistake) -> Diagnostic | None:
    """A keyword where it means nothing."""
    written, kind, head = mistake.word(mistake.token), mistake.kind, mistake.kinds()
    if kind in ("THEN", "ELSE"):
        if "IF" in [mistake.kind_of(each) for each in mistake.before]:
            return mistake.at(
                "E0214",
                f"`{written}` comes too early" if kind == "ELSE" else "a second `then` stands here",
                "if c then a else b",
            )
        return mistake.at("E0214", f"`{written}` belongs to an `if`", "if c then a else b")
    if kind == "IF" and mistake.ends_operand:
        return mistake.at("E0214", "a choice is written with `if` first", "if c then a else b")
    if kind == "IF":
        return mistake.at("E0214", "a choice inside an expression stands in parentheses", "(if c then a else b)")
    if kind in ("IS", "IN", "WITH"):
        where = {
            "IS": "`is` stands in `expect … is none` only",
            "IN": "`in` gives the bounds of a declaration",
            "WITH": "`with` gives a function its gradient",
        }[kind]
        return mistake.at(
            "E0223",
            where,
            {"IS": "expect … is none", "IN": "var x = 1 in [0, 2]", "WITH": "def f(x) = … with grad g * (…)"}[kind],
        )
    if kind == "NOT":
        return (
            mistake.at("E0203", "`not` here stands in parentheses", "(not …)")
            if not mistake.ends_operand
            else mistake.at("E0202", "an operator is missing before `not`", "and not")
        )
    if kind in STATEMENTS:
        if mistake.previous_kind == "EQUAL" or mistake.previous_kind in SIGNS or mistake.open_brackets():
            return mistake.at(
                "E0210", f"`{written}` is a keyword and cannot be a value", f"another name, as {written}_"
            )
        return mistake.at("E0223", f"`{written}` starts a statement of its own", f"; {written} …" if head else None)
    return None


def colon_or_brace(mistake: Mistake) -> Diagnostic | None:
    """`:` and `{` as other languages use them."""
    head = mistake.kinds()
    if mistake.kind == "COLON":
        if head and head[0] == "DEF":
            return mistake.at("E0215", "the body of a function follows `=`", "def f(x) = …")
        if head and head[0] == "IF":
            return mistake.at("E0214", "a choice is one expression", "if c then a else b")
        if len(head) == 1 and head[0] in NAMES and not mistake.text.startswith("=", mistake.token[2]):
            return mistake.at("E0201", "a shape belongs to a declaration", f"var {mistake.first_word}: [3] = …")
        if mistake.after and mistake.after[0][3] == "=" and mistake.after[0][1] == mistake.token[2]:
            return mistake.at(
                "E0201", "`:=` is not an operator here", "=", token=(0, mistake.token[1], mistake.token[2] + 1, "")
            )
        return mistake.at(
            "E0201", "`:` does not fit here", "a slice stands in brackets: a[1:]" if mistake.ends_operand else None
        )
    if mistake.kind == "LBRACE":
        if head and head[0] == "DEF" and mistake.open_brackets():
            return never_closed(mistake)
        if head and head[0] == "IF":
            return mistake.at("E0214", "a choice is one expression, not a block", "if c then a else b")
        if head and head[0] == "DEF" and mistake.previous_kind == "EQUAL":
            return mistake.at("E0215", "a body in braces has no `=` before it", "def f(x) { …; return … }")
        if head and head[0] == "REPEAT":
            return mistake.at("E0215", "the number of turns is missing", "repeat 20 { … }")
        return mistake.at(
            "E0201",
            "`{` does not fit here",
            "a list stands in brackets: [1, 2]" if mistake.previous_kind == "EQUAL" else None,
        )
    return None


def in_declaration(mistake: Mistake) -> Diagnostic | None:
    """A declaration whose parts are malformed or in the wrong order."""
    head = mistake.kinds()
    if not head or head[0] not in DECLARES or len(head) < 2:
        return None
    if mistake.previous_kind == "COLON" or (
        len(head) > 2 and head[2] == "COLON" and "EQUAL" not in head and len(mistake.open_brackets()) == 1
    ):
        return mistake.at("E0224", "a shape is a list of sizes", "[3, 2], [n, 3] or [?]")
    if mistake.kind in ("COLON", "EQUAL", "PLUS_MINUS", "IN", "STRING"):
        return mistake.at(
            "E0224",
            f"`{mistake.word(mistake.token)}` comes too late in the declaration",
            'var m: [3] = 9.81 ± 0.02 in [0, 20] "label"',
        )
    if len(head) == 2 and mistake.kind in ("NUMBER", *NAMES):
        return mistake.at(
            "E0224",
            f"`=` is missing after `{mistake.word(mistake.previous)}`",
            f"{mistake.first_word} {mistake.word(mistake.previous)} = {mistake.word(mistake.token)}",
        )
    if mistake.previous_kind == "IN":
        return mistake.at("E0224", "bounds stand in brackets", "in [0, 20]")
    return None


def stray(mistake: Mistake) -> Diagnostic | None:
    """What is left: an operand after a keyword that takes something else."""
    if mistake.previous is None or mistake.kind == "OTHER":
        return None
    head, written = mistake.kinds(), mistake.word(mistake.token)
    if head[0] == "TAPE":
        meant = "manual" if closest(written, ("manual",)) else None
        return mistake.at("E0215", "`tape` is followed by a block", "tape manual { … }" if meant else "tape { … }")
    if mistake.previous_kind == "RBRACE":
        return mistake.at(
            "E0201", f"`{written}` does not fit after `}}`", "a statement starts in a line of its own, or after ;"
        )
    if mistake.previous_kind == "IS":
        return mistake.at("E0223", "`is` is followed by `none` or `not none`", "expect … is none")
    if mistake.previous_kind in ("USE", "ERROR"):
        return mistake.at(
            "E0201", f"`{mistake.word(mistake.previous)}` is followed by text in quotes", form(mistake.previous[3])
        )
    if head[0] == "DEF":
        return mistake.at("E0215", f"`{written}` does not fit into the head of a function", "def f(x, k=1) = …")
    if mistake.ends_operand:
        return mistake.at("E0201", f"`{written}` does not fit after `{mistake.word(mistake.previous)}`")
    return mistake.at("E0201", f"`{written}` does not fit here")


DESCRIBERS: tuple[Callable[[Mistake], Diagnostic | None], ...] = (
    strange,
    foreign,
    ended,
    name_wanted,
    equal_sign,
    closing,
    chained,
    in_declaration,
    missing_operator,
    comma,
    colon_or_brace,
    operand_missing,
    misplaced_word,
    stray,
)
