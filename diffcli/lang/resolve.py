"""Names and calls: every name that is used is defined, once and before; every call fits its function."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any, NamedTuple, Protocol

from ..diagnostic import Diagnostic, Label, closest
from ..source import Source, Span
from . import ast
from .calls import Signature, check_call, function_span, keyword_span, signature_of, user_signature
from .parse import flat

DTYPES = ("float64", "float32")
GRADIENT_NAME = "g"
RESERVED = ("true", "false", "none", "inf", "nan", "pi", "tau")
FOREIGN = ("True", "False", "None")
# Calls that the parser writes for signs: they fit by construction.
SIGNS = ("neg", "not", "and", "or")
LIMITED = {ast.Declaration: "a declaration", ast.Function: "`def`", ast.Output: "`output`", ast.Stop: "`stop`", ast.Minimize: "`minimize`",
           ast.Expect: "`expect`", ast.ExpectError: "`expect error`", ast.Correlation: "`corr`", ast.Tape: "`tape`", ast.Use: "`use`", ast.Dtype: "`dtype`"}
NESTED = (ast.Use, ast.Dtype, ast.Output, ast.Minimize, ast.Tape)


class Operators(Protocol):
    """What is asked of the registry of operators: `engine.op` answers it."""

    @property
    def ALIASES(self) -> Mapping[str, str]:
        """Every name of an operator."""

    def lookup(self, name: str) -> Any:
        """The operator of that name, or None."""


class ImplicitInput(NamedTuple):
    """A name that nothing declares in a file without declarations: an input."""

    name: str
    source: Source
    start: int
    end: int


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


class Resolver:
    """What is defined so far; values and functions are two sets of names."""

    def __init__(self, modules: Sequence[ast.Module], operators: Operators) -> None:
        self.operators = operators
        self.found: list[Diagnostic] = []
        self.expected: dict[int, tuple[Diagnostic, ...]] = {}
        self.implicit: dict[str, ImplicitInput] = {}
        self.values: MutableMapping[str, Span | None] = {}
        self.functions: MutableMapping[str, tuple[ast.Function, Source]] = {}
        self.signatures: dict[str, Signature | None] = {}
        self.reported: set[str] = set()
        self.local: dict[str, int] = {}
        self.defining: str | None = None
        self.minimized: Span | None = None
        self.later: dict[str, Span] = {}
        self.later_functions: dict[str, tuple[ast.Function, Source]] = {}
        self.letters: set[str] = set()
        self.broken = frozenset().union(*(module.broken for module in modules))
        self.complete = all(module.complete for module in modules)
        for module in modules:
            self.survey(module)

    def survey(self, module: ast.Module) -> None:
        """Notes where names are defined first, for what is used too early."""
        everything = flat(module.statements)
        refused = {id(each.statement) for each in everything if isinstance(each, ast.ExpectError)}
        for statement in everything:
            if id(statement) in refused:
                continue
            if isinstance(statement, (ast.Declaration, ast.Assignment)):
                self.later.setdefault(statement.name, module.source.span(statement.name_start, statement.name_end))
            elif isinstance(statement, ast.Function):
                self.later_functions.setdefault(statement.name, (statement, module.source))
            if isinstance(statement, ast.Declaration):
                self.letters.update(each for each in statement.shape or () if isinstance(each, str) and each != "?")

    def module(self, module: ast.Module) -> None:
        """Resolves one file."""
        self.current = module
        self.source = module.source
        for statement in module.statements:
            self.statement(statement, Where(), statement is module.statements[0])

    def report(self, code: str, message: str, start: int, end: int, help: str | None = None, *labels: Label) -> None:
        """Keeps a problem."""
        self.found.append(Diagnostic(code, message, self.source.span(start, end), labels, help=help))

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
            self.values.setdefault(statement.name, self.source.span(statement.name_start, statement.name_end))
        return False

    def simple(self, statement: ast.Statement, where: Where) -> None:
        """Resolves a statement that holds no others, or an expected error."""
        if isinstance(statement, ast.Assignment):
            self.expression(statement.value)
            self.define(statement.name, statement.name_start, statement.name_end, where.repeat)
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
            self.report("E0312", f"there is no dtype `{statement.name}`", statement.name_start, statement.name_end,
                        f"did you mean `{meant}`?" if meant else "float64 or float32")

    def declaration(self, statement: ast.Declaration) -> None:
        """Resolves the expressions of a declaration, then defines its name."""
        for each in (statement.value, statement.uncertainty, *(statement.bounds or ())):
            self.expression(each)
        self.define(statement.name, statement.name_start, statement.name_end)

    def define(self, name: str, start: int, end: int, again: bool = False) -> None:
        """Defines a value; a second time is a problem, unless inside `repeat`."""
        span = self.source.span(start, end)
        before = self.values.get(name)
        if before is not None and not again:
            labels = (Label(before, "first defined here"),)
            self.report("E0302", f"`{name}` is defined twice", start, end, f"another name, as {name}{_next_number(name)}", *labels)
            return
        if name in self.implicit and not again:
            return                                          # its use before the definition was reported
        self.values[name] = before or span

    def minimize(self, statement: ast.Minimize) -> None:
        """One target to minimize is enough."""
        span = self.source.span(statement.start, statement.end)
        if self.minimized is not None:
            self.report("E0302", "a second target to minimize", statement.start, statement.end, None, Label(self.minimized, "the first one"))
        self.minimized = self.minimized or span
        self.references((ast.Reference(statement.name, statement.name_start, statement.name_end),))

    def references(self, names: Iterable[ast.Reference]) -> None:
        """Names that a statement lists."""
        for each in names:
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
            self.report("E0302", f"the function `{statement.name}` is defined twice", statement.name_start, statement.name_end, None,
                        Label(source.span(first.name_start, first.name_end), "first defined here"))
        self.defining, self.local = statement.name, {}
        defined: dict[str, tuple[int, int]] = {}
        optional: ast.Parameter | None = None
        for parameter in statement.parameters:
            self.expression(parameter.default)
            if optional is not None and parameter.default is None:
                self.report("E0408", f"`{parameter.name}` has no default, but stands after one that has", parameter.start, parameter.end, None,
                            self.label(optional, "has a default"))
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
            self.report("E0302", f"`{name}` is defined twice in this function", start, end, None,
                        Label(self.source.span(*defined[name]), "first defined here"))
        defined.setdefault(name, (start, end))
        self.local[name] = 1

    def label(self, parameter: ast.Parameter, text: str) -> Label:
        """A parameter as a second place."""
        return Label(self.source.span(parameter.start, parameter.end), text)

    # ---- expressions

    def expression(self, expression: ast.Expression | None, inputs: bool = True) -> None:
        """Resolves the names and calls of an expression; the bodies of sums are entered by hand, however deep they are."""
        if expression is None:
            return
        # An entry is a body to enter with the variable that it has, or, without a body, a variable to forget.
        work: list[tuple[str, ast.Expression | None]] = [("", expression)]
        while work:
            variable, body = work.pop()
            if body is None:
                self.local[variable] -= 1
                if not self.local[variable]:
                    del self.local[variable]
                continue
            if variable:
                self.local[variable] = self.local.get(variable, 0) + 1
                work.append((variable, None))
            work.extend((inside.variable, inside.body) for inside in reversed(self.items(body, inputs)))

    def items(self, expression: ast.Expression, inputs: bool) -> list[ast.Comprehension]:
        """Checks the items of one flat expression; returns the sums whose bodies are still to be entered."""
        operands: list[ast.Item] = []
        sums: list[ast.Comprehension] = []
        for item in expression.items:
            kind, value, arity = item.kind, item.value, item.arity
            if kind == "name":
                assert isinstance(value, str)
                self.name(value, item.start, item.end, inputs)
            elif kind == "call":
                self.call(item, operands)
            elif isinstance(value, ast.Comprehension):
                sums.append(value)
            if arity:
                del operands[len(operands) - arity:]
            operands.append(item)
        return sums

    def name(self, name: str, start: int, end: int, inputs: bool) -> None:
        """A name that is used: it is defined, or an input that nobody declared, or a problem."""
        if name in self.local or name in self.values or name in self.implicit:
            return
        if name in self.broken or not self.complete:
            return
        called = name in self.functions or name in self.later_functions
        if inputs and not self.current.declared and name not in self.later and not called and name not in FOREIGN:
            self.implicit[name] = ImplicitInput(name, self.source, start, end)
        elif name not in self.reported:
            self.reported.add(name)
            self.undefined(name, start, end, called)

    def undefined(self, name: str, start: int, end: int, called: bool) -> None:
        """Reports a name that is not defined, with the best guess at why."""
        later = self.later.get(name)
        if later is not None:
            self.report("E0304", f"`{name}` is used before it is defined", start, end, None, Label(later, "defined here"))
            return
        if name not in FOREIGN and (called or self.operators.lookup(name) is not None):
            self.report("E0308", f"`{name}` is a function, not a value", start, end, f"{name}(…)")
            return
        if name in self.letters:
            self.report("E0301", f"`{name}` is a size in a shape, not a value", start, end, f"const {name} = …")
            return
        meant = closest(name, [*self.local, *self.values, *self.implicit, *RESERVED])
        self.report("E0301", f"`{name}` is not defined", start, end, f"did you mean `{meant}`?" if meant else f"input {name}" if self.current.declared else None)

    def call(self, item: ast.Item, operands: list[ast.Item]) -> None:
        """A call: the function is there, and the arguments fit."""
        function, keywords = item.value  # type: ignore[misc]
        if function in SIGNS or not (function[0].isalpha() or function[0] == "_"):
            return
        if function == self.defining or function not in self.functions and function in self.later_functions:
            self.too_early(function, item)
            return
        if function not in self.signatures or function in self.functions:
            self.signatures[function] = self.signature(function)
        signature = self.signatures[function]
        if signature is None:
            if function not in self.broken and self.complete:
                self.unknown(function, item)
            return
        for misfit in check_call(signature, item.arity - len(keywords), keywords):
            span = function_span(self.source, item)
            if misfit.keyword is not None:
                place = len(operands) - len(keywords) + keywords.index(misfit.keyword)
                span = keyword_span(self.source, item, operands[place], misfit.keyword)
            elif misfit.code == "E0401":
                first, last = operands[-item.arity + len(signature.slots)], operands[len(operands) - len(keywords) - 1]
                span = first.start, last.end
            user = self.functions.get(function)
            labels = (Label(user[1].span(user[0].name_start, user[0].name_end), "defined here"),) if user else ()
            self.report(misfit.code, misfit.message, *span, misfit.help, *labels)

    def signature(self, function: str) -> Signature | None:
        """The parameters of a user's function, or else of an operator."""
        user = self.functions.get(function)
        if user is not None:
            return user_signature(*user)
        operator = self.operators.lookup(function)
        return None if operator is None else signature_of(function, operator.parameters)

    def unknown(self, function: str, item: ast.Item) -> None:
        """Reports a function that is not there, once."""
        if function + "()" in self.reported:
            return
        self.reported.add(function + "()")
        span = function_span(self.source, item)
        owner, dot, method = function.rpartition(".")
        if dot:
            if owner in self.values or owner in self.local or owner in self.implicit:
                known = method in self.functions or self.operators.lookup(method) is not None
                self.report("E0211", "values have no functions of their own", *span, f"{method}({owner})" if known else None)
                return
            self.report("E0303", f"there is no function `{function}`", *span, f"did you mean `{method}`?" if self.operators.lookup(method) else None)
        elif function in self.values or function in self.local or function in self.implicit:
            self.report("E0303", f"`{function}` is a value, not a function", *span, f"{function} * (…)")
        else:
            names = [name for name in self.operators.ALIASES if name.isidentifier() and self.operators.lookup(name) is not None]
            meant = closest(function, [*self.functions, *names])
            self.report("E0303", f"there is no function `{function}`", *span, f"did you mean `{meant}`?" if meant else None)

    def too_early(self, function: str, item: ast.Item) -> None:
        """Reports a function that calls itself, or that is called above its definition."""
        if function + "()" in self.reported:
            return
        span = function_span(self.source, item)
        chain = [function] if function == self.defining else self.chain(function)
        if not chain:
            self.reported.add(function + "()")
        definition, source = self.functions.get(function) or self.later_functions[function]
        label = Label(source.span(definition.name_start, definition.name_end), "defined here")
        if not chain:
            self.report("E0304", f"the function `{function}` is called before it is defined", *span, None, label)
        elif len(chain) == 1:
            self.report("E0305", f"`{function}` calls itself", *span, "repeat 20 { … } for a bounded number of steps", label)
        else:
            told = " calls ".join(f"`{name}`" for name in (self.defining or "", *chain))
            self.found.append(Diagnostic("E0305", f"`{self.defining}` calls itself by way of `{function}`", self.source.span(*span), (label,), (told,)))

    def chain(self, function: str) -> list[str]:
        """The calls by which a function leads back to the one being defined; empty if it does not."""
        if self.defining is None:
            return []
        came_from: dict[str, str] = {function: ""}
        pending = [function]
        while pending:
            name = pending.pop()
            for called in sorted(self.called_by(name)):
                if called == self.defining:
                    chain = [called]
                    while name:
                        chain.append(name)
                        name = came_from[name]
                    return chain[::-1]
                if called not in came_from and called in self.later_functions:
                    came_from[called] = name
                    pending.append(called)
        return []

    def called_by(self, name: str) -> set[str]:
        """The functions that a user's function calls."""
        function, _ = self.later_functions[name]
        work = [function.result, *(each.value for each in function.body)]
        called: set[str] = set()
        while work:
            for item in work.pop().items:
                if item.kind == "call":
                    called.add(item.value[0])  # type: ignore[index]
                elif isinstance(item.value, ast.Comprehension):
                    work.append(item.value.body)
        return called


def _head_end(source: Source, statement: ast.Statement) -> int:
    """The end of the first word of a statement: enough to point at."""
    end = statement.start
    while end < statement.end and (source.text[end].isalnum() or source.text[end] == "_"):
        end += 1
    return end


def _next_number(name: str) -> str:
    return "2" if not name[-1:].isdigit() else "_2"
