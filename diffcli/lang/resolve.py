"""Names and calls: every name that is used is defined, once and before; every call fits its function."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..diagnostic import Diagnostic, Label, closest
from ..source import Source, Span
from . import ast
from .names import Defining, ImplicitInput, Names, Operators

DTYPES = ("float64", "float32")
GRADIENT_NAME = "g"
LIMITED = {
    ast.Declaration: "a declaration",
    ast.Function: "`def`",
    ast.Output: "`output`",
    ast.Stop: "`stop`",
    ast.Minimize: "`minimize`",
    ast.Expect: "`expect`",
    ast.ExpectError: "`expect error`",
    ast.Correlation: "`corr`",
    ast.Tape: "`tape`",
    ast.Use: "`use`",
    ast.Dtype: "`dtype`",
}
NESTED = (ast.Use, ast.Dtype, ast.Output, ast.Minimize)


class Resolution(NamedTuple):
    """What resolving found: problems, the inputs that were not declared, and the problems that an `expect error` asked for."""

    diagnostics: list[Diagnostic]
    implicit_inputs: tuple[ImplicitInput, ...]
    expected: dict[int, tuple[Diagnostic, ...]]

    def captured(self, statement: ast.ExpectError) -> tuple[Diagnostic, ...]:
        """The problems of the statement after `expect error`: those of its syntax, or those of its names and calls."""
        return statement.statement_diagnostics or self.expected.get(id(statement), ())


def resolve(modules: ast.Module | Sequence[ast.Module], operators: Operators) -> Resolution:
    """Checks names and calls of a file, with those it uses before it, and reports all problems in one go."""
    if isinstance(modules, ast.Module):
        modules = (modules,)
    resolver = Resolver(modules, operators)
    for module in modules:
        resolver.module(module)
    return Resolution(resolver.found, tuple(resolver.implicit.values()), resolver.expected)


class Where(NamedTuple):
    """The blocks around a statement."""

    tape: bool = False
    pause: bool = False
    repeat: bool = False

    @property
    def nested(self) -> bool:
        """Whether any block is around it."""
        return self.tape or self.repeat


class Resolver(Names):
    """Statements, in the order of the text."""

    def __init__(self, modules: Sequence[ast.Module], operators: Operators) -> None:
        super().__init__(modules, operators)
        self.expected: dict[int, tuple[Diagnostic, ...]] = {}
        self.minimized: Span | None = None

    def module(self, module: ast.Module) -> None:
        """Resolves one file."""
        for name, before in self.values.items():
            if before is not None:
                self.homes.setdefault(name, self.source)
        self.current = module
        self.source = module.source
        for statement in module.statements:
            self.statement(statement, Where(), statement is module.statements[0])

    # ---- statements

    def statement(self, outermost: ast.Statement, where: Where, first: bool) -> None:
        """Resolves a statement with all that is inside it; blocks are opened by hand, however deep they are."""
        stack: list[tuple[ast.Statement, Where]] = [(outermost, where)]
        while stack:
            statement, where = stack.pop()
            if not self.in_place(statement, where, first and statement is outermost):
                continue
            if isinstance(statement, ast.Repeat):
                self.expression(statement.count)
                inner = where._replace(repeat=True)
            elif isinstance(statement, ast.Tape):
                inner = where._replace(tape=True)
            elif isinstance(statement, ast.Pause):
                inner = where._replace(pause=True)
            else:
                self.simple(statement, where)
                continue
            stack.extend((each, inner) for each in reversed(statement.body))

    def in_place(self, statement: ast.Statement, where: Where, first: bool) -> bool:
        """Whether a statement may stand where it stands; reports it if not."""
        kind = type(statement)
        wrong: str | None = None
        help: str | None = None
        if kind is ast.Return:
            wrong, help = "`return` stands outside a function", "def f(x) { …; return … }"
        elif kind in (ast.Watch, ast.Pause) and not where.tape:
            wrong, help = f"`{'watch' if kind is ast.Watch else 'pause'}` stands outside a tape", "tape { … }"
        elif where.repeat and kind in LIMITED:
            wrong = f"{LIMITED[kind]} cannot stand inside `repeat`"
        elif kind in NESTED and where.nested:
            wrong = f"{LIMITED[kind]} cannot stand inside a block"
        elif kind is ast.Dtype and not first:
            wrong, help = "`dtype` is not the first statement", "move it to the top of the file"
        if wrong is None:
            return True
        self.report("E0306", wrong, statement.start, _head_end(self.source, statement), help)
        if isinstance(statement, (ast.Declaration, ast.Assignment)):
            self.values.setdefault(statement.name, statement)
        return False

    def simple(self, statement: ast.Statement, where: Where) -> None:
        """Resolves a statement that holds no others, or an expected error."""
        if isinstance(statement, ast.Assignment):
            self.expression(statement.value)
            self.define(statement, where.repeat)
        elif isinstance(statement, ast.Declaration):
            self.declaration(statement)
        elif isinstance(statement, ast.Bare):
            self.expression(statement.value)
            self.values.setdefault("out", None)
        elif isinstance(statement, ast.Function):
            self.function(statement)
        elif isinstance(statement, (ast.Output, ast.Stop, ast.Watch)):
            self.references(statement.names)
        elif isinstance(statement, ast.Minimize):
            self.minimize(statement)
        elif isinstance(statement, ast.Correlation):
            self.references((statement.first, statement.second))
            self.expression(statement.value)
        elif isinstance(statement, ast.Expect):
            for each in (statement.value, statement.other, statement.tolerance):
                self.expression(each, inputs=False)
        elif isinstance(statement, ast.ExpectError):
            self.expected_error(statement, where)
        elif isinstance(statement, ast.Dtype) and statement.name not in DTYPES:
            meant = closest(statement.name, DTYPES)
            self.report(
                "E0312",
                f"there is no dtype `{statement.name}`",
                statement.name_start,
                statement.name_end,
                f"did you mean `{meant}`?" if meant else "float64 or float32",
            )

    def declaration(self, statement: ast.Declaration) -> None:
        """Resolves the expressions of a declaration, then defines its name."""
        for each in (statement.value, statement.uncertainty, *(statement.bounds or ())):
            self.expression(each)
        self.define(statement)

    def define(self, statement: Defining, again: bool = False) -> None:
        """Defines a value; a second time is a problem, unless inside `repeat`."""
        name = statement.name
        before = self.values.get(name)
        if before is not None and not again:
            self.report(
                "E0302",
                f"`{name}` is defined twice",
                statement.name_start,
                statement.name_end,
                f"another name, as {name}{_next_number(name)}",
                Label(self.defined_at(before), "first defined here"),
            )
            return
        if name in self.implicit and not again:
            return  # its use before the definition was reported
        if before is None:
            self.values[name] = statement

    def defined_at(self, statement: Defining) -> Span:
        """Where a value was defined that is defined by now."""
        source = self.homes.get(statement.name, self.source)
        return source.span(statement.name_start, statement.name_end)

    def minimize(self, statement: ast.Minimize) -> None:
        """One target to minimize is enough."""
        span = self.source.span(statement.start, statement.end)
        if self.minimized is not None:
            self.report(
                "E0302",
                "a second target to minimize",
                statement.start,
                statement.end,
                None,
                Label(self.minimized, "the first one"),
            )
        self.minimized = self.minimized or span
        self.references((ast.Reference(statement.name, statement.name_start, statement.name_end),))

    def references(self, names: Iterable[ast.Reference]) -> None:
        """Names that a statement lists."""
        for each in names:
            layer, slash, variable = each.name.partition("/")
            if slash and not self.paths.joins(layer, variable, self.known):
                self.report("E0301", f"`{each.name}` is no variable of a layer", each.start, each.end)
            self.name(each.name, each.start, each.end, inputs=False)

    def expected_error(self, statement: ast.ExpectError, where: Where) -> None:
        """Resolves the statement that must be refused: its problems are kept apart, and what it defines is forgotten."""
        if statement.statement is None:
            if not statement.statement_diagnostics:
                self.report("E0225", "no statement follows `expect error`", statement.start, statement.end)
            return
        kept = self.found, self.reported, self.values, self.functions, self.implicit, self.minimized
        self.found, self.reported, self.implicit = [], set(), dict(self.implicit)
        self.values, self.functions = ChainMap({}, self.values), ChainMap({}, self.functions)
        self.statement(statement.statement, where, False)
        self.expected[id(statement)] = tuple(self.found)
        self.found, self.reported, self.values, self.functions, self.implicit, self.minimized = kept

    # ---- functions

    def function(self, statement: ast.Function) -> None:
        """Resolves the body of a user's function, with its parameters and local names."""
        before = self.functions.get(statement.name)
        if before is not None:
            first, source = before
            self.report(
                "E0302",
                f"the function `{statement.name}` is defined twice",
                statement.name_start,
                statement.name_end,
                None,
                Label(source.span(first.name_start, first.name_end), "first defined here"),
            )
        self.defining, self.local = statement.name, {}
        defined: dict[str, tuple[int, int]] = {}
        optional: ast.Parameter | None = None
        for parameter in statement.parameters:
            self.expression(parameter.default)
            if optional is not None and parameter.default is None:
                self.report(
                    "E0408",
                    f"`{parameter.name}` has no default, but stands after one that has",
                    parameter.start,
                    parameter.end,
                    None,
                    self.label(optional, "has a default"),
                )
            optional = optional or (parameter if parameter.default is not None else None)
            self.define_local(parameter.name, parameter.start, parameter.end, defined)
        for assignment in statement.body:
            self.expression(assignment.value)
            self.define_local(assignment.name, assignment.name_start, assignment.name_end, defined)
        self.expression(statement.result)
        if statement.gradient is not None:
            self.local.setdefault(GRADIENT_NAME, 1)
            self.expression(statement.gradient)
        self.defining, self.local = None, {}
        if before is None:
            self.functions[statement.name] = (statement, self.source)

    def define_local(self, name: str, start: int, end: int, defined: dict[str, tuple[int, int]]) -> None:
        """Defines a parameter or a local name of a function."""
        if name in defined:
            self.report(
                "E0302",
                f"`{name}` is defined twice in this function",
                start,
                end,
                None,
                Label(self.source.span(*defined[name]), "first defined here"),
            )
        defined.setdefault(name, (start, end))
        self.local[name] = 1

    def label(self, parameter: ast.Parameter, text: str) -> Label:
        """A parameter as a second place."""
        return Label(self.source.span(parameter.start, parameter.end), text)


def _head_end(source: Source, statement: ast.Statement) -> int:
    """The end of the first word of a statement: enough to point at."""
    end = statement.start
    while end < statement.end and (source.text[end].isalnum() or source.text[end] == "_"):
        end += 1
    return end


def _next_number(name: str) -> str:
    return "2" if not name[-1:].isdigit() else "_2"
