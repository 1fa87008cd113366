"""Operators that rearrange elements: reshape, repeat, reorder, join."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..op import ROLES, Op, define, graph_of, lift
from ..shape import OperandError, Shape, Size, axes_of, axis_index, broadcast, integer, size_of, text


def operand(value: Any, *others: Any) -> Node:
    """An argument of a composite operator as a node; the others help to find the graph."""
    return lift(graph_of((value, *others)), value)


def shape_argument(value: Any, lowest: int = 0) -> Shape:
    """The `shape` argument: a number or a list of numbers."""
    sizes = value if isinstance(value, tuple) else (value,)
    shape = tuple(integer(size, "a size") if isinstance(size, float) else size for size in sizes)
    for size in shape:
        if isinstance(size, bool) or not (isinstance(size, int) or hasattr(size, "terms")):
            raise OperandError("argument", f"a size must be a whole number, not {size}")
        if isinstance(size, int) and size < lowest:
            raise OperandError("argument", f"a size cannot be negative: {size}")
    return shape


def permuted(sequence: Any, order: Any) -> tuple[Any, ...]:
    """The entries of a sequence in another order."""
    return tuple(sequence[position] for position in order)


def _broadcast_shape(inputs: tuple[Node, ...], shape: Shape) -> Shape:
    if broadcast(inputs[0].shape, shape) != shape:
        raise OperandError("shape", f"shape {text(inputs[0].shape)} does not broadcast to {text(shape)}")
    return shape


def _unchanged(inputs: tuple[Node, ...], shape: Shape) -> Node | None:
    return inputs[0] if inputs[0].shape == shape else None


broadcast_to = define(
    "broadcast_to",
    signature="x, shape",
    static="shape",
    cost=0,
    doc="The tensor repeated to a larger shape.",
    kind="same",
    role="broadcast",
    prepare=lambda inputs, shape: (shape_argument(shape),),
    shape=_broadcast_shape,
    simplify=_unchanged,
    numpy=lambda np, x, shape: np.broadcast_to(x, shape),
    vjp=(lambda g, n: unbroadcast(g, n.inputs[0].shape),),
    jvp="linear",
    rule="dx = g summed over the repeated axes",
    at=[([1.0, 2.0], {"shape": (3, 2)})],
)


def _sum_to(np: Any, x: Any, shape: Any) -> Any:
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, size in enumerate(shape) if size == 1 and x.shape[lead + i] != 1)
    return np.reshape(x.sum(axis=axes, keepdims=False), shape) if axes else x


def _sum_to_shape(inputs: tuple[Node, ...], shape: Shape) -> Shape:
    if broadcast(shape, inputs[0].shape) != inputs[0].shape:
        raise OperandError("shape", f"shape {text(inputs[0].shape)} cannot be summed to {text(shape)}")
    return shape


def _simple_sum_to(inputs: tuple[Node, ...], shape: Shape) -> Node | None:
    """A plain sum where no axis of size 1 is left, which reads better."""
    x = inputs[0]
    lead = len(x.shape) - len(shape)
    if x.shape[lead:] != shape:
        return None
    return ROLES["sum"](x, tuple(range(lead))) if lead else x


sum_to = define(
    "sum_to",
    signature="x, shape",
    static="shape",
    doc="The sum over broadcast axes, back to a smaller shape.",
    kind="promote",
    role="sum_to",
    fold="sum",
    prepare=lambda inputs, shape: (shape_argument(shape),),
    shape=_sum_to_shape,
    simplify=_simple_sum_to,
    numpy=_sum_to,
    vjp=(lambda g, n: broadcast_to(g, n.inputs[0].shape),),
    jvp="linear",
    rule="dx = g repeated",
    at=[([[1.0, 2.0], [3.0, 4.0]], {"shape": (2,)})],
)


def unbroadcast(g: Node, shape: Shape) -> Node:
    """The gradient of a broadcast operand: summed over the axes along which it was repeated."""
    return g if g.shape == shape else sum_to(g, shape)


def _reshape_prepare(inputs: tuple[Node, ...], shape: Any) -> tuple[Shape]:
    wanted = shape_argument(shape, lowest=-1)
    total = size_of(inputs[0].shape)
    if -1 in wanted:
        wanted = _with_rest(inputs[0].shape, wanted)
    if size_of(wanted) != total:
        raise OperandError(
            "shape", f"shape {text(inputs[0].shape)} has {total} elements, {text(wanted)} has {size_of(wanted)}"
        )
    return (wanted,)


def _with_rest(shape: Shape, wanted: Shape) -> Shape:
    """The wanted shape with -1 replaced by the size that is left."""
    given = [size for size in wanted if size != -1]
    left = list(shape)
    for size in list(given):
        if size in left and not isinstance(size, int):
            left.remove(size)
            given.remove(size)
    total, rest = size_of(tuple(left)), size_of(tuple(given))
    if rest == 1 and wanted.count(-1) == 1:
        quotient = total
    elif not isinstance(total, int) or not isinstance(rest, int) or rest == 0 or total % rest or wanted.count(-1) > 1:
        raise OperandError(
            "shape",
            f"shape {text(shape)} cannot be reshaped to {text(wanted)}",
            "only one size can be -1, and the others must divide the number of elements",
        )
    else:
        quotient = total // rest
    return tuple(quotient if size == -1 else size for size in wanted)


def _simple_reshape(inputs: tuple[Node, ...], shape: Shape) -> Node | None:
    x = inputs[0]
    return x if x.shape == shape else reshape(x.inputs[0], shape) if x.op is reshape else None


reshape: Op = define(
    "reshape",
    signature="x, shape",
    static="shape",
    cost=0,
    doc="The same elements in another shape; one size may be -1.",
    kind="same",
    role="reshape",
    prepare=_reshape_prepare,
    shape=lambda inputs, shape: shape,
    simplify=_simple_reshape,
    numpy=lambda np, x, shape: x.reshape(shape),
    vjp=(lambda g, n: reshape(g, n.inputs[0].shape),),
    jvp="linear",
    rule="dx = g in the shape of x",
    at=[([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], {"shape": (3, 2)})],
)


def _ravel(x: Any) -> Node:
    x = operand(x)
    return reshape(x, (size_of(x.shape),))


ravel = define(
    "ravel",
    doc="All elements in one row.",
    aliases="flatten",
    expand=_ravel,
    rule="dx = g in the shape of x",
    at=[([[1.0, 2.0], [3.0, 4.0]],)],
)


def _squeeze(x: Any, axis: Any) -> Node:
    x = operand(x)
    axes = tuple(i for i, size in enumerate(x.shape) if size == 1) if axis is None else axes_of(axis, len(x.shape))
    for position in axes:
        if x.shape[position] != 1:
            raise OperandError(
                "shape",
                f"axis {position} of shape {text(x.shape)} has size {x.shape[position]}, only an axis of size 1 can be squeezed",
            )
    return reshape(x, tuple(size for i, size in enumerate(x.shape) if i not in axes))


def _expand_dims(x: Any, axis: Any) -> Node:
    x = operand(x)
    chosen = axis if isinstance(axis, tuple) else (axis,)
    rank = len(x.shape) + len(chosen)
    axes = axes_of(chosen, rank)
    old = iter(x.shape)
    return reshape(x, tuple(1 if i in axes else next(old) for i in range(rank)))


squeeze = define(
    "squeeze",
    signature="x, axis=none",
    static="axis",
    cost=0,
    doc="The tensor without its axes of size 1.",
    expand=_squeeze,
    rule="dx = g in the shape of x",
    at=[([[[1.0], [2.0]]],), ([[[1.0], [2.0]]], {"axis": -1})],
)

expand_dims = define(
    "expand_dims",
    signature="x, axis",
    static="axis",
    cost=0,
    doc="The tensor with a new axis of size 1.",
    aliases="unsqueeze",
    expand=_expand_dims,
    rule="dx = g in the shape of x",
    at=[([1.0, 2.0], {"axis": -1})],
)


def _order(rank: int, axes: Any) -> tuple[int, ...]:
    return tuple(range(rank))[::-1] if axes is None else axes


def _transpose_prepare(inputs: tuple[Node, ...], axes: Any) -> tuple[Any]:
    rank = len(inputs[0].shape)
    if axes is None:
        return (None,)
    order = tuple(axis_index(integer(axis, "axis"), rank) for axis in (axes if isinstance(axes, tuple) else (axes,)))
    if sorted(order) != list(range(rank)):
        raise OperandError("argument", f"axes {text(order)} must name each of the {rank} axes once")
    return (None if order == _order(rank, None) else order,)


def _simple_transpose(inputs: tuple[Node, ...], axes: Any) -> Node | None:
    x, rank = inputs[0], len(inputs[0].shape)
    order = _order(rank, axes)
    if order == tuple(range(rank)):
        return x
    if x.op is transpose:
        return transpose(x.inputs[0], permuted(_order(rank, x.attributes[0]), order))
    return None


def _transpose_back(g: Node, n: Node) -> Node:
    order = _order(len(n.shape), n.attributes[0])
    return transpose(g, tuple(order.index(axis) for axis in range(len(order))))


transpose = define(
    "transpose",
    signature="x, axes=none",
    static="axes",
    cost=0,
    doc="The tensor with its axes in another order; reversed unless told.",
    kind="same",
    aliases="permute matrix_transpose .T",
    role="transpose",
    prepare=_transpose_prepare,
    simplify=_simple_transpose,
    shape=lambda inputs, axes: permuted(inputs[0].shape, _order(len(inputs[0].shape), axes)),
    numpy=lambda np, x, axes: np.transpose(x, axes),
    vjp=(_transpose_back,),
    jvp="linear",
    rule="dx = g with the axes back in place",
    at=[([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],), ([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]], {"axes": (2, 0, 1)})],
)


def swap_last(x: Node) -> Node:
    """The matrices of a batch transposed."""
    rank = len(x.shape)
    return transpose(x, (*range(rank - 2), rank - 1, rank - 2))


def _axis_prepare(inputs: tuple[Node, ...], axis: Any) -> tuple[Any]:
    axes = axes_of(axis, len(inputs[0].shape))
    return (axes,)


flip: Op = define(
    "flip",
    signature="x, axis=none",
    static="axis",
    doc="The tensor in reverse order along the axes.",
    aliases="reverse",
    kind="same",
    role="flip",
    prepare=_axis_prepare,
    shape=lambda inputs, axis: inputs[0].shape,
    simplify=lambda inputs, axis: inputs[0] if not axis else None,
    numpy=lambda np, x, axis: np.flip(x, axis),
    vjp=(lambda g, n: flip(g, *n.attributes),),
    jvp="linear",
    rule="dx = g in reverse order",
    at=[([1.0, 2.0, 3.0],), ([[1.0, 2.0], [3.0, 4.0]], {"axis": -1})],
)


def _roll_prepare(inputs: tuple[Node, ...], shift: Any, axis: Any) -> tuple[Any, Any]:
    shifts = shift if isinstance(shift, tuple) else (shift,)
    steps = tuple(integer(step, "shift") for step in shifts)
    if axis is None:
        return (sum(steps), None)
    axes = tuple(
        axis_index(integer(each, "axis"), len(inputs[0].shape))
        for each in (axis if isinstance(axis, tuple) else (axis,))
    )
    if len(steps) == 1:
        steps *= len(axes)
    if len(steps) != len(axes):
        raise OperandError("argument", f"{len(steps)} shifts for {len(axes)} axes")
    return (steps, axes)


def _roll_back(g: Node, n: Node) -> Node:
    shift, axis = n.attributes
    return roll(g, -shift if axis is None else tuple(-step for step in shift), axis)


roll = define(
    "roll",
    signature="x, shift, axis=none",
    static="shift axis",
    doc="The elements moved along an axis; what leaves one end enters the other.",
    kind="same",
    role="roll",
    prepare=_roll_prepare,
    shape=lambda inputs, shift, axis: inputs[0].shape,
    simplify=lambda inputs, shift, axis: inputs[0] if inputs[0].shape == () else None,
    numpy=lambda np, x, shift, axis: np.roll(x, shift, axis),
    vjp=(_roll_back,),
    jvp="linear",
    rule="dx = g moved back",
    at=[([1.0, 2.0, 3.0], {"shift": 1}), ([[1.0, 2.0], [3.0, 4.0]], {"shift": 1, "axis": 0})],
)


def _tile_prepare(inputs: tuple[Node, ...], reps: Any) -> tuple[Shape]:
    times = shape_argument(reps)
    return ((1,) * (len(inputs[0].shape) - len(times)) + times,)


def _padded(shape: Shape, reps: Shape) -> Shape:
    return (1,) * (len(reps) - len(shape)) + shape


def _tile_back(g: Node, n: Node) -> Node:
    (reps,), shape = n.attributes, n.inputs[0].shape
    pairs: list[Size] = []
    for times, size in zip(reps, _padded(shape, reps), strict=True):
        pairs += [times, size]
    return reshape(ROLES["sum"](reshape(g, tuple(pairs)), tuple(range(0, len(pairs), 2))), shape)


tile = define(
    "tile",
    signature="x, reps",
    static="reps",
    doc="The tensor laid side by side, so many times along each axis.",
    kind="same",
    prepare=_tile_prepare,
    shape=lambda inputs, reps: tuple(
        times * size for times, size in zip(reps, _padded(inputs[0].shape, reps), strict=True)
    ),
    simplify=lambda inputs, reps: inputs[0] if all(times == 1 for times in reps) else None,
    numpy=lambda np, x, reps: np.tile(x, reps),
    vjp=(_tile_back,),
    jvp="linear",
    rule="dx = g summed over the copies",
    at=[([1.0, 2.0], {"reps": (2,)}), ([[1.0, 2.0]], {"reps": (3, 2)}), ([1.0, 2.0], {"reps": (2, 2)})],
)


def _pad_prepare(inputs: tuple[Node, ...], amounts: Any, mode: Any, constant_values: Any) -> tuple[Any, ...]:
    rank = len(inputs[0].shape)
    if mode not in ("constant", "CONSTANT"):
        raise OperandError("argument", f'pad has no mode "{mode}"', 'only "constant" is known')
    rows = amounts if isinstance(amounts, tuple) else (amounts, amounts)
    if not any(isinstance(row, tuple) for row in rows):
        rows = (rows * 2 if len(rows) == 1 else rows,) * rank
    elif len(rows) == 1:
        rows = rows * rank
    if len(rows) != rank or not all(isinstance(row, tuple) and len(row) == 2 for row in rows):
        raise OperandError(
            "argument", f"pad needs a pair [before, after] for each of the {rank} axes", "pad(x, [[1, 1], [0, 2]])"
        )
    pairs = tuple((integer(before, "an amount"), integer(after, "an amount")) for before, after in rows)
    if any(amount < 0 for pair in pairs for amount in pair):
        raise OperandError("argument", "pad cannot take a negative amount")
    if not isinstance(constant_values, (int, float)):
        raise OperandError("argument", "constant_values must be one number")
    return (pairs, "constant", float(constant_values))


def _pad_back(g: Node, n: Node) -> Node:
    from .selection import index

    cuts = tuple(
        ("slice", before, before + size, None)
        for (before, _), size in zip(n.attributes[0], n.inputs[0].shape, strict=True)
    )
    return index(g, cuts)


def _pad_parts(x: Node, amounts: Any, mode: str, value: float) -> Node | None:
    """A border of zeros is what putting the tensor into zeros leaves."""
    pairs = list(zip(x.shape, amounts, strict=True))
    shape = tuple(size + before + after for size, (before, after) in pairs)
    places = tuple(("slice", before, before + size, None) for size, (before, _) in pairs)
    return ROLES["unindex"](x, shape, places) if str(value) == "0.0" else None


pad: Op = define(
    "pad",
    signature="x, amounts, mode='constant', constant_values=0",
    static="amounts mode constant_values",
    kind="same",
    doc="The tensor with a border of a constant, [before, after] for each axis.",
    prepare=_pad_prepare,
    shape=lambda inputs, amounts, *_: tuple(
        size + before + after for size, (before, after) in zip(inputs[0].shape, amounts, strict=True)
    ),
    simplify=lambda inputs, amounts, *_: inputs[0] if all(pair == (0, 0) for pair in amounts) else None,
    parts=_pad_parts,
    numpy=lambda np, x, amounts, mode, value: np.pad(x, amounts, constant_values=value),
    vjp=(_pad_back,),
    jvp=(lambda t, n: pad(t, n.attributes[0]),),
    rule="dx = g without the border",
    at=[([1.0, 2.0], {"amounts": (1, 2)}), ([[1.0, 2.0]], {"amounts": ((0, 1), (2, 0)), "constant_values": 3.0})],
)
