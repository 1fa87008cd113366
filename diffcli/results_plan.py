"""What `--explain-plan` returns: which executor would run which part of a program.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from typing import NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Result, columns_of


class PlanRow(NamedTuple):
    """A part of a program: at a single point or over rows, its place in the order, who runs it and what it does.

    operations count each operator with its weight; reads and gives are numbers per point or row.
    """

    over: str
    part: int
    executor: str
    operations: int
    operators: str
    reads: int
    gives: int
    why: str


class PlanFields(NamedTuple):
    file: str
    semantics: str
    dtype: str
    inputs: tuple[str, ...]
    parts: tuple[PlanRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class PlanResult(PlanFields, Result):
    """The parts of a program with their executors; nothing was computed."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/plan/1", "parts", "Plan"
    TEXTS = frozenset(("file", "semantics", "dtype"))
    COLUMNS = columns_of("over", "part", "executor", "operations", "operators", "reads", "gives", "why")
    PLAIN = ("over", "part", "executor", "operations")
