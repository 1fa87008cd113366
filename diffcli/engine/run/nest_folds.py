"""Reductions inside a nest of loops: over the innermost axes in registers, over outer ones in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .lanes import DOUBLE, SINGLE, Lane, Lanes
from .nest import SIZES, SUFFIXES, Fold

if TYPE_CHECKING:
    from .nest_code import Writer

# What a reduction starts with.
NEUTRAL = {"sum": 0.0, "maximum": float("-inf"), "minimum": float("inf")}


def joined(how: str, a: Lane, b: Lane) -> Lane:
    """Two partial results as one."""
    return a + b if how == "sum" else a.lanes.intrinsic(how, a, b)


def fold_in_memory(writer: Writer, label: str, value: Lane, fold: Fold) -> None:
    """A reduction over outer axes: each turn joins a row to the result."""
    lanes, access = writer.lanes, fold.access
    x = lanes.convert(value, access.type)
    vector = lanes.vector(access.type)
    condition = "true"
    for axis, reduced in enumerate(fold.reduced):
        if reduced:
            writer.head.append(f"  %{label}z{axis} = icmp eq i64 %i{axis}, 0")
            writer.head.append(f"  %{label}t{axis} = and i1 {condition}, %{label}z{axis}")
            condition = f"%{label}t{axis}"
    lines, base = writer.address(f"{label}o", access, writer.inner)
    writer.head += lines
    neutral = lanes.constant(NEUTRAL[fold.how], access.type).name
    lanes.lines += [
        f"  %{label}a = getelementptr {access.type}, ptr {base}, i64 %j",
        f"  %{label}w = load {vector}, ptr %{label}a, align {SIZES[access.type]}",
        f"  %{label}v = select i1 {condition}, {vector} {neutral}, {vector} %{label}w",
    ]
    writer.write(f"{label}w", joined(fold.how, Lane(lanes, f"%{label}v", access.type), x), access)


def fold_in_registers(writer: Writer, label: str, value: Lane, fold: Fold) -> None:
    """A reduction over the innermost axes: lane by lane, and across the lanes at the end."""
    lanes = writer.lanes
    type = DOUBLE if fold.how == "sum" else value.type
    careful = fold.how == "sum" and value.type == DOUBLE
    vector, neutral = lanes.vector(type), lanes.constant(NEUTRAL[fold.how], type)
    x = lanes.convert(value, type)
    if writer.inside is not None:
        x = lanes.select(writer.inside, x, neutral)
    axis = fold.reduced.index(True)
    names = [f"{label}s", f"{label}c"][: 1 + careful]
    started = writer.started.setdefault(axis, [])
    old = []
    for name in names:
        writer.entry.append(f"  %{name} = alloca {vector}, align 64")
        started.append(f"  store {vector} {neutral.name}, ptr %{name}, align 64")
        writer.head.append(f"  %{name}0 = load {vector}, ptr %{name}, align 64")
        old.append(Lane(lanes, f"%{name}p", type))
    if careful:
        total, error = lanes.sum(old[0], x)
        new = [total, old[1] + error]
    else:
        new = [joined(fold.how, old[0], x)]
    for name, each in zip(names, new, strict=True):
        writer.phis.append(f"  %{name}p = phi {vector} [ %{name}0, %enter{writer.inner} ], [ {each.name}, %again ]")
        writer.tail.append(f"  store {vector} {each.name}, ptr %{name}, align 64")
    writer.ended.setdefault(axis, []).extend(result(writer, label, fold, names, type, axis))


def result(writer: Writer, label: str, fold: Fold, names: Sequence[str], type: str, axis: int) -> list[str]:
    """The code that joins the lanes and stores what they give."""
    vector, stored = writer.lanes.vector(type), fold.access.type
    lines, place = writer.address(f"{label}o", fold.access, axis)
    symbol = across(writer.lanes, fold.how, type, len(names))
    arguments = []
    for name in names:
        lines.append(f"  %{name}e = load {vector}, ptr %{name}, align 64")
        arguments.append(f"{vector} %{name}e")
    lines.append(f"  %{label}g = call {type} {symbol}({', '.join(arguments)})")
    result = f"%{label}g"
    if stored != type:
        lines.append(f"  %{label}n = {'fptrunc' if stored == SINGLE else 'fpext'} {type} %{label}g to {stored}")
        result = f"%{label}n"
    return [*lines, f"  store {stored} {result}, ptr {place}, align {SIZES[stored]}"]


def across(lanes: Lanes, how: str, type: str, parts: int) -> str:
    """The symbol of the function that joins the lanes of a register, halves first; sums with their errors, added last."""
    symbol = f"@{how}_across_{SUFFIXES[type]}_{parts}_{lanes.width}"
    if symbol in lanes.module.definitions:
        return symbol
    body = Lanes(lanes.width, lanes.has_fma, True, lanes.module)
    vector, w = body.vector(type), body.width
    names = ["%s", "%c"][:parts]
    total, *errors = [Lane(body, name, type) for name in names]

    def turned(x: Lane, by: int) -> Lane:
        order = ", ".join(f"i32 {(lane + by) % w}" for lane in range(w))
        return body.emit(f"shufflevector {vector} {x.name}, {vector} poison, <{w} x i32> <{order}>", type)

    by = w // 2
    while by:
        other = turned(total, by)
        if errors:
            total, error = body.sum(total, other)
            errors = [errors[0] + turned(errors[0], by) + error]
        else:
            total = joined(how, total, other)
        by //= 2
    if errors:
        # Of an infinite sum the errors are NaN; a sum that is exact keeps the sign of its zero.
        mended = total + errors[0]
        total = body.select(
            (errors[0] - errors[0]).equals(0.0), body.select(errors[0].equals(0.0), total, mended), total
        )
    lines = [
        f"define internal {type} {symbol}({', '.join(f'{vector} {name}' for name in names)}) noinline #0 {{",
        "entry:",
        *body.lines,
        f"  %across = extractelement {vector} {total.name}, i64 0",
        f"  ret {type} %across",
        "}",
    ]
    lanes.module.definitions[symbol] = "\n".join(lines)
    return symbol
