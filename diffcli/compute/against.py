"""The user's own derivatives, compared with ours at the declared point and at random ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

from ..diagnostic import Diagnostic, DiagnosticError, closest
from ..engine import connection
from ..engine.graph import Node, ancestors
from ..engine.op import lift, lookup
from ..engine.shape import known
from ..engine.shape import text as shape_text
from ..lang import ast
from ..lang.expressions import POISON, Expressions
from ..lang.limits import LIMITS
from ..lang.parse import parse
from ..results_check import AgainstRow
from ..source import Source, Span
from .choose import node_named
from .load import name_of
from .points import Point
from .question import Question, computed, guarded
from .verdicts import close, digits

# dy/dx = …, d x = …, ∂y/∂x = … at the start of a statement; `dx = …` is an ordinary name.
QUOTIENT = re.compile(r"(?m)(^|;)([ \t]*)[d∂][ \t]*(\w+)[ \t]*/[ \t]*[d∂][ \t]*(\w+)[ \t]*=(?!=)")
SPACED = re.compile(r"(?m)(^|;)([ \t]*)(?:d[ \t]+|∂[ \t]*)(\w+)[ \t]*=(?!=)")
# How far a stated derivative may be from ours, relative to its size: in 50 digits, in doubles, in singles.
EXACT, TOLERANCE = 1e-9, {"float64": 1e-7, "float32": 1e-4}


class Stated(NamedTuple):
    """A derivative that the user states: its text, of what, by what, and its node and ours."""

    text: str
    of: tuple[str, ...]
    wrt: str
    source: Node
    yours: Node
    ours: Node | None


def compare(question: Question, text: str, points: Sequence[Point]) -> tuple[AgainstRow, ...]:
    """A row for each derivative that the text states."""
    stated = guarded(question, lambda: read(question, text))
    return tuple(judged(question, each, points) for each in stated)


def read(question: Question, text: str) -> list[Stated]:
    """The derivatives that a text states; other names in it may be used by those after them."""
    model = question.model
    quotients: dict[str, tuple[str, str]] = {}

    def named(found: re.Match[str]) -> str:
        start, gap, of, wrt = found.groups()
        name = f"d{of}_by_d{wrt}"
        quotients[name_of(name)] = (name_of(of), name_of(wrt))
        return f"{start}{gap}{name} ="

    source = Source("--against", QUOTIENT.sub(named, SPACED.sub(r"\1\2d\3 =", text)))
    module, problems = parse(source)
    if problems:
        raise DiagnosticError(*problems)
    reader = Expressions()
    reader.model, reader.graph, reader.source, reader.limits = model, model.graph, source, LIMITS
    local: dict[str, Any] = {leaf.name: leaf.node for leaf in model.leaves.values()}
    found = []
    for statement in module.statements:
        if isinstance(statement, ast.Function):
            reader.functions[statement.name] = (statement, source)
            continue
        if not isinstance(statement, ast.Assignment):
            raise refused(source, statement, "a derivative is stated as a definition", "dx = 2*x, or dy/dx = 2*x")
        value = lift(model.graph, value_of(reader, statement, {**model.names, **local}))
        local[statement.name] = value
        shown = source.text[statement.value.start : statement.value.end]
        if statement.name in quotients:
            of, wrt = quotients[statement.name]
            target = [node_named(model, of, "--against", source=False)]
            found.append(pair(question, source, statement, f"d{of}/d{wrt} = {shown}", (of,), target, wrt, value))
        elif statement.name.startswith("d") and statement.name[1:] in {*model.leaves, *model.names}:
            wrt = statement.name[1:]
            text = f"d{wrt} = {shown}"
            found.append(pair(question, source, statement, text, question.names, question.ys, wrt, value))
    if not found:
        names = ", ".join(f"d{name}" for name, _ in question.sources)
        raise DiagnosticError(
            Diagnostic("E0605", "no derivative is stated", Span(source, 0, len(source.text)), help=f"define {names}")
        )
    return found


def refused(source: Source, where: Any, message: str, help: str | None = None) -> DiagnosticError:
    """A problem in the text of the derivatives."""
    return DiagnosticError(Diagnostic("E0301", message, Span(source, where.start, where.end), help=help))


def value_of(reader: Expressions, statement: ast.Assignment, local: dict[str, Any]) -> Any:
    """The node of a stated derivative; what it names must be there."""
    for item in statement.value.items:
        if item.kind == "name" and item.value not in local:
            near = closest(str(item.value), list(local))
            raise refused(reader.source, item, f"unknown name `{item.value}`", near and f"did you mean `{near}`?")
        function = item.value[0] if item.kind == "call" else ""
        if item.kind == "call" and function not in reader.functions and lookup(function) is None and function != "neg":
            raise refused(reader.source, item, f"unknown function `{function}`")
    before = len(reader.model.diagnostics)
    value = reader.expression(statement.value, local)
    if len(reader.model.diagnostics) > before or value is POISON or isinstance(value, connection.Reason):
        problems = reader.model.diagnostics[before:]
        raise DiagnosticError(*problems) if problems else refused(reader.source, statement, "this is not a number")
    return value


def pair(
    question: Question,
    source: Source,
    statement: ast.Assignment,
    text: str,
    of: tuple[str, ...],
    ys: Sequence[Node],
    wrt: str,
    value: Node,
) -> Stated:
    """A stated derivative with ours beside it."""
    x = node_named(question.model, wrt, "--against", source=True)
    ours = connection.differentiate(ys, [x], None, question.stops)[0].node
    sizes = known(value.shape)
    if value.shape not in ((), x.shape) or sizes is None:
        raise refused(
            source, statement, f"this has shape {shape_text(value.shape)}, `{wrt}` has shape {shape_text(x.shape)}"
        )
    return Stated(text, of, wrt, x, value, ours)


def judged(question: Question, each: Stated, points: Sequence[Point]) -> AgainstRow:
    """The point where a stated derivative is worst; points where ours is not finite are left out."""
    from .check import element_name

    dtype = question.model.dtype
    worst: tuple[bool, float, Point, str, Any, Any] | None = None
    skipped = 0
    for point in points:
        ours, yours, tolerance = both(question, each, point)
        if not all(isfinite(one) for one in ours):
            skipped += 1
            continue
        for place, (want, got) in enumerate(zip(ours, yours, strict=True)):
            right = bool(want == got or close(want, got, tolerance, 0.0))
            agree = digits(want, got, dtype)
            if worst is None or (right, agree) < worst[:2]:
                name = element_name(each.wrt, known(each.source.shape) or (), place)
                worst = (right, agree, point, name, float(want), float(got))
    base = (each.text, each.wrt, each.of, len(points) - skipped, skipped)
    if worst is None:
        return AgainstRow(*base, "undefined", None, notes=("the gradient is not finite at any point",))
    right, agree, point, name, want, got = worst
    missing = () if each.ours is not None else ("ours is none: taken as 0",)
    notes = (*missing, *point.notes)
    if right:
        return AgainstRow(*base, "ok", agree, notes=notes)
    return AgainstRow(*base, "wrong", agree, name, point.names, want, got, None, notes)


def both(question: Question, each: Stated, point: Point) -> tuple[list[Any], list[Any], float]:
    """Our elements and the user's, in 50 digits where that can be, and how near they must be."""
    nodes = [each.yours] if each.ours is None else [each.yours, each.ours]
    feeds = dict(point.feeds)
    by_node = {leaf.node: leaf for leaf in question.model.leaves.values()}
    if any(node in by_node and node not in feeds for node in ancestors(nodes)):
        from .values import feeds_of

        feeds = {**feeds_of(question.model, nodes)[0], **feeds}
    values = computed(question.model, [*nodes, each.source], feeds)
    tolerance = TOLERANCE[question.model.dtype]
    doubles = [spread(values[node], each.source) for node in nodes]
    if all(isfinite(one) for row in doubles for one in row) and question.model.dtype == "float64":
        try:
            from ..engine.run import precise

            found = precise.run(nodes, feeds)
            doubles, tolerance = [spread(found[node], each.source) for node in nodes], EXACT
        except ModuleNotFoundError:
            pass
        except precise.Unavailable:
            pass
    yours = doubles[0]
    return (doubles[1] if each.ours is not None else [0.0] * len(yours)), yours, tolerance


def spread(value: Any, x: Node) -> list[Any]:
    """All elements of a value, repeated to the shape of the source."""
    sizes = known(x.shape) or ()
    if not sizes:
        return [value.item() if hasattr(value, "item") else value]
    import numpy

    return list(numpy.broadcast_to(numpy.asarray(value), sizes).ravel())
