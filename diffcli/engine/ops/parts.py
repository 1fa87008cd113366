"""Operators on whole tensors from smaller ones: the same numbers, in steps that a loop can share with others."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from ..graph import Node
from ..op import OPS, ROLES, constant
from ..shape import axes_of, reduced, size_of


def softmax(x: Node, axis: Any) -> Node:
    powers = OPS["exp"](x - OPS["max"](x, axis=axis, keepdims=True))
    return powers / ROLES["sum"](powers, axis, True)


def log_softmax(x: Node, axis: Any) -> Node:
    shifted = x - OPS["max"](x, axis=axis, keepdims=True)
    return shifted - OPS["log"](ROLES["sum"](OPS["exp"](shifted), axis, True))


def logsumexp(x: Node, axis: Any, keepdims: bool) -> Node:
    highest = OPS["max"](x, axis=axis, keepdims=True)
    shift = ROLES["select"](OPS["isfinite"](highest), highest, 0.0)
    return _kept(OPS["log"](ROLES["sum"](OPS["exp"](x - shift), axis, True)) + shift, x, axis, keepdims)


def norm(x: Node, ord: float, axis: Any, keepdims: bool) -> Node | None:
    if 0 in x.shape or ord not in (1, 2, inf):
        return None
    if ord == 2:
        return _kept(_root_of_squares(x, axis), x, axis, keepdims)
    reduction = ROLES["sum"] if ord == 1 else OPS["max"]
    return reduction(OPS["abs"](x), axis=axis, keepdims=keepdims)


def std(x: Node, axis: Any, keepdims: bool, ddof: int) -> Node | None:
    if 0 in x.shape:
        return None
    axes = axes_of(axis, len(x.shape))
    items = tuple(("slice", None, 1 if place in axes else None, None) for place in range(len(x.shape)))
    shifted = x - ROLES["index"](x, items)
    count = size_of(tuple(x.shape[place] for place in axes))
    spread = shifted - ROLES["sum"](shifted, axis, True) / float(count)  # type: ignore[arg-type]  # sizes are known
    divisor = OPS["sqrt"](constant(x.graph, count - ddof if count > ddof else nan))  # type: ignore[operator, arg-type]  # sizes are known
    return _kept(_root_of_squares(spread, axis) / divisor, x, axis, keepdims)


def clip_by_norm(t: Node, c: Node, axes: Any) -> Node | None:
    if 0 in t.shape:
        return None
    length = _root_of_squares(t, axes) if t.shape else OPS["abs"](t)
    divisor = ROLES["select"](ROLES["equal"](length, 0.0), 1.0, length)
    return ROLES["select"](ROLES["less"](length, c), t, t / divisor * OPS["maximum"](c, 0.0))


def _root_of_squares(x: Node, axis: Any) -> Node:
    """sqrt(sum(x * x)) with the reduced axes kept, scaled by a power of two, in two halves that are numbers themselves."""
    largest = OPS["max"](OPS["abs"](x), axis=axis, keepdims=True)
    usual = OPS["logical_and"](OPS["isfinite"](largest), ROLES["greater"](largest, 0.0))
    exponent = OPS["floor"](OPS["log2"](ROLES["select"](usual, largest, 1.0)))
    half = OPS["floor"](exponent * 0.5)
    rest = exponent - half
    scaled = x * OPS["exp2"](-half) * OPS["exp2"](-rest)
    return OPS["sqrt"](ROLES["sum"](scaled * scaled, axis, True)) * OPS["exp2"](half) * OPS["exp2"](rest)


def _kept(value: Node, x: Node, axis: Any, keepdims: bool) -> Node:
    return ROLES["reshape"](value, reduced(x.shape, axes_of(axis, len(x.shape)), keepdims))
