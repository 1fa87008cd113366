"""Straight lines of NumPy calls, made once and run on block after block.

Operators are traced into them: by their NumPy name, by their rule on arrays (array_rules.py) or by their vector code
(array_lanes.py). A call that was made before is not made again, and one on constants is done at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

FLOAT, SINGLE, WHOLE, TRUTH = "float64", "float32", "int64", "bool"
# What a call does that is no ufunc of NumPy's.
COPY, SELECT, APPLY, REPAIR, OUTLINED = "copy", "select", "apply", "repair", "outlined"
TRUTHS = {
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "equal",
    "not_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "isnan",
    "isinf",
    "isfinite",
    "signbit",
}
BITWISE = {"bitwise_and", "bitwise_or", "bitwise_xor"}


class Value:
    """What one number per row is known as: a constant, a result, or something given.

    A value with a `base` is the same memory read as another type. `uniform` values are the same in all rows.
    """

    __slots__ = ("base", "constant", "type", "uniform")

    def __init__(self, type: str, constant: Any = None, base: Value | None = None, uniform: bool = False) -> None:
        self.type = type
        self.constant = constant
        self.base = base
        self.uniform = uniform or constant is not None


class Call(NamedTuple):
    """One call: a ufunc by name, or one of the names above.

    `copy` converts; `select` has a condition and two choices; `apply` calls `detail` with arrays; `repair` takes the
    first operand, and where the second holds what `detail` makes of the others; `outlined` hands operands, result and
    scratch to `detail` as they are. `scratch` may be written at will.
    """

    function: str
    operands: tuple[Value, ...]
    result: Value
    detail: Callable[..., Any] | None = None
    scratch: tuple[Value, ...] = ()

    @property
    def tied(self) -> Value | None:
        """The operand that the result is made from in place."""
        return self.operands[2] if self.function == SELECT else self.operands[0] if self.function == REPAIR else None


class Calls:
    """Calls in order."""

    def __init__(self) -> None:
        self.made: list[Call] = []
        self._known: dict[tuple[Any, ...], Value] = {}

    def constant(self, value: Any, type: str) -> Value:
        """The same number in every row; equal ones are one value."""
        number = np.asarray(value).astype(type)
        key = (type, number.tobytes())
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Value(type, number)
        return found

    def call(
        self, function: str, operands: tuple[Value, ...], type: str, detail: Callable[..., Any] | None = None
    ) -> Value:
        """The result of a call."""
        key = (function, operands, type, detail)
        found = self._known.get(key)
        if found is None:
            if function != REPAIR and all(each.constant is not None for each in operands):
                found = self.constant(_done(function, [each.constant for each in operands], type, detail), type)
            else:
                found = Value(type)
                scratch = (Value(type), Value(type)) if function == SELECT else ()
                self.made.append(Call(function, operands, found, detail, scratch))
            self._known[key] = found
        return found

    def ufunc(self, name: str, *operands: Value) -> Value:
        """The result of a ufunc on operands of one type of floats (or whole numbers, or truth values)."""
        types = {each.type for each in operands}
        if len(types) > 1:
            widest = FLOAT if FLOAT in types else SINGLE if SINGLE in types else WHOLE
            operands = tuple(self.convert(each, widest) for each in operands)
            types = {widest}
        if name == "positive":
            return operands[0]
        return self.call(name, operands, TRUTH if name in TRUTHS else types.pop())

    def convert(self, value: Value, type: str) -> Value:
        """The value as another type, rounded if need be; anything but 0 is true."""
        if value.type == type:
            return value
        if type == TRUTH:
            return self.call("not_equal", (value, self.constant(0, value.type)), TRUTH)
        return self.call(COPY, (value,), type)

    def apply(self, function: Callable[..., Any], operands: Sequence[Value], type: str) -> Value:
        """What a function makes of the arrays."""
        return self.call(APPLY, tuple(operands), type, function)

    def outlined(self, function: Callable[..., Any], operands: Sequence[Value], scratch: Sequence[str]) -> Value:
        """What a function on doubles makes of operands, with room for values of the types in `scratch`."""
        doubles = tuple(self.convert(each, FLOAT) for each in operands)
        key = (OUTLINED, doubles, FLOAT, function)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Value(FLOAT)
            self.made.append(Call(OUTLINED, doubles, found, function, tuple(Value(each) for each in scratch)))
        return found

    def select(self, condition: Value, yes: Value, no: Value) -> Value:
        """`yes` where the condition, a truth value, holds, else `no`; both are of one type."""
        if yes is no:
            return yes
        if condition.constant is not None:
            return yes if condition.constant else no
        if condition.uniform:
            condition = self.call(COPY, (condition,), TRUTH)
        return self.call(SELECT, (condition, yes, no), yes.type)

    def seen_as(self, value: Value, type: str) -> Value:
        """The bits of a value as another type of the same size."""
        if value.constant is not None:
            return self.constant(value.constant.view(type), type)
        if value.base is not None and value.base.type == type:
            return value.base
        if value.uniform:
            value = self.call(COPY, (value,), value.type)
        key = ("bits", value, type)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Value(type, base=value)
        return found


def root(value: Value) -> Value:
    """The value whose memory it is."""
    return value if value.base is None else value.base


def _done(function: str, operands: list[Any], type: str, detail: Callable[..., Any] | None) -> Any:
    with np.errstate(all="ignore"):
        if function == COPY:
            return operands[0]
        if function == SELECT:
            return operands[1] if operands[0] else operands[2]
        return detail(*operands) if detail is not None else getattr(np, function)(*operands)
