"""A fitted model at other points, with the uncertainty that its parameters give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy

from ..compute.fitting.statistics import quantile
from ..compute.load import name_of
from ..engine.graph import Node, ancestors
from .building import BUILDING
from .errors import readable, refusal
from .fitting import Fitted, Prediction, split_name
from .values import converted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..compute.fitting.equations import Target
    from .values import Value

    Array = NDArray[numpy.float64]


def predict(fitted: Fitted, at: Mapping[str, Value], of: str | None, level: float) -> Prediction:
    """The model with its bands where the inputs have these values."""
    if not 0 < level < 1:
        raise refusal(f"level cannot be {level}", "a share between 0 and 1, for example 0.95")
    with BUILDING, readable():
        name, target = target_of(fitted, of)
        points = points_of(fitted, name, at)
        values, slopes = followed(fitted, name, points)
    record = fitted.record
    errors = numpy.sqrt(variances(fitted, slopes))
    factor = quantile(level, record.degrees_of_freedom, record.absolute_sigma)
    half, wide = factor * errors, factor * numpy.sqrt(errors**2 + noise(fitted, target))
    return Prediction(values, errors, values - half, values + half, values - wide, values + wide)


def target_of(fitted: Fitted, of: str | None) -> tuple[str, Target | None]:
    """The name that is predicted, and what was observed of it, if anything was."""
    model, targets = fitted._problem.model, fitted._problem.equations.targets
    named = {each.name: each for each in targets if model.names.get(each.name) is each.node}
    if of is not None:
        name = name_of(of)
        if not isinstance(model.names.get(name), Node):
            raise refusal(f"of: {model.source.name} has no name `{of}`")
        return name, named.get(name)
    if len(named) != 1 or len(targets) != 1:
        if not named:
            raise refusal("what is fitted has no name in the file", 'say what is predicted, for example of="model"')
        raise refusal(f"what is predicted: {', '.join(named)}", f'for example of="{next(iter(named))}"')
    return next(iter(named.items()))


def points_of(fitted: Fitted, name: str, at: Mapping[str, Value]) -> dict[str, Array]:
    """The values of all inputs that the data fed, of equal lengths."""
    problem = fitted._problem
    fed = problem.data.fed & set(ancestors([problem.model.names[name]]))
    beside = 0 if problem.data.rows is None else 1  # the axis of the rows is one of the input, or beside its own
    wanted = {leaf.name: len(leaf.node.shape) + beside for leaf in problem.model.leaves.values() if leaf.node in fed}
    points = {}
    for each, value in at.items():
        each = name_of(each)
        if each not in wanted:
            raise refusal(f"predict takes {', '.join(wanted) or 'no input'}, not {each}")
        array = numpy.asarray(converted(each, value))
        if array.ndim not in (wanted[each] - 1, wanted[each]):
            raise refusal(
                f"{each} has {array.ndim} axes instead of {wanted[each]}, of which the first counts the points"
            )
        points[each] = array if array.ndim == wanted[each] else array[None]
    for each in wanted:
        if each not in points:
            raise refusal(
                f"predict needs {each}, which the data fed", f"for example predict({each}=numpy.linspace(0, 1))"
            )
    rows = max(map(len, points.values()), default=1)
    for each, array in points.items():
        if len(array) not in (1, rows):
            raise refusal(f"{each} has {len(array)} values, and others have {rows}")
    return {each: numpy.repeat(array, rows // len(array), 0) for each, array in points.items()}


def followed(fitted: Fitted, name: str, points: Mapping[str, Array]) -> tuple[Array, Array]:
    """The values of the model, and their derivatives by the fitted parameters: of shape (points, parameters)."""
    elements = [split_name(each) for each in fitted.covariance_of]
    variables = list(dict.fromkeys(variable for variable, _ in elements))
    program = fitted.program
    if fitted._problem.data.rows is not None and points:
        found: Any = program.grad(variables, name, unconnected="zero", value=True).rows(points)
        values, slopes = found
    else:
        values = numpy.atleast_1d(program.values(name)(**points))
        slopes = program.jacobian(variables, name, unconnected="zero")(**points)
    if values.ndim != 1:
        raise refusal(f"`{name}` has {values.ndim - 1} axes at a point", "bands are those of a number")
    columns = [numpy.asarray(slopes[variable]).reshape(len(values), -1) for variable in variables]
    shapes = {variable: numpy.shape(fitted.values[variable]) for variable in variables}
    joined = dict(zip(variables, columns, strict=True))
    flat = [
        joined[variable][:, int(numpy.ravel_multi_index(place, shapes[variable])) if place else 0]
        for variable, place in elements
    ]
    return values, numpy.stack(flat, axis=1)


def variances(fitted: Fitted, slopes: Array) -> Array:
    """The variance of the model at each point; nan where it depends on what the data leave open."""
    held = [fitted.parameters[name].bound_active for name in fitted.covariance_of]
    covariance = fitted.covariance
    opened = numpy.isnan(numpy.diag(covariance)) & ~numpy.array(held, bool)
    found: Array = numpy.einsum("ij,jk,ik->i", slopes, numpy.nan_to_num(covariance), slopes)
    found = numpy.maximum(found, 0.0)
    found[(slopes[:, opened] != 0).any(axis=1)] = numpy.nan
    return found


def noise(fitted: Fitted, target: Target | None) -> float:
    """The variance of a new observation about the model."""
    record = fitted.record
    if target is None or target.observed is None or record.loss != "linear" or record.degrees_of_freedom <= 0:
        return numpy.nan
    if target.sigma is not None and numpy.ndim(target.sigma):
        return numpy.nan
    sigma = 1.0 if target.sigma is None else float(target.sigma)
    scale = 1.0 if record.absolute_sigma else record.residual_sum_of_squares / record.degrees_of_freedom
    return scale * sigma**2
