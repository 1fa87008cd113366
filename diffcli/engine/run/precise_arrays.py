"""Tensors in 50 digits: the array executor's own functions, on arrays of long numbers and with long functions for NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Node
from .array import meaning
from .precise import MEANINGS, Unavailable, applied, mp

# What NumPy calls the functions that arrays of objects do not have.
LONG = {"exp": "exp", "log": "log", "sqrt": "sqrt", "abs": "abs", "isnan": "isnan", "isfinite": "isfinite"}

REDUCTIONS = ("sum", "prod", "max", "min")


def lengthened(value: Any) -> Any:
    """An array of long numbers, or of truth values as it is; a single number is no array."""
    if not value.shape:
        return number(value.item())
    return value if value.dtype == np.bool_ else np.frompyfunc(number, 1, 1)(value)


def number(value: Any) -> Any:
    """One element; what was put into an array of objects may be an array of rank 0 itself."""
    inside = value.item() if isinstance(value, np.ndarray) else value
    return inside if isinstance(inside, bool) else mp.mpf(inside)


def operation(node: Node, operands: list[Any]) -> Any:
    """The value of one operation."""
    if node.op.elementwise:
        arity = len(operands)
        value = np.frompyfunc(lambda *each: applied(node, each), arity, 1)(*operands)
        return lengthened(np.asarray(value, dtype=np.bool_ if node.kind == "bool" else object))
    given = [
        # Positions and counts are doubles, which hold them exactly.
        np.asarray(each, dtype=np.bool_ if parent.kind == "bool" else np.float64 if parent.kind == "int" else object)
        for each, parent in zip(operands, node.inputs, strict=True)
    ]
    value = np.asarray(stated(node)(*given, *node.attributes))
    if node.kind == "float" and value.dtype != object and any(parent.kind == "float" for parent in node.inputs):
        raise Unavailable(node)
    return lengthened(value)


def stated(node: Node) -> Callable[..., Any]:
    """The function of the array executor, which gets long functions where it asks for NumPy's."""
    op = node.op
    if isinstance(op.numpy, str) or op.numpy is None:
        return meaning(op)
    rule = op.numpy
    return lambda *operands: rule(LongNumPy(), *operands)


class LongNumPy:
    """NumPy with functions of long numbers in the place of those of doubles."""

    def __getattr__(self, name: str) -> Any:
        if name in LONG:
            return long(name)
        found = getattr(np, name)
        # A reduction of objects gives an object, and not an array of rank 0.
        return (lambda *given, **named: np.asarray(found(*given, **named))) if name in REDUCTIONS else found

    linalg: Any

    @staticmethod
    def frexp(x: Any) -> Any:
        """No scaling is needed where nothing overflows."""
        return x, np.zeros(np.shape(x))

    @staticmethod
    def ldexp(x: Any, exponent: Any) -> Any:
        """See frexp."""
        return x


def long(name: str) -> Callable[[Any], Any]:
    """A function of one argument on whole arrays."""
    meaning = MEANINGS[LONG[name]]

    def mapped(x: Any) -> Any:
        found = np.asarray(np.frompyfunc(meaning, 1, 1)(x))
        return found.astype(np.bool_) if name.startswith("is") else found

    return mapped


class LongLinearAlgebra:
    """Inverses, solutions, factors and determinants of matrices of long numbers."""

    LinAlgError = ZeroDivisionError

    @staticmethod
    def inv(x: Any) -> Any:
        """The inverse."""
        return back(mp.inverse(matrix(x)))

    @staticmethod
    def solve(a: Any, b: Any) -> Any:
        """The solution of a @ x = b."""
        return back(mp.inverse(matrix(a))) @ b

    @staticmethod
    def cholesky(x: Any) -> Any:
        """The lower factor."""
        return back(mp.cholesky(matrix(x)))

    @staticmethod
    def det(x: Any) -> Any:
        """The determinant."""
        return np.asarray(mp.det(matrix(x)), dtype=object)

    @staticmethod
    def slogdet(x: Any) -> tuple[Any, Any]:
        """The sign of the determinant and the logarithm of its size."""
        value = mp.det(matrix(x))
        return np.asarray(mp.sign(value), dtype=object), np.asarray(mp.log(abs(value)), dtype=object)


LongNumPy.linalg = LongLinearAlgebra


def matrix(x: Any) -> Any:
    """One matrix; a stack of them is not supported."""
    if x.ndim != 2:
        raise TypeError("a stack of matrices")
    return mp.matrix(x.tolist())


def back(x: Any) -> Any:
    """A matrix as an array."""
    return np.array(x.tolist(), dtype=object)
