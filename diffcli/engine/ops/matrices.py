"""Matrices: diagonals, triangles, inverses, determinants, factors."""

from __future__ import annotations

from math import nan
from typing import Any

from ..graph import Node
from ..op import Op, build, define
from ..shape import OperandError, Shape, Size, broadcast, integer, text
from .linalg import matmul, outer
from .reductions import sum as total
from .shaping import operand, reshape, swap_last, unbroadcast


def square(name: str, shape: Shape) -> None:
    """OperandError unless the shape is that of a square matrix, or of a batch of them."""
    if len(shape) < 2 or (isinstance(shape[-1], int) and isinstance(shape[-2], int) and shape[-1] != shape[-2]):
        raise OperandError("shape", f"{name} needs a square matrix, not shape {text(shape)}")


def _square_shape(name: str) -> Any:
    def shape(inputs: tuple[Node, ...], *_: Any) -> Shape:
        square(name, inputs[0].shape)
        return inputs[0].shape

    return shape


def _diagonal_length(rows: Size, columns: Size, k: int) -> Size:
    if isinstance(rows, int) and isinstance(columns, int):
        return max(0, min(rows + min(k, 0), columns - max(k, 0)))
    if rows != columns and not (isinstance(rows, int) != isinstance(columns, int)):
        raise OperandError("shape", f"the diagonal of a {rows} by {columns} matrix has no known size")
    return (columns if isinstance(columns, int) else rows) - abs(k)


def _diag_part_shape(inputs: tuple[Node, ...], k: int) -> Shape:
    shape = inputs[0].shape
    if len(shape) < 2:
        raise OperandError(
            "shape", f"diag_part needs a matrix, not shape {text(shape)}", "diag makes a matrix from a vector"
        )
    return (*shape[:-2], _diagonal_length(shape[-2], shape[-1], k))


diag_part = define(
    "diag_part",
    signature="x, k=0",
    static="k",
    doc="The diagonal of a matrix, k places above the main one; of each matrix in a batch.",
    aliases="diagonal tensor_diag_part",
    kind="same",
    prepare=lambda inputs, k: (integer(k, "k"),),
    shape=_diag_part_shape,
    numpy=lambda np, x, k: np.diagonal(x, k, -2, -1),
    vjp=(lambda g, n: diag_embed(g, *n.inputs[0].shape[-2:], n.attributes[0]),),
    jvp="linear",
    rule="dx = a matrix with g on the diagonal",
    at=[([[1.0, 2.0], [3.0, 4.0]],), ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], {"k": 1})],
)


def _diag_embed(np: Any, x: Any, rows: int, columns: int, k: int) -> Any:
    result = np.zeros((*x.shape[:-1], rows, columns), dtype=x.dtype)
    along = np.arange(x.shape[-1])
    result[..., along - min(k, 0), along + max(k, 0)] = x
    return result


def _diag_embed_shape(inputs: tuple[Node, ...], rows: Size, columns: Size, k: int) -> Shape:
    shape = inputs[0].shape
    if not shape or shape[-1] != _diagonal_length(rows, columns, k):
        raise OperandError("shape", f"shape {text(shape)} is no diagonal of a {rows} by {columns} matrix")
    return (*shape[:-1], rows, columns)


diag_embed: Op = define(
    "diag_embed",
    signature="x, rows, columns, k=0",
    static="rows columns k",
    doc="Zeros with a vector on the diagonal; for each vector of a batch.",
    kind="same",
    prepare=lambda inputs, rows, columns, k: (
        *(int(s) if isinstance(s, float) else s for s in (rows, columns)),
        integer(k, "k"),
    ),
    shape=_diag_embed_shape,
    numpy=_diag_embed,
    vjp=(lambda g, n: diag_part(g, n.attributes[2]),),
    jvp="linear",
    rule="dx = the diagonal of g",
    at=[([1.0, 2.0], {"rows": 2, "columns": 3}), ([[1.0, 2.0], [3.0, 4.0]], {"rows": 3, "columns": 3, "k": -1})],
)


def _diag(x: Any, k: Any) -> Node:
    x = operand(x)
    if len(x.shape) not in (1, 2):
        raise OperandError(
            "shape",
            f"diag takes a vector or a matrix, not shape {text(x.shape)}",
            "diag_part takes the diagonal of each matrix in a batch",
        )
    size = x.shape[0] + abs(integer(k, "k"))
    return diag_embed(x, size, size, k) if len(x.shape) == 1 else diag_part(x, k)


diag = define(
    "diag",
    signature="x, k=0",
    static="k",
    doc="The matrix with a vector on its diagonal, or the diagonal of a matrix.",
    expand=_diag,
    rule="dx = the diagonal of g, or a matrix with g on the diagonal",
    at=[([1.0, 2.0],), ([[1.0, 2.0], [3.0, 4.0]],), ([1.0, 2.0], {"k": 1})],
)

trace = define(
    "trace",
    doc="Sum of the diagonal of a matrix; of each matrix in a batch.",
    expand=lambda x: total(diag_part(x), -1),
    rule="dx = g on the diagonal",
    at=[([[1.0, 2.0], [3.0, 4.0]],)],
)


def _triangle(name: str, doc: str) -> Any:
    def shape(inputs: tuple[Node, ...], k: int) -> Shape:
        if len(inputs[0].shape) < 2:
            raise OperandError("shape", f"{name} needs a matrix, not shape {text(inputs[0].shape)}")
        return inputs[0].shape

    op: Op = define(
        name,
        signature="x, k=0",
        static="k",
        doc=doc,
        kind="same",
        prepare=lambda inputs, k: (integer(k, "k"),),
        shape=shape,
        numpy=lambda np, x, k: getattr(np, name)(x, k),
        vjp=(lambda g, n: op(g, *n.attributes),),
        jvp="linear",
        rule="dx = the same triangle of g",
        at=[([[1.0, 2.0], [3.0, 4.0]],), ([[1.0, 2.0], [3.0, 4.0]], {"k": -1})],
    )
    return op


tril = _triangle("tril", "The lower triangle of a matrix, zeros above diagonal k.")
triu = _triangle("triu", "The upper triangle of a matrix, zeros below diagonal k.")


def each_matrix(np: Any, function: Any, *matrices: Any) -> Any:
    """The function of every matrix of a batch, NaN for those that it cannot take, such as singular ones."""
    try:
        return function(*matrices)
    except np.linalg.LinAlgError:
        if matrices[0].ndim == 2:
            return np.full_like(matrices[-1], nan)
        return np.stack([each_matrix(np, function, *row) for row in zip(*matrices, strict=True)])


inv = define(
    "inv",
    doc="Inverse of a square matrix; NaN if it is singular.",
    aliases="inverse matrix_inverse",
    shape=_square_shape("inv"),
    numpy=lambda np, x: each_matrix(np, np.linalg.inv, x),
    vjp=(lambda g, n: -matmul(swap_last(n), matmul(g, swap_last(n))),),
    jvp=(lambda t, n: -matmul(n, matmul(t, n)),),
    rule="dx = -y.T @ g @ y.T",
    latex="{0}^{{-1}}",
    at=[([[1.0, 2.0], [3.0, 5.0]],), ([[[1.0, 2.0], [3.0, 5.0]], [[2.0, 0.0], [1.0, -1.0]]],)],
)


def _solve_numpy(np: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return _solve_numpy(np, a, b[:, None])[:, 0]
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return each_matrix(
        np, np.linalg.solve, np.broadcast_to(a, (*batch, *a.shape[-2:])), np.broadcast_to(b, (*batch, *b.shape[-2:]))
    )


def _solve_shape(inputs: tuple[Node, ...]) -> Shape:
    a, b = inputs[0].shape, inputs[1].shape
    square("solve", a)
    rows = b[-2] if len(b) > 1 else b[0] if b else 1
    if not b or (rows != a[-1] and isinstance(rows, int) and isinstance(a[-1], int)):
        raise OperandError("shape", f"shapes {text(a)} and {text(b)} cannot be solved", f"b needs {a[-1]} rows")
    return b if len(b) == 1 else (*broadcast(a[:-2], b[:-2]), *b[-2:])


def _solve(a: Any, b: Any) -> Node:
    a, b = operand(a, b), operand(b, a)
    if len(b.shape) == 1 and len(a.shape) > 2:
        solved = build(solve, (a, reshape(b, (*b.shape, 1))), ())
        return reshape(solved, solved.shape[:-1])
    return build(solve, (a, b), ())


def _solve_matrix(g: Node, n: Node) -> Node:
    a, b = n.inputs
    back = solve(swap_last(a), g)
    return -outer(back, n) if len(b.shape) == 1 else unbroadcast(-matmul(back, swap_last(n)), a.shape)


solve: Op = define(
    "solve",
    signature="a, b",
    doc="The solution x of a @ x = b; NaN if a is singular.",
    expand=_solve,
    shape=_solve_shape,
    numpy=_solve_numpy,
    vjp=(_solve_matrix, lambda g, n: unbroadcast(solve(swap_last(n.inputs[0]), g), n.inputs[1].shape)),
    jvp=(lambda t, n: -solve(n.inputs[0], matmul(t, n)), lambda t, n: solve(n.inputs[0], t)),
    rule="db = solve(a.T, g), da = -db @ y.T",
    latex="{0}^{{-1}} {1}",
    at=[([[1.0, 2.0], [3.0, 5.0]], [1.0, 2.0]), ([[1.0, 2.0], [3.0, 5.0]], [[1.0, 2.0, 0.5], [0.0, 1.0, 3.0]])],
)


def _halved(x: Node) -> Node:
    """The lower triangle with the diagonal halved."""
    return (tril(x) + tril(x, -1)) * 0.5  # type: ignore[no-any-return]  # operators are called by rules, which have no types


def _symmetric(x: Node) -> Node:
    return (x + swap_last(x)) * 0.5


def _cholesky_back(g: Node, n: Node) -> Node:
    upper = swap_last(n)
    middle = solve(upper, _halved(matmul(upper, tril(g))))
    return _symmetric(swap_last(solve(upper, swap_last(middle))))


def _cholesky_forward(t: Node, n: Node) -> Node:
    return matmul(n, _halved(solve(n, swap_last(solve(n, _symmetric(t))))))


# The symmetric part is what is factored, so that the value and its derivative agree in every direction.
cholesky = define(
    "cholesky",
    doc="Lower triangular y with y @ y.T equal to the (symmetric part of the) matrix; NaN if it is not positive definite.",
    shape=_square_shape("cholesky"),
    numpy=lambda np, x: each_matrix(np, np.linalg.cholesky, (x + np.swapaxes(x, -1, -2)) / 2),
    vjp=(_cholesky_back,),
    jvp=(_cholesky_forward,),
    rule="dx = the symmetric part of inv(y).T @ phi(y.T @ g) @ inv(y), phi: lower triangle with halved diagonal",
    at=[([[4.0, 2.0], [2.0, 3.0]],)],
)
