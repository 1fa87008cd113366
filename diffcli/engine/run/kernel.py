"""One fused loop over rows as LLVM text: each step of a program is an instruction on a register of lanes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..graph import Node
from ..program import TRANSPARENT
from . import vector  # noqa: F401  its functions state themselves when it is imported
from .lanes import BITS, DOUBLE, FUNCTIONS, SINGLE, TRUTH, Lane, Lanes, Module, literal
from .memory import LINE
from .native import Target, function_attributes, has_avx512
from .scalar import SMALLEST

SYMBOL = "rows"
PREFETCH = "@llvm.prefetch.p0"
# Code is inlined until a program has this many calls of functions; beyond, each is compiled once and called.
INLINED_CALLS = 64
# Up to so many steps for each number that it reads or writes, a loop waits for memory.
STEPS_PER_NUMBER = 8
AHEAD = 64  # rows that are asked for ahead of time, where memory is what the loop waits for


class Loop(NamedTuple):
    """What one loop computes: its steps, the nodes read from columns and those that are the same in every row, its outputs."""

    steps: tuple[Node, ...]
    columns: tuple[Node, ...]
    uniforms: tuple[Node, ...]
    outputs: tuple[Node, ...]
    dtype: str
    strict: bool


def ours(loop: Loop) -> bool:
    """Whether the package states all operators of a loop: only then does their name say what they do."""
    package = __name__.partition(".")[0] + "."
    rules = [FUNCTIONS[op.llvm] if isinstance(op.llvm, str) else op.llvm for op in {node.op for node in loop.steps}]
    return all(rule is None or rule.__module__.startswith(package) or rule.__module__ == "_operator" for rule in rules)


def key_of(loop: Loop) -> str:
    """The loop as text: two loops with the same text are the same program."""
    names = {node: f"c{index}{node.kind[0]}" for index, node in enumerate(loop.columns)}
    names |= {node: f"u{index}{node.kind[0]}" for index, node in enumerate(loop.uniforms)}
    lines = [loop.dtype, str(loop.strict)]
    for index, node in enumerate(loop.steps):
        if node.op.role == "constant":
            names[node] = f"{literal(node.attributes[0], DOUBLE)}{node.kind[0]}"
        elif node.op.role in TRANSPARENT:
            names[node] = names[node.inputs[0]]
        else:
            names[node] = str(index)
            inputs = " ".join(names[each] for each in node.inputs)
            lines.append(f"{index} {node.op.name} {inputs} {node.attributes!r} {node.kind[0]}")
    lines.append(" ".join(names[node] for node in loop.outputs))
    return "\n".join(lines)


def type_of(kind: str, element: str) -> str:
    """The lane type of a kind of value: whole numbers are held as doubles, exact to 2**53."""
    return TRUTH if kind == "bool" else DOUBLE if kind == "int" else element


def functions(loop: Loop) -> int:
    """How many calls of functions a loop has."""
    return sum(1 for node in loop.steps if isinstance(node.op.llvm, str))


def lanes_of(loop: Loop, target: Target) -> int:
    """The rows of one step of a loop. Functions are long chains of dependent steps: two registers fill each other's gaps."""
    if loop.dtype == "float32":
        return target.width * 2
    return target.width * (2 if 0 < functions(loop) <= INLINED_CALLS else 1)


def waiting(loop: Loop) -> bool:
    """Whether memory is what the loop waits for."""
    return len(loop.steps) < STEPS_PER_NUMBER * (len(loop.columns) + len(loop.outputs))


def storage(node: Node, element: str) -> str:
    """How a column of a node's values is kept: only the file's floats follow its dtype; truth is 0.0 or 1.0."""
    return element if node.kind == "float" else DOUBLE


def llvm_text(loop: Loop, target: Target) -> tuple[str, int]:
    """The module of a loop `void rows(columns, uniforms, outputs, count, phase, past_cache)`, and its number of instructions.

    Columns and outputs are arrays of pointers to contiguous numbers (see `storage`), uniforms an array of doubles. There
    must be at least as many rows as lanes: the last step of the loop goes back to end with the last row, and computes
    some again. Phase is the row that the second register starts with, 0 for the one after the first register; if
    `past_cache` is set, it is one at which all outputs are aligned to a register.
    """
    element = SINGLE if loop.dtype == "float32" else DOUBLE
    width = lanes_of(loop, target)
    module = Module()
    lanes = Lanes(width, target.fma, functions(loop) <= INLINED_CALLS, module, has_avx512(target))
    lanes.block = "loop"
    head, values = _loads(loop, lanes, element)
    for node in loop.steps:
        if node not in values:
            values[node] = step(node, values, lanes, type_of(node.kind, element), loop)
    stores = _stores(loop, lanes, values, element)  # may still emit conversions
    size = sum(1 for line in lanes.lines if "=" in line)
    body = "\n".join([*head, *lanes.lines, *stores])
    parts = [*module.declarations.values(), *module.definitions.values(), body, function_attributes(target)]
    return "\n".join(parts), size + sum(each.count("\n") for each in module.definitions.values())


def _loads(loop: Loop, lanes: Lanes, element: str) -> tuple[list[str], dict[Node, Lane]]:
    """The function's head, with the pointers and what is the same in all rows; columns are loaded in the loop."""
    head = [
        f"define void @{SYMBOL}(ptr noalias %columns, ptr noalias %uniforms, ptr noalias %outputs,"
        " i64 %count, i64 %phase, i64 %past_cache) #0 {",
        "entry:",
    ]
    values: dict[Node, Lane] = {}
    for index, node in enumerate(loop.uniforms):
        head += [
            f"  %up{index} = getelementptr double, ptr %uniforms, i64 {index}",
            f"  %us{index} = load double, ptr %up{index}, align 8",
            f"  %ui{index} = insertelement {lanes.vector(DOUBLE)} poison, double %us{index}, i64 0",
            f"  %u{index} = shufflevector {lanes.vector(DOUBLE)} %ui{index}, {lanes.vector(DOUBLE)} poison,"
            f" <{lanes.width} x i32> zeroinitializer",
        ]
        values[node] = Lane(lanes, f"%u{index}", DOUBLE)
    for name, count in (("columns", len(loop.columns)), ("outputs", len(loop.outputs))):
        for index in range(count):
            head.append(f"  %{name}a{index} = getelementptr ptr, ptr %{name}, i64 {index}")
            head.append(f"  %{name}p{index} = load ptr, ptr %{name}a{index}, align 8")
    head += _runs(lanes.width)
    for index, node in enumerate(loop.columns):
        stored = storage(node, element)
        lanes.lines += [
            f"  %ca{index} = getelementptr {stored}, ptr %columnsp{index}, i64 %i",
            f"  %c{index} = load {lanes.vector(stored)}, ptr %ca{index}, align {BITS[stored] // 8}",
        ]
        if waiting(loop):
            lanes.module.declarations[PREFETCH] = f"declare void {PREFETCH}(ptr, i32, i32, i32)"
            lanes.lines += [
                f"  %cn{index} = getelementptr {stored}, ptr %ca{index}, i64 {AHEAD}",
                f"  call void {PREFETCH}(ptr %cn{index}, i32 0, i32 3, i32 1)",
            ]
        values[node] = _settled(Lane(lanes, f"%c{index}", stored), node, element)
    for node in loop.uniforms:
        values[node] = _settled(values[node], node, element)
    return head, values


def _runs(width: int) -> list[str]:
    """The loop over rows in three runs: the first register, those in between, and the last, which ends with the last row."""
    return [
        f"  %last = sub i64 %count, {width}",
        "  %beyond = add i64 %last, 1",
        "  %shifted = icmp sgt i64 %phase, 0",
        f"  %second = select i1 %shifted, i64 %phase, i64 {width}",
        "  %streaming = icmp ne i64 %past_cache, 0",
        "  br label %run",
        "run:",
        "  %part = phi i64 [ 0, %entry ], [ %next, %joined ]",
        "  %at_first = icmp eq i64 %part, 0",
        "  %between = icmp eq i64 %part, 1",
        "  %later = select i1 %between, i64 %second, i64 %last",
        "  %start = select i1 %at_first, i64 0, i64 %later",
        "  %stop = select i1 %at_first, i64 1, i64 %beyond",
        "  %stream = and i1 %between, %streaming",
        "  %any = icmp slt i64 %start, %stop",
        "  br i1 %any, label %loop, label %joined",
        "loop:",
        "  %i = phi i64 [ %start, %run ], [ %ahead, %again ]",
    ]


def _settled(value: Lane, node: Node, element: str) -> Lane:
    """A number that was read as what the node's kind is computed in."""
    type = type_of(node.kind, element)
    return value.differs(0.0) if type == TRUTH else value.lanes.convert(value, type)


def step(node: Node, values: Mapping[Node, Lane], lanes: Lanes, type: str, loop: Loop) -> Lane:
    """The value of a step, given those of its inputs."""
    op = node.op
    if op.role == "constant":
        return lanes.constant(node.attributes[0], type)
    if op.role in TRANSPARENT:
        return values[node.inputs[0]]
    operands = [values[each] for each in node.inputs]
    types = {each.type for each in operands if each.type != TRUTH}
    if len(types) > 1:  # whole numbers meet floats: the result is rounded once
        operands = [each if each.type == TRUTH else lanes.convert(each, DOUBLE) for each in operands]
    if isinstance(op.llvm, str):
        result = lanes.call(op.llvm, *operands)
    else:
        assert op.llvm is not None, op.name
        result = op.llvm(lanes, *operands, *node.attributes)
        if not isinstance(result, Lane):
            result = lanes.constant(result, type)
    result = lanes.convert(result, type)
    if loop.strict and node.kind == "float":
        result = lanes.select(abs(result) < SMALLEST[loop.dtype], lanes.copysign(0.0, result), result)
    return result


def _stores(loop: Loop, lanes: Lanes, values: Mapping[Node, Lane], element: str) -> list[str]:
    """The outputs stored, and the way to the next rows.

    Past the cache spares reading what is overwritten; only aligned registers can go there, so the first and the last
    one are stored as usual.
    """
    places, usual, streamed = [], [], []
    for index, node in enumerate(loop.outputs):
        stored = storage(node, element)
        value = lanes.convert(values[node], stored)
        places.append(f"  %oa{index} = getelementptr {stored}, ptr %outputsp{index}, i64 %i")
        store = f"  store {lanes.vector(stored)} {value.name}, ptr %oa{index}, align"
        usual.append(f"{store} {BITS[stored] // 8}")
        streamed.append(f"{store} {min(LINE, BITS[stored] // 8 * lanes.width)}, !nontemporal !1")
    return [
        *places,
        "  br i1 %stream, label %past, label %through",
        "past:",
        *streamed,
        "  br label %again",
        "through:",
        *usual,
        "  br label %again",
        "again:",
        f"  %ahead = add i64 %i, {lanes.width}",
        "  %more = icmp slt i64 %ahead, %stop",
        "  br i1 %more, label %loop, label %joined",
        "joined:",
        "  %next = add i64 %part, 1",
        "  %done = icmp eq i64 %next, 3",
        "  br i1 %done, label %end, label %run",
        "end:",
        "  fence seq_cst",  # what went past the cache is there for other threads, too
        "  ret void",
        "}",
    ]
