"""`minimize`: a run with its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...engine.shape import known
from ...results_minimize import MinimizeResult, SkippedRow, VariableRow
from ..question import guarded
from ..values import plain, shape_of, status_of
from .events import Finished, Observer
from .loop import Plan, Training
from .recording import Recorder, usual_stride


def start(plan: Plan, every: int | None = None, shown: bool = False, pause: int = 0) -> Minimizing:
    """A run that is ready to go: every mistake in the file, the options and the data is found here.

    every: steps between two of the history, 0 for none; None for at most 1,000 of them · shown: with all gradients ·
    pause: steps between two checkpoints, 0 for none
    """
    training = Training(plan, pause=pause)
    size = sum(size_of(each.node.shape) for each in training.first.variables)
    stride = usual_stride(training.total) if every is None else every
    # Where a condition ends the run, it may end long before: then steps are thinned out as they come.
    early = every is None and (plan.until is not None or plan.stopping is not None)
    recorder = Recorder(1 if early else stride, training.first.dtype, size, shown, early)
    training.observers = (recorder,)
    return Minimizing(training, recorder)


class Minimizing:
    """A run with what is kept of it."""

    def __init__(self, training: Training, recorder: Recorder) -> None:
        self.training = training
        self.recorder = recorder

    def listen(self, observers: Sequence[Observer]) -> None:
        """Lets others hear of the run, too."""
        self.training.observers = (*self.training.observers, *observers)

    def run(self, keep: Callable[[], None] | None = None) -> MinimizeResult:
        """The run to its end; `keep` writes a checkpoint, at every pause and when the run is interrupted."""
        found: MinimizeResult = guarded(self.training.first.question, lambda: self._run(keep))
        return found

    def _run(self, keep: Callable[[], None] | None) -> MinimizeResult:
        training, finished = self.training, None
        kept = training.trainer.count
        try:
            for event in training.events():
                if isinstance(event, Finished):
                    finished = event
                elif keep is not None and training.trainer.count >= kept + training.pause > kept:
                    keep()
                    kept = training.trainer.count
        finally:
            if keep is not None and training.trainer.whole and training.trainer.count > kept:
                keep()
            for each in training.observers:
                each.close()
        assert finished is not None
        return self.result(finished)

    def stopped(self, why: str) -> MinimizeResult:
        """The result of a run that somebody who listens has ended."""
        training = self.training
        return self.result(Finished(training.trainer.count, why, False, training.standing().loss))

    def result(self, finished: Finished) -> MinimizeResult:
        """What there is to tell at the end."""
        training, first = self.training, self.training.first
        model, dtype = first.question.model, first.dtype
        standing = training.standing()
        values = training.variables()
        self.recorder.ended(finished.step, finished.loss, values)
        rows = []
        for each in first.variables:
            gradient = plain(standing.gradients[each.name], each.node, dtype)
            value = plain(values[each.name], each.node, dtype)
            rows.append(VariableRow(each.name, shape_of(each.node), value, gradient, status_of(gradient)))
        return MinimizeResult(
            model.source.name,
            first.question.semantics,
            first.loss_name,
            training.plan.wanted.chosen.described,
            finished.step,
            finished.converged,
            finished.why_stopped,
            finished.loss,
            standing.metrics,
            tuple(rows),
            tuple(SkippedRow(each.name, each.reason) for each in first.skipped),
            tuple(self.recorder.turns) if self.recorder.every else (),
            epochs_of(training),
        )


def epochs_of(training: Training) -> dict[str, list[Any]]:
    """A list per number, as Keras' history has them: those of validation only from the epochs that were validated."""
    done = training.epochs
    if not done:
        return {}
    names = list(dict.fromkeys(name for each in done for name in each.logs))
    return {
        "epoch": [each.epoch for each in done],
        **{name: [each.logs.get(name) for each in done] for name in names},
    }


def size_of(shape: Any) -> int:
    """How many numbers a tensor of this shape has."""
    size = 1
    for each in known(shape) or ():
        size *= each
    return size
