"""The op graph: interned nodes, so that an expression that occurs twice is one node and is computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .shape import OperandError, Shape

if TYPE_CHECKING:
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

    def __neg__(self) -> Node:
        return INFIX["neg"](self)


Operand = Node | float


class Graph:
    """A table of interned nodes. `strict` asks for TensorFlow's numbers where ours differ; `limit` bounds the nodes."""

    __slots__ = (
        "bound",
        "constants",
        "correlations",
        "count",
        "deviations",
        "limit",
        "record",
        "stops",
        "strict",
        "table",
    )

    def __init__(self, strict: bool = False, limit: int = 50_000_000) -> None:
        self.table: dict[tuple[Any, ...], Node] = {}
        self.constants: dict[tuple[Any, ...], Node] = {}
        self.bound: dict[Node, Node] = {}  # a declared constant -> the node of its value
        self.count = 0
        self.limit = limit
        self.strict = strict
        self.record: Record | None = None
        self.stops: frozenset[Node] = frozenset()  # the nodes of `stop` statements
        self.deviations: dict[Node, Node] = {}  # a declared name -> the node of its standard uncertainty
        self.correlations: dict[tuple[Node, Node], Node] = {}

    def intern(self, op: Op, inputs: tuple[Node, ...], attributes: tuple[Any, ...], shape: Shape, kind: str) -> Node:
        """The one node with this operator, inputs and attributes."""
        key = (op, inputs, attributes)
        node = self.table.get(key)
        if node is None:
            if self.count >= self.limit:
                raise OperandError("limit", f"more than {self.limit} nodes")
            node = self.table[key] = Node(self, op, inputs, attributes, shape, kind)
            self.count += 1
        return node


def ancestors(targets: Iterable[Node], stop: Callable[[Node], bool] | None = None) -> list[Node]:
    """Every node that the targets depend on, themselves included, in topological order.

    Nodes for which `stop` holds are included, their inputs only when reached another way.
    """
    seen = set(targets)
    stack = list(seen)
    while stack:
        node = stack.pop()
        if stop is not None and stop(node):
            continue
        for parent in node.inputs:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=_order)


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
