"""A problem of one row as that of many."""

from __future__ import annotations

from collections.abc import Sequence

from ...diagnostic import Diagnostic, DiagnosticError
from ...engine.graph import Node, ancestors, substitute
from ...engine.op import leaf
from ...engine.train import mean_of
from ...lang.model import Leaf, Model
from ...source import Span
from ..question import Question


def over_rows(
    question: Question, metrics: Sequence[tuple[str, Node]], fed: Sequence[Leaf], by_row: Sequence[str], rows: int
) -> tuple[Question, list[tuple[str, Node]], list[Leaf]]:
    """The problem of one row as that of many: the loss is the mean over the rows.

    Only what goes element by element can be done so: each input that differs from row to row becomes a vector.
    """
    model, (loss,) = question.model, question.ys
    varying = {each.node for each in fed if each.name in by_row}
    listed = f"{by_row[0]} differs" if len(by_row) == 1 else f"{', '.join(by_row)} differ"
    hint = f"declare input {by_row[0]}: [n] and take the mean over the rows, or say --batch-size 1"
    if question.semantics == "tape":
        raise DiagnosticError(placed(model, loss, "E0612", "a tape records one row at a time", hint))
    goals = [loss, *(node for _, node in metrics)]
    follows = set(varying)
    for node in ancestors(goals):
        if node not in follows and any(each in follows for each in node.inputs):
            follows.add(node)
            if node.shape != () or not (node.op.elementwise or node.op.role in ("alias", "derivative", "custom")):
                raise DiagnosticError(
                    placed(
                        model,
                        node,
                        "E0612",
                        f"{listed} from row to row, and this is no number of one row",
                        hint,
                    )
                )
    wider = {node: leaf(node.graph, node.attributes[0], "input", (rows, *node.shape)) for node in varying}
    found = [mean_of(new) if old in follows else new for old, new in zip(goals, substitute(goals, wider), strict=True)]
    asked = question._replace(targets=[(question.names[0], found[0])])
    leaves = [
        Leaf(each.name, each.kind, wider.get(each.node, each.node), None, each.place) if each.node in wider else each
        for each in fed
    ]
    return asked, [(name, node) for (name, _), node in zip(metrics, found[1:], strict=True)], leaves


def placed(model: Model, node: Node, code: str, message: str, help: str | None = None) -> Diagnostic:
    """A diagnostic of a node, where it stands in the file."""
    return Diagnostic(code, message, model.span(node) or Span(model.source, 0, 0), help=help)
