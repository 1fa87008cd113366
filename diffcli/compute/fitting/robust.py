"""Robust losses: how much a residual counts, of its size in units of the scale; as scipy names and defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def _linear(z: Array) -> tuple[Any, Any, Any]:
    return z, np.ones_like(z), np.zeros_like(z)


def _soft_l1(z: Array) -> tuple[Any, Any, Any]:
    root = np.sqrt(1 + z)
    return 2 * (root - 1), 1 / root, -0.5 / root**3


def _huber(z: Array) -> tuple[Any, Any, Any]:
    root = np.sqrt(np.maximum(z, 1))
    inside = z <= 1
    return np.where(inside, z, 2 * root - 1), 1 / root, np.where(inside, 0, -0.5 / root**3)


def _cauchy(z: Array) -> tuple[Any, Any, Any]:
    return np.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2


def _arctan(z: Array) -> tuple[Any, Any, Any]:
    return np.arctan(z), 1 / (1 + z * z), -2 * z / (1 + z * z) ** 2


# Each gives rho(z) with its first and second derivative, for z = (residual / scale)**2.
LOSSES: dict[str, Callable[[Array], tuple[Any, Any, Any]]] = {
    "linear": _linear,
    "soft_l1": _soft_l1,
    "huber": _huber,
    "cauchy": _cauchy,
    "arctan": _arctan,
}


def cost(residuals: Array, loss: str, scale: float) -> float:
    """The sum of rho over the residuals, in their own units: the sum of squares for the linear loss."""
    if loss == "linear":
        return float(residuals @ residuals)
    return float(scale * scale * LOSSES[loss]((residuals / scale) ** 2)[0].sum())


def influence(residuals: Array, loss: str, scale: float) -> tuple[Array, Array]:
    """Half the derivative of rho by each residual, psi, and the derivative of psi: the residual itself and 1 for the linear loss."""
    if loss == "linear":
        return residuals, np.ones_like(residuals)
    z = (residuals / scale) ** 2
    _, first, second = LOSSES[loss](z)
    return first * residuals, first + 2 * z * second
