"""From a request to a result: what the command line and the Python interface share."""

from __future__ import annotations

from ..results import DiffResult, TestResult
from .derive import evaluate, gradient, hessian, hvp, jacobian, jvp, vjp
from .request import Request


def formula(request: Request, order: int | None = None) -> DiffResult:
    """The derivatives as formulas; see `formula.formula`."""
    from .formula import formula as work
    return work(request, order)


def self_test(request: Request) -> TestResult:
    """Runs the expectations of a file; see `selftest.self_test`."""
    from .selftest import self_test as work
    return work(request)


__all__ = ["Request", "evaluate", "formula", "gradient", "hessian", "hvp", "jacobian", "jvp", "self_test", "vjp"]
