"""The rows that results are made of: what was found out about one target, one source, one node.

Rows are named tuples and not dataclasses because all of them are made at each start, and they cost an eighth. For the same reason
their annotations are not postponed: a named tuple compiles each postponed one.
"""

from typing import Any, NamedTuple

from diffcli.document import record
from diffcli.source import Position

Shape = tuple[int | str, ...]


class Reason(NamedTuple):
    """Why a gradient is none, NaN or infinite: a code, where, in words, and what to do."""

    code: str
    at: tuple[Position, ...]
    message: str
    hint: str | None = None


class TargetRow(NamedTuple):
    """The value of one target, or its formula when no numbers were asked for."""

    name: str
    shape: Shape
    dtype: str
    value: Any
    expression: str | None = None


class GradientRow(NamedTuple):
    """The gradient of a sum of targets with respect to one source."""

    wrt: str
    of: tuple[str, ...]
    kind: str
    shape: Shape
    dtype: str
    at: Any
    value: Any
    status: str
    reason: Reason | None = None
    expression: str | None = None
    notes: tuple[str, ...] = ()


class WatchedRow(NamedTuple):
    """A variable that the rules in force watch, and why."""

    name: str
    kind: str
    trainable: bool
    shape: Shape
    value: Any
    why: str


class StoppedRow(NamedTuple):
    """A node that no gradient passes, and the sources it cuts off."""

    node: str
    op: str
    at: Position
    why: str
    severs: tuple[str, ...] = ()


class Sparse(NamedTuple):
    """A matrix by its entries: the same length of rows, columns and values."""

    shape: Shape
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    values: tuple[float, ...]
    colours: int | None = None


class MatrixRow(NamedTuple):
    """A full matrix of derivatives: one source for a Jacobian, two for a Hessian."""

    of: tuple[str, ...]
    wrt: tuple[str, ...]
    shape: Shape
    dtype: str
    value: Any
    status: str
    reason: Reason | None = None
    expression: str | None = None
    sparse: Sparse | None = None
    notes: tuple[str, ...] = ()


class ProductRow(NamedTuple):
    """The product of a matrix of derivatives with a named seed."""

    name: str
    of: tuple[str, ...]
    wrt: tuple[str, ...]
    shape: Shape
    dtype: str
    value: Any
    status: str
    reason: Reason | None = None
    notes: tuple[str, ...] = ()


class StepRow(NamedTuple):
    """One step of the chain rule: what an operation passes on to one of its operands."""

    node: str
    op: str
    at: Position | None
    rule: str
    arrives: str
    to: str
    passes: str


class FormulaRow(NamedTuple):
    """A derivative as a formula, its shared sub-expressions named first."""

    wrt: str
    of: str
    order: int
    definitions: tuple[tuple[str, str], ...]
    text: str
    latex: str
    reason: Reason | None = None
    value: Any = None
    steps: tuple[StepRow, ...] = ()

    def symbol(self) -> str:
        """The derivative in Leibniz's notation, as `d2y/dx2`."""
        power = str(self.order) if self.order > 1 else ""
        return f"d{power}{self.of}/d{self.wrt}{power}"

    def script(self) -> str:
        """The derivative as an expression file."""
        formula = self.text if self.reason is None else f"# none: {self.reason.message}"
        value = [] if self.value is None else [f"# value {self.value}"]
        definitions = [f"{name} = {text}" for name, text in self.definitions]
        return "\n".join([f"# {self.symbol()}", *definitions, formula, *value, ""])

    def shown(self) -> str:
        """The formula, or why there is none."""
        return self.text if self.reason is None else f"none: {self.reason.message}"

    def title(self) -> str:
        """The derivative in words."""
        times = {1: "Derivative", 2: "Second derivative", 3: "Third derivative"}.get(
            self.order, f"Derivative of order {self.order}"
        )
        return f"{times} of {self.of} by {self.wrt}"

    def as_dict(self) -> dict[str, Any]:
        """The row as a JSON object, with the definitions as objects too."""
        parts = [{"name": name, "text": text} for name, text in self.definitions]
        return record(self) | {"definitions": parts}


class CaseRow(NamedTuple):
    """One `expect` line of a file and whether it held."""

    line: int
    text: str
    passed: bool
    message: str = ""


class OperatorRow(NamedTuple):
    """An operator of the language with its rule and its conventions."""

    name: str
    doc: str
    family: str
    signature: str
    aliases: tuple[str, ...] = ()
    rule: str = ""
    conventions: tuple[str, ...] = ()
    latex: str = ""
    edges: tuple[str, ...] = ()


class CodeRow(NamedTuple):
    """A diagnostic or a reason in full."""

    code: str
    title: str
    explanation: str
    exit_code: int | None = None
