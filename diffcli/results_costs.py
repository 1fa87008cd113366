"""What `graph --stats` returns: what it takes to compute the targets, and their gradients with them.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from typing import NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Result, columns_of


class CostRow(NamedTuple):
    """A program: its operations, the results held at one time, and the bytes read and written at each point or row."""

    program: str
    operations: int
    registers: int
    bytes: int | None


class CostFields(NamedTuple):
    file: str
    semantics: str
    dtype: str
    costs: tuple[CostRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class CostResult(CostFields, Result):
    """What programs cost; nothing was computed."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/costs/1", "costs", "Costs"
    TEXTS = frozenset(("file", "semantics", "dtype"))
    COLUMNS = columns_of("program", "operations", "registers", "bytes=bytes per row")
    PLAIN = ("program", "operations", "registers", "bytes")
