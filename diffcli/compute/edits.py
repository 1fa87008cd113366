"""Edits of the user's text: where an expression stands, what a new one looks like there, and the text with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..engine.graph import Node, ancestors
from ..engine.op import is_constant
from ..lang import ast
from ..lang.model import Model
from ..lang.parse import parse
from ..lang.write import formula, number
from ..results_why import Edit
from ..source import Source

Change = tuple[int, int, str]  # from, to, and the text to put there
OPENERS, CLOSERS = "(,=[{", "),]}"


class Candidate(NamedTuple):
    """Something to type that may mend a gradient: changes of the file, or an option that changes the request."""

    message: str
    changes: tuple[Change, ...] = ()
    option: str | None = None
    request: tuple[tuple[str, Any], ...] = ()
    equal: bool = True


def statements_of(model: Model) -> list[Any]:
    """Every statement of the file, those within tapes and repetitions too."""
    module, _ = parse(model.source)
    found: list[Any] = []
    waiting = list(module.statements)
    while waiting:
        statement = waiting.pop(0)
        found.append(statement)
        if isinstance(statement, (ast.Tape, ast.Pause, ast.Repeat)):
            waiting.extend(statement.body)
    return found


def applied(text: str, changes: Iterable[Change]) -> str:
    """The text with the changes made; they do not overlap."""
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def as_edits(source: Source, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """The changes with positions, in the order of the file."""
    return tuple(Edit(source.position(start, end), source.text[start:end], new) for start, end, new in sorted(changes))


def stretch(model: Model, node: Node) -> tuple[int, int] | None:
    """Where the expression of a node stands in the file itself; of a named one, what follows the equals sign."""
    span = model.span(node)
    if span is None or span.source is not model.source:
        return None
    if node.op.role == "alias" and (after := re.match(r"\s*[^\s=]+\s*=\s*", span.text)):
        return span.start + after.end(), span.end
    return span.start, span.end


def replaced(model: Model, node: Node, instead: Node, places: Sequence[Node] = ()) -> tuple[Change, ...] | None:
    """The change that writes another expression in the place of a node."""
    where = stretch(model, node)
    if where is None:
        return None
    start, end = where
    names = {each: str(each.attributes[0]) for each in ancestors([instead]) if _is_named(each)}
    names.pop(instead, None) if instead.inputs and instead not in places else None
    names |= _parameters(model, start, end, places)
    for each in ancestors([instead], stop=names.__contains__):
        if each not in names and each is not instead and (text := formula(each, names)) != without_defaults(each, text):
            names[each] = without_defaults(each, text)
    new = names[instead] if instead in names else without_defaults(instead, formula(instead, names))
    return ((start, end, fitted(model.source.text, start, end, new)),)


def without_defaults(node: Node, text: str) -> str:
    """A call without last arguments that say what holds anyway: the default of a number, the last axis of a tensor."""
    last = node.op.parameters[-1] if node.op.parameters else None
    if last is None or not text.endswith(")"):
        return text
    if last.static and node.attributes and last.default == -1 and node.attributes[-1] == len(node.shape) - 1:
        tail = f", {last.name}={node.attributes[-1]})"
        return text.removesuffix(tail) + ")" * text.endswith(tail)
    if (
        not last.static
        and node.inputs
        and is_constant(node.inputs[-1])
        and node.inputs[-1].attributes[0] == last.default
    ):
        tail = f", {number(last.default)})"
        return text.removesuffix(tail) + ")" * text.endswith(tail)
    return text


def _is_named(node: Node) -> bool:
    return node.op.role == "alias" and bool(node.attributes[0])


def _parameters(model: Model, start: int, end: int, places: Sequence[Node]) -> dict[Node, str]:
    """Inside a function the operands as its text has them: by their own words, or by the one parameter in sight."""
    inside = [
        each for each in statements_of(model) if isinstance(each, ast.Function) and each.start <= start < each.end
    ]
    if not inside:
        return {}
    text = model.source.text[start:end]
    stated = [each.name for each in inside[0].parameters]
    parameters = [name for name in stated if re.search(rf"\b{re.escape(name)}\b", text)] or stated
    names = {}
    for node in places:
        span = model.span(node)
        if span is not None and span.source is model.source and start <= span.start and span.end <= end:
            names[node] = span.text if span.text.isidentifier() else f"({span.text})"
        elif len(parameters) == 1 and node.op.role != "constant":
            names[node] = parameters[0]
    return names


def fitted(text: str, start: int, end: int, new: str) -> str:
    """The new expression, in parentheses if it could otherwise run into what stands beside it."""
    if is_tight(new):
        return new
    before, after = text[:start].rstrip(" \t"), text[end:].lstrip(" \t")
    opened = not before or (before[-1] in OPENERS + "\n;" and before[-2:] not in ("==", "<=", ">=", "!="))
    closed = not after or after[0] in CLOSERS + "\n\r;#"
    return new if opened and closed else f"({new})"


def is_tight(text: str) -> bool:
    """Whether an expression is one name, one number or one call."""
    if re.fullmatch(r"\w+(\.\d+)?", text):
        return True
    if not re.match(r"\w+\(", text) or not text.endswith(")"):
        return False
    depth = 0
    for index, mark in enumerate(text):
        depth += (mark == "(") - (mark == ")")
        if depth == 0 and mark == ")":
            return index == len(text) - 1
    return False


def everywhere(model: Model, changes: Sequence[Change]) -> tuple[Change, ...] | None:
    """A change made wherever the same text stands in a statement, for expressions that were written twice."""
    if len(changes) != 1:
        return None
    start, end, new = changes[0]
    text = model.source.text
    old = text[start:end]
    if len(old) < 3:
        return None
    ranges = [
        (each.start, each.end)
        for each in statements_of(model)
        if isinstance(each, (ast.Assignment, ast.Bare, ast.Function))
    ]
    found = [
        (place.start(), place.end(), fitted(text, place.start(), place.end(), new))
        for place in re.finditer(re.escape(old), text)
        if any(low <= place.start() and place.end() <= high for low, high in ranges)
    ]
    return tuple(found) if len(found) > 1 else None
