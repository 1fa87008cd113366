"""Lengths, spreads and exponential means, computed so that large and small numbers do no harm."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from ..graph import Node
from ..op import OPS, ROLES, Convention, Edge, build, define
from ..shape import OperandError, Shape, axis_index, integer
from . import parts
from .arithmetic import divide_no_nan
from .creation import count_of
from .reductions import (
    SIGNATURE,
    Axis,
    axis_attribute,
    mean,
    of_one,
    prepare,
    reduced_shape,
    reduced_sizes,
    restored,
    var,
)
from .reductions import sum as total
from .shaping import operand

ORDERS = {None: 2.0, "fro": 2.0, "euclidean": 2.0, "inf": inf}


def root_of_squares(np: Any, x: Any, axis: Axis) -> Any:
    """sqrt(sum(x * x)) with the reduced axes kept, scaled by a power of two, so that no square overflows or vanishes."""
    largest = np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0)
    exponent = np.where(np.isfinite(largest), np.frexp(largest)[1], 0)
    scaled = np.ldexp(x, -exponent)
    return np.ldexp(np.sqrt(np.sum(scaled * scaled, axis=axis, keepdims=True)), exponent)


def _kept(np: Any, value: Any, axis: Axis, keepdims: bool) -> Any:
    return value if keepdims else np.squeeze(value, axis=axis)


def _norm_value(np: Any, x: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    if ord == 2:
        return _kept(np, root_of_squares(np, x, axis), axis, keepdims)
    size = np.abs(x)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    largest = np.max(size, axis=axis, keepdims=True, initial=0.0)
    if ord == inf:
        return _kept(np, largest, axis, keepdims)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0).astype(x.dtype)
    return _kept(np, scale * np.sum((size / scale) ** ord, axis=axis, keepdims=True) ** (1 / ord), axis, keepdims)


def _norm_prepare(inputs: tuple[Node, ...], ord: Any, axis: Any, keepdims: Any) -> tuple[Any, ...]:
    order = ORDERS.get(ord, ord)
    if isinstance(order, (bool, tuple, str)) or not order >= 1:
        raise OperandError("argument", f"norm has no ord {ord}", "ord is a number of at least 1, or inf")
    return (float(order), *prepare(inputs, axis, keepdims))


def _norm(x: Any, ord: Any, axis: Any, keepdims: Any) -> Node:
    x = operand(x)
    if x.graph.strict and ORDERS.get(ord, ord) == 2 and x.shape:
        return OPS["sqrt"](total(x * x, axis, keepdims))
    return build(norm, (x,), (ord, axis, keepdims))


def _norm_slopes(n: Node) -> Node:
    x, (order, axis, _) = n.inputs[0], n.attributes
    y = restored(n, n, axis)
    if order == 2:
        return divide_no_nan(x, y)
    if order == 1:
        return OPS["sign"](x)
    if order == inf:
        largest = ROLES["select"](ROLES["equal"](OPS["abs"](x), y), 1.0, 0.0)
        return OPS["sign"](x) * (largest / total(largest, axis, True))
    return OPS["sign"](x) * divide_no_nan(OPS["abs"](x), y) ** (order - 1)  # type: ignore[no-any-return]  # operators are called by rules, which have no types


def _at_zero(x: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    return x.size and ord not in (1, inf) and (x == 0).all(axis=axis).any()


def _corner(x: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    return ord == 1 and (x == 0).any()


def _tied(x: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    return x.size and ord == inf and ((abs(x) == abs(x).max(axis=axis, keepdims=True)).sum(axis=axis) > 1).any()


norm = define(
    "norm",
    signature="x, ord=2, axis=none, keepdims=false",
    static="ord axis keepdims",
    cost=3,
    doc="Length of a vector, of all elements or along axes; ord 1, 2, any p or inf.",
    expand=_norm,
    prepare=_norm_prepare,
    shape=lambda inputs, ord, axis, keepdims: reduced_shape(inputs, axis, keepdims),
    simplify=lambda inputs, ord, axis, keepdims: OPS["abs"](inputs[0]) if inputs[0].shape == () else None,
    parts=parts.norm,
    numpy=_norm_value,
    vjp=(lambda g, n: restored(g, n, n.attributes[1]) * _norm_slopes(n),),
    jvp=(lambda t, n: total(t * _norm_slopes(n), *n.attributes[1:]),),
    rule="dx = g * x / y, 0 at 0",
    latex=r"\left\lVert {0} \right\rVert",
    at=[
        ([3.0, -4.0],),
        ([[1.0, 2.0], [3.0, 5.0]], {"axis": 0}),
        ([1.0, -2.0, 4.0], {"ord": 1}),
        ([1.0, -2.0, 4.0], {"ord": inf}),
        ([1.0, -2.0, 4.0], {"ord": 3}),
    ],
    edge=[
        Edge(([0.0, 0.0],), ([0, 0],), ([nan, nan],), "semantics, part 1: the least-norm subgradient"),
        Edge(([3e200, 4e200],), ([0.6, 0.8],), ([0, 0],), "mathematics"),
        Edge(([0.0, 2.0], {"ord": 1}), ([0, 1],)),
        Edge(([-3.0, 3.0, 1.0], {"ord": inf}), ([-0.5, 0.5, 0],)),
    ],
    conventions=[
        Convention(_at_zero, "at 0 the derivative is taken as 0, the least-norm subgradient"),
        Convention(_corner, "with ord=1 the derivative at an element that is 0 is taken as 0"),
        Convention(_tied, "with ord=inf equal elements share the derivative evenly"),
    ],
)


def _deviations(np: Any, x: Any, axis: Axis) -> Any:
    """Distances from the mean, exactly 0 for equal elements: rounding of the mean must not look like a spread."""
    first = x
    for position in range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,):
        first = np.take(first, [0], axis=position)
    shifted = x - first
    return shifted - np.mean(shifted, axis=axis, keepdims=True)


def _std_value(np: Any, x: Any, axis: Axis, keepdims: bool, ddof: int) -> Any:
    if x.size == 0:
        return np.full(np.sum(x, axis=axis, keepdims=keepdims).shape, nan)
    count = reduced_sizes(x.shape, axis) - ddof
    length = root_of_squares(np, _deviations(np, x, axis), axis)
    return _kept(np, length / np.sqrt(np.asarray(count if count > 0 else nan, dtype=x.dtype)), axis, keepdims)


def _std_slopes(n: Node) -> Node:
    x, (axis, _, ddof) = n.inputs[0], n.attributes
    count = count_of(n.graph, reduced_sizes(x.shape, axis) - ddof)
    return divide_no_nan(x - mean(x, axis, True), restored(n, n, axis)) / count


def _std(x: Any, axis: Any, keepdims: Any, ddof: Any) -> Node:
    x = operand(x)
    if x.graph.strict or x.shape == ():
        return OPS["sqrt"](var(x, axis, keepdims, ddof)) if x.shape else x - x
    return build(std, (x,), (axis, keepdims, integer(ddof, "ddof")))


def _constant_data(x: Any, axis: Axis, keepdims: bool, ddof: int) -> Any:
    return x.size and (x.max(axis=axis) == x.min(axis=axis)).any()


std = define(
    "std",
    signature=SIGNATURE + ", ddof=0",
    static="axis keepdims ddof",
    cost=5,
    doc="Standard deviation: square root of the variance.",
    expand=_std,
    prepare=prepare,
    shape=reduced_shape,
    parts=parts.std,
    numpy=_std_value,
    vjp=(lambda g, n: restored(g, n, n.attributes[0]) * _std_slopes(n),),
    jvp=(lambda t, n: total(t * _std_slopes(n), *n.attributes[:2]),),
    rule="dx = g * (x - mean(x)) / (y * (count - ddof)), 0 where y is 0",
    at=[([1.0, -2.0, 3.5],), ([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], {"axis": 1, "ddof": 1})],
    edge=[Edge(([2.0, 2.0, 2.0],), ([0, 0, 0],), ([nan, nan, nan],), "semantics, part 1: the least-norm subgradient")],
    conventions=[
        Convention(_constant_data, "of equal numbers the derivative is taken as 0, the least-norm subgradient")
    ],
)


def _highest(np: Any, x: Any, axis: Any) -> Any:
    highest = np.max(x, axis=axis, keepdims=True, initial=-inf)
    return np.where(np.isfinite(highest), highest, 0.0).astype(x.dtype)


def _logsumexp(np: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    shift = _highest(np, x, axis)
    return _kept(np, np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift, axis, keepdims)


def _parts(n: Node) -> Node:
    return OPS["exp"](n.inputs[0] - restored(n, n, n.attributes[0]))


logsumexp = define(
    "logsumexp",
    signature=SIGNATURE,
    static="axis keepdims",
    cost=4,
    doc="log(sum(exp(x))), exact for large numbers.",
    prepare=prepare,
    shape=reduced_shape,
    simplify=of_one,
    parts=parts.logsumexp,
    numpy=_logsumexp,
    vjp=(lambda g, n: restored(g, n, n.attributes[0]) * _parts(n),),
    jvp=(lambda t, n: total(t * _parts(n), *n.attributes),),
    rule="dx = g * softmax(x)",
    at=[([1.0, -2.0, 3.5],), ([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], {"axis": 1})],
    edge=[
        Edge(([-inf, 0.0],), ([0, 1],)),
        Edge(([-inf, -inf],), ([nan, nan],)),
        Edge(([inf, 0.0],), ([nan, 0],)),
        Edge(([1000.0, 1000.0],), ([0.5, 0.5],)),
    ],
)


def _one_axis(inputs: tuple[Node, ...], axis: Any) -> tuple[Axis]:
    rank = len(inputs[0].shape)
    return (axis_attribute(axis, rank) if isinstance(axis, tuple) else axis_index(integer(axis, "axis"), rank),)


def _same(inputs: tuple[Node, ...], axis: Axis) -> Shape:
    return inputs[0].shape


def _softmax_product(g: Node, n: Node) -> Node:
    return n * (g - total(g * n, n.attributes[0], True))


def _softmax(np: Any, x: Any, axis: Axis) -> Any:
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-inf))
    return powers / np.sum(powers, axis=axis, keepdims=True)


softmax = define(
    "softmax",
    signature="x, axis=-1",
    static="axis",
    cost=4,
    doc="exp(x) / sum(exp(x)) along an axis.",
    prepare=_one_axis,
    shape=_same,
    parts=parts.softmax,
    numpy=_softmax,
    vjp=(_softmax_product,),
    jvp=(lambda t, n: _softmax_product(t, n),),
    rule="dx = y * (g - sum(g * y))",
    at=[([1.0, -2.0, 3.5],), ([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], {"axis": 0})],
    edge=[Edge(([1000.0, 0.0],), ([0, 0],))],
)


def _log_softmax(np: Any, x: Any, axis: Axis) -> Any:
    shifted = x - np.max(x, axis=axis, keepdims=True, initial=-inf)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


log_softmax = define(
    "log_softmax",
    signature="x, axis=-1",
    static="axis",
    cost=5,
    doc="log(softmax(x)) along an axis, exact where softmax is tiny.",
    prepare=_one_axis,
    shape=_same,
    parts=parts.log_softmax,
    numpy=_log_softmax,
    vjp=(lambda g, n: g - OPS["exp"](n) * total(g, n.attributes[0], True),),
    jvp=(lambda t, n: t - total(t * OPS["exp"](n), n.attributes[0], True),),
    rule="dx = g - softmax(x) * sum(g)",
    at=[([1.0, -2.0, 3.5],), ([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], {"axis": 0})],
    edge=[Edge(([1000.0, 0.0],), ([-1, 1],))],
)
