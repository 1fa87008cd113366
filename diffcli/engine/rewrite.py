"""Rewrites that make a formula shorter to read; each is equal in real arithmetic.

They are for formulas that are shown, not for what is computed: gathering constants may change the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from .graph import INFIX, Node, ancestors
from .op import constant, is_constant


class Rewrite(NamedTuple):
    """A named rewrite: the node it gives for one that it fits, else None."""

    name: str
    apply: Callable[[Node], Node | None]


def _number(node: Node) -> float | None:
    return float(node.attributes[0]) if is_constant(node) and node.kind == "float" else None


def _is(node: Node, sign: str) -> bool:
    return node.op is INFIX[sign] and node.kind == "float"


def _fold(node: Node) -> Node | None:
    """2 * 3 is 6."""
    numbers = [_number(each) for each in node.inputs]
    if not numbers or None in numbers or node.op.infix not in ("+", "-", "*", "/", "**") or node.op.scalar is None:
        return None
    value = node.op.scalar(*numbers)
    return constant(node.graph, value) if value - value == 0 else None


def _product(node: Node) -> Node | None:
    """3 * (2 * x) and 2 * x * 3 are 6 * x, x * (y * z) is x * y * z."""
    if not _is(node, "*"):
        return None
    left, right = node.inputs
    if (_number(left) is not None and not _is(right, "*")) or (_number(right) is None and not _is(right, "*")):
        return None
    number, factors = 1.0, []
    for factor in [*_spine(left), *_spine(right)]:
        value = _number(factor)
        if value is None:
            factors.append(factor)
        else:
            number *= value
    result = constant(node.graph, number) if number != 1.0 or not factors else None
    for factor in factors:
        result = factor if result is None else result * factor
    return result


def _spine(node: Node) -> list[Node]:
    """The factors of a product that is written from the left, a * b * c."""
    factors: list[Node] = []
    while _is(node, "*"):
        factors.append(node.inputs[1])
        node = node.inputs[0]
    return [node, *reversed(factors)]


def _sign_out(node: Node) -> Node | None:
    """x * -y is -(x * y), -x / y is -(x / y)."""
    if not (_is(node, "*") or _is(node, "/")):
        return None
    left, right = node.inputs
    if _is(left, "neg"):
        return -INFIX[node.op.infix](left.inputs[0], right)
    if _is(right, "neg"):
        return -INFIX[node.op.infix](left, right.inputs[0])
    return None


def _sign_in(node: Node) -> Node | None:
    """-(2 * x) is -2 * x, -(x - y) is y - x."""
    if not _is(node, "neg"):
        return None
    inner = node.inputs[0]
    if _is(inner, "*") and (number := _number(_spine(inner)[0])) is not None:
        return _scaled(inner, -number)
    if _is(inner, "-"):
        return inner.inputs[1] - inner.inputs[0]
    return None


def _scaled(node: Node, number: float) -> Node:
    """A product with another number in front."""
    result = constant(node.graph, number)
    for factor in _spine(node)[1:]:
        result = result * factor
    return result


def _minus(node: Node) -> Node | None:
    """x + -2 * y is x - 2 * y."""
    if not (_is(node, "+") or _is(node, "-")):
        return None
    left, right = node.inputs
    if _is(right, "*") and (number := _number(_spine(right)[0])) is not None and number < 0:
        positive = _scaled(right, -number)
        return left - positive if _is(node, "+") else left + positive
    if (number := _number(right)) is not None and number < 0:
        return left - -number if _is(node, "+") else left + -number
    return None


REWRITES = (
    Rewrite("fold", _fold),
    Rewrite("product", _product),
    Rewrite("sign out", _sign_out),
    Rewrite("sign in", _sign_in),
    Rewrite("minus", _minus),
)

# Each rewrite makes a node smaller or moves a constant outwards, so a few rounds settle a node.
ROUNDS = 12


def tidy(targets: Iterable[Node]) -> list[Node]:
    """The targets with every rewrite applied, from the leaves up."""
    targets = list(targets)
    done: dict[Node, Node] = {}
    for node in ancestors(targets):
        inputs = tuple(done[parent] for parent in node.inputs)
        fresh = node if inputs == node.inputs else node.op.rebuild(node, inputs)
        for _ in range(ROUNDS):
            better = next(
                (found for rewrite in REWRITES if (found := rewrite.apply(fresh)) is not None and found is not fresh),
                None,
            )
            if better is None or better.shape != node.shape:
                break
            fresh = better
        done[node] = fresh
    return [done[target] for target in targets]
