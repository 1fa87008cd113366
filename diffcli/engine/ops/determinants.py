"""Determinants, with derivatives that are right for singular matrices, too."""

from __future__ import annotations

from math import nan
from typing import Any

from ..graph import Node
from ..op import Edge, build, define
from ..shape import OperandError, Shape, text
from .arithmetic import guard
from .creation import filled
from .matrices import each_matrix, inv, square
from .reductions import sum as total
from .shaping import operand, reshape, swap_last


def _scalars_shape(name: str) -> Any:
    def shape(inputs: tuple[Node, ...]) -> Shape:
        square(name, inputs[0].shape)
        return inputs[0].shape[:-2]

    return shape


def _per_matrix(value: Node) -> Node:
    """One number per matrix, ready to multiply the matrices."""
    return reshape(value, (*value.shape, 1, 1)) if value.shape else value


def _leave_one_out(np: Any, s: Any) -> Any:
    """For each entry the product of the others, along the last axis; no division, so zeros do no harm."""
    one = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([one, s[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before * after


def _leave_two_out(np: Any, s: Any) -> Any:
    """For each pair of entries the product of the others; 0 on the diagonal."""
    size = s.shape[-1]
    diagonal = np.eye(size, dtype=bool)
    return np.where(diagonal, 0.0, _leave_one_out(np, np.where(diagonal, 1.0, s[..., None, :])))


def _derivative_at_diagonal(np: Any, d: Any, parts: list[Any]) -> Any:
    """The derivative of the cofactors of diag(d), no entry 0, along all the parts, by the rules of products.

    Sets of parts are bit masks; `inverse` and `determinant` hold the mixed derivatives of those of I + inv(diag(d)) @ parts.
    """
    count = len(parts)
    steps = [part / d[..., :, None] for part in parts]
    inverse = {0: np.broadcast_to(np.eye(d.shape[-1]), (*d.shape, d.shape[-1]))}
    determinant = {0: np.ones(d.shape[:-1])}
    for mask in range(1, 1 << count):
        members = [i for i in range(count) if mask >> i & 1]
        inverse[mask] = -sum(steps[i] @ inverse[mask ^ 1 << i] for i in members)
        rest = mask ^ 1 << members[0]
        determinant[mask] = sum(
            determinant[some] * np.trace(inverse[rest ^ some] @ steps[members[0]], axis1=-2, axis2=-1)
            for some in _subsets(rest)
        )
    everything = (1 << count) - 1
    result = sum(
        determinant[some][..., None, None] * np.swapaxes(inverse[everything ^ some] / d[..., None, :], -1, -2)
        for some in _subsets(everything)
    )
    return np.prod(d, axis=-1)[..., None, None] * result


def _subsets(mask: int) -> list[int]:
    return [some for some in range(mask + 1) if some & mask == some]


def _higher(np: Any, s: Any, parts: list[Any]) -> Any:
    """As above where entries may be 0: a polynomial is the mean of its values on a circle around the point."""
    size = s.shape[-1]
    largest = s.max(axis=-1, keepdims=True)
    if (s.min(axis=-1, keepdims=True) > 1e-3 * largest).all():
        return _derivative_at_diagonal(np, s, parts)
    radius = np.where(largest > 0, largest / size, 1.0)
    points = [np.exp(2j * np.pi * turn / (size | 1)) for turn in range(size | 1)]
    return sum(_derivative_at_diagonal(np, s + radius * point, parts) for point in points).real / len(points)


def _crossed(np: Any, a: Any, b: Any) -> Any:
    """Row by row the cross products of the next row of a and the one after it of b."""
    return np.cross(np.roll(a, -1, -2), np.roll(b, -2, -2))


def _small(np: Any, x: Any, directions: tuple[Any, ...]) -> Any:
    """The definition itself for sizes 1 to 3: exact, without the rounding of a factorization."""
    factors = (*directions, *(x,) * (x.shape[-1] - 1 - len(directions)))
    if not factors:
        return np.ones_like(x)
    if len(factors) == 1:
        return np.flip(factors[0], (-2, -1)) * np.array([[1.0, -1.0], [-1.0, 1.0]], dtype=x.dtype)
    a, b = factors
    return _crossed(np, a, b) if not directions else _crossed(np, a, b) + _crossed(np, b, a)


def _cofactor_numpy(np: Any, x: Any, *directions: Any) -> Any:
    def compute(x: Any, *directions: Any) -> Any:
        u, s, vt = np.linalg.svd(x)
        sign = np.round(np.linalg.det(u) * np.linalg.det(vt))[..., None, None]
        turned = [np.swapaxes(u, -1, -2) @ each @ np.swapaxes(vt, -1, -2) for each in directions]
        if not directions:
            inner = _leave_one_out(np, s)[..., :, None] * np.eye(s.shape[-1])
        elif len(directions) == 1:
            pairs, part = _leave_two_out(np, s), turned[0]
            diagonal = (pairs @ np.diagonal(part, 0, -2, -1)[..., None]) * np.eye(s.shape[-1])
            inner = diagonal - pairs * np.swapaxes(part, -1, -2)
        else:
            inner = _higher(np, s, turned)
        return sign * (u @ inner @ vt)

    if x.size == 0:
        return x
    return _small(np, x, directions) if x.shape[-1] <= 3 else each_matrix(np, compute, x, *directions)


def _cofactor(x: Any, directions: tuple[Any, ...]) -> Node:
    x = operand(x)
    return build(cofactor, (x, *sorted((operand(each, x) for each in directions), key=lambda one: one.order)), ())


def _cofactor_shape(inputs: tuple[Node, ...]) -> Shape:
    shape = inputs[0].shape
    square("cofactor", shape)
    for each in inputs[1:]:
        if each.shape != shape:
            raise OperandError(
                "shape",
                f"the directions of cofactor have the shape of the matrix, {text(shape)}, not {text(each.shape)}",
            )
    return shape


def _simple_cofactor(inputs: tuple[Node, ...]) -> Node | None:
    size = inputs[0].shape[-1]
    return filled(inputs[0].graph, 0.0, inputs[0].shape) if isinstance(size, int) and len(inputs) > size > 0 else None


def _along(direction: Node, n: Node, index: int) -> Node:
    """The determinant's derivatives are symmetric in their directions: both modes put the new one where it belongs."""
    x, *directions = n.inputs
    if index:
        del directions[index - 1]
    return _cofactor(x, (*directions, direction))


# Every derivative of det is this one operator, so all orders are exact for singular matrices: det is a polynomial.
cofactor = define(
    "cofactor",
    signature="x, *directions",
    doc="Matrix of cofactors, the derivative of det; with directions, its derivative along them.",
    expand=_cofactor,
    shape=_cofactor_shape,
    simplify=_simple_cofactor,
    numpy=_cofactor_numpy,
    vjp=_along,
    jvp=_along,
    rule="one more direction",
    at=[
        ([[1.0, 2.0], [3.0, 5.0]],),
        ([[1.0, 2.0, 0.0], [3.0, 5.0, 1.0], [1.0, 1.0, 4.0]], [[1.0, 0.0, 1.0], [0.0, 2.0, 0.0], [0.5, 0.0, 3.0]]),
    ],
)


def _slope(n: Node) -> Node:
    """The derivative of det; TensorFlow has it from the inverse, which a singular matrix has not."""
    x = n.inputs[0]
    return _per_matrix(n) * swap_last(inv(x)) if n.graph.strict else cofactor(x)


det = define(
    "det",
    doc="Determinant of a square matrix.",
    aliases="matrix_determinant determinant",
    shape=_scalars_shape("det"),
    numpy=lambda np, x: np.linalg.det(x),
    vjp=(lambda g, n: _per_matrix(g) * _slope(n),),
    jvp=(lambda t, n: total(t * _slope(n), (-2, -1)),),
    rule="dx = g * cofactors of x",
    latex=r"\det\left({0}\right)",
    at=[([[1.0, 2.0], [3.0, 5.0]],), ([[[1.0, 2.0], [3.0, 5.0]], [[2.0, 0.0], [1.0, -1.0]]],)],
    edge=[
        Edge(
            ([[1.0, 2.0], [2.0, 4.0]],),
            ([[4, -2], [-2, 1]],),
            ([[nan, nan], [nan, nan]],),
            "semantics, part 1: the adjugate",
        ),
        Edge(([[0.0, 0.0], [0.0, 0.0]],), ([[0, 0], [0, 0]],), ([[nan, nan], [nan, nan]],), "mathematics"),
    ],
)


def _logdet(np: Any, x: Any) -> Any:
    sign, value = np.linalg.slogdet(x)
    return np.where(sign >= 0, value, np.nan)


logdet = define(
    "logdet",
    doc="Logarithm of the determinant, without overflow; NaN if it is negative.",
    shape=_scalars_shape("logdet"),
    numpy=_logdet,
    vjp=(lambda g, n: _per_matrix(guard(g, n)) * swap_last(inv(n.inputs[0])),),
    jvp=(lambda t, n: guard(total(t * swap_last(inv(n.inputs[0])), (-2, -1)), n),),
    rule="dx = g * inv(x).T",
    latex=r"\ln\det\left({0}\right)",
    at=[([[4.0, 2.0], [2.0, 3.0]],)],
)
