"""Bands of a fitted model: the uncertainty of its value, and that of a new observation, at the data or along an input."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...data import FormatError
from ...diagnostic import closest
from ...engine.graph import Node, ancestors
from ...lang.model import Model
from ...results_fit import BandRow
from .. import choose
from ..load import load, name_of, values_of
from ..request import Request
from ..rowdata.inputs import listed
from .data import Data, sizes_of
from .equations import Curve
from .parameters import Parameters
from .problem import Asked, Problem
from .statistics import Uncertainty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Factors(NamedTuple):
    """From standard errors to bands: the quantile of the level, and the variance of a new observation of weight 1."""

    quantile: float
    variance: float


def at_data(problem: Problem, x: Array, found: Uncertainty, factors: Factors) -> tuple[BandRow, ...]:
    """The bands at every observation."""
    equations = problem.equations
    rows: list[BandRow] = []
    for place, target in enumerate(equations.targets):
        if target.observed is None:
            continue
        values, slopes = equations.model(x)[place], equations.curve.jacobian(x)[place]
        inputs = _inputs_of(problem.data, target.node, len(values))
        with np.errstate(divide="ignore"):  # an observation of weight 0 has any value
            noise = factors.variance / equations.weights[place] ** 2
        rows += _rows(target.name, inputs, target.observed, values, slopes, noise, found, factors.quantile)
    if not rows:
        raise FormatError("--predict needs residuals that are observed - model", "write the loss so, or fit a column")
    return tuple(rows)


def _inputs_of(data: Data, node: Node, count: int) -> dict[str, Array]:
    """The inputs that have a number for each element of a target."""
    needed = set(ancestors([node]))
    names = {leaf.node: leaf.name for leaf in data.model.leaves.values()}
    fed = {names[each]: values for each, values in {**data.columns, **data.whole}.items() if each in needed}
    if not fed and data.table is None:  # numbers that stand in the file itself
        from ..values import feeds_of

        found, _ = feeds_of(data.model, [node])
        fed = {
            names[each]: np.asarray(value, np.float64)
            for each, value in found.items()
            if each in names and each.op.role == "leaf" and data.model.leaves[names[each]].kind in ("input", "const")
        }
    return {name: values.reshape(-1) for name, values in fed.items() if values.size == count and values.ndim}


def along(
    problem: Problem, request: Request, asked: Asked, x: Array, found: Uncertainty, factors: Factors
) -> tuple[BandRow, ...]:
    """The bands along one input, all others at their values."""
    assert asked.bands is not None
    name, ends = name_of(asked.bands[0]), asked.bands[1]
    leaf = problem.model.leaves.get(name)
    inputs = [each.name for each in problem.model.leaves.values() if each.kind == "input"]
    if leaf is None or leaf.kind not in ("input", "const"):
        near = closest(name, inputs)
        raise FormatError(
            f"--bands: there is no input `{name}`",
            f"did you mean {near}?" if near else f"the inputs are {listed(inputs)}",
        )
    from ...engine.run import execute

    nodes = [values_of("--bands", [("end", text)], problem.model)["end"] for text in ends]
    start, stop = (float(execute([node], {})[node]) for node in nodes)
    grid = np.linspace(start, stop, asked.samples)
    curves = _curves(problem, request, name, grid)
    sigma = [target.sigma for target in problem.equations.targets]
    rows: list[BandRow] = []
    for label, curve in curves.items():
        place = [target.name for target in problem.equations.targets].index(label)
        uniform = sigma[place]
        weight = 1.0 if uniform is None else float(uniform) if uniform.ndim == 0 else np.nan
        values, slopes = curve.values(x)[0].reshape(-1), curve.jacobian(x)[0]
        noise = np.full(len(values), factors.variance * weight**2)
        rows += _rows(label, {name: grid}, None, values, slopes, noise, found, factors.quantile)
    return tuple(rows)


def _curves(problem: Problem, request: Request, name: str, grid: Array) -> dict[str, Curve]:
    """The model of each target along the grid, as functions of the parameters."""
    data, model = problem.data, problem.model
    targets = [each for each in problem.equations.targets if each.observed is not None]
    if not targets:
        raise FormatError("--bands needs residuals that are observed - model", "write the loss so, or fit a column")
    node = model.leaves[name].node
    stops = choose.stops_of(model, request)
    if data.rows is not None or sizes_of(node) == ():
        others = [each for each in data.columns if each is not node]
        needed = set(ancestors([each.node for each in targets]))
        blocking = [leaf.name for leaf in model.leaves.values() if leaf.node in others and leaf.node in needed]
        if blocking:
            raise FormatError(
                f"--bands {name}: `{blocking[0]}` differs from row to row, too",
                f"fit at one value of it: --at {blocking[0]}=…",
            )
        placed = data._replace(columns={node: grid}, whole=data.whole, rows=len(grid), table=None)
        return {each.name: Curve(placed, [each.node], problem.parameters, stops) for each in targets}
    if len(sizes_of(node)) != 1:
        raise FormatError(
            f"--bands: `{name}` has shape {list(sizes_of(node))}", "bands go along an input that is a number a row"
        )
    return _reloaded(problem, request, name, grid)


def _reloaded(problem: Problem, request: Request, name: str, grid: Array) -> dict[str, Curve]:
    """The same for a model of whole columns: loaded anew with as many rows as the grid has points."""
    (count,) = sizes_of(problem.model.leaves[name].node)
    at: list[tuple[str, str]] = []
    for leaf in problem.model.leaves.values():
        sizes = sizes_of(leaf.node)
        if leaf.kind == "input" and sizes[:1] == (count,):
            at.append((leaf.name, f"zeros({[len(grid), *sizes[1:]]})"))
    kept = tuple(pair for pair in request.at if name_of(pair[0]) not in {each for each, _ in at})
    model = load(request._replace(at=(*kept, *at), dtype=None))
    model.dtype = "float64"
    leaf = model.leaves[name]
    moved = _moved(problem.parameters, model)
    found = {}
    for each in problem.equations.targets:
        if each.observed is None:
            continue
        node = _same_node(problem.model, each.node, model)
        if node is None:
            raise FormatError(
                "--bands needs a name for what the model says", f"write p = … and compare `{name}`'s data with p"
            )
        needed = set(ancestors([node]))
        blocking = [other for other, _ in at if other != name and model.leaves[other].node in needed]
        if blocking:
            raise FormatError(f"--bands {name}: `{blocking[0]}` is a column, too", "bands go along one input")
        data = Data(model, {}, {leaf.node: grid}, None)
        found[each.name] = Curve(data, [node], moved, choose.stops_of(model, request))
    return found


def _same_node(old: Model, node: Node, new: Model) -> Node | None:
    """The node of the same name, or written at the same place, in a model that was loaded anew."""
    for name, value in old.names.items():
        if value is node and isinstance(new.names.get(name), Node):
            found: Node = new.names[name]
            return found
    place = old.origins.get(node)
    if place is None:
        return None
    return next((each for each in new.graph.nodes if (spot := new.origins.get(each)) and spot[1:] == place[1:]), None)


def _moved(parameters: Parameters, model: Model) -> Parameters:
    """The parameters as nodes of another model of the same file."""
    return Parameters(
        tuple(each._replace(node=model.leaves[each.name.partition("[")[0]].node) for each in parameters.all)
    )


def _rows(
    label: str,
    inputs: Mapping[str, Array],
    observed: Array | None,
    values: Array,
    slopes: Array,
    noise: Array,
    found: Uncertainty,
    quantile: float,
) -> list[BandRow]:
    """A row per point."""
    variance = np.einsum("ij,jk,ik->i", slopes, found.spread, slopes)
    errors = np.sqrt(np.maximum(variance, 0))
    if len(found.null):  # a direction that the data leaves open must not change the value
        sizes = np.linalg.norm(slopes, axis=1) + 1e-300
        unit = found.null / np.linalg.norm(found.null, axis=1)[:, None]
        errors[np.any(np.abs(slopes @ unit.T) > 1e-6 * sizes[:, None], axis=1)] = np.nan
    half, wide = quantile * errors, quantile * np.sqrt(errors**2 + noise)
    rows = []
    for place, value in enumerate(values.tolist()):
        at = tuple((name, float(column[place])) for name, column in inputs.items())
        seen = None if observed is None else float(observed[place])
        low, high = value - half[place], value + half[place]
        rows.append(
            BandRow(
                label,
                at,
                seen,
                value,
                *map(finite, (errors[place], low, high, value - wide[place], value + wide[place])),
            )
        )
    return rows


def finite(value: float) -> float | None:
    """A number, None where there is none."""
    return float(value) if isfinite(value) else None
