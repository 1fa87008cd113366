"""From the syntax of a file to the op graph, with the origin of each node kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import ops as _ops  # registers the operators
from ..engine.arguments import fold
from ..engine.collecting import uncollected
from ..engine.connection import Reason
from ..engine.graph import Graph, Node
from ..engine.op import Items, alias, lift, lookup
from ..engine.shape import OperandError
from ..engine.tape import Record
from ..source import Source, Span
from . import ast
from .declarations import Declarations
from .expressions import POISON, Expressions, Refused
from .limits import LIMITS, Limits
from .model import Case, Model, Origins
from .parse import flat
from .paths import NO_PATHS, Paths, paths_of

assert _ops.FAMILIES


class Lowering(Declarations):
    """The state of lowering one file and the files it uses into one graph."""

    def __init__(
        self,
        source: Source,
        feeds: Mapping[str, Any],
        *,
        strict: bool = False,
        limits: Limits = LIMITS,
        testing: bool = False,
        defaults: bool = True,
        seed: int = 0,
        tape: bool = False,
        manual: bool = False,
        watch: Sequence[str] = (),
        sizes: Mapping[str, int] | None = None,
        paths: Paths = NO_PATHS,
        captured: Callable[[ast.ExpectError], Sequence[Diagnostic]] = lambda statement: statement.statement_diagnostics,
    ) -> None:
        super().__init__(sizes or {})
        self.graph = Graph(strict, limits.nodes)
        self.graph.seed = seed
        self.record = self.graph.record = Record()
        self.model = Model(source, self.graph, origins=Origins(len(source.text)), paths=paths)
        self.source = source
        self.feeds = feeds
        self.limits = limits
        self.testing = testing
        self.defaults = defaults
        self.watch = tuple(watch)
        self.captured = captured
        if tape:
            self.record.enter(manual)

    # ---- statements

    def module(self, module: ast.Module) -> None:
        """Lowers all statements of one file."""
        self.source = module.source
        self.statements(module.statements)

    def statements(self, statements: Sequence[Any]) -> None:
        """Lowers statements in order; one that is refused does not stop the others."""
        for statement in statements:
            handler = getattr(self, "_" + type(statement).__name__.lower())
            try:
                handler(statement)
                continue
            except Refused as refused:
                self.report(refused.diagnostic)
            except OperandError as error:
                self.report(self.problem(error, statement.start, statement.end))
            if self.graph.full:
                return  # all that follows would be refused for the same reason

    def bind(self, name: str, value: Any, start: int, end: int) -> None:
        """Gives a name its meaning; a node gets a place of its own, so that equal expressions stay two nodes."""
        if isinstance(value, Items) and (name == "out" or not any(isinstance(each, Reason) for each in value)):
            try:
                value = lift(self.graph, value)
            except OperandError as error:
                if error.topic != "shape":
                    raise
        elif isinstance(value, (bool, int, float)):
            value = lift(self.graph, value)
        if name in self.model.names:
            self.inlined.clear()  # a function may have read the name that now means something else
        if isinstance(value, Node):
            value = alias(value, name)
            self.model.origins[value] = (self.source, start, end)
            self.record.place(value)
            if name in self.watch and self.record.open:
                self.record.watch(value)
        self.model.names[name] = value
        self.model.defined[name] = None

    def _assignment(self, statement: ast.Assignment) -> None:
        self.bind(statement.name, self.value(statement.value), statement.start, statement.end)

    def _bare(self, statement: ast.Bare) -> None:
        self.bind("out", self.value(statement.value), statement.start, statement.end)

    def value(self, expression: ast.Expression) -> Any:
        """The value of a statement's expression: a bracketed list is a tensor, so its entries must fit together."""
        value = self.expression(expression)
        if (
            isinstance(value, Items)
            and expression.code.item(expression.last - 1).kind == "list"
            and POISON not in value
        ):
            try:
                return lift(self.graph, value)
            except OperandError as error:
                raise Refused(self.problem(error, expression.start, expression.end)) from None
        return value

    def _function(self, statement: ast.Function) -> None:
        self.functions[statement.name] = (statement, self.source)

    def _output(self, statement: ast.Output) -> None:
        self.mentioned(statement.names)
        self.model.outputs = (*self.model.outputs, *(each.name for each in statement.names))

    def _stop(self, statement: ast.Stop) -> None:
        self.graph.stops |= {node for node in self.mentioned(statement.names) if isinstance(node, Node)}

    def _minimize(self, statement: ast.Minimize) -> None:
        self.model.minimize = statement.name

    def _watch(self, statement: ast.Watch) -> None:
        if not self.record.open:
            raise Refused(
                Diagnostic(
                    "E0306",
                    "`watch` stands outside a tape",
                    Span(self.source, statement.start, statement.end),
                    help="tape { watch x; … }",
                )
            )
        for node in self.mentioned(statement.names):
            if isinstance(node, Node):
                self.record.watch(node)

    def _tape(self, statement: ast.Tape) -> None:
        self.record.enter(statement.manual)
        self.inlined.clear()
        for name in self.watch:
            node = self.model.names.get(name)
            if isinstance(node, Node):
                self.record.watch(node)
        self.statements(statement.body)
        self.record.leave()
        self.inlined.clear()

    def _pause(self, statement: ast.Pause) -> None:
        self.record.paused += 1
        self.statements(statement.body)
        self.record.paused -= 1

    def _repeat(self, statement: ast.Repeat) -> None:
        count = self.static(statement.count)
        if count is POISON:
            return
        if count != count // 1 or count < 0:
            raise Refused(
                self.at("E0404", f"the number of turns must be a whole number, not {count:g}", statement.count)
            )
        if count > self.limits.repeat:
            raise Refused(
                self.at(
                    "E0705",
                    f"{count:g} turns are more than the {self.limits.repeat} allowed",
                    statement.count,
                    "raise it with --max-repeat",
                )
            )
        known_problems = len(self.model.diagnostics)
        for _ in range(int(count)):
            self.statements(statement.body)
            if len(self.model.diagnostics) > known_problems:
                return

    def _use(self, statement: ast.Use) -> None:
        """The used file's statements were lowered before."""

    def _dtype(self, statement: ast.Dtype) -> None:
        self.model.dtype = statement.name

    def _correlation(self, statement: ast.Correlation) -> None:
        first, second = (self.model.names.get(each.name) for each in (statement.first, statement.second))
        value = self.expression(statement.value)
        if isinstance(first, Node) and isinstance(second, Node) and value is not POISON:
            if {(first, second), (second, first)} & self.graph.correlations.keys():
                names = f"`{statement.first.name}` and `{statement.second.name}`"
                span = Span(self.source, statement.start, statement.end)
                raise Refused(Diagnostic("E0622", f"the correlation of {names} is stated twice", span))
            self.graph.correlations[(first, second)] = lift(self.graph, value)

    def _return(self, statement: ast.Return) -> None:
        raise Refused(
            Diagnostic("E0306", "return stands outside a function", Span(self.source, statement.start, statement.end))
        )

    def _expect(self, statement: ast.Expect) -> None:
        if not self.testing:
            return
        value = self.expression(statement.value)
        other = self.expression(statement.other) if statement.other is not None else None
        tolerance = self.expression(statement.tolerance) if statement.tolerance is not None else None
        if POISON in (value, other, tolerance) if not isinstance(value, Items) else POISON in (other, tolerance):
            return
        place = (self.source, statement.start, statement.end)
        self.model.cases.append(
            Case(
                place,
                statement.text,
                value,
                statement.comparison,
                other,
                None if tolerance is None else lift(self.graph, tolerance),
            )
        )

    def _expecterror(self, statement: ast.ExpectError) -> None:
        if not self.testing:
            return
        refused = list(self.captured(statement))
        if not refused and statement.statement is not None:
            kept, names, leaves = self.model.diagnostics, dict(self.model.names), dict(self.model.leaves)
            layers = dict(self.graph.layers)
            self.model.diagnostics = []
            self.statements([statement.statement])
            refused, self.model.diagnostics, self.model.names = self.model.diagnostics, kept, names
            self.model.leaves, self.graph.layers = leaves, layers
        place = (self.source, statement.start, statement.end)
        text_line = self.source.text[statement.start : statement.end].split("\n")[0]
        self.model.cases.append(Case(place, text_line, refusal=statement.text, refused=tuple(refused)))

    # ---- declarations

    def static(self, expression: ast.Expression) -> Any:
        """The number that an expression is before anything runs; POISON when it was refused."""
        value = self.expression(expression)
        if value is POISON:
            return POISON
        try:
            return fold(lift(self.graph, value))
        except OperandError as error:
            raise Refused(self.problem(error, expression.start, expression.end)) from None


@uncollected()
def lower(modules: Sequence[ast.Module], resolution: Any, feeds: Mapping[str, Any], **settings: Any) -> Model:
    """The model of a file, the last of the modules; those before it are the files that it uses.

    Letters in declared shapes are bound by the values there are, wherever in the file these stand: when a value
    binds a letter that was read before, the file is lowered once more with what is known by then.
    """
    sizes: dict[str, int] = {}
    tapes = bool(settings.get("tape")) or any(map(_may_have_tape, modules))
    paths = paths_of(modules, lookup)
    while True:
        lowering = Lowering(
            modules[-1].source, feeds, sizes=sizes, paths=paths, captured=resolution.captured, **settings
        )
        lowering.record.keeping = tapes
        for name, source, start, end in resolution.implicit_inputs:
            lowering.declare(name, "input", None, None, (source, start, end))
        for module in modules:
            lowering.module(module)
        if lowering.sizes == sizes or lowering.model.diagnostics:
            return lowering.model
        sizes = dict(lowering.sizes)


def _may_have_tape(module: ast.Module) -> bool:
    """Whether a file has a tape: only then where each node is computed has to be kept."""
    return any(isinstance(each, (ast.Tape, ast.ExpectError)) for each in flat(module.statements))


def constant_expression(model: Model, source: Source, expression: ast.Expression) -> Any:
    """The value of an expression from outside the file, such as a seed: numbers and the file's names."""
    reader = Expressions()
    reader.model, reader.graph, reader.source, reader.limits = model, model.graph, source, LIMITS
    before = len(model.diagnostics)
    value = reader.expression(expression)
    if len(model.diagnostics) > before:
        raise DiagnosticError(*model.diagnostics[before:])
    if value is POISON:
        raise DiagnosticError(
            Diagnostic("E0402", "this value is not a number", Span(source, expression.start, expression.end))
        )
    return value
