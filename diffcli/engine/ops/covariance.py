"""Uncertainties to first order: what a variance consists of, in nodes (JCGM 100, 5.1 and 5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan, prod
from typing import NamedTuple

from .. import diff
from ..graph import Node
from ..op import ROLES, constant
from ..shape import OperandError, broadcast, known, text
from .arithmetic import multiply
from .elementary import sqrt
from .piecewise import less, where
from .reductions import sum as total
from .shaping import reshape

Correlations = Mapping[tuple[Node, Node], Node]

# A variance so little below 0, as a part of its terms, is 0 that was rounded, or made of correlations that were.
ROUNDED = 1e-6


class Term(NamedTuple):
    """What one source, or two that are correlated, add to a variance or covariance."""

    first: Node
    second: Node
    node: Node


def slopes_of(y: Node, sources: Sequence[Node]) -> dict[Node, Node]:
    """The derivative of a scalar by each source that a differentiable path leads to."""
    found = diff.gradients([y], sources)
    return {source: slope for source, slope in zip(sources, found, strict=True) if slope is not None}


def moved(slopes: Mapping[Node, Node], deviations: Mapping[Node, Node]) -> dict[Node, Node]:
    """How far each source moves the result when it is off by its standard uncertainty."""
    return {source: slope * deviations[source] for source, slope in slopes.items()}


def terms(left: Mapping[Node, Node], right: Mapping[Node, Node], correlations: Correlations) -> list[Term]:
    """The terms of the covariance of two results that the sources move so far; of a variance where both are one."""
    found = [Term(x, x, total(multiply(left[x], right[x]))) for x in left if x in right]
    for (first, second), strength in correlations.items():
        if first is second and not first.shape:
            continue  # a number is itself
        nodes = []
        if first in left and second in right:
            nodes.append(crossed(strength, first, second, left[first], right[second]))
        if first is not second and second in left and first in right:
            nodes.append(crossed(strength, first, second, right[first], left[second]))
        if nodes:
            found.append(Term(first, second, added(nodes)))
    return found


def crossed(strength: Node, first: Node, second: Node, a: Node, b: Node) -> Node:
    """The sum of products of what two sources do, element by element, each with its correlation."""
    if is_matrix(first, second, strength):
        a = reshape(a, (*first.shape, *(1 for _ in second.shape)))
    fitting = broadcast(a.shape, b.shape)
    if broadcast(strength.shape, fitting) != fitting:
        raise OperandError("shape", f"a correlation of shape {text(strength.shape)} does not fit {text(fitting)}")
    if first is second:
        strength = strength * off_diagonal(first)
    return total(strength * (a * b))


def is_matrix(first: Node, second: Node, strength: Node) -> bool:
    """Whether each element of one source is correlated with each of the other, and not the two in the same place."""
    both = first.shape != () != second.shape
    return both and (first is second or strength.shape == (*first.shape, *second.shape))


def off_diagonal(x: Node) -> Node:
    """1 for two elements, 0 for an element and itself."""
    sizes = known(x.shape)
    if sizes is None:
        raise OperandError("shape", f"a correlation needs known sizes, not {text(x.shape)}", "give the inputs by --at")
    count = prod(sizes)
    flat = tuple(float(place % (count + 1) != 0) for place in range(count * count))
    return x.graph.intern(ROLES["tensor"], (), ((*sizes, *sizes), flat), (*sizes, *sizes), "float")


def variance(found: Sequence[Term]) -> Node | None:
    """The sum of the terms; a result that is 0 but for rounding is 0. None without terms."""
    if not found:
        return None
    squares = added([each.node for each in found if each.first is each.second])
    whole = added([each.node for each in found])
    if len(found) == len({each.first for each in found if each.first is each.second}):
        return whole  # squares alone
    below = where(less(whole, -ROUNDED * squares), constant(whole.graph, nan), 0.0)
    return where(less(whole, 0.0), below, whole)


def added(nodes: Sequence[Node]) -> Node:
    """The sum of nodes, from first to last."""
    result = nodes[0]
    for node in nodes[1:]:
        result = result + node
    return result


def deviation(found: Sequence[Term], y: Node) -> Node:
    """The standard uncertainty that the terms of a variance come to."""
    whole = variance(found)
    return diff.filled(y, 0.0) if whole is None else sqrt(whole)
