"""What all peers must agree with: the value and partials of a program by forward mode in plain NumPy, on every row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from .programs import Program

BLOCK = 8192
# The largest difference that counts as agreement, relative to the number or, where that is small, to its column.
TOLERANCE = 1e-11


class Dual:
    """A column with its partials by every input."""

    __array_ufunc__ = None  # so that a NumPy operand on the left leaves the operation to this class

    def __init__(self, value: Any, partials: list[Any]) -> None:
        self.value = value
        self.partials = partials

    def through(self, value: Any, slope: Any) -> Dual:
        """A function of this column with the given derivative."""
        return Dual(value, [slope * each for each in self.partials])

    def __add__(self, other: Any) -> Dual:
        if not isinstance(other, Dual):
            return Dual(self.value + other, self.partials)
        both = zip(self.partials, other.partials, strict=True)
        return Dual(self.value + other.value, [one + two for one, two in both])

    def __mul__(self, other: Any) -> Dual:
        if not isinstance(other, Dual):
            return self.through(self.value * other, other)
        both = zip(self.partials, other.partials, strict=True)
        return Dual(self.value * other.value, [one * other.value + two * self.value for one, two in both])

    def __pow__(self, power: int) -> Dual:
        return self.through(self.value**power, power * self.value ** (power - 1))

    def __truediv__(self, other: Any) -> Dual:
        return self.__mul__(other**-1 if isinstance(other, Dual) else 1 / other)

    def __neg__(self) -> Dual:
        return self.__mul__(-1.0)

    def __sub__(self, other: Any) -> Dual:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Dual:
        return self.__neg__().__add__(other)

    __radd__ = __add__
    __rmul__ = __mul__


def _function(value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[Dual], Dual]:
    return lambda column: column.through(value(column.value), slope(column.value))


_erf = numpy.vectorize(math.erf, otypes=[float])

FUNCTIONS = {
    "sin": _function(numpy.sin, numpy.cos),
    "exp": _function(numpy.exp, numpy.exp),
    "log": _function(numpy.log, lambda x: 1 / x),
    "sqrt": _function(numpy.sqrt, lambda x: 0.5 / numpy.sqrt(x)),
    "tanh": _function(numpy.tanh, lambda x: numpy.cosh(x) ** -2),
    "log1p": _function(numpy.log1p, lambda x: 1 / (1 + x)),
    "erf": _function(_erf, lambda x: 2 / math.sqrt(math.pi) * numpy.exp(-x * x)),
}


def reference(program: Program, columns: list[Any]) -> list[Any]:
    """The value and the partials, in the order of `wrt`."""
    rows = len(columns[0])
    function = program.function(FUNCTIONS)
    outputs = [numpy.empty(rows) for _ in range(1 + len(program.wrt))]
    for start in range(0, rows, BLOCK):
        part = slice(start, start + BLOCK)
        zero, one = numpy.zeros(len(columns[0][part])), numpy.ones(len(columns[0][part]))
        seeds = [[one if name == other else zero for other in program.wrt] for name in program.inputs]
        duals = [Dual(column[part], seed) for column, seed in zip(columns, seeds, strict=True)]
        result = function(*duals)
        for output, found in zip(outputs, [result.value, *result.partials], strict=True):
            output[part] = found
    return outputs


class Agreement(NamedTuple):
    """The largest difference from the reference, and whether it is within the tolerance."""

    error: float
    agrees: bool


def compare(found: list[Any], expected: list[Any], tolerance: float = TOLERANCE) -> Agreement:
    """Compares outputs element by element; a number that is no number, or a missing one, is a disagreement."""
    if len(found) != len(expected):
        return Agreement(math.inf, False)
    worst = 0.0
    for mine, theirs in zip(found, expected, strict=True):
        if numpy.shape(mine) != numpy.shape(theirs):
            return Agreement(math.inf, False)
        if numpy.size(theirs) == 0:
            continue
        size = numpy.abs(theirs)
        scale = numpy.maximum(size, max(float(numpy.mean(size)), 1e-300))
        error = float(numpy.max(numpy.abs(mine - theirs) / scale))
        worst = max(worst, error) if error == error else math.inf
    return Agreement(worst, worst <= tolerance)
