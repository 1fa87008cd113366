"""What it takes to compute the targets of a file, and their gradients with them."""

from __future__ import annotations

from ..engine.program import costs
from ..results_costs import CostResult, CostRow
from .derive import differentiate
from .graphs import asked
from .question import guarded
from .request import Request


def stats(request: Request) -> CostResult:
    """The operations, registers and bytes of the value, and of the value with its gradient."""
    question = asked(request)
    programs = {"value": list(question.ys)}
    if question.sources:
        found = guarded(question, lambda: differentiate(question, None))
        nodes = [each.node for each in found if each.node is not None]
        programs["value and gradient"] = [*question.ys, *nodes]
    dtype = question.model.dtype
    rows = tuple(CostRow(name, *costs(targets, dtype)) for name, targets in programs.items())
    return CostResult(request.source.name, question.semantics, dtype, rows)
