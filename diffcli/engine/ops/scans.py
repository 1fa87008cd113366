"""Running sums and products along an axis."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..op import Edge, Op, define
from ..shape import OperandError, axis_index, integer, text
from .arithmetic import divide_no_nan

SIGNATURE = "x, axis=0, exclusive=false, reverse=false"
STATIC = "axis exclusive reverse"


def _prepare(inputs: tuple[Node, ...], axis: Any, exclusive: Any, reverse: Any) -> tuple[int, bool, bool]:
    return axis_index(integer(axis, "axis"), len(inputs[0].shape)), bool(exclusive), bool(reverse)


def _same(inputs: tuple[Node, ...], *_: Any) -> Any:
    return inputs[0].shape


def _accumulate(np: Any, ufunc: Any, x: Any, axis: int, exclusive: bool, reverse: bool) -> Any:
    row = np.moveaxis(x, axis, -1)
    if reverse:
        row = row[..., ::-1]
    if exclusive:
        row = np.concatenate([np.full_like(row[..., :1], ufunc.identity), row[..., :-1]], axis=-1)
    row = ufunc.accumulate(row, axis=-1)
    return np.moveaxis(row[..., ::-1] if reverse else row, -1, axis)


def _cumsum_back(g: Node, n: Node) -> Node:
    axis, exclusive, reverse = n.attributes
    return cumsum(g, axis, exclusive, not reverse)


cumsum = define(
    "cumsum",
    signature=SIGNATURE,
    static=STATIC,
    doc="Running sum along an axis; exclusive leaves out the element itself, reverse starts at the end.",
    kind="promote",
    prepare=_prepare,
    shape=_same,
    numpy=lambda np, x, *how: _accumulate(np, np.add, x, *how),
    vjp=(_cumsum_back,),
    jvp="linear",
    rule="dx = running sum of g from the other end",
    at=[([1.0, -2.0, 3.5],), ([[1.0, 2.0], [3.0, 4.0]], {"axis": 1, "reverse": True})],
)


def _before(n: Node) -> Node:
    """The product of the elements before each one."""
    axis, _, reverse = n.attributes
    return cumprod(n.inputs[0], axis, True, reverse)


def _cumprod_back(g: Node, n: Node) -> Node:
    x = n.inputs[0]
    axis, exclusive, reverse = n.attributes
    if n.graph.strict:
        return divide_no_nan(cumsum(n * g, axis, exclusive, not reverse), x)
    later = recurrence(x, g, axis, not reverse) if exclusive else g + recurrence(x, x * g, axis, not reverse)
    return _before(n) * later


def _cumprod_forward(t: Node, n: Node) -> Node:
    x = n.inputs[0]
    axis, exclusive, reverse = n.attributes
    if n.graph.strict:
        return n * cumsum(divide_no_nan(t, x), axis, exclusive, reverse)
    own = _before(n) * t
    earlier = recurrence(x, own, axis, reverse)
    return earlier if exclusive else own + x * earlier


cumprod = define(
    "cumprod",
    signature=SIGNATURE,
    static=STATIC,
    doc="Running product along an axis; exclusive leaves out the element itself, reverse starts at the end.",
    kind="promote",
    prepare=_prepare,
    shape=_same,
    numpy=lambda np, x, *how: _accumulate(np, np.multiply, x, *how),
    vjp=(_cumprod_back,),
    jvp=(_cumprod_forward,),
    rule="dx = g times the products of the other elements, also where some are 0",
    at=[([2.0, -1.5, 3.0],), ([[2.0, 0.0], [3.0, 4.0]], {"axis": 0, "exclusive": True})],
    edge=[Edge(([2.0, 0.0, 10.0],), ([1, 22, 0],), ([1, 0, 0],), "semantics, part 1: the true products")],
)


def _recurrence(np: Any, a: Any, b: Any, axis: int, reverse: bool) -> Any:
    factors, terms = (np.moveaxis(each, axis, 0)[::-1] if reverse else np.moveaxis(each, axis, 0) for each in (a, b))
    result = np.zeros_like(terms)
    for i in range(1, len(terms)):
        result[i] = terms[i - 1] + factors[i - 1] * result[i - 1]
    return np.moveaxis(result[::-1] if reverse else result, 0, axis)


def _recurrence_prepare(inputs: tuple[Node, ...], axis: Any, reverse: Any) -> tuple[int, bool]:
    return axis_index(integer(axis, "axis"), len(inputs[1].shape)), bool(reverse)


def _recurrence_shape(inputs: tuple[Node, ...], axis: int, reverse: bool) -> Any:
    a, b = (each.shape for each in inputs)
    if a != b:
        raise OperandError("shape", f"recurrence needs operands of one shape, not {text(a)} and {text(b)}")
    return a


# The derivative of a running product is a linear recurrence, and that of a linear recurrence is one again. No division,
# so zeros among the factors do no harm.
recurrence: Op = define(
    "recurrence",
    signature="a, b, axis, reverse=false",
    static="axis reverse",
    doc="The solution of s[i] = b[i-1] + a[i-1] * s[i-1], s[0] = 0, along an axis.",
    prepare=_recurrence_prepare,
    shape=_recurrence_shape,
    numpy=_recurrence,
    vjp=(
        lambda g, n: n * recurrence(n.inputs[0], g, n.attributes[0], not n.attributes[1]),
        lambda g, n: recurrence(n.inputs[0], g, n.attributes[0], not n.attributes[1]),
    ),
    jvp=(
        lambda t, n: recurrence(n.inputs[0], t * n, *n.attributes),
        lambda t, n: recurrence(n.inputs[0], t, *n.attributes),
    ),
    rule="db = the recurrence of g from the other end, da = db * y",
    at=[([2.0, 0.0, 3.0], [1.0, 2.0, 4.0], {"axis": 0})],
)
