"""Sums, products, extremes and other values of many elements."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from ..graph import Node
from ..op import OPS, ROLES, Convention, Edge, Op, build, constant, define
from ..shape import OperandError, Shape, axes_of, integer, reduced, size_of
from .creation import count_of
from .shaping import broadcast_to, operand, reshape, transpose

Axis = None | int | tuple[int, ...]
SIGNATURE = "x, axis=none, keepdims=false"


def axis_attribute(axis: Any, rank: int) -> Axis:
    """The axes in one form each: none for all of them, a number for one, else a sorted tuple."""
    axes = axes_of(axis, rank)
    return None if len(axes) == rank else axes[0] if len(axes) == 1 else axes


def positions(n: Node, axis: Axis) -> tuple[int, ...]:
    """The axes over which a node reduces its first input."""
    return axes_of(axis, len(n.inputs[0].shape))


def prepare(inputs: tuple[Node, ...], axis: Any, keepdims: Any, *rest: Any) -> tuple[Any, ...]:
    """The attributes of a reduction."""
    if isinstance(axis, bool):
        raise OperandError("argument", "axis must be a number, not true or false")
    return (axis_attribute(axis, len(inputs[0].shape)), bool(keepdims), *rest)


def reduced_shape(inputs: tuple[Node, ...], axis: Axis, keepdims: bool, *_: Any) -> Shape:
    """The shape of a reduction."""
    return reduced(inputs[0].shape, axes_of(axis, len(inputs[0].shape)), keepdims)


def restored(value: Node, n: Node, axis: Axis) -> Node:
    """A value of the reduction's shape with its lost axes put back as size 1, to meet the operand again."""
    shape, axes = n.inputs[0].shape, positions(n, axis)
    if value.shape == shape[len(axes) :] and axes == tuple(range(len(axes))):
        return value  # leading axes come back by broadcasting
    return reshape(value, reduced(shape, axes, True))


def spread(value: Node, n: Node, axis: Axis) -> Node:
    """A value of the reduction's shape repeated to the operand's shape."""
    return broadcast_to(restored(value, n, axis), n.inputs[0].shape)


def reduced_sizes(shape: Shape, axis: Any) -> Any:
    """The number of elements that meet in one result."""
    return size_of(tuple(shape[position] for position in axes_of(axis, len(shape))))


def of_one(inputs: tuple[Node, ...], axis: Axis, keepdims: bool, *_: Any) -> Node | None:
    """The operand itself, or reshaped, when every result is of a single element: scalar programs stay scalar."""
    x = inputs[0]
    axes = axes_of(axis, len(x.shape))
    if x.kind == "bool" or [position for position in axes if x.shape[position] != 1]:
        return None
    return reshape(x, reduced(x.shape, axes, keepdims))


sum = define(
    "sum",
    signature=SIGNATURE,
    static="axis keepdims",
    doc="Sum of elements, over all axes or the given ones.",
    kind="promote",
    role="sum",
    fold="sum",
    prepare=prepare,
    shape=reduced_shape,
    simplify=of_one,
    numpy=lambda np, x, axis, keepdims: np.sum(x, axis=axis, keepdims=keepdims),
    vjp=(lambda g, n: spread(g, n, n.attributes[0]),),
    jvp="linear",
    rule="dx = g repeated",
    latex=r"\sum {0}",
    at=[
        ([1.0, -2.0, 3.5],),
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], {"axis": -1}),
        ([[1.0, 2.0], [3.0, 4.0]], {"axis": (0, 1), "keepdims": True}),
    ],
)


def _mean(x: Any, axis: Any, keepdims: Any) -> Node:
    x = operand(x)
    return sum(x, axis, keepdims) / count_of(x.graph, reduced_sizes(x.shape, axis))


mean = define(
    "mean",
    signature=SIGNATURE,
    static="axis keepdims",
    doc="Arithmetic mean of elements; NaN when there are none.",
    aliases="average",
    expand=_mean,
    rule="dx = g / count, repeated",
    at=[([1.0, -2.0, 3.5],), ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], {"axis": 0})],
)


def _var(x: Any, axis: Any, keepdims: Any, ddof: Any) -> Node:
    x = operand(x)
    squares = OPS["square"](x - mean(x, axis, True))
    return sum(squares, axis, keepdims) / count_of(x.graph, reduced_sizes(x.shape, axis) - integer(ddof, "ddof"))


var = define(
    "var",
    signature=SIGNATURE + ", ddof=0",
    static="axis keepdims ddof",
    doc="Variance: mean square distance from the mean, divided by count - ddof.",
    aliases="variance",
    expand=_var,
    rule="dx = 2 * g * (x - mean(x)) / (count - ddof)",
    at=[([1.0, -2.0, 3.5],), ([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], {"axis": 1, "ddof": 1})],
)


def _others_product(n: Node) -> Node:
    """For each element the product of the others that meet in the same result; exact when some are 0."""
    from .scans import cumprod

    x = n.inputs[0]
    axes = positions(n, n.attributes[0])
    order = (*(i for i in range(len(x.shape)) if i not in axes), *axes)
    kept = len(order) - len(axes)
    moved = transpose(x, order)
    row = reshape(moved, (*moved.shape[:kept], size_of(moved.shape[kept:])))
    others = cumprod(row, -1, True, False) * cumprod(row, -1, True, True)
    return transpose(reshape(others, moved.shape), tuple(order.index(i) for i in range(len(order))))


prod = define(
    "prod",
    signature=SIGNATURE,
    static="axis keepdims",
    doc="Product of elements, over all axes or the given ones; 1 when there are none.",
    kind="promote",
    aliases="product",
    prepare=prepare,
    shape=reduced_shape,
    simplify=of_one,
    numpy=lambda np, x, axis, keepdims: np.prod(x, axis=axis, keepdims=keepdims),
    vjp=(lambda g, n: restored(g, n, n.attributes[0]) * _others_product(n),),
    jvp=(lambda t, n: sum(t * _others_product(n), *n.attributes),),
    rule="dx = g * the product of the other elements",
    latex=r"\prod {0}",
    at=[([2.0, -1.5, 3.0],), ([[2.0, 0.0, 3.0], [4.0, 5.0, 0.5]], {"axis": -1})],
    edge=[Edge(([2.0, 0.0, 3.0],), ([0, 6, 0],)), Edge(([2.0, 0.0, 0.0],), ([0, 0, 0],))],
)


def _shares(n: Node) -> Node:
    """Which part of the gradient each element gets: an extreme shares it evenly with its equals."""
    axis = n.attributes[0]
    chosen = ROLES["select"](ROLES["equal"](n.inputs[0], restored(n, n, axis)), 1.0, 0.0)
    return chosen / sum(chosen, axis, True)


def _extreme(name: str, element_wise: str, empty: float, doc: str, edge: list[Edge]) -> Op:
    def expand(x: Any, others: tuple[Any, ...], axis: Any, keepdims: Any) -> Node:
        if not others:
            return build(op, (operand(x),), (axis, keepdims))
        if axis is not None or keepdims:
            raise OperandError(
                "argument",
                f"{name} of several arguments is element-wise and has no axis",
                f"{name}([a, b], axis=0) reduces",
            )
        for other in others:
            x = OPS[element_wise](x, other)
        return x  # type: ignore[no-any-return]  # operators are called by rules, which have no types

    def tied(x: Any, axis: Axis, keepdims: bool) -> Any:
        return x.size and ((x == getattr(x, name)(axis=axis, keepdims=True)).sum(axis=axis) > 1).any()

    op = define(
        name,
        signature="x, *others, axis=none, keepdims=false",
        static="axis keepdims",
        kind="promote",
        fold=element_wise,
        expand=expand,
        prepare=prepare,
        aliases=f"a{name}",
        doc=f"{doc} element, over all axes or the given ones; of several arguments, element-wise.",
        shape=reduced_shape,
        simplify=of_one,
        numpy=lambda np, x, axis, keepdims: getattr(np, name)(x, axis=axis, keepdims=keepdims, initial=empty),
        vjp=(lambda g, n: restored(g, n, n.attributes[0]) * _shares(n),),
        jvp=(lambda t, n: sum(t * _shares(n), *n.attributes),),
        rule=f"dx = g at the {name}imum, shared evenly when several elements are equal",
        at=[([1.0, -2.0, 3.5],), ([[1.0, 2.0, 3.0], [4.0, 5.0, 0.5]], {"axis": 0})],
        edge=edge,
        conventions=[Convention(tied, "equal elements share the derivative evenly")],
    )
    return op


max_ = _extreme(
    "max",
    "maximum",
    -inf,
    "Largest",
    [Edge(([1.0, 3.0, 3.0],), ([0, 0.5, 0.5],)), Edge(([1.0, nan, 2.0],), ([nan, nan, nan],))],
)
min_ = _extreme(
    "min",
    "minimum",
    inf,
    "Smallest",
    [Edge(([1.0, 3.0, 1.0],), ([0.5, 0, 0.5],)), Edge(([1.0, nan, 2.0],), ([nan, nan, nan],))],
)


def _truth(name: str, doc: str) -> Op:
    def simplify(inputs: tuple[Node, ...], axis: Axis, keepdims: bool) -> Node | None:
        x = inputs[0]
        return None if x.shape else x if x.kind == "bool" else OPS["not_equal"](x, 0.0)

    return define(
        name,
        signature=SIGNATURE,
        static="axis keepdims",
        doc=doc,
        kind="bool",
        prepare=prepare,
        shape=reduced_shape,
        simplify=simplify,
        numpy=lambda np, x, axis, keepdims: getattr(np, name)(x, axis=axis, keepdims=keepdims),
        vjp=(None,),
        jvp=(None,),
        rule="no gradient flows",
        at=[([0.0, 1.0],), ([[0.0, 1.0], [0.0, 0.0]], {"axis": 1})],
    )


any_ = _truth("any", "Whether any element is true (not 0).")
all_ = _truth("all", "Whether all elements are true (not 0).")


def _place(name: str, doc: str) -> Op:
    def shape(inputs: tuple[Node, ...], axis: Axis, keepdims: bool) -> Shape:
        if 0 in inputs[0].shape and reduced_sizes(inputs[0].shape, axis) == 0:
            raise OperandError("shape", f"{name} of no elements has no value")
        return reduced_shape(inputs, axis, keepdims)

    def single(inputs: tuple[Node, ...], axis: Any, keepdims: Any) -> tuple[Any, ...]:
        if isinstance(axis, tuple) and len(axis) > 1:
            raise OperandError("argument", f"{name} takes one axis, or none for the flattened tensor")
        return prepare(inputs, axis, keepdims)

    return define(
        name,
        signature=SIGNATURE,
        static="axis keepdims",
        doc=doc,
        kind="int",
        prepare=single,
        shape=shape,
        simplify=lambda inputs, axis, keepdims: (
            constant(inputs[0].graph, 0.0, "int") if inputs[0].shape == () else None
        ),
        numpy=lambda np, x, axis, keepdims: getattr(np, name)(x, axis=axis, keepdims=keepdims),
        vjp=(None,),
        jvp=(None,),
        rule="no gradient flows",
        at=[([1.0, 3.0, 3.0],), ([[1.0, 2.0], [4.0, 0.5]], {"axis": 0})],
    )


argmax = _place("argmax", "Position of the largest element, the first if several; no gradient flows.")
argmin = _place("argmin", "Position of the smallest element, the first if several; no gradient flows.")
