"""Arrays in memory as a table: what a data file is for `fit` and `minimize`, for programs that have their numbers at hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..data import DataError, Field, FormatError
from ..diagnostic import closest
from ..lang.ast import Declaration
from .load import name_of
from .rowdata.inputs import Table, declarations, listed
from .rowdata.opening import Job
from .tables import DataTable, FedInput, takes_rows


def table_of_arrays(
    job: Job, arrays: Mapping[str, Any], others: Sequence[str] = (), optional: Collection[str] = ()
) -> DataTable:
    """The table of a job whose columns are arrays; the rule of feeding is that of files.

    others: columns that must be there, optional: columns that may. An array that is used for nothing is a mistake, unless the job
    drops what it does not need.
    """
    where = job.where_from
    fields = {name: Field(name, _kind(array)) for name, array in arrays.items()}
    table = Table(fields, {}, where)
    rows = _rows(arrays, where)
    declared = declarations(job.request)
    given = {name_of(name) for name, _ in job.request.at}
    inputs = [
        _fed(name, declaration, arrays[name], where)
        for name, declaration in declared.items()
        if name in arrays and name not in given and _is_input(declaration)
    ]
    found = {name: arrays[name] for name in dict.fromkeys([*others, *optional]) if name in arrays}
    for name in others:
        if name not in found:
            raise FormatError(f"{where} has no column `{name}`", _meant(name, arrays))
    used = {*found, *(each.name for each in inputs)}
    spare = [name for name in arrays if name not in used and not job.only]
    for name in spare:
        fixed = declared.get(name)
        if fixed is not None:
            raise FormatError(f"`{name}` is a {fixed.kind}, which no column feeds", "declare an input")
        raise FormatError(f"{job.request.source.name} has no input `{name}`", _meant(name, [*declared, *optional]))
    return DataTable(rows, tuple(inputs), found, where, table)


def _is_input(declaration: Declaration | None) -> bool:
    return declaration is None or declaration.kind == "input"


def _kind(array: Any) -> str:
    """The kind of a column as data files have it."""
    return "float" if array.ndim == 1 else f"list({array.shape[1]})" if array.ndim == 2 else "other"


def _rows(arrays: Mapping[str, Any], where: str) -> int:
    """How many rows all arrays have."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(f"columns have different lengths: {told}", where)
    return next(iter(lengths.values()), 0)


def _fed(name: str, declaration: Declaration | None, array: Any, where: str) -> FedInput:
    """An input with its array, whose cells are of the declared shape."""
    shape = None if declaration is None else declaration.shape
    batched = takes_rows(declaration)
    cell = tuple(array.shape[1:])
    if shape is not None:
        sizes = shape[1:] if batched else shape
        if cell in ((), (1,)) and len(sizes) <= 1 and all(size == 1 or isinstance(size, str) for size in sizes):
            cell = (1,) * len(sizes)
        elif len(cell) != len(sizes) or any(
            isinstance(size, int) and size != there for size, there in zip(sizes, cell, strict=True)
        ):
            wanted = ", ".join(map(str, ("rows", *sizes)))
            raise DataError(f"{name} has shape {list(array.shape)} instead of [{wanted}]", where, name=name)
    return FedInput(name, array.reshape(len(array), *cell), batched, shape is not None and not batched, (name,))


def _meant(name: str, names: Collection[str]) -> str | None:
    near = closest(name, names)
    return f"did you mean {near}?" if near else f"it has {listed(names)}" if names else None
