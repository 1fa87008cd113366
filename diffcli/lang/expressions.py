"""Expressions to nodes: the postfix items are run like a stack machine whose values are nodes of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..diagnostic import Diagnostic
from ..engine.arguments import fold
from ..engine.connection import Reason
from ..engine.graph import Graph, Node
from ..engine.op import ROLES, Items, build, constant, lift, lookup
from ..engine.shape import OperandError, Size, text
from ..source import Source, Span
from . import ast
from .limits import Limits
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


class Expressions:
    """What lowering an expression needs to know, and the lowering itself."""

    graph: Graph
    model: Model
    source: Source
    limits: Limits

    def __init__(self) -> None:
        self.functions: dict[str, tuple[ast.Function, Source]] = {}
        self.inlined: dict[tuple[Any, ...], Any] = {}
        self.depth = 0

    def report(self, diagnostic: Diagnostic) -> None:
        """Keeps a problem; lowering goes on."""
        if diagnostic not in self.model.diagnostics:
            self.model.diagnostics.append(diagnostic)

    def problem(self, error: OperandError, start: int, end: int) -> Diagnostic:
        """The diagnostic of an operator's refusal, at the expression that caused it."""
        return Diagnostic(CODES[error.topic], error.message, Span(self.source, start, end), help=error.hint)

    def at(self, code: str, message: str, where: ast.Expression | ast.Item, hint: str | None = None) -> Diagnostic:
        """A diagnostic at an expression."""
        return Diagnostic(code, message, Span(self.source, where.start, where.end), help=hint)

    def expression(self, expression: ast.Expression, local: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression: a node, a list, a truth value or text for an argument, the reason of a none."""
        stack: list[Any] = []
        for item in expression.items:
            kind = item.kind
            if kind == "number":
                stack.append(constant(self.graph, item.value))
            elif kind == "name":
                stack.append(self.name(item, local))
            elif kind in ("string", "literal"):
                stack.append(item.value)
            else:
                start = len(stack) - item.arity
                operands = stack[start:]
                del stack[start:]
                stack.append(self.operation(item, operands, local))
        return stack[-1]

    def name(self, item: ast.Item, local: Mapping[str, Any] | None) -> Any:
        """The meaning of a name: a local one first. A name the resolver refused is not refused again."""
        name: Any = item.value
        if local is not None and name in local:
            return local[name]
        return self.model.names.get(name, POISON)

    def operation(self, item: ast.Item, operands: list[Any], local: Mapping[str, Any] | None) -> Any:
        """The value of one step that takes operands."""
        if any(each is POISON for each in operands):
            return POISON
        before = self.graph.count
        try:
            value = self.apply(item, operands, local)
        except OperandError as error:
            self.report(self.problem(error, item.start, item.end))
            return POISON
        except Refused as refused:
            self.report(refused.diagnostic)
            return POISON
        if isinstance(value, Node) and value.shape and self.limits.elements:
            try:
                self.check_size(value, item)
            except Refused as refused:
                self.report(refused.diagnostic)
                return POISON
        if isinstance(value, Node) and value.inputs:
            self.model.origins.setdefault(value, (self.source, item.start, item.end))
            if self.graph.count > before + 1:
                self.cover(value, before, item)
        return value

    def cover(self, value: Node, before: int, item: ast.Item) -> None:
        """An operator made of several nodes: they all stand where the operator does."""
        stack = [value]
        while stack:
            for parent in stack.pop().inputs:
                if parent.order >= before and parent.inputs and parent not in self.model.origins:
                    self.model.origins[parent] = (self.source, item.start, item.end)
                    stack.append(parent)

    def check_size(self, value: Node, item: ast.Item) -> None:
        """Refuses a tensor that is larger than the limit before anything is computed."""
        total: Size = 1
        for size in value.shape:
            total = total * size
        if isinstance(total, int) and total > self.limits.elements:
            raise Refused(
                self.at(
                    "E0703",
                    f"a tensor of shape {text(value.shape)} has {total} elements, more than the {self.limits.elements} allowed",
                    item,
                    "raise it with --max-elements",
                )
            )

    def apply(self, item: ast.Item, operands: list[Any], local: Mapping[str, Any] | None) -> Any:
        """Calls, lists, indices, choices and bounded sums."""
        if item.kind == "list":
            return Items(operands)
        if item.kind == "repeat":
            return self.comprehension(item, operands, local)
        for each in operands:
            if isinstance(each, Reason):
                diagnostic = Diagnostic(
                    "E0602",
                    "a gradient that is none is used as a number",
                    Span(self.source, item.start, item.end),
                    notes=(each.message,),
                    help="test it with `is none`, or ask for unconnected=zero",
                )
                raise Refused(diagnostic)
        if item.kind == "if":
            return ROLES["select"](*operands)
        if item.kind == "index":
            return self.index(item, operands)
        called: Any = item.value
        function, keywords = called
        split = len(operands) - len(keywords)
        positional, named = operands[:split], dict(zip(keywords, operands[split:], strict=True))
        if function in self.functions:
            return self.inline(function, positional, named, item)
        op = lookup("neg" if function == "-" and len(operands) == 1 else function)
        if op is None:
            return POISON
        return op.call(positional, named, self.graph)

    def comprehension(self, item: ast.Item, operands: list[Any], local: Mapping[str, Any] | None) -> Any:
        """sum(i = a..b, body) and prod(i = a..b, body), one term per whole number."""
        inside: Any = item.value
        if self.depth >= MAX_CALLS:
            raise Refused(self.at("E0702", f"sums are nested more than {MAX_CALLS} deep", item))
        first, last = (fold(lift(self.graph, each)) for each in operands)
        if first % 1 or last % 1:
            raise Refused(self.at("E0404", f"the bounds must be whole numbers, not {first:g} and {last:g}", item))
        count = int(last) - int(first) + 1
        if count > self.limits.repeat:
            raise Refused(
                self.at(
                    "E0705",
                    f"{count} terms are more than the {self.limits.repeat} allowed",
                    item,
                    "raise it with --max-repeat",
                )
            )
        joined = lookup("+" if inside.function == "sum" else "*")
        assert joined is not None
        total: Any = None
        self.depth += 1
        try:
            for turn in range(int(first), int(last) + 1):
                term = self.expression(
                    inside.body, {**(local or {}), inside.variable: constant(self.graph, float(turn))}
                )
                if term is POISON:
                    return POISON
                total = term if total is None else joined(total, term)
        finally:
            self.depth -= 1
        return total if total is not None else constant(self.graph, 0.0 if inside.function == "sum" else 1.0)

    def index(self, item: ast.Item, operands: list[Any]) -> Any:
        """a[0, 1:]: positions known before the run; a single position that is computed becomes a gather."""
        base = operands[0]
        rest = iter(operands[1:])
        axes: list[tuple[Any, ...]] = []
        for descriptor in item.value:
            if descriptor[0] == "slice":
                axes.append(("slice", *(self.whole(next(rest), item) if given else None for given in descriptor[1:])))
            elif descriptor[0] == "at":
                position = next(rest)
                try:
                    axes.append(("at", self.whole(position, item)))
                except OperandError as error:
                    if error.topic != "static" or len(item.value) > 1:
                        raise
                    return ROLES["gather"](base, position)
            else:
                axes.append(descriptor)
        if isinstance(base, Items) and len(axes) == 1 and axes[0][0] == "at":
            if not -len(base) <= axes[0][1] < len(base):
                raise OperandError("argument", f"index {axes[0][1]} is outside a list of {len(base)}")
            return base[axes[0][1]]
        return build(ROLES["index"], (lift(self.graph, base),), (tuple(axes),))

    def whole(self, value: Any, item: ast.Item) -> int:
        """A position: a whole number known before the run."""
        number = fold(lift(self.graph, value))
        if number % 1:
            raise Refused(self.at("E0404", f"an index must be a whole number, not {number:g}", item))
        return int(number)

    def inline(self, name: str, positional: list[Any], named: dict[str, Any], item: ast.Item) -> Any:
        """The value of a user's function: its body with the arguments put in."""
        function, source = self.functions[name]
        key = (name, tuple(map(id, positional)), tuple((word, id(value)) for word, value in named.items()))
        if key in self.inlined:
            return self.inlined[key][1]
        if self.depth >= MAX_CALLS:
            raise Refused(self.at("E0702", f"functions call one another more than {MAX_CALLS} deep", item))
        local: dict[str, Any] = {}
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
        # The operands are kept with the result: the key is made of their identities.
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
