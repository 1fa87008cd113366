"""Vector code on NumPy: the functions written for lanes (vector/), with a call on blocks for each instruction.

A machine that multiplies and adds in one is not assumed, so that results are the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..op import OPS, Op
from . import vector  # noqa: F401 - states the functions
from .array import meaning
from .calls import FLOAT, REPAIR, SINGLE, TRUTH, WHOLE, Calls, Value
from .lanes import DOUBLE, INTEGER, Lane, Lanes, Operand, value_of
from .lanes import SINGLE as LANE_SINGLE
from .lanes import TRUTH as LANE_TRUTH

TYPES = {DOUBLE: FLOAT, LANE_SINGLE: SINGLE, INTEGER: WHOLE, LANE_TRUTH: TRUTH}
LANE_TYPES = {name: type for type, name in TYPES.items()}
INSTRUCTIONS = {
    "fadd": "add",
    "fsub": "subtract",
    "fmul": "multiply",
    "fdiv": "divide",
    "fneg": "negative",
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "shl": "left_shift",
    "ashr": "right_shift",
}
PREDICATES = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
INTRINSICS = {
    "fabs": "absolute",
    "sqrt": "sqrt",
    "floor": "floor",
    "ceil": "ceil",
    "trunc": "trunc",
    "rint": "rint",
    "nearbyint": "rint",
    "roundeven": "rint",
    "copysign": "copysign",
    "minnum": "fmin",
    "maxnum": "fmax",
    "minimum": "minimum",
    "maximum": "maximum",
}
CONVERSIONS = ("fpext", "fptrunc", "uitofp", "sitofp", "zext")
# A register or a constant, as instructions name them.
OPERAND = re.compile(r"%[\w.]+|splat \(\w+ [-\w]+\)")


class ArrayLanes(Lanes):
    """A builder of vector code whose instructions are calls on blocks."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(width=1, fma=False)
        self.calls = calls
        self.values: dict[str, Value] = {}
        self.rare: list[Value] = []  # where the function being built is left to another way of computing

    def vector(self, type: str) -> str:
        return type

    def lane(self, value: Value) -> Lane:
        """A value as the builder knows it."""
        if value.constant is not None:
            return self.constant(value.constant.item(), LANE_TYPES[value.type])
        name = f"%n{id(value)}"
        self.values[name] = value
        return Lane(self, name, LANE_TYPES[value.type])

    def value(self, name: str, type: str) -> Value:
        """What a register or a constant of an instruction is worth."""
        if name in self.values:
            return self.values[name]
        text = name.rstrip(")").rpartition(" ")[2]
        number: Any = text == "true" if type == LANE_TRUTH else int(text) if type == INTEGER else None
        return self.calls.constant(value_of(Lane(self, name, type)) if number is None else number, TYPES[type])

    def emit(self, text: str, type: str) -> Lane:
        opcode, first, *rest = text.split(maxsplit=2)
        names = OPERAND.findall(text)
        if opcode in ("fcmp", "icmp"):
            return self.lane(self.comparison(first, names, rest[0].split(maxsplit=1)[0]))
        if opcode == "select":
            condition = self.value(names[0], LANE_TRUTH)
            return self.lane(self.calls.select(condition, self.value(names[1], type), self.value(names[2], type)))
        operands = [self.value(each, first) for each in names]
        if opcode == "bitcast":
            return self.lane(self.calls.seen_as(operands[0], TYPES[type]))
        if opcode in CONVERSIONS:
            return self.lane(self.calls.convert(operands[0], TYPES[type]))
        if opcode == "lshr":
            return self.lane(self.shifted(*operands))
        return self.lane(self.calls.ufunc(INSTRUCTIONS[opcode], *operands))

    def comparison(self, predicate: str, names: Sequence[str], type: str) -> Value:
        """The truth of a comparison; the unordered ones (but "not equal") also hold for NaN."""
        operands = [self.value(each, type) for each in names]
        if predicate in ("uno", "ord"):
            either = [self.calls.ufunc("isnan", each) for each in dict.fromkeys(operands)]
            found = either[0] if len(either) == 1 else self.calls.ufunc("logical_or", *either)
            return found if predicate == "uno" else self.calls.ufunc("logical_not", found)
        name = PREDICATES[predicate[-2:]]
        if predicate[0] == "u" and predicate != "une":
            opposite = {"less": "greater_equal", "less_equal": "greater", "greater": "less_equal"}
            return self.calls.ufunc("logical_not", self.calls.ufunc(opposite.get(name, "less"), *operands))
        return self.calls.ufunc(name, *operands)

    def shifted(self, bits: Value, count: Value) -> Value:
        """The logical shift: the arithmetic one, without the copies of the sign."""
        assert count.constant is not None
        kept = self.calls.constant((1 << (64 - int(count.constant))) - 1, WHOLE)
        return self.calls.ufunc("bitwise_and", self.calls.ufunc("right_shift", bits, count), kept)

    def intrinsic(self, name: str, *operands: Lane) -> Lane:
        values = [self.value(each.name, each.type) for each in operands]
        return self.lane(self.calls.ufunc(INTRINSICS[name], *values))

    def rarely(self, condition: Lane, helper: str, operands: Sequence[Lane], usual: Sequence[Lane]) -> list[Lane]:
        self.rare.append(self.value(condition.name, LANE_TRUTH))
        return list(usual)

    def call(self, name: str, *operands: Operand) -> Lane:
        op = OPS.get(name)
        if op is not None and isinstance(op.numpy, str) and not op.blocks:
            doubles = [self.lift(each, DOUBLE) for each in operands]
            return self.lane(self.calls.ufunc(op.numpy, *[self.value(each.name, DOUBLE) for each in doubles]))
        return super().call(name, *operands)


def traced(lanes: ArrayLanes, op: Op, operands: Sequence[Value], attributes: Sequence[Any]) -> Value:
    """The result of an operator's vector code, as calls; where that is not meant for an operand, of its other meaning."""
    assert op.llvm is not None
    calls = lanes.calls
    lanes.rare = []
    doubles = [calls.convert(each, FLOAT) for each in operands]
    arguments = [lanes.lane(each) for each in doubles]
    if isinstance(op.llvm, str):
        made = Lanes.call(lanes, op.llvm, *arguments)
    else:
        made = op.llvm(lanes, *arguments, *attributes)
    result = lanes.value(made.name, made.type)
    if lanes.rare:
        condition = lanes.rare[0]
        for each in dict.fromkeys(lanes.rare[1:]):
            condition = condition if each is condition else calls.ufunc("logical_or", condition, each)
        if condition.constant is None:
            return calls.call(REPAIR, (result, condition, *doubles), result.type, meaning(op))
        if condition.constant:
            return calls.apply(meaning(op), doubles, result.type)
    return result
