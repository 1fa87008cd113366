"""The arguments of a call: which are inputs, and which must be known before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .graph import Node
from .op import REQUIRED, Items, Op
from .shape import OperandError


def static_value(value: Any) -> Any:
    """An attribute (axis, shape, flag) from what the language passed: numbers as they are, lists as tuples."""
    if isinstance(value, Node):
        if value.shape != ():
            if value.op.role == "tensor" and len(value.shape) == 1:
                return value.attributes[1]
            raise OperandError(
                "static", "this argument must be a number or a list of numbers that is known before the run"
            )
        return fold(value)
    if isinstance(value, (Items, list, tuple)):
        return tuple(static_value(item) for item in value)
    return value


def fold(node: Node) -> float:
    """The value of a scalar node that depends on constants alone; OperandError names what it depends on otherwise."""
    bound = node.graph.bound
    seen, stack = {node}, [node]
    while stack:
        each = stack.pop()
        for parent in (bound[each],) if each in bound else each.inputs:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    values: dict[Node, float] = {}
    # A constant is created after the expression of its value, so the order of creation still is topological.
    for each in sorted(seen, key=lambda one: one.order):
        values[each] = (
            values[bound[each]] if each in bound else _fold_step(each, [values[parent] for parent in each.inputs])
        )
    return values[node]


def _fold_step(node: Node, operands: list[float]) -> float:
    if node.op.role == "constant":
        return float(node.attributes[0]) if node.kind != "bool" else node.attributes[0]
    if node.op.scalar is not None and node.shape == () and all(parent.shape == () for parent in node.inputs):
        return node.op.scalar(*operands)  # type: ignore[no-any-return]  # operators are called by rules, which have no types
    what = f"`{node.attributes[0]}`" if node.op.role == "leaf" else f"a result of {node.op.name}"
    raise OperandError(
        "static", f"this argument must be known before the run; it depends on {what}", "use a number or a const"
    )


def bind(op: Op, operands: Sequence[Any], named: Mapping[str, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The inputs and static attributes of a call; for an operator with `expand` all arguments in order."""
    inputs: list[Any] = []
    statics: list[Any] = []
    rest = list(operands)
    left = dict(named)
    for parameter in op.parameters:
        if parameter.variadic:
            keep = 0
            value: Any = tuple(rest[: len(rest) - keep])
            rest = []
        elif rest:
            value = rest.pop(0)
        elif parameter.name in left:
            value = left.pop(parameter.name)
        elif parameter.default is not REQUIRED:
            value = parameter.default
        else:
            raise OperandError("argument", f"{op.name} needs the argument {parameter.name}", f"{op.name}({usage(op)})")
        if parameter.static:
            value = static_value(value)
        if op.expand is not None:
            inputs.append(value)
        elif parameter.static:
            statics.append(value)
        elif parameter.variadic:
            inputs.extend(value)
        else:
            inputs.append(value)
    if rest or left:
        extra = next(iter(left), None)
        what = f"has no argument {extra}" if extra else f"takes {len(op.parameters)} arguments, not {len(operands)}"
        raise OperandError("argument", f"{op.name} {what}", f"{op.name}({usage(op)})")
    return tuple(inputs), tuple(statics)


def usage(op: Op) -> str:
    """The parameters as a user reads them: x, axis=none, keepdims=false."""
    words = {None: "none", True: "true", False: "false"}
    parts = []
    for name, default, _, variadic in op.parameters:
        if variadic:
            parts.append(f"{name}…")
        elif default is REQUIRED:
            parts.append(name)
        else:
            shown = (
                words[default]
                if default is None or isinstance(default, bool)
                else default
                if isinstance(default, str)
                else f"{default:g}"
            )
            parts.append(f"{name}={shown}")
    return ", ".join(parts)
