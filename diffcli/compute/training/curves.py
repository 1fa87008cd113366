"""The curves of a training run, gathered while it runs."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from ...results_training import StepCurve, TrainingCurves
from .events import EpochDone, Finished, StepDone

if TYPE_CHECKING:
    from .events import Event

# So many points of a curve are kept; in longer runs those of every second step, then of every fourth, and so on.
POINTS = 1 << 16
EPOCH = {"loss": "mean loss of the epoch", "val_loss": "loss on validation data"}


class CurveRecorder:
    """Keeps the loss of the steps and epochs, and at every so many steps the norms of the gradients."""

    def __init__(self, every: int = 1) -> None:
        self.every = every
        self._loss = Points()
        self._norms: dict[str, Points] = {}
        self._epochs: dict[str, Points] = {}

    def wants(self, step: int) -> bool:
        """Whether the norms of this step are kept."""
        return step % self.every == 0

    def observe(self, event: Event) -> None:
        """Take note of what happened."""
        if isinstance(event, StepDone):
            self._loss.add(event.step, event.loss)
            if event.gradients and self.wants(event.step):
                for name, gradient in event.gradients.items():
                    self._norms.setdefault(name, Points()).add(event.step, norm(gradient))
        elif isinstance(event, EpochDone):
            for name in EPOCH.keys() & event.logs:
                self._epochs.setdefault(name, Points()).add(event.step, event.logs[name])
        elif isinstance(event, Finished):
            self._loss.end(event.step, event.loss)

    def close(self) -> None:
        """What was kept stays."""

    def curves(self, file: str) -> TrainingCurves:
        """The curves so far; the mean of an epoch only where an epoch has several steps."""
        epochs = {name: self._epochs[name] for name in EPOCH if name in self._epochs}
        if "loss" in epochs and len(epochs["loss"].steps) >= self._loss.seen:
            del epochs["loss"]
        losses = [("loss", self._loss), *((EPOCH[name], points) for name, points in epochs.items())]
        return TrainingCurves(
            file,
            tuple(StepCurve(name, points.steps, points.values) for name, points in losses),
            tuple(StepCurve(name, points.steps, points.values) for name, points in self._norms.items()),
        )


class Points:
    """Steps and values, thinned out evenly where there are too many."""

    def __init__(self) -> None:
        self.steps, self.values = array("q"), array("d")
        self.seen, self._each = 0, 1

    def add(self, step: int, value: float) -> None:
        """Take the next value."""
        if self.seen % self._each == 0:
            self.end(step, value)
            if len(self.steps) == POINTS:
                self.steps, self.values = self.steps[::2], self.values[::2]
                self._each *= 2
        self.seen += 1

    def end(self, step: int, value: float) -> None:
        """Take a value that is kept in any case."""
        self.steps.append(step)
        self.values.append(value)


def norm(values: Any) -> float:
    """The Euclidean norm in 64 bits, whatever the values have; no square of a large or small one is taken."""
    import numpy as np

    numbers = np.abs(np.asarray(values, np.float64)).ravel()
    largest = float(numbers.max(initial=0.0))
    if not largest or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(numbers / largest))
