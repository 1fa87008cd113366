"""The functions of the Hessian and Jacobian benchmarks, written for any package of arrays; and the exact matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SIZE = 1000

HESSIAN_TEXT = """\
input x: [{size}]
f = sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)
output f
"""

JACOBIAN_TEXT = """\
input x: [{size}]
z = pad(x, [[2, 2]])
f = sin(x)*z[1:-3] + z[3:-1]**2*z[:-4] + exp(-z[4:])
output f
"""


def rosenbrock(x: Any, total: Callable[[Any], Any] = lambda terms: terms.sum()) -> Any:
    """The chained Rosenbrock function; its Hessian has three diagonals."""
    return total(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def banded(x: Any, package: Any) -> Any:
    """A map of a vector to a vector of the same length; its Jacobian has five diagonals."""
    z = package.pad(x, 2) if hasattr(package, "pad") else package.vertcat(0, 0, x, 0, 0)
    return package.sin(x) * z[1:-3] + z[3:-1] ** 2 * z[:-4] + package.exp(-z[4:])


def point(size: int = SIZE) -> Any:
    """Where the matrices are computed."""
    import numpy

    return numpy.random.default_rng(7).uniform(0.5, 1.5, size)


def rosenbrock_hessian(x: Any) -> Any:
    """The dense Hessian, by hand."""
    import numpy

    diagonal = numpy.zeros_like(x)
    diagonal[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    off = -400 * x[:-1]
    return numpy.diag(diagonal) + numpy.diag(off, 1) + numpy.diag(off, -1)


def banded_jacobian(x: Any) -> Any:
    """The dense Jacobian, by hand."""
    import numpy

    z = numpy.pad(x, 2)
    return (
        numpy.diag(numpy.cos(x) * z[1:-3])
        + numpy.diag(numpy.sin(x[1:]), -1)
        + numpy.diag((2 * z[3:-1] * z[:-4])[:-1], 1)
        + numpy.diag(z[3:-1][2:] ** 2, -2)
        + numpy.diag(-numpy.exp(-x[2:]), 2)
    )
