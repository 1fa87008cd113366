"""What stands between two tokens of a line: a space or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .ast import Module
from .grammar import tables
from .paths import numbered
from .pieces import CLOSES, OPENS, Piece, ends_operand

# Full-width punctuation has white space in its own shape; what its writer put after it stays.
WIDE = "，；：、"
IDEOGRAPHIC = "\u3000"


def keyword_signs(pieces: Sequence[Piece]) -> set[int]:
    """The places of the `=` signs that name an argument; those of a range, `i = 1..n`, are not among them."""
    found: set[int] = set()
    frames: list[tuple[str, int]] = []
    for index, piece in enumerate(pieces):
        if piece.kind != "mark":
            continue
        if piece.sign in OPENS:
            frames.append((piece.sign, -1))
        elif piece.sign in CLOSES:
            if frames:
                frames.pop()
        elif frames and frames[-1][0] == "(":
            if piece.sign == "=":
                found.add(index)
                frames[-1] = ("(", index)
            elif piece.sign == ",":
                frames[-1] = ("(", -1)
            elif piece.sign == "..":
                found.discard(frames[-1][1])
    return found


def path_signs(pieces: Sequence[Piece], module: Module) -> set[int]:
    """The places of the signs in names such as `dense/kernel`: as written, after what may be the name of a layer.

    That is the name of a function, with a number or without, or a text of the file; what the files that it uses name is not known.
    """
    found = set()
    for index in range(1, len(pieces) - 1):
        before, sign, after = pieces[index - 1 : index + 2]
        tight = sign.sign == "/" and not sign.before and not after.before
        if tight and before.kind == after.kind == "name":
            name = before.sign
            if module.uses or name in module.texts or any(numbered(name, word) for word in module.calls):
                found.add(index)
    return found


def gaps() -> Callable[[Piece, Piece, str], str]:
    """The function from two neighbours, and the bracket that they stand in, to what belongs between them."""
    joined = re.compile(tables().pattern).match

    def gap(left: Piece, right: Piece, bracket: str) -> str:
        wanted = _wanted(left, right, bracket)
        if wanted or left.sign in OPENS or right.sign in ("(", ")", "[", "]", ",", ";"):
            return wanted
        # Two tokens that would be read as one, or as two others, stay apart: `x² ³`, `1 .. .5`.
        met = joined(left.text + right.text)
        return "" if met is None or met.end() == len(left.text) else " "

    return gap


def _wanted(left: Piece, right: Piece, bracket: str) -> str:
    """What belongs between two neighbours for the eye."""
    marks = (left.sign if left.kind == "mark" else "", right.sign if right.kind == "mark" else "")
    if marks[1] in (",", ";", ")", "]") or marks[0] in ("(", "[") or (marks[1] == ":" and marks[0] != ","):
        return ""
    if left.text in WIDE:
        return IDEOGRAPHIC if IDEOGRAPHIC in right.before else " " if right.before else ""
    if marks[0] == ":":
        return "" if bracket == "[" else " "
    if ".." in marks or left.kind == "unary" or any(kind in ("keyword", "slash") for kind in (left.kind, right.kind)):
        return ""
    if "power" in (left.kind, right.kind) or right.kind in ("superscript", "transpose"):
        return ""
    if marks[1] in ("(", "["):
        return "" if ends_operand(left) else " "
    if marks == ("{", "}"):
        return ""
    return " "
