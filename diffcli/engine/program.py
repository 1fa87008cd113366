"""From a graph to flat steps: what must be computed for some targets, in order."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import NamedTuple

from .graph import Node, ancestors

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
