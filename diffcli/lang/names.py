"""Names and calls inside expressions: what is used is defined, and every call fits its function."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol, cast

from ..diagnostic import Diagnostic, Label, closest
from ..source import Source
from . import ast
from .calls import Signature, check_call, function_span, keyword_span, signature_of, user_signature
from .parse import flat
from .paths import joined, paths_of
from .recursion import chain_to

RESERVED = ("true", "false", "none", "inf", "nan", "pi", "tau")
FOREIGN = ("True", "False", "None")
# Calls that the parser writes for signs: they fit by construction.
SIGNS = ("not", "and", "or")


Defining = ast.Declaration | ast.Assignment


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


class Names:
    """What is defined so far; values and functions are two sets of names."""

    def __init__(self, modules: Sequence[ast.Module], operators: Operators) -> None:
        self.operators = operators
        self.current = modules[-1]
        self.source = self.current.source
        self.found: list[Diagnostic] = []
        self.implicit: dict[str, ImplicitInput] = {}
        # A name -> the statement that defines it; a span for each would be much of the memory of a large file.
        self.values: MutableMapping[str, Defining | None] = {}
        self.homes: dict[str, Source] = {}  # of the values that the files used define
        self.functions: MutableMapping[str, tuple[ast.Function, Source]] = {}
        self.signatures: dict[str, Signature | None] = {}
        self.reported: set[str] = set()
        self.local: dict[str, int] = {}
        self.defining: str | None = None
        self.circular: set[str] = set()
        self.modules = modules
        self.later_functions: dict[str, tuple[ast.Function, Source]] = {}
        self.letters: set[str] = set()
        self.sound: set[tuple[Any, ...]] = set()  # calls of operators that were found to fit
        self.paths = paths_of(modules, operators.lookup)
        self.broken = frozenset().union(*(module.broken for module in modules))
        self.complete = all(module.complete for module in modules)
        for module in modules:
            self.survey(module)

    def survey(self, module: ast.Module) -> None:
        """Notes where functions are defined, for what is called too early, and the letters of shapes."""
        for statement in flat(module.statements):
            if isinstance(statement, ast.Function):
                self.later_functions.setdefault(statement.name, (statement, module.source))
            elif isinstance(statement, ast.Declaration):
                self.letters.update(each for each in statement.shape or () if isinstance(each, str) and each != "?")

    @cached_property
    def later(self) -> dict[str, tuple[Source, Defining]]:
        """Where names are defined first, for what is used too early; needed only once a name is not known."""
        found: dict[str, tuple[Source, Defining]] = {}
        for module in self.modules:
            for statement in flat(module.statements):
                if isinstance(statement, (ast.Declaration, ast.Assignment)):
                    found.setdefault(statement.name, (module.source, statement))
        return found

    def report(self, code: str, message: str, start: int, end: int, help: str | None = None, *labels: Label) -> None:
        """Keeps a problem."""
        self.found.append(Diagnostic(code, message, self.source.span(start, end), labels, help=help))

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
        if self.paths.words:
            expression = joined(expression, self.source, self.paths, self.known)
        code, local, values, implicit, sound = expression.code, self.local, self.values, self.implicit, self.sound
        operands: list[int] = []  # their places in the code
        sums: list[ast.Comprehension] = []
        for place in range(expression.first, expression.last):
            step = code.steps[place]
            if type(step) is tuple:
                kind, value, arity = step
                if kind == "call":
                    if step not in sound or value[0] == self.defining:
                        self.call(code, place, operands)
                elif kind == "repeat":
                    sums.append(value)
                if arity:
                    del operands[len(operands) - arity :]
            elif type(step) is str and step not in values and step not in local and step not in implicit:
                self.name(step, code.starts[place], code.ends[place], inputs)
            operands.append(place)
        return sums

    def known(self, name: str) -> bool:
        """Whether a value has the name here."""
        return name in self.local or name in self.values or name in self.implicit

    def name(self, name: str, start: int, end: int, inputs: bool) -> None:
        """A name that is used: it is defined, or an input that nobody declared, or a problem."""
        if self.known(name) or "/" in name:
            return  # which variables layers have is known once they are called
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
        if name in self.later:
            source, later = self.later[name]
            label = Label(source.span(later.name_start, later.name_end), "defined here")
            self.report("E0304", f"`{name}` is used before it is defined", start, end, None, label)
            return
        if name not in FOREIGN and (called or self.operators.lookup(name) is not None):
            self.report("E0308", f"`{name}` is a function, not a value", start, end, f"{name}(…)")
            return
        if name in self.letters:
            self.report("E0301", f"`{name}` is a size in a shape, not a value", start, end, f"const {name} = …")
            return
        meant = closest(name, [*self.local, *self.values, *self.implicit, *RESERVED])
        help = f"did you mean `{meant}`?" if meant else f"input {name}" if self.current.declared else None
        self.report("E0301", f"`{name}` is not defined", start, end, help)

    def call(self, code: ast.Code, place: int, operands: list[int]) -> None:
        """A call: the function is there, and the arguments fit; `operands` are the places of all that waits for a call."""
        item = code.item(place)
        function, keywords = cast("tuple[str, tuple[str, ...]]", item.value)
        if function in SIGNS or not (function[0].isalpha() or function[0] == "_"):
            self.sound.add(code.steps[place])
            return
        if function == self.defining or (function not in self.functions and function in self.later_functions):
            self.too_early(function, item)
            return
        if function not in self.signatures or function in self.functions:
            self.signatures[function] = self.signature(function)
        signature = self.signatures[function]
        if signature is None:
            if function not in self.broken and self.complete:
                self.unknown(function, item)
            return
        misfits = check_call(signature, item.arity - len(keywords), keywords)
        if function in self.functions:
            # A word is the text of a function's name, or else a value that must be there.
            for given in map(code.item, operands[len(operands) - len(keywords) :]):
                if given.kind == "word" and self.signature(given.value) is None:
                    self.name(given.value, given.start, given.end, inputs=True)
        if not misfits and function not in self.functions:
            self.sound.add(code.steps[place])
        for misfit in misfits:
            span = function_span(self.source, item)
            if misfit.keyword is not None:
                value = operands[len(operands) - len(keywords) + keywords.index(misfit.keyword)]
                span = keyword_span(self.source, item, code.item(value), misfit.keyword)
            elif misfit.code == "E0401":
                first, last = operands[-item.arity + len(signature.slots)], operands[len(operands) - len(keywords) - 1]
                span = code.starts[first], code.ends[last]
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
                self.report(
                    "E0211", "values have no functions of their own", *span, f"{method}({owner})" if known else None
                )
                return
            self.report(
                "E0303",
                f"there is no function `{function}`",
                *span,
                f"did you mean `{method}`?" if self.operators.lookup(method) else None,
            )
        elif function in self.values or function in self.local or function in self.implicit:
            self.report("E0303", f"`{function}` is a value, not a function", *span, f"{function} * (…)")
        else:
            names = [
                name
                for name in self.operators.ALIASES
                if name.isidentifier() and self.operators.lookup(name) is not None
            ]
            meant = closest(function, [*self.functions, *names])
            self.report(
                "E0303", f"there is no function `{function}`", *span, f"did you mean `{meant}`?" if meant else None
            )

    def too_early(self, function: str, item: ast.Item) -> None:
        """Reports a function that calls itself, or that is called above its definition."""
        if function + "()" in self.reported or function in self.circular:
            return
        span = function_span(self.source, item)
        chain = [function] if function == self.defining else chain_to(self.defining, function, self.later_functions)
        if not chain:
            self.reported.add(function + "()")
        self.circular.update(chain)
        definition, source = self.functions.get(function) or self.later_functions[function]
        label = Label(source.span(definition.name_start, definition.name_end), "defined here")
        if not chain:
            self.report("E0304", f"the function `{function}` is called before it is defined", *span, None, label)
        elif len(chain) == 1:
            self.report(
                "E0305", f"`{function}` calls itself", *span, "repeat 20 { … } for a bounded number of steps", label
            )
        else:
            told = " calls ".join(f"`{name}`" for name in (self.defining or "", *chain))
            self.found.append(
                Diagnostic(
                    "E0305",
                    f"`{self.defining}` calls itself by way of `{function}`",
                    self.source.span(*span),
                    (label,),
                    (told,),
                )
            )
