"""Graphs that recordings share, so that what comes again is built and compiled once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from ..engine.graph import Graph, Node
from ..engine.op import ROLES, leaf

Build = Callable[..., Any]
# A graph that has grown beyond this is left behind when the next recording starts.
MANY_NODES, MANY_PROGRAMS = 50_000, 2_000


class Book:
    """A graph that recordings share: what one of them built and compiled, the next one of the same structure finds."""

    __slots__ = ("graph", "leaves", "made", "programs", "repeated", "strict")

    def __init__(self, strict: bool) -> None:
        self.graph = Graph(strict)
        self.strict = strict
        self.made: dict[Hashable, tuple[Node, ...]] = {}
        self.leaves: dict[Hashable, Node] = {}
        self.repeated: dict[Node, list[Node]] = {}
        self.programs: dict[Hashable, Any] = {}

    @property
    def full(self) -> bool:
        return self.graph.count > MANY_NODES or len(self.programs) > MANY_PROGRAMS

    def leaf(self, place: Hashable, shape: Any, kind: str, dtype: str) -> Node:
        """The node of the value that comes in at a place of a recording."""
        key = (place, shape, kind, dtype)
        found = self.leaves.get(key)
        if found is None:
            found = self.leaves[key] = leaf(self.graph, "", dtype, shape, kind)
        return found

    def build(self, key: Hashable, build: Build, operands: tuple[Node, ...]) -> tuple[Node, ...]:
        """The nodes of an operation; each result is a place of its own, which no simplification looks into."""
        found = self.made.get((key, operands))
        if found is None:
            results = build(*operands)
            listed = results if isinstance(results, (list, tuple)) else [results]
            found = self.made[key, operands] = tuple([self.place(each, 0) for each in listed])
        return found

    def place(self, node: Node, time: int) -> Node:
        """The node under a name of its own, for the nth time that a recording has it."""
        places = self.repeated.setdefault(node, [])
        while len(places) <= time:
            attributes = ("", len(places))
            places.append(self.graph.create(ROLES["alias"], (node,), attributes, node.shape, node.kind))
        return places[time]
