"""Other ways to a gradient: differences of values, and the printed formula read back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..diagnostic import DiagnosticError
from ..engine import connection, tape
from ..engine.graph import Node, ancestors
from ..engine.numeric import moving
from ..engine.numeric import numeric as differences
from ..engine.op import lift
from ..engine.rewrite import tidy
from ..engine.run import execute
from ..engine.shape import known
from ..lang.expressions import POISON, Expressions
from ..lang.limits import LIMITS
from ..lang.model import Model
from ..lang.parse import parse_expression
from ..lang.write import SILENT, formula
from ..source import Source
from .question import Question
from .values import feeds_of, plain

# A formula nested deeper than this is written in several statements.
DEEP = 24


def numeric(
    question: Question, grad_ys: Sequence[Node | None] | None, found: Sequence[connection.Gradient]
) -> dict[Node, Any]:
    """Each gradient by differences of values, stopped nodes held at theirs."""
    model, ys = question.model, question.ys
    feeds, _ = feeds_of(model, [*ys, *question.xs])
    weights = weight_values(ys, grad_ys)
    values = execute([*ys, *question.xs], feeds, "float64", model.graph.strict)
    results: dict[Node, Any] = {}
    for barrier, members in tape.barriers(ys, question.xs, question.stops):
        for each in (found[index] for index in members):
            if each.node is not None and each.source.kind == "float":
                line = moving(ys, each.source, values, weights, barrier, model.graph.strict)
                slopes, _ = differences(line, values[each.source])
                results[each.source] = nested(slopes, known(each.source.shape) or ())
    return results


def weight_values(ys: Sequence[Node], grad_ys: Sequence[Node | None] | None) -> list[Any]:
    """The numbers of the weights of the targets; None for ones."""
    given = grad_ys or [None] * len(ys)
    return [None if weight is None else execute([weight], {})[weight] for weight in given]


def nested(numbers: Sequence[float], shape: Sequence[int]) -> Any:
    """Numbers in a row as nested lists of a shape."""
    values: list[Any] = list(numbers)
    for size in reversed(shape):
        values = [values[start : start + size] for start in range(0, len(values), size)] if size else []
    return values[0] if not shape else values if 0 in shape else values[0]


def symbolic(question: Question, found: Sequence[connection.Gradient]) -> dict[Node, Any]:
    """Each gradient from its printed formula, parsed as a file of its own."""
    model = question.model
    results = {}
    for each in found:
        if each.node is None:
            continue
        node = read_back(model, each.node)
        feeds, _ = feeds_of(model, [node])
        value = execute([node], feeds, model.dtype, model.graph.strict)[node]
        if node.shape != each.source.shape:
            import numpy

            value = numpy.broadcast_to(value, known(each.source.shape) or ())
        results[each.source] = plain(value, each.source, model.dtype)
    return results


def read_back(model: Model, node: Node) -> Node:
    """The node of the formula's text: written statement by statement, shared parts named, and parsed again."""
    simple = tidy([node])[0]
    reader = Expressions()
    reader.model, reader.graph, reader.limits = model, model.graph, LIMITS
    # What was declared comes first: after `repeat { x = … }` the name means something else.
    local: dict[str, Any] = {leaf.name: leaf.node for leaf in model.leaves.values()}
    before = len(model.diagnostics)
    spelled: dict[Node, str] = {}
    value: Any = None
    for name, part in [*statements(simple, {*model.names, *local}), ("", simple)]:
        reader.source = Source("formula", formula(part, spelled, exact=True))
        value = reader.expression(parse_expression(reader.source), local)
        if len(model.diagnostics) > before or value is POISON:
            raise DiagnosticError(*model.diagnostics[before:])
        spelled[part], local[name] = name, value
    return lift(model.graph, value)


def statements(node: Node, taken: Collection[str]) -> list[tuple[str, Node]]:
    """The parts of a formula that get a statement of their own: what is used more than once, and what nests too deep."""
    uses: dict[Node, int] = {}
    nodes = ancestors([node])
    for each in nodes:
        for parent in each.inputs:
            below = visible(parent)
            uses[below] = uses.get(below, 0) + 1
    heights: dict[Node, int] = {}
    chosen: list[tuple[str, Node]] = []
    names = fresh(taken)
    for each in nodes:
        if visible(each) is not each:
            heights[each] = heights[each.inputs[0]]
            continue
        height = 1 + max((heights[parent] for parent in each.inputs), default=-1)
        if each.inputs and each is not node and (uses.get(each, 0) > 1 or height > DEEP):
            chosen.append((next(names), each))
            height = 0
        heights[each] = height
    return chosen


def visible(node: Node) -> Node:
    """The node that stands for this one in an exact formula."""
    while node.op.role in SILENT[:2] or node.op.role == "custom":
        node = node.inputs[0]
    return node


def fresh(taken: Collection[str]) -> Any:
    """t1, t2, … without the names that are taken."""
    count = 0
    while True:
        count += 1
        if f"t{count}" not in taken:
            yield f"t{count}"
