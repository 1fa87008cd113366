"""What the parser does on the alternatives of a statement: records are made of whole expressions."""

from __future__ import annotations

from typing import Any

from .actions import Builder, action, as_word
from .ast import (
    Assignment,
    Bare,
    Code,
    Correlation,
    Declaration,
    Dtype,
    Expect,
    ExpectError,
    Expression,
    Function,
    Minimize,
    Output,
    Parameter,
    Pause,
    Reference,
    Repeat,
    Return,
    Stop,
    Tape,
    Use,
    Watch,
)

COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!="))


@action
def shape(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return tuple(values[2])


@action
def size(build: Builder, values: list[Any], start: int, end: int) -> Any:
    number = float(values[0])
    if number != int(min(number, 2.0**62)):
        build.report(
            "E0503", f"`{values[0]}` cannot be a size", start, end, "a size is a whole number, a letter or `?`"
        )
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
    return Declaration(start, end, kind, name.name, name.start, name.end, shape, value, uncertainty, bounds, label)


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
    name = values[0]
    return Assignment(start, end, name.name, name.start, name.end, values[2])


@action
def bare(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Bare(start, end, values[0])


@action
def parameter(build: Builder, values: list[Any], start: int, end: int) -> Any:
    name = values[0]
    return Parameter(name.name, name.start, name.end, None)


@action
def parameter_with_default(build: Builder, values: list[Any], start: int, end: int) -> Any:
    name, default = values[0], values[2]
    if default.last == default.first + 1:
        as_word(build, name.name, default.code.steps, default.first)
    return Parameter(name.name, name.start, name.end, default)


@action
def function(build: Builder, values: list[Any], start: int, end: int) -> Any:
    name = values[1]
    return Function(start, end, name.name, name.start, name.end, tuple(values[3]), (), values[6], values[7])


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
        build.report(
            "E0218",
            f"the function `{name.name}` does not end with `return`",
            where.start,
            where.end,
            f"return {build.source.text[last.start : last.end]}"
            if isinstance(last, Bare)
            else "return …, as its last line",
        )
    if wrong is not None or not isinstance(last, Return):
        build.broken.add(name.name)
        return None
    return Function(
        start,
        end,
        name.name,
        name.start,
        name.end,
        tuple(values[3]),
        tuple(body[:-1]),
        last.value,
        gradient or last.gradient,
    )


@action
def returned(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Return(start, end, values[1], values[2])


@action
def output(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Output(start, end, tuple(values[1]))


@action
def path(build: Builder, values: list[Any], start: int, end: int) -> Any:
    layer, sign, variable = values
    if sign != "/":
        build.report("E0201", f"`{sign}` stands between names", start, end, "give the expression a name of its own")
        return layer
    return Reference(f"{layer.name}/{variable.name}", start, end)


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
    if values[0] == "broken":  # see recover: the head of the block could not be read
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
    code, first, last = value.code, value.first, value.last - 1
    sign = code.item(last)
    if sign.kind != "call" or sign.value[0] not in COMPARISONS or sign.arity != 2:
        return value, None, None
    # Walking back over the second operand: each item settles one and asks for as many as its arity.
    wanted, place = 1, last
    while wanted:
        place -= 1
        wanted += code.item(place).arity - 1
    return extent(code, first, place), extent(code, place, last), sign.value[0]


def extent(code: Code, first: int, last: int) -> Expression:
    """The expression of these items, and from where to where they stand."""
    return Expression(code, first, last, min(code.starts[first:last]), max(code.ends[first:last]))


@action
def expect_none(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Expect(start, end, values[1], None, "is none", None, build.source.text[start:end])


@action
def expect_not_none(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return Expect(start, end, values[1], None, "is not none", None, build.source.text[start:end])


@action
def expect_error(build: Builder, values: list[Any], start: int, end: int) -> Any:
    return ExpectError(start, end, values[2].name)
