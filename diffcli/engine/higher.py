"""Matrices of derivatives and their products, built from sweeps of the two modes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from .diff import Contribution, between, filled, gradients, jvp, push, sweep
from .graph import Node
from .op import ROLES, alias, build, constant, leaf
from .shape import OperandError, known, text


def basis(x: Node, position: tuple[int, ...]) -> Node:
    """The unit vector of the shape of a node: 1 in one place, 0 elsewhere."""
    if x.shape == ():
        return constant(x.graph, 1.0)
    sizes = known(x.shape)
    assert sizes is not None
    flat = [0.0] * _count(sizes)
    place = 0
    for index, size in zip(position, sizes, strict=True):
        place = place * size + index
    flat[place] = 1.0
    return x.graph.intern(ROLES["tensor"], (), (sizes, tuple(flat)), sizes, "float")


def unit(x: Node, position: tuple[int, ...]) -> Contribution:
    """The unit vector as a seed. Its zeros mean that nothing is there, so they are not multiplied by what may be infinite."""
    vector = basis(x, position)
    if x.shape == () or x.graph.strict:
        return Contribution(vector)
    return Contribution(vector, ((ROLES["not_equal"](vector, 0.0), True),))


def _count(sizes: Sequence[int]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


def positions(shape: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    """All index tuples of a shape, the last axis fastest."""
    for flat in range(_count(shape)):
        index: list[int] = []
        for size in reversed(shape):
            flat, place = divmod(flat, size)
            index.append(place)
        yield tuple(reversed(index))


def jacobian(y: Node, x: Node, barrier: Collection[Node] = frozenset(), mode: str = "auto") -> Node | None:
    """All partial derivatives of a target, of shape y.shape + x.shape; None where no path leads.

    Reverse mode costs one sweep per element of the target, forward mode one per element of the source; "auto" takes
    the cheaper. As tape.jacobian.
    """
    y_shape, x_shape = known(y.shape), known(x.shape)
    if y_shape is None or x_shape is None:
        raise OperandError(
            "derivative",
            f"a jacobian needs known sizes, not {text(y.shape)} by {text(x.shape)}",
            "give the inputs by --at",
        )
    if not between([y], [x], barrier) & {y} or y.kind != "float" or x.kind != "float":
        return None
    rows, columns = _count(y_shape), _count(x_shape)
    if mode == "auto":
        mode = cheaper_mode(y, x)
    reshape = ROLES["reshape"]
    if mode == "reverse":
        parts = [sweep([(y, unit(y, place))], [x], barrier)[0] for place in positions(y_shape)]
        return _assemble(y, [part for part in parts if part is not None], (*y_shape, *x_shape), rows, 0)
    pushed = [push([y], {x: [unit(x, place)]}, barrier)[0] for place in positions(x_shape)]
    stacked = _assemble(y, [part for part in pushed if part is not None], (columns, rows), columns, 0)
    if x_shape == ():
        return reshape(stacked, y_shape)
    return reshape(ROLES["transpose"](reshape(stacked, (columns, rows))), (*y_shape, *x_shape))


def cheaper_mode(y: Node, x: Node) -> str:
    """The mode that takes fewer sweeps for the Jacobian: reverse, unless the target has more elements than the source."""
    y_shape, x_shape = known(y.shape), known(x.shape)
    return "forward" if y_shape is not None and x_shape is not None and _count(y_shape) > _count(x_shape) else "reverse"


def _assemble(y: Node, parts: list[Node], shape: tuple[int, ...], count: int, axis: int) -> Node:
    if count == 0:
        return filled(y, 0.0, shape)
    if count == 1:
        return ROLES["reshape"](parts[0], shape)
    return ROLES["reshape"](stack(parts, axis), shape)


def stack(parts: Sequence[Node], axis: int = 0) -> Node:
    """Nodes of one shape joined along a new axis."""
    return build(ROLES["stack"], parts, (axis,))


def hessian(
    ys: Sequence[Node], x1: Node, x2: Node, barrier: Collection[Node] = frozenset(), mode: str = "auto"
) -> Node:
    """Second derivatives of the sum of the targets, of shape x1.shape + x2.shape: the Jacobian of the gradient.

    Zeros where the targets are linear in a source or do not depend on it at all.
    """
    first = gradients(ys, [x1], None, barrier)[0]
    second = (
        jacobian(alias(first, ""), x2, barrier, mode) if first is not None and first.op.role != "constant" else None
    )
    return filled(x1, 0.0, (*x1.shape, *x2.shape)) if second is None else second


def hessian_diagonal(ys: Sequence[Node], x: Node, barrier: Collection[Node] = frozenset()) -> Node:
    """The second derivatives of the sum of the targets by each element of a source alone, of the source's shape.

    For programs that need a curvature beside the gradient, such as a Newton step or a step size per variable.
    """
    first = gradients(ys, [x], None, barrier)[0]
    sizes = known(x.shape)
    if sizes is None:
        raise OperandError("derivative", "a hessian needs known sizes", "give the inputs by --at")
    if first is None or first.op.role == "constant":
        return filled(x, 0.0)
    parts = []
    for place in positions(sizes):
        pushed = push([alias(first, "")], {x: [unit(x, place)]}, barrier)[0]
        items = tuple(("at", each) for each in place)
        parts.append(constant(x.graph, 0.0) if pushed is None else build(ROLES["index"], (pushed,), (items,)))
    return parts[0] if x.shape == () else ROLES["reshape"](stack(parts), sizes)


def transposed(
    y: Node, xs: Sequence[Node], directions: Sequence[Node], barrier: Collection[Node] = frozenset()
) -> Node | None:
    """The derivative of a target along a direction by reverse mode alone: what is pulled back is linear in its weight."""
    weight = leaf(y.graph, "", "weight", y.shape)
    pulled = gradients([y], xs, [weight], barrier)
    live = [
        ROLES["sum"](back * direction) for back, direction in zip(pulled, directions, strict=True) if back is not None
    ]
    return gradients(live, [weight])[0] if live else None


def hvp(
    ys: Sequence[Node],
    xs: Sequence[Node],
    directions: Sequence[Node],
    barrier: Collection[Node] = frozenset(),
    mode: str = "forward",
) -> list[Node | None]:
    """The product of the Hessian with a direction, without the Hessian: forward over reverse, or reverse over reverse."""
    firsts = gradients(ys, xs, None, barrier)
    live = [first for first in firsts if first is not None]
    if mode == "reverse":
        pushed = iter([transposed(alias(first, ""), xs, directions, barrier) for first in live])
    else:
        pushed = iter(jvp(live, xs, directions, barrier))
    result: list[Node | None] = []
    for x, first in zip(xs, firsts, strict=True):
        second = next(pushed) if first is not None else None
        result.append(
            None
            if first is None
            else filled(x, 0.0)
            if second is None
            else second
            if second.shape == x.shape
            else ROLES["broadcast"](second, x.shape)
        )
    return result
