"""What `trace` returns: the tape in order, a row per node.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from math import hypot
from typing import Any, NamedTuple, Self

from diffcli.diagnostic import Diagnostic
from diffcli.document import Column, Result, Section, columns_of, numbers, section
from diffcli.rows import Reason, Shape, TargetRow
from diffcli.source import Position

# A tensor larger than this is not written out inside a cell that has other text too.
LONGEST = 8


class Part(NamedTuple):
    """What one use of a node adds to its adjoint, or one operand to a tangent."""

    node: str
    value: Any


class TraceRow(NamedTuple):
    """A node of the tape: what computed it, its value, and how it passes derivatives on."""

    number: int
    node: str
    op: str
    operands: tuple[str, ...]
    shape: Shape
    dtype: str
    value: Any
    partials: tuple[Part, ...]
    parts: tuple[Part, ...]
    derivative: Any
    status: str
    at: Position | None
    reason: Reason | None = None
    notes: tuple[str, ...] = ()

    @property
    def given(self) -> str:
        """The operands by name."""
        return ", ".join(self.operands)

    @property
    def locals(self) -> str:
        """The local partials, an equation for each operand that has one."""
        return "\n".join(f"∂/∂{part.node} = {short(part.value)}" for part in self.partials)

    @property
    def sum(self) -> str:
        """The adjoint or the tangent, as a sum where several parts arrived."""
        if self.derivative is None:
            return self.status
        if len(self.parts) < 2:
            return short(self.derivative)
        terms = [short(part.value) for part in self.parts]
        joined = terms[0] + "".join(f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms[1:])
        return f"{joined} = {short(self.derivative)}"

    @property
    def where(self) -> str:
        """The position without the file, which stands above the table."""
        return "" if self.at is None else f"{self.at.line}:{self.at.column}"


class TraceFields(NamedTuple):
    file: str
    semantics: str
    mode: str
    targets: tuple[TargetRow, ...]
    nodes: tuple[TraceRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class TraceResult(TraceFields, Result):
    """The tape in the order in which it was recorded."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/trace/1", "nodes", "Tape"
    COLUMNS = columns_of(
        "number=#",
        "node",
        "op=operation",
        "given=operands",
        "shape",
        "-dtype",
        "value",
        "locals=local partials",
        "sum=adjoint",
        "-status",
        "where=at",
        "note",
    )
    FORWARD = tuple(column._replace(title="tangent") if column.key == "sum" else column for column in COLUMNS)
    PLAIN = ("number", "node", "op", "given", "value", "locals", "sum")

    def columns(self) -> tuple[Column, ...]:
        """The columns; the derivatives are adjoints or tangents."""
        return self.FORWARD if self.mode == "forward" else self.COLUMNS

    def title(self) -> str:
        """The heading of the tape, which says what the derivatives are of."""
        names = " + ".join(target.name for target in self.targets)
        return "Tape, with tangents" if self.mode == "forward" else f"Tape, with adjoints of {names}"

    def statuses(self) -> set[str]:
        """What `--fail-on` can find."""
        return {row.status for row in self.nodes}

    def sections(self) -> tuple[Section, ...]:
        """One table; the shape where not all are scalars, notes where there are any."""
        bare = {"shape": not any(row.shape for row in self.nodes), "note": not any(row.notes for row in self.nodes)}
        columns = [column for column in self.columns() if not bare.get(column.key, False)]
        return (section(self.title(), columns, self.nodes, self.file, "none"),)

    def rounded(self, digits: int) -> Self:
        """The same with so many significant digits in what is shown as text."""

        def near(parts: tuple[Part, ...]) -> tuple[Part, ...]:
            return tuple(part._replace(value=significant(part.value, digits)) for part in parts)

        nodes = (
            row._replace(
                partials=near(row.partials),
                parts=near(row.parts),
                derivative=row.derivative if row.derivative is None else significant(row.derivative, digits),
            )
            for row in self.nodes
        )
        return self._replace(nodes=tuple(nodes))


def short(value: Any) -> str:
    """A number or a small tensor in a line; of a larger one shape and norm."""
    if not isinstance(value, list):
        return str(value)
    found = list(numbers(value))
    if len(found) <= LONGEST:
        return str(value)
    shape, inside = [], value
    while isinstance(inside, list):
        shape.append(len(inside))
        inside = inside[0]
    return f"tensor {shape}, norm {hypot(*found)}"


def significant(value: Any, digits: int) -> Any:
    """The numbers of a value with so many significant digits."""
    if isinstance(value, list):
        return [significant(each, digits) for each in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value
