"""One value in every lane of a register; Python's operators on it emit instructions."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lanes import Lanes

DOUBLE, SINGLE, INTEGER, TRUTH = "double", "float", "i64", "i1"
BITS = {DOUBLE: 64, SINGLE: 32, INTEGER: 64, TRUTH: 1}


class Lane:
    """A value in every lane: doubles, floats, 64-bit integers or truth values. Python's operators emit instructions."""

    __slots__ = ("lanes", "name", "type")

    def __init__(self, lanes: Lanes, name: str, type: str) -> None:
        self.lanes = lanes
        self.name = name
        self.type = type

    def _binary(self, other: Operand, real: str, whole: str = "", swapped: bool = False) -> Lane:
        second = self.lanes.lift(other, self.type)
        pair = (second, self) if swapped else (self, second)
        opcode = real if self.type in (DOUBLE, SINGLE) else whole
        if not opcode:
            raise TypeError(f"no such operation on {self.type} lanes")
        return self.lanes.emit(f"{opcode} {self.lanes.vector(self.type)} {pair[0].name}, {pair[1].name}", self.type)

    def __add__(self, other: Operand) -> Lane:
        return self._binary(other, "fadd", "add")

    def __radd__(self, other: Operand) -> Lane:
        return self._binary(other, "fadd", "add", swapped=True)

    def __sub__(self, other: Operand) -> Lane:
        return self._binary(other, "fsub", "sub")

    def __rsub__(self, other: Operand) -> Lane:
        return self._binary(other, "fsub", "sub", swapped=True)

    def __mul__(self, other: Operand) -> Lane:
        return self._binary(other, "fmul", "mul")

    def __rmul__(self, other: Operand) -> Lane:
        return self._binary(other, "fmul", "mul", swapped=True)

    def __truediv__(self, other: Operand) -> Lane:
        return self._binary(other, "fdiv")

    def __rtruediv__(self, other: Operand) -> Lane:
        return self._binary(other, "fdiv", swapped=True)

    def __neg__(self) -> Lane:
        if self.type == INTEGER:
            return 0 - self
        return self.lanes.emit(f"fneg {self.lanes.vector(self.type)} {self.name}", self.type)

    def __abs__(self) -> Lane:
        return self.lanes.intrinsic("fabs", self)

    def __and__(self, other: Operand) -> Lane:
        return self._binary(other, "", "and")

    def __or__(self, other: Operand) -> Lane:
        return self._binary(other, "", "or")

    def __xor__(self, other: Operand) -> Lane:
        return self._binary(other, "", "xor")

    def __invert__(self) -> Lane:
        return self ^ (1 if self.type == TRUTH else -1)

    def __lshift__(self, other: Operand) -> Lane:
        return self._binary(other, "", "shl")

    def __rshift__(self, other: Operand) -> Lane:
        """The arithmetic shift: the sign stays."""
        return self._binary(other, "", "ashr")

    def _compare(self, other: Operand, predicate: str) -> Lane:
        second = self.lanes.lift(other, self.type)
        kind = "fcmp" if self.type in (DOUBLE, SINGLE) else "icmp"
        if kind == "icmp":
            predicate = {"oeq": "eq", "une": "ne"}.get(predicate, "s" + predicate[1:])
        vector = self.lanes.vector(self.type)
        return self.lanes.emit(f"{kind} {predicate} {vector} {self.name}, {second.name}", TRUTH)

    def __lt__(self, other: Operand) -> Lane:
        return self._compare(other, "olt")

    def __le__(self, other: Operand) -> Lane:
        return self._compare(other, "ole")

    def __gt__(self, other: Operand) -> Lane:
        return self._compare(other, "ogt")

    def __ge__(self, other: Operand) -> Lane:
        return self._compare(other, "oge")

    def equals(self, other: Operand) -> Lane:
        """Where both are equal; false where either is NaN."""
        return self._compare(other, "oeq")

    def differs(self, other: Operand) -> Lane:
        """Where they are not equal; true where either is NaN."""
        return self._compare(other, "une")

    def __bool__(self) -> bool:
        raise TypeError("a lane has no truth value of its own; use select")


Operand = Lane | float


def literal(value: float, type: str) -> str:
    """A number as LLVM writes it: doubles and floats by their bits, so that nothing is rounded on the way."""
    if type == TRUTH:
        return "true" if value else "false"
    if type == INTEGER:
        return str(int(value))
    if type == SINGLE:
        try:
            value = struct.unpack("<f", struct.pack("<f", value))[0]
        except OverflowError:
            value = float("inf") if value > 0 else float("-inf")
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def value_of(constant: Lane) -> float:
    """The number of a constant lane."""
    bits = int(constant.name.rstrip(")").rpartition(" ")[2], 16)
    number: Any = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return float(number)
