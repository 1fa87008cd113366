"""What `minimize` returns: the variables with their last gradients, how the run ended, and its history.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from math import hypot
from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Column, Result, Section, columns_of, numbers, section
from diffcli.rows import Reason

Shape = tuple[int | str, ...]
# Tables show so many turns of a history at the most, spread evenly; documents have all of them.
SHOWN = 12
# A tensor of more numbers is shown by its length.
LARGEST = 6


class VariableRow(NamedTuple):
    """A variable after the run, and the gradient of the loss there."""

    name: str
    shape: Shape
    value: Any
    gradient: Any
    status: str


class SkippedRow(NamedTuple):
    """A variable without a gradient: it kept its value."""

    name: str
    reason: Reason


class PairRow(NamedTuple):
    """One pair of compute_gradients in one step: the gradient before and after clipping, and the variable it is for."""

    step: int
    name: str
    variable: Any
    gradient: Any
    applied: Any


class MinimizeFields(NamedTuple):
    file: str
    semantics: str
    loss_name: str
    optimizer: dict[str, Any]
    steps: int
    converged: bool
    why_stopped: str
    loss: float
    metrics: dict[str, float]
    variables: tuple[VariableRow, ...]
    skipped: tuple[SkippedRow, ...]
    history: tuple[dict[str, Any], ...]
    epochs: dict[str, list[Any]]
    diagnostics: tuple[Diagnostic, ...] = ()


class MinimizeResult(MinimizeFields, Result):
    """The end of a training and the way there.

    history: the state before each step that was kept, then the last one · epochs: a list per number that Keras keeps, such
    as loss and val_loss, with `epoch` (from 0) beside them; empty without data
    """

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/minimize/1", "variables", "Variables"
    TEXTS = frozenset(("file", "semantics", "loss_name", "optimizer", "steps", "converged", "why_stopped", "loss"))
    COLUMNS = columns_of("name=variable", "shape", "value", "gradient", "status")
    PLAIN = ("name", "value")
    SKIPPED = columns_of("name=variable", "reason", "note=why it kept its value")
    PAIRS = columns_of("step", "name=variable", "variable=value", "gradient", "applied")

    def heading(self) -> str:
        """The file, the optimizer, and how the run ended."""
        if self.optimizer is None:
            return self.file
        name, rate = self.optimizer["name"], self.optimizer["learning_rate"]
        rate = rate.get("schedule", "changing") if isinstance(rate, dict) else f"{rate:g}" if rate is not None else ""
        how = " · ".join(filter(None, (self.file, f"{name} ({self.optimizer['variant']})", rate and f"rate: {rate}")))
        numbers = ", ".join(
            f"{name} = {value:.8g}" for name, value in {self.loss_name: self.loss, **self.metrics}.items()
        )
        return f"{how}\n{numbers} · {self.why_stopped}"

    def sections(self) -> tuple[Section, ...]:
        """Variables, then what was skipped, the epochs, and the pairs of gradient and variable where there are any."""
        short = [row._replace(value=shortened(row.value), gradient=shortened(row.gradient)) for row in self.variables]
        found = [section(self.TITLE, self.COLUMNS, short, self.file, "none")]
        if self.skipped:
            rows = [(each.name, each.reason.code, _why(each.reason)) for each in self.skipped]
            found.append(Section("Skipped: no gradient", self.SKIPPED, tuple(rows), ""))
        if self.epochs:
            found.append(self._epochs())
        pairs = self.pairs()
        if pairs:
            found.append(section("Gradients, variables", self.PAIRS, pairs, self.file, ""))
        return tuple(found)

    def _epochs(self) -> Section:
        columns = tuple(Column(name, name) for name in self.epochs)
        rows = list(zip(*self.epochs.values(), strict=True))
        title = "Epochs" if len(rows) <= SHOWN else f"Epochs ({SHOWN} of {len(rows)})"
        # Keras prints epochs from 1 and keeps them from 0; a person reads the table.
        shown = [(row[0] + 1, *map(_readable, row[1:])) for row in spread(rows)]
        return Section(title, columns, tuple(shown), "none")

    def pairs(self) -> list[PairRow]:
        """The pairs of each step of the history that has gradients, where they were asked to be shown."""
        return [
            PairRow(turn["step"], name, turn["variables"][name], gradient, turn["applied"][name])
            for turn in self.history
            if turn.get("shown")
            for name, gradient in turn["gradients"].items()
        ]

    def as_dict(self) -> dict[str, Any]:
        """The document as JSON has it."""
        found = Result.as_dict(self)
        found["history"] = [{key: each for key, each in turn.items() if key != "shown"} for turn in self.history]
        return found


def shortened(value: Any) -> Any:
    """A value as a table shows it: a tensor of many numbers by its length, since nobody reads them there."""
    if not isinstance(value, list):
        return value
    found = list(numbers(value))
    if len(found) <= LARGEST:
        return value
    return f"{len(found):,} numbers, norm {hypot(*found):.6g}"


def _readable(value: float | None) -> float | str:
    """A number of an epoch in as many digits as a person compares; documents and --history-file have all of them."""
    return "" if value is None else float(f"{value:.8g}")


def _why(reason: Reason) -> str:
    return f"{reason.message}; {reason.hint}" if reason.hint else reason.message


def spread(rows: list[Any]) -> list[Any]:
    """At most so many of the rows, evenly, the first and the last among them."""
    if len(rows) <= SHOWN:
        return rows
    return [rows[round(place * (len(rows) - 1) / (SHOWN - 1))] for place in range(SHOWN)]
