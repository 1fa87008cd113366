"""The training of a model: epochs over batches, each step one program of the engine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from ...compute.training.measures import Sums
from ...engine.train import Trainer
from ..tensor import Tensor
from ..trace import tensor_of
from .callbacks import Callback
from .feeding import Source
from .programs import Batch, Programs, Step

BAR = 20


class Fitting:
    """A training under way: the state of the variables and of the optimizer is the trainer's until `settle`."""

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self.optimizer = programs.optimizer
        self.trainer: Trainer | None = None
        self.step: Step | None = None
        self.held: tuple[Any, ...] = ()  # what the state stands for, in its order

    def batch(self, batch: Batch) -> tuple[Any, ...]:
        """One step: the loss and the metrics that it started from."""
        step = self.programs.step(batch)
        if self.trainer is None:
            self._begin(step)
        elif self.step is not None and step.variables != self.step.variables:
            raise NotImplementedError("diffcli.tensorflow has no fit whose batches reach different variables")
        assert self.trainer is not None
        self.step = step
        rate = self.optimizer.rate_at(self.trainer.count)
        taken = self.trainer.step(step.graph, step.data(batch), rate)
        return (taken.loss, *taken.watched)

    def _begin(self, step: Step) -> None:
        """Takes the values of variables and of what the optimizer keeps of them."""
        optimizer = self.optimizer
        optimizer.build(self.programs.model.trainable_variables)
        slots = [each for variable in step.variables for each in optimizer.slots_of(variable).values()]
        self.held = (*step.variables, *optimizer.shared.values(), *slots)
        state = [np.array(each._tensor._value) if each.shape else float(each._tensor._value) for each in self.held]
        dtype = step.variables[0].dtype.name
        self.trainer = Trainer(state, dtype, step.graph.loss.graph.strict, int(optimizer.iterations.numpy()))

    def settle(self) -> None:
        """Gives the state back to the variables; the next step takes it up again."""
        if self.trainer is None:
            return
        for variable, value in zip(self.held, self.trainer.state, strict=True):
            variable._set(_settled(value, variable.dtype))
        self.optimizer.iterations.assign(self.trainer.count)
        self.trainer = None

    def leave(self) -> None:
        """Settles, but for a step that was interrupted halfway: then the variables stay as they were settled last."""
        with suppress(RuntimeError):
            self.settle()


def _settled(value: Any, dtype: Any) -> Tensor:
    return tensor_of(value if isinstance(value, float) else np.asarray(value), dtype)


class Tally(NamedTuple):
    """Sums over batches, each of which counts as many times as it has rows, or once."""

    rows: Sums = Sums()
    batches: Sums = Sums()

    def added(self, values: Sequence[Any], batch: Batch) -> Tally:
        """With one more batch."""
        return Tally(self.rows.added(values, len(batch[0])), self.batches.added(values, 1))

    def means(self, programs: Programs) -> dict[str, float]:
        """The loss and the metrics by name, sorted."""
        (loss, *by_row), (_, *by_batch) = self.rows.means, self.batches.means
        found = {"loss": loss}
        for each, row, batch in zip(programs.metrics, by_row, by_batch, strict=True):
            found[each.name] = each.finished(batch if each.by_batch else row)
        return {name: found[name] for name in sorted(found)}


def measured(programs: Programs, source: Source) -> tuple[dict[str, float], int]:
    """The loss and the metrics over all batches, at the weights as they are, and the number of batches."""
    tally = Tally()
    for batch in source.epoch(0):
        tally = tally.added(programs.measure(batch)(batch), batch)
    if not tally.batches.rows:
        raise ValueError("there are no data to evaluate")
    return tally.means(programs), tally.batches.rows


def fit(
    programs: Programs,
    source: Source,
    epochs: range,
    validation: Source | None,
    validates: Callable[[int], bool],
    callbacks: Sequence[Callback],
    verbose: int,
) -> None:
    """The epochs of a training; whatever ends it, the variables have the values that they came to.

    The epochs are counted from 0 to the end of the range, which may begin later.
    """
    model, fitting = programs.model, Fitting(programs)
    by_batch = any(each.by_batch for each in callbacks)
    for each in callbacks:
        each.on_train_begin({})
    logs: dict[str, float] = {}
    try:
        for epoch in epochs:
            for each in callbacks:
                each.on_epoch_begin(epoch, {})
            if verbose:
                print(f"Epoch {epoch + 1}/{epochs.stop}")
            started = time.perf_counter()
            logs, count = _epoch(fitting, source, epoch, callbacks if by_batch else ())
            fitting.settle()
            if validation is not None and validates(epoch):
                logs |= {f"val_{name}": value for name, value in measured(programs, validation)[0].items()}
            if verbose:
                print(line(count, time.perf_counter() - started, logs, verbose))
            for each in callbacks:
                each.on_epoch_end(epoch, dict(logs))
            if model.stop_training:
                break
    finally:
        fitting.leave()
        sys.stdout.flush()
    for each in callbacks:
        each.on_train_end(dict(logs))


def _epoch(fitting: Fitting, source: Source, epoch: int, callbacks: Sequence[Callback]) -> tuple[dict[str, float], int]:
    """One pass over the data: the means over it, and the number of its steps."""
    tally, count = Tally(), 0
    for batch in source.epoch(epoch):
        if callbacks:
            fitting.settle()
        for each in callbacks:
            each.on_train_batch_begin(count, {})
        tally = tally.added(fitting.batch(batch), batch)
        if callbacks:
            fitting.settle()
        for each in callbacks:
            each.on_train_batch_end(count, tally.means(fitting.programs))
        count += 1
    if not count:
        raise ValueError("there are no data to train on")
    return tally.means(fitting.programs), count


def line(count: int, seconds: float, logs: dict[str, float], verbose: int) -> str:
    """What is printed of an epoch or an evaluation, as Keras does."""
    per_step = seconds / count
    pace = (
        f"{per_step:.0f}s"
        if per_step >= 1
        else f"{per_step * 1e3:.0f}ms"
        if per_step >= 1e-3
        else f"{per_step * 1e6:.0f}us"
    )
    named = [f"{name}: {value:.4f}" if abs(value) > 1e-3 else f"{name}: {value:.4e}" for name, value in logs.items()]
    head = f"{count}/{count} {'━' * BAR} {seconds:.0f}s {pace}/step"
    if verbose == 2:
        head = f"{count}/{count} - {seconds:.0f}s - {pace}/step"
    return " - ".join([head, *named])
