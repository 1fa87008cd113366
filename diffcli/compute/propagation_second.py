"""The terms of second order: what curvature adds to a value and its variance (note to JCGM 100, 5.1.2).

With x = x0 + L z, z independent and normal, g the gradient and H the Hessian by z: the value gains tr(H) / 2, and the variance
tr(H²) / 2 + g · ∇tr(H), which for independent sources are the terms of the note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from ..engine import diff
from ..engine.graph import Node, ancestors
from ..engine.op import ROLES, alias, constant
from ..engine.shape import known
from .propagation_sources import Point
from .values import flat, plain

# The check of every budget is left out where it would cost more than this: directions, and nodes times directions.
DIRECTIONS, WORK = 64, 200_000


class Curvature(NamedTuple):
    """Nodes of one target: its gradient, what the gradient does along each direction, and the slope of the trace of H."""

    gradient: Mapping[Node, Node]
    along: tuple[Mapping[Node, Node], ...]
    trace: Mapping[Node, Node]

    def nodes(self) -> list[Node]:
        """All that is to be computed."""
        return [node for part in (self.gradient, *self.along, self.trace) for node in part.values()]


class Second(NamedTuple):
    """What is added to the value and to the variance, and the names along which the first derivative alone vanishes."""

    shift: float
    quadratic: float
    cubic: float
    vanishing: tuple[str, ...]


def is_cheap(y: Node, point: Point) -> bool:
    """Whether the second derivatives of a target can be looked at unasked."""
    count = len(point.columns)
    return count <= DIRECTIONS and len(ancestors([y])) * count <= WORK


def curvature_of(y: Node, point: Point, xs: Sequence[Node]) -> Curvature:
    """The second and third derivatives of a target that the terms need."""
    found = diff.gradients([y], xs)
    # Places of their own: a gradient may be one of the sources.
    gradient = {x: alias(node, "") for x, node in zip(xs, found, strict=True) if node is not None}
    along, trace = [], constant(y.graph, 0.0)
    for column in point.columns:
        moved = directed(column, point, xs)
        seeds = {x: [contribution] for x, contribution in moved.items()}
        pushed = diff.push(list(gradient.values()), seeds)
        along.append({x: node for x, node in zip(gradient, pushed, strict=True) if node is not None})
        for x, node in along[-1].items():
            if x in moved:
                trace = trace + inner(node, moved[x])
    slopes = diff.gradients([alias(trace, "")], xs)
    return Curvature(
        gradient,
        tuple(along),
        {x: node for x, node in zip(xs, slopes, strict=True) if node is not None},
    )


def inner(node: Node, moved: diff.Contribution) -> Node:
    """The sum of products with a direction, of where it leads."""
    product = node * moved.value
    for condition, _ in moved.mask:
        product = ROLES["select"](condition, product, 0.0)
    return ROLES["sum"](product)


def directed(column: Sequence[tuple[int, float]], point: Point, xs: Sequence[Node]) -> dict[Node, diff.Contribution]:
    """A direction as a tangent of each source that it moves."""
    found = {}
    for x, start in zip(xs, point.starts, strict=True):
        sizes = known(x.shape) or ()
        count = prod(sizes)
        here = {place - start: length for place, length in column if start <= place < start + count}
        if not here:
            continue
        if not sizes:
            found[x] = diff.Contribution(constant(x.graph, here[0]))
            continue
        entries = tuple(here.get(place, 0.0) for place in range(count))
        vector = x.graph.intern(ROLES["tensor"], (), (sizes, entries), sizes, "float")
        # Zeros mean that nothing moves there, so they are not multiplied by what may be infinite.
        found[x] = diff.Contribution(vector, ((ROLES["not_equal"](vector, 0.0), True),))
    return found


def second_of(curvature: Curvature, point: Point, xs: Sequence[Node], values: Mapping[Node, Any], dtype: str) -> Second:
    """The terms, from the computed derivatives."""
    slopes = spread_out(curvature.gradient, xs, values, dtype)
    rows = [spread_out(each, xs, values, dtype) for each in curvature.along]
    slope_of_trace = spread_out(curvature.trace, xs, values, dtype)
    matrix = [[dot(column, row) for column in point.columns] for row in rows]
    cubic = sum(dot(column, slopes) * dot(column, slope_of_trace) for column in point.columns)
    vanishing = [
        leaf.name
        for leaf, start, end in zip(point.sources, point.starts, (*point.starts[1:], len(point.values)), strict=True)
        if not any(slopes[start:end]) and any(row[place] for row in rows for place in range(start, end))
    ]
    return Second(
        sum(row[place] for place, row in enumerate(matrix)) / 2,
        sum(entry * entry for row in matrix for entry in row) / 2,
        cubic,
        tuple(vanishing),
    )


def spread_out(part: Mapping[Node, Node], xs: Sequence[Node], values: Mapping[Node, Any], dtype: str) -> list[float]:
    """The numbers of a derivative, an entry per element of the sources."""
    result: list[float] = []
    for x in xs:
        count = prod(known(x.shape) or ())
        found = flat(plain(values[part[x]], x, dtype)) if x in part else [0.0]
        result += found * count if len(found) == 1 else found
    return result


def dot(column: Sequence[tuple[int, float]], numbers: Sequence[float]) -> float:
    """A derivative along a direction."""
    return sum(length * numbers[place] for place, length in column)
