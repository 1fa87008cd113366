"""Calls of the user's functions: their bodies with the arguments put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..diagnostic import Diagnostic
from ..engine.graph import Graph, Node
from ..engine.op import ROLES, Items, build, constant, lift
from ..engine.shape import OperandError
from ..source import Source, Span
from . import ast
from .model import Model

# Stands for the value of an expression that was refused: what uses it is not refused once more.
POISON: Any = object()

CODES = {"shape": "E0501", "argument": "E0402", "static": "E0405", "derivative": "E0601", "limit": "E0704"}

# Calls of functions inside functions; the parser bounds all other nesting.
MAX_CALLS = 150


class Refused(Exception):
    """An expression cannot be lowered; carries the diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Functions:
    """What putting in a function needs to know, and how problems are told."""

    graph: Graph
    model: Model
    source: Source

    def __init__(self) -> None:
        self.functions: dict[str, tuple[ast.Function, Source]] = {}
        self.inlined: dict[tuple[Any, ...], Any] = {}
        self.depth = 0

    def expression(self, expression: ast.Expression, local: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression."""
        raise NotImplementedError

    def report(self, diagnostic: Diagnostic) -> None:
        """Keeps a problem; lowering goes on."""
        if diagnostic not in self.model.diagnostics:
            self.model.diagnostics.append(diagnostic)

    def problem(self, error: OperandError, start: int, end: int) -> Diagnostic:
        """The diagnostic of an operator's refusal, at the expression that caused it."""
        return Diagnostic(CODES[error.topic], error.message, Span(self.source, start, end), help=error.hint)

    def at(
        self, code: str, message: str, where: ast.Expression | ast.Item | ast.Reference, hint: str | None = None
    ) -> Diagnostic:
        """A diagnostic at an expression."""
        return Diagnostic(code, message, Span(self.source, where.start, where.end), help=hint)

    def inline(self, name: str, positional: list[Any], named: dict[str, Any], item: ast.Item) -> Any:
        """The value of a user's function: its body with the arguments put in."""
        function, source = self.functions[name]
        key = (name, tuple(map(id, positional)), tuple((word, id(value)) for word, value in named.items()))
        if key in self.inlined:
            return self.inlined[key][1]
        if self.depth >= MAX_CALLS:
            raise Refused(self.at("E0702", f"functions call one another more than {MAX_CALLS} deep", item))
        local: dict[str, Any] = {}
        layers = len(self.graph.layers)
        given = iter(positional)
        outer, self.source = self.source, source
        self.depth += 1
        try:
            for parameter in function.parameters:
                if parameter.name in named:
                    local[parameter.name] = named[parameter.name]
                    continue
                value = next(given, POISON)
                if value is POISON and parameter.default is not None:
                    value = self.expression(parameter.default, local)
                local[parameter.name] = value
            arguments = list(local.values())
            for assignment in function.body:
                local[assignment.name] = self.expression(assignment.value, local)
            value = self.expression(function.result, local)
            if function.gradient is not None and isinstance(value, Node):
                value = self.custom(function, source, value, arguments, local)
        finally:
            self.source = outer
            self.depth -= 1
        # The operands are kept with the result: the key is made of their identities. A layer is a new one at each call.
        if len(self.graph.layers) == layers:
            self.inlined[key] = ((positional, named), value)
        return value

    def custom(
        self, function: ast.Function, source: Source, value: Node, arguments: list[Any], local: dict[str, Any]
    ) -> Any:
        """A function with a gradient of its own: `g` stands for what arrives from the result."""
        assert function.gradient is not None
        expression = function.gradient
        nodes = tuple(lift(self.graph, each) for each in arguments)

        def rule(g: Node) -> list[Any]:
            outer, self.source = self.source, source
            try:
                found = self.expression(expression, {**local, "g": g})
            finally:
                self.source = outer
            listed = list(found) if isinstance(found, Items) and len(nodes) > 1 else [found]
            if len(listed) != len(nodes):
                raise OperandError(
                    "derivative",
                    f"{function.name} has {len(nodes)} parameters, its gradient {len(listed)} entries",
                    "give one entry per parameter: with grad [g * …, g * …]",
                )
            return [None if each is None or each is POISON else lift(self.graph, each) for each in listed]

        one = constant(self.graph, 1.0)
        trial = rule(one if value.shape == () else ROLES["broadcast"](one, value.shape))
        return build(ROLES["custom"], (value, *nodes), (function.name, rule, tuple(each is None for each in trial)))
