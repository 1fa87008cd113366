"""A text as its writer sees it: every token as written, comments and line ends too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..source import Source
from .grammar import SPACE, tables
from .lexer import Lexicon, normal
from .limits import LIMITS, Limits

# Words that are never names, but for the name of an argument: `grad(y, x, stop=z)`.
KEYWORDS = frozenset(
    [
        "frozen",
        "const",
        "input",
        "def",
        "return",
        "output",
        "stop",
        "minimize",
        "tape",
        "pause",
        "repeat",
        "expect",
        "in",
        "is",
        "with",
        "if",
        "then",
        "else",
        "and",
        "or",
        "not",
    ]
)
OPENS, CLOSES = "([{", {")": "(", "]": "[", "}": "{"}


class Piece(NamedTuple):
    """A stretch of the text; `before` is the white space that stood in front of it, `column` where a comment began.

    kind        what it is
    comment     from its sign to the end of the line
    newline     the end of a line
    verbatim    a statement that is expected to be refused: nobody knows how to space it
    name, number, string, superscript, transpose, word: as the grammar has them; word is a keyword in its place
    unary, power, operator: signs of one operand, of powers, and all others between two
    mark        a bracket or a punctuation mark, its ASCII form in `sign`
    """

    kind: str
    text: str
    sign: str
    before: str
    column: int


KINDS = {
    "NAME": "name",
    "DOTTED": "name",
    "CONSTANT": "name",
    "LITERAL": "name",
    "NONE": "name",
    "NUMBER": "number",
    "STRING": "string",
    "SUPERSCRIPT": "superscript",
    "TRANSPOSE": "transpose",
    "POWER": "power",
    "ROOT": "unary",
    "COMPARISON": "operator",
    "PRODUCT": "operator",
    "PLUS_MINUS": "operator",
}
OPERANDS = ("name", "number", "string", "superscript", "transpose", "verbatim")


def ends_operand(piece: Piece | None) -> bool:
    """Whether a sign after the piece stands between two operands."""
    return piece is not None and (piece.kind in OPERANDS or piece.sign in (")", "]"))


def pieces(source: Source, refused: Iterable[tuple[int, int]] = (), limits: Limits = LIMITS) -> list[Piece]:
    """The pieces of a text in order; the `refused` stretches come as they are."""
    raw = list(_scanned(source, list(refused), limits))
    result: list[Piece] = []
    previous: Piece | None = None
    starting = True
    brackets: list[str] = []
    for index, piece in enumerate(raw):
        if piece.kind in ("comment", "newline"):
            starting = starting or (piece.kind == "newline" and (not brackets or brackets[-1] == "{"))
            result.append(piece)
            continue
        following = next((each for each in raw[index + 1 : index + 2] if each.kind != "comment"), None)
        piece = piece._replace(kind=_in_place(piece, None if starting else previous, following, brackets))
        if piece.kind == "mark" and piece.sign in OPENS:
            brackets.append(piece.sign)
        elif piece.sign in CLOSES and piece.kind == "mark" and brackets:
            brackets.pop()
        starting = piece.kind == "mark" and piece.sign in "{;"
        result.append(piece)
        previous = piece
    return result


def _scanned(source: Source, refused: list[tuple[int, int]], limits: Limits) -> Iterator[Piece]:
    """The text cut at its tokens, each with the kind of its terminal."""
    lexicon = Lexicon(tables(), source, limits)
    text, clean, known = source.text, lexicon.clean, lexicon.tables
    offset = done = line = 0
    waiting = sorted(refused, reverse=True)
    while offset < len(text):
        for match in lexicon.matches(clean, offset):
            group = match.lastindex or 0
            start, end = match.span(group)
            sign = clean[start:end]
            kind = known.groups[group]
            if kind == SPACE and not sign.startswith("#"):
                continue
            while waiting and waiting[-1][1] <= start:
                waiting.pop()
            if kind != SPACE and waiting and waiting[-1][0] <= start:
                begin, end = waiting.pop()
                yield Piece("verbatim", text[begin:end], "", text[done:begin], 0)
                offset = done = end
                break
            if kind == SPACE:
                column = columns(text[line:start].expandtabs())
                yield Piece("comment", text[start:end], "#", text[done:start], column)
            elif sign in ("\r\n", "\n", "\r"):
                yield Piece("newline", text[start:end], "\n", text[done:start], 0)
                line = end
            else:
                if kind == lexicon.name:
                    sign = sign if sign.isascii() else normal(sign)
                    kind = known.words.get(sign, kind)
                name = known.kinds[kind] if kind >= 0 else "OTHER"
                yield Piece(name, text[start:end], sign, text[done:start], 0)
            done = end
        else:
            return


def _in_place(piece: Piece, previous: Piece | None, following: Piece | None, brackets: list[str]) -> str:
    """What a token is where it stands: some words are names elsewhere, and a minus may have one operand or two."""
    if piece.kind == "verbatim":
        return piece.kind
    sign, after = piece.sign, following.sign if following is not None else ""
    named = following is not None and (after[:1].isalpha() or after[:1] in "_\"'")
    if sign in ("-", "−", "+"):
        return "operator" if ends_operand(previous) else "unary"
    if piece.kind in KINDS:
        return KINDS[piece.kind]
    if sign in KEYWORDS:
        return "name" if after == "=" and brackets[-1:] == ["("] else "word"
    before = previous.sign if previous is not None and previous.kind == "word" else ""
    keyword = {
        "var": after not in ("(", "=") and before != "def",
        "watch": previous is None and named,
        "use": previous is None and named,
        "dtype": previous is None and named,
        "error": before == "expect" and named,
        "manual": before == "tape",
        "tol": ends_operand(previous),
        "grad": before == "with",
    }
    if sign in keyword:
        return "word" if keyword[sign] else "name"
    return "name" if sign[:1].isalpha() or sign in ("?", "...") else "mark"


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)
