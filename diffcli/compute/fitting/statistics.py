"""What a minimum tells about the parameters: covariance, rank, what is not determined, and how well the model fits."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log, nan, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .robust import influence
from .solve import Solution, System, directions, scales_of, threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Uncertainty(NamedTuple):
    """The covariance of the free parameters, NaN where there is none; what leaves the model as it is, a row each.

    spread: the same by the pseudo-inverse, with numbers everywhere: right for whatever does not change along `null` ·
    scale: the variance of a residual of weight 1, by which the covariance was multiplied · open: the parameters that are not determined
    """

    covariance: Array
    correlation: Array
    spread: Array
    rank: int
    degrees_of_freedom: int
    scale: float
    null: Array
    open: NDArray[np.bool_]

    @property
    def errors(self) -> Array:
        """The standard error of each parameter."""
        errors: Array = np.sqrt(np.diag(self.covariance))
        return errors


def uncertainty_of(system: System, solution: Solution, absolute: bool) -> Uncertainty:
    """The covariance at a solution, from the singular values of the Jacobian with columns of length 1.

    A parameter that a bound holds has none and counts as fixed. For a robust loss it is Huber's asymptotic one,
    sum(psi²) / (n - p) / mean(psi')², in place of the mean square. `absolute` takes the given sigma as they are.
    """
    free = ~solution.active
    count = len(solution.x)
    jacobian = solution.jacobian[:, free]
    scale = scales_of(jacobian)
    values, right = directions(jacobian / scale)
    kept = values > threshold(jacobian) * max(values, default=0)
    rank = int(kept.sum())
    freedom = len(solution.residuals) - rank
    null = np.zeros((int(free.sum()) - rank, count))
    null[:, free] = _sparse(right[rank:]) / scale
    inverse = (right[:rank].T / values[:rank] ** 2) @ right[:rank] / np.outer(scale, scale)
    open = np.zeros(count, bool)
    open[free] = np.any(np.abs(null[:, free] * scale) > 1e-6, axis=0) if len(null) else False
    factor = 1.0 if absolute else _variance(system, solution, freedom)
    spread, covariance = np.zeros((count, count)), np.full((count, count), nan)
    spread[np.ix_(free, free)] = covariance[np.ix_(free, free)] = inverse
    covariance[open] = nan
    covariance[:, open] = nan
    with np.errstate(all="ignore"):
        sizes = np.sqrt(np.diag(covariance))
        correlation = np.clip(covariance / np.outer(sizes, sizes), -1, 1)
    return Uncertainty(covariance * factor, correlation, spread * factor, rank, freedom, factor, null, open)


def _variance(system: System, solution: Solution, freedom: int) -> float:
    """The variance of a residual of weight 1, NaN without degrees of freedom."""
    if freedom <= 0:
        return nan
    if system.loss == "linear":
        return solution.cost / freedom
    psi, slope = influence(solution.residuals, system.loss, system.scale)
    mean = float(np.mean(slope))
    return float(psi @ psi) / freedom / mean**2 if mean > 0 else nan


def _sparse(rows: Array) -> Array:
    """Rows that span the same, with as many zeros as elimination gives: so each names the fewest parameters."""
    rows = rows.copy()
    done = 0
    for column in np.argsort(-np.abs(rows).sum(axis=0), kind="stable") if len(rows) else ():
        if done == len(rows):
            break
        pivot = done + int(np.argmax(np.abs(rows[done:, column])))
        if abs(rows[pivot, column]) < 1e-6:
            continue
        rows[[done, pivot]] = rows[[pivot, done]]
        rows[done] /= rows[done, column]
        for other in range(len(rows)):
            if other != done:
                rows[other] -= rows[other, column] * rows[done]
        done += 1
    rows[np.abs(rows) < 1e-6] = 0
    return rows


def inseparable(names: Sequence[str], system: System, solution: Solution, found: Uncertainty) -> list[str]:
    """What is not determined, in words, a sentence for each direction in which the parameters can move."""
    told = []
    for row in found.null:
        places = np.flatnonzero(row)
        who = [names[place] for place in places.tolist()]
        if len(places) == 1:
            told.append(f"{who[0]} is not determined: the model does not depend on it here")
            continue
        listed = f"{', '.join(who[:-1])} and {who[-1]}"
        told.append(f"{listed} are not separable: {_determined(who, row[places], places, system, solution)}")
    return told


def _determined(who: Sequence[str], row: Array, places: NDArray[np.intp], system: System, solution: Solution) -> str:
    """What is determined of parameters that can move along a direction: a sum or a product where that holds, not only nearby."""
    x = solution.x
    if len(places) == 2:
        with np.errstate(all="ignore"):
            share = float((row[0] / x[places[0]]) / (row[1] / x[places[1]]))
        for sign, what in ((-1.0, f"{who[0]} * {who[1]}"), (1.0, f"{who[0]} / {who[1]}")):
            moved = x.copy()
            moved[places] *= [1.25, 1.25**sign]
            if abs(share - sign) < 1e-5 and _same(system, solution, moved):
                return f"only {what} is determined"
        factor = -row[0] / row[1]
        moved = x.copy()
        size = 0.25 * max(float(np.max(np.abs(x[places]))), 1e-3)
        moved[places] += row / np.max(np.abs(row)) * size
        near = "" if _same(system, solution, moved) else ", near this result"
        plus = "+" if factor > 0 else "-"
        return f"only {who[0]} {plus} {number(abs(factor))}*{who[1]} is determined{near}"
    steps = ", ".join(f"{name} by {number(each)}" for name, each in zip(who, row / row[0], strict=True))
    return f"to change {steps} together changes nothing"


def _same(system: System, solution: Solution, x: Array) -> bool:
    """Whether the residuals are the same elsewhere, but for rounding."""
    with np.errstate(all="ignore"):
        moved = system.residuals(x)
    size = float(np.linalg.norm(solution.residuals)) + float(np.linalg.norm(solution.jacobian * solution.x))
    return bool(np.linalg.norm(moved - solution.residuals) <= 1e-9 * size)


def number(value: float) -> str:
    """A coefficient as it is read: 1.0, 0.333333."""
    text = f"{value:.6g}"
    return text if any(mark in text for mark in ".en") else f"{text}.0"


class Quality(NamedTuple):
    """How well a model fits; None where a number has no meaning."""

    residual_standard_error: float | None
    chi_square: float | None
    reduced_chi_square: float | None
    r_squared: float | None
    log_likelihood: float | None
    aic: float | None
    aicc: float | None
    bic: float | None


def quality_of(
    cost: float,
    points: int,
    found: Uncertainty,
    weights: Sequence[Array],
    sigma: bool,
    absolute: bool,
    total: float | None,
) -> Quality:
    """The measures of a least-squares fit. `cost` is the sum of the squares of the weighted residuals.

    The likelihood is that of normal errors in full, so that it can be compared between programs; their variance counts as one more
    parameter where it is estimated.
    """
    freedom = found.degrees_of_freedom
    error = sqrt(cost / freedom) if freedom > 0 else None
    squared = None if total is None else 1 - cost / total if total > 0 else None
    logs = float(sum(np.log(each[each != 0]).sum() for each in weights))
    parameters = found.rank + (0 if absolute else 1)
    if absolute:
        likelihood = -0.5 * (cost + points * log(2 * pi)) + logs
    else:
        likelihood = inf if cost == 0 else -0.5 * points * (log(2 * pi * cost / points) + 1) + logs
    rest = points - parameters - 1
    aic = 2 * parameters - 2 * likelihood
    return Quality(
        error,
        cost if sigma else None,
        cost / freedom if sigma and freedom > 0 else None,
        squared,
        likelihood,
        aic,
        aic + 2 * parameters * (parameters + 1) / rest if rest > 0 else None,
        parameters * log(points) - 2 * likelihood,
    )


def quantile(level: float, freedom: int, absolute: bool) -> float:
    """The factor from a standard error to the half-width of an interval: of Student's t, or of the normal distribution."""
    from scipy.special import ndtri, stdtrit

    share = 0.5 + level / 2
    return float(ndtri(share) if absolute else stdtrit(freedom, share) if freedom > 0 else nan)
