"""The one layout of a text: its tokens, comments and lines stay, the white space between them follows rules.

A line stays a line; statements on one line stay there. Spaces stand around operators and after commas, none around `**`. A block
is indented by four spaces. A line inside brackets starts below what follows the bracket, or four spaces in when nothing does.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ..diagnostic import DiagnosticError
from ..source import Source
from .ast import Expect, ExpectError, Expression, Module
from .limits import LIMITS, Limits
from .parse import flat, parse
from .pieces import CLOSES, OPENS, Piece, columns, pieces
from .spacing import gaps, keyword_signs, path_signs

INDENT = 4
BETWEEN = re.compile(r"(?:[\s;；]|[#＃][^\r\n]*)*")
LINE_ENDS = ("\n", "\r\n", "\r")
# Where something stands, and how an expectation is spelled, is not what it means.
POSITIONS = frozenset(
    [
        "start",
        "end",
        "name_start",
        "name_end",
        "path_start",
        "path_end",
        "variable_start",
        "variable_end",
        "source",
        "span",
        "secondary",
    ]
)


class Unfaithful(Exception):
    """A layout would have changed what the text says: a mistake of the formatter."""


class Line(NamedTuple):
    """A line of the result; `column` and `distance` say where its comment stood in the text as it was."""

    indent: int
    code: str = ""
    comment: str = ""
    column: int = 0
    distance: int = 0


class Bracket(NamedTuple):
    """An open bracket: where the lines in it start, where a line starts that closes it, whether it has lines of its own."""

    sign: str
    inside: int
    closing: int
    tall: bool


def formatted(source: Source, limits: Limits = LIMITS) -> str:
    """The text in its layout; DiagnosticError when its syntax is wrong, Unfaithful when the meaning would not be the same."""
    module, problems = parse(source, limits)
    if problems or not module.complete:
        raise DiagnosticError(*problems)
    before = pieces(source, refused(module), limits)
    ends = [piece.text for piece in before if piece.kind == "newline"]
    ending = max(LINE_ENDS, key=ends.count)
    text = "".join(line + ending for line in Layout(before, module).lines())
    made = Source(source.name, text)
    after, problems = parse(made, limits)
    if problems or meaning(after) != meaning(module):
        raise Unfaithful(source.name)
    if comments(pieces(made, refused(after), limits)) != comments(before):
        raise Unfaithful(source.name)
    return text


def comments(found: list[Piece]) -> list[str]:
    """The comments among the pieces, in order."""
    return [piece.text for piece in found if piece.kind == "comment"]


def refused(module: Module) -> list[tuple[int, int]]:
    """Where the statements are whose syntax is expected to be refused; they end with the line."""
    text = module.source.text
    result = []
    statements = flat(module.statements)
    for each in statements:
        if isinstance(each, ExpectError) and each.statement_diagnostics:
            spans = [problem.span for problem in each.statement_diagnostics if problem.span is not None]
            ends = [span.end for span in spans] + ([each.statement.end] if each.statement is not None else [])
            start = each.end
            end = min(
                (place for sign in "\r\n" if (place := text.find(sign, max(ends, default=start))) >= 0),
                default=len(text),
            )
            # What stands between the two is no part of the refused one.
            start += len(BETWEEN.match(text[start:end]).group())  # type: ignore[union-attr]  # it matches nothing, too
            stripped = text[start:end].rstrip()
            if stripped:
                result.append((start, start + len(stripped)))
    return result


def meaning(module: Module) -> list[Any]:
    """What a file says, flat and without places, to be compared."""
    result: list[Any] = []
    stack: list[Any] = [module.statements, module.declared]
    while stack:
        each = stack.pop()
        if isinstance(each, Expression):
            each = each.items
        fields = (
            getattr(each, "_fields", None) or getattr(type(each), "__slots__", None)
            if not isinstance(each, str)
            else None
        )
        if fields:
            hidden = POSITIONS | {"text"} if isinstance(each, Expect) else POSITIONS
            result.append(type(each).__name__)
            stack.extend(getattr(each, field) for field in fields if field not in hidden)
        elif isinstance(each, (tuple, list)):
            result.append(len(each))
            stack.extend(each)
        else:
            result.append(repr(each))
    return result


class Layout:
    """Pieces being put into lines."""

    def __init__(self, found: list[Piece], module: Module) -> None:
        named, slashes = keyword_signs(found), path_signs(found, module)
        kinds = {**dict.fromkeys(named, "keyword"), **dict.fromkeys(slashes, "slash")}
        self.pieces = [piece._replace(kind=kinds.get(index, piece.kind)) for index, piece in enumerate(found)]
        self.tall = tall_blocks(self.pieces)
        self.gap = gaps()
        self.done: list[Line] = []
        self.open: list[Bracket] = []
        self.line = Line(0)
        self.code: list[str] = []
        self.width = 0
        self.previous: Piece | None = None
        self.blank = False

    def lines(self) -> list[str]:
        """The lines of the result, their comments in place."""
        following = [*self.pieces[1:], None]
        for index, piece in enumerate(self.pieces):
            if piece.kind == "newline":
                self.newline()
            elif piece.kind == "comment":
                self.comment(piece)
            else:
                self.token(index, piece, following[index])
        self.finish()
        while self.done and not (self.done[-1].code or self.done[-1].comment):
            self.done.pop()
        return aligned(self.done)

    def newline(self) -> None:
        """A line ends, or an empty one has passed."""
        if self.code or self.line.comment:
            self.finish()
        else:
            self.blank = True

    def finish(self) -> None:
        """The line that is being written joins the others."""
        if self.code or self.line.comment:
            self.done.append(self.line._replace(code="".join(self.code)))
        self.line, self.code, self.width, self.previous = Line(0), [], 0, None

    def begin(self, piece: Piece) -> None:
        """A line starts with a piece; at most one empty line goes before it, none at the ends of a bracket."""
        closes = piece.kind == "mark" and piece.sign in CLOSES
        last = self.done[-1].code[-1:] if self.done else "{"
        if self.blank and not closes and not (last and last in "{([｛（［【"):
            self.done.append(Line(0))
        self.blank = False
        indent = 0
        if self.open:
            indent = self.open[-1].closing if closes else self.open[-1].inside
        self.line, self.width = Line(indent), indent

    def comment(self, piece: Piece) -> None:
        """A comment, on its own line or at the end of one."""
        if not self.code:
            self.begin(piece)
        self.line = self.line._replace(
            comment=piece.text, column=piece.column, distance=columns(piece.before.expandtabs())
        )

    def token(self, index: int, piece: Piece, following: Piece | None) -> None:
        """A token, after the gap that belongs before it."""
        mark = piece.sign if piece.kind == "mark" else ""
        if mark == ";" and self.idle(following):
            return
        if mark == "}" and self.open and self.open[-1].tall:
            self.finish()
        if not self.code:
            self.begin(piece)
        elif self.previous is not None:
            bracket = self.open[-1].sign if self.open else ""
            self.write(self.gap(self.previous, piece, bracket))
        self.write(piece.text)
        if mark and mark in OPENS:
            self.open.append(self.bracket(mark, index, following))
            if (
                mark == "{"
                and self.open[-1].tall
                and following is not None
                and following.kind not in ("newline", "comment")
            ):
                self.finish()
        elif mark in CLOSES and self.open:
            self.open.pop()
        self.previous = piece if self.code else None

    def idle(self, following: Piece | None) -> bool:
        """Whether a semicolon here separates nothing."""
        last = self.previous
        if last is None or (last.kind == "mark" and last.sign in "{;"):
            return True
        return following is None or following.kind in ("newline", "comment") or following.sign in (";", "}")

    def bracket(self, sign: str, index: int, following: Piece | None) -> Bracket:
        """What an opening bracket, just written, means for the lines in it."""
        if sign == "{":
            depth = sum(each.sign == "{" for each in self.open)
            return Bracket(sign, INDENT * (depth + 1), INDENT * depth, index in self.tall)
        if following is None or following.kind in ("newline", "comment"):
            return Bracket(sign, self.line.indent + INDENT, self.line.indent, False)
        return Bracket(sign, self.width, self.width - 1, False)

    def write(self, text: str) -> None:
        """Adds to the line."""
        if text:
            self.code.append(text)
            self.width += columns(text)


def tall_blocks(found: list[Piece]) -> set[int]:
    """The places of the `{` whose block has a line end in it: each of its statements stands on a line of its own."""
    result: set[int] = set()
    waiting: list[int] = []
    for index, piece in enumerate(found):
        if piece.kind == "newline":
            result.update(waiting)
            waiting = [each for each in waiting if each not in result]
        elif piece.kind == "mark" and piece.sign == "{":
            waiting.append(index)
        elif piece.kind == "mark" and piece.sign == "}" and waiting:
            waiting.pop()
    return result


def aligned(lines: list[Line]) -> list[str]:
    """Lines as text; comments at the ends of neighbouring lines stand below each other when they did, or were ragged."""
    result: list[str] = []
    group: list[Line] = []
    for line in [*lines, Line(0)]:
        if line.code and line.comment:
            group.append(line)
            continue
        if group:
            result.extend(_with_comments(group))
            group = []
        result.append(" " * line.indent + (line.code or line.comment) if line.code or line.comment else "")
    return result[:-1]


def _with_comments(group: list[Line]) -> list[str]:
    """Neighbouring lines with comments at their ends.

    Comments two spaces after the code stay so. A common column is kept if the code leaves room for it. All else is aligned.
    """
    widths = [line.indent + columns(line.code) for line in group]
    nearest = min(line.distance for line in group)
    if all(line.distance <= 2 for line in group):
        places = [width + 2 for width in widths]
    elif len({line.column for line in group}) == 1 and nearest > 2:
        places = [max(group[0].column, max(widths) + 2)] * len(group)
    else:
        places = [max(widths) + 2] * len(group)
    return [
        " " * line.indent + line.code + " " * (place - width) + line.comment
        for line, place, width in zip(group, places, widths, strict=True)
    ]
