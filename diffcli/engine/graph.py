"""The op graph: interned nodes, so that an expression that occurs twice is one node and is computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

from .shape import OperandError, Shape

if TYPE_CHECKING:
    from .layer import Layer
    from .op import Op
    from .tape import Record

# What `a + b` builds when a rule is written with Python's operators; filled by `define(..., infix=...)`.
INFIX: dict[str, Callable[..., Node]] = {}


class Node:
    """One operation of a graph: its operator, input nodes, attributes, shape and kind ("float", "int" or "bool").

    `order` grows with creation, so sorting by it is a topological order. Equality is identity: interning makes
    equal expressions the same object.
    """

    __slots__ = ("attributes", "graph", "inputs", "kind", "op", "order", "shape")

    def __init__(
        self, graph: Graph, op: Op, inputs: tuple[Node, ...], attributes: tuple[Any, ...], shape: Shape, kind: str
    ) -> None:
        self.graph = graph
        self.op = op
        self.inputs = inputs
        self.attributes = attributes
        self.shape = shape
        self.kind = kind
        self.order = graph.count

    def __repr__(self) -> str:
        return f"<{self.op.name} #{self.order}>"

    def __add__(self, other: Operand) -> Node:
        return INFIX["+"](self, other)

    def __radd__(self, other: Operand) -> Node:
        return INFIX["+"](other, self)

    def __sub__(self, other: Operand) -> Node:
        return INFIX["-"](self, other)

    def __rsub__(self, other: Operand) -> Node:
        return INFIX["-"](other, self)

    def __mul__(self, other: Operand) -> Node:
        return INFIX["*"](self, other)

    def __rmul__(self, other: Operand) -> Node:
        return INFIX["*"](other, self)

    def __truediv__(self, other: Operand) -> Node:
        return INFIX["/"](self, other)

    def __rtruediv__(self, other: Operand) -> Node:
        return INFIX["/"](other, self)

    def __matmul__(self, other: Operand) -> Node:
        return INFIX["@"](self, other)

    def __pow__(self, other: Operand) -> Node:
        return INFIX["**"](self, other)

    def __rpow__(self, other: Operand) -> Node:
        return INFIX["**"](other, self)

    def __neg__(self) -> Node:
        return INFIX["neg"](self)


Operand = Node | float


class Graph:
    """A table of interned nodes. `strict` asks for TensorFlow's numbers where ours differ; `limit` bounds the nodes.

    `nodes` has all of them in the order of creation: `nodes[node.order] is node`.
    """

    __slots__ = (
        "bound",
        "constants",
        "correlations",
        "count",
        "deviations",
        "layers",
        "limit",
        "nodes",
        "record",
        "seed",
        "stops",
        "strict",
        "tables",
    )

    def __init__(self, strict: bool = False, limit: int = 50_000_000) -> None:
        self.nodes: list[Node] = []
        # A table per operator, whose key is the very tuple of inputs that the node has: a key of its own for each
        # node would take as much memory as the node.
        self.tables: dict[Op, dict[tuple[Any, ...], Node]] = {}
        self.constants: dict[Any, Node] = {}
        self.bound: dict[Node, Node] = {}  # a declared constant -> the node of its value
        self.count = 0
        self.limit = limit
        self.strict = strict
        self.record: Record | None = None
        self.stops: frozenset[Node] = frozenset()  # the nodes of `stop` statements
        self.deviations: dict[Node, Node] = {}  # a declared name -> the node of its standard uncertainty
        self.correlations: dict[tuple[Node, Node], Node] = {}
        self.layers: dict[str, Layer] = {}  # by name, in the order in which they were called
        self.seed = 0  # of the initial values of layers that have no seed of their own

    @property
    def full(self) -> bool:
        """Whether no node can be added."""
        return self.count >= self.limit

    def intern(self, op: Op, inputs: tuple[Node, ...], attributes: tuple[Any, ...], shape: Shape, kind: str) -> Node:
        """The one node with this operator, inputs and attributes."""
        table = self.tables.get(op)
        if table is None:
            table = self.tables[op] = {}
        key = (inputs, attributes) if attributes else inputs
        node = table.get(key)
        if node is None:
            node = table[key] = self.create(op, inputs, attributes, shape, kind)
        return node

    def create(self, op: Op, inputs: tuple[Node, ...], attributes: tuple[Any, ...], shape: Shape, kind: str) -> Node:
        """A node of its own, whatever equal ones there are."""
        if self.count >= self.limit:
            raise OperandError("limit", f"more than {self.limit} nodes")
        return self.add(op, inputs, attributes, shape, kind)

    def add(self, op: Op, inputs: tuple[Node, ...], attributes: tuple[Any, ...], shape: Shape, kind: str) -> Node:
        """The same without a look at the limit: for constants, since a table of numbers is no large graph."""
        node = Node(self, op, inputs, attributes, shape, kind)
        self.nodes.append(node)
        self.count += 1
        return node


# From how many nodes on, and from which part of the graph on, a byte for each node is less than a set.
MANY = 10_000
PART = 16


class Nodes:
    """Some nodes of one graph in topological order; they are added in that order. `has` is `in` at less cost."""

    __slots__ = ("_mark", "has", "ordered")

    def __init__(self, among: Sequence[Node]) -> None:
        self.ordered: list[Node] = []
        self.has: Callable[[Node], bool]
        self.has, self._mark = marks(among)

    def add(self, node: Node) -> None:
        """Adds one of the nodes that these are among, later than all before it."""
        self.ordered.append(node)
        self._mark(node)

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Node) and self.has(node)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.ordered)

    def __len__(self) -> int:
        return len(self.ordered)

    def __and__(self, others: Iterable[Node]) -> set[Node]:
        return set(filter(self.has, others))


def is_large(nodes: Sequence[Node]) -> bool:
    """Whether a place for each node of the graph takes less memory than a table of these nodes."""
    return len(nodes) >= MANY and len(nodes) * PART >= nodes[0].graph.count


def marks(among: Sequence[Node]) -> tuple[Callable[[Node], bool], Callable[[Node], None]]:
    """The two functions of a set for nodes out of these: whether one is there, and to add one."""
    if not is_large(among):
        found: set[Node] = set()
        return found.__contains__, found.add
    size = among[-1].order + 1
    table = bytearray(size)

    def has(node: Node) -> bool:
        return node.order < size and table[node.order] == 1

    def mark(node: Node) -> None:
        table[node.order] = 1

    return has, mark


def ancestors(targets: Iterable[Node], stop: Callable[[Node], bool] | None = None) -> list[Node]:
    """Every node that the targets depend on, themselves included, in topological order.

    Nodes for which `stop` holds are included, their inputs only when reached another way.
    """
    seen = set(targets)
    stack = list(seen)
    enough = max(MANY, stack[0].graph.count // PART) if stack else 0
    while stack:
        node = stack.pop()
        if stop is not None and stop(node):
            continue
        for parent in node.inputs:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
        if len(seen) > enough:
            return _scanned(node.graph, seen, stop)
    return sorted(seen, key=_order)


def _scanned(graph: Graph, found: Iterable[Node], stop: Callable[[Node], bool] | None) -> list[Node]:
    """The same for a large part of the graph, which is read backwards once with a mark for each node."""
    table = bytearray(graph.count)
    for node in found:
        table[node.order] = 1
    for node in reversed(graph.nodes):
        if table[node.order] and (stop is None or not stop(node)):
            for parent in node.inputs:
                table[parent.order] = 1
    return list(compress(graph.nodes, table))


def _order(node: Node) -> int:
    return node.order


def substitute(targets: Iterable[Node], replacements: dict[Node, Node]) -> list[Node]:
    """The targets rebuilt with some nodes replaced by others."""
    targets = list(targets)
    rebuilt: dict[Node, Node] = dict(replacements)
    for node in ancestors(targets, stop=rebuilt.__contains__):
        if node in rebuilt:
            continue
        if all(rebuilt[parent] is parent for parent in node.inputs):
            rebuilt[node] = node
        else:
            rebuilt[node] = node.op.rebuild(node, tuple(rebuilt[parent] for parent in node.inputs))
    return [rebuilt[target] for target in targets]
