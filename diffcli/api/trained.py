"""What a training gives: the trained program and the way there, and what a callback hears on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from .calling import own
from .reports import Shown
from .values import Values

if TYPE_CHECKING:
    from ..compute.training.events import Event
    from ..compute.training.loop import Training
    from ..lang.model import Model
    from ..results_minimize import MinimizeResult
    from .program import Program


class Progress(NamedTuple):
    """What a callback is told: after each epoch where there is data, else after each step.

    step: steps done · epoch: epochs done, None without data · loss: the mean of the epoch, or that before the step ·
    logs: the loss, the metrics and, with `val_` before, those of the validation · variables: as they are now
    """

    step: int
    epoch: int | None
    loss: float
    logs: dict[str, float]
    variables: Values

    def __str__(self) -> str:
        numbers = [f"{name} {value:.6g}" for name, value in self.logs.items()]
        return " · ".join([f"step {self.step:,}" if self.epoch is None else f"epoch {self.epoch:,}", *numbers])


class Trained(Shown):
    """The end of a training: the variables, a program that has them, and the way there.

    program: the program with the trained values in place · variables, gradients: numbers and arrays by name · record:
    everything, as the command line prints it
    """

    record: MinimizeResult

    def __init__(self, record: MinimizeResult, program: Program, variables: Values, gradients: Values) -> None:
        super().__init__(record)
        self.program = program
        self.variables = variables
        self.gradients = gradients

    @property
    def loss(self) -> float:
        """The loss at the end, over all the data."""
        return self.record.loss

    @property
    def metrics(self) -> dict[str, float]:
        """The other numbers at the end, over all the data."""
        return self.record.metrics

    @property
    def steps(self) -> int:
        """How many steps were done."""
        return self.record.steps

    @property
    def converged(self) -> bool:
        """Whether what was waited for came: the condition of `until`, or the end of a method that finds its own."""
        return self.record.converged

    @property
    def why_stopped(self) -> str:
        """Why the run ended."""
        return self.record.why_stopped

    @property
    def history(self) -> dict[str, Any]:
        """Arrays over the steps that were kept, the last one after the end: `step`, `loss`; to be plotted."""
        import numpy

        kept = self.record.history
        return {"step": numpy.array([turn["step"] for turn in kept], int), "loss": self._over_steps("loss")}

    @property
    def path(self) -> Values:
        """The variables at the steps of the history, by name; empty where they have more than 100 numbers in all."""
        import numpy

        kept = [turn["variables"] for turn in self.record.history if "variables" in turn]
        if not kept or len(kept) < len(self.record.history):
            return Values()
        return Values({name: numpy.array([turn[name] for turn in kept], float) for name in kept[0]})

    @property
    def epochs(self) -> dict[str, list[Any]]:
        """A list per number that Keras keeps, such as `loss` and `val_loss`, and `epoch` from 0; empty without data."""
        return self.record.epochs

    def _over_steps(self, name: str) -> Any:
        import numpy

        return numpy.array([turn[name] for turn in self.record.history], float)

    def brief(self) -> str:
        """The answer in a line."""
        return f"trained {self.program.name}: {self.record.loss_name} = {self.loss:.8g}, {self.why_stopped}"


class Listening:
    """Lets a callback hear of a run, and ends the run when the callback returns True."""

    def __init__(self, training: Training, callback: Callable[[Progress], object]) -> None:
        self.training = training
        self.callback = callback
        self.by_epoch = training.plan.batches is not None and training.plan.wanted.chosen.optimizer.variant != "scipy"

    def wants(self, step: int) -> bool:
        """Without epochs each step is one that somebody wants to see."""
        return not self.by_epoch

    def observe(self, event: Event) -> None:
        """Tells what happened."""
        from ..compute.training.events import EpochDone, StepDone

        if isinstance(event, EpochDone):
            logs, epoch = dict(event.logs), event.epoch + 1
        elif isinstance(event, StepDone) and not self.by_epoch:
            logs, epoch = {"loss": event.loss}, None
        else:
            return
        step = self.training.trainer.count
        if self.callback(Progress(step, epoch, logs["loss"], logs, variables_of(self.training))) is True:
            raise Stopped

    def close(self) -> None:
        """There is nothing to let go of."""


class Stopped(Exception):
    """A callback wants no more steps."""


def variables_of(training: Training) -> Values:
    """The variables as they are: numbers, and arrays of the caller's own."""
    return Values({name: own(value) for name, value in training.variables().items()})


def array(value: Any) -> Any:
    """Nested lists as an array, a number as it is."""
    import numpy

    return numpy.array(value, float) if isinstance(value, list) else value


def first_values(model: Model, trained: Collection[str]) -> dict[str, Any]:
    """The values of layers' variables that were not trained: those that the seed of the run gave them."""
    from ..compute.values import feeds_of

    names = [each.name for layer in model.layers for each in layer.variables if each.name not in trained]
    nodes = [model.leaves[name].node for name in names]
    values, _ = feeds_of(model, nodes)
    return {name: own(values[node]) for name, node in zip(names, nodes, strict=True) if node in values}
