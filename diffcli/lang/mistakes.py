"""Where the parser stood when a token did not fit, and the words that are used to tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..diagnostic import Diagnostic, Label
from .lexer import Token

if TYPE_CHECKING:
    from .parse import Parser

OPENS = {"(": ")", "[": "]", "{": "}"}
SIGNS = {"PLUS", "MINUS", "PRODUCT", "POWER", "COMPARISON", "PLUS_MINUS", "ROOT", "AND", "OR", "NOT"}
NAMES = {"NAME", "WATCH", "USE", "DTYPE", "CORR", "ERROR", "MANUAL", "TOL", "GRAD"}
OPERANDS = {"NUMBER", "CONSTANT", "LITERAL", "NONE", "STRING", *NAMES}
DECLARES = {"KIND", "VAR"}
STATEMENTS = {"DEF", "RETURN", "OUTPUT", "STOP", "MINIMIZE", "TAPE", "PAUSE", "REPEAT", "EXPECT", *DECLARES}
CLAUSES = {"IF", "THEN", "ELSE", "IN", "IS", "WITH"}
FIRST_WORDS = (
    "var",
    "frozen",
    "const",
    "input",
    "def",
    "output",
    "stop",
    "minimize",
    "tape",
    "pause",
    "expect",
    "use",
    "dtype",
    "repeat",
    "watch",
    "return",
)


class Mistake:
    """Where the parser stood: the tokens of the statement so far, the one that does not fit, and what surrounds it."""

    def __init__(
        self, parser: Parser, before: list[Token], token: Token, after: list[Token], outer: list[int], inside: list[int]
    ) -> None:
        self.parser, self.before, self.token, self.after, self.outer, self.inside = (
            parser,
            before,
            token,
            after,
            outer,
            inside,
        )
        self.text = parser.lexicon.clean
        self.kind = self.kind_of(token)
        self.previous = before[-1] if before else None
        self.previous_kind = self.kind_of(self.previous) if self.previous else ""
        self.first_word = before[0][3] if before else token[3]
        self.starts_operand = self.kind in OPERANDS or self.kind in (
            "LPAR",
            "LSQB",
            "DOTTED",
            "ROOT",
            "VAR",
            "IF",
            "NOT",
        )
        self.ends_operand = self.previous_kind in OPERANDS or self.previous_kind in (
            "RPAR",
            "RSQB",
            "SUPERSCRIPT",
            "TRANSPOSE",
        )

    def kind_of(self, token: Token) -> str:
        """The kind of a token by name; OTHER for a character that means nothing."""
        return self.parser.tables.kinds[token[0]] if token[0] >= 0 else "OTHER"

    def kinds(self) -> list[str]:
        """The kinds of the first tokens of the statement."""
        return [self.kind_of(each) for each in self.before[:8]]

    def open_brackets(self) -> list[int]:
        """Where the ( and [ are that are still open."""
        return [place for place in self.inside[len(self.outer) :] if self.text[place] != "{"]

    def tokens_since(self, offset: int) -> int:
        """How many tokens of the statement stand at or after an offset."""
        count = 0
        for each in reversed(self.before):
            if each[1] < offset:
                break
            count += 1
        return count

    def word(self, token: Token | None) -> str:
        """A token as the user wrote it, cut when long."""
        if token is None:
            return ""
        written = self.parser.source.text[token[1] : token[2]]
        return written if len(written) <= 40 else written[:39] + "…"

    def at(
        self,
        code: str,
        message: str,
        help: str | None = None,
        *labels: Label,
        token: Token | None = None,
        start: int | None = None,
    ) -> Diagnostic:
        """A diagnostic at the token that does not fit, or at another one."""
        place = token or self.token
        span = self.parser.source.span(place[1] if start is None else start, place[2])
        return Diagnostic(code, message, span, labels, help=help)

    def label(self, start: int, end: int, text: str) -> Label:
        """A second place."""
        return Label(self.parser.source.span(start, end), text)


def never_closed(mistake: Mistake) -> Diagnostic:
    """A bracket that is still open where the statement ends."""
    place = mistake.open_brackets()[-1]
    sign = mistake.text[place]
    end = mistake.previous[2] if mistake.previous else mistake.token[1]
    return Diagnostic(
        "E0204",
        f"`{sign}` is never closed",
        mistake.parser.source.span(end, end),
        (mistake.label(place, place + 1, "opened here"),),
        help=OPENS[sign],
    )


def form(word: str) -> str | None:
    """How a statement is written."""
    forms = {
        "var": "var x = 3",
        "frozen": "frozen x = 3",
        "const": "const k = 3",
        "input": "input t",
        "def": "def f(x) = x**2",
        "output": "output y",
        "stop": "stop a, b",
        "minimize": "minimize loss",
        "expect": "expect y == 9",
        "return": "return u",
        "error": 'expect error "text"',
        "tol": "tol 1e-9",
        "is": "expect … is none",
        "in": "in [0, 1]",
        "with": "with grad …",
        "then": "if c then a else b",
        "else": "if c then a else b",
        "if": "if c then a else b",
        "watch": "watch x",
        "use": 'use "lib.expr"',
        "dtype": "dtype float32",
        "corr": "corr(a, b) = 0.3",
    }
    return forms.get(word)


def reserved(mistake: Mistake, token: Token) -> Diagnostic:
    """A word that has a meaning of its own where a name is wanted."""
    written = mistake.word(token)
    kind = mistake.kind_of(token)
    if kind in ("CONSTANT", "LITERAL", "NONE"):
        return mistake.at(
            "E0210", f"`{written}` is a constant and cannot be a name", f"another name, as {token[3]}0", token=token
        )
    if kind in ("NUMBER", "STRING"):
        return mistake.at("E0208", f"`{written}` is not a name", token=token)
    if kind == "DOTTED":
        return mistake.at("E0211", "a name has no dots", token=token)
    if kind in STATEMENTS or kind in CLAUSES or kind in ("AND", "OR", "NOT"):
        return mistake.at(
            "E0210", f"`{written}` is a keyword and cannot be a name", f"another name, as {written}_", token=token
        )
    return mistake.at("E0208", "only a name can stand before `=`", token=token)


def same_line(mistake: Mistake) -> bool:
    assert mistake.previous is not None
    between = mistake.text[mistake.previous[2] : mistake.token[1]]
    return "\n" not in between and "\r" not in between


def rest_of_line(mistake: Mistake, start: int) -> str:
    """The line from an offset on, as the user wrote it; of a long one only as much as a hint may show."""
    return mistake.parser.source.text[start : start + 200].splitlines()[0].strip()


def bracketed(mistake: Mistake) -> str:
    """The bracketed operand before the mistake when it is short, else its closing sign."""
    depth = 0
    for place in range(len(mistake.before) - 1, max(-1, len(mistake.before) - 12), -1):
        kind = mistake.kind_of(mistake.before[place])
        depth += (kind in ("RPAR", "RSQB")) - (kind in ("LPAR", "LSQB"))
        if (depth == 0 and kind in ("LPAR", "LSQB")) or (depth == 0 and kind in OPERANDS):
            if place and kind == "LPAR" and mistake.kind_of(mistake.before[place - 1]) in (*NAMES, "DOTTED", "VAR"):
                place -= 1
            text = mistake.parser.source.text[mistake.before[place][1] : mistake.before[-1][2]]
            return text if len(text) <= 30 and "\n" not in text else "(…)"
    return "(…)"


def opened(mistake: Mistake) -> str:
    """The bracketed operand at the mistake when it is short, else dots in brackets."""
    start, depth = mistake.token[1], 0
    for place in range(start, min(len(mistake.text), start + 30)):
        character = mistake.text[place]
        depth += (character in "([") - (character in ")]")
        if character in "\r\n#":
            break
        if depth == 0:
            return mistake.parser.source.text[start : place + 1]
    return "(…)" if mistake.text[start] == "(" else "[…]"
