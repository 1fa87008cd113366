"""Loops over rows on NumPy alone: block after block, small enough for the cache, without allocating anything.

The steps become a straight line of calls (calls.py) into registers: arrays of one block that are used again as soon as
their value is not needed any more. The line is written out as Python source, so that a block looks nothing up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..graph import Node
from ..op import Op
from ..program import TRANSPARENT, Flat, Step, flatten
from . import array_lanes, array_rules
from .array import TYPES, meaning
from .call_order import ordered
from .call_source import written
from .calls import FLOAT, OUTLINED, SINGLE, TRUTH, WHOLE, Call, Calls, Value, root
from .kernel import Loop
from .memory import LINE, room
from .scalar import SMALLEST

# Rows of a block: with many of them calls cost little beside the work, with few the registers stay in the cache.
ROWS, FEWEST_ROWS = 32_768, 2048
SHARED_ROWS = 65_536
MEMORY = 6 << 20  # bytes of all registers, beyond which blocks are smaller
# Classes of registers. Doubles and 64-bit integers share theirs: the one is often the other's bits.
KINDS = {FLOAT: "d", WHOLE: "d", SINGLE: "s", TRUTH: "b"}
REGISTERS = {"d": FLOAT, "s": SINGLE, "b": TRUTH}
# With more operations in vector code than this, each is a function of its own, and what two share is computed twice.
INLINED = 1000

Work = Callable[[Sequence[Any], Sequence[float], Sequence[Any], int, int], None]


class Traced(NamedTuple):
    """A loop as calls, and the values that it is given and puts out."""

    calls: tuple[Call, ...]
    columns: tuple[Value, ...]
    uniforms: tuple[Value, ...]
    outputs: tuple[Value, ...]


def prepare(loop: Loop, threads: int = 1) -> Work:
    """The loop, ready to run: `work(columns, uniforms, outputs, start, stop)` computes the rows from start to stop.

    Columns and outputs are contiguous arrays that do not overlap: of the loop's dtype for floats, else of float64.
    """
    traced = trace(loop)
    homes, flat = placed(traced, loop.dtype)
    functions = written(traced.calls, traced.outputs, homes, slots(traced, flat))
    rows = rows_of(traced, flat)
    if threads > 1:  # each call takes Python's lock from the other threads: fewer and longer calls
        rows = min(4 * rows, SHARED_ROWS)
    types = [each.type for each in traced.uniforms]
    local = threading.local()

    def work(columns: Sequence[Any], uniforms: Sequence[float], outputs: Sequence[Any], start: int, stop: int) -> None:
        if not hasattr(local, "registers"):
            local.registers = registers(flat, rows)
        with np.errstate(all="ignore"):  # a new thread does not have the state of the one that started it
            same = [np.asarray(each, type) for each, type in zip(uniforms, types, strict=True)]
            for first in range(start, stop, rows):
                last = min(first + rows, stop)
                held = local.registers
                if last - first < rows:
                    held = [each[: last - first] for each in held]
                places = [*(each[first:last] for each in (*columns, *outputs)), *same, *held]
                for function in functions:
                    function(places)

    return work


def trace(loop: Loop) -> Traced:
    """The steps of a loop as calls."""
    calls = Calls()
    lanes = array_lanes.ArrayLanes(calls)
    columns = [Value(loop.dtype if node.kind == "float" else FLOAT) for node in loop.columns]
    uniforms = [Value(type_of(node, loop), uniform=True) for node in loop.uniforms]
    inline = sum(1 for node in loop.steps if node.op.blocks) <= INLINED
    values: dict[Node, Value] = {}
    for node, value in zip((*loop.columns, *loop.uniforms), (*columns, *uniforms), strict=True):
        values[node] = settled(calls, value, node, loop)
    for node in loop.steps:
        if node in values:
            continue
        if node.op.role in TRANSPARENT:
            values[node] = values[node.inputs[0]]
        else:
            value = computed(calls, node, [values[each] for each in node.inputs], loop, lanes if inline else None)
            values[node] = settled(calls, value, node, loop)
    outputs = tuple(values[node] for node in loop.outputs)
    return Traced(tuple(ordered(calls.made, outputs)), tuple(columns), tuple(uniforms), outputs)


def type_of(node: Node, loop: Loop) -> str:
    """The type of a node's numbers."""
    return str(TYPES[node.kind, loop.dtype])


def computed(
    calls: Calls, node: Node, operands: Sequence[Value], loop: Loop, lanes: array_lanes.ArrayLanes | None
) -> Value:
    """What a step is worth: by its vector code, its NumPy name or rule, or else its meaning element by element.

    Without `lanes` vector code is called as a function.
    """
    op = node.op
    if op.role == "constant":
        return calls.constant(node.attributes[0], type_of(node, loop))
    if op.blocks and op.llvm is not None:
        if lanes is not None:
            return array_lanes.traced(lanes, op, operands, node.attributes)
        function, kinds = outlined(op, len(operands), node.attributes)
        return calls.outlined(function, operands, [REGISTERS[kind] for kind in kinds])
    if isinstance(op.numpy, str) and not node.attributes:
        return calls.ufunc(op.numpy, *operands)
    if op.numpy is not None and not isinstance(op.numpy, str):
        return array_rules.traced(calls, op.numpy, operands, node.attributes)
    function = meaning(op)
    return calls.apply(lambda *arrays: function(*arrays, *node.attributes), operands, type_of(node, loop))


@cache
def outlined(op: Op, count: int, attributes: tuple[Any, ...]) -> tuple[Callable[[list[Any]], None], list[str]]:
    """The vector code of an operator as a function of operands, result and registers; and the classes of these."""
    calls = Calls()
    columns = tuple(Value(FLOAT) for _ in range(count))
    result = array_lanes.traced(array_lanes.ArrayLanes(calls), op, columns, attributes)
    traced = Traced(tuple(ordered(calls.made, [result])), columns, (), (result,))
    homes, flat = placed(traced, FLOAT)
    names = slots(traced, flat)
    pieces = written(traced.calls, traced.outputs, homes, names)

    def function(places: list[Any]) -> None:
        for piece in pieces:
            piece(places)

    return function, [name[0] for name in names[count + 1 :]]


def settled(calls: Calls, value: Value, node: Node, loop: Loop) -> Value:
    """A value in the type of its node; if the loop is strict, 0 of the same sign for a subnormal number."""
    value = calls.convert(value, type_of(node, loop))
    if not loop.strict or node.kind != "float":
        return value
    smallest, zero = (calls.constant(each, value.type) for each in (SMALLEST[loop.dtype], 0.0))
    small = calls.ufunc("less", calls.ufunc("absolute", value), smallest)
    return calls.select(small, calls.ufunc("multiply", value, zero), value)


def placed(traced: Traced, dtype: str) -> tuple[dict[Value, str], Flat]:
    """The name of each value's place in the source: a column, an output, a uniform or a register."""
    homes = {value: f"c{index}" for index, value in enumerate(traced.columns)}
    homes |= {value: f"u{index}" for index, value in enumerate(traced.uniforms)}
    results = {call.result for call in traced.calls}
    for index, value in enumerate(traced.outputs):
        if value in results and value.type == dtype:
            homes.setdefault(value, f"o{index}")
    steps = []
    for call in traced.calls:
        operands = tuple(root(each) for each in (*call.operands, *call.scratch))
        steps += [Step(each, (), KINDS[each.type], ()) for each in call.scratch]
        early = tuple(root(each) for each in call.operands if each.type == call.result.type)
        if call.tied is not None:  # the others are read when the result has been begun
            early = (root(call.tied),) * (operands.count(root(call.tied)) == 1)
        elif call.function == OUTLINED:
            early = ()
        steps.append(Step(call.result, operands, KINDS[call.result.type], early))
    steps.append(Step("end", tuple(root(each) for each in traced.outputs), "end", ()))
    flat = flatten(steps, {*homes, "end"})
    homes |= {each: f"{KINDS[each.type]}{place}" for each, place in flat.places.items() if isinstance(each, Value)}
    return homes, flat


def slots(traced: Traced, flat: Flat) -> list[str]:
    """The names of all places, in the order in which a block has them."""
    counts = {"c": len(traced.columns), "o": len(traced.outputs), "u": len(traced.uniforms)}
    counts |= {kind: flat.registers.get(kind, 0) for kind in REGISTERS}
    return [f"{kind}{index}" for kind, count in counts.items() for index in range(count)]


def rows_of(traced: Traced, flat: Flat) -> int:
    """The rows of a block: fewer where they are wide."""
    kinds = [KINDS[value.type] for value in (*traced.columns, *traced.outputs)]
    kinds += [kind for kind in REGISTERS for _ in range(flat.registers.get(kind, 0))]
    bytes = sum(np.dtype(REGISTERS[kind]).itemsize for kind in kinds)
    rows = ROWS
    while rows > FEWEST_ROWS and rows * bytes > MEMORY:
        rows //= 2
    return rows


def registers(flat: Flat, rows: int) -> list[Any]:
    """New registers, each at the beginning of a line of the cache."""
    types = [np.dtype(type) for kind, type in REGISTERS.items() for _ in range(flat.registers.get(kind, 0))]
    # A line between them keeps registers from sharing the same sets of the cache.
    steps = [-(-rows * type.itemsize // LINE) * LINE + LINE for type in types]
    memory = room(sum(steps))
    start = 0
    found = []
    for type, step in zip(types, steps, strict=True):
        found.append(memory[start : start + rows * type.itemsize].view(type))
        start += step
    return found
