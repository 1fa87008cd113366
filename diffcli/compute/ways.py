"""Matrices of derivatives and their products by the modes that are not a sweep: differences, and formulas read back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..engine import higher
from ..engine.diff import gradients
from ..engine.graph import Node
from ..engine.numeric import moving
from ..engine.numeric import numeric as differences
from ..engine.run import execute
from ..engine.shape import known
from .modes import nested, read_back
from .question import Question
from .values import feeds_of, flat


def spelled_out(question: Question, nodes: Sequence[Node | None]) -> list[Node | None]:
    """Each result from its own formula when the mode asks for that, as it is otherwise."""
    if question.request.mode != "symbolic":
        return list(nodes)
    return [None if node is None else read_back(question.model, node) for node in nodes]


def matrix(question: Question, y: Node, x: Node, barrier: Collection[Node]) -> list[list[float]]:
    """The derivative of each element of a target by each element of a source from differences: a row per target element."""
    model = question.model
    feeds, _ = feeds_of(model, [y, x])
    values = execute([y, x], feeds, "float64", model.graph.strict)
    rows = []
    for place in higher.positions(known(y.shape) or ()):
        seed = higher.basis(y, place)
        weight = execute([seed], {})[seed]
        slopes, _ = differences(moving([y], x, values, [weight], barrier, model.graph.strict), values[x])
        rows.append(slopes)
    return rows


def jacobian(question: Question, y: Node, x: Node, barrier: Collection[Node]) -> Any:
    """A Jacobian from differences of values, as nested lists."""
    numbers = [entry for row in matrix(question, y, x, barrier) for entry in row]
    return nested(numbers, (*(known(y.shape) or ()), *(known(x.shape) or ())))


def hessian(question: Question, x1: Node, x2: Node, barrier: Collection[Node]) -> Any:
    """A Hessian from differences of the exact gradient, as nested lists; None where there is no gradient."""
    first = gradients(question.ys, [x1], None, barrier)[0]
    return None if first is None or not first.inputs else jacobian(question, first, x2, barrier)


def along(
    question: Question, y: Node, xs: Sequence[Node], directions: Sequence[Node], barrier: Collection[Node]
) -> Any:
    """How a target moves along a direction, from differences, as nested lists of its shape."""
    total: list[float] = []
    for x, direction in zip(xs, directions, strict=True):
        value = execute([direction], {})[direction]
        seed = flat(value.tolist() if hasattr(value, "tolist") else value)
        moved = [sum(a * b for a, b in zip(row, seed, strict=True)) for row in matrix(question, y, x, barrier)]
        total = [a + b for a, b in zip(total, moved, strict=True)] if total else moved
    return nested(total, known(y.shape) or ())
