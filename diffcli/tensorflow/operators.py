"""What Python's signs do to tensors and to variables."""

from __future__ import annotations

from typing import Any

from ..engine.op import ROLES
from ..engine.ops.arithmetic import absolute
from . import calls
from .base import sign

ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATIVE = map(sign, ("+", "-", "*", "/", "neg"))
FLOOR_DIVIDE, MOD, POWER = map(sign, ("//", "%", "**"))
AND, OR, NOT = map(sign, ("and", "or", "not"))


def matrices(a: Any, b: Any) -> Any:
    """The product of matrices."""
    from .composed import matmul

    return matmul(a, b)


class Reference:
    """A key for a tensor or a variable in a dict or a set."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        self._of = of

    def deref(self) -> Any:
        """What it refers to."""
        return self._of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._of is other._of

    def __hash__(self) -> int:
        return id(self._of)


class Operators:
    """Arithmetic, comparison and indexing."""

    __slots__ = ()
    __array_priority__ = 100  # an array on the left leaves the operation to us

    def __add__(self, other: Any) -> Any:
        return calls.binary(ADD, self, other)

    def __radd__(self, other: Any) -> Any:
        return calls.binary(ADD, other, self)

    def __sub__(self, other: Any) -> Any:
        return calls.binary(SUBTRACT, self, other)

    def __rsub__(self, other: Any) -> Any:
        return calls.binary(SUBTRACT, other, self)

    def __mul__(self, other: Any) -> Any:
        return calls.binary(MULTIPLY, self, other)

    def __rmul__(self, other: Any) -> Any:
        return calls.binary(MULTIPLY, other, self)

    def __truediv__(self, other: Any) -> Any:
        return calls.binary(DIVIDE, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return calls.binary(DIVIDE, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return calls.binary(FLOOR_DIVIDE, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return calls.binary(FLOOR_DIVIDE, other, self)

    def __mod__(self, other: Any) -> Any:
        return calls.binary(MOD, self, other)

    def __rmod__(self, other: Any) -> Any:
        return calls.binary(MOD, other, self)

    def __pow__(self, other: Any) -> Any:
        return calls.binary(POWER, self, other)

    def __rpow__(self, other: Any) -> Any:
        return calls.binary(POWER, other, self)

    def __matmul__(self, other: Any) -> Any:
        return matrices(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matrices(other, self)

    def __neg__(self) -> Any:
        return calls.elementwise(NEGATIVE, calls.read(self))

    def __pos__(self) -> Any:
        return calls.read(self)

    def __abs__(self) -> Any:
        return calls.elementwise(absolute, calls.read(self))

    def __lt__(self, other: Any) -> Any:
        return calls.binary(ROLES["less"], self, other)

    def __le__(self, other: Any) -> Any:
        return calls.binary(ROLES["less_equal"], self, other)

    def __gt__(self, other: Any) -> Any:
        return calls.binary(ROLES["greater"], self, other)

    def __ge__(self, other: Any) -> Any:
        return calls.binary(ROLES["greater_equal"], self, other)

    def __eq__(self, other: object) -> Any:
        return calls.compared(ROLES["equal"], self, other)

    def __ne__(self, other: object) -> Any:
        return calls.compared(ROLES["not_equal"], self, other)

    def __hash__(self) -> int:
        return id(self)

    def __and__(self, other: Any) -> Any:
        return calls.binary(AND, self, other)

    def __or__(self, other: Any) -> Any:
        return calls.binary(OR, self, other)

    def __invert__(self) -> Any:
        return calls.elementwise(NOT, calls.read(self))

    def __getitem__(self, items: Any) -> Any:
        from .indexing import picked

        return picked(calls.read(self), items)

    def ref(self) -> Reference:
        """A key that stands for this very object."""
        return Reference(self)

    experimental_ref = ref
