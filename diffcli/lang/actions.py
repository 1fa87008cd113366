"""What the parser does on the alternatives of an expression: items go into one buffer.

The value of an expression on the parser's stack is the index in the buffer where its items begin, so nothing is copied
until a whole expression is cut off the end of the buffer.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import Any

from ..diagnostic import Diagnostic, Label
from ..source import Source
from .ast import Code, Expression, Reference

# Spellings of one operator.
SIGNS = {"^": "**", "×": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/", "−": "-", "≤": "<=", "≥": ">=", "≠": "!="}
# What the parser writes for a sign between two operands.
BINARY = {
    sign: ("call", (SIGNS.get(sign, sign), ()), 2)
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
# Parameters that take a text which may be written as a word.
TEXTS, TEXT_ENDING = ("activation", "name"), "_initializer"
LITERALS = {"true": True, "false": False, "none": None}
SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")

Action = Callable[["Builder", list[Any], int, int], Any]
ACTIONS: dict[str, Action] = {}


class Builder:
    """The buffer of items, those of whole expressions, and the problems that do not stop the parser."""

    __slots__ = ("broken", "calls", "filled", "items", "problems", "source", "texts", "whole")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.items = Code(len(source.text))
        self.whole = Code(len(source.text))
        self.filled = 0  # the number of items in `whole`
        self.calls: dict[tuple[Any, ...], tuple[Any, ...]] = {}  # equal calls are one object
        self.problems: list[Diagnostic] = []
        self.broken: set[str] = set()
        self.texts: set[str] = set()  # what strings say

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


def emit(build: Builder, step: Any, start: int, end: int) -> int:
    """Appends an item and returns its place."""
    items = build.items
    items.steps.append(step)
    items.starts.append(start)
    items.ends.append(end)
    return len(items.steps) - 1


def as_word(build: Builder, parameter: str, steps: list[Any], place: int) -> None:
    """Makes a name a text where a parameter takes texts, as in `activation=relu`; a value of that name comes first."""
    if isinstance(steps[place], str) and (parameter in TEXTS or parameter.endswith(TEXT_ENDING)):
        build.texts.add(steps[place])
        steps[place] = ("word", steps[place], 0)


def emit_call(build: Builder, value: tuple[Any, ...], arity: int, start: int, end: int) -> None:
    """Appends the call of a function or sign; equal ones share their memory."""
    step = ("call", value, arity)
    emit(build, build.calls.setdefault(step, step), start, end)


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
    return Reference(intern(values[0]), start, end)


@action
def text(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Reference(build.source.text[start + 1 : end - 1], start, end)


@action
def label(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[0].name


@action
def whole(build: Builder, values: list[Any], start: int, end: int) -> Any:
    build.items.cut(values[0], build.whole)
    first, build.filled = build.filled, len(build.whole.steps)
    return Expression(build.whole, first, build.filled, start, end)


# Operands.


@action
def number(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return emit(build, float(values[0]), start, end)


@action
def constant(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return emit(build, CONSTANTS[values[0]], start, end)


@action
def variable(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return emit(build, intern(values[0]), start, end)


@action
def literal(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return emit(build, ("literal", LITERALS[values[0]], 0), start, end)


@action
def string(build: Builder, values: list[Any], start: int, end: int) -> Any:
    # From the text as written: full-width forms inside a string are the user's own.
    text = build.source.text[start + 1 : end - 1]
    build.texts.add(text)
    return emit(build, ("string", text, 0), start, end)


# Operators.


@action
def binary(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, BINARY[values[1]], start, end)
    return values[0]


@action
def negative(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit_call(build, ("-", ()), 1, start, end)
    return values[1]


@action
def positive(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[1]


@action
def root(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit_call(build, ("√", ()), 1, start, end)
    return values[1]


@action
def inversion(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit_call(build, ("not", ()), 1, start, end)
    return values[1]


@action
def choice(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, ("if", None, 3), start, end)
    return values[1]


@action
def transpose(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit_call(build, (".T", ()), 1, start, end)
    return values[0]


@action
def superscript(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, float(values[1].translate(SUPERSCRIPTS)), end - len(values[1]), end)
    emit_call(build, ("**", ()), 2, start, end)
    return values[0]


@action
def grouped(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[1]


# Indexing: an axis is a descriptor; the expressions in it are in the buffer already.


@action
def index(build: Builder, values: list[Any], start: int, end: int) -> Any:
    axes = values[2]
    arity = 1 + sum(1 if axis[0] == "at" else sum(axis[1:]) for axis in axes)
    emit(build, ("index", tuple(axes), arity), start, end)
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
