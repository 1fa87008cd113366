"""Where derivatives are compared: the declared point, and points drawn in the declared bounds or around the values."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

from ..engine.graph import Node
from ..engine.run import execute
from ..engine.shape import known
from ..lang.model import Leaf
from .question import Question
from .values import demand, feeds_of, plain


class Point(NamedTuple):
    """Values of the declared names."""

    feeds: Mapping[Node, Any]
    names: tuple[tuple[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


def declared_point(question: Question, random: Random, asked: bool) -> Point:
    """The point that the file declares; inputs without a value are drawn where the user's own derivative is asked about."""
    model = question.model
    feeds, missing = feeds_of(model, [*question.ys, *question.xs, *bounds_of(question)])
    if missing and (not asked or any(leaf.node.shape != () for leaf in missing)):
        demand(model, missing)
    notes = []
    for leaf in missing:
        feeds[leaf.node] = drawn(leaf, 1.0, feeds, random)
        notes.append(f"`{leaf.name}` has no value: {feeds[leaf.node]} was drawn")
    return Point(feeds, names_of(question, feeds), tuple(notes))


def bounds_of(question: Question) -> list[Node]:
    """The nodes of all declared bounds."""
    return [node for leaf in question.model.leaves.values() for node in leaf.bounds or ()]


def names_of(question: Question, feeds: Mapping[Node, Any]) -> tuple[tuple[str, Any], ...]:
    """The values of what moves, by name."""
    return tuple(
        (leaf.name, plain(feeds[leaf.node], leaf.node, question.model.dtype)) for leaf in movable(question, feeds)
    )


def movable(question: Question, feeds: Mapping[Node, Any]) -> list[Leaf]:
    """What is drawn at random: the sources that were declared, and every name with bounds."""
    sources = set(question.xs)
    return [
        leaf
        for leaf in question.model.leaves.values()
        if leaf.node in feeds and leaf.kind != "const" and leaf.node.kind == "float"
        if leaf.node in sources or leaf.bounds is not None or leaf.value is None
    ]


def random_points(question: Question, start: Point, count: int, random: Random) -> list[Point]:
    """Points drawn in the declared bounds; where there are none, around the values."""
    leaves = movable(question, start.feeds)
    points = []
    for _ in range(count):
        feeds = dict(start.feeds)
        for leaf in leaves:
            feeds[leaf.node] = drawn(leaf, start.feeds[leaf.node], start.feeds, random)
        points.append(Point(feeds, names_of(question, feeds)))
    return points


def drawn(leaf: Leaf, value: Any, feeds: Mapping[Node, Any], random: Random) -> Any:
    """A random value in the bounds of a name, or within half its size (or half of 1, at 0) around its value."""
    sizes = known(leaf.node.shape) or ()
    if leaf.bounds is not None:
        found = execute(leaf.bounds, feeds)
        low, high = (found[bound] for bound in leaf.bounds)
        part: Any = fractions(sizes, random, 0.0, 1.0)
        return low + (high - low) * part
    part = fractions(sizes, random, -0.5, 0.5)
    if not sizes:
        return float(value) + (abs(float(value)) or 1.0) * part
    import numpy

    return value + numpy.where(value == 0, 1.0, numpy.abs(value)) * part


def fractions(sizes: tuple[int, ...], random: Random, low: float, high: float) -> Any:
    """Random numbers of a shape."""
    if not sizes:
        return random.uniform(low, high)
    import math

    import numpy

    return numpy.array([random.uniform(low, high) for _ in range(math.prod(sizes))]).reshape(sizes)
