"""Derivatives as formulas: text that the language reads back, and LaTeX."""

from __future__ import annotations

from functools import partial

from ..engine import connection, diff
from ..engine.graph import Node
from ..engine.rewrite import tidy
from ..lang.write import formula as write_text
from ..lang.write import latex as write_latex
from ..lang.write import shared, tree_sizes
from ..results import DiffResult, FormulaRow
from . import reasons
from .question import Question, ask, guarded
from .request import Request

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
    """One derivative, differentiated `order` times."""
    node = y
    for _ in range(order):
        found = connection.differentiate([node], [x], None, question.stops)[0]
        if found.node is None:
            if node is not y:
                node = diff.filled(x, 0.0)
                break
            assert found.reason is not None
            reason = reasons.none_reason(question.model, found.reason)
            return FormulaRow(x_name, y_name, order, (), "none", r"\text{none}", reason)
        # A derivative is differentiated as a whole, as a nested grad in a file.
        node = found.node
    simple = tidy([node])[0]
    names = list(question.model.names)
    parts = shared([simple], names) if tree_sizes([simple], {})[simple] > SHORT else []
    spelled: dict[Node, str] = {}
    definitions = []
    for name, part in parts:
        definitions.append((name, write_text(part, spelled)))
        spelled[part] = name
    outer = {part: name for part, name in spelled.items() if part is not simple}
    return FormulaRow(x_name, y_name, order, tuple(definitions), write_text(simple, outer), write_latex(simple, outer))
