"""tf.keras.callbacks: what is told about a training, and may end it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from ...compute.training.stopping import RISING, Best, Stopping, judged
from .listing import listed, public

Logs = Mapping[str, float]


class Callback:
    """Hears how a training goes; `model.stop_training = True` ends it after the epoch."""

    def __init__(self) -> None:
        self.model: Any = None
        self.params: dict[str, Any] = {}

    def set_model(self, model: Any) -> None:
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def on_train_begin(self, logs: Any = None) -> None:
        """Before the first step."""

    def on_train_end(self, logs: Any = None) -> None:
        """After the last step."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before an epoch; the first is 0."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After an epoch, with its numbers."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a step; the first of an epoch is 0."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a step, with the means of the epoch so far."""

    @property
    def by_batch(self) -> bool:
        """Whether it wants to hear of single steps."""
        return any(
            getattr(type(self), name) is not getattr(Callback, name)
            for name in ("on_train_batch_begin", "on_train_batch_end")
        )


class History(Callback):
    """The numbers of each epoch: `history` by name, `epoch` the epochs from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class LambdaCallback(Callback):
    """Functions for some of the moments, by the names of the methods."""

    def __init__(self, **functions: Callable[..., Any] | None) -> None:
        super().__init__()
        for name, function in functions.items():
            if not name.startswith("on_") or not hasattr(Callback, name):
                raise NotImplementedError(f"diffcli.tensorflow has no callbacks for {name}")
            if function is not None:
                setattr(self, name, function)

    @property
    def by_batch(self) -> bool:
        return any(name in vars(self) for name in ("on_train_batch_begin", "on_train_batch_end"))


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch, by a function of the epoch and the rate."""

    def __init__(self, schedule: Callable[[int, float], float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        rate = float(self.schedule(epoch, float(self.model.optimizer.learning_rate)))
        self.model.optimizer.learning_rate = rate
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")


class EarlyStopping(Callback):
    """Ends a training when a number has not got better for `patience` epochs."""

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(f"EarlyStopping mode {mode} is unknown, fallback to auto mode.", stacklevel=2)
            mode = "auto"
        rising = mode == "max" or (mode == "auto" and any(word in monitor for word in RISING))
        self.asked = Stopping(
            monitor, abs(min_delta), int(patience), rising, baseline, restore_best_weights, int(start_from_epoch)
        )
        self.verbose = verbose
        self.stopped_epoch = 0
        self.found = Best(self.asked.worst)

    @property
    def best(self) -> float:
        """The best value so far."""
        return self.found.value

    @property
    def best_epoch(self) -> int:
        """The epoch that it is of."""
        return max(self.found.epoch, 0)

    def on_train_begin(self, logs: Any = None) -> None:
        self.stopped_epoch, self.found = 0, Best(self.asked.worst)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        value = (logs or {}).get(self.asked.monitor)
        if value is None:
            warnings.warn(
                f"Early stopping conditioned on metric `{self.asked.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs or {})}",
                stacklevel=2,
            )
        state = self.model.get_weights() if self.asked.restore_best_weights else ()
        self.found = judged(self.asked, self.found, epoch, value, state)
        if self.found.over:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def on_train_end(self, logs: Any = None) -> None:
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.asked.restore_best_weights and self.found.state is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.found.state)


__getattr__, __dir__ = listed("keras.callbacks", public(globals(), __name__))
