"""From a file and its data to the equations of a fit: what is observed, what the model says, and what is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...data import DataError, FormatError
from ...diagnostic import closest
from ...engine.graph import Node, ancestors
from ...lang.ast import Assignment, Bare
from ...lang.model import Model
from ...lang.parse import flat
from .. import choose
from ..load import load, name_of
from ..rowdata.inputs import listed, modules_of
from ..rowdata.opening import Job
from ..tables import DataTable, model_of, read_table
from .data import Data, data_of, sizes_of, unused
from .equations import Equations, Target
from .parameters import Parameters, parameters_of
from .recognising import HOW, targets_of_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Asked(NamedTuple):
    """What the command line asks of a fit beside file and data. Pairs are (name, text); an empty name stands for all."""

    observed: tuple[tuple[str, str], ...] = ()
    sigma: tuple[tuple[str, str], ...] = ()
    absolute_sigma: bool = False
    fix: tuple[str, ...] = ()
    bounds: tuple[tuple[str, tuple[str, str]], ...] = ()
    method: str = "auto"
    loss: str = "linear"
    f_scale: float = 1.0
    max_evaluations: int | None = None
    level: float = 0.95
    predict: bool = False
    bands: tuple[str, tuple[str, str]] | None = None
    samples: int = 51
    profile: bool = False


def demand_sense(asked: Asked) -> None:
    """Refuses numbers without a meaning, and what excludes each other."""
    if not 0 < asked.level < 1:
        raise FormatError(f"--level cannot be {asked.level}", "a share between 0 and 1, for example --level 0.95")
    if not asked.f_scale > 0:
        raise FormatError(f"--f-scale cannot be {asked.f_scale}", "a number above 0")
    if asked.absolute_sigma and not asked.sigma:
        raise FormatError("--absolute-sigma needs --sigma", "for example --sigma 0.1, or --sigma dy for a column")
    robust = asked.loss != "linear"
    for given, name, why in (
        (asked.method == "lm", "--method lm", "use --method trf"),
        (asked.absolute_sigma, "--absolute-sigma", "leave it out"),
        (asked.profile, "--profile", "it is about sums of squares"),
    ):
        if robust and given:
            raise FormatError(f"--loss {asked.loss} and {name} exclude each other", why)
    if asked.f_scale != 1 and not robust:
        raise FormatError("--f-scale needs --loss", "for example --loss huber --f-scale 0.5")


class Problem(NamedTuple):
    """A fit ready to be solved; `recognised` says in words what is fitted to what."""

    model: Model
    data: Data
    equations: Equations
    parameters: Parameters
    recognised: str
    notes: tuple[str, ...] = ()


def pose(job: Job, asked: Asked) -> Problem:
    """The problem that a command line poses; DiagnosticError, FormatError and DataError say what is wrong with it."""
    notes: list[str] = []
    read = _read(job, asked)
    table, model = read.table, read.model
    if model.dtype != "float64":
        notes.append(f"computed in float64, though the file says {model.dtype}")
        model.dtype = "float64"
    data = data_of(model, table)
    stops = choose.stops_of(model, job.request)
    named, loss = _chosen(job, asked, read)
    if named and loss is None:
        parameters = parameters_of(data, job.request, [node for _, node, _ in named], asked.fix, asked.bounds)
        targets = [_target(data, name, node, column, table) for name, node, column in named]
        recognised = ", ".join(f"{name} is fitted to column {column}" for name, _, column in named)
    elif loss is not None:
        node = choose.node_named(model, loss, "--of" if job.request.of else "minimize", source=False)
        parameters = parameters_of(data, job.request, [node], asked.fix, asked.bounds)
        targets, recognised = targets_of_loss(data, loss, node, parameters)
        if named:
            column = named[0][2]
            notes.append(f"column {column} is not fitted: {loss} is what is minimized; --of {named[0][0]} fits it")
    else:
        raise _nothing_observed(job, data, table)
    targets = _with_sigma(data, targets, asked, table)
    if table is not None:
        notes += [*table.notes, *_the_same_in_all_rows(job, data, targets)]
        if not data.fed and loss is not None:
            raise unused(data, table)
    equations = Equations(data, targets, parameters, stops)
    if not equations.points:
        raise DataError("has no rows to fit", table.where if table else job.request.source.name)
    return Problem(model, data, equations, parameters, recognised, (*notes, *equations.notes))


class _Read(NamedTuple):
    """What was read: the data, the model with the sizes that it gives, and the columns that computed names are fitted to."""

    table: DataTable | None
    model: Model
    observed: dict[str, str]


def _read(job: Job, asked: Asked) -> _Read:
    """The data and the model of a job."""
    request = job.request._replace(dtype=None)
    if not job.paths:
        if asked.observed:
            raise FormatError("--observed needs --data", "for example --data points.csv --observed y=intensity")
        return _Read(None, load(request), {})
    statements = [each for module in modules_of(request) for each in flat(module.statements)]
    computed = [each.name for each in statements if isinstance(each, Assignment)]
    computed += ["out"] if any(isinstance(each, Bare) for each in statements) else []
    observed = dict(_named(request.source.name, name, column, computed) for name, column in asked.observed)
    sigmas = [column for _, column in asked.sigma if not _number(column)]
    table = read_table(job, [*observed.values(), *sigmas], () if observed else computed)
    model = model_of(request, table, table.rows)
    found = {name: name for name in model.defined if name in table.others and name in computed}
    return _Read(table, model, observed or found)


def _named(file: str, name: str, column: str, computed: Sequence[str]) -> tuple[str, str]:
    """The computed name that --observed means, with its column."""
    if not name and len(computed) == 1:
        return computed[0], column
    if not name:
        raise FormatError(
            f"--observed {column}: {file} computes {listed(computed) if computed else 'nothing'}",
            f"say which of them was observed: --observed NAME={column}",
        )
    if name_of(name) not in computed:
        near = closest(name, computed)
        hint = f"did you mean {near}?" if near else f"it computes {listed(computed)}" if computed else None
        raise FormatError(f"--observed: {file} computes no `{name}`", hint)
    return name_of(name), column


def _chosen(job: Job, asked: Asked, read: _Read) -> tuple[list[tuple[str, Node, str]], str | None]:
    """What is fitted: computed names with nodes and columns, or the name of a loss.

    A loss comes first, unless --observed or --of name what else is meant.
    """
    model = read.model
    named = [
        (name, node, read.observed[name]) for name in read.observed if isinstance(node := model.names.get(name), Node)
    ]
    of = None if job.request.of is None else [name_of(name) for name in job.request.of]
    if of is not None and set(of) <= set(read.observed):
        return [each for each in named if each[0] in of], None
    if of is not None and len(of) > 1:
        raise FormatError(
            f"--of: no column is named {of[0] if of[0] not in read.observed else of[1]}", "or name one loss"
        )
    loss = of[0] if of is not None else model.minimize
    return named, None if asked.observed and of is None else loss


def _target(data: Data, name: str, node: Node, column: str, table: DataTable | None) -> Target:
    """A computed name with what was observed of it."""
    assert table is not None
    observed = table.others[column]
    shape = sizes_of(node) if data.rows is None else (data.rows, *sizes_of(node))
    if observed.shape != shape and observed.size != np.prod(shape, dtype=int):
        raise FormatError(
            f"column {column} gives {list(observed.shape)} numbers, but `{name}` has shape {list(shape)} over the rows",
            "declare inputs that take all rows with their size, as in input x: [n]",
        )
    _all_finite(observed, f"column {column}", table)
    return Target(name, node, observed.reshape(-1))


def _all_finite(values: Array, what: str, table: DataTable) -> None:
    """DataError for a number that no residual can be made of."""
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise DataError(
            f"{what} is {values[tuple(bad[0])]} in row {int(bad[0][0]) + 1}",
            table.where,
            help="--where leaves such rows out",
        )


def _nothing_observed(job: Job, data: Data, table: DataTable | None) -> Exception:
    """The complaint that nothing says what the model should be equal to."""
    model = data.model
    computed = [name for name in model.defined if isinstance(model.names[name], Node)]
    if table is None:
        return FormatError(
            "fit needs data, or a file that says what to minimize",
            f"give --data points.csv, or write minimize loss with {HOW}",
        )
    return FormatError(
        f"no column of {table.where} is named like a computed value of {job.request.source.name}",
        f"say which one was observed: --observed {computed[0] if computed else 'y'}=COLUMN; the columns are {listed(table.columns.fields)}",
    )


def _the_same_in_all_rows(job: Job, data: Data, targets: Sequence[Target]) -> list[str]:
    """Notes on inputs that have a value in the file and could have had a column."""
    needed = set(ancestors([each.node for each in targets]))
    given = {name_of(name) for name, _ in job.request.at}
    left = [
        each.name
        for each in data.model.leaves.values()
        if each.kind == "input" and each.node in needed and each.node not in data.fed and each.name not in given
    ]
    return [f"no column feeds `{name}`: it has its value of the file in every row" for name in left]


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _with_sigma(data: Data, targets: Sequence[Target], asked: Asked, table: DataTable | None) -> list[Target]:
    """The targets with the uncertainties that --sigma gives."""
    if not asked.sigma:
        return list(targets)
    given = {name_of(name): column for name, column in asked.sigma}
    unknown = [name for name in given if name and name not in [each.name for each in targets]]
    if unknown:
        raise FormatError(
            f"--sigma: `{unknown[0]}` is not fitted", f"what is fitted: {listed(each.name for each in targets)}"
        )
    found = []
    for each in targets:
        text = given.get(each.name, given.get(""))
        if text is None:
            raise FormatError(f"--sigma says nothing of `{each.name}`", f"for example --sigma {each.name}=0.1")
        if each.sigma is not None:
            raise FormatError("--sigma and weights in the loss exclude each other", "leave one of them out")
        if _number(text):
            sigma = np.array(float(text))
        else:
            if table is None:
                raise FormatError(f"--sigma {text} is no number, and there is no --data with such a column")
            sigma = table.others[text]
            _all_finite(sigma, f"column {text}", table)
            count = (data.rows or 1) * int(np.prod(sizes_of(each.node), dtype=int))
            if sigma.size != count:
                sigma = np.repeat(sigma, count // max(sigma.size, 1))
        if not ((sigma > 0) & np.isfinite(sigma)).all():
            row = int(np.argmax(~(sigma.reshape(-1) > 0)))
            if table is not None and sigma.ndim:
                message = f"column {text} is {sigma.reshape(-1)[row]} in row {row + 1}"
                raise DataError(message, table.where, help="--sigma is an uncertainty, so above 0")
            raise FormatError(f"--sigma cannot be {text}", "an uncertainty is a number above 0")
        found.append(each._replace(sigma=sigma.reshape(-1) if sigma.ndim else sigma))
    return found
