"""Text into tokens: the grammar's patterns, keywords after NFKC, and one END per statement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnostic import Diagnostic, DiagnosticError
from ..source import Source
from .grammar import OTHER, SPACE, Tables
from .limits import LIMITS, Limits

Token = tuple[int, int, int, str]  # kind, start, end, the word after NFKC or the text as written

# Full-width forms mean their ASCII twins, one character for one, so that positions stay those of the user's text.
# Quotes stay as they are: inside a string they are ordinary, outside they are told apart from the ASCII ones by a message.
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if code not in (0xFF02, 0xFF07)}
FULL_WIDTH |= {0x3000: 0x20, 0x3001: 0x2C, 0x3010: 0x5B, 0x3011: 0x5D}
CLOSES = {")": "(", "]": "[", "}": "{"}


class Lexicon:
    """A source made ready for `tokens`: the compiled pattern, the text with full-width forms replaced, the limits."""

    __slots__ = ("clean", "end", "last", "limits", "matches", "name", "source", "tables")

    def __init__(self, tables: Tables, source: Source, limits: Limits = LIMITS) -> None:
        self.tables = tables
        self.source = source
        self.limits = limits
        text = source.text
        self.clean = text if text.isascii() else text.translate(FULL_WIDTH)
        self.matches = re.compile(tables.pattern).finditer
        self.name = tables.kinds.index("NAME")
        self.end = tables.kinds.index("END")
        self.last = tables.kinds.index("$END")


def tokens(lexicon: Lexicon, offset: int, brackets: list[int]) -> Iterator[Token]:
    """The tokens from an offset on; `brackets` holds the offsets of the open ones and is kept up to date."""
    tables, clean, name, end_kind = lexicon.tables, lexicon.clean, lexicon.name, lexicon.end
    groups, words, depth = tables.groups, tables.words, lexicon.limits.depth
    ascii_only = clean.isascii()
    previous = "{"
    braces = sum(clean[place] == "{" for place in brackets)
    stop = len(clean)
    for match in lexicon.matches(clean, offset):
        group = match.lastindex or 0
        kind = groups[group]
        if kind == SPACE:
            continue
        start, end = match.span(group)
        value = clean[start:end]
        if kind == name:
            if not ascii_only and not value.isascii():
                value = normal(value)
                if not value.isidentifier():
                    kind = OTHER
            kind = words.get(value, kind)
        elif value in "()[]{}\r\n;":
            if value in "([{":
                brackets.append(start)
                braces += value == "{"
                if len(brackets) > depth:
                    raise too_deep(lexicon, start)
            elif value in CLOSES:
                if value == "}" and braces and previous not in "{\r\n;":
                    yield end_kind, start, start, ""
                if brackets and clean[brackets[-1]] == CLOSES[value]:
                    brackets.pop()
                    braces -= value == "}"
            elif previous in "{\r\n;" or (value != ";" and brackets and clean[brackets[-1]] != "{"):
                continue
        yield kind, start, end, value
        previous = value
    if previous not in "{\r\n;":
        yield end_kind, stop, stop, ""
    yield lexicon.last, stop, stop, ""


def normal(word: str) -> str:
    """A word as names are compared: after NFKC."""
    from unicodedata import normalize

    return normalize("NFKC", word)


def too_deep(lexicon: Lexicon, start: int) -> DiagnosticError:
    """The refusal of brackets that are nested deeper than the limit."""
    return DiagnosticError(
        Diagnostic(
            "E0702",
            f"brackets are nested more than {lexicon.limits.depth} deep",
            lexicon.source.span(start, start + 1),
            help="raise the limit with --max-depth",
        )
    )


def too_large(source: Source, limits: Limits) -> DiagnosticError:
    """The refusal of a file that is larger than the limit."""
    return DiagnosticError(
        Diagnostic(
            "E0701",
            f"the file has more than {limits.bytes} bytes",
            source.span(0, 0),
            help="raise the limit with --max-bytes",
        )
    )
