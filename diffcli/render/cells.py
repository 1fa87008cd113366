"""The text of a table cell. A number is never shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffcli.document import numbers
from diffcli.render.width import visible

if TYPE_CHECKING:
    from diffcli.document import Column, Result
    from diffcli.render import Style


def number_text(value: Any, digits: int | None) -> str:
    """A number as the language writes it, with so many significant digits if asked."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if digits is None or not isinstance(value, float):
        return str(value)
    return f"{value:.{max(digits, 1)}g}"


def shape_text(shape: tuple[Any, ...]) -> str:
    """A shape in words: `scalar`, or its lengths in brackets."""
    return f"[{', '.join(map(str, shape))}]" if shape else "scalar"


def shape_of(value: list[Any]) -> tuple[int, ...]:
    """The lengths of nested lists, outermost first."""
    lengths = []
    each: Any = value
    while isinstance(each, list):
        lengths.append(len(each))
        each = each[0] if each else None
    return tuple(lengths)


def norm(value: Any) -> float:
    """The Euclidean norm of all elements, scaled so that squares do not overflow."""
    from math import hypot

    return hypot(*(float(each) for each in numbers(value)))


def tensor_text(value: Any, digits: int | None, limit: int, multiline: bool = False) -> str:
    """A tensor in full, a row of a matrix per line where the format allows, or beyond the limit by its shape and norm."""
    shape = shape_of(value)
    count = 1
    for length in shape:
        count *= length
    if count > limit:
        return f"tensor {shape_text(shape)}, norm {number_text(norm(value), digits)}"
    # The text is built level by level from the innermost lists outwards: the depth is the user's.
    texts = [number_text(each, digits) for each in numbers(value)]
    for level in range(len(shape) - 1, -1, -1):
        length, outer = shape[level], count_of(shape[:level])
        separator = f",\n{' ' * (level + 1)}" if multiline and level < len(shape) - 1 else ", "
        texts = [f"[{separator.join(texts[first * length : (first + 1) * length])}]" for first in range(outer)]
    return texts[0]


def count_of(shape: tuple[int, ...]) -> int:
    """The number of elements of a shape."""
    count = 1
    for length in shape:
        count *= length
    return count


def sparse_text(value: Any, digits: int | None, limit: int) -> str:
    """A sparse matrix by its entries, a line each."""
    head = f"{len(value.values)} entries of {shape_text(value.shape)}"
    if len(value.values) > limit:
        return head
    entries = zip(value.rows, value.columns, value.values, strict=True)
    return "\n".join([head, *(f"({row}, {column}) {number_text(each, digits)}" for row, column, each in entries)])


def cell_text(value: Any, style: Style, multiline: bool = False) -> str:
    """Any cell as text; nothing is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return tensor_text(value, style.digits, style.elements, multiline)
    if hasattr(value, "_fields"):
        return sparse_text(value, style.digits, style.elements)
    if isinstance(value, tuple):
        return shape_text(value)
    return number_text(value, style.digits)


def chosen_columns(result: Result, style: Style) -> tuple[Column, ...]:
    """The columns named by `--fields` in the order given, else all."""
    known = {column.key: column for column in result.columns()}
    return tuple(known[key] for key in style.fields if key in known) if style.fields else result.columns()
