"""From what a user asks of a run to its plan: how long it goes on, and what it sees of the data in each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .batches import Batches
from .condition import condition
from .loop import Plan
from .problem import Wanted
from .stopping import stopping

if TYPE_CHECKING:
    from ..tables import DataTable

# Steps without data, when the user does not say; more of them when something else is meant to end the run.
USUAL_STEPS, UNTIL, WHOLE = 100, 1000, 100


class Run(NamedTuple):
    """How long, and over which rows; `until` and `early_stopping` as they are written. batch_size 0 takes all rows."""

    steps: int | None = None
    until: str | None = None
    epochs: int | None = None
    batch_size: int = 32
    shuffle: bool = True
    seed: int = 0
    validation_freq: int = 1
    early_stopping: str | None = None


def planned(wanted: Wanted, run: Run, table: DataTable | None = None, validation: DataTable | None = None) -> Plan:
    """The plan of a run; DiagnosticError says what is wrong with a condition."""
    until = condition("--until", run.until) if run.until is not None else None
    whole = wanted.chosen.optimizer.variant == "scipy"
    if table is None or whole:
        usual = USUAL_STEPS * (UNTIL if until is not None else WHOLE if whole else 1)
        batches = None if table is None else Batches(table.rows, table.rows)
        return Plan(wanted, usual if run.steps is None else run.steps, until=until, table=table, batches=batches)
    size = min(run.batch_size, table.rows) or table.rows
    return Plan(
        wanted,
        run.steps,
        1 if run.epochs is None and run.steps is None else run.epochs,
        until,
        table,
        Batches(table.rows, size, run.shuffle, run.seed),
        validation,
        run.validation_freq,
        stopping(run.early_stopping) if run.early_stopping is not None else None,
    )
