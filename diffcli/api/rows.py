"""Results in every row of a table that is in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from ..compute.load import name_of
from ..engine.graph import Node
from ..engine.run.rows import RowProgram, compile_rows
from .asked import SEED, Asked
from .building import BUILDING, KEPT, Built, File, build
from .calling import guarded, in_shape, unknown
from .errors import readable
from .values import Kind, assembler, column_names, converted, kind_of


class Rows(NamedTuple):
    """A question to be answered in every row; `programs` keeps those that were compiled."""

    file: File
    asked: Asked
    parameters: Sequence[str]
    fixed: Mapping[str, Any]
    programs: dict[Any, tuple[Built, RowProgram]]

    def computed(self, table: Any, executor: str, threads: int) -> Any:
        """The answer in every row of a table."""
        if executor not in ("auto", "jit", "blocked"):
            raise ValueError(f"no executor {executor!r} for rows: jit, blocked or auto")
        if threads < 1:
            raise ValueError(f"threads is {threads}, but at least one has to do the work")
        given = columns_of(table)
        for name in given:
            if name not in self.parameters:
                raise unknown(self.file, self.parameters, name)
        columns, same = split(given, ranks(self.file))
        same = {name: value for name, value in self.fixed.items() if name not in columns} | same
        kinds = {name: kind_of(value) for name, value in same.items()}
        kinds |= {name: (array.shape[1:], False) for name, array in columns.items()}
        built, program = self.program(kinds, tuple(columns), executor, threads)
        nodes = built.parameters
        feeds = {nodes[name]: in_shape(value, nodes[name]) for name, value in same.items()}
        arrays = [in_shape_by_row(array, nodes[name]) for name, array in columns.items()]
        return assembler(built.form)(guarded(built, lambda: program.run(arrays, feeds)))

    def program(
        self, kinds: Mapping[str, Kind], columns: tuple[str, ...], executor: str, threads: int
    ) -> tuple[Built, RowProgram]:
        """The compiled program for values of these kinds, some of them columns."""
        key = frozenset(kinds.items()), columns, executor, threads
        found = self.programs.get(key)
        if found is None:
            with BUILDING, readable():
                built = build(self.file, self.asked, kinds)
                nodes = [built.parameters[name] for name in columns]
                model = built.model
                compiled = compile_rows(built.targets, nodes, model.dtype, model.graph.strict, executor, threads)
                if len(self.programs) >= KEPT:
                    self.programs.clear()
                found = self.programs[key] = built, compiled
        return found


def ranks(file: File) -> dict[str, int]:
    """The number of axes of each name, and of the seeds of named values."""
    if file.model is None:
        return {}
    nodes = {name: leaf.node for name, leaf in file.model.leaves.items()}
    seeds = {SEED + name: node for name, node in file.model.names.items() if isinstance(node, Node)}
    return {name: len(node.shape) for name, node in (nodes | seeds).items()}


def columns_of(table: Any) -> dict[str, Any]:
    """The columns of a mapping, a data frame or a structured array, by the names that they feed."""
    return {name_of(str(name)): converted(str(name), table[name]) for name in column_names("rows", table)}


def split(given: Mapping[str, Any], ranks: Mapping[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs from row to row, of equal lengths, and what is the same in all."""
    columns, same = {}, {}
    for name, value in given.items():
        rank = ranks.get(name, 0)
        axes = getattr(value, "ndim", 0)
        if axes <= rank:
            same[name] = value
        elif axes > rank + 1 and rank:
            raise ValueError(f"{name} has {axes} axes instead of {rank + 1}, of which the first counts the rows")
        else:
            columns[name] = value.astype(numpy.float64, copy=False)
    if not columns:
        raise ValueError("no column: an array of one value for each row is needed for one name at least")
    lengths = {name: len(array) for name, array in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"columns have different lengths: {told}")
    return columns, same


def in_shape_by_row(array: Any, node: Any) -> Any:
    """A column in the shape of its name; one number a row stands for all elements."""
    shape = tuple(size for size in node.shape if isinstance(size, int))
    if array.shape[1:] == shape:
        return array
    spread = array.reshape(len(array), *[1] * (len(shape) - array.ndim + 1), *array.shape[1:])
    return numpy.broadcast_to(spread, (len(array), *shape))
