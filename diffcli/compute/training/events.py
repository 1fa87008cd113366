"""What a training run tells while it runs, and who listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class StepDone(NamedTuple):
    """A step of the optimizer; loss, gradients and variables are those that it started from."""

    step: int  # 0 is the first, counted over all epochs
    loss: float
    rate: float  # the learning rate that the step was made with
    # Arrays by name, where an observer wanted them at this step; gradients of those variables that have one.
    gradients: Mapping[str, Any] | None = None
    variables: Mapping[str, Any] | None = None
    skipped: tuple[str, ...] = ()  # variables without a gradient
    applied: Mapping[str, Any] | None = None  # the gradients after clipping, where there are gradients


class EpochDone(NamedTuple):
    """A pass over the data."""

    epoch: int  # 0 is the first
    step: int  # steps done by then
    logs: Mapping[str, float]  # `loss`, the names of metrics, and `val_…` of each where it was validated


class Finished(NamedTuple):
    """The end of a run; the loss is the one that it ended with."""

    step: int  # steps done
    why_stopped: str
    converged: bool
    loss: float


Event = StepDone | EpochDone | Finished


class Observer(Protocol):
    """Listens to a run: a display, a log, a history."""

    def wants(self, step: int) -> bool:
        """Whether gradients and variables are needed at this step; asked before the step is made."""

    def observe(self, event: Event) -> None:
        """Take note of what happened."""

    def close(self) -> None:
        """The run is over, be it by an error or by Ctrl-C."""
