"""Solving: scipy's methods with the exact Jacobian, the last digits by Gauss-Newton steps, and whether that is a minimum."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .robust import cost, influence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)
# scipy's tolerances: as small as its methods take them.
TOLERANCE = 4 * EPSILON
# A minimum: the next Gauss-Newton step changes the residuals by less than this part of them.
OFFSET = 1e-6
# Residuals that are not finite are taken for this, so that a method steps back.
HUGE = 1e150
POLISHING = 100
METHODS = ("auto", "lm", "trf", "dogbox")
EVALUATIONS = 2000


class System(NamedTuple):
    """Residuals and their Jacobian as functions of the unknowns, with bounds, a loss and its scale."""

    residuals: Callable[[Array], Array]
    jacobian: Callable[[Array], Array]
    lower: Array
    upper: Array
    loss: str = "linear"
    scale: float = 1.0

    def cost(self, x: Array) -> float:
        """What is minimised: the sum of squares, or of what the loss makes of them."""
        with np.errstate(all="ignore"):
            found = cost(self.residuals(x), self.loss, self.scale)
        return found if np.isfinite(found) else np.inf

    @property
    def bounded(self) -> bool:
        """Whether any unknown has a bound."""
        return bool(np.isfinite(self.lower).any() or np.isfinite(self.upper).any())


class Solution(NamedTuple):
    """Where a method ended. active: the unknowns that a bound holds · offset: how far from a minimum, as part of the residuals."""

    x: Array
    cost: float
    residuals: Array
    jacobian: Array
    active: NDArray[np.bool_]
    method: str
    evaluations: int
    converged: bool
    why: str
    offset: float


def solve(system: System, start: Array, method: str = "auto", limit: int | None = None, tell: Any = None) -> Solution:
    """The minimum that the method finds from the start; `auto` tries one method after the other until one converges.

    Levenberg-Marquardt (MINPACK's, `lm`) knows neither bounds nor robust losses; the trust region methods do.
    """
    methods = [method] if method != "auto" else ["lm", "trf", "dogbox"] if _free(system, start) else ["trf", "dogbox"]
    tries: list[Solution] = []
    used = 0
    for each in methods:
        tries.append(_attempt(system, start, each, limit or EVALUATIONS, tell))
        used += tries[-1].evaluations
        if tries[-1].converged and full_rank(tries[-1].jacobian[:, ~tries[-1].active]):
            break
    best = min(tries, key=lambda each: (not each.converged, each.cost))
    return _near(system, start, best)._replace(evaluations=used)


def _near(system: System, start: Array, found: Solution) -> Solution:
    """A solution no further from the start than it has to be, where others are as good: methods drift along such directions."""
    jacobian = found.jacobian[:, ~found.active]
    if not jacobian.size or full_rank(jacobian):
        return found
    scale = scales_of(jacobian)
    values, right = directions(jacobian / scale)
    open = right[int((values > threshold(jacobian) * values[0]).sum()) :] / scale
    x = found.x.copy()
    x[~found.active] += open.T @ np.linalg.lstsq(open.T, (start - found.x)[~found.active], rcond=None)[0]
    x, active = polished(system, np.clip(x, system.lower, system.upper))
    if not system.cost(x) <= found.cost * (1 + 1e-9) + np.finfo(float).tiny or (active != found.active).any():
        return found
    offset = offset_of(system, x, active)
    return found._replace(
        x=x, cost=system.cost(x), residuals=system.residuals(x), jacobian=system.jacobian(x), offset=offset
    )


def _free(system: System, start: Array) -> bool:
    """Whether Levenberg-Marquardt can be used."""
    return not system.bounded and system.loss == "linear" and len(system.residuals(start)) >= len(start)


def _attempt(system: System, start: Array, method: str, limit: int, tell: Any) -> Solution:
    """One run of one method, its last digits by Gauss-Newton steps."""
    from scipy.optimize import least_squares

    def residuals(x: Array) -> Array:
        with np.errstate(all="ignore"):
            found = system.residuals(x)
        if tell is not None:
            tell(float(found @ found))
        return np.nan_to_num(found, nan=HUGE, posinf=HUGE, neginf=-HUGE)

    def jacobian(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.nan_to_num(system.jacobian(x), nan=0.0, posinf=HUGE, neginf=-HUGE)

    inside = np.clip(start, system.lower, system.upper)
    with np.errstate(all="ignore"):
        found = least_squares(
            residuals,
            inside,
            jacobian,
            (system.lower, system.upper),
            method,
            ftol=TOLERANCE,
            xtol=TOLERANCE,
            gtol=TOLERANCE,
            x_scale="jac",
            loss=system.loss,
            f_scale=system.scale,
            max_nfev=limit,
        )
    reached = np.asarray(found.x, np.float64)
    x, active = polished(system, reached) if found.status != 0 else held(system, reached)
    offset = offset_of(system, x, active)
    converged = bool(offset <= OFFSET)
    if converged:
        why = f"the next step is {offset:.1g} of the residuals"
    elif found.status == 0:
        why = f"{limit} evaluations were not enough: the next step is {offset:.1g} of the residuals"
    else:
        why = f"{method} makes no more progress, though the next step is {offset:.1g} of the residuals"
    count = int(found.nfev)
    return Solution(
        x, system.cost(x), system.residuals(x), system.jacobian(x), active, method, count, converged, why, offset
    )


def polished(system: System, x: Array) -> tuple[Array, NDArray[np.bool_]]:
    """The unknowns after Gauss-Newton steps as long as these improve, and which of them a bound holds."""
    x, active = held(system, x)
    least, last, slack = system.cost(x), np.inf, 1e-13 + 16 * rounding_of(system, x)
    for _ in range(POLISHING):
        step = step_of(system, x, active)
        new = np.clip(x + step, system.lower, system.upper)
        size = float(np.max(np.abs(step) / np.maximum(np.abs(x), 1e-300), initial=0.0))
        reached = system.cost(new)
        # At the end the cost is the same to rounding, and the steps alone tell what is closer.
        if not (reached < least or (reached <= least * (1 + slack) and size < 0.9 * last)):
            break
        x, least, last = new, reached, size
        if size <= 1e-13:
            break
    return x, held(system, x)[1]


def held(system: System, x: Array) -> tuple[Array, NDArray[np.bool_]]:
    """The unknowns, those that a bound holds put upon it: they are next to it, and both slope and next step lead beyond."""
    psi, _ = influence(system.residuals(x), system.loss, system.scale)
    gradient = system.jacobian(x).T @ psi
    beyond = x + step_of(system, x, np.zeros(len(x), bool))
    span = system.upper - system.lower
    near = 1e-6 * np.maximum(np.abs(x), np.where(np.isfinite(span), span, 1))
    low = (x - system.lower <= near) & (gradient > 0) & ((beyond < system.lower) | (x <= system.lower))
    high = (system.upper - x <= near) & (gradient < 0) & ((beyond > system.upper) | (x >= system.upper))
    put = np.where(low, system.lower, np.where(high, system.upper, x))
    if system.cost(put) <= system.cost(x) * (1 + 1e-9):
        return put, low | high
    return x, ((x <= system.lower) & (gradient > 0)) | ((x >= system.upper) & (gradient < 0))


def step_of(system: System, x: Array, active: NDArray[np.bool_]) -> Array:
    """The Gauss-Newton step of the unknowns that no bound holds, the shortest where several would do."""
    psi, slope = influence(system.residuals(x), system.loss, system.scale)
    root = np.sqrt(np.maximum(slope, EPSILON))
    jacobian = system.jacobian(x)[:, ~active] * root[:, None]
    step = np.zeros_like(x)
    if not np.isfinite(jacobian).all() or not np.isfinite(psi).all():
        return step
    scale = scales_of(jacobian)
    step[~active] = -np.linalg.lstsq(jacobian / scale, psi / root, rcond=threshold(jacobian))[0] / scale
    return step


def offset_of(system: System, x: Array, active: NDArray[np.bool_]) -> float:
    """How much the next Gauss-Newton step would change the residuals, as a part of them (Bates & Watts' relative offset).

    Residuals that are nothing but rounding are taken for as large as that.
    """
    residuals, jacobian = system.residuals(x), system.jacobian(x)
    if not np.isfinite(residuals).all() or not np.isfinite(jacobian).all():
        return float("inf")
    change = float(np.linalg.norm(jacobian @ step_of(system, x, active)))
    size = float(np.linalg.norm(residuals))
    size = max(size, 1e8 * size * rounding_of(system, x)) or 1e8 * EPSILON * float(np.linalg.norm(jacobian * x))
    return change / size if size else 0.0


def rounding_of(system: System, x: Array) -> float:
    """About how much of the residuals is rounding: of the terms that they are the small difference of."""
    size = float(np.linalg.norm(system.residuals(x)))
    return EPSILON * float(np.linalg.norm(system.jacobian(x) * x)) / size if size else 0.0


def scales_of(jacobian: Array) -> Array:
    """The lengths of the columns, 1 for those that are 0."""
    found = np.linalg.norm(jacobian, axis=0)
    return np.where(found > 0, found, 1.0)


def directions(jacobian: Array) -> tuple[Array, Array]:
    """The singular values, the largest first, and a direction of the unknowns for each, then those that change nothing."""
    _, values, right = np.linalg.svd(jacobian, full_matrices=len(jacobian) < jacobian.shape[1])
    return values, right


def threshold(jacobian: Array) -> float:
    """Singular values of the scaled Jacobian below this part of the largest are rounding."""
    return 8 * EPSILON * max(jacobian.shape, default=1)


def full_rank(jacobian: Array) -> bool:
    """Whether all unknowns are determined."""
    if not jacobian.size:
        return True
    values = np.linalg.svd(jacobian / scales_of(jacobian), compute_uv=False)
    return len(values) == jacobian.shape[1] and bool(values[-1] > threshold(jacobian) * values[0])
