"""The loss, the metrics and the gradients at given variables, over a whole table or at the file's own values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .batches import Batches, data_of
from .evaluation import Evaluation, evaluation
from .problem import Problem

if TYPE_CHECKING:
    from ..tables import DataTable


class Sums(NamedTuple):
    """Sums over rows: of the loss and the metrics, each weighed with the rows of its batch."""

    rows: int = 0
    totals: tuple[float, ...] = ()

    def added(self, values: Sequence[Any], rows: int) -> Sums:
        """With one more batch."""
        totals = self.totals or (0.0,) * len(values)
        return Sums(self.rows + rows, tuple(a + rows * float(b) for a, b in zip(totals, values, strict=True)))

    @property
    def means(self) -> tuple[float, ...]:
        """The means over the rows."""
        return tuple(each / self.rows for each in self.totals)


class Measures:
    """Programs for values at any state, made once for each number of rows.

    problem: the problem on so many rows · size: the most rows that are taken at a time
    """

    def __init__(self, problem: Callable[[int], Problem], size: int) -> None:
        self.problem = problem
        self.size = size
        self.evaluations: dict[tuple[int, bool], Evaluation] = {}

    def at(
        self, found: Problem, state: Sequence[Any], table: DataTable | None, rows: Any, gradients: bool = False
    ) -> Sequence[Any]:
        """The loss and the metrics of a problem, and its gradients where they are asked for; `state` starts with the variables."""
        key = id(found), gradients
        if key not in self.evaluations:
            targets = [found.step.loss, *found.step.watched, *(found.step.gradients if gradients else ())]
            inputs = [*found.step.variables, *found.step.data]
            self.evaluations[key] = evaluation(targets, inputs, found.dtype, found.strict)
        return self.evaluations[key]([*state[: len(found.variables)], *data_of(found, table, rows)])

    def over(self, table: DataTable, state: Sequence[Any]) -> tuple[float, ...]:
        """The loss and the metrics over all rows of a table: means over batches, weighed with their rows."""
        sums = Sums()
        for rows in self._all(table):
            found = self.problem(len(rows))
            sums = sums.added(self.at(found, state, table, rows)[: 1 + len(found.metrics)], len(rows))
        return sums.means

    def gradients(self, table: DataTable | None, state: Sequence[Any]) -> list[Any]:
        """The loss, the metrics and the gradients over all the data."""
        if table is None:
            values_there = self.at(self.problem(0), state, None, (), True)
            return [each.copy() if hasattr(each, "copy") else each for each in values_there]
        import numpy as np

        found: list[Any] = []
        for rows in self._all(table):
            values = self.at(self.problem(len(rows)), state, table, rows, True)
            parts = [len(rows) / table.rows * np.asarray(each) for each in values]
            found = parts if not found else [a + b for a, b in zip(found, parts, strict=True)]
        return found

    def _all(self, table: DataTable) -> Any:
        return Batches(table.rows, min(self.size, max(table.rows, 1)), shuffle=False).of(0)
