"""What the parser does on the alternatives of an expression: items go into one buffer.

The value of an expression on the parser's stack is the index in the buffer where its items begin, so nothing is copied
until a whole expression is cut off the end of the buffer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..diagnostic import Diagnostic, Label
from ..source import Source
from .ast import Expression, Item, Reference

# Spellings of one operator.
SIGNS = {"^": "**", "×": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/", "−": "-", "≤": "<=", "≥": ">=", "≠": "!="}
CALLS = {
    sign: (SIGNS.get(sign, sign), ())
    for sign in ("+", "-", "*", "/", "//", "%", "@", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or", *SIGNS)
}
CONSTANTS = {
    "pi": 3.141592653589793,
    "π": 3.141592653589793,
    "e": 2.718281828459045,
    "tau": 6.283185307179586,
    "inf": float("inf"),
    "∞": float("inf"),
    "nan": float("nan"),
}
LITERALS = {"true": True, "false": False, "none": None}
SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")

_new = tuple.__new__
Action = Callable[["Builder", list[Any], int, int], Any]
ACTIONS: dict[str, Action] = {}


class Builder:
    """The buffer of items, and the problems that do not stop the parser."""

    __slots__ = ("broken", "items", "problems", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.items: list[Item] = []
        self.problems: list[Diagnostic] = []
        self.broken: set[str] = set()

    def report(self, code: str, message: str, start: int, end: int, help: str | None = None, *labels: Label) -> None:
        """Notes a problem of the statement that is being read."""
        self.problems.append(Diagnostic(code, message, self.source.span(start, end), labels, help=help))

    def label(self, start: int, end: int, text: str) -> Label:
        """A second place in the same file."""
        return Label(self.source.span(start, end), text)


def action(function: Action) -> Action:
    """Registers what happens on the alternatives whose alias is the function's name."""
    ACTIONS[function.__name__.rstrip("_")] = function
    return function


def emit(build: Builder, kind: str, value: object, arity: int, start: int, end: int) -> None:
    """Appends an item."""
    build.items.append(_new(Item, (kind, value, arity, start, end)))


# Values of the small helpers of the grammar.


@action
def absent(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return None


@action
def present(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return True


@action
def empty(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return []


@action
def first(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[0]


@action
def second(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[1]


@action
def third(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[2]


@action
def single(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return [values[0]]


@action
def append(build: Builder, values: list[Any], start: int, end: int) -> Any:
    values[0].append(values[2])
    return values[0]


@action
def reference(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Reference(values[0], start, end)


@action
def text(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Reference(build.source.text[start + 1 : end - 1], start, end)


@action
def label(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[0].name


@action
def whole(build: Builder, values: list[Any], start: int, end: int) -> Any:
    items, begin = build.items, values[0]
    cut = Expression(tuple(items[begin:]), start, end)
    del items[begin:]
    return cut


# Operands.


@action
def number(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "number", float(values[0]), 0, start, end)
    return len(build.items) - 1


@action
def constant(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "number", CONSTANTS[values[0]], 0, start, end)
    return len(build.items) - 1


@action
def variable(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "name", values[0], 0, start, end)
    return len(build.items) - 1


@action
def literal(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "literal", LITERALS[values[0]], 0, start, end)
    return len(build.items) - 1


@action
def string(build: Builder, values: list[Any], start: int, end: int) -> Any:
    # From the text as written: full-width forms inside a string are the user's own.
    emit(build, "string", build.source.text[start + 1 : end - 1], 0, start, end)
    return len(build.items) - 1


# Operators.


@action
def binary(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", CALLS[values[1]], 2, start, end)
    return values[0]


@action
def negative(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", ("-", ()), 1, start, end)
    return values[1]


@action
def positive(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[1]


@action
def root(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", ("√", ()), 1, start, end)
    return values[1]


@action
def inversion(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", ("not", ()), 1, start, end)
    return values[1]


@action
def choice(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "if", None, 3, start, end)
    return values[1]


@action
def transpose(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", (".T", ()), 1, start, end)
    return values[0]


@action
def superscript(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "number", float(values[1].translate(SUPERSCRIPTS)), 0, end - len(values[1]), end)
    emit(build, "call", ("**", ()), 2, start, end)
    return values[0]


@action
def grouped(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[1]


# Indexing: an axis is a descriptor; the expressions in it are in the buffer already.


@action
def index(build: Builder, values: list[Any], start: int, end: int) -> Any:
    axes = values[2]
    arity = 1 + sum(1 if axis[0] == "at" else sum(axis[1:]) for axis in axes)
    emit(build, "index", tuple(axes), arity, start, end)
    return values[0]


@action
def at(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return ("at",)


@action
def slice_(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return ("slice", bool(values[0]), bool(values[2]), False)


@action
def slice_with_step(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return ("slice", bool(values[0]), bool(values[2]), bool(values[4]))


@action
def rest(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return ("rest",)
