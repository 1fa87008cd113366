"""What to type so that a gradient is there and finite. Each fix is tried: only one that works is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose
from typing import Any

from ..diagnostic import DiagnosticError
from ..engine.diff import gradients
from ..engine.graph import INFIX, Node, ancestors
from ..engine.op import ROLES, constant
from ..engine.run import execute
from ..engine.shape import OperandError
from ..lang import ast
from ..lang.model import Model
from ..lang.write import number
from ..results_why import Fix
from ..source import Source
from .causes import Finding
from .edits import Candidate, applied, as_edits, everywhere, replaced, statements_of, stretch
from .paths import dependents
from .request import Request
from .rewriting import Found, rewrites
from .sweep import taken
from .values import flat, status_of

MOST = 3
DEEPEST = 4  # a quotient of two functions that vanish together with this many derivatives is given up on
CLOSE = 1e-6


def candidates(
    model: Model, request: Request, findings: Sequence[Finding], y: Node, x: Node, status: str, feeds: dict[Node, Any]
) -> Iterator[Candidate]:
    """What could be typed, the surest first."""
    if status == "none":
        yield from _unblocked(model, request, findings, y, x)
    if status in ("nan", "inf"):
        yield from _guards(model, findings, y, feeds)
    fitting = rewrites([each.node for each in findings], y, status)
    for each in (one for one in fitting if one.remedy.equal):
        yield from _rewritten(model, each)
    if status in ("nan", "inf"):
        yield from _limits(model, findings, x, feeds)
    for each in (one for one in fitting if not one.remedy.equal):
        yield from _rewritten(model, each)
    if status in ("nan", "inf"):
        yield from _no_nan(model, findings)
    if status in ("nan", "inf") and request.strict_tf:
        why = "this is TensorFlow's number; without the option it is the mathematical one"
        yield Candidate(why, option="leave out --strict-tf", request=(("strict_tf", False),))


def _rewritten(model: Model, found: Found) -> Iterator[Candidate]:
    changes = replaced(model, found.node, found.instead, found.found.places)
    if changes is not None:
        yield Candidate(found.remedy.why, changes, equal=found.remedy.equal)


def _guards(model: Model, findings: Sequence[Finding], y: Node, feeds: dict[Node, Any]) -> Iterator[Candidate]:
    """A second `where`, on the input of the operation that goes bad in the branch that is not taken."""
    values = execute([y], feeds, model.dtype, model.graph.strict)
    for finding in findings:
        bad = finding.node
        for choice in ancestors([y]):
            if choice.op.role != "select":
                continue
            for place in (1, 2):
                if bad not in ancestors([choice.inputs[place]]):
                    continue
                held = taken(choice, place, values)
                if held.all() if hasattr(held, "all") else held:
                    continue
                condition = choice.inputs[0]
                safe = tuple(_where(condition, place, each) for each in bad.inputs)
                try:
                    instead = bad.op.rebuild(bad, safe)
                except OperandError:
                    continue
                changes = replaced(model, bad, instead)
                if changes is not None and instead.shape == bad.shape:
                    why = "a branch that is not taken still gets 0 * inf; a `where` on its input keeps it finite"
                    yield Candidate(why, changes)


def _where(condition: Node, place: int, value: Node) -> Node:
    """The value in the branch that is taken, else 1."""
    if value.op.role == "constant" or value.kind != "float":
        return value
    sides = (value, 1.0) if place == 1 else (1.0, value)
    return ROLES["select"](condition, *sides)


def _limits(model: Model, findings: Sequence[Finding], x: Node, feeds: dict[Node, Any]) -> Iterator[Candidate]:
    """The limit of a quotient 0 / 0 with its slope, by the rule of L'Hospital."""
    for finding in findings:
        node = finding.node
        if node.op is not INFIX["/"] or x.shape != () or node.shape != () or x.op.role != "leaf":
            continue
        at = float(execute([x], feeds, model.dtype, model.graph.strict)[x])
        series = _series(model, node, x, feeds)
        where = stretch(model, node)
        if series is None or where is None:
            continue
        limit, slope = series
        name = str(x.attributes[0])
        graph = x.graph
        line = constant(graph, limit)
        if slope:
            offset = x if at == 0 else x - constant(graph, at)
            line = line + constant(graph, slope) * offset
        instead = ROLES["select"](ROLES["equal"](x, constant(graph, at)), line, node)
        changes = replaced(model, node, instead)
        if changes is not None:
            why = f"0 / 0 has the limit {number(limit)} and the slope {number(slope)} at {name} = {number(at)}"
            yield Candidate(why, changes)


def _series(model: Model, node: Node, x: Node, feeds: dict[Node, Any]) -> tuple[float, float] | None:
    """Limit and slope of a quotient from the first derivatives of both sides that do not vanish."""
    rows = []
    for side in node.inputs:
        row: list[float] = []
        current: Node | None = side
        for _ in range(DEEPEST + 2):
            row.append(0.0 if current is None else float(execute([current], feeds, "float64")[current]))
            current = None if current is None else gradients([current], [x])[0]
        rows.append(row)
    top, bottom = rows
    order = next((index for index, value in enumerate(bottom) if value), None)
    if order is None or not 0 < order <= DEEPEST or any(top[:order]) or any(each - each for each in top + bottom):
        return None
    limit = top[order] / bottom[order]
    slope = (top[order + 1] - limit * bottom[order + 1]) / ((order + 1) * bottom[order])
    return limit, slope + 0.0  # not -0


def _no_nan(model: Model, findings: Sequence[Finding]) -> Iterator[Candidate]:
    """A quotient that is 0 where its divisor is."""
    from ..engine.ops.arithmetic import divide_no_nan

    for finding in findings:
        node = finding.node
        if node.op is INFIX["/"] and (changes := replaced(model, node, divide_no_nan(*node.inputs), node.inputs)):
            yield Candidate("0 / 0 is NaN, divide_no_nan is 0 where the divisor is 0", changes, equal=False)


def _unblocked(model: Model, request: Request, findings: Sequence[Finding], y: Node, x: Node) -> Iterator[Candidate]:
    """What opens a path that the rules closed."""
    name = str(x.attributes[0]) if x.op.role in ("leaf", "alias") else ""
    for finding in findings:
        code, node = finding.cause.code, finding.node
        if code == "stopped":
            yield from _unstopped(model, request, node)
        elif code == "frozen":
            start, _ = stretch(model, node) or (0, 0)
            if model.source.text.startswith("frozen", start):
                yield Candidate(f"a tape watches `{name}` by itself when it is a var", ((start, start + 6, "var"),))
        elif code == "unused":
            yield Candidate(
                f"{finding.cause.message}; ask the other way round",
                option=f"--of {name} --wrt {_name_of(y)}",
                request=(("of", (name,)), ("wrt", (_name_of(y),))),
            )
        elif code == "paused":
            for each in statements_of(model):
                inside = stretch(model, node)
                if isinstance(each, ast.Pause) and inside is not None and each.start <= inside[0] < each.end:
                    text = model.source.text[each.start : each.end]
                    body = text[text.index("{") + 1 : text.rindex("}")].strip()
                    yield Candidate("what is computed in a pause is a constant", ((each.start, each.end, body),))
        if code in ("frozen", "unwatched", "before-tape"):
            yield from _watched(model, request, y, name, node, code)


def _name_of(node: Node) -> str:
    return str(node.attributes[0]) if node.op.role in ("leaf", "alias") else "out"


def _unstopped(model: Model, request: Request, node: Node) -> Iterator[Candidate]:
    if node.op.role == "stop":
        changes = replaced(model, node, node.inputs[0], node.inputs)
        if changes is not None:
            yield Candidate("the gradient ends at stop_gradient; without it the value is the same", changes)
        return
    name = _name_of(node)
    if name in request.stop:
        rest = tuple(each for each in request.stop if each != name)
        yield Candidate(
            f"`{name}` was stopped by --stop",
            option=f"--stop {','.join(rest)}" if rest else f"leave out --stop {name}",
            request=(("stop", rest),),
        )
    for each in statements_of(model):
        if isinstance(each, ast.Stop) and any(one.name == name for one in each.names):
            names = [one.name for one in each.names if one.name != name]
            new = f"stop {', '.join(names)}" if names else ""
            yield Candidate(f"`{name}` was stopped by this statement", ((each.start, each.end, new),))


def _watched(model: Model, request: Request, y: Node, name: str, node: Node, code: str) -> Iterator[Candidate]:
    """`watch` at the start of the tape, or the definition moved into it."""
    if not name:
        return
    text = model.source.text
    place = stretch(model, y)
    tapes = [each for each in statements_of(model) if isinstance(each, ast.Tape)]
    around = [each for each in tapes if place is not None and each.start <= place[0] < each.end] or tapes[-1:]
    if not around:
        yield Candidate(
            f"the tape does not watch `{name}`",
            option=f"--watch {name}",
            request=(("watch", (*request.watch, name)),),
        )
        return
    start = text.index("{", around[-1].start) + 1
    semicolon = "" if text[start:].lstrip(" \t")[:1] in ("\n", "\r", "}", "#") else ";"
    yield Candidate(f"the tape does not watch `{name}`", ((start, start, f" watch {name}{semicolon}"),))
    if code == "before-tape":
        outside = [
            span
            for each in sorted(dependents(y, node), key=lambda each: each.order)
            if each.op.role == "alias" and (span := model.span(each)) is not None and span.source is model.source
            if span.end <= around[-1].start
        ]
        if outside:
            told = "; ".join(span.text for span in outside)
            moved = (*((span.start, span.end, "") for span in outside), (start, start, f" {told}{semicolon}"))
            yield Candidate("what is computed outside the tape is a constant to it; move it inside", moved)


def fixes_of(
    model: Model, request: Request, found: Iterator[Candidate], names: tuple[str, str], status: str, value: Any
) -> tuple[Fix, ...]:
    """The candidates that work, tried on the file with the question asked again; `value` is the target's."""
    working: list[Fix] = []
    seen: set[Any] = set()
    for candidate in found:
        for changes in (candidate.changes, everywhere(model, candidate.changes)):
            if changes is None or (changes, candidate.option) in seen:
                continue
            seen.add((changes, candidate.option))
            fix = _tried(model, request, candidate._replace(changes=changes), names, status, value)
            if fix is not None:
                working.append(fix)
                break
        # A stand-in is not worth showing beside something that is equal.
        if len(working) >= MOST or (working and working[0].equal and not candidate.equal):
            break
    return tuple(each for each in working if each.equal or not working[0].equal)


def _tried(
    model: Model, request: Request, candidate: Candidate, names: tuple[str, str], status: str, value: Any
) -> Fix | None:
    from .derive import gradient

    source = Source(model.source.name, applied(model.source.text, candidate.changes))
    asked = request._replace(source=source, of=names[:1], wrt=names[1:], mode="auto", grad_ys=(), unconnected="none")
    try:
        result = gradient(asked._replace(**dict(candidate.request)))
    except (DiagnosticError, OperandError, ArithmeticError):
        return None
    row = result.gradients[0]
    wanted = ("ok",) if status == "zero" else ("ok", "zero")
    if row.status not in wanted or (row.value is None and value is not None):
        return None
    swapped = "of" in dict(candidate.request)
    if candidate.equal and not swapped and not _same(result.targets[0].value, value):
        return None
    return Fix(
        candidate.message,
        as_edits(model.source, candidate.changes),
        candidate.option,
        candidate.equal,
        row.status,
        row.value,
    )


def _same(new: Any, old: Any) -> bool:
    """Whether the target kept its value; one that was not finite may become anything finite."""
    if old is None or status_of(old) in ("nan", "inf"):
        return new is None or status_of(new) not in ("nan", "inf")
    return all(isclose(a, b, rel_tol=CLOSE, abs_tol=1e-12) for a, b in zip(flat(new), flat(old), strict=True))
