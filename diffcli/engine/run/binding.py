"""Binds a planned program over tensors to memory: arrays, pointers to them, compiled loops and calls with fixed arguments."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from ..graph import Node
from . import native
from .array import TYPES
from .layout import Layout, View, dense, reduced_axes, seen, sizes, spread_strides, whole
from .nest import SYMBOL, Access, Fold, Nest, collapsed, kept_on_disk, key_of, stored_type
from .nest_code import llvm_text
from .operations import Step, flush, steps_of
from .pieces import PUT_TOGETHER, Piece, pieces
from .registers import Work, allocated, assigned, bytes_of
from .tensors import TensorProgram


class Binding:
    """The memory of a program, and its steps as they are bound to it."""

    def __init__(
        self, layout: Layout, works: Sequence[Work], homes: Mapping[Node, Node], dtype: str, strict: bool
    ) -> None:
        self.layout = layout
        self.works = works
        self.homes = homes
        self.dtype = dtype
        self.strict = strict
        self.buffers: dict[Node, Any] = {node: self.buffer(node) for node in layout.inputs}

    def buffer(self, node: Node) -> Any:
        """A new buffer for a value."""
        return allocated(bytes_of(node, self.dtype))

    def program(self, goals: Sequence[Node], donate: Mapping[int, int]) -> TensorProgram:
        """The program that computes the goals; those that replace an input come back in its array."""
        layout = self.layout
        own = {layout.views[goal].base for goal in goals}
        homeless = [
            work._replace(keeps=tuple(node for node in work.keeps if node not in self.homes)) for work in self.works
        ]
        registers = assigned(layout, homeless, own, self.dtype)
        memory = [allocated(count) for count in registers.sizes]
        self.buffers |= {node: memory[place] for node, place in registers.places.items()}
        self.buffers |= {node: self.buffers[source] for node, source in self.homes.items()}
        inputs = [self.array(node) for node in layout.inputs]
        steps: list[Step] = []
        text: list[str] = []
        if self.strict:
            floats = [each for node, each in zip(layout.inputs, inputs, strict=True) if node.kind == "float"]
            steps += [partial(flush, each, self.dtype) for each in floats]
        outputs, first, last = self.results(goals, inputs, donate)
        steps += first
        for is_loop, group in groupby(self.works, lambda work: work.item.space is not None):
            part = list(group)
            steps += [self.kernel(part)] if is_loop else [step for work in part for step in self.single(work)]
            text += [describe(work) for work in part]
        steps += last
        compiled = not self.strict and all(work.item.space is not None for work in self.works)
        return TensorProgram(inputs, outputs, steps, text, list(self.buffers.values()), compiled)

    def results(
        self, goals: Sequence[Node], inputs: Sequence[Any], donate: Mapping[int, int]
    ) -> tuple[list[Any], list[Step], list[Step]]:
        """The arrays of the targets, what must be copied into them before the first step, and what after the last."""
        outputs: list[Any] = []
        first: list[Step] = []
        last: list[Step] = []
        for place, goal in enumerate(goals):
            base = self.layout.views[goal].base
            result = None if goal in self.layout.fixed else self.array(goal)
            if base in self.layout.inputs or result is None:  # it may be overwritten, or written by the caller
                kept = self.new(goal)
                source = self.operand(goal) if result is None else result
                first.append(partial(np.copyto, kept, source))
                result = kept
            if place in donate and self.homes.get(goal) is not self.layout.inputs[donate[place]]:
                last.append(partial(np.copyto, inputs[donate[place]], result))
                result = inputs[donate[place]]
            elif place in donate:
                result = inputs[donate[place]]
            outputs.append(result)
        return outputs, first, last

    # ---- arrays

    def new(self, node: Node) -> Any:
        """A new array for a value."""
        return seen(self.buffer(node).view(TYPES[node.kind, self.dtype]), sizes(node), whole(node))

    def array(self, node: Node) -> Any:
        """The array of a value: its buffer, or a view of another's."""
        view = self.layout.views[node]
        if view.base not in self.buffers:
            self.buffers[view.base] = self.buffer(view.base)
            self.array(view.base)[...] = self.layout.fixed[view.base]
        buffer = self.buffers[view.base].view(TYPES[node.kind, self.dtype])
        return seen(buffer, sizes(node), view)

    def operand(self, node: Node) -> Any:
        """The array of an operand; a number that is everywhere the same takes no room."""
        number = self.layout.literals.get(node)
        if number is None:
            return self.array(node)
        return np.broadcast_to(np.array(number, TYPES[node.kind, self.dtype]), sizes(node))

    # ---- steps

    def single(self, work: Work) -> list[Step]:
        """The calls of an operation on whole arrays."""
        (node,) = work.item.nodes
        operands = [self.operand(each) for each in node.inputs]
        return steps_of(node, operands, self.array(node), self.dtype, self.strict)

    def kernel(self, works: Sequence[Work]) -> Step:
        """Loops that follow one another, as one compiled function."""
        table: dict[int, int] = {}
        nests = [collapsed(self.nest(work, table)) for work in works]
        target = native.host()
        code = native.compiled(SYMBOL, key_of(nests), lambda: llvm_text(nests, target), target, kept_on_disk(nests))
        pointers = (ctypes.c_void_p * len(table))(*table)
        function = native.callable_of(code, ctypes.c_void_p)
        function.pointers = pointers  # they live as long as what reads them
        return partial(function, ctypes.c_void_p(ctypes.addressof(pointers)))

    def nest(self, work: Work, table: dict[int, int]) -> Nest:
        """The loops of an item; `table` collects the pointers, each with its place."""
        layout, item = self.layout, work.item
        space = item.space
        assert space is not None
        operands = dict.fromkeys(operand for node, operand in work.reads if node.op.role not in PUT_TOGETHER)
        reads = []
        for each in operands:
            view = layout.views[each]
            strides = spread_strides(view, sizes(each), space)
            reads.append((each, self.access(each, view, strides, table)))
        for node in item.nodes:
            reads += [(node, self.windowed(piece, table)) for piece in pieces(node) or ()]
        kept = set(work.keeps)
        literals = {
            each: layout.literals[each] for node in item.nodes for each in node.inputs if each in layout.literals
        }
        return Nest(
            space,
            tuple(literals.items()),
            tuple(reads),
            tuple(node for node in item.nodes if node.op.elementwise),
            tuple(
                (node, self.access(node, layout.views[node], dense(space), table))
                for node in item.nodes
                if node in kept and not node.op.fold
            ),
            tuple(self.fold(node, table) for node in item.nodes if node.op.fold),
            self.dtype,
            self.strict,
        )

    def access(self, node: Node, view: View, strides: Sequence[int], table: dict[int, int]) -> Access:
        """How a nest finds a value."""
        array = self.array(view.base)
        pointer = array.__array_interface__["data"][0] + view.offset * array.itemsize
        return Access(table.setdefault(pointer, len(table)), stored_type(node.kind, self.dtype), tuple(strides))

    def windowed(self, piece: Piece, table: dict[int, int]) -> Access:
        """How a nest reads a piece of what is put together."""
        below = self.layout.views[piece.operand]
        inner = iter(below.strides)
        strides = [0 if start is None else next(inner) for start in piece.starts]
        offset = below.offset + sum((start or 0) * stride for start, stride in zip(piece.starts, strides, strict=True))
        access = self.access(piece.operand, below._replace(offset=offset), strides, table)
        return access._replace(window=piece.window)

    def fold(self, node: Node, table: dict[int, int]) -> Fold:
        """How a nest reduces."""
        flags = reduced_axes(node)
        kept = [size for size, reduced in zip(sizes(node.inputs[0]), flags, strict=True) if not reduced]
        steps = iter(dense(kept))
        strides = tuple(0 if reduced else next(steps) for reduced in flags)
        access = self.access(node, self.layout.views[node], strides, table)
        return Fold(node.op.fold, node.inputs[0], access, flags)


def describe(work: Work) -> str:
    """A work as a line of text."""
    names = ", ".join(dict.fromkeys(node.op.name for node in work.item.nodes))
    kept = "; ".join(" x ".join(str(size) for size in node.shape) or "scalar" for node in work.keeps)
    kind = "arrays" if work.item.space is None else "loop"
    return f"{kind}: {len(work.item.nodes)} operations ({names}) -> {kept}"
