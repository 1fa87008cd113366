"""Which executor would compute which part of a program over rows."""

from __future__ import annotations

from ...results_plan import PlanResult
from ..plan import over_rows
from ..question import guarded
from .opening import Job, columns_of


def explain_rows(job: Job) -> PlanResult:
    """The plan of a job: the inputs that columns feed, and the parts of the program. Nothing is computed."""
    plan, _ = columns_of(job)
    question = plan.question
    columns = [feed.node for feed in plan.feeds]
    parts = guarded(question, lambda: over_rows(question, plan.targets, columns))
    return PlanResult(
        job.request.source.name,
        question.semantics,
        plan.dtype,
        tuple(feed.name for feed in plan.feeds),
        tuple(parts),
    )
