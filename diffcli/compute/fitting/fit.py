"""A fit from the command line's question to its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data import FormatError
from ...results_fit import BandsResult, FitResult, ParameterRow
from ..rowdata.opening import Job
from .bands import Factors, along, at_data, finite
from .exact import COARSE, refined
from .parameters import Parameter
from .problem import Asked, Problem, pose
from .profile import Interval, profile
from .solve import Solution, System, rounding_of, solve
from .statistics import Uncertainty, inseparable, quality_of, quantile, uncertainty_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Tell = Callable[[float], Any]


def fit(job: Job, asked: Asked, tell: Tell | None = None) -> FitResult:
    """The least-squares fit that a job asks for; `tell` hears the sum of squares as it falls."""
    problem = pose(job, asked)
    equations, free = problem.equations, problem.parameters.free
    notes = list(problem.notes)
    lower, upper = (np.array([getattr(each, end) for each in free]) for end in ("lower", "upper"))
    start = np.array([each.start for each in free])
    inside = np.clip(start, lower, upper)
    notes += [
        f"{each.name} starts at its bound {number:.6g}: {each.start:.6g} is outside"
        for each, number in zip(free, inside.tolist(), strict=True)
        if number != each.start
    ]
    equations.check(inside)
    system = System(equations.residuals, equations.jacobian, lower, upper, asked.loss, asked.f_scale)
    if asked.method == "lm" and (system.bounded or equations.points < len(free)):
        why = "knows no bounds" if system.bounded else "needs as many points as parameters"
        raise FormatError(f"--method lm {why}", "use --method trf")
    solution = solve(system, inside, asked.method, asked.max_evaluations, tell)
    solution, note = refined(equations, system, solution)
    notes += [note] if note else []
    found = uncertainty_of(system, solution, asked.absolute_sigma)
    names = [each.name for each in free]
    notes += inseparable(names, system, solution, found)
    notes += [
        f"{each.name} is held by its bound {value:.6g}: it has no standard error, and counts as fixed for the others"
        for each, value, active in zip(free, solution.x.tolist(), solution.active, strict=True)
        if active
    ]
    if found.degrees_of_freedom <= 0:
        notes.append(
            f"no more points ({equations.points}) than parameters determined: nothing is left to tell errors from"
        )
    factor = quantile(asked.level, found.degrees_of_freedom, asked.absolute_sigma)
    intervals = _profiles(system, solution, found, factor, asked, names, notes)
    return _result(job, asked, problem, solution, found, factor, intervals, notes)


def _profiles(
    system: System,
    solution: Solution,
    found: Uncertainty,
    factor: float,
    asked: Asked,
    names: Sequence[str],
    notes: list[str],
) -> dict[int, Interval]:
    """The profile-likelihood interval of every parameter that has a standard error."""
    intervals: dict[int, Interval] = {}
    if asked.profile and rounding_of(system, solution.x) > COARSE:
        notes.append("no profile: the residuals are next to rounding")
        return intervals
    for place, error in enumerate(found.errors if asked.profile else ()):
        if isfinite(error) and error > 0 and isfinite(factor):
            intervals[place] = profile(system, solution, place, float(error), found.scale, factor)
            notes += [f"{names[place]}: {intervals[place].note}"] if intervals[place].note else []
    return intervals


def _result(
    job: Job,
    asked: Asked,
    problem: Problem,
    solution: Solution,
    found: Uncertainty,
    factor: float,
    intervals: dict[int, Interval],
    notes: Sequence[str],
) -> FitResult:
    """The document of a fit."""
    equations = problem.equations
    robust = asked.loss != "linear"
    squares = float(solution.residuals @ solution.residuals) if robust else solution.cost
    weighted = any(each.sigma is not None for each in equations.targets)
    quality = quality_of(
        squares, equations.points, found, equations.weights, weighted, asked.absolute_sigma, equations.total()
    )
    table = problem.data.table
    factors = Factors(factor, found.scale)
    bands: tuple[Any, ...] = ()
    if asked.bands is not None:
        bands = along(problem, job.request, asked, solution.x, found, factors)
    elif asked.predict:
        bands = at_data(problem, solution.x, found, factors)
    names = tuple(each.name for each in problem.parameters.free)
    return (BandsResult if bands else FitResult)(
        file=job.request.source.name,
        data=job.names,
        recognised=problem.recognised,
        method=solution.method,
        loss=asked.loss,
        f_scale=asked.f_scale if robust else None,
        converged=solution.converged,
        why_stopped=solution.why,
        evaluations=solution.evaluations,
        points=equations.points,
        degrees_of_freedom=found.degrees_of_freedom,
        rank=found.rank,
        level=asked.level,
        absolute_sigma=asked.absolute_sigma,
        parameters=tuple(_rows(problem, solution, found, factor, intervals)),
        covariance_of=names,
        covariance=_matrix(found.covariance),
        correlation=_matrix(found.correlation),
        cost=solution.cost if robust else None,
        residual_sum_of_squares=squares,
        # A likelihood of normal errors is not what a robust loss is about.
        **(quality._replace(log_likelihood=None, aic=None, aicc=None, bic=None) if robust else quality)._asdict(),
        skipped=table.skipped if table is not None else 0,
        notes=tuple(notes),
        bands=bands,
    )


def _matrix(values: Array) -> list[list[float | None]]:
    """A matrix as lists, None where there is no number."""
    return [[finite(each) for each in row] for row in values.tolist()]


def _rows(
    problem: Problem, solution: Solution, found: Uncertainty, factor: float, intervals: dict[int, Interval]
) -> list[ParameterRow]:
    """A row per parameter, in the order of the file."""
    places = iter(range(len(solution.x)))
    labels = {leaf.node: leaf.label for leaf in problem.model.leaves.values()}
    rows = []
    for each in problem.parameters.all:
        row = _blank(each)._replace(label=labels[each.node])
        if each.fixed:
            rows.append(row)
            continue
        place = next(places)
        value, error = float(solution.x[place]), float(found.errors[place])
        active = bool(solution.active[place])
        interval = intervals.get(place)
        rows.append(
            row._replace(
                value=value,
                standard_error=finite(error),
                bound_active=active,
                confidence_lower=finite(value - factor * error),
                confidence_upper=finite(value + factor * error),
                profile_lower=interval.lower if interval else None,
                profile_upper=interval.upper if interval else None,
                remark="at its bound" if active else "not determined" if found.open[place] else "",
            )
        )
    return rows


def _blank(each: Parameter) -> ParameterRow:
    """A parameter as it was before the fit."""
    remark = "fixed" if each.fixed else ""
    return ParameterRow(
        each.name,
        each.start,
        None,
        each.start,
        finite(each.lower),
        finite(each.upper),
        False,
        each.fixed,
        remark=remark,
    )
