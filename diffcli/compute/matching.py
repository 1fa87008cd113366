"""Patterns over the graph: whether an expression has the form of another, and what stands in its places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..engine.graph import INFIX, Graph, Node
from ..engine.op import Op, is_constant, leaf
from ..engine.ops.arithmetic import power, square
from ..engine.ops.elementary import sqrt
from ..engine.program import TRANSPARENT

PLACES = "abcd"
Bound = Mapping[Node, Node]


class Match(NamedTuple):
    """What a pattern found: the nodes in its places, and the axis and keepdims of its reductions if they were given."""

    places: tuple[Node, ...]
    statics: tuple[Any, ...]
    covered: frozenset[Node]


class Pattern(NamedTuple):
    """An expression with places; `reductions` may have any axis, the same one throughout."""

    target: Node
    places: tuple[Node, ...]


def pattern(build: Callable[..., Node], count: int, shape: tuple[int, ...]) -> Pattern:
    """The pattern of an expression of so many places, written with the operators themselves."""
    graph = Graph()
    places = tuple(leaf(graph, PLACES[index], "input", shape) for index in range(count))
    return Pattern(build(*places), places)


def through(node: Node) -> Node:
    """The node that a name stands for."""
    while node.op.role in TRANSPARENT:
        node = node.inputs[0]
    return node


class State(NamedTuple):
    """How far a match has come."""

    bound: dict[Node, Node]
    statics: tuple[Any, ...]
    covered: frozenset[Node]


def match(form: Pattern, node: Node) -> Match | None:
    """What stands in the places of the pattern, None where the node has another form."""
    state = _fits(form.target, node, State({}, (), frozenset()))
    if state is None or any(place not in state.bound for place in form.places):
        return None
    return Match(tuple(state.bound[place] for place in form.places), state.statics, state.covered)


def _fits(form: Node, given: Node, state: State) -> State | None:
    """One node of a pattern against one of the graph. It recurses over the pattern, which is ours and small."""
    node = through(given)
    if form.op.role == "leaf":
        before = state.bound.get(form)
        if before is not None:
            return state if through(before) is node else None
        return state._replace(bound=state.bound | {form: given})
    if form.op.role == "constant":
        return state if is_constant(node, form.attributes[0]) else None
    inputs = _inputs_as(form.op, node)
    if inputs is None or len(inputs) != len(form.inputs):
        return None
    state = state._replace(covered=state.covered | {node})
    if form.op is node.op and form.attributes != node.attributes:
        # Only the axes of a reduction may differ from the pattern, and all of them in the same way.
        if len(node.attributes) < 1 or (state.statics and state.statics != node.attributes):
            return None
        state = state._replace(statics=node.attributes)
    orders = [inputs, inputs[::-1]] if form.op in (INFIX["+"], INFIX["*"]) else [inputs]
    for order in orders:
        found: State | None = state
        for part, parent in zip(form.inputs, order, strict=True):
            found = _fits(part, parent, found) if found is not None else None
        if found is not None:
            return found
    return None


def _inputs_as(op: Op, node: Node) -> tuple[Node, ...] | None:
    """The operands of the node read as that operator: x * x and x**2 are squares, x**0.5 is a root."""
    if node.op is op:
        return node.inputs
    if op is square and (
        (node.op is power and is_constant(node.inputs[1], 2.0))
        or (node.op is INFIX["*"] and through(node.inputs[0]) is through(node.inputs[1]))
    ):
        return node.inputs[:1]
    if op is sqrt and node.op is power and is_constant(node.inputs[1], 0.5):
        return node.inputs[:1]
    return None
