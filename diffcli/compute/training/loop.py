"""The run: steps over a file's own values, or epochs over the rows of a table."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import repeat
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from ...engine.train import Taken, Trainer, first_state
from .batches import Batches, converted, data_of, demand_alike
from .condition import COUNTS, Condition, demand_known
from .events import EpochDone, Event, Finished, Observer, StepDone
from .measures import Measures, Sums
from .pace import Pace
from .problem import Problem, Wanted, problem
from .stopping import Best, Stopping, judged, watched

if TYPE_CHECKING:
    from ..tables import DataTable


class Plan(NamedTuple):
    """How long a run goes on, and what it sees of the data.

    steps: at most so many; None with epochs: as many as these have · validate: the epochs (from 0) after which it validates
    """

    wanted: Wanted
    steps: int | None = None
    epochs: int | None = None
    until: Condition | None = None
    table: DataTable | None = None
    batches: Batches | None = None
    validation: DataTable | None = None
    frequency: int = 1
    stopping: Stopping | None = None

    def validates(self, epoch: int) -> bool:
        """Whether an epoch ends with a validation, as Keras counts: every so many, the first ones not."""
        return self.validation is not None and (epoch + 1) % self.frequency == 0


class Standing(NamedTuple):
    """The loss, the metrics, and the gradients before clipping, by name."""

    loss: float
    metrics: dict[str, float]
    gradients: dict[str, Any]


class Training:
    """A run that can be watched, stopped and gone on with: `events` is the run, the attributes are how it stands."""

    def __init__(self, plan: Plan, observers: Sequence[Observer] = (), pause: int = 0) -> None:
        self.plan = plan
        self.observers = observers
        self.pause = pause  # after every so many steps there is an event, for a checkpoint to be written
        self.problems: dict[int, Problem] = {}
        self.measures = Measures(self.problem, plan.batches.size if plan.batches else 1)
        self.first = self.problem(self._usual_rows())
        if plan.table is not None:
            validation = plan.validation and converted(plan.validation, self.first.dtype)
            if plan.validation is not None:
                demand_alike(self.first.fed, plan.table, plan.validation)
            self.plan = plan._replace(table=converted(plan.table, self.first.dtype), validation=validation)
        state = first_state(self.first.step, self.first.start, self.first.dtype)
        self.trainer = Trainer(state, self.first.dtype, self.first.strict)
        self.epoch = 0
        self.sums = Sums()
        self.epochs: list[EpochDone] = []
        self.best = Best(plan.stopping.worst if plan.stopping else 0.0)
        self._demand_names()

    def _usual_rows(self) -> int:
        table, batches = self.plan.table, self.plan.batches
        return 0 if table is None or batches is None else min(batches.size, table.rows)

    def _demand_names(self) -> None:
        """Names in conditions are known before the first step."""
        known = list(dict.fromkeys(["loss", self.first.loss_name, *(name for name, _ in self.first.metrics)]))
        if self.plan.validation is not None:
            known += [f"val_{name}" for name in known]
        if self.plan.until is not None:
            demand_known("--until", self.plan.until.names, [*known, *COUNTS])
        if self.plan.stopping is not None:
            demand_known("--early-stopping", [self.plan.stopping.monitor], known)

    def problem(self, rows: int) -> Problem:
        """The problem on so many rows; 0 without a table."""
        found = self.problems.get(rows)
        if found is None:
            found = self.problems[rows] = problem(self.plan.wanted, self.plan.table, rows)
        return found

    @property
    def skipped(self) -> tuple[str, ...]:
        """The variables without a gradient."""
        return tuple(each.name for each in self.first.skipped)

    def variables(self) -> dict[str, Any]:
        """The variables that are trained, by name."""
        return dict(zip(self.first.names, self.trainer.state, strict=False))

    @property
    def total(self) -> int | None:
        """How many steps there will be at the most."""
        if self.plan.batches is None or self.plan.epochs is None:
            return self.plan.steps
        there = self.plan.batches.per_epoch * self.plan.epochs
        return there if self.plan.steps is None else min(self.plan.steps, there)

    def events(self) -> Iterator[Event]:
        """The run, from where it stands to its end."""
        if self.plan.wanted.chosen.optimizer.variant == "scipy":
            from .whole import by_scipy

            finished = by_scipy(self)
        else:
            finished = yield from self._over_epochs() if self.plan.batches is not None else self._over_steps()
        self.tell(finished)
        yield finished

    def tell(self, event: Event) -> None:
        """Lets the observers know."""
        for each in self.observers:
            each.observe(event)

    # Without a table

    def _over_steps(self) -> Generator[Event, None, Finished]:
        """Steps on what the file itself says."""
        total = self.plan.steps
        assert total is not None
        pace = Pace()
        while self.trainer.count < total:
            number = self.trainer.count
            if self.plan.until is not None and self._reached({"step": number}):
                break
            if any(each.wants(number) for each in self.observers):
                yield self._observed()
            else:
                with pace:
                    stride = min(total - number, pace.steps)
                    done = self._unobserved(min(stride, self.pause - number % self.pause) if self.pause else stride)
                yield done
            if not isfinite(self.last.loss):
                return self._finished(f"the loss is {_spelled(self.last.loss)} at step {self.last.step}", False)
        number = self.trainer.count
        if self.plan.until is not None and self._reached({"step": number}):
            return self._finished(f"{self.plan.until.text} after {_counted(number, 'step')}", True)
        return self._finished(f"{_counted(number, 'step')} done", False)

    def _observed(self) -> StepDone:
        """One step with everything that can be known about it."""
        found, number = self.first, self.trainer.count
        variables = self.variables()
        rate = self.plan.wanted.chosen.rate.at(number)
        taken = self.trainer.step(found.step, data_of(found, None, ()), rate, gradients=True)
        return self._done(number, rate, taken, variables)

    def _unobserved(self, most: int) -> StepDone:
        """Steps up to one that somebody wants to see; a loss that is not finite ends them where it came up."""
        data, rate, first = data_of(self.first, None, ()), self.plan.wanted.chosen.rate.at, self.trainer.count
        stride = 1
        while stride < most and self.plan.until is None:
            if any(each.wants(first + stride) for each in self.observers):
                break
            stride += 1
        taken = self.trainer.advance(self.first.step, repeat(data, stride), rate)
        assert taken is not None
        number = self.trainer.count - 1
        return self._done(number, rate(number), taken, None)

    def _reached(self, counts: Mapping[str, float]) -> bool:
        """Whether the condition holds for the values at the variables as they are."""
        until = self.plan.until
        assert until is not None
        if not set(until.names) - set(COUNTS):
            return until.holds(counts)
        names = ["loss", *(name for name, _ in self.first.metrics)]
        values = self.measures.at(self.first, self.trainer.state, None, ())
        return until.holds({**self.by_all_names(dict(zip(names, values, strict=False))), **counts})

    def by_all_names(self, logs: Mapping[str, float]) -> dict[str, float]:
        """The numbers of a run, with the loss by its own name, too."""
        name = self.first.loss_name
        return {**{key.replace("loss", name): logs[key] for key in ("loss", "val_loss") if key in logs}, **logs}

    # With a table

    def _over_epochs(self) -> Generator[Event, None, Finished]:
        """Epochs over the batches of the table."""
        plan, batches = self.plan, self.plan.batches
        assert batches is not None
        while True:
            done = self.trainer.count - self.epoch * batches.per_epoch
            # Between two epochs; a run that is gone on with looks, too, since it may have been at its end.
            ended = None if done else self._ended()
            if ended is not None:
                return ended
            if plan.epochs is not None and self.epoch >= plan.epochs:
                return self._finished(f"{_counted(self.epoch, 'epoch')} done", False)
            for rows in batches.of(self.epoch, done):
                if plan.steps is not None and self.trainer.count >= plan.steps:
                    return self._finished(f"{_counted(self.trainer.count, 'step')} done", False)
                yield self._batch(rows)
                if not isfinite(self.last.loss):
                    return self._finished(f"the loss is {_spelled(self.last.loss)} at step {self.last.step}", False)
            yield self._epoch_done()

    def _ended(self) -> Finished | None:
        """The end that the last epoch brought: a condition that holds, or patience that is over; None if neither is so."""
        plan = self.plan
        if not self.epochs:
            return None
        logs = {**self.by_all_names(self.epochs[-1].logs), "step": self.trainer.count, "epoch": self.epoch}
        if plan.until is not None and set(plan.until.names) <= set(logs) and plan.until.holds(logs):
            return self._finished(f"{plan.until.text} after {_counted(self.epoch, 'epoch')}", True)
        if plan.stopping is None or not self.best.over:
            return None
        if plan.stopping.restore_best_weights and self.best.state is not None:
            self.trainer.state = self.best.state
        return self._finished(f"{plan.stopping.monitor} has not got better since epoch {self.best.epoch + 1}", False)

    def _batch(self, rows: Any) -> StepDone:
        """The step of one batch."""
        found, number = self.problem(len(rows)), self.trainer.count
        wanted = any(each.wants(number) for each in self.observers)
        variables = self.variables() if wanted else None
        rate = self.plan.wanted.chosen.rate.at(number)
        taken = self.trainer.step(found.step, data_of(found, self.plan.table, rows), rate, wanted)
        self.sums = self.sums.added((taken.loss, *taken.watched), len(rows))
        return self._done(number, rate, taken, variables)

    def _epoch_done(self) -> EpochDone:
        """The end of an epoch: its means, and those of the validation."""
        names = ["loss", *(name for name, _ in self.first.metrics)]
        logs = dict(zip(names, self.sums.means, strict=True))
        if self.plan.validates(self.epoch):
            assert self.plan.validation is not None
            found = self.measured(self.plan.validation)
            logs |= {f"val_{name}": value for name, value in zip(names, found, strict=True)}
        done = EpochDone(self.epoch, self.trainer.count, logs)
        if self.plan.stopping is not None:
            value = watched(self.plan.stopping, self.by_all_names(logs))
            self.best = judged(self.plan.stopping, self.best, self.epoch, value, self.trainer.state)
        self.epochs.append(done)
        self.epoch, self.sums = self.epoch + 1, Sums()
        self.tell(done)
        return done

    def measured(self, table: DataTable) -> tuple[float, ...]:
        """The loss and the metrics over all rows of a table, at the variables as they are."""
        return self.measures.over(table, self.trainer.state)

    def standing(self) -> Standing:
        """How the run stands: the loss, the metrics and the gradients at the variables as they are and over all the data."""
        loss, *rest = self.measures.gradients(self.plan.table, self.trainer.state)
        names = [name for name, _ in self.first.metrics]
        metrics, gradients = rest[: len(names)], rest[len(names) :]
        return Standing(
            float(loss),
            {name: float(each) for name, each in zip(names, metrics, strict=True)},
            dict(zip(self.first.names, gradients, strict=True)),
        )

    # What is told

    def _done(self, number: int, rate: float, taken: Taken, variables: dict[str, Any] | None) -> StepDone:
        names = self.first.names
        gradients = applied = None
        if variables is not None:
            gradients = dict(zip(names, taken.gradients, strict=True))
            applied = dict(zip(names, taken.applied, strict=True))
        self.last = StepDone(number, float(taken.loss), rate, gradients, variables, self.skipped, applied)
        self.tell(self.last)
        return self.last

    def _finished(self, why: str, converged: bool) -> Finished:
        if self.plan.table is not None:
            loss = self.measured(self.plan.table)[0]
        else:
            loss = float(self.measures.at(self.first, self.trainer.state, None, ())[0])
        return Finished(self.trainer.count, why, converged, loss)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _spelled(value: float) -> str:
    return "NaN" if value != value else str(value)
