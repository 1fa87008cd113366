"""Runs the `expect` lines of a file."""

from __future__ import annotations

from typing import Any

from ..diagnostic import DiagnosticError
from ..engine.arguments import fold
from ..engine.connection import Reason
from ..engine.graph import Node
from ..engine.op import Items
from ..engine.run import execute
from ..engine.shape import OperandError
from ..lang.model import Case, Model
from ..results import CaseRow, TestResult
from .load import load
from .request import Request
from .values import demand, feeds_of, flat, plain

# Relative and absolute tolerance of an equality without one of its own.
TOLERANCES = {"float64": (1e-9, 1e-12), "float32": (1e-5, 1e-6)}

COMPARISONS = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def self_test(request: Request) -> TestResult:
    """Every expectation of the file with its outcome."""
    model = load(request, testing=True)
    rows = []
    for case in model.cases:
        try:
            message = _judge(model, case)
        except OperandError as error:
            message = error.message
        except DiagnosticError as error:
            message = "; ".join(each.message for each in error.diagnostics)
        source, start, _ = case.place
        rows.append(CaseRow(source.position(start).line, case.text, not message, message))
    return TestResult(request.source.name, tuple(rows))


def _judge(model: Model, case: Case) -> str:
    """Why an expectation does not hold; empty when it does."""
    if case.refusal is not None:
        if not case.refused:
            return "the statement was accepted"
        said = "; ".join("; ".join(filter(None, [each.message, *each.notes, each.help])) for each in case.refused)
        return "" if case.refusal.casefold() in said.casefold() else f"it was refused with: {said}"
    if case.comparison in ("is none", "is not none"):
        none = case.value is None or isinstance(case.value, Reason)
        if none == (case.comparison == "is none"):
            return ""
        return (
            "it is none" + (f": {case.value.message}" if isinstance(case.value, Reason) else "")
            if none
            else f"it is {_shown(_number(model, case.value))}"
        )
    left = _number(model, case.value)
    if case.comparison is None:
        return "" if all(bool(each) for each in flat(left)) else f"it is {_shown(left)}"
    right = _number(model, case.other)
    tolerance = None if case.tolerance is None else fold(case.tolerance)
    return _compare(left, right, case.comparison, tolerance, model.dtype)


def _number(model: Model, value: Any) -> Any:
    """The value of an expression as numbers; a list entry by entry, since its entries may differ in shape."""
    if isinstance(value, Items):
        return [_number(model, each) for each in value]
    if isinstance(value, Node):
        feeds, missing = feeds_of(model, [value])
        demand(model, missing)
        return plain(execute([value], feeds, model.dtype, model.graph.strict)[value], value, model.dtype)
    return value


def _compare(left: Any, right: Any, comparison: str, tolerance: float | None, dtype: str) -> str:
    pairs = _paired(left, right)
    if pairs is None:
        return f"it is {_shown(left)}, of another shape than {_shown(right)}"
    if comparison in COMPARISONS:
        return (
            ""
            if all(COMPARISONS[comparison](a, b) for a, b in pairs)
            else f"it is {_shown(left)}, not {comparison} {_shown(right)}"
        )
    relative, absolute = TOLERANCES[dtype] if tolerance is None else (tolerance, tolerance)
    equal = all(_close(a, b, relative, absolute) for a, b in pairs)
    if comparison == "!=":
        return "" if not equal else f"both are {_shown(left)}"
    return "" if equal else f"it is {_shown(left)}, expected {_shown(right)}"


def _close(a: Any, b: Any, relative: float, absolute: float) -> bool:
    if a is None or b is None or isinstance(a, (Reason, str)) or isinstance(b, (Reason, str)):
        return a is b
    if a == b or (a != a and b != b):
        return True
    return bool(abs(a - b) <= relative * abs(b) + absolute) and abs(a) != float("inf") and abs(b) != float("inf")


def _paired(left: Any, right: Any) -> list[tuple[Any, Any]] | None:
    """The numbers of two values side by side; a single number stands for every element."""
    if not isinstance(left, list) and not isinstance(right, list):
        return [(left, right)]
    if not isinstance(right, list):
        return [(each, right) for each in flat(left)]
    if not isinstance(left, list):
        return [(left, each) for each in flat(right)]
    if len(left) != len(right):
        return None
    result = []
    for a, b in zip(left, right, strict=True):
        inner = _paired(a, b)
        if inner is None:
            return None
        result.extend(inner)
    return result


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_shown(each) for each in value) + "]"
    if isinstance(value, Reason) or value is None:
        return "none"
    return repr(value) if not isinstance(value, bool) else str(value).lower()
