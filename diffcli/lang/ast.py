"""What a file says, as records; expressions are postfix and flat, so that nothing recurses.

The records are named tuples: defining a frozen dataclass costs five times as much, and these are on the path of every command.
"""

from __future__ import annotations

from typing import NamedTuple

from ..diagnostic import Diagnostic
from ..source import Source
from .code import Code, Expression, Item

__all__ = ["Code", "Expression", "Item"]


class Comprehension(NamedTuple):
    """The inside of `sum(i = 1..n, body)`."""

    function: str
    variable: str
    body: Expression
    variable_start: int
    variable_end: int


class Reference(NamedTuple):
    """A name that a statement mentions."""

    name: str
    start: int
    end: int


class Parameter(NamedTuple):
    """A parameter of a user's function."""

    name: str
    start: int
    end: int
    default: Expression | None


class Declaration(NamedTuple):
    """`var`, `frozen`, `const` or `input`."""

    start: int
    end: int
    kind: str
    name: str
    name_start: int
    name_end: int
    shape: tuple[int | str, ...] | None
    value: Expression | None
    uncertainty: Expression | None
    bounds: tuple[Expression, Expression] | None
    label: str | None

    @property
    def name_span(self) -> tuple[int, int]:
        """Where the name stands."""
        return self.name_start, self.name_end


class Assignment(NamedTuple):
    """`y = …`."""

    start: int
    end: int
    name: str
    name_start: int
    name_end: int
    value: Expression


class Bare(NamedTuple):
    """An expression that stands alone."""

    start: int
    end: int
    value: Expression


class Function(NamedTuple):
    """`def f(x) = …` or `def f(x) { …; return … }`."""

    start: int
    end: int
    name: str
    name_start: int
    name_end: int
    parameters: tuple[Parameter, ...]
    body: tuple[Assignment, ...]
    result: Expression
    gradient: Expression | None


class Return(NamedTuple):
    """`return …`; only inside the body of a function, so it never reaches a Module's statements."""

    start: int
    end: int
    value: Expression
    gradient: Expression | None


class Output(NamedTuple):
    """`output a, b`."""

    start: int
    end: int
    names: tuple[Reference, ...]


class Stop(NamedTuple):
    """`stop a, b`."""

    start: int
    end: int
    names: tuple[Reference, ...]


class Minimize(NamedTuple):
    """`minimize loss`."""

    start: int
    end: int
    name: str
    name_start: int
    name_end: int


class Watch(NamedTuple):
    """`watch x`, inside a tape."""

    start: int
    end: int
    names: tuple[Reference, ...]


class Tape(NamedTuple):
    """`tape { … }` or `tape manual { … }`."""

    start: int
    end: int
    manual: bool
    body: tuple[Statement, ...]


class Pause(NamedTuple):
    """`pause { … }`, inside a tape."""

    start: int
    end: int
    body: tuple[Statement, ...]


class Repeat(NamedTuple):
    """`repeat 20 { … }`."""

    start: int
    end: int
    count: Expression  # type: ignore[assignment]  # hides the method that tuples have, which nobody calls
    body: tuple[Statement, ...]


class Expect(NamedTuple):
    """`expect …`; comparison is an operator, "is none", "is not none", or None for the truth of `value`."""

    start: int
    end: int
    value: Expression
    other: Expression | None
    comparison: str | None
    tolerance: Expression | None
    text: str


class ExpectError(NamedTuple):
    """`expect error "…"` with the statement that must be refused; None when its syntax was, for the reasons kept here."""

    start: int
    end: int
    text: str
    statement: Statement | None = None
    statement_diagnostics: tuple[Diagnostic, ...] = ()


class Use(NamedTuple):
    """`use "lib.expr"`."""

    start: int
    end: int
    path: str
    path_start: int
    path_end: int


class Dtype(NamedTuple):
    """`dtype float32`."""

    start: int
    end: int
    name: str
    name_start: int
    name_end: int


class Correlation(NamedTuple):
    """`corr(L, T) = 0.3`."""

    start: int
    end: int
    first: Reference
    second: Reference
    value: Expression


Statement = (
    Declaration
    | Assignment
    | Bare
    | Function
    | Return
    | Output
    | Stop
    | Minimize
    | Watch
    | Tape
    | Pause
    | Repeat
    | Expect
    | ExpectError
    | Use
    | Dtype
    | Correlation
)


class Module(NamedTuple):
    """A whole file; `calls` are the functions that it calls anywhere, `texts` the strings in it."""

    source: Source
    statements: tuple[Statement, ...]
    declared: bool
    uses: tuple[Use, ...] = ()
    broken: frozenset[str] = frozenset()
    complete: bool = True
    calls: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
