"""Operators that pick elements: index, gather, one-hot, sort."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..op import Convention, Edge, Op, build, define
from ..shape import Dim, OperandError, Shape, Size, axis_index, integer, text
from .shaping import shape_argument

FULL = ("slice", None, None, None)
# How one axis is indexed: ("at", i), ("slice", start, stop, step); ("rest",) stands for as many full slices as fit.
Item = tuple[Any, ...]


def _items(inputs: tuple[Node, ...], items: tuple[Item, ...]) -> tuple[tuple[Item, ...]]:
    return (located(inputs[0].shape, items),)


def located(shape: Shape, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The items with one entry per axis, positions counted from 0, and slices in one form each."""
    axes = len([item for item in items if item[0] != "rest"])
    if axes > len(shape):
        what = (
            "a scalar cannot be indexed"
            if not shape
            else f"{axes} indices for a tensor of {len(shape)} axes, of shape {text(shape)}"
        )
        raise OperandError("shape", what)
    if len(items) - axes > 1:
        raise OperandError("argument", "an index can have only one `...`")
    missing = (FULL,) * (len(shape) - axes)
    spread = [
        (item,) if item[0] != "rest" else missing for item in (items if axes < len(items) else (*items, ("rest",)))
    ]
    each = [item for group in spread for item in group]
    return tuple(
        _position(item, axis, size) if item[0] == "at" else _cut(item, size)
        for axis, (item, size) in enumerate(zip(each, shape, strict=True))
    )


def _position(item: Item, axis: int, size: Size) -> Item:
    place = integer(item[1], "an index")
    if isinstance(size, int):
        if not -size <= place < size:
            raise OperandError(
                "argument",
                f"index {place} is out of range for axis {axis} of size {size}",
                f"positions are 0 to {size - 1}" if size else None,
            )
        place %= size
    return ("at", place)


def _cut(item: Item, size: Size) -> Item:
    start, stop, step = (
        None if each is None else each if isinstance(each, Dim) else integer(each, "an index") for each in item[1:]
    )
    if step == 0:
        raise OperandError("argument", "the step of a slice cannot be 0")
    step = 1 if step is None else step
    if isinstance(size, int):
        start, stop, step = slice(start, stop, step).indices(size)
        count = len(range(start, stop, step))
        if not count:
            return ("slice", 0, 0, None)
        if step == 1:
            return ("slice", start or None, stop if stop < size else None, None)
        return ("slice", start, stop if stop >= 0 else None, step)
    if start is None and stop is None and step in (1, -1):
        return FULL if step == 1 else ("slice", None, None, -1)
    if step != 1:
        raise OperandError("shape", f"a slice in steps of {step} of an axis of size {size} has no known size")
    return ("slice", start or None, stop, None)


def _cut_size(item: Item, size: Size) -> Size:
    if item == FULL:
        return size
    _, start, stop, step = item
    if isinstance(size, int):
        return len(range(*slice(start, stop, step).indices(size)))
    if step == -1:
        return size
    first, last = (
        size + each if isinstance(each, int) and each < 0 else each
        for each in (start or 0, size if stop is None else stop)
    )
    return last - first


def _index_shape(inputs: tuple[Node, ...], items: tuple[Item, ...]) -> Shape:
    return tuple(_cut_size(item, size) for item, size in zip(items, inputs[0].shape, strict=True) if item[0] != "at")


def _simple_index(inputs: tuple[Node, ...], items: tuple[Item, ...]) -> Node | None:
    x = inputs[0]
    if all(item == FULL for item in items):
        return x
    if x.op.role == "stack":
        axis = x.attributes[0]
        if items[axis][0] == "at" and isinstance(items[axis][1], int):
            part = x.inputs[items[axis][1]]
            return build(index, (part,), ((*items[:axis], *items[axis + 1 :]),)) if part.shape else part
    return None


def _selector(items: tuple[Item, ...]) -> tuple[Any, ...]:
    return tuple(item[1] if item[0] == "at" else slice(*item[1:]) for item in items)


index = define(
    "index",
    signature="x, items",
    static="items",
    doc="The elements at given positions, x[i, a:b].",
    kind="same",
    role="index",
    prepare=_items,
    shape=_index_shape,
    simplify=_simple_index,
    numpy=lambda np, x, items: x[(*_selector(items), ...)],
    vjp=(lambda g, n: unindex(g, n.inputs[0].shape, n.attributes[0]),),
    jvp="linear",
    rule="dx = g in its places, 0 elsewhere",
    at=[
        ([1.0, 2.0, 3.0], {"items": (("at", 1.0),)}),
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], {"items": (("rest",), ("slice", None, None, -2.0))}),
    ],
)


def _scatter(np: Any, x: Any, shape: Any, items: tuple[Item, ...]) -> Any:
    result = np.zeros(shape, dtype=x.dtype)
    result[_selector(items)] = x
    return result


def _unindex_shape(inputs: tuple[Node, ...], shape: Shape, items: tuple[Item, ...]) -> Shape:
    places = tuple(_cut_size(item, size) for item, size in zip(items, shape, strict=True) if item[0] != "at")
    if places != inputs[0].shape:
        raise OperandError("shape", f"shape {text(inputs[0].shape)} does not fit the places of shape {text(places)}")
    return shape


unindex: Op = define(
    "unindex",
    signature="x, shape, items",
    static="shape items",
    doc="Zeros, with the elements put at given positions.",
    kind="same",
    role="unindex",
    prepare=lambda inputs, shape, items: (shape_argument(shape), located(shape_argument(shape), items)),
    shape=_unindex_shape,
    numpy=_scatter,
    vjp=(lambda g, n: index(g, n.attributes[1]),),
    jvp="linear",
    rule="dx = g at the positions",
    at=[([1.0, 2.0], {"shape": (3,), "items": (("slice", 2, None, -2),)})],
)


def whole(np: Any, indices: Any) -> Any:
    """Indices as integers; OperandError when one is no whole number."""
    found = indices.astype(np.intp)
    if not (found == indices).all():
        raise OperandError("argument", "an index must be a whole number")
    return found


def _in_range(np: Any, indices: Any, size: int) -> Any:
    places = whole(np, indices)
    wrong = (places < -size) | (places >= size)
    if wrong.any():
        raise OperandError("argument", f"index {places[wrong].flat[0]} is out of range for an axis of size {size}")
    return places % size if size else places


def _gather_prepare(inputs: tuple[Node, ...], axis: Any) -> tuple[int]:
    x, indices = inputs
    position = axis_index(integer(axis, "axis"), len(x.shape))
    size = x.shape[position]
    if isinstance(size, int) and indices.op.role in ("constant", "tensor"):
        for place in indices.attributes if indices.op.role == "constant" else indices.attributes[1]:
            if not -size <= integer(place, "an index") < size:
                raise OperandError(
                    "argument", f"index {integer(place, 'an index')} is out of range for axis {position} of size {size}"
                )
    return (position,)


gather: Op = define(
    "gather",
    signature="x, indices, axis=0",
    static="axis",
    doc="The slices of x at the given indices along an axis.",
    aliases="take",
    kind="same",
    role="gather",
    prepare=_gather_prepare,
    shape=lambda inputs, axis: (*inputs[0].shape[:axis], *inputs[1].shape, *inputs[0].shape[axis + 1 :]),
    numpy=lambda np, x, indices, axis: np.take(x, _in_range(np, indices, x.shape[axis]), axis=axis),
    vjp=(lambda g, n: scatter_add(g, n.inputs[1], n.inputs[0].shape, n.attributes[0]), None),
    jvp=(lambda t, n: gather(t, n.inputs[1], n.attributes[0]), None),
    rule="dx = g added at the indices",
    at=[([1.0, 2.0, 3.0], [2.0, 0.0, 2.0]), ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[-1.0, 0.0]], {"axis": 1})],
    edge=[Edge(([1.0, 2.0, 3.0], [0.0, 2.0, 2.0]), ([1, 0, 2], None))],
)


def _scatter_prepare(inputs: tuple[Node, ...], shape: Any, axis: Any) -> tuple[Shape, int]:
    wanted = shape_argument(shape)
    return wanted, axis_index(integer(axis, "axis"), len(wanted))


def _scatter_add(np: Any, x: Any, indices: Any, shape: Any, axis: int) -> Any:
    result = np.zeros(shape, dtype=x.dtype)
    np.add.at(result, (slice(None),) * axis + (_in_range(np, indices, shape[axis]),), x)
    return result


scatter_add: Op = define(
    "scatter_add",
    signature="x, indices, shape, axis",
    static="shape axis",
    doc="Zeros, with slices added at the given indices along an axis.",
    kind="promote",
    prepare=_scatter_prepare,
    shape=lambda inputs, shape, axis: shape,
    numpy=_scatter_add,
    vjp=(lambda g, n: gather(g, n.inputs[1], n.attributes[1]), None),
    jvp=(lambda t, n: scatter_add(t, n.inputs[1], *n.attributes), None),
    rule="dx = g at the indices",
    at=[([1.0, 2.0, 3.0], [1.0, 1.0, 0.0], {"shape": (3,), "axis": 0})],
)


def _one_hot_prepare(inputs: tuple[Node, ...], depth: Any, axis: Any) -> tuple[int, int]:
    count = integer(depth, "depth")
    if count < 0:
        raise OperandError("argument", f"depth cannot be negative: {count}")
    return count, axis_index(integer(axis, "axis"), len(inputs[0].shape) + 1)


def _one_hot(np: Any, indices: Any, depth: int, axis: int) -> Any:
    found = whole(np, indices)[..., None] == np.arange(depth)
    return found if axis == indices.ndim else np.moveaxis(found, -1, axis)


one_hot = define(
    "one_hot",
    signature="indices, depth, axis=-1",
    static="depth axis",
    doc="1 at the index, 0 elsewhere, along a new axis; an index out of range gives zeros.",
    prepare=_one_hot_prepare,
    shape=lambda inputs, depth, axis: (*inputs[0].shape[:axis], depth, *inputs[0].shape[axis:]),
    numpy=_one_hot,
    vjp=(None,),
    jvp=(None,),
    rule="no gradient flows",
    at=[([0.0, 2.0], {"depth": 3}), (1.0, {"depth": 3})],
)


def _axis_prepare(inputs: tuple[Node, ...], axis: Any) -> tuple[int]:
    return (axis_index(integer(axis, "axis"), len(inputs[0].shape)),)


argsort = define(
    "argsort",
    signature="x, axis=-1",
    static="axis",
    doc="The positions that sort the tensor; equal elements keep their order. No gradient flows.",
    kind="int",
    prepare=_axis_prepare,
    shape=lambda inputs, axis: inputs[0].shape,
    numpy=lambda np, x, axis: np.argsort(x, axis=axis, kind="stable"),
    vjp=(None,),
    jvp=(None,),
    rule="no gradient flows",
    at=[([3.0, 1.0, 2.0],)],
)


def _along_shape(inputs: tuple[Node, ...], axis: int) -> Shape:
    x, indices = (each.shape for each in inputs)
    if len(x) != len(indices) or any(a != b for i, (a, b) in enumerate(zip(x, indices, strict=True)) if i != axis):
        raise OperandError(
            "shape",
            f"take_along_axis needs shapes that are equal but for axis {axis}, not {text(x)} and {text(indices)}",
        )
    return indices


take_along_axis: Op = define(
    "take_along_axis",
    signature="x, indices, axis=-1",
    static="axis",
    doc="The elements whose positions along an axis are given.",
    kind="same",
    prepare=_axis_prepare,
    shape=_along_shape,
    numpy=lambda np, x, indices, axis: np.take_along_axis(x, _in_range(np, indices, x.shape[axis]), axis),
    vjp=(lambda g, n: add_along_axis(g, n.inputs[1], n.inputs[0].shape, n.attributes[0]), None),
    jvp=(lambda t, n: take_along_axis(t, n.inputs[1], n.attributes[0]), None),
    rule="dx = g added at the positions",
    at=[([[3.0, 1.0, 2.0]], [[1.0, 1.0, 0.0]])],
)


def _add_along(np: Any, x: Any, indices: Any, shape: Any, axis: int) -> Any:
    result = np.zeros(shape, dtype=x.dtype)
    places = list(np.indices(indices.shape, sparse=True))
    places[axis] = _in_range(np, indices, shape[axis])
    np.add.at(result, tuple(places), x)
    return result


add_along_axis: Op = define(
    "add_along_axis",
    signature="x, indices, shape, axis",
    static="shape axis",
    doc="Zeros, with elements added at positions along an axis.",
    kind="promote",
    prepare=_scatter_prepare,
    shape=lambda inputs, shape, axis: shape,
    numpy=_add_along,
    vjp=(lambda g, n: take_along_axis(g, n.inputs[1], n.attributes[1]), None),
    jvp=(lambda t, n: add_along_axis(t, n.inputs[1], *n.attributes), None),
    rule="dx = g at the positions",
    at=[([[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [2.0, 1.0]], {"shape": (2, 3), "axis": 1})],
)


def _order(n: Node) -> Node:
    return argsort(n.inputs[0], n.attributes[0])


def _equal_neighbours(x: Any, axis: int) -> Any:
    import numpy

    return (numpy.diff(numpy.sort(x, axis=axis), axis=axis) == 0).any()


sort = define(
    "sort",
    signature="x, axis=-1",
    static="axis",
    doc="The elements in ascending order; equal ones keep their order.",
    kind="same",
    prepare=_axis_prepare,
    shape=lambda inputs, axis: inputs[0].shape,
    numpy=lambda np, x, axis: np.sort(x, axis=axis, kind="stable"),
    vjp=(lambda g, n: add_along_axis(g, _order(n), n.inputs[0].shape, n.attributes[0]),),
    jvp=(lambda t, n: take_along_axis(t, _order(n), n.attributes[0]),),
    rule="dx = g put back in the order of x",
    conventions=[Convention(_equal_neighbours, "equal elements keep their order, and so does the derivative")],
    at=[([3.0, 1.0, 2.0],), ([[3.0, 1.0], [2.0, 5.0]], {"axis": 0})],
)
