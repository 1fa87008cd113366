"""From a block of rows to what a program takes and gives: numbers of columns with their faults, and results by column."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data import Block, DataError, Fault
from ...engine.graph import Node
from ...engine.shape import known
from ..question import guarded
from ..values import shortest_single
from .inputs import Feed
from .plan import RowPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Mask = NDArray[np.bool_]


class Numbers(NamedTuple):
    """What feeds a program in the rows of a block: an array per declared name, the first fault of each bad row."""

    arrays: list[Array]
    faults: list[Fault]

    def bad(self, count: int) -> Mask | None:
        """The rows with a fault, None without any."""
        if not self.faults:
            return None
        mask = np.zeros(count, bool)
        mask[[fault.row for fault in self.faults]] = True
        return mask


def numbers_of(block: Block, feeds: Sequence[Feed]) -> Numbers:
    """The numbers that feed a program; rows that are no rows are at fault as they are."""
    faults = {fault.row: fault for fault in reversed(block.faults)}
    arrays = []
    for feed in feeds:
        found = []
        for column in feed.columns:
            values, wrong = block.numbers(column)
            found.append(values)
            for fault in wrong:
                faults.setdefault(fault.row, fault)
        arrays.append(_shaped(found, feed, block))
    return Numbers(arrays, sorted(faults.values(), key=lambda fault: fault.row))


def _shaped(found: Sequence[Array], feed: Feed, block: Block) -> Array:
    """The values of a declared name in each row, from one column or from its elements."""
    sizes = sizes_of(feed.node)
    if len(found) > 1:
        return np.stack(found, axis=1).reshape(block.count, *sizes)
    if prod(found[0].shape[1:]) != prod(sizes):
        wide = found[0].shape[1] if found[0].ndim > 1 else 1
        raise DataError(
            f"column {feed.columns[0]} has {wide} numbers a row, but `{feed.name}` takes {prod(sizes)}",
            block.place(0).file,
            name=feed.columns[0],
        )
    return found[0].reshape(block.count, *sizes)


def sizes_of(node: Node) -> tuple[int, ...]:
    """The sizes of a node's axes, which are known by now."""
    sizes = known(node.shape)
    assert sizes is not None
    return sizes


def results_of(plan: RowPlan, program: Any, arrays: Sequence[Array], count: int) -> dict[str, Array | None]:
    """The columns of the result; None for those that are empty in every row."""
    if count:
        values = guarded(plan.question, lambda: program.run(arrays, plan.fixed))
    else:
        values = [np.empty((0, *sizes_of(node))) for node in plan.targets]
    flat = [each.reshape(count, -1) if each.ndim != 1 else each for each in values]
    single = plan.dtype == "float32"
    columns: dict[str, Array | None] = {}
    for output in plan.outputs:
        if output.target is None:
            columns[output.name] = np.zeros(count) if plan.request.unconnected == "zero" else None
            continue
        array = flat[output.target]
        columns[output.name] = _typed(array if array.ndim == 1 else array[:, output.place], output.kind, single)
    return columns


def _typed(values: Array, kind: str, single: bool) -> Array:
    """The values of a column in its type; float32 as the doubles with the same shortest text."""
    if kind == "bool":
        return values.astype(bool)
    if single and values.dtype == np.float32:
        return _widened(values)
    return np.ascontiguousarray(values)


def _widened(values: Array) -> Array:
    distinct, places = np.unique(values.view(np.uint32), return_inverse=True)
    texts = [shortest_single(value) for value in distinct.view(np.float32).tolist()]
    return np.array(texts, np.float64)[places.reshape(-1)]
