"""Which elements of a target can depend on which elements of a source: the pattern of a Jacobian, from the graph alone.

Each node passes on what its inputs depend on, element by element (Griewank and Walther, Evaluating Derivatives, 2nd
edition, section 7.1: index domains). The pattern holds at every point: an entry that is not in it is 0 wherever the
graph is evaluated, while one that is in it may happen to be 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from .diff import between
from .graph import Node
from .op import leaf
from .pattern import MOST, Crowded, Pattern, chosen, empty, full, identity, product, transposed, united
from .probing import Fixed, probed, size
from .program import TRANSPARENT
from .shape import OperandError, known

HINT = "ask for fewer targets or sources, or for products with the matrix: jvp, vjp, hvp"

# What passes from an input to a node: the element of the input behind each element of the node, or a pattern where
# that can be none or several.
Link = Any


def pattern(y: Node, x: Node, barrier: Collection[Node] = frozenset()) -> Pattern:
    """Which elements of the target (rows) can depend on which elements of the source (columns).

    Exact as far as operators move, add and multiply elements. An operator that chooses by values, such as sort, is
    taken to depend on all elements. Nothing flows past the nodes of `barrier`. OperandError when there are too many.
    """
    try:
        try:
            return _last(forward(y, x, barrier), y, x)
        except Crowded:
            return full(size(y), size(x))
    except Crowded:
        raise OperandError(
            "limit",
            f"the matrix of {size(y)} by {size(x)} derivatives has more than {MOST} entries",
            HINT,
        ) from None


def _last(found: Iterator[tuple[Node, Pattern]], y: Node, x: Node) -> Pattern:
    for node, each in found:
        if node is y:
            return each
    return empty(size(y), size(x))


def forward(
    y: Node, x: Node, barrier: Collection[Node] = frozenset(), within: Fixed | None = None
) -> Iterator[tuple[Node, Pattern]]:
    """For each node on the way to the target, what each of its elements depends on; kept no longer than needed.

    With `within` the target is the tangent of an operator along x: it is linear in x, whatever it is made of.
    """
    path = sorted(between([y], [x], barrier), key=lambda each: each.order)
    last = {parent: node for node in path for parent in node.inputs}
    patterns: dict[Node, Pattern] = {}
    fixed = Fixed(x) if within is None else within
    for node in path:
        if node is x:
            patterns[node] = identity(size(x))
        else:
            found = [
                passed(link, patterns[parent]) for parent, link in links(node, patterns, fixed, within is not None)
            ]
            patterns[node] = united(found)
        yield node, patterns[node]
        for parent in {*node.inputs}:
            if last[parent] is node:
                patterns.pop(parent, None)


def backward(y: Node, x: Node, barrier: Collection[Node] = frozenset()) -> dict[Node, Pattern]:
    """For each node on the way from the source, which elements of the target each of its elements reaches."""
    path = between([y], [x], barrier)
    arrived: dict[Node, list[Pattern]] = {y: [identity(size(y))]}
    patterns: dict[Node, Pattern] = {}
    fixed = Fixed(x)
    for node in sorted(path, key=lambda each: each.order, reverse=True):
        if node not in arrived:
            continue
        patterns[node] = united(arrived.pop(node))
        if node not in barrier:
            for parent, link in links(node, path, fixed):
                back = transposed(as_pattern(link, size(node), size(parent)))
                arrived.setdefault(parent, []).append(product(back, patterns[node]))
    return patterns


def passed(link: Link, behind: Pattern) -> Pattern:
    """What a node depends on through an input with a given pattern."""
    if link is None:
        return behind
    return product(link, behind) if isinstance(link, Pattern) else chosen(behind, link)


def as_pattern(link: Link, rows: int, columns: int) -> Pattern:
    """A link as the pattern of the derivative of the node by its input."""
    if isinstance(link, Pattern):
        return link
    return identity(rows) if link is None else Pattern(columns, np.arange(rows + 1), link)


def links(node: Node, moving: Collection[Node], fixed: Fixed, linear: bool = False) -> list[tuple[Node, Link]]:
    """The inputs that a derivative flows to, each with which of its elements are behind which of the node's."""
    op = node.op
    flowing = [place for place, parent in enumerate(node.inputs) if parent in moving and not op.cuts(node, place)]
    if op.elementwise or op.role in TRANSPARENT:
        return [(node.inputs[place], stretched(node.inputs[place], node)) for place in flowing]
    if linear or op.jvp in ("linear", "joint"):
        found = probed(node, flowing, fixed)
    else:
        found = [tangent_pattern(node, place, fixed) for place in flowing]
    return [(node.inputs[place], link) for place, link in zip(flowing, found, strict=True)]


def stretched(parent: Node, node: Node) -> Link:
    """Which element of an input is behind each element of an element-wise node; None for the one in the same place."""
    if parent.shape == node.shape:
        return None
    places = np.arange(size(parent)).reshape(known(parent.shape))
    return np.broadcast_to(places, known(node.shape) or ()).ravel()


def tangent_pattern(node: Node, place: int, fixed: Fixed) -> Pattern:
    """The pattern of the derivative of a node by one input, read off the rule for its tangent."""
    parent = node.inputs[place]
    tangent = leaf(node.graph, "", "tangent", parent.shape)
    fixed.varying.add(tangent)
    rule = node.op.jvp
    try:
        moved = rule[place](tangent, node) if isinstance(rule, tuple) else rule(tangent, node, place)  # type: ignore[operator, misc]  # an operator that moves has a rule
        found = _last(forward(moved, tangent, within=fixed), moved, tangent)
    except (Crowded, OperandError):
        return full(size(node), size(parent))
    link = stretched(moved, node)
    return found if link is None else chosen(found, link)


def joinable(y: Node, x: Node, barrier: Collection[Node] = frozenset()) -> bool:
    """Whether one sweep can stand for several, each seed for itself.

    Not under TensorFlow's rules, whose NaN depend on the seed, nor through a gradient of the user's own: that may be
    any function of what arrives, and need not be 0 where nothing does.
    """
    return not (y.graph.strict or any(node.op.role == "custom" for node in between([y], [x], barrier)))


def symmetric(ys: Sequence[Node], x: Node, barrier: Collection[Node] = frozenset()) -> bool:
    """Whether the computed second derivatives are symmetric at every point.

    Not so sure where a rule is not the derivative of its operator, or where a convention about several operands decides,
    as that of x**y at negative x.
    """
    path = between(ys, [x], barrier)
    for node in path:
        flowing = sum(parent in path and not node.op.cuts(node, place) for place, parent in enumerate(node.inputs))
        if node.op.role in ("custom", "straight") or (node.op.conventions and (flowing > 1 or not node.op.elementwise)):
            return False
    return True
