"""Loops over tensors as LLVM text: what kernel.py is for rows, for arrays with a stride per axis, and with sums.

Numbers are computed in registers of lanes along the last axis. A sum of doubles keeps the rounding errors of its additions
and adds them at the end, a sum of singles is one of doubles: both are as if computed with twice the digits, then rounded.
A sum over leading axes goes row by row in the type of its elements, as NumPy's does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..graph import Node
from .kernel import Loop, ours
from .lanes import DOUBLE, SINGLE, literal

SYMBOL = "tensors"
BYTE = "i8"  # how truth is kept in an array
SIZES = {DOUBLE: 8, SINGLE: 4, BYTE: 1}
SUFFIXES = {DOUBLE: "f64", SINGLE: "f32", BYTE: "i8"}  # of a type in the names of LLVM's own functions


class Access(NamedTuple):
    """How a nest reads or writes an array: a place in the table of pointers, the type of a number, a stride per axis.

    With a window (first and end per axis) the pointer is to what is read at its first place; outside of it are zeros.
    """

    pointer: int
    type: str
    strides: tuple[int, ...]
    window: tuple[tuple[int, int], ...] = ()


class Fold(NamedTuple):
    """A reduction: what it joins, and where the results go; the strides of reduced axes are 0."""

    how: str
    operand: Node
    access: Access
    reduced: tuple[bool, ...]


class Nest(NamedTuple):
    """Loops over all elements of a shape: reads, element-wise steps, writes, reductions; literals are numbers known before.

    A node may be read from several windows, which are put together.
    """

    sizes: tuple[int, ...]
    literals: tuple[tuple[Node, float], ...]
    reads: tuple[tuple[Node, Access], ...]
    steps: tuple[Node, ...]
    writes: tuple[tuple[Node, Access], ...]
    folds: tuple[Fold, ...]
    dtype: str
    strict: bool


def stored_type(kind: str, dtype: str) -> str:
    """How a number of that kind is kept in an array."""
    return BYTE if kind == "bool" else SINGLE if kind == "float" and dtype == "float32" else DOUBLE


def collapsed(nest: Nest) -> Nest:
    """The same nest with fewer axes: those of size 1 left out, those that all arrays go through in one stride joined."""
    accesses = [each for _, each in (*nest.reads, *nest.writes)]
    rows = [[*each.strides] for each in accesses] + [[*each.access.strides] for each in nest.folds]
    kept: list[list[int]] = []  # the axes that are joined to one
    for axis, size in enumerate(nest.sizes):
        if size == 1:
            continue
        joins = bool(kept) and all(row[kept[-1][-1]] == row[axis] * size for row in rows)
        joins = joins and all(fold.reduced[kept[-1][-1]] == fold.reduced[axis] for fold in nest.folds)
        joins = joins and all(not each.window or each.window[axis] == (0, size) for each in accesses)
        if joins:
            kept[-1].append(axis)
        else:
            kept.append([axis])

    def shorter(access: Access) -> Access:
        strides = tuple(access.strides[axes[-1]] for axes in kept)
        if not access.window:
            return access._replace(strides=strides or (0,))
        rows = [(access.window[axes[0]], _product(nest.sizes, axes[1:])) for axes in kept]
        window = tuple((first * size, last * size) for (first, last), size in rows)
        return access._replace(strides=strides or (0,), window=window or ((0, 1),))

    return nest._replace(
        sizes=tuple(_product(nest.sizes, axes) for axes in kept) or (1,),
        reads=tuple((node, shorter(access)) for node, access in nest.reads),
        writes=tuple((node, shorter(access)) for node, access in nest.writes),
        folds=tuple(
            fold._replace(access=shorter(fold.access), reduced=tuple(fold.reduced[axes[0]] for axes in kept) or (True,))
            for fold in nest.folds
        ),
    )


def _product(sizes: Sequence[int], axes: Sequence[int]) -> int:
    result = 1
    for axis in axes:
        result *= sizes[axis]
    return result


def key_of(nests: Sequence[Nest]) -> str:
    """The nests as text: those with the same text are the same program."""
    lines = []
    for nest in nests:
        names = {node: f"l{literal(value, DOUBLE)}{node.kind[0]}" for node, value in nest.literals}
        lines.append(f"{nest.sizes} {nest.dtype} {nest.strict}")
        for index, (node, access) in enumerate(nest.reads):
            lines.append(f"{names.setdefault(node, f'r{index}{node.kind[0]}')} {tuple(access)!r}")
        for index, node in enumerate(nest.steps):
            names[node] = str(index)
            inputs = " ".join(names[each] for each in node.inputs)
            lines.append(f"{node.op.name} {inputs} {node.attributes!r} {node.kind[0]}")
        lines += [f"{names[node]} {tuple(access)!r}" for node, access in nest.writes]
        lines += [f"{fold.how} {names[fold.operand]} {tuple(fold.access)!r} {fold.reduced}" for fold in nest.folds]
    return "\n".join(lines)


def kept_on_disk(nests: Sequence[Nest]) -> bool:
    """Whether the key says all that the nests do: the package states all their operators."""
    return all(ours(Loop(nest.steps, (), (), (), nest.dtype, nest.strict)) for nest in nests)
