"""Rewrites before computing: the same numbers, bit for bit in double precision, from fewer or cheaper operations.

A rule is the `lower` of an operator. It holds for all floats: signed zeros, subnormals, infinities and NaN, and where a
result overflows. What is shown to a user, or differentiated again, is the graph as it was. In single precision an
operator that is written out in several is rounded several times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from .graph import Node, ancestors
from .op import constant, is_constant
from .program import TRANSPARENT


def lowered(targets: Iterable[Node], fed: Collection[Node] = frozenset()) -> list[Node]:
    """Nodes of the same values as the targets, for a program; nodes in `fed` are given from outside and stay."""
    targets = list(targets)
    done = {node: node for node in fed}
    nodes = [node for node in ancestors(targets, stop=done.__contains__) if node not in done]
    taken_up = _taken_up(nodes, targets)
    final = set(fed)
    for node in nodes:
        done[node] = _lowered(node, done, final, node in taken_up)
    return [done[target] for target in targets]


def _taken_up(nodes: Sequence[Node], targets: Sequence[Node]) -> set[Node]:
    """The products whose sign costs nothing: it ends in additions, which become subtractions, wherever they are used."""
    stuck = set(targets)
    for node in reversed(nodes):
        passing = _is(node, "*", "/") or node.op.role in TRANSPARENT
        if not (_is(node, "+", "-", "neg") or (passing and node not in stuck)):
            stuck.update(node.inputs)
    return {node for node in nodes if _is(node, "*", "/") and node not in stuck}


def _is(node: Node, *signs: str) -> bool:
    return node.op.infix in signs and node.kind == "float"


def _lowered(node: Node, done: dict[Node, Node], final: set[Node], unsigned: bool = False) -> Node:
    """The final form of a node; `done` has that of its inputs, `final` all nodes that are one."""
    if node in final:
        return node
    inputs = tuple([done.get(parent, parent) for parent in node.inputs])
    if node.op.role in TRANSPARENT:
        return inputs[0]
    fresh = node if inputs == node.inputs else node.op.rebuild(node, inputs)
    better = (
        _folded(fresh)
        or (_sign_outside(fresh) if unsigned and _is(fresh, "*", "/") else None)
        or (fresh.op.lower(*fresh.inputs) if fresh.op.lower is not None else None)
    )
    if better is not None and better.shape == node.shape and better.kind == node.kind:
        # A rule may make several nodes, and none of them may be final.
        made: dict[Node, Node] = {}
        for each in ancestors([better], stop=final.__contains__):
            made[each] = _lowered(each, made, final)
        fresh = made[better]
    final.add(fresh)
    return fresh


def _sign_outside(node: Node) -> Node | None:
    """(-a) * b as -(a * b). Sums keep their signs: -(a + b) and -a - b differ in the sign of a zero."""
    first, second = [each.inputs[0] if _is(each, "neg") else each for each in node.inputs]
    if (first, second) == node.inputs:
        return None
    bare = node.op(first, second)
    return bare if first is not node.inputs[0] and second is not node.inputs[1] else -bare


def _folded(node: Node) -> Node | None:
    """The constant that an operation on constants is."""
    scalar = node.op.scalar
    if scalar is None or node.shape != () or not node.inputs:
        return None
    for each in node.inputs:
        if not is_constant(each):
            return None
    return constant(node.graph, scalar(*[each.attributes[0] for each in node.inputs], *node.attributes), node.kind)


def in_parts(targets: Sequence[Node], fed: Collection[Node]) -> list[Node]:
    """Nodes of the same values as the targets from smaller operators, where an operator says how."""
    done = {node: node for node in fed}
    for node in ancestors(targets, stop=done.__contains__):
        if node in done:
            continue
        operands = tuple(done[each] for each in node.inputs)
        fresh = node if operands == node.inputs else node.op.rebuild(node, operands)
        parts = fresh.op.parts(*fresh.inputs, *fresh.attributes) if fresh.op.parts is not None else None
        done[node] = parts if parts is not None and (parts.shape, parts.kind) == (node.shape, node.kind) else fresh
    return [done[target] for target in targets]
