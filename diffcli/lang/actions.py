"""What the parser does on each alternative of the grammar: items into one buffer, statements into records.

The value of an expression on the parser's stack is the index in the buffer where its items begin, so nothing is copied
until a whole expression is cut off the end of the buffer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..diagnostic import Diagnostic, Label
from ..source import Source
from .ast import (
    Assignment, Bare, Comprehension, Correlation, Declaration, Dtype, Expect, ExpectError, Expression, Function, Item, Minimize, Output,
    Parameter, Pause, Reference, Repeat, Return, Stop, Tape, Use, Watch,
)
from .lexer import normal

# Spellings of one operator.
SIGNS = {"^": "**", "×": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/", "−": "-", "≤": "<=", "≥": ">=", "≠": "!="}
CALLS = {sign: (SIGNS.get(sign, sign), ()) for sign in ("+", "-", "*", "/", "//", "%", "@", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or", *SIGNS)}
COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!="))
CONSTANTS = {"pi": 3.141592653589793, "π": 3.141592653589793, "e": 2.718281828459045, "tau": 6.283185307179586,
             "inf": float("inf"), "∞": float("inf"), "nan": float("nan")}
LITERALS = {"true": True, "false": False, "none": None}
SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
COMPREHENSIONS = ("sum", "prod")
# Arguments that take a word: `unconnected=zero` means the text, not a value of that name.
WORDS = {"unconnected": ("zero",)}

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
    return Reference(build.source.text[start + 1:end - 1], start, end)


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
    emit(build, "string", build.source.text[start + 1:end - 1], 0, start, end)
    return len(build.items) - 1


# Operators.

@action
def binary(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", CALLS[values[1]], 2, start, end)
    return values[0]


@action
def negative(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", ("neg", ()), 1, start, end)
    return values[1]


@action
def positive(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[1]


@action
def root(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", ("sqrt", ()), 1, start, end)
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
    emit(build, "call", ("transpose", ()), 1, start, end)
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


# Lists and calls: [where the items begin, how many] and [where they begin, how many, keywords].

@action
def empty_list(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "list", None, 0, start, end)
    return len(build.items) - 1


@action
def count_one(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return [values[0], 1]


@action
def count_more(build: Builder, values: list[Any], start: int, end: int) -> Any:
    values[0][1] += 1
    return values[0]


@action
def list_(build: Builder, values: list[Any], start: int, end: int) -> Any:
    begin, count = values[1]
    emit(build, "list", None, count, start, end)
    return begin


@action
def positional(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[0], None


@action
def named(build: Builder, values: list[Any], start: int, end: int) -> Any:
    last = build.items[-1]
    if last.kind == "name" and last.value in WORDS.get(values[0].name, ()):
        build.items[-1] = last._replace(kind="string")
    return values[2], values[0]


@action
def arguments_one(build: Builder, values: list[Any], start: int, end: int) -> Any:
    begin, keyword = values[0]
    return [begin, 1, [] if keyword is None else [keyword]]


@action
def arguments_more(build: Builder, values: list[Any], start: int, end: int) -> Any:
    gathered, (_, keyword) = values[0], values[2]
    gathered[1] += 1
    keywords = gathered[2]
    if keyword is not None:
        keywords.append(keyword)
    elif keywords:
        last = build.items[-1]
        build.report("E0406", "an argument without a name stands after one with a name", last.start, last.end, None,
                     build.label(keywords[0].start, keywords[0].end, "the first one with a name"))
    return gathered


@action
def call_without(build: Builder, values: list[Any], start: int, end: int) -> Any:
    emit(build, "call", (callee(values[0]), ()), 0, start, end)
    return len(build.items) - 1


@action
def call(build: Builder, values: list[Any], start: int, end: int) -> Any:
    begin, count, keywords = values[2]
    seen: dict[str, Reference] = {}
    for keyword in keywords:
        if keyword.name in seen:
            before = seen[keyword.name]
            build.report("E0407", f"the argument `{keyword.name}` is given twice", keyword.start, keyword.end, None,
                         build.label(before.start, before.end, "first given here"))
        seen.setdefault(keyword.name, keyword)
    emit(build, "call", (callee(values[0]), tuple(keyword.name for keyword in keywords)), count, start, end)
    return begin


def callee(word: str) -> str:
    """The name of a function as it is looked up: `tf . math.log` is `tf.math.log`."""
    if "." not in word:
        return word
    return normal(word.replace(" ", "").replace("\t", ""))


@action
def range_(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[2], values[0]


@action
def comprehension(build: Builder, values: list[Any], start: int, end: int) -> Any:
    (begin, variable), body = values[2], values[4]
    function = callee(values[0])
    short = function.rpartition(".")[2].removeprefix("reduce_")
    if short not in COMPREHENSIONS:
        build.report("E0216", f"`{function}` cannot run over a range", start, start + len(values[0]), "only `sum(i = 1..n, …)` and `prod(i = 1..n, …)` can")
        short = "sum"
    emit(build, "repeat", Comprehension(short, variable.name, body, variable.start, variable.end), 2, start, end)
    return begin


# Declarations.

@action
def shape(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return tuple(values[2])


@action
def size(build: Builder, values: list[Any], start: int, end: int) -> Any:
    number = float(values[0])
    if number != int(min(number, 2.0**62)):
        build.report("E0503", f"`{values[0]}` cannot be a size", start, end, "a size is a whole number, a letter or `?`")
        return 1
    return int(number)


@action
def letter(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[0]


@action
def bounds(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[2], values[4]


@action
def declaration(build: Builder, values: list[Any], start: int, end: int) -> Any:
    kind, name, shape, value, uncertainty, bounds, label = values
    if value is None and kind == "const":
        build.report("E0221", f"the constant `{name.name}` has no value", start, end, f"const {name.name} = 1")
    return Declaration(start, end, kind, *name, shape, value, uncertainty, bounds, label)


@action
def correlation(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Correlation(start, end, values[2], values[4], values[7])


# Other statements.

@action
def none_yet(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return []


@action
def block(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return values[1]


@action
def assignment(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Assignment(start, end, *values[0], values[2])


@action
def bare(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Bare(start, end, values[0])


@action
def parameter(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Parameter(*values[0], None)


@action
def parameter_with_default(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Parameter(*values[0], values[2])


@action
def function(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Function(start, end, *values[1], tuple(values[3]), (), values[6], values[7])


@action
def function_with_body(build: Builder, values: list[Any], start: int, end: int) -> Any:
    name, body, gradient = values[1], values[5], values[6]
    if None in body:
        build.broken.add(name.name)
        return None
    last = body[-1] if body else None
    wrong = next((each for each in body[:-1] if not isinstance(each, Assignment)), None)
    if wrong is not None:
        build.report("E0217", "in a function only `name = …` may stand before the `return`", wrong.start, wrong.end)
    if not isinstance(last, Return):
        where = last if last is not None else name
        build.report("E0218", f"the function `{name.name}` does not end with `return`", where.start, where.end,
                     f"return {build.source.text[last.start:last.end]}" if isinstance(last, Bare) else "return …, as its last line")
    if wrong is not None or not isinstance(last, Return):
        build.broken.add(name.name)
        return None
    return Function(start, end, *name, tuple(values[3]), tuple(body[:-1]), last.value, gradient or last.gradient)


@action
def returned(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Return(start, end, values[1], values[2])


@action
def output(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Output(start, end, tuple(values[1]))


@action
def stop(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Stop(start, end, tuple(values[1]))


@action
def minimize(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Minimize(start, end, *values[1])


@action
def watch(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Watch(start, end, tuple(values[1]))


@action
def tape(build: Builder, values: list[Any], start: int, end: int) -> Any:
    body = sound(values[2])
    if values[0] == "broken":                                  # see recover: the head of the block could not be read
        build.broken.update(each.name for each in body if isinstance(each, (Assignment, Declaration, Function)))
        return None
    return Tape(start, end, bool(values[1]), body)


@action
def pause(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Pause(start, end, sound(values[1]))


@action
def repeat(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Repeat(start, end, values[1], sound(values[2]))


def sound(body: list[Any]) -> tuple[Any, ...]:
    """The statements of a block that could be read."""
    return tuple(each for each in body if each is not None)


@action
def use(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Use(start, end, *values[1])


@action
def dtype(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Dtype(start, end, *values[1])


@action
def expect(build: Builder, values: list[Any], start: int, end: int) -> Any:
    value, tolerance = values[1], values[2]
    spelled = build.source.text[start:end]
    left, right, comparison = split(value)
    return Expect(start, end, left, right, comparison, tolerance, spelled)


def split(value: Expression) -> tuple[Expression, Expression | None, str | None]:
    """The two sides of a comparison; only the value if it is something else."""
    items = value.items
    last = items[-1]
    sign = last.value[0] if last.kind == "call" and isinstance(last.value, tuple) else None
    if sign not in COMPARISONS or last.arity != 2:
        return value, None, None
    # Walking back over the second operand: each item settles one and asks for as many as its arity.
    wanted, place = 1, len(items) - 1
    while wanted:
        place -= 1
        wanted += items[place].arity - 1
    left, right = items[:place], items[place:-1]
    return Expression(left, *extent(left)), Expression(right, *extent(right)), sign


def extent(items: tuple[Item, ...]) -> tuple[int, int]:
    """From where to where the items of one expression stand."""
    return min(item.start for item in items), max(item.end for item in items)


@action
def expect_none(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Expect(start, end, values[1], None, "is none", None, build.source.text[start:end])


@action
def expect_not_none(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Expect(start, end, values[1], None, "is not none", None, build.source.text[start:end])


@action
def expect_error(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return ExpectError(start, end, values[2].name)
