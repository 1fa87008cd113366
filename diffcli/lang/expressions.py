"""Expressions to nodes: the postfix items are run like a stack machine whose values are nodes of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..diagnostic import Diagnostic, closest
from ..engine.arguments import fold
from ..engine.connection import Reason
from ..engine.graph import Node
from ..engine.op import ROLES, Items, Op, build, constant, lift, lookup
from ..engine.shape import OperandError, Size, text
from ..source import Span
from . import ast
from .functions import MAX_CALLS, POISON, Functions, Refused
from .limits import Limits
from .paths import joined

__all__ = ["POISON", "Expressions", "Refused"]


class Expressions(Functions):
    """What lowering an expression needs to know beside the functions of the user, and the lowering itself."""

    limits: Limits

    def __init__(self) -> None:
        super().__init__()
        self.operators: dict[tuple[Any, ...], Op] = {}  # of the calls that need nothing looked up

    def expression(self, expression: ast.Expression, local: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression: a node, a list, a truth value or text for an argument, the reason of a none."""
        if self.model.paths.words:
            expression = self.with_paths(expression, local)
        stack: list[Any] = []
        code, names, origins = expression.code, self.model.names, self.model.origins
        for place in range(expression.first, expression.last):
            step = code.steps[place]
            if type(step) is float:
                stack.append(constant(self.graph, step))
            elif type(step) is str:
                # A local name first; one that the resolver refused is not refused again.
                value = local[step] if local is not None and step in local else names.get(step, POISON)
                if value is POISON and "/" in step and step not in names:
                    self.report(self.no_variable(step, code.item(place)))
                stack.append(value)
            elif step[0] in ("string", "literal"):
                stack.append(step[1])
            elif step[0] == "word":
                stack.append(local[step[1]] if local is not None and step[1] in local else names.get(step[1], step[1]))
            else:
                start = len(stack) - step[2]
                operands = stack[start:]
                del stack[start:]
                before = self.graph.count
                value = self.plain(step, operands)
                if value is None:
                    stack.append(self.operation(code.item(place), operands, local))
                    continue
                if value not in origins:
                    origins[value] = (self.source, code.starts[place], code.ends[place])
                if self.graph.count > before + 1:
                    self.cover(value, before, code.item(place))
                stack.append(value)
        return stack[-1]

    def with_paths(self, expression: ast.Expression, local: Mapping[str, Any] | None) -> ast.Expression:
        """The expression with `dense/kernel` as one name."""
        names = self.model.names

        def known(name: str) -> bool:
            return name in names or (local is not None and name in local)

        return joined(expression, self.source, self.model.paths, known)

    def mentioned(self, names: Iterable[ast.Reference]) -> list[Any]:
        """What the names of a statement mean; reports the variables that no layer has by then."""
        for each in names:
            if "/" in each.name and each.name not in self.model.names:
                self.report(self.no_variable(each.name, each))
        return [self.model.names.get(each.name) for each in names]

    def no_variable(self, path: str, where: ast.Item | ast.Reference) -> Diagnostic:
        """The diagnostic of a variable that no layer has by then."""
        known = [name for name in self.model.names if "/" in name]
        own = [name for name in known if name.startswith(path.split("/")[0] + "/")]
        meant = closest(path, own or known)
        hint = f"did you mean `{meant}`?" if meant else f"it has {' and '.join(own)}" if own else None
        hint = hint or "a layer has its variables from its call on"
        return self.at("E0301", f"no layer has the variable `{path}` here", where, hint)

    def plain(self, step: tuple[Any, ...], operands: list[Any]) -> Node | None:
        """The node of an element-wise operator on scalars, which most of a large file is made of; None for all else."""
        op = self.operators.get(step)
        if op is None:
            kind, called, arity = step
            if kind != "call" or called[1]:
                return None
            op = lookup("neg" if called[0] == "-" and arity == 1 else called[0])
            if op is None or op.partials is None or op.prepare is not None or arity != len(op.parameters):
                return None
            self.operators[step] = op
        if step[1][0] in self.functions:
            return None
        for each in operands:
            if type(each) is not Node or each.shape:
                return None
        try:
            value = build(op, operands, (), self.graph)
        except OperandError:
            return None  # it is refused once more where there is a place to point at
        return value if value.inputs else None

    def operation(self, item: ast.Item, operands: list[Any], local: Mapping[str, Any] | None) -> Any:
        """The value of one step that takes operands."""
        if any(each is POISON for each in operands):
            return POISON
        before = self.graph.count
        try:
            value = self.apply(item, operands, local)
        except OperandError as error:
            problem = self.problem(error, item.start, item.end)
            if self.graph.full:
                raise Refused(problem) from None  # all that follows would be refused for the same reason
            self.report(problem)
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
            if value not in self.model.origins:
                self.model.origins[value] = (self.source, item.start, item.end)
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
        if op.layer is not None:
            return self.layer(op, positional, named, item)
        return op.call(positional, named, self.graph)

    def layer(self, op: Op, positional: list[Any], named: dict[str, Any], item: ast.Item) -> Any:
        """The call of a layer: only the statements of a file can make variables."""
        raise Refused(
            self.at("E0306", f"`{op.name}` makes variables: it stands in a file alone, not in an option", item)
        )

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
