"""Derivatives as formulas: text that the language reads back, and LaTeX."""

from __future__ import annotations

from functools import partial

from ..engine import connection, diff
from ..engine.diff import Product
from ..engine.graph import Node, ancestors
from ..engine.program import TRANSPARENT
from ..engine.rewrite import tidy
from ..lang.write import formula as write_text
from ..lang.write import latex as write_latex
from ..lang.write import shared, tree_sizes
from ..results import DiffResult, FormulaRow
from ..rows import StepRow
from . import reasons
from .question import Question, ask, guarded, numbers
from .request import Request
from .values import plain

# A derivative with fewer symbols than this is written out in one line, shared parts or not.
SHORT = 30


def formula(request: Request, order: int | None = None) -> DiffResult:
    """The derivative of each target by each source as a formula."""
    question = ask(request)
    wanted = request.order if order is None else order
    rows = []
    for y_name, y in question.targets:
        for x_name, x in question.sources:
            rows.append(guarded(question, partial(formula_row, question, y_name, y, x_name, x, wanted)))
    return DiffResult(request.source.name, tuple(rows))


def formula_row(question: Question, y_name: str, y: Node, x_name: str, x: Node, order: int) -> FormulaRow:
    """One derivative, differentiated `order` times, with its value where there are numbers."""
    shown = exact = y
    trace: list[Product] = []
    for turn in range(order):
        found = connection.differentiate([shown], [x], None, question.stops, trace if turn == 0 else None)[0]
        if found.node is None and turn == 0:
            assert found.reason is not None
            reason = reasons.none_reason(question.model, found.reason)
            return FormulaRow(x_name, y_name, order, (), "none", r"\text{none}", reason)
        if found.node is None:
            shown = exact = diff.filled(x, 0.0)
            break
        # Tidied after each order: what is not shown is not differentiated either, and formulas of high order stay short.
        shown = diff.derivative(tidied(found.node, order), [shown])
        exact = differentiated(question, exact, x)
    simple = tidied(shown, order)
    parts = shared([simple], question.model.names) if tree_sizes([simple], {})[simple] > SHORT else []
    spelled: dict[Node, str] = {}
    definitions = []
    for name, part in parts:
        definitions.append((name, write_text(part, spelled)))
        spelled[part] = name
    outer = {part: name for part, name in spelled.items() if part is not simple}
    text, script = write_text(simple, outer), write_latex(simple, outer)
    values = numbers(question, [exact])
    value = None if values is None else plain(values[exact], x, question.model.dtype)
    told = [step for step in trace if step.node.op.role not in TRANSPARENT] if question.request.steps else []
    steps = tuple(step_row(question, step) for step in told)
    return FormulaRow(x_name, y_name, order, tuple(definitions), text, script, None, value, steps)


def tidied(node: Node, order: int) -> Node:
    """The formula to show; products of sums are multiplied out from the second order on, so that like terms meet."""
    return tidy([node], domains=False, expand=order > 1)[0]


def differentiated(question: Question, node: Node, x: Node) -> Node:
    """One order further in the graph that is computed, where nothing is tidied."""
    found = connection.differentiate([node], [x], None, question.stops)[0].node
    return diff.filled(x, 0.0) if found is None else diff.derivative(found, [node])


def step_row(question: Question, step: Product) -> StepRow:
    """One step of the chain rule in words and formulas."""
    node, operand = step.node, step.node.inputs[step.place]
    position = question.model.position(node)
    names = {each: each.attributes[0] for each in ancestors([node]) if each.op.role == "alias" and each.attributes[0]}
    inside = {each: name for each, name in names.items() if each is not node}
    arrives, passes = (write_text(tidied(each, 1), names) for each in (step.adjoint, step.value))
    rule = node.op.rule or "as it is"
    return StepRow(write_text(node, inside), node.op.name, position, rule, arrives, write_text(operand, names), passes)
