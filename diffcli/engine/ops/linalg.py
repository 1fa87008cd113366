"""Products of matrices and tensors."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..op import build, define
from ..shape import OperandError, Shape, axis_index, broadcast, broadcast_sizes, integer, text
from .shaping import operand, ravel, reshape, swap_last, unbroadcast


def matmul_shape(inputs: tuple[Node, ...]) -> Shape:
    """NumPy's rules: a vector is a row on the left and a column on the right, leading axes broadcast."""
    a, b = inputs[0].shape, inputs[1].shape
    if not a or not b:
        raise OperandError("shape", "@ needs vectors or matrices, not a scalar", "use * to multiply by a scalar")
    left, right = a[-1], b[-2] if len(b) > 1 else b[0]
    if left != right and (broadcast_sizes(left, right) is None or 1 in (left, right)):
        raise OperandError(
            "shape",
            f"shapes {text(a)} and {text(b)} cannot be multiplied by @",
            f"the inner sizes {left} and {right} must be equal",
        )
    rows, columns = a[-2:-1], b[-1:] if len(b) > 1 else ()
    batch = broadcast(a[:-2], b[:-2]) if len(a) > 2 or len(b) > 2 else ()
    return (*batch, *rows, *columns)


def _columns(x: Node) -> Node:
    return reshape(x, (*x.shape, 1))


def _left(g: Node, n: Node) -> Node:
    a, b = n.inputs
    if len(a.shape) == 1 and len(b.shape) == 1:
        return g * b
    if len(a.shape) == 1:
        result = matmul(b, g) if len(b.shape) == 2 else reshape(matmul(b, _columns(g)), b.shape[:-1])
    elif len(b.shape) == 1:
        result = outer(g, b) if len(a.shape) == 2 else _columns(g) * b
    else:
        result = matmul(g, swap_last(b))
    return unbroadcast(result, a.shape)


def _right(g: Node, n: Node) -> Node:
    a, b = n.inputs
    if len(a.shape) == 1 and len(b.shape) == 1:
        return g * a
    if len(b.shape) == 1:
        result = matmul(swap_last(a), g) if len(a.shape) == 2 else _vectors(matmul(swap_last(a), _columns(g)))
    elif len(a.shape) == 1:
        result = outer(a, g) if len(b.shape) == 2 else _columns(a) * reshape(g, (*g.shape[:-1], 1, g.shape[-1]))
    else:
        result = matmul(swap_last(a), g)
    return unbroadcast(result, b.shape)


def _vectors(x: Node) -> Node:
    return reshape(x, x.shape[:-1])


matmul = define(
    "matmul",
    signature="a, b",
    doc="Matrix product; vectors and leading axes as NumPy has them.",
    infix="@",
    kind="promote",
    role="matmul",
    aliases="mm mv",
    shape=matmul_shape,
    numpy="matmul",
    vjp=(_left, _right),
    jvp="linear",
    rule="da = g @ b.T, db = a.T @ g",
    latex=r"{0} \, {1}",
    at=[
        ([1.0, 2.0], [3.0, 4.0]),
        ([[1.0, 2.0], [3.0, 4.0]], [0.5, -1.0]),
        ([0.5, -1.0], [[1.0, 2.0], [3.0, 4.0]]),
        ([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[0.5], [-1.0]]),
        ([[[1.0, 2.0], [3.0, 4.0]]], [[[0.5], [-1.0]], [[1.0], [2.0]]]),
    ],
)


def _outer(a: Any, b: Any) -> Node:
    a = operand(a, b)
    return build(outer, (ravel(a), ravel(operand(b, a))), ())


outer = define(
    "outer",
    signature="a, b",
    doc="All products of an element of a and an element of b.",
    kind="promote",
    expand=_outer,
    shape=lambda inputs: (inputs[0].shape[0], inputs[1].shape[0]),
    parts=lambda a, b: reshape(a, (*a.shape, 1)) * reshape(b, (1, *b.shape)),
    numpy=lambda np, a, b: np.outer(a, b),
    vjp=(lambda g, n: matmul(g, n.inputs[1]), lambda g, n: matmul(n.inputs[0], g)),
    jvp="linear",
    rule="da = g @ b, db = a @ g",
    latex=r"{0} \otimes {1}",
    at=[([1.0, 2.0], [3.0, 4.0, 5.0])],
)


def _dot(a: Any, b: Any) -> Node:
    a, b = operand(a, b), operand(b, a)
    if not a.shape or not b.shape:
        return a * b  # type: ignore[no-any-return]  # operators are called by rules, which have no types
    if len(b.shape) == 1 or (len(a.shape) <= 2 and len(b.shape) == 2):
        return matmul(a, b)
    return _contract(a, b, (len(a.shape) - 1,), (len(b.shape) - 2,))


dot = define(
    "dot",
    signature="a, b",
    doc="Product of vectors or matrices as NumPy's dot: the last axis of a against the last but one of b.",
    aliases="inner_product",
    expand=_dot,
    rule="as matmul",
    at=[([1.0, 2.0], [3.0, 4.0]), ([[1.0, 2.0], [3.0, 4.0]], [0.5, -1.0]), (2.0, [1.0, 3.0])],
)


def _tensordot(a: Any, b: Any, axes: Any) -> Node:
    a, b = operand(a, b), operand(b, a)
    if isinstance(axes, tuple):
        left, right = (each if isinstance(each, tuple) else (each,) for each in axes)
    else:
        count = integer(axes, "axes")
        left, right = tuple(range(len(a.shape) - count, len(a.shape))), tuple(range(count))
    left = tuple(axis_index(integer(axis, "axis"), len(a.shape)) for axis in left)
    right = tuple(axis_index(integer(axis, "axis"), len(b.shape)) for axis in right)
    if len(left) != len(right):
        raise OperandError("argument", f"tensordot needs as many axes of a as of b, not {len(left)} and {len(right)}")
    return _contract(a, b, left, right)


def _contract(a: Node, b: Node, left: tuple[int, ...], right: tuple[int, ...]) -> Node:
    from .einsum import LETTERS, einsum

    first = LETTERS[: len(a.shape)]
    rest = iter(LETTERS[len(a.shape) :])
    second = "".join(first[left[right.index(axis)]] if axis in right else next(rest) for axis in range(len(b.shape)))
    out = "".join(letter for letter in first + second if (letter in first) != (letter in second))
    return einsum(f"{first},{second}->{out}", a, b)


tensordot = define(
    "tensordot",
    signature="a, b, axes=2",
    static="axes",
    doc="Sum of products over axes of a and b: the last of a against the first of b, or two lists.",
    expand=_tensordot,
    rule="as einsum",
    at=[([[1.0, 2.0], [3.0, 4.0]], [[0.5, -1.0], [2.0, 0.0]]), ([[1.0, 2.0]], [[0.5, -1.0], [2.0, 0.0]], {"axes": 1})],
)
