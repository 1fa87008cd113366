"""Test points of the structural operators: the call, the operands, and what NumPy makes of them by another way."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """One call of an operator. `reference` computes the same by other means, from the operands alone."""

    name: str
    operands: tuple[Any, ...]
    reference: Callable[..., Any]
    call: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    fixed: tuple[int, ...] = ()
    linear: bool = False

    @property
    def label(self) -> str:
        shapes = "-".join("x".join(map(str, np.shape(each))) or "scalar" for each in self.operands)
        named = ",".join(f"{key}={value}" for key, value in self.named.items())
        return f"{self.name}:{shapes}:{named}{''.join(map(str, self.call))}".replace(" ", "")


_seeds = itertools.count(7)


def numbers(*shape: int) -> np.ndarray:
    """Distinct numbers of both signs, none near 0 and no two near each other."""
    generator = np.random.default_rng(next(_seeds))
    count = math.prod(shape)
    values = (np.arange(count) + 1.0) / (count + 1) * 2.2 + 0.3
    return (generator.permutation(values) * generator.choice([-1.0, 1.0], count)).reshape(shape)


def matrix(*shape: int) -> np.ndarray:
    """Well-conditioned matrices."""
    return numbers(*shape) * 0.4 + np.eye(shape[-1]) * 2


def positive(*shape: int) -> np.ndarray:
    """Symmetric positive definite matrices."""
    half = numbers(*shape) * 0.5
    return half @ np.swapaxes(half, -1, -2) + np.eye(shape[-1])


def _leibniz(x: Any) -> Any:
    """Determinants by Leibniz' formula."""
    size = x.shape[-1]
    total = np.zeros(x.shape[:-2])
    for order in itertools.permutations(range(size)):
        sign = round(np.linalg.det(np.eye(size)[list(order)]))
        total = total + sign * np.prod(np.stack([x[..., i, order[i]] for i in range(size)]), axis=0)
    return total


def _minors(x: Any) -> Any:
    size = x.shape[-1]
    return np.array(
        [[(-1) ** (i + j) * _leibniz(np.delete(np.delete(x, i, 0), j, 1)) for j in range(size)] for i in range(size)]
    )


def _loop_matmul(a: Any, b: Any) -> Any:
    """Products by broadcasting and sums, no BLAS."""
    left = a[None, :] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    result = np.sum(left[..., :, :, None] * right[..., None, :, :], axis=-2)
    if b.ndim == 1:
        result = result[..., 0]
    return result[..., 0, :] if a.ndim == 1 and b.ndim > 1 else result[..., 0] if a.ndim == 1 else result


REDUCTIONS = [
    ((4,), None),
    ((2, 3), None),
    ((2, 3), 0),
    ((2, 3), -1),
    ((2, 3, 2), (0, -1)),
    ((2, 1, 3, 2), 2),
    ((2, 2, 2, 2), (1, 2)),
]


def _reductions() -> list[Case]:
    references: dict[str, Callable[..., Any]] = {
        "sum": lambda x, axis, keepdims: np.add.reduce(x, axis=axis, keepdims=keepdims),
        "mean": lambda x, axis, keepdims: np.mean(x, axis=axis, keepdims=keepdims),
        "prod": lambda x, axis, keepdims: np.multiply.reduce(x, axis=axis, keepdims=keepdims),
        "max": lambda x, axis, keepdims: np.maximum.reduce(x, axis=axis, keepdims=keepdims),
        "min": lambda x, axis, keepdims: np.minimum.reduce(x, axis=axis, keepdims=keepdims),
        "var": lambda x, axis, keepdims: np.var(x, axis=axis, keepdims=keepdims),
        "std": lambda x, axis, keepdims: np.std(x, axis=axis, keepdims=keepdims),
        "norm": lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims)),
        "logsumexp": lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims)),
    }
    cases = []
    for name, reference in references.items():
        for shape, axis in REDUCTIONS:
            for keepdims in (False, True):
                named = {"axis": axis, "keepdims": keepdims}
                cases.append(
                    Case(name, (numbers(*shape),), lambda x, r=reference, a=axis, k=keepdims: r(x, a, k), named=named)
                )
    for shape, axis in REDUCTIONS:
        for order in (1, 3, 2.5, math.inf):

            def reference(x: Any, order: Any = order, axis: Any = axis) -> Any:
                return (
                    np.max(np.abs(x), axis=axis)
                    if order == math.inf
                    else np.sum(np.abs(x) ** order, axis=axis) ** (1 / order)
                )

            cases.append(Case("norm", (numbers(*shape),), reference, named={"ord": order, "axis": axis}))
    for ddof in (1, 2):
        cases.append(
            Case("var", (numbers(3, 4),), lambda x, d=ddof: np.var(x, axis=1, ddof=d), named={"axis": 1, "ddof": ddof})
        )
        cases.append(
            Case("std", (numbers(3, 4),), lambda x, d=ddof: np.std(x, axis=1, ddof=d), named={"axis": 1, "ddof": ddof})
        )
    zeros = numbers(3, 4)
    zeros[0, 1] = zeros[1, 2] = zeros[1, 0] = 0.0
    cases.append(Case("prod", (zeros,), lambda x: np.prod(x, axis=1), named={"axis": 1}))
    for name, sign in (("softmax", False), ("log_softmax", True)):
        for shape, axis in [((4,), -1), ((2, 3), 0), ((2, 3, 2), 1)]:

            def reference(x: Any, axis: int = axis, sign: bool = sign) -> Any:
                value = np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)
                return np.log(value) if sign else value

            cases.append(Case(name, (numbers(*shape),), reference, named={"axis": axis}))
    return cases


def _scans() -> list[Case]:
    def reference(x: Any, axis: int, exclusive: bool, reverse: bool, product: bool) -> Any:
        result = np.empty_like(x)
        for place in np.ndindex(*x.shape):
            row = x[(*place[:axis], slice(None), *place[axis + 1 :])]
            i = place[axis]
            part = row[i + exclusive :] if reverse else row[: i + 1 - exclusive]
            result[place] = np.prod(part) if product else np.sum(part)
        return result

    cases = []
    zeros = numbers(4, 2)
    zeros[1, 0] = zeros[3, 0] = zeros[2, 1] = 0.0
    for x, axis in [(numbers(4), 0), (numbers(2, 3), 1), (zeros, 0)]:
        for exclusive, reverse, product in itertools.product((False, True), repeat=3):
            named = {"axis": axis, "exclusive": exclusive, "reverse": reverse}
            cases.append(
                Case(
                    "cumprod" if product else "cumsum",
                    (x,),
                    lambda x, how=(axis, exclusive, reverse, product): reference(x, *how),
                    named=named,
                )
            )

    def recurrence(a: Any, b: Any) -> Any:
        return np.array([sum(b[j] * np.prod(a[j + 1 : i]) for j in range(i)) for i in range(len(a))])

    cases.append(Case("recurrence", (numbers(4), numbers(4)), recurrence, named={"axis": 0}))
    cases.append(
        Case(
            "recurrence",
            (numbers(4), numbers(4)),
            lambda a, b: recurrence(a[::-1], b[::-1])[::-1],
            named={"axis": 0, "reverse": True},
        )
    )
    return cases


def _products() -> list[Case]:
    pairs = [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 2)),
        ((2, 2, 3), (3, 2)),
        ((2, 3), (2, 3, 2)),
        ((2, 1, 2, 3), (3, 3, 1)),
        ((2, 2, 3), (3,)),
        ((3,), (2, 3, 2)),
        ((1, 2, 3), (2, 3, 1)),
    ]
    cases = [Case("matmul", (numbers(*a), numbers(*b)), _loop_matmul) for a, b in pairs]
    cases += [
        Case("outer", (numbers(*a), numbers(*b)), lambda a, b: a.ravel()[:, None] * b.ravel())
        for a, b in [((2,), (3,)), ((2, 2), (3,)), ((), (2,))]
    ]
    cases += [
        Case("dot", (numbers(*a), numbers(*b)), lambda a, b: np.dot(a, b))
        for a, b in [
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((2, 3), (3, 2)),
            ((), (2,)),
            ((2, 2, 3), (2, 3, 2)),
            ((3,), (2, 3, 2)),
            ((2, 2, 3), (3,)),
        ]
    ]
    cases += [
        Case("tensordot", (numbers(2, 3), numbers(2, 3)), lambda a, b: (a * b).sum()),
        Case("tensordot", (numbers(2, 3), numbers(3, 2, 2)), lambda a, b: np.tensordot(a, b, 1), named={"axes": 1}),
        Case(
            "tensordot",
            (numbers(2, 3), numbers(3, 2, 2)),
            lambda a, b: np.tensordot(a, b, ((0, 1), (2, 0))),
            named={"axes": ((0, 1), (2, 0))},
        ),
        Case("tensordot", (numbers(2), numbers(3)), lambda a, b: a[:, None] * b, named={"axes": 0}),
    ]
    einsums = [
        ("ij,jk->ik", (2, 3), (3, 2)),
        ("ij,jk", (2, 3), (3, 2)),
        ("i,i->", (3,), (3,)),
        ("i,j->ji", (2,), (3,)),
        ("ii->", (3, 3)),
        ("ii->i", (3, 3)),
        ("ii", (3, 3)),
        ("ij->j", (2, 3)),
        ("ij->ji", (2, 3)),
        ("ba", (2, 3)),
        ("iij->j", (2, 2, 3)),
        ("iji,j->i", (2, 3, 2), (3,)),
        ("ij,kl->i", (2, 3), (2, 2)),
        ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
        ("...ij,...jk", (2, 1, 2, 3), (2, 3, 2)),
        ("i...->...", (2, 3)),
        ("...,...", (2, 3), (3,)),
        ("...i->i...", (2, 3)),
        ("ij,jk,kl->il", (2, 2), (2, 3), (3, 2)),
        ("i,,j->ij", (2,), (), (2,)),
        (",", (), ()),
        ("iii->i", (2, 2, 2)),
        ("ijk,k", (2, 2, 2), (2,)),
        ("a...,a...->...", (2, 1, 3), (2, 2, 3)),
    ]
    for subscripts, *shapes in einsums:
        cases.append(
            Case(
                "einsum",
                tuple(numbers(*shape) for shape in shapes),
                lambda *a, s=subscripts: np.einsum(s, *a),
                call=(subscripts,),
            )
        )
    return cases


def _matrices() -> list[Case]:
    def diagonal(x: Any, k: int) -> Any:
        rows = [i for i in range(x.shape[-2]) if 0 <= i + k < x.shape[-1]]
        return np.stack([x[..., i, i + k] for i in rows], axis=-1)

    cases = [
        Case("diag_part", (numbers(*shape),), lambda x, k=k: diagonal(x, k), named={"k": k})
        for shape, k in [((3, 3), 0), ((2, 3), 0), ((3, 2), 0), ((3, 3), 1), ((3, 4), 2), ((4, 3), -2), ((2, 2, 3), 1)]
    ]
    cases += [Case("diag", (numbers(3),), lambda x, k=k: np.diag(x, k), named={"k": k}) for k in (0, 1, -2)]
    cases += [Case("diag", (numbers(3, 4),), lambda x, k=k: np.diag(x, k), named={"k": k}) for k in (0, 1, -2)]
    cases += [
        Case(
            "diag_embed",
            (numbers(2, 3),),
            lambda x: np.stack([np.diag(row, 1)[:, :5] for row in x]),
            named={"rows": 4, "columns": 4, "k": 1},
        ),
        Case("trace", (numbers(3, 3),), np.trace),
        Case("trace", (numbers(2, 3, 4),), lambda x: np.einsum("bii->b", x[:, :, :3])),
    ]
    for k in (0, 1, -1):
        cases.append(
            Case(
                "tril",
                (numbers(3, 4),),
                lambda x, k=k: np.where(np.arange(4) <= np.arange(3)[:, None] + k, x, 0),
                named={"k": k},
            )
        )
        cases.append(
            Case(
                "triu",
                (numbers(2, 3, 3),),
                lambda x, k=k: np.where(np.arange(3) >= np.arange(3)[:, None] + k, x, 0),
                named={"k": k},
            )
        )
    for shape in [(1, 1), (2, 2), (3, 3), (2, 2, 2), (2, 1, 2, 2)]:
        cases.append(
            Case("inv", (matrix(*shape),), lambda x: np.linalg.solve(x, np.broadcast_to(np.eye(x.shape[-1]), x.shape)))
        )
        cases.append(Case("det", (matrix(*shape),), _leibniz))
        cases.append(Case("logdet", (positive(*shape),), lambda x: np.log(_leibniz(x))))
        cases.append(
            Case(
                "cholesky",
                (positive(*shape),),
                lambda x: np.swapaxes(np.linalg.qr(np.swapaxes(_root(x), -1, -2), "r"), -1, -2) * _signs(x),
            )
        )
    cases += [
        Case("det", (matrix(4, 4),), _leibniz),
        Case("cofactor", (matrix(3, 3),), _minors),
        Case("cofactor", (matrix(4, 4),), _minors),
    ]
    singular = numbers(3, 3)
    singular[2] = 2 * singular[0]
    rank_one = np.outer([1.0, 2.0, -0.5], [1.0, -1.0, 3.0])
    thin = numbers(5, 2) @ numbers(2, 5)
    for x in (
        thin,
        np.stack([thin[:4, :4], np.zeros((4, 4))]),
        singular,
        rank_one,
        np.zeros((3, 3)),
        np.stack([singular, matrix(3, 3)]),
        np.array([[1.0, 2.0], [2.0, 4.0]]),
        np.diag([1.0, 0.5, 0.0, 0.0]),
    ):
        cases.append(Case("det", (x,), _leibniz))
    for a, b in [
        ((2, 2), (2,)),
        ((3, 3), (3, 2)),
        ((2, 2, 2), (2,)),
        ((2, 2, 2), (2, 3)),
        ((2, 2), (3, 2, 1)),
        ((2, 1, 2, 2), (2, 2, 2)),
    ]:
        cases.append(Case("solve", (matrix(*a), numbers(*b)), lambda a, b: _loop_matmul(np.linalg.inv(a), b)))
    return cases


def _root(x: Any) -> Any:
    """A square root of symmetric matrices, x = root @ root.T."""
    values, vectors = np.linalg.eigh((x + np.swapaxes(x, -1, -2)) / 2)
    return vectors * np.sqrt(values)[..., None, :]


def _signs(x: Any) -> Any:
    factor = np.swapaxes(np.linalg.qr(np.swapaxes(_root(x), -1, -2), "r"), -1, -2)
    return np.sign(np.diagonal(factor, 0, -2, -1))[..., None, :]


def _shapes() -> list[Case]:
    def pick(*items: Any) -> dict[str, Any]:
        return {"items": items}

    full = ("slice", None, None, None)
    return [
        Case("broadcast_to", (numbers(2, 1),), lambda x: x + np.zeros((3, 2, 2)), named={"shape": (3, 2, 2)}),
        Case("broadcast_to", (numbers(),), lambda x: np.full((2, 2), x), named={"shape": (2, 2)}),
        Case("sum_to", (numbers(3, 2, 2),), lambda x: x.sum(0).sum(1, keepdims=True), named={"shape": (2, 1)}),
        Case(
            "reshape",
            (numbers(2, 3),),
            lambda x: np.array(x.tolist()[0] + x.tolist()[1]).reshape(3, 2),
            named={"shape": (3, -1)},
        ),
        Case("reshape", (numbers(1, 1),), lambda x: x[0, 0], named={"shape": ()}),
        Case("ravel", (numbers(2, 3),), lambda x: np.concatenate(list(x))),
        Case("squeeze", (numbers(1, 2, 1),), lambda x: x[0, :, 0]),
        Case("squeeze", (numbers(1, 2, 1),), lambda x: x[..., 0], named={"axis": -1}),
        Case("expand_dims", (numbers(2),), lambda x: x[:, None], named={"axis": -1}),
        Case("expand_dims", (numbers(2, 3),), lambda x: x[None, :, None], named={"axis": (0, 2)}),
        Case("transpose", (numbers(2, 3),), lambda x: np.array([[x[i, j] for i in range(2)] for j in range(3)])),
        Case("transpose", (numbers(2, 3, 4),), lambda x: np.einsum("abc->cab", x), named={"axes": (2, 0, -2)}),
        Case("transpose", (numbers(3),), lambda x: x),
        Case("flip", (numbers(2, 3),), lambda x: x[::-1, ::-1]),
        Case("flip", (numbers(2, 3),), lambda x: x[:, ::-1], named={"axis": -1}),
        Case(
            "roll",
            (numbers(2, 3),),
            lambda x: np.array([x.ravel()[i - 4] for i in range(6)]).reshape(2, 3),
            named={"shift": 4},
        ),
        Case(
            "roll", (numbers(2, 3),), lambda x: np.concatenate([x[:, 1:], x[:, :1]], 1), named={"shift": -1, "axis": -1}
        ),
        Case(
            "roll", (numbers(2, 3),), lambda x: np.roll(np.roll(x, 1, 0), 2, 1), named={"shift": (1, 2), "axis": (0, 1)}
        ),
        Case("tile", (numbers(2),), lambda x: np.concatenate([x, x, x]), named={"reps": 3}),
        Case("tile", (numbers(1, 2),), lambda x: np.vstack([np.hstack([x, x])] * 3), named={"reps": (3, 2)}),
        Case("tile", (numbers(2, 2),), lambda x: np.hstack([x, x]), named={"reps": (2,)}),
        Case("tile", (numbers(2),), lambda x: np.stack([np.concatenate([x, x])] * 2), named={"reps": (2, 2)}),
        Case(
            "pad",
            (numbers(2, 2),),
            lambda x: np.vstack([np.zeros((1, 3)), np.hstack([x, np.zeros((2, 1))])]),
            named={"amounts": ((1, 0), (0, 1))},
        ),
        Case(
            "pad",
            (numbers(2),),
            lambda x: np.concatenate([[7.0], x, [7.0, 7.0]]),
            named={"amounts": (1, 2), "constant_values": 7},
        ),
        Case("pad", (numbers(2, 1),), lambda x: np.pad(x, 2), named={"amounts": 2}),
        Case("stack", (numbers(2), numbers(2)), lambda a, b: np.array([a, b])),
        Case("stack", (numbers(), numbers()), lambda a, b: np.array([a, b])),
        Case("stack", (numbers(2, 2), numbers(2, 2)), lambda a, b: np.dstack([a, b]), named={"axis": -1}),
        Case("concat", (numbers(2), numbers(1), numbers(3)), lambda a, b, c: np.array([*a, *b, *c])),
        Case("concat", (numbers(2, 1), numbers(2, 3)), lambda a, b: np.hstack([a, b]), named={"axis": -1}),
        Case("index", (numbers(4),), lambda x: x[2], named=pick(("at", 2))),
        Case("index", (numbers(2, 3),), lambda x: x[-1], named=pick(("at", -1))),
        Case("index", (numbers(4, 3),), lambda x: x[3:0:-2, 1], named=pick(("slice", 3, 0, -2), ("at", 1))),
        Case("index", (numbers(2, 3, 4),), lambda x: x[..., 1:-1], named=pick(("rest",), ("slice", 1, -1, None))),
        Case(
            "index",
            (numbers(2, 3, 4),),
            lambda x: x[1, ..., ::-1],
            named=pick(("at", 1), ("rest",), ("slice", None, None, -1)),
        ),
        Case("index", (numbers(3, 2),), lambda x: x[:, 1], named=pick(full, ("at", 1))),
        Case("index", (numbers(3),), lambda x: x[2:2], named=pick(("slice", 2, 2, None))),
        Case(
            "unindex",
            (numbers(2),),
            lambda x: np.array([0, x[1], 0, x[0]]),
            named={"shape": (4,), "items": (("slice", 3, 0, -2),)},
        ),
        Case("gather", (numbers(4), np.array([2.0, 0.0, 2.0, -1.0])), lambda x, i: x[[2, 0, 2, 3]], fixed=(1,)),
        Case(
            "gather",
            (numbers(2, 3), np.array([[1.0, 0.0], [2.0, 2.0]])),
            lambda x, i: x[:, [[1, 0], [2, 2]]],
            named={"axis": -1},
            fixed=(1,),
        ),
        Case("gather", (numbers(2, 3), np.array(1.0)), lambda x, i: x[1], fixed=(1,)),
        Case(
            "scatter_add",
            (numbers(3), np.array([1.0, 1.0, 0.0])),
            lambda x, i: np.array([x[2], x[0] + x[1], 0]),
            named={"shape": (3,), "axis": 0},
            fixed=(1,),
        ),
        Case(
            "take_along_axis",
            (numbers(2, 3), np.array([[0.0, 0.0], [2.0, 1.0]])),
            lambda x, i: np.array([[x[0, 0], x[0, 0]], [x[1, 2], x[1, 1]]]),
            fixed=(1,),
        ),
        Case(
            "add_along_axis",
            (numbers(2, 2), np.array([[0.0, 0.0], [2.0, 1.0]])),
            lambda x, i: np.array([[x[0, 0] + x[0, 1], 0, 0], [0, x[1, 1], x[1, 0]]]),
            named={"shape": (2, 3), "axis": 1},
            fixed=(1,),
        ),
        Case("sort", (numbers(5),), lambda x: np.array(sorted(x))),
        Case("sort", (numbers(3, 2),), lambda x: np.sort(x, 0), named={"axis": 0}),
        Case("linspace", (numbers(), numbers()), lambda a, b: a + (b - a) * np.arange(5) / 4, named={"num": 5}),
        Case("linspace", (numbers(), numbers()), lambda a, b: np.array([a]), named={"num": 1}),
        Case("full", (numbers(2),), lambda x: np.stack([x, x, x]), call=((3, 2),)),
        Case("max", (numbers(3), numbers(3) + 0.1, numbers()), lambda a, b, c: np.maximum(np.maximum(a, b), c)),
        Case("min", (numbers(3), numbers(3) + 0.1), np.minimum),
    ]


def _clipping() -> list[Case]:
    def clip(t: Any, c: Any, axis: Any = None) -> Any:
        length = np.sqrt(np.sum(t * t, axis=axis, keepdims=axis is not None))
        return t * c / np.maximum(length, c)

    limit = np.array(1.7)
    return [
        Case("clip_by_norm", (numbers(4), limit), clip),
        Case("clip_by_norm", (numbers(4), np.array(20.0)), clip),
        Case(
            "clip_by_norm", (np.array([[3.0, 4.0], [0.2, 0.3]]), limit), lambda t, c: clip(t, c, 1), named={"axes": -1}
        ),
        Case("clip_by_norm", (np.array(3.0), limit), clip),
        Case("clip_by_norm", (np.array(-0.5), limit), clip),
        Case("global_norm", (numbers(2, 2),), np.linalg.norm),
        Case("clip_by_global_norm", (numbers(2, 2), limit), clip),
        Case("clip_by_global_norm", (numbers(2, 2), np.array(30.0)), clip),
    ]


CASES = [*_reductions(), *_scans(), *_products(), *_matrices(), *_shapes(), *_clipping()]

# Values without a derivative: the call, the operands, the expected result.
VALUES = [
    ("any", (np.array([[0.0, 2.0], [0.0, 0.0]]),), {"axis": 1}, [True, False]),
    ("any", (np.zeros((2, 2)),), {}, False),
    ("all", (np.ones(0),), {}, True),
    ("all", (np.array([[0.0, 2.0], [1.0, -1.0]]),), {"axis": -1, "keepdims": True}, [[False], [True]]),
    ("argmax", (np.array([1.0, 3.0, 3.0]),), {}, 1),
    ("argmax", (np.array([[1.0, 5.0], [3.0, 3.0]]),), {"axis": 1}, [1, 0]),
    ("argmax", (np.array([[1.0, 2.0], [3.0, 0.0]]),), {}, 2),
    ("argmin", (np.array([[1.0, 5.0], [3.0, 3.0]]),), {"axis": -2, "keepdims": True}, [[0, 1]]),
    ("argsort", (np.array([2.0, 1.0, 2.0, 1.0]),), {}, [1, 3, 0, 2]),
    ("argsort", (np.array([[2.0, 1.0], [0.0, 4.0]]),), {"axis": 0}, [[1, 0], [0, 1]]),
    ("one_hot", (np.array([0.0, 2.0, -1.0, 5.0]),), {"depth": 3}, [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]),
    ("one_hot", (np.array([0.0, 1.0]),), {"depth": 3, "axis": 0}, [[1, 0], [0, 1], [0, 0]]),
    ("zeros_like", (np.ones((2, 1)),), {}, [[0], [0]]),
    ("ones_like", (np.zeros((2, 1)),), {}, [[1], [1]]),
    ("max", (np.zeros(0),), {}, -math.inf),
    ("min", (np.zeros((2, 0)),), {"axis": 1}, [math.inf, math.inf]),
    ("sum", (np.zeros(0),), {}, 0),
    ("prod", (np.zeros((0, 2)),), {"axis": 0}, [1, 1]),
    ("mean", (np.zeros(0),), {}, math.nan),
    ("norm", (np.zeros(0),), {}, 0),
    ("std", (np.zeros(0),), {}, math.nan),
    ("logsumexp", (np.zeros(0),), {}, -math.inf),
    ("cumsum", (np.zeros((0, 2)),), {"exclusive": True}, np.zeros((0, 2))),
    ("sort", (np.zeros(0),), {}, np.zeros(0)),
    ("matmul", (np.zeros((2, 0)), np.zeros((0, 1))), {}, [[0], [0]]),
    ("det", (np.zeros((0, 0)),), {}, 1),
    ("reshape", (np.zeros((0, 3)),), {"shape": (3, 0)}, np.zeros((3, 0))),
    ("softmax", (np.zeros((2, 0)),), {}, np.zeros((2, 0))),
    ("logsumexp", (np.array([1000.0, 1000.0]),), {}, 1000 + math.log(2)),
    ("logsumexp", (np.array([-math.inf, -math.inf]),), {}, -math.inf),
    ("logsumexp", (np.array([math.inf, 0]),), {}, math.inf),
    ("logsumexp", (np.array([-math.inf, 0]),), {}, 0),
    ("softmax", (np.array([1000.0, 0.0]),), {}, [1, 0]),
    ("log_softmax", (np.array([1000.0, 0.0]),), {}, [0, -1000]),
    ("norm", (np.array([3e200, 4e200]),), {}, 5e200),
    ("norm", (np.array([3e-200, 4e-200]),), {}, 5e-200),
    ("norm", (np.array([math.inf, 1.0]),), {}, math.inf),
    ("norm", (np.array([math.nan, 1.0]),), {}, math.nan),
    ("norm", (np.array([3e200, 4e200]),), {"ord": 3}, 4e200 * (1 + 27 / 64) ** (1 / 3)),
    ("norm", (np.array([5e-324, 0.0]),), {}, 5e-324),
    ("std", (np.array([0.1, 0.1, 0.1]),), {}, 0),
    ("std", (np.array([1e200, -1e200]),), {}, 1e200),
    (
        "inv",
        (np.array([[[1.0, 2.0], [2.0, 4.0]], [[2.0, 0.0], [0.0, 4.0]]]),),
        {},
        [[[math.nan] * 2] * 2, [[0.5, 0], [0, 0.25]]],
    ),
    ("cholesky", (np.array([[1.0, 2.0], [2.0, 1.0]]),), {}, [[math.nan] * 2] * 2),
    ("cofactor", (np.full((4, 4), math.nan),), {}, [[math.nan] * 4] * 4),
    ("logdet", (np.array([[0.0, 1.0], [1.0, 0.0]]),), {}, math.nan),
    ("logdet", (np.zeros((2, 2)),), {}, -math.inf),
    ("clip_by_norm", (np.array([3e200, 4e200]), np.array(5.0)), {}, [3, 4]),
    ("clip_by_norm", (np.zeros(2), np.array(0.0)), {}, [0, 0]),
    ("clip_by_norm", (np.array(10.0), np.array(6.0)), {}, 6),
    ("clip_by_norm", (np.array([3.0, 4.0]), np.array(-1.0)), {}, [0, 0]),
    ("clip_by_norm", (np.array([3.0, 4.0]), np.array(math.inf)), {}, [3, 4]),
    ("clip_by_norm", (np.array([math.nan, 4.0]), np.array(1.0)), {}, [math.nan, math.nan]),
    ("clip_by_norm", (np.array([math.inf, 4.0]), np.array(1.0)), {}, [math.nan, 0]),
    ("clip_by_norm", (np.array([3.0, 4.0]), np.array(1.0)), {}, [0.6, 0.8]),
    ("clip_by_global_norm", (np.array([math.inf, 4.0]), np.array(1.0)), {}, [math.nan, math.nan]),
    ("clip_by_global_norm", (np.zeros(2), np.array(1.0)), {}, [0, 0]),
    ("clip_by_global_norm", (np.array([3e200, 4e200]), np.array(5.0)), {}, [3, 4]),
]

# Calls that must be refused: operator, operands, named arguments, what the message has to say.
REFUSED = [
    ("sum", [(2, 3)], {"axis": 2}, "axis 2 does not exist; the operand has axes 0 to 1"),
    ("max", [()], {"axis": 0}, "it is a scalar"),
    ("sum", [(2, 3)], {"axis": (0, 0)}, "twice"),
    ("sum", [(2, 3)], {"axis": 0.5}, "whole number"),
    ("max", [(2,), (2,)], {"axis": 0}, "element-wise"),
    ("norm", [(2,)], {"ord": 0.5}, "ord"),
    ("norm", [(2,)], {"ord": "nuc"}, "nuc"),
    ("argmax", [(0,)], {}, "no elements"),
    ("argmax", [(2, 2)], {"axis": (0, 1)}, "one axis"),
    ("softmax", [()], {}, "scalar"),
    ("cumsum", [()], {}, "scalar"),
    ("reshape", [(2, 3)], {"shape": (4, 2)}, "[2, 3] has 6 elements, [4, 2] has 8"),
    ("reshape", [(2, 3)], {"shape": (4, -1)}, "cannot be reshaped"),
    ("reshape", [(2, 3)], {"shape": (-1, -1)}, "cannot be reshaped"),
    ("reshape", [(2,)], {"shape": (-2,)}, "negative"),
    ("reshape", [(2,)], {"shape": (1.5,)}, "whole number"),
    ("broadcast_to", [(2, 3)], {"shape": (2, 4)}, "[2, 3]"),
    ("sum_to", [(2, 3)], {"shape": (2,)}, "[2, 3]"),
    ("squeeze", [(2, 1)], {"axis": 0}, "size 2"),
    ("expand_dims", [(2,)], {"axis": 3}, "axis 3"),
    ("transpose", [(2, 3)], {"axes": (0, 0)}, "once"),
    ("transpose", [(2, 3)], {"axes": (0,)}, "once"),
    ("flip", [(2,)], {"axis": 1}, "axis 1"),
    ("roll", [(2,)], {"shift": 0.5}, "whole number"),
    ("roll", [(2, 2)], {"shift": (1, 2, 3), "axis": (0, 1)}, "3 shifts for 2 axes"),
    ("pad", [(2, 2)], {"amounts": ((1, 1), (1, 1), (1, 1))}, "2 axes"),
    ("pad", [(2,)], {"amounts": -1}, "negative"),
    ("pad", [(2,)], {"amounts": 1, "mode": "reflect"}, "reflect"),
    ("stack", [(2,), (3,)], {}, "[2] and [3]"),
    ("concat", [(2, 2), (2, 3)], {}, "[2, 2] and [2, 3]"),
    ("concat", [(), ()], {}, "scalars"),
    ("concat", [(2,), (2, 1)], {}, "joined"),
    ("index", [(3,)], {"items": (("at", 3),)}, "index 3 is out of range for axis 0 of size 3"),
    ("index", [(3,)], {"items": (("at", 0), ("at", 0))}, "2 indices for a tensor of 1 axes"),
    ("index", [()], {"items": (("at", 0),)}, "scalar"),
    ("index", [(3,)], {"items": (("slice", None, None, 0),)}, "step"),
    ("index", [(3,)], {"items": (("at", 0.5),)}, "whole number"),
    ("index", [(3, 3)], {"items": (("rest",), ("rest",))}, "only one"),
    ("one_hot", [(2,)], {"depth": -1}, "negative"),
    ("matmul", [(3, 2), (3,)], {}, "shapes [3, 2] and [3] cannot be multiplied"),
    ("matmul", [(2, 3), (2, 3)], {}, "[2, 3] and [2, 3]"),
    ("matmul", [(), (3,)], {}, "scalar"),
    ("matmul", [(2, 1), (3, 2)], {}, "inner"),
    ("matmul", [(2, 2, 3), (3, 3, 2)], {}, "broadcast"),
    ("tensordot", [(2, 3), (2, 3)], {"axes": ((0,), (0, 1))}, "1 and 2"),
    ("tensordot", [(2, 3), (2, 3)], {"axes": 1}, "size"),
    ("einsum", ["ij,jk", (2, 3), (2, 3)], {}, "axis j has size 3"),
    ("einsum", ["ij", (2,)], {}, "names 2 axes"),
    ("einsum", ["i,i", (2,)], {}, "for 2 operands"),
    ("einsum", ["i->j", (2,)], {}, "no operand has the axis j"),
    ("einsum", ["i->ii", (2,)], {}, "twice"),
    ("einsum", ["i1", (2,)], {}, "letters"),
    ("einsum", ["...i->i", (2, 2)], {}, "needs `...`"),
    ("det", [(2, 3)], {}, "det needs a square matrix, not shape [2, 3]"),
    ("inv", [(3,)], {}, "square"),
    ("solve", [(2, 2), (3,)], {}, "[2, 2] and [3]"),
    ("solve", [(2, 3), (2,)], {}, "square"),
    ("cholesky", [(2, 3)], {}, "square"),
    ("diag", [(2, 2, 2)], {}, "vector or a matrix"),
    ("diag_part", [(2,)], {}, "matrix"),
    ("trace", [(2,)], {}, "matrix"),
    ("tril", [(2,)], {}, "matrix"),
    ("linspace", [(), ()], {"num": -1}, "negative"),
    ("linspace", [(2,), ()], {"num": 3}, "scalars"),
    ("clip_by_norm", [(2,), (2,)], {}, "one number"),
    ("clip_by_global_norm", [(2,), (2,)], {}, "single"),
    ("take_along_axis", [(2, 3), (3, 1)], {}, "equal but for axis 1"),
    ("gather", [(), (2,)], {}, "scalar"),
    ("recurrence", [(2,), (3,)], {"axis": 0}, "one shape"),
]
