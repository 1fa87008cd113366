"""Small tensors taken apart: a graph on tensors becomes one on scalars, so that each element has a lane of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from math import prod
from typing import Any, NamedTuple

import numpy as np

from .graph import Graph, Node, Operand
from .op import OPS, Op, constant, leaf
from .program import TRANSPARENT
from .run.array import meaning
from .shape import axes_of, known

# A larger tensor is left whole: code for each of its elements would take longer to make than it saves.
MAX_ELEMENTS = 64
# Once a program has grown to so many steps, further tensors are left whole.
MAX_STEPS = 100_000


class Element:
    """A scalar node inside an object array. What NumPy cannot do by adding and multiplying elements, it must refuse."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node

    def __add__(self, other: Element | float) -> Element:
        return Element(self.node + operand(other))

    def __radd__(self, other: Element | float) -> Element:
        return Element(operand(other) + self.node)

    def __sub__(self, other: Element | float) -> Element:
        return Element(self.node - operand(other))

    def __rsub__(self, other: Element | float) -> Element:
        return Element(operand(other) - self.node)

    def __mul__(self, other: Element | float) -> Element:
        return Element(self.node * operand(other))

    def __rmul__(self, other: Element | float) -> Element:
        return Element(operand(other) * self.node)

    def __neg__(self) -> Element:
        return Element(-self.node)

    def _refuse(self, *_: object) -> bool:
        raise TypeError("the value of an element is not known yet")

    # np.where, np.max, np.sort and the like would take any object for true, or compare by identity.
    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __hash__ = None  # type: ignore[assignment]  # as Python has it for what cannot be hashed


def operand(value: Element | float) -> Operand:
    """What stands behind an element of an object array."""
    return value.node if isinstance(value, Element) else float(value)


class Unrolled(NamedTuple):
    """A graph taken apart.

    parts: the scalar nodes of each original node that was taken apart, as an object array of its shape. sources: for
    each leaf of the new graph, the original node and the place in it that its value comes from. whole: the original
    nodes that stay tensors, in order. elements: the parts of any node, made if there are none yet.
    """

    parts: dict[Node, Any]
    sources: dict[Node, tuple[Node, int]]
    whole: tuple[Node, ...]
    elements: Callable[[Node], Any]


def unroll(nodes: Iterable[Node], given: Collection[Node], possible: Callable[[Op], bool]) -> Unrolled:
    """Takes apart the nodes, which are in topological order, wherever `possible` says that an operator can be done so.

    The nodes in `given` come from outside; they are taken apart, too, when an operation needs their elements.
    """
    nodes = list(nodes)
    graph = Graph(nodes[0].graph.strict) if nodes else Graph()
    parts: dict[Node, Any] = {}
    sources: dict[Node, tuple[Node, int]] = {}
    whole: list[Node] = []

    def elements(node: Node) -> Any:
        """The parts of a node; those of one that stays whole or comes from outside are leaves."""
        found = parts.get(node)
        if found is None:
            found = objects(node)
            for place in range(found.size):
                part = found.flat[place] = leaf(graph, "", "part", (), node.kind)
                sources[part] = (node, place)
            parts[node] = found
        return found

    for node in nodes:
        if node in given:
            continue
        found = None
        if graph.count < MAX_STEPS and small(node) and all(small(each) for each in node.inputs):
            found = taken_apart(node, elements, graph, possible)
        if found is None:
            whole.append(node)
        else:
            parts[node] = found
    return Unrolled(parts, sources, tuple(whole), elements)


def objects(node: Node) -> Any:
    """An object array of a node's shape, to be filled."""
    sizes = known(node.shape)
    assert sizes is not None, "only nodes of known shape are taken apart"
    return np.empty(sizes, dtype=object)


def small(node: Node) -> bool:
    """Whether a node has few elements, and a known number of them."""
    if node.shape == ():
        return True
    sizes = known(node.shape)
    return sizes is not None and prod(sizes) <= MAX_ELEMENTS


def taken_apart(node: Node, elements: Callable[[Node], Any], graph: Graph, possible: Callable[[Op], bool]) -> Any:
    """The scalar nodes of a node from those of its inputs; None where that cannot be done."""
    op = node.op
    if op.role == "constant":
        return filled(node, constant(graph, node.attributes[0], node.kind))
    if op.role in TRANSPARENT:
        return elements(node.inputs[0])
    if not node.inputs:
        return numbers(node, graph)
    if op.elementwise or op.role == "number":
        if not possible(op):
            return None
        if node.shape == ():
            parts = tuple(elements(each)[()] for each in node.inputs)
            return filled(node, graph.intern(op, parts, node.attributes, (), node.kind))
        inputs = np.broadcast_arrays(*[elements(each) for each in node.inputs])
        found = objects(node)
        for place in range(found.size):
            operands = tuple(each.flat[place] for each in inputs)
            found.flat[place] = graph.intern(op, operands, node.attributes, (), node.kind)
        return found
    return moved(node, elements, graph)


def filled(node: Node, part: Node) -> Any:
    """The same scalar node in every place."""
    found = objects(node)
    found.fill(part)
    return found


def numbers(node: Node, graph: Graph) -> Any:
    """A tensor of numbers as constants; None for a leaf, whose value is not in the graph."""
    if node.op.role == "leaf":
        return None
    value = np.asarray(meaning(node.op)(*node.attributes))
    found = objects(node)
    for place in range(found.size):
        found.flat[place] = constant(graph, float(value.flat[place]), node.kind)
    return found


def moved(node: Node, elements: Callable[[Node], Any], graph: Graph) -> Any:
    """What an operator on tensors makes of elements: its array meaning, where that only adds, multiplies and moves them,
    or what it joins them by."""
    op = node.op
    inputs = [elements(each) for each in node.inputs]
    try:
        if op.fold and OPS[op.fold].elementwise:
            result = joined(OPS[op.fold], inputs[0], *node.attributes)
        else:
            result = meaning(op)(*[wrapped(each) for each in inputs], *node.attributes)
    except Exception:  # whatever NumPy says of objects, the operator then runs on whole tensors
        return None
    result = np.asarray(result, dtype=object)
    if result.shape != node.shape:
        return None
    found = objects(node)
    for place, value in enumerate(result.flat):
        part = found.flat[place] = scalar_node(value, graph)
        if part.kind != node.kind:
            return None
    return found


def joined(op: Op, parts: Any, axis: int | tuple[int, ...] | None, keepdims: bool) -> Any:
    """The scalar nodes along some axes joined two at a time."""
    for place in reversed(axes_of(axis, parts.ndim)):
        parts = np.frompyfunc(op, 2, 1).reduce(parts, axis=place, keepdims=keepdims)
    return parts


def wrapped(parts: Any) -> Any:
    """The scalar nodes as elements, which refuse what cannot be known of them."""
    array = np.empty(parts.shape, dtype=object)
    for place, part in enumerate(parts.flat):
        array.flat[place] = Element(part)
    return array


def scalar_node(value: Any, graph: Graph) -> Node:
    """What is in one place of a result: an element, a node, or a number."""
    if isinstance(value, np.ndarray):  # an element that was assigned as an array of rank 0
        value = value.item()
    if isinstance(value, Element):
        return value.node
    return value if isinstance(value, Node) else constant(graph, float(value))
