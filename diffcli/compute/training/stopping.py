"""Early stopping, as Keras has it: when a number has not got better for so many epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, NamedTuple

from ...diagnostic import closest
from .settings import fitting, named, refused, unknown

OPTION = "--early-stopping"
SETTINGS = {
    "min_delta": 0.0,
    "patience": 0.0,
    "mode": "auto",
    "baseline": None,
    "restore_best_weights": False,
    "start_from_epoch": 0.0,
}
# Metrics that are better the larger they are.
RISING = ("acc", "accuracy", "auc", "r2", "precision", "recall", "similarity")


class Stopping(NamedTuple):
    """What is watched from epoch to epoch, and how patiently; the names are those of Keras' EarlyStopping."""

    monitor: str
    min_delta: float
    patience: int
    rising: bool
    baseline: float | None
    restore_best_weights: bool
    start_from_epoch: int

    def better(self, value: float, than: float) -> bool:
        """Whether a value is better by more than min_delta."""
        return value - self.min_delta > than if self.rising else value + self.min_delta < than

    @property
    def worst(self) -> float:
        """What every value is better than."""
        return float("-inf") if self.rising else float("inf")


def stopping(text: str) -> Stopping:
    """What `--early-stopping val_loss:patience=3` asks for."""
    name, _, rest = text.partition(":")
    given: dict[str, Any] = dict(SETTINGS)
    # The mode is the one setting that is a word.
    parts = [part for part in rest.split(",") if part.strip()]
    words = [part for part in parts if part.split("=")[0].strip() == "mode"]
    for word in words:
        given["mode"] = word.partition("=")[2].strip()
        if given["mode"] not in ("auto", "min", "max"):
            raise refused(OPTION, word, f"mode cannot be {given['mode']}", "min, max or auto")
    _, pairs = named(OPTION, f"{name}:{','.join(part for part in parts if part not in words)}")
    for key, value in pairs:
        spelled = key or "patience"
        if spelled not in given:
            raise unknown(OPTION, key, f"early stopping has no setting `{key}`", SETTINGS)
        given[spelled] = fitting(OPTION, spelled, value, SETTINGS[spelled])
    monitor = name.strip() or "val_loss"
    rising = given["mode"] == "max" or (given["mode"] == "auto" and any(word in monitor for word in RISING))
    return Stopping(
        monitor,
        abs(given["min_delta"]),
        int(given["patience"]),
        rising,
        given["baseline"],
        given["restore_best_weights"],
        int(given["start_from_epoch"]),
    )


class Best(NamedTuple):
    """How early stopping stands: the best value, its epoch and state, for how many epochs nothing was better, and whether
    patience has come to its end."""

    value: float
    epoch: int = -1
    waited: int = 0
    state: Sequence[Any] | None = None
    over: bool = False


def watched(asked: Stopping, logs: Mapping[str, float]) -> float | None:
    """The number that is watched; None in an epoch that was not validated."""
    if asked.monitor in logs:
        return logs[asked.monitor]
    if asked.monitor.startswith("val_"):
        return None
    near = closest(asked.monitor, logs)
    help = f"did you mean {near}?" if near else f"there are {', '.join(logs)}"
    raise refused(OPTION, asked.monitor, f"a run has no number `{asked.monitor}`", help)


def judged(asked: Stopping, best: Best, epoch: int, value: float | None, state: Sequence[Any]) -> Best:
    """How early stopping stands after an epoch."""
    if value is None or epoch < asked.start_from_epoch:
        return best
    if best.epoch < 0 and asked.restore_best_weights and best.state is None:
        best = best._replace(state=state, epoch=epoch)
    waited = best.waited + 1
    if not isnan(value) and asked.better(value, best.value):
        best = Best(value, epoch, waited, state if asked.restore_best_weights else None)
        # Patience starts anew only when a value is better than the baseline, too.
        return best._replace(waited=0) if asked.baseline is None or asked.better(value, asked.baseline) else best
    return best._replace(waited=waited, over=waited >= asked.patience and epoch > 0)
