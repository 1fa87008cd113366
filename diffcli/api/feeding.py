"""Tables in memory on their way to `fit` and `minimize`: columns by name, and what is the same in all rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..compute import Request, evaluate
from ..compute.load import name_of
from .errors import refusal
from .values import column_names, converted

if TYPE_CHECKING:
    from ..compute.rowdata.opening import Job
    from .reports import Reports
    from .values import Value

DATA = "data"


class Given(NamedTuple):
    """A table as the user gave it.

    columns: arrays with the rows along the first axis · same: single numbers · all_used: a column that is used for
    nothing is a mistake, as in a dict that is written for the purpose; a data frame has more columns than one needs
    """

    columns: dict[str, Any]
    same: dict[str, Any]
    all_used: bool


def given_by(table: Mapping[str, Value] | Any) -> Given:
    """The columns of a mapping, a data frame or a structured array, float64."""
    written = isinstance(table, Mapping)
    columns, same = {}, {}
    for name in column_names("data", table):
        try:
            value = converted(str(name), table[name])
        except TypeError:
            if written:
                raise
            continue  # a column of texts
        if isinstance(value, (float, bool)):
            same[name_of(str(name))] = float(value)
        else:
            columns[name_of(str(name))] = value.astype("float64", copy=False)
    if not columns:
        raise refusal("data has no column: an array of one value for each row is needed for one name at least")
    return Given(columns, same, written)


def job_of(program: Reports, given: Given | None, start: Mapping[str, Value] | None, **asked: Any) -> Job:
    """What the command line calls a file with its data, for a program and a table."""
    from ..compute.rowdata.opening import Job

    columns = {} if given is None else given.columns
    values = {**({} if given is None else given.same), **{name_of(name): each for name, each in (start or {}).items()}}
    twice = sorted(columns.keys() & values.keys())
    if twice:
        raise refusal(f"{twice[0]} is given twice: by a column and as a start", "leave one of them out")
    request = without(program._request(values, **asked), columns)
    if given is None:
        return Job(evaluate, request, ())
    return Job(evaluate, request, (DATA,), only=not given.all_used, arrays=columns)


def without(request: Request, columns: Mapping[str, Any]) -> Request:
    """The request without the values that columns give in their place."""
    at = tuple(pair for pair in request.at if name_of(pair[0]) not in columns)
    arrays = {name: array for name, array in (request.arrays or {}).items() if name not in columns}
    return request._replace(at=at, arrays=arrays or None)


def chosen_by(program: Reports, start: Mapping[str, Value] | None) -> tuple[str, ...] | None:
    """The names that a start was given for are what is sought, where the file itself declares no variable."""
    if not start:
        return None
    from ..compute.rowdata.inputs import declarations

    declared = declarations(program._file.request).values()
    return None if any(each is not None and each.kind == "var" for each in declared) else tuple(map(name_of, start))
