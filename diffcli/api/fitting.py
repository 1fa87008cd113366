"""Least-squares fits from Python: `fit` and what it returns."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ..compute.load import name_of
from .asked import Names, listed
from .building import BUILDING
from .errors import readable, refusal
from .feeding import Given, chosen_by, given_by, job_of
from .reports import Shown
from .values import Values, converted

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    from ..compute.fitting.problem import Asked, Problem
    from ..compute.rowdata.opening import Job
    from ..results_fit import FitResult, ParameterRow
    from .program import Program
    from .values import Value

    Array = NDArray[float64]

# A column by its name, or the numbers themselves.
Column = Any
End = float | None


class Prediction(NamedTuple):
    """A fitted model at some points, arrays of one number for each: value, standard error, ends of two intervals.

    lower, upper: of the model's value · prediction_lower, prediction_upper: of a new observation; nan where the
    weights of the observations differ, so that its own is not known, or the fit is robust
    """

    value: Array
    standard_error: Array
    lower: Array
    upper: Array
    prediction_lower: Array
    prediction_upper: Array


class Fitted(Shown):
    """A fit: parameters with their uncertainty, and the program with the fitted values in place.

    record: everything, as the command line prints it
    """

    record: FitResult

    def __init__(self, record: FitResult, program: Program, job: Job, asked: Asked) -> None:
        super().__init__(record)
        self.program = program
        self._job = job
        self._asked = asked

    @property
    def parameters(self) -> dict[str, ParameterRow]:
        """By name (elements as `w[0]`): `value`, `standard_error`, `confidence_lower`, `confidence_upper`, …"""
        return {row.name: row for row in self.record.parameters}

    @property
    def values(self) -> Values:
        """The fitted values of the variables, numbers and arrays by name."""
        return values_of(self.record)

    @property
    def covariance(self) -> Array:
        """The covariance matrix, in the order of `covariance_of`; nan where nothing determines it."""
        import numpy

        return numpy.array(self.record.covariance, float)

    @property
    def covariance_of(self) -> tuple[str, ...]:
        """The names of the rows of the matrices."""
        return self.record.covariance_of

    @property
    def correlation(self) -> Array:
        """The correlation matrix of the fitted parameters."""
        import numpy

        return numpy.array(self.record.correlation, float)

    @property
    def converged(self) -> bool:
        """Whether the fit came to an end by itself."""
        return self.record.converged

    @property
    def why_stopped(self) -> str:
        """Why it ended."""
        return self.record.why_stopped

    @property
    def residual_standard_error(self) -> float | None:
        """The square root of the (weighted) sum of squares by degrees of freedom."""
        return self.record.residual_standard_error

    @property
    def reduced_chi_square(self) -> float | None:
        """The weighted sum of squares by degrees of freedom, where there is a sigma."""
        return self.record.reduced_chi_square

    @property
    def r_squared(self) -> float | None:
        """The share of the scatter that the model takes away."""
        return self.record.r_squared

    @property
    def notes(self) -> tuple[str, ...]:
        """What one should know: parameters that cannot be told apart, inputs that no column feeds, …"""
        return self.record.notes

    @cached_property
    def _problem(self) -> Problem:
        from ..compute.fitting.problem import pose

        with BUILDING, readable():
            return pose(self._job, self._asked)

    def predict(
        self,
        points: Mapping[str, Value] | None = None,
        /,
        *,
        of: str | None = None,
        level: float | None = None,
        **at: Value,
    ) -> Prediction:
        """The fitted model with its bands at other points: `fitted.predict(x=numpy.linspace(0, 5, 50)).lower`.

        All inputs that the data fed are needed, arrays of equal length. `of` names what is predicted (default: what
        was fitted), `level` is that of the intervals (default: that of the fit).
        """
        from .predicting import predict

        return predict(self, {**(points or {}), **at}, of, self.record.level if level is None else level)

    def __reduce__(self) -> tuple[Any, ...]:
        return Fitted, (self.record, self.program, self._job, self._asked)

    def brief(self) -> str:
        """The answer in a line."""
        found = ", ".join(f"{row.name} = {row.value:.6g}" for row in self.record.parameters)
        return f"fitted {self.record.file}: {found}"


def fit(
    program: Program | str,
    data: Mapping[str, Value] | Any = None,
    *,
    observed: Column | Mapping[str, Column] = None,
    sigma: Column | Mapping[str, Column] = None,
    absolute_sigma: bool = False,
    start: Mapping[str, Value] | None = None,
    bounds: Mapping[str, tuple[End, End]] | None = None,
    fixed: Names = (),
    wrt: Names = None,
    of: Names = None,
    method: Literal["auto", "lm", "trf", "dogbox"] = "auto",
    loss: Literal["linear", "soft_l1", "huber", "cauchy", "arctan"] = "linear",
    f_scale: float = 1.0,
    max_evaluations: int | None = None,
    level: float = 0.95,
    profile: bool = False,
    stop: Iterable[str] = (),
) -> Fitted:
    """Find the parameters for which a program (or a text) is closest to data: least squares with the exact Jacobian.

    `data` is a mapping of names to arrays or a data frame, rows along the first axis. A column with the name of a
    computed value is what was observed of it; else `observed` is the name of a column, an array, or a dict of those
    by computed name. Without data the file says `minimize loss`, with a loss that is a sum of squares.

    `sigma` is the uncertainty of the observations: a number, a column, an array, or a dict of those; with
    `absolute_sigma` it is not only a weight. Parameters are `wrt`, else each `var`, else what `start` gives values
    to; `start` is where they begin, `fixed` holds some, `bounds` keeps `{"a": (0, None)}`. `profile` gives
    profile-likelihood intervals, too. Needs the extra `fit`.

    A fit that does not converge gives a warning. Raises DiffError.
    """
    from .program import parsed

    made = parsed(program)
    columns: dict[str, Any] = {}
    with BUILDING, readable():
        given = None if data is None else given_by(data)
        taken = () if given is None else tuple(given.columns)
        asked = {
            "observed": pairs("observed", observed, columns, taken),
            "sigma": pairs("sigma", sigma, columns, taken),
            "absolute_sigma": absolute_sigma,
            "fix": listed(fixed) or (),
            "bounds": tuple((name, ends(name, each)) for name, each in (bounds or {}).items()),
            "method": one_of("method", method, ("auto", "lm", "trf", "dogbox")),
            "loss": one_of("loss", loss, ("linear", "soft_l1", "huber", "cauchy", "arctan")),
            "f_scale": f_scale,
            "max_evaluations": max_evaluations,
            "level": level,
            "profile": profile,
        }
        if columns:
            given = Given({}, {}, True) if given is None else given
            given = given._replace(columns={**given.columns, **columns})
        chosen = listed(wrt, "wrt") or chosen_by(made, start)
        job = job_of(made, given, start, wrt=chosen, of=listed(of, "of"), stop=listed(stop) or ())
        return fitted(made, job, asked, {**(given.same if given else {}), **(start or {})})


def fitted(program: Program, job: Job, asking: Mapping[str, Any], given: Mapping[str, Value]) -> Fitted:
    """The fit, and the program with the fitted values beside the given ones."""
    from importlib.util import find_spec

    from ..data import MissingExtra

    if find_spec("scipy") is None:
        raise MissingExtra("fit", "SciPy", "fit")
    from ..compute.fitting.fit import fit as solve
    from ..compute.fitting.problem import Asked, demand_sense

    asked = Asked(**asking)
    demand_sense(asked)
    record = solve(job, asked)
    if not record.converged:
        warnings.warn(f"{record.file}: did not converge: {record.why_stopped}", RuntimeWarning, stacklevel=3)
    return Fitted(record, program.at({**given, **values_of(record)}), job, asked)


def pairs(
    option: str, value: Column | Mapping[str, Column], columns: dict[str, Any], taken: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Columns or numbers by computed name, "" for all; arrays become columns, of names that are not taken."""
    if value is None:
        return ()
    found = []
    for name, each in value.items() if isinstance(value, Mapping) else [("", value)]:
        if isinstance(each, str):
            found.append((name, name_of(each)))
            continue
        each = converted(option, each)
        if isinstance(each, (float, bool)):
            found.append((name, repr(float(each))))
            continue
        column = f"{option} {name}".strip()
        while column in taken:
            column += "'"
        columns[column] = each.astype("float64", copy=False)
        found.append((name, column))
    return tuple(found)


def ends(name: str, bounds: tuple[End, End]) -> tuple[str, str]:
    """Two ends as texts, the empty one for none."""
    try:
        lower, upper = (None if each is None or each in (-inf, inf) else float(each) for each in bounds)
    except (TypeError, ValueError):
        raise refusal(
            f"bounds of {name} cannot be {bounds!r}", f'two numbers, either None: bounds={{"{name}": (0, None)}}'
        ) from None
    return "" if lower is None else repr(lower), "" if upper is None else repr(upper)


def one_of(option: str, value: str, known: Sequence[str]) -> str:
    """A word out of a few."""
    if value not in known:
        raise refusal(f"{option} cannot be {value!r}", f"one of {', '.join(known)}")
    return value


def split_name(name: str) -> tuple[str, tuple[int, ...]]:
    """The variable of a parameter and the place of the element: `w[0, 1]` is ("w", (0, 1))."""
    variable, bracket, places = name.partition("[")
    return variable, tuple(map(int, places.rstrip("]").split(","))) if bracket else ()


def values_of(record: FitResult) -> Values:
    """The variables of a fit as numbers and arrays."""
    import numpy

    elements: dict[str, dict[tuple[int, ...], float]] = {}
    for row in record.parameters:
        variable, place = split_name(row.name)
        elements.setdefault(variable, {})[place] = row.value
    found = Values()
    for variable, numbers in elements.items():
        if () in numbers:
            found[variable] = numbers[()]
            continue
        found[variable] = numpy.empty([max(axis) + 1 for axis in zip(*numbers, strict=True)])
        for place, number in numbers.items():
            found[variable][place] = number
    return found
