"""From a graph to flat steps: what must be computed for some targets, in order, and in which registers."""

from __future__ import annotations

from collections.abc import Collection, Container, Hashable, Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple

from .graph import Node, ancestors
from .shape import known

# Nodes of these roles carry names and positions; they compute nothing.
TRANSPARENT = ("alias", "derivative")


class Program(NamedTuple):
    """The nodes that targets need, in topological order."""

    nodes: tuple[Node, ...]
    targets: tuple[Node, ...]


def program(targets: Iterable[Node], fed: Container[Node] = frozenset()) -> Program:
    """The steps that compute the targets; nodes in `fed` are given from outside and not computed."""
    wanted = tuple(targets)
    return Program(tuple(ancestors(wanted, stop=fed.__contains__)), wanted)


def operations(targets: Iterable[Node]) -> int:
    """The number of elementary operations that computing the targets takes: constants, names and positions cost nothing."""
    return sum(node.op.cost for node in ancestors(targets) if node.inputs and node.op.role not in TRANSPARENT)


class Step(NamedTuple):
    """An operation: the value that it makes, what it reads, and the class of registers that the value lives in.

    `early` are the operands that are read before the value is written, so that it may take their register.
    """

    value: Hashable
    operands: tuple[Hashable, ...]
    kind: str
    early: tuple[Hashable, ...]


class Flat(NamedTuple):
    """Steps in order, the register of each value, and how many registers of each class there are.

    What is not a step (a leaf, a constant) has no register.
    """

    steps: tuple[Step, ...]
    places: Mapping[Hashable, int]
    registers: Mapping[str, int]


class Costs(NamedTuple):
    """What it takes to compute targets once: operations, results held at one time, and bytes read and written.

    Bytes are those of the leaves and of the targets, None where a size is unknown.
    """

    operations: int
    registers: int
    bytes: int | None


def flatten(steps: Sequence[Step], kept: Container[Hashable] = frozenset()) -> Flat:
    """Registers for the values of steps: after its last use a value leaves its register to the next one.

    Values in `kept` have a place of their own and get no register.
    """
    last = {operand: index for index, step in enumerate(steps) for operand in step.operands}
    kinds = {step.value: step.kind for step in steps}
    places: dict[Hashable, int] = {}
    free: dict[str, list[int]] = {kind: [] for kind in kinds.values()}
    counts = dict.fromkeys(free, 0)

    def release(values: Iterable[Hashable], index: int) -> None:
        for each in values:
            if each in places and last.get(each, index) == index:
                free[kinds[each]].append(places[each])

    for index, step in enumerate(steps):
        early = dict.fromkeys(step.early)
        release(early, index)
        if step.value not in kept:
            if free[step.kind]:  # what was used last is still in the cache
                places[step.value] = free[step.kind].pop()
            else:
                places[step.value] = counts[step.kind]
                counts[step.kind] += 1
        release((each for each in dict.fromkeys((*step.operands, step.value)) if each not in early), index)
    return Flat(tuple(steps), places, counts)


def steps_of(nodes: Iterable[Node], targets: Collection[Node], fed: Container[Node] = frozenset()) -> tuple[Step, ...]:
    """The operations among nodes, names and positions left out; targets are read once more, at the end."""
    meant: dict[Node, Node] = {}
    steps = []
    for node in nodes:
        if node in fed or not node.inputs:
            meant[node] = node
        elif node.op.role in TRANSPARENT:
            meant[node] = meant[node.inputs[0]]
        else:
            meant[node] = node
            operands = tuple(meant[each] for each in node.inputs)
            steps.append(Step(node, operands, node.kind, operands if node.op.elementwise else ()))
    return (*steps, Step("end", tuple(meant[each] for each in targets), "end", ()))


def costs(targets: Collection[Node], dtype: str = "float64") -> Costs:
    """What computing the targets takes; floats are of the dtype, whole numbers take 8 bytes, truth values one."""
    found = program(targets)
    flat = flatten(steps_of(found.nodes, found.targets), {"end"})
    widths = {"float": 4 if dtype == "float32" else 8, "int": 8, "bool": 1}
    moved = 0
    for node in (*(each for each in found.nodes if each.op.role == "leaf"), *found.targets):
        shape = known(node.shape)
        if shape is None:
            return Costs(operations(targets), sum(flat.registers.values()), None)
        moved += prod(shape) * widths[node.kind]
    return Costs(operations(targets), sum(flat.registers.values()), moved)
