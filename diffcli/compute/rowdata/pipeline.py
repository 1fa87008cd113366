"""The pipeline: rows are read ahead, computed on several cores, and handed on in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data import Block, Fault, ahead
from .condition import Condition
from .feeding import numbers_of, results_of
from .plan import RowPlan
from .sampling import sampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of bad rows so many are told with their place and value.
TOLD = 10


class Choice(NamedTuple):
    """Which rows are computed, and what happens to those that cannot be: fail, skip or null."""

    where: Condition | None = None
    sample: int | None = None
    seed: int = 0
    on_error: str = "fail"


class Done(NamedTuple):
    """Computed rows: a block, the columns of the result (None: empty everywhere), the rows without a result, and faults.

    read: the rows of the input that it took · bad: how many of them are at fault; `faults` are the first of these ·
    statuses: in how many rows a result is nan, inf, zero or none ·
    made: the rows as the writer takes them
    """

    block: Block
    columns: Mapping[str, Any]
    empty: NDArray[np.bool_] | None
    faults: list[Fault]
    bad: int
    read: int
    statuses: Mapping[str, int]
    made: Any = None


class BadRow(Exception):
    """A row that cannot be used, where that ends the run."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Chosen(NamedTuple):
    """Rows on their way: what is left of a block, the first faults so far, how many there are, how many rows were read."""

    block: Block
    faults: list[Fault]
    bad: int
    read: int


class Pipeline:
    """A program, compiled, with the choice of rows; `jobs` 1 does one thing after the other."""

    def __init__(self, plan: RowPlan, choice: Choice, jobs: int = 1, wanted: frozenset[str] = frozenset()) -> None:
        self.plan, self.choice, self.jobs, self.wanted = plan, choice, jobs, wanted
        self.program = plan.compiled()
        self.filter = choice.where.compiled() if choice.where is not None else None

    def run(self, blocks: Iterable[Block], finish: Callable[[Done], Done] | None = None) -> Iterator[Done]:
        """The computed rows in the order of the input; what is to `finish` them is done where they are computed."""
        sampling = self.choice.sample is not None
        items: Iterable[Any] = self._sampled(blocks) if sampling else blocks
        compute: Callable[[Any], Done] = self.computed if sampling else self._whole

        def work(item: Any) -> Done:
            return compute(item) if finish is None else finish(compute(item))

        if self.jobs == 1:
            yield from map(work, items)
            return
        with closing(ahead(items)) as source, ThreadPoolExecutor(self.jobs) as pool:
            yield from _ordered(source, work, pool, self.jobs)

    def _whole(self, block: Block) -> Done:
        return self.computed(self.chosen(block))

    def _sampled(self, blocks: Iterable[Block]) -> Iterator[Chosen]:
        """The sample of the rows that are chosen; what is wrong with the others is told with the first of them."""
        before: list[Fault] = []
        bad = read = 0

        def rows() -> Iterator[Block]:
            nonlocal bad, read
            for block in blocks:
                chosen = self.chosen(block)
                before.extend(chosen.faults)
                bad, read = bad + chosen.bad, read + chosen.read
                yield chosen.block

        for block in sampled(rows(), self.choice.sample or 0, self.choice.seed):
            yield Chosen(block, before, bad, read)
            before, bad, read = [], 0, 0

    def chosen(self, block: Block) -> Chosen:
        """The rows for which the condition holds; those where it has no value are at fault, and so left out."""
        read = block.count
        where = self.choice.where
        if where is None or self.filter is None:
            return Chosen(block, [], 0, read)
        found = numbers_of(block, where.feeds)
        bad = found.bad(block.count)
        if bad is not None and self.choice.on_error == "fail":
            raise BadRow(found.faults[0])
        keep = self.filter.run(found.arrays)[0].astype(bool) if block.count else np.zeros(0, bool)
        if bad is not None:
            keep &= ~bad
        return Chosen(block.take(keep), first(found.faults), len(found.faults), read)

    def computed(self, chosen: Chosen) -> Done:
        """The results of rows."""
        block, faults, on_error = chosen.block, chosen.faults, self.choice.on_error
        found = numbers_of(block, self.plan.feeds)
        empty = found.bad(block.count)
        arrays = found.arrays
        if empty is not None:
            if on_error == "fail":
                raise BadRow(found.faults[0])
            faults = sorted([*faults, *first(found.faults)], key=lambda fault: fault.place.row)
            gone = empty
            if on_error == "null":  # rows that are no rows cannot be written
                gone = np.zeros(block.count, bool)
                gone[[fault.row for fault in block.faults]] = True
            if gone.any():
                block, arrays, empty = block.take(~gone), [each[~gone] for each in arrays], empty[~gone]
            if not empty.any():
                empty = None
        columns = results_of(self.plan, self.program, arrays, block.count)
        counts = statuses(self.plan, columns, block.count, empty, self.wanted)
        return Done(block, columns, empty, faults, chosen.bad + len(found.faults), chosen.read, counts)


def first(faults: list[Fault]) -> list[Fault]:
    """The first faults, their places looked up while the block is there."""
    for fault in faults[:TOLD]:
        _ = fault.place
    return faults[:TOLD]


def _ordered(source: Iterator[Any], work: Callable[[Any], Done], pool: ThreadPoolExecutor, jobs: int) -> Iterator[Done]:
    """What the work makes of each item, in order, some items at a time."""
    waiting: deque[Future[Done]] = deque()
    try:
        for item in source:
            waiting.append(pool.submit(work, item))
            if len(waiting) > jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def statuses(
    plan: RowPlan, columns: Mapping[str, Any], count: int, empty: NDArray[np.bool_] | None, wanted: frozenset[str]
) -> dict[str, int]:
    """In how many rows a derivative (a value where there are none) is nan, inf, zero or none, of those wanted."""
    if not wanted:
        return {}
    grouped: dict[tuple[int, str], list[Any]] = {}
    derived = any(output.group >= 0 for output in plan.outputs)
    for output in plan.outputs:
        if (output.group >= 0) == derived:
            value = output.name if not derived else ""
            grouped.setdefault((output.group, value), []).append(columns[output.name])
    rows = {status: np.zeros(count, bool) for status in wanted}
    for group in grouped.values():
        if any(each is None for each in group):
            here = {"none": np.ones(count, bool)}
        else:
            nan = np.any([np.isnan(each) for each in group], axis=0)
            here = {
                "nan": nan,
                "inf": ~nan & np.any([np.isinf(each) for each in group], axis=0),
                "zero": np.all([each == 0 for each in group], axis=0),
            }
        for status in wanted & here.keys():
            rows[status] |= here[status]
    valid = slice(None) if empty is None else ~empty
    return {status: int(np.count_nonzero(mask[valid])) for status, mask in rows.items()}
