"""Clipping by length, of one tensor or of several together."""

from __future__ import annotations

from math import nan
from typing import Any

from ..graph import Node
from ..op import OPS, ROLES, Convention, Edge, Items, build, define, graph_of, lift
from ..shape import OperandError, text
from . import parts
from .arithmetic import divide_no_nan
from .joining import stack
from .norms import norm, root_of_squares
from .reductions import Axis, axis_attribute
from .reductions import sum as total
from .shaping import operand


def _length(x: Node, axes: Axis) -> Node:
    return norm(x, 2.0, axes, True) if x.shape else OPS["abs"](x)


def _total(x: Node, axes: Axis) -> Node:
    return total(x, axes, True) if x.shape else x


def _pull_tensor(g: Node, n: Node) -> Node:
    """Unclipped, g itself; clipped, the part of g across the direction of t, shortened as t was."""
    t, c = n.inputs
    axes = n.attributes[0]
    length = _length(t, axes)
    direction = divide_no_nan(t, length)
    across = g - direction * _total(direction * g, axes)
    return ROLES["select"](_clipped(length, c), divide_no_nan(OPS["maximum"](c, 0.0) * across, length), g)


def _clipped(length: Node, c: Node) -> Node:
    return ROLES["not"](ROLES["less"](length, c))


def _slope_of_limit(n: Node) -> Node:
    t, c = n.inputs
    length = _length(t, n.attributes[0])
    active = OPS["logical_and"](_clipped(length, c), ROLES["greater"](c, 0.0))
    return ROLES["select"](active, divide_no_nan(t, length), 0.0)


def _by_norm(t: Any, clip_norm: Any, axes: Any) -> Node:
    t, c = operand(t, clip_norm), operand(clip_norm, t)
    if not t.graph.strict:
        return build(clip_by_norm, (t, c), (axes,))
    squares = total(t * t, axes, True) if t.shape else t * t
    safe = ROLES["select"](ROLES["greater"](squares, 0.0), squares, 1.0)
    length = ROLES["select"](ROLES["greater"](squares, 0.0), OPS["sqrt"](safe), squares)
    limit = OPS["maximum"](c, 0.0)
    return t * limit / OPS["maximum"](length, limit)  # type: ignore[no-any-return]  # operators are called by rules, which have no types


def _by_norm_shape(inputs: tuple[Node, ...], axes: Axis) -> Any:
    t, c = (each.shape for each in inputs)
    if c != ():
        raise OperandError("shape", f"clip_norm is one number, not a tensor of shape {text(c)}")
    return t


def _by_norm_value(np: Any, t: Any, c: Any, axes: Axis) -> Any:
    length = root_of_squares(np, t, axes) if t.ndim else np.abs(t)
    shortened = t / np.where(length == 0, 1.0, length).astype(t.dtype) * np.maximum(c, 0.0)
    return np.where(length < c, t, shortened)


def _on_the_limit(t: Any, c: Any, axes: Axis) -> Any:
    if not getattr(t, "ndim", 0):
        return abs(t) == c
    import numpy

    return (root_of_squares(numpy, t, axes) == c).any()


clip_by_norm = define(
    "clip_by_norm",
    lambda t, c, axes=None: t if abs(t) < c else t / abs(t) * max(c, 0.0) if t else t * 0.0,
    signature="t, clip_norm, axes=none",
    static="axes",
    cost=6,
    doc="t, shortened to length clip_norm where it is longer.",
    expand=_by_norm,
    prepare=lambda inputs, axes: (axis_attribute(axes, len(inputs[0].shape)),),
    shape=_by_norm_shape,
    parts=parts.clip_by_norm,
    numpy=_by_norm_value,
    vjp=(_pull_tensor, lambda g, n: total(g * _slope_of_limit(n))),
    jvp=(lambda t, n: _pull_tensor(t, n), lambda t, n: t * _slope_of_limit(n)),
    rule="where clipped, dt = clip_norm / norm(t) * (g - u * sum(u * g)), u = t / norm(t); else dt = g",
    at=[([3.0, -4.0], 1.0), ([3.0, -4.0], 10.0), ([[3.0, 4.0], [0.5, 0.5]], 2.0, {"axes": 1})],
    edge=[
        Edge(([3.0, 4.0], 5.0), ([0.16, -0.12], 1.4)),
        Edge(([0.0, 0.0], 1.0), ([1, 1], 0)),
        Edge(([0.0, 0.0], 0.0), ([0, 0], 0), ([nan, nan], nan), "semantics, part 1: zeros stay zeros"),
        Edge(([3e200, 4e200], 5.0), ([1.6e-201, -1.2e-201], 1.4), ([0, 0], 0), "semantics, part 1: scaled computation"),
    ],
    conventions=[Convention(_on_the_limit, "exactly at the limit counts as clipped")],
)


def _tensors(values: Any) -> list[Node | None]:
    graph = graph_of((values,))
    listed = values if isinstance(values, (Items, list, tuple)) else (values,)
    return [None if each is None else lift(graph, each) for each in listed]


def _global_norm(values: Any) -> Node:
    tensors = [each for each in _tensors(values) if each is not None]
    if tensors[0].graph.strict:
        squares = [total(each * each) for each in tensors]
        whole = squares[0]
        for square in squares[1:]:
            whole = whole + square
        return OPS["sqrt"](whole)
    lengths = [norm(each) for each in tensors]
    return lengths[0] if len(lengths) == 1 else norm(stack(*lengths))


global_norm = define(
    "global_norm",
    signature="values",
    doc="Length of several tensors together; entries that are none are left out.",
    expand=_global_norm,
    rule="as norm of all elements",
    at=[([3.0, -4.0],)],
)


def _by_global_norm(values: Any, clip_norm: Any, use_norm: Any) -> Any:
    tensors = _tensors(values)
    some = next(each for each in tensors if each is not None)
    c = operand(clip_norm, some)
    length = _global_norm(values) if use_norm is None else operand(use_norm, some)
    if c.shape != () or length.shape != ():
        raise OperandError("shape", "clip_norm and use_norm are single numbers")
    clipped = Items(None if each is None else _shortened(each, c, length) for each in tensors)
    return clipped if isinstance(values, (Items, list, tuple)) else clipped[0]


def _shortened(t: Node, c: Node, length: Node) -> Node:
    """t scaled by c / length where the common length exceeds c; an infinite or NaN length makes it NaN, as in TensorFlow."""
    if t.graph.strict:
        scale = c * OPS["minimum"](1.0 / length, 1.0 / c)
        return t * ROLES["select"](OPS["isfinite"](length), scale, nan)
    # length - length is 0, or NaN where the length is no finite number.
    return ROLES["select"](ROLES["less"](length, c), t, divide_no_nan(t, length) * c + (length - length))


clip_by_global_norm = define(
    "clip_by_global_norm",
    signature="values, clip_norm, use_norm=none",
    doc="The tensors of a list, all scaled so that their common length is at most clip_norm.",
    expand=_by_global_norm,
    rule="as values * min(1, clip_norm / global_norm(values))",
    at=[([3.0, -4.0], 1.0)],
)
