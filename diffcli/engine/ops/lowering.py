"""Arithmetic from fewer operations: rules for programs, exact for all floats."""

from __future__ import annotations

import math

from ..graph import Node
from ..op import constant, is_constant

# The product of two constants up to here is a number in single precision, too.
LARGEST = 2.0**60


def _power_of_two(number: float) -> bool:
    return 1.0 / LARGEST < abs(number) < LARGEST and abs(math.frexp(number)[0]) == 0.5


def multiply(x1: Node, x2: Node) -> Node | None:
    """100 * (2 * x) as 200 * x: doubling loses nothing, and where it overflows so does the product."""
    outer, inner = (x1, x2) if is_constant(x1) else (x2, x1)
    if not is_constant(outer) or inner.op.infix != "*" or inner.kind != "float":
        return None
    first, rest = inner.inputs if is_constant(inner.inputs[0]) else inner.inputs[::-1]
    if not is_constant(first):
        return None
    a, b = outer.attributes[0], first.attributes[0]
    if not (1.0 <= abs(a) < LARGEST and 1.0 <= abs(b) < LARGEST):
        return None
    # A whole number times a subnormal is exact; another one is rounded there, and then doubling comes too late.
    exact = _power_of_two(b) or (_power_of_two(a) and b % 1 == 0)
    return constant(x1.graph, a * b) * rest if exact else None


def divide(x1: Node, x2: Node) -> Node | None:
    """x / 4 as x * 0.25: the reciprocal of a power of two is exact."""
    if is_constant(x2) and _power_of_two(x2.attributes[0]):
        return x1 * constant(x2.graph, 1.0 / x2.attributes[0])
    return None


def add(x1: Node, x2: Node) -> Node | None:
    """-a + b as b - a."""
    return x2 - x1.inputs[0] if x1.op.infix == "neg" and x1.kind == "float" else None


def power(x1: Node, x2: Node) -> Node | None:
    """x**2 as x * x, 1 / x, x itself."""
    if not is_constant(x2):
        return None
    exponent = x2.attributes[0]
    return x1 * x1 if exponent == 2 else 1.0 / x1 if exponent == -1 else x1 if exponent == 1 else None
