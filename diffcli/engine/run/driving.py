"""Drives a program over rows: values that are the same in all rows first, then chunk after chunk, on several threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from ..graph import Node
from ..program import TRANSPARENT
from . import execute
from .array import meaning, settled
from .kernel import Loop
from .memory import owner, room, span
from .rows import RowProgram, Segment

# Rows at a time where columns are converted or segments hand values on: they stay in the processor's cache.
CHUNK = 32_768
# Rows that a thread takes at a time: worth the hand-over, and few enough to share evenly.
SHARE = 65_536
DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)


def run(program: RowProgram, columns: Sequence[Any], feeds: Mapping[Node, Any], out: Sequence[Any] | None) -> list[Any]:
    """The targets in every row, see RowProgram.run."""
    given = [np.asarray(each) for each in columns]
    rows = _rows(program, given)
    direct = out is not None and not _overlapping(given, out)
    results = list(out or ()) if direct else [_empty(node, rows, program.dtype) for node in program.targets]
    once: dict[Node, Any] = {}
    if program.once:
        once = dict(execute(program.once, feeds, program.dtype, program.strict))
    for node, result in zip(program.targets, results, strict=True):
        if node in program.once:
            result[...] = once[node]
    chunks = _chunks(program, given, results, rows)

    def one(chunk: tuple[int, int]) -> None:
        Chunk(program, given, once, results, *chunk).run()

    if program.threads > 1 and len(chunks) > 1:
        list(pool(program.threads).map(one, chunks))
    else:
        for chunk in chunks:
            one(chunk)
    if out is None or direct:
        return results
    for wanted, result in zip(out, results, strict=True):
        wanted[...] = result
    return list(out)


@lru_cache
def pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay for the next run: to start them takes as long as a hundred thousand rows."""
    return ThreadPoolExecutor(threads)


def _overlapping(columns: Sequence[Any], out: Sequence[Any]) -> bool:
    """Whether a result may lie where a column is: a loop writes results before it has read all columns."""
    inside, outside = {owner(each) for each in columns}, {owner(each) for each in out}
    if None not in inside | outside and len(outside) == len(out) and inside.isdisjoint(outside):
        return False  # each has memory of its own
    spans = [(*span(each), False) for each in columns] + [(*span(each), True) for each in out]
    end, is_result = 0, False
    for start, stop, written in sorted(spans):
        if start < end and (written or is_result):
            return True
        end, is_result = max((end, is_result), (stop, written))
    return False


def _rows(program: RowProgram, columns: Sequence[Any]) -> int:
    """The number of rows; ValueError where columns do not fit the program or one another."""
    if len(columns) != len(program.columns) or not columns:
        raise ValueError(f"{len(program.columns)} columns are needed, {len(columns)} given")
    rows = len(columns[0])
    for node, each in zip(program.columns, columns, strict=True):
        if each.shape != (rows, *node.shape):
            raise ValueError(f"a column has shape {list(each.shape)} instead of {[rows, *node.shape]}")
    return rows


def _type(node: Node, dtype: str) -> Any:
    """How the values of a node are kept in a column of a loop."""
    return SINGLE if dtype == "float32" and node.kind == "float" else DOUBLE


def _empty(node: Node, rows: int, dtype: str) -> Any:
    """An array for the values of a node in all rows."""
    type = np.dtype(bool) if node.kind == "bool" else _type(node, dtype)
    shape = (rows, *(size for size in node.shape if isinstance(size, int)))
    return room(prod(shape) * type.itemsize).view(type).reshape(shape)


def _direct(array: Any, node: Node, dtype: str) -> bool:
    """Whether a loop can read or write the array as it is."""
    return bool(array.ndim == 1 and array.dtype == _type(node, dtype) and array.flags.c_contiguous)


def _chunks(program: RowProgram, columns: Sequence[Any], results: Sequence[Any], rows: int) -> list[tuple[int, int]]:
    """The rows in pieces: large ones where one loop does it all in place."""
    arrays = [*zip(columns, program.columns, strict=True), *zip(results, program.targets, strict=True)]
    in_place = len(program.segments) <= 1 and all(_direct(each, node, program.dtype) for each, node in arrays)
    share = -(-rows // (4 * program.threads)) if program.threads > 1 else rows
    size = max(SHARE, share) if in_place else CHUNK
    return [(start, min(start + size, rows)) for start in range(0, rows, size)]


class Chunk:
    """Some rows on their way through the segments."""

    def __init__(
        self,
        program: RowProgram,
        columns: Sequence[Any],
        once: Mapping[Node, Any],
        results: Sequence[Any],
        start: int,
        stop: int,
    ) -> None:
        self.program = program
        self.columns = dict(zip(program.columns, columns, strict=True))
        self.once = once
        self.results = [
            (node, result[start:stop])
            for node, result in zip(program.targets, results, strict=True)
            if node not in once
        ]
        self.start, self.stop = start, stop
        self.tensors = {node for segment in program.segments if segment.loop is None for node in segment.nodes}
        self.values: dict[Node, Any] = {}  # of scalars: one per row; of whole tensors: (rows, *shape)

    def run(self) -> None:
        """Computes the rows and puts them into the results."""
        homes = self.homes()
        with np.errstate(all="ignore"):  # each thread has a state of its own
            for segment in self.program.segments:
                if segment.loop is None:
                    self.on_arrays(segment)
                else:
                    self.in_loop(segment, segment.loop, homes)
            self.collect(homes)

    def homes(self) -> dict[Node, Any]:
        """The scalars whose values a loop can write straight into the results."""
        found: dict[Node, Any] = {}
        for node, result in self.results:
            if self.scalar(node) and _direct(result, node, self.program.dtype):
                found.setdefault(self.program.unrolled.parts[node][()], result)
        return found

    def scalar(self, node: Node) -> bool:
        """Whether the value of a node is that of one scalar, which a loop computes."""
        given = node in self.tensors or node in self.columns
        return node.shape == () and not given and node in self.program.unrolled.parts

    def column(self, part: Node) -> Any:
        """The values of a scalar: computed before, or an element of a column or of a whole tensor, made contiguous."""
        found = self.values.get(part)
        if found is None:
            node, place = self.program.unrolled.sources[part]
            whole = self.columns[node][self.start : self.stop] if node in self.columns else self.values[node]
            flat = whole if whole.ndim == 1 else whole.reshape(len(whole), -1)[:, place]
            found = self.values[part] = np.ascontiguousarray(flat, _type(part, self.program.dtype))
        return found

    def in_loop(self, segment: Segment, loop: Loop, homes: Mapping[Node, Any]) -> None:
        count = self.stop - self.start
        columns = [self.column(part) for part in segment.needs]
        uniforms = []
        for part in loop.uniforms:
            node, place = self.program.unrolled.sources[part]
            uniforms.append(float(np.asarray(self.once[node]).flat[place]))
        outputs = []
        for part in segment.gives:
            home = homes.get(part)
            if home is None:
                home = np.empty(count, _type(part, self.program.dtype))
            outputs.append(home)
        assert segment.work is not None
        segment.work(columns, uniforms, outputs, 0, count)
        self.values.update(zip(segment.gives, outputs, strict=True))

    def whole(self, node: Node) -> tuple[Any, bool]:
        """The value of a node for tensor operations, and whether it differs from row to row."""
        if node in self.once:
            return np.asarray(self.once[node]), False
        if node in self.columns:
            return self.columns[node][self.start : self.stop], True
        found = self.values.get(node)
        if found is None:
            found = self.assembled(node)
            self.values[node] = found
        return found, True

    def assembled(self, node: Node) -> Any:
        """A tensor from the columns of its elements."""
        parts = self.program.unrolled.parts[node]
        result = _empty(node, self.stop - self.start, self.program.dtype)
        flat = result.reshape(len(result), -1)
        for place, part in enumerate(parts.flat):
            flat[:, place] = part.attributes[0] if part.op.role == "constant" else self.column(part)
        return result

    def on_arrays(self, segment: Segment) -> None:
        for node in segment.nodes:
            operands = [self.whole(each) for each in node.inputs]
            if node.op.role in TRANSPARENT:
                self.values[node] = operands[0][0]
            elif node.op.elementwise:
                self.values[node] = self.element_wise(node, operands)
            else:
                self.values[node] = self.row_by_row(node, operands)

    def element_wise(self, node: Node, operands: Sequence[tuple[Any, bool]]) -> Any:
        """All rows at once: the rows' axis goes before the axes that broadcasting adds."""
        rank = len(node.shape)
        aligned = [
            value.reshape(value.shape[0], *[1] * (rank - value.ndim + 1), *value.shape[1:]) if by_row else value
            for value, by_row in operands
        ]
        return settled(meaning(node.op)(*aligned, *node.attributes), node, self.program.dtype, self.program.strict)

    def row_by_row(self, node: Node, operands: Sequence[tuple[Any, bool]]) -> Any:
        function = meaning(node.op)
        result = _empty(node, self.stop - self.start, self.program.dtype)
        for row in range(len(result)):
            value = function(*[value[row] if by_row else value for value, by_row in operands], *node.attributes)
            result[row] = settled(value, node, self.program.dtype, self.program.strict)
        return result

    def collect(self, homes: Mapping[Node, Any]) -> None:
        """What loops did not write into the results themselves."""
        for node, result in self.results:
            if not self.scalar(node):
                result[...] = self.whole(node)[0]
            else:
                part = self.program.unrolled.parts[node][()]
                if homes.get(part) is not result:
                    result[...] = self.column(part)
