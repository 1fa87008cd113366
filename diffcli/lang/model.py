"""What a file means: a graph with names, targets and expectations. Made by `lower`, read by every command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..diagnostic import Diagnostic
from ..engine.graph import Graph, Node
from ..engine.layer import Layer
from ..source import Position, Source, Span
from .code import offsets
from .paths import NO_PATHS, Paths

# `start` and `end` offsets with their source: a plain tuple, since every node of a large file has one.
Place = tuple[Source, int, int]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A declared name: its node, the node of its value if it has one, and what the declaration says beside."""

    name: str
    kind: str
    node: Node
    value: Node | None
    place: Place
    fed: bool = False
    uncertainty: Node | None = None
    bounds: tuple[Node, Node] | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One `expect` line, lowered: what is compared, how, and within what tolerance."""

    place: Place
    text: str
    value: Any = None
    comparison: str | None = None
    other: Any = None
    tolerance: Node | None = None
    refusal: str | None = None
    refused: tuple[Diagnostic, ...] = ()


class Origins:
    """Where the user wrote the nodes of a graph: three numbers for each node, small where the text of that size is long."""

    __slots__ = ("ends", "numbers", "sources", "starts", "which")

    def __init__(self, size: int = 0) -> None:
        self.sources: list[Source] = []
        self.numbers: dict[int, int] = {}  # of a source, from its identity: to compare texts would take long
        self.which = offsets(size)  # 0: not written by the user; else one more than the place in `sources`
        self.starts = offsets(size)
        self.ends = offsets(size)

    def __contains__(self, node: Node) -> bool:
        return node.order < len(self.which) and bool(self.which[node.order])

    def get(self, node: Node | None) -> Place | None:
        """The place of a node, None for one that differentiation made."""
        if node is None or node not in self:
            return None
        order = node.order
        return self.sources[self.which[order] - 1], self.starts[order], self.ends[order]

    def __setitem__(self, node: Node, place: Place) -> None:
        source, start, end = place
        number = self.numbers.get(id(source))
        if number is None:
            self.sources.append(source)
            number = self.numbers[id(source)] = len(self.sources)
        order, missing = node.order, node.order + 1 - len(self.which)
        if missing > 0:
            for column in (self.which, self.starts, self.ends):
                column.extend([0] * missing)
        self.which[order], self.starts[order], self.ends[order] = number, start, end


@dataclass(slots=True)
class Model:
    """A file as a graph. `names` holds the latest meaning of each name: a node, a list, or the reason of a none."""

    source: Source
    graph: Graph
    dtype: str = "float64"
    names: dict[str, Any] = field(default_factory=dict)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    minimize: str | None = None
    cases: list[Case] = field(default_factory=list)
    origins: Origins = field(default_factory=Origins)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    defined: dict[str, None] = field(default_factory=dict)  # named expressions, in the order of the file
    paths: Paths = NO_PATHS

    def span(self, node: Node) -> Span | None:
        """Where the user wrote the node; for a node that differentiation made, None."""
        place = self.origins.get(node)
        return Span(*place) if place is not None else None

    def position(self, node: Node) -> Position | None:
        """Where the user wrote the node, with the file's name when it is a file that this one uses."""
        span = self.span(node)
        if span is None:
            return None
        found = span.position()
        if span.source is self.source:
            return found
        return Position(found.line, found.column, found.end_line, found.end_column, span.source.name)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers in the order of the file."""
        return tuple(self.graph.layers.values())

    def source_node(self, name: str) -> Any:
        """The node that a name means as a source: what was declared, before any rebinding."""
        leaf = self.leaves.get(name)
        return leaf.node if leaf is not None else self.names.get(name)
