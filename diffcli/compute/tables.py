"""A whole data file in memory, as the arrays that feed a program: for what goes over its rows again and again.

The rule of feeding: an input whose first size is a letter or `?` takes the rows along that axis (`input X: [n, 9]` from the
columns X_0 … X_8 or a list column, `input t: [n]` and `[n, 1]` from one column); any other input that a column feeds differs from row
to row. Names that `--at` gives are fed by no column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..data import Block, Fault, FormatError, Settings, open_reader
from ..diagnostic import closest
from ..engine.graph import Graph
from ..engine.op import leaf
from ..lang.ast import Declaration
from ..lang.model import Leaf, Model
from .load import load, name_of
from .question import zeros
from .request import Request
from .rowdata.condition import condition
from .rowdata.feeding import numbers_of
from .rowdata.inputs import Feed, Table, beside, declarations, feed_of, listed, table_of
from .rowdata.opening import Again, Job
from .rowdata.pipeline import first
from .rowdata.sampling import sampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class FedInput(NamedTuple):
    """A declared input and its numbers in all rows, float64 of shape (rows, *cell).

    batched: the first axis of the input takes the rows, so its shape is (rows, *cell); else the input has the shape of a cell and
    differs from row to row · sized: its declaration states its sizes · columns: of the data, those that feed it
    """

    name: str
    values: Array
    batched: bool
    sized: bool
    columns: tuple[str, ...]

    @property
    def cell(self) -> tuple[int, ...]:
        """The shape in one row."""
        return tuple(self.values.shape[1:])


class DataTable(NamedTuple):
    """All rows of a data file: what feeds the program, and the other columns that were asked for.

    where: the data's name in messages · columns: its columns as the program's names see them · skipped: how many bad rows were left
    out, the first of them in `faults` · notes: what a user has to know
    """

    rows: int
    inputs: tuple[FedInput, ...]
    others: Mapping[str, Array]
    where: str
    columns: Table
    skipped: int = 0
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    def input(self, name: str) -> FedInput | None:
        """The input of this name, None when no column feeds it."""
        return next((each for each in self.inputs if each.name == name), None)


class _Plan(NamedTuple):
    """How a column feeds an input: the feed of a cell, the shape of the cell, and how the rows come in."""

    feed: Feed
    cell: tuple[int, ...]
    batched: bool
    sized: bool


def read_table(job: Job, others: Sequence[str] = (), optional: Collection[str] = ()) -> DataTable:
    """Read the data of a job whole: its paths, format, stream, mapping, rows, where, sample and on_error count.

    others: columns that must be there and are read as numbers · optional: the same where they are there; both by the names that
    `--map` gives, a column or those of the elements name_0, name_1, …. DataError (a cell, a file) and FormatError (the request) say
    what is wrong.
    """
    if job.arrays is not None:
        from .arrays import table_of_arrays

        return table_of_arrays(job, job.arrays, others, optional)
    stream = Again(job)
    reader = open_reader(job.paths, job.format, settings=Settings(stream.first(), ()))
    reader.close()
    table = table_of(reader.fields, job.mapping, job.where_from)
    plans, notes = _planned(job, table, {*others, *optional})
    extra = {name: _feed_of_column(table, name_of(name)) for name in others}
    extra |= {name: _feed_of_column(table, name) for name in optional if _has(table, name) and name not in extra}
    feeds = [*(each.feed for each in plans), *extra.values()]
    test = None if job.where is None else condition(job.where, reader.fields, job.mapping, job.where_from)
    wanted = [column for feed in (*feeds, *(test.feeds if test else ())) for column in feed.columns]
    reader = open_reader(job.paths, job.format, list(dict.fromkeys(wanted)), Settings(stream.second(), ()))
    rows = _Rows(job, feeds, None if test is None else (test.feeds, test.compiled()))
    try:
        arrays = rows.read(reader.blocks(*job.rows))
    finally:
        reader.close()
    inputs = tuple(
        FedInput(plan.feed.name, array.reshape(rows.count, *plan.cell), plan.batched, plan.sized, plan.feed.columns)
        for plan, array in zip(plans, arrays, strict=False)
    )
    found = dict(zip(extra, arrays[len(plans) :], strict=True))
    told = tuple(first(rows.faults))
    return DataTable(rows.count, inputs, found, job.where_from, table, rows.bad, told, tuple(notes))


def sized(request: Request, table: DataTable, rows: int) -> Request:
    """The request for a model of so many rows: zeros of the right shape stand in for the inputs whose sizes the data gives."""
    added = []
    for each in table.inputs:
        if each.batched:
            added.append((each.name, f"zeros({[rows, *each.cell]})"))
        elif not each.sized:
            added.append((each.name, str(zeros(each.cell))))
    added += [(name, f"zeros({[rows, *cell]})") for name, cell in beside(request, table.columns).items()]
    return request._replace(at=(*request.at, *added))


def model_of(request: Request, table: DataTable, rows: int) -> Model:
    """The model on so many rows. Inputs that go with the rows, but have no column, have no value either."""
    model = load(sized(request, table, rows))
    for name in beside(request, table.columns):
        model.leaves[name] = replace(model.leaves[name], value=None)
    return model


def _planned(job: Job, table: Table, others: Collection[str]) -> tuple[list[_Plan], list[str]]:
    """Which inputs are fed, and what is to be said of the columns that feed none; `others` may be mapped, too."""
    request = job.request
    declared = declarations(request)
    given = {name_of(name) for name, _ in request.at}
    mapped = {name_of(name) for name, _ in job.mapping}
    plans, notes = [], []
    for name, _ in job.mapping:
        if name_of(name) in given:
            raise FormatError(f"--map and --at both give `{name}`", "leave one of them out")
        if name_of(name) not in declared and name_of(name) not in others:
            near = closest(name, [*declared, *others])
            hint = f"did you mean {near}?" if near else f"it has {listed(declared)}" if declared else None
            raise FormatError(f"--map: {request.source.name} has no input `{name}`", hint)
    for name, declaration in declared.items():
        if name in given:
            continue
        if declaration is not None and declaration.kind != "input":
            if name in mapped:
                raise FormatError(f"--map: `{name}` is a {declaration.kind}, which no column feeds", "declare an input")
            if table.column(name) is not None:
                notes.append(f"column {table.fields[name].name} is not used: `{name}` is a {declaration.kind}")
            continue
        plan = _plan(request, name, declaration, table, name in mapped)
        if plan is not None:
            plans.append(plan)
    return plans, notes


def takes_rows(declaration: Declaration | None) -> bool:
    """Whether an input takes all rows along its first axis."""
    shape = None if declaration is None else declaration.shape
    return bool(shape) and isinstance((shape or (1,))[0], str)


def _plan(request: Request, name: str, declaration: Declaration | None, table: Table, mapped: bool) -> _Plan | None:
    """How columns feed an input, None when there are none for it."""
    shape = None if declaration is None else declaration.shape
    batched = takes_rows(declaration)
    field = table.column(name)
    cell = _cell(declaration, table, name, (shape or ())[1:] if batched else shape)
    flat = cell == (1,) and field is not None and not field.kind.startswith("list")
    node = leaf(Graph(), name, "input", () if flat else cell)
    start, end = (0, 0) if declaration is None else (declaration.start, declaration.end)
    feed = feed_of(Leaf(name, "input", node, None, (request.source, start, end)), table, mapped)
    return None if feed is None else _Plan(feed, cell, batched, shape is not None and not batched)


def _cell(
    declaration: Declaration | None, table: Table, name: str, sizes: tuple[int | str, ...] | None
) -> tuple[int, ...]:
    """The shape of an input in one row; sizes that are letters, or none at all, are those of the columns."""
    found = table.shape(name)
    if sizes is None:
        # A number beside an input is the default of a scalar; the columns name_0, name_1 are then something else.
        bare = declaration is None or declaration.value is None or table.column(name) is not None
        return (found or ()) if bare else ()
    if all(isinstance(size, int) for size in sizes):
        return tuple(int(size) for size in sizes)
    if found is None and len(sizes) == 1 and table.column(name) is not None:
        found = (1,)
    if found is None or len(found) != len(sizes):
        return tuple(size if isinstance(size, int) else 1 for size in sizes)
    return tuple(size if isinstance(size, int) else width for size, width in zip(sizes, found, strict=True))


def _has(table: Table, name: str) -> bool:
    """Whether there is a column of this name, or columns of the elements of it."""
    return table.column(name) is not None or table.shape(name) is not None


def _feed_of_column(table: Table, name: str) -> Feed:
    """A column of numbers that need not feed an input, or the columns of its elements; FormatError where there is none."""
    field, shape = table.column(name), table.shape(name)
    if field is not None:
        return Feed(name, leaf(Graph(), name, "input", shape or ()), (field.name,), bool(shape))
    if shape is not None:
        columns = tuple(table.groups[name][place].name for place in product(*map(range, shape)))
        return Feed(name, leaf(Graph(), name, "input", shape), columns)
    near = closest(name, table.fields)
    hint = f"did you mean {near}?" if near else f"it has {listed(table.fields)}"
    raise FormatError(f"{table.where} has no column `{name}`", hint)


class _Rows:
    """The rows that are chosen, as they are read: arrays of the feeds, and the faults of rows that are left out."""

    def __init__(self, job: Job, feeds: Sequence[Feed], test: tuple[Sequence[Feed], Any] | None) -> None:
        self.job, self.feeds, self.test = job, feeds, test
        self.faults: list[Fault] = []
        self.bad = self.count = 0

    def read(self, blocks: Iterator[Block]) -> list[Array]:
        """An array per feed over all blocks."""
        pieces: list[list[Array]] = [[np.empty((0, *_sizes(feed)))] for feed in self.feeds]
        kept = self._chosen(blocks)
        for block in kept if self.job.sample is None else sampled(kept, self.job.sample, self.job.seed):
            arrays, good = self._good(block, self.feeds)
            self.count += int(np.count_nonzero(good))
            for piece, array in zip(pieces, arrays, strict=True):
                piece.append(array[good])
        return [np.concatenate(piece) for piece in pieces]

    def _chosen(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The rows for which the condition holds."""
        for block in blocks:
            if self.test is None:
                yield block
                continue
            feeds, program = self.test
            arrays, good = self._good(block, feeds)
            if block.count:
                yield block.take(good & program.run(arrays)[0].astype(bool))

    def _good(self, block: Block, feeds: Sequence[Feed]) -> tuple[list[Array], NDArray[np.bool_]]:
        """The numbers of a block, and the rows that have them all; a bad row ends the reading unless it may be skipped."""
        found = numbers_of(block, feeds)
        if found.faults and self.job.on_error == "fail":
            error = found.faults[0].error()
            error.help = "--on-error skip leaves such rows out"
            raise error
        self.faults += first(found.faults)
        self.bad += len(found.faults)
        bad = found.bad(block.count)
        return found.arrays, np.ones(block.count, bool) if bad is None else ~bad


def _sizes(feed: Feed) -> tuple[int, ...]:
    """The sizes of a cell; each is known."""
    return tuple(size for size in feed.node.shape if isinstance(size, int))
