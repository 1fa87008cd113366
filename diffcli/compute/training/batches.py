"""Mini-batches of a table: which rows come when, and the arrays that they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...engine.shape import text
from .problem import Problem

if TYPE_CHECKING:
    from ..tables import DataTable


class Batches(NamedTuple):
    """How the rows of a table are dealt out: so many at a time, in an order that the seed decides for each epoch."""

    rows: int
    size: int
    shuffle: bool = True
    seed: int = 0

    @property
    def per_epoch(self) -> int:
        """How many batches an epoch has; the last may be smaller."""
        return -(-self.rows // self.size)

    def order(self, epoch: int) -> Any:
        """The rows of an epoch in their order. It depends on the seed and the epoch alone, so any epoch can be entered."""
        if not self.shuffle or self.size >= self.rows:  # where all rows are one batch, their order is nothing
            return range(self.rows)
        import numpy as np

        seed = self.seed if self.seed >= 0 else self.seed % 2**64
        return np.random.Generator(np.random.PCG64([seed, epoch])).permutation(self.rows)

    def of(self, epoch: int, first: int = 0) -> Iterator[Any]:
        """The rows of each batch of an epoch, from batch `first` on: a range where they follow each other."""
        order = self.order(epoch)
        for place in range(first, self.per_epoch):
            yield order[place * self.size : (place + 1) * self.size]


def converted(table: DataTable, dtype: str) -> DataTable:
    """The table in the numbers that are computed with."""
    import numpy as np

    inputs = tuple(each._replace(values=np.ascontiguousarray(each.values, dtype)) for each in table.inputs)
    return table._replace(inputs=inputs)


def demand_alike(names: Sequence[str], table: DataTable, other: DataTable) -> None:
    """Refuses another table that does not feed these inputs as the first one does."""
    from ...data import DataError

    for name in names:
        first, second = table.input(name), other.input(name)
        assert first is not None
        if second is None:
            columns = ", ".join(first.columns[:3]) + (", …" if len(first.columns) > 3 else "")
            raise DataError(f"it has no column for `{name}`", other.where, help=f"{table.where} has {columns}")
        if second.cell != first.cell:
            shapes = f"{text(second.cell)} in each row, and {text(first.cell)} in those of {table.where}"
            raise DataError(f"`{name}` has shape {shapes}", other.where)


def not_finite(table: DataTable) -> dict[str, int]:
    """In how many rows an input is NaN or infinite, of those that are so in any."""
    import numpy as np

    counts = {
        each.name: int(np.count_nonzero(~np.isfinite(each.values).reshape(table.rows, -1).all(axis=1)))
        for each in table.inputs
    }
    return {name: count for name, count in counts.items() if count}


def split(table: DataTable, share: float) -> tuple[DataTable, DataTable]:
    """The first rows to train on, and the last ones, this share of all, to validate with (as Keras splits)."""
    first = int(table.rows * (1.0 - share))
    return part(table, slice(0, first), first), part(table, slice(first, None), table.rows - first)


def part(table: DataTable, rows: slice, count: int) -> DataTable:
    """Some rows of a table."""
    inputs = tuple(each._replace(values=each.values[rows]) for each in table.inputs)
    others = {name: values[rows] for name, values in table.others.items()}
    return table._replace(rows=count, inputs=inputs, others=others)


def data_of(problem: Problem, table: DataTable | None, rows: Any) -> Sequence[Any]:
    """The values of a problem's data: those of some rows of the table, then what stays as it is."""
    if table is None:
        return problem.fixed
    found = []
    for name in problem.fed:
        each = table.input(name)
        assert each is not None
        if each.batched or len(rows) > 1:
            found.append(each.values[rows.start : rows.stop] if isinstance(rows, range) else each.values[rows])
        elif each.cell:
            found.append(each.values[rows[0]])
        else:
            found.append(float(each.values[rows[0]]))
    return [*found, *problem.fixed]
