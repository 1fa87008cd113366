"""Running a job: computed rows into a file or stream, with what is to be told about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ...data import Behind, DataError, Fault, Field, FormatError, Settings, Writer, open_writer
from ...results_reduce import ReduceResult
from .opening import Opened
from .pipeline import TOLD, Done
from .plan import RowPlan

Report = Callable[["Totals"], None]


@dataclass(slots=True)
class Totals:
    """What there is to tell about the rows so far: how many were read, computed and at fault, and the first of these."""

    read: int = 0
    computed: int = 0
    bad: int = 0
    faults: list[Fault] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, done: Done) -> None:
        """Count some rows."""
        self.read += done.read
        self.computed += done.block.count
        self.bad += done.bad
        self.faults += done.faults[: TOLD - len(self.faults)]
        self.statuses.update(done.statuses)

    def merge(self, other: Totals) -> None:
        """Count what was counted before."""
        self.read, self.computed, self.bad = (
            self.read + other.read,
            self.computed + other.computed,
            self.bad + other.bad,
        )
        self.faults += other.faults[: TOLD - len(self.faults)]
        self.statuses.update(other.statuses)


def added_fields(opened: Opened) -> list[Field]:
    """The columns of the result; DataError where the data has one of the same name."""
    own = {each.name for each in opened.fields}
    for output in opened.plan.outputs:
        if output.name in own:
            raise FormatError(f"the data has a column {output.name} already", "--only drops the columns of the data")
    return [Field(output.name, output.kind) for output in opened.plan.outputs]


def write_rows(opened: Opened, target: str | BinaryIO, format: str | None, totals: Totals, report: Report) -> None:
    """Compute all rows and write them in order; a file appears under its name only when it is complete."""
    added = added_fields(opened)
    with open_writer(target, format, opened.fields, added, Settings()) as writer:
        consume(
            opened,
            opened.blocks(),
            lambda done: writer.put(done.made),
            totals,
            report,
            lambda done: made(opened.plan, writer, done),
        )


def made(plan: RowPlan, writer: Writer, done: Done) -> Done:
    """Computed rows as the writer takes them."""
    return done._replace(made=writer.made(done.block, in_types(plan, done), done.empty), columns={})


def in_types(plan: RowPlan, done: Done) -> Mapping[str, Any]:
    """The columns as they are written: whole numbers as such."""
    whole = [output.name for output in plan.outputs if output.kind == "int" and output.target is not None]
    return done.columns if not whole else {**done.columns, **{name: whole_numbers(name, done) for name in whole}}


def whole_numbers(name: str, done: Done) -> Any:
    """A column of whole numbers as 64-bit integers; DataError for what is none of them."""
    import numpy as np

    values = done.columns[name]
    wrong = ~(np.abs(values) < 2.0**63)
    if done.empty is not None:
        wrong &= ~done.empty
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        place = done.block.place(row)
        message = f"{name} is {values[row]} here, which no whole number is"
        raise DataError(message, place.file, place=place, help="--where leaves such rows out, float(…) allows them")
    return np.where(np.abs(values) < 2.0**63, values, 0.0).astype(np.int64)


def reduce_rows(opened: Opened, asked: Sequence[str], totals: Totals, report: Report) -> ReduceResult:
    """Compute all rows and write none: what they come to, column by column."""
    from .reduce import Reduction

    zero = opened.plan.request.unconnected == "zero"
    names = [output.name for output in opened.plan.outputs if output.target is not None or zero]
    reduction = Reduction(names, asked)
    consume(opened, opened.blocks(), reduction.add, totals, report)
    return reduced(opened, reduction, asked, totals)


def reduced(opened: Opened, reduction: Any, asked: Sequence[str], totals: Totals) -> ReduceResult:
    """The result of a reduction."""
    question = opened.plan.question
    return ReduceResult(
        question.request.source.name,
        question.semantics,
        opened.job.names,
        totals.read,
        totals.bad,
        tuple(asked),
        tuple(reduction.rows()),
    )


def consume(
    opened: Opened,
    blocks: Any,
    put: Callable[[Done], object],
    totals: Totals,
    report: Report,
    finish: Callable[[Done], Done] | None = None,
) -> None:
    """Compute and finish blocks and hand each on, behind the computing where there is more than one job."""
    overlapped = opened.job.jobs > 1
    with Behind(put) if overlapped else nullcontext() as behind:
        for done in opened.pipeline.run(blocks, finish):
            if behind is not None:
                behind.put(done)
            else:
                put(done)
            totals.add(done)
            report(totals)
