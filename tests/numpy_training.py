"""A network of two layers trained by plain NumPy: real numbers for whoever listens to a training run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffcli.compute.training.events import EpochDone, Finished, StepDone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from diffcli.compute.training.events import Event, Observer

Arrays = dict[str, "NDArray[np.float64]"]


class Training(NamedTuple):
    """How to train; with a rate that is much too high the run ends in NaN."""

    epochs: int = 4
    batch: int = 16
    rate: float = 0.2
    every: int = 1
    validate: bool = True
    start: int = 0  # the epoch to begin with


def train(how: Training, observers: Sequence[Observer]) -> list[Event]:
    """Everything that happened, also told to the observers."""
    events = []
    for event in run(how):
        for observer in observers:
            observer.observe(event)
        events.append(event)
    for observer in observers:
        observer.close()
    return events


def run(how: Training) -> Iterator[Event]:
    """Steps of gradient descent on seeded data: the sign of a wave from noisy points."""
    random = np.random.default_rng(7)
    x = random.normal(size=(160, 3))
    y = np.sin(x[:, :1]) + 0.3 * x[:, 1:2] + 0.05 * random.normal(size=(160, 1))
    variables = {
        "dense/kernel": 0.5 * random.normal(size=(3, 8)),
        "dense/bias": np.zeros(8),
        "out/kernel": 0.5 * random.normal(size=(8, 1)),
    }
    trained, kept = slice(0, 128), slice(128, 160)
    step = how.start * (128 // how.batch)
    loss = float("nan")
    for epoch in range(how.start, how.epochs):
        losses = []
        for first in range(0, 128, how.batch):
            rows = slice(first, first + how.batch)
            with np.errstate(all="ignore"):
                loss, gradients = gradient(variables, x[rows], y[rows])
            wanted = step % how.every == 0
            yield StepDone(
                step,
                loss,
                how.rate,
                gradients if wanted else None,
                {name: value.copy() for name, value in variables.items()} if wanted else None,
            )
            for name, slope in gradients.items():
                variables[name] -= how.rate * slope
            losses.append(loss)
            step += 1
        logs = {"loss": float(np.mean(losses))}
        with np.errstate(all="ignore"):
            if how.validate:
                logs["val_loss"] = gradient(variables, x[kept], y[kept])[0]
            loss = gradient(variables, x[trained], y[trained])[0]
        yield EpochDone(epoch, step, logs)
    yield Finished(step, f"{step} steps done", False, loss)


def gradient(variables: Arrays, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, Arrays]:
    """The mean squared error and its gradients, by hand."""
    hidden = np.tanh(x @ variables["dense/kernel"] + variables["dense/bias"])
    error = hidden @ variables["out/kernel"] - y
    out = 2 * error / len(x)
    inner = (out @ variables["out/kernel"].T) * (1 - hidden**2)
    gradients = {"dense/kernel": x.T @ inner, "dense/bias": inner.sum(axis=0), "out/kernel": hidden.T @ out}
    return float(np.mean(error**2)), gradients
