"""What nodes are worth, from the values of other nodes: the engine's own meanings, with a type for each node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine.graph import Node
from ..engine.op import ROLES, Op
from ..engine.program import TRANSPARENT, Program, program
from ..engine.run import scalar, scalar_program
from ..engine.run.array import meaning, settled
from ..engine.run.point import Point, compile_point
from ..engine.shape import OperandError
from .errors import InvalidArgumentError, told

CAST = "cast to "


def cast_node(node: Node, dtype: str) -> Node:
    """The node in another type of floats: for the engine a mere name of it."""
    return node.graph.intern(ROLES["alias"], (node,), (CAST + dtype, 0), node.shape, node.kind)


def node_types(nodes: Sequence[Node], given: Mapping[Node, str], alone: str = "float32") -> dict[Node, str]:
    """The type of floats of each node: that of its widest operand; numbers of the program itself adopt it.

    `alone` is the type of numbers that meet no operand with a type.
    """
    types: dict[Node, str] = {}
    for node in nodes:
        if node.kind != "float":
            types[node] = ""
        elif node in given:
            types[node] = given[node]
        elif node.op.role == "alias" and str(node.attributes[0]).startswith(CAST):
            types[node] = node.attributes[0].removeprefix(CAST)
        else:
            found = {types[parent] for parent in node.inputs if parent.kind == "float"} - {""}
            types[node] = "" if not found else max(found)
    common = set(types.values()) - {""}
    # Whole numbers alone are divided in double precision.
    default = max(common) if common else "float64" if any(node.kind == "int" for node in given) else alone
    return {node: each or default for node, each in types.items()}


# A program of scalars is compiled the second time, one of this many nodes the third time, and so on.
PATIENCE = 1000


class Step(NamedTuple):
    """An operation on arrays: the place of its result, its node, its operator (None for a mere name), and its operands."""

    place: int
    node: Node
    op: Op | None
    operands: tuple[int, ...]
    dtype: str


class Evaluation:
    """Targets as a function of the values of other nodes: floats for scalars, arrays for tensors.

    A program of scalars is interpreted at first and compiled when it comes again: most loops run for long, and a
    function that is differentiated once is not worth compiling.
    """

    __slots__ = (
        "nodes",
        "point",
        "reads",
        "results",
        "scalars",
        "steps",
        "strict",
        "targets",
        "template",
        "types",
        "used",
    )

    def __init__(
        self,
        targets: Sequence[Node],
        reads: Sequence[Node],
        types: Mapping[Node, str],
        strict: bool,
        alone: str = "float32",
    ) -> None:
        self.targets = tuple(targets)
        self.reads = tuple(reads)
        self.strict = strict
        found = program(self.targets, set(self.reads))
        self.nodes = found.nodes
        self.types = node_types(self.nodes, types, alone)
        self.point: Point | None = None
        self.used = 0
        plain = all(node.shape == () and node.kind == "float" for node in (*self.reads, *self.targets))
        self.scalars = plain and len(set(self.types.values())) <= 1 and scalar_program(found)
        self.template: list[Any] = []
        self.results: list[int] = []
        self.steps: list[Step] = []
        if not self.scalars:
            self._plan()

    @property
    def dtype(self) -> str:
        """The one type of a program of scalars."""
        return next(iter(self.types.values()), "float32")

    def __call__(self, values: Sequence[Any]) -> Sequence[Any]:
        """The values of the targets for those of the nodes that are read, in their order."""
        if self.point is not None:
            return self.point(*values)
        if not self.scalars:
            return self._arrays(values)
        if self.used > len(self.nodes) // PATIENCE:
            self.point = compile_point(self.targets, self.reads, self.dtype, self.strict)
            return self.point(*values)
        self.used += 1
        steps = Program(self.nodes, self.targets)
        found = scalar.run(steps, dict(zip(self.reads, values, strict=True)), self.dtype, self.strict)
        return [found[target] for target in self.targets]

    def _plan(self) -> None:
        """The operations on arrays in order, each with the places of its operands; numbers are in place already."""
        places = {node: place for place, node in enumerate(dict.fromkeys((*self.reads, *self.nodes)))}
        self.template = [None] * len(places)
        self.results = [places[target] for target in self.targets]
        reads = set(self.reads)
        for node, place in places.items():
            if node in reads:
                continue
            if node.op.role == "constant":
                self.template[place] = settled(node.attributes[0], node, self.types[node], self.strict)
            else:
                operands = tuple([places[parent] for parent in node.inputs])
                named = node.op.role in TRANSPARENT
                self.steps.append(Step(place, node, None if named else node.op, operands, self.types[node]))

    def _arrays(self, values: Sequence[Any]) -> list[Any]:
        known = self.template.copy()
        strict = self.strict
        for place, (node, value) in enumerate(zip(self.reads, values, strict=True)):
            known[place] = settled(value, node, self.types.get(node, "float64"), strict)
        with np.errstate(all="ignore"):
            for place, node, op, operands, dtype in self.steps:
                found = [known[each] for each in operands]
                value = found[0] if op is None else computed(op, found, node.attributes)
                known[place] = settled(value, node, dtype, strict)
        return [known[place] for place in self.results]


def computed(op: Op, operands: Sequence[Any], attributes: Sequence[Any]) -> Any:
    """The value of an operation on arrays."""
    try:
        return meaning(op)(*operands, *attributes)
    except OperandError as error:
        raise InvalidArgumentError(told(error)) from None
    except np.linalg.LinAlgError as error:
        raise InvalidArgumentError(f"{op.name}: {error}") from None
