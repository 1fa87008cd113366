"""Declarations to leaves of the graph: values, shapes whose letters agree, uncertainties and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..diagnostic import Diagnostic, Label
from ..engine.graph import Node
from ..engine.layer import Variable
from ..engine.op import ROLES, Op, leaf, lift
from ..engine.shape import Dim, Shape, Size, known, text
from ..engine.tape import Record
from ..source import Span
from . import ast
from .expressions import POISON, Expressions, Refused
from .model import Leaf, Place


class Declarations(Expressions):
    """What lowering a declaration needs to know beside expressions."""

    feeds: Mapping[str, Any]
    watch: tuple[str, ...]
    record: Record
    defaults: bool

    def __init__(self, sizes: Mapping[str, int]) -> None:
        super().__init__()
        self.sizes: dict[str, int] = dict(sizes)
        self.sized_by: dict[str, str] = {}
        self.letters_open = 0

    def _declaration(self, statement: ast.Declaration) -> None:
        place = (self.source, statement.start, statement.end)
        value = self.expression(statement.value) if statement.value is not None else None
        node = self.declare(statement.name, statement.kind, statement.shape, value, place, statement.label)
        if node is None:
            return
        deviation = self.number(statement.uncertainty)
        low, high = [self.number(each) for each in statement.bounds] if statement.bounds is not None else (None, None)
        entry = self.model.leaves[statement.name]
        if deviation is not None:
            self.graph.deviations[node] = deviation
        bounds = (low, high) if low is not None and high is not None else None
        self.model.leaves[statement.name] = Leaf(
            entry.name, entry.kind, node, entry.value, place, entry.fed, deviation, bounds, statement.label
        )

    def number(self, expression: ast.Expression | None) -> Node | None:
        """The node of an expression beside a declaration, None when there is none or it was refused."""
        value = self.expression(expression) if expression is not None else None
        return None if value is None or value is POISON else lift(self.graph, value)

    def declare(
        self,
        name: str,
        kind: str,
        sizes: Sequence[int | str] | None,
        value: Any,
        place: Place,
        label: str | None = None,
    ) -> Node | None:
        """The leaf of a declaration; a value given from outside takes the place of the declared one."""
        fed = name in self.feeds
        if fed:
            value = self.feed(self.feeds[name])
        elif not self.defaults and kind == "input" and any(isinstance(size, str) for size in sizes or ()):
            value = None
        if value is POISON:
            self.model.names[name] = POISON
            return None
        number = None if value is None else lift(self.graph, value)
        shape: Shape = () if number is None else number.shape
        if sizes is not None:
            shape = self.declared_shape(name, sizes, None if number is None else number.shape, place)
            if number is not None and number.shape != shape:
                number = ROLES["broadcast"](number, shape)
        node = leaf(self.graph, name, kind, shape, number.kind if number is not None else "float")
        if kind == "const" and number is not None:
            self.graph.bound[node] = number
        self.model.origins[node] = place
        self.model.names[name] = node
        self.model.leaves[name] = Leaf(name, kind, node, number, place, fed, label=label)
        if name in self.watch and self.record.open:
            self.record.watch(node)
        return node

    def layer(self, op: Op, positional: list[Any], named: dict[str, Any], item: ast.Item) -> Any:
        """The output of a layer; its variables become declared names, whose values `--at` may replace."""
        before = len(self.graph.layers)
        output = op.call(positional, named, self.graph)
        place = (self.source, item.start, item.end)
        for layer in list(self.graph.layers.values())[before:]:
            for variable in layer.variables:
                self.adopt(variable, place)
        return output

    def adopt(self, variable: Variable, place: Place) -> None:
        """Enters a variable that a layer made among the declared names."""
        name, node, value = variable.name, variable.node, variable.initial
        fed = name in self.feeds
        if fed:
            given = self.feed(self.feeds[name])
            if given is POISON:
                self.model.names[name] = POISON
                return
            value = lift(self.graph, given)
            if value.shape != node.shape:
                self.declared_shape(name, known(node.shape) or (), value.shape, place)
                value = ROLES["broadcast"](value, node.shape)
        self.model.origins[node] = place
        self.model.names[name] = node
        kind = "var" if variable.trainable else "frozen"
        self.model.leaves[name] = Leaf(name, kind, node, value, place, fed)
        if name in self.watch and self.record.open:
            self.record.watch(node)

    def feed(self, feed: Any) -> Any:
        """The value of `--at NAME=…`: an expression of its own source."""
        source, expression = feed
        outer, self.source = self.source, source
        try:
            return self.expression(expression)
        finally:
            self.source = outer

    def declared_shape(self, name: str, sizes: Sequence[int | str], actual: Shape | None, place: Place) -> Shape:
        """The declared shape with its letters bound by the value's shape."""
        if actual is not None and actual != () and len(actual) != len(sizes):
            raise Refused(self.misfit(name, sizes, actual, place))
        shape: list[Size] = []
        for axis, size in enumerate(sizes):
            given = actual[axis] if actual else None
            if isinstance(size, int):
                if given is not None and given not in (size, 1):
                    raise Refused(self.misfit(name, sizes, actual or (), place))
                shape.append(size)
            elif size == "?":
                self.letters_open += 1
                shape.append(given if given is not None else Dim.letter(f"?{self.letters_open}"))
            else:
                bound = self.sizes.get(size)
                if isinstance(given, int):
                    if bound is not None and bound != given and size in self.sized_by:
                        other = self.model.leaves.get(self.sized_by[size])
                        labels = (Label(Span(*other.place), f"here {size} is {bound}"),) if other is not None else ()
                        raise Refused(
                            Diagnostic(
                                "E0502",
                                f"size {size} of `{name}` is {given}, but it is {bound} in `{self.sized_by[size]}`",
                                Span(*place),
                                labels,
                            )
                        )
                    self.sizes[size] = given
                    self.sized_by.setdefault(size, name)
                    shape.append(given)
                else:
                    shape.append(bound if bound is not None else Dim.letter(size))
        return tuple(shape)

    def misfit(self, name: str, sizes: Sequence[int | str], actual: Shape, place: Place) -> Diagnostic:
        """The diagnostic of a value that has not the declared shape."""
        declared = "[" + ", ".join(map(str, sizes)) + "]"
        return Diagnostic(
            "E0502", f"`{name}` is declared with shape {declared}, its value has shape {text(actual)}", Span(*place)
        )
