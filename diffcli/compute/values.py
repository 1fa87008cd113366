"""Numbers: the values of the declared names, and results as plain Python numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine.graph import Node, ancestors
from ..engine.run import execute
from ..engine.run.scalar import round_single
from ..engine.shape import known, text
from ..lang.model import Leaf, Model
from ..source import Span

# From so many numbers on, NumPy writes them out faster.
MANY = 64


def feeds_of(model: Model, targets: Iterable[Node]) -> tuple[dict[Node, Any], list[Leaf]]:
    """The values of the leaves that the targets need, and the leaves among them that have none."""
    by_node = {leaf.node: leaf for leaf in model.leaves.values()}
    needed: set[Node] = set()
    stack = [node for node in ancestors(targets) if node in by_node]
    while stack:
        node = stack.pop()
        if node not in needed:
            needed.add(node)
            value = by_node[node].value
            if value is not None:
                stack.extend(each for each in ancestors([value]) if each in by_node)
    feeds: dict[Node, Any] = {}
    missing = []
    for node in sorted(needed, key=lambda each: each.order):
        leaf = by_node[node]
        if leaf.value is None:
            missing.append(leaf)
        elif leaf.value.op.role == "constant":
            feeds[node] = leaf.value.attributes[0]
        else:
            given = {each: feeds[each] for each in ancestors([leaf.value]) if each in feeds}
            if any(each.op.role == "leaf" and each not in given for each in ancestors([leaf.value])):
                continue
            feeds[node] = execute([leaf.value], given, model.dtype, model.graph.strict)[leaf.value]
    return feeds, missing


def demand(model: Model, missing: Iterable[Leaf], other: str = "") -> None:
    """Refuses to compute without the values of all inputs, naming each that is missing, and what else could be done."""
    problems = []
    for leaf in missing:
        sample = "3" if leaf.node.shape == () else f"[…]  (shape {text(leaf.node.shape)})"
        problems.append(
            Diagnostic(
                "E0801",
                f"`{leaf.name}` has no value",
                Span(*leaf.place),
                help=f"{other}give it with --at {leaf.name}={sample}",
            )
        )
    if problems:
        raise DiagnosticError(*problems)


def plain(value: Any, node: Node, dtype: str) -> Any:
    """A computed value as numbers and nested lists; float32 as the shortest text that reads back as the same float32."""
    if hasattr(value, "tolist"):
        if node.kind == "float" and dtype == "float32" and value.size > MANY:
            return value.astype("float32").astype("U").astype("float64").tolist()
        value = value.tolist()
    if node.kind == "bool":
        return each_number(value, bool)
    if node.kind == "int":
        return each_number(
            value, lambda number: int(number) if number == number and abs(number) != float("inf") else float(number)
        )
    return each_number(value, shortest_single if dtype == "float32" else float)


def each_number(value: Any, convert: Any) -> Any:
    """A nested list with each number converted."""
    return [each_number(item, convert) for item in value] if isinstance(value, list) else convert(value)


def shortest_single(value: float) -> float:
    """The double whose shortest text is the shortest text of the float32."""
    if value != value or value in (float("inf"), float("-inf")):
        return value
    for digits in range(6, 10):
        near = float(f"{value:.{digits}g}")
        if round_single(near) == round_single(value):
            return near
    return value


def flat(value: Any) -> list[Any]:
    """All numbers of a nested list, in order."""
    result = []
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, list):
            stack.extend(reversed(each))
        else:
            result.append(each)
    return result


def status_of(value: Any) -> str:
    """ok, zero (every element is 0), nan or inf."""
    numbers = flat(value)
    if any(each != each for each in numbers):
        return "nan"
    if any(each in (float("inf"), float("-inf")) for each in numbers):
        return "inf"
    return "zero" if numbers and all(each == 0 for each in numbers) else "ok"


def dtype_of(node: Node, dtype: str) -> str:
    """The dtype of a node as users know it."""
    return {"float": dtype, "int": "int64", "bool": "bool"}[node.kind]


def shape_of(node: Node) -> tuple[int | str, ...]:
    """The shape with unknown sizes as text."""
    sizes = known(node.shape)
    return sizes if sizes is not None else tuple(size if isinstance(size, int) else str(size) for size in node.shape)


def finite(value: Any) -> bool:
    """Whether a computed value has no NaN and no infinity."""
    if hasattr(value, "tolist"):
        import numpy

        return bool(numpy.all(numpy.isfinite(value)))
    return value - value == 0 if isinstance(value, float) else True


def present(values: Mapping[Node, Any], node: Node) -> bool:
    """Whether the node was computed."""
    return node in values
