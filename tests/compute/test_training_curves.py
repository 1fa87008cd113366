"""Curves of a run that are gathered while it runs: the numbers of the run, and fewer of them in long runs."""

from __future__ import annotations

from math import hypot, isnan, sqrt

import numpy as np
import pytest

from diffcli.compute.training.curves import POINTS, CurveRecorder, norm
from diffcli.compute.training.events import EpochDone, Finished, StepDone
from tests.numpy_training import Training, train

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def test_the_curves_are_the_numbers_of_the_run() -> None:
    recorder = CurveRecorder(every=3)
    events = train(Training(epochs=3), [recorder])
    found = recorder.curves("network.expr")
    steps = [event for event in events if isinstance(event, StepDone)]
    epochs = [event for event in events if isinstance(event, EpochDone)]
    loss, mean, validation = found.losses
    assert found.file == "network.expr" and loss.name == "loss"
    assert list(loss.steps) == list(range(25))
    assert list(loss.values) == [event.loss for event in steps + events[-1:] if not isinstance(event, EpochDone)]
    assert (mean.name, list(mean.steps)) == ("mean loss of the epoch", [8, 16, 24])
    assert list(mean.values) == [event.logs["loss"] for event in epochs]
    assert (validation.name, list(validation.steps)) == ("loss on validation data", [8, 16, 24])
    assert list(validation.values) == [event.logs["val_loss"] for event in epochs]
    assert [curve.name for curve in found.norms] == ["dense/kernel", "dense/bias", "out/kernel"]
    for curve in found.norms:
        assert list(curve.steps) == list(range(0, 24, 3))
        for step, value in zip(curve.steps, curve.values, strict=True):
            gradient = steps[step].gradients[curve.name]  # type: ignore[index]
            assert value == pytest.approx(sqrt((gradient**2).sum()), rel=1e-14)


def test_epochs_of_one_step_are_its_loss() -> None:
    recorder = CurveRecorder()
    train(Training(epochs=3, batch=128), [recorder])
    assert [curve.name for curve in recorder.curves("").losses] == ["loss", "loss on validation data"]


def test_a_run_without_gradients_or_epochs() -> None:
    recorder = CurveRecorder()
    recorder.observe(StepDone(0, 2.0, 0.1))
    recorder.observe(Finished(1, "1 step done", False, 1.5))
    found = recorder.curves("")
    [loss] = found.losses
    assert (list(loss.steps), list(loss.values), found.norms) == ([0, 1], [2.0, 1.5], ())


def test_a_long_run_keeps_evenly_spaced_steps_and_the_last() -> None:
    recorder, count = CurveRecorder(), 3 * POINTS
    for step in range(count):
        recorder.observe(StepDone(step, 1 / (step + 1), 0.1))
    recorder.observe(Finished(count, "done", False, 0.0))
    [loss] = recorder.curves("").losses
    assert list(loss.steps) == [*range(0, count, 4), count]
    assert list(loss.values) == [*(1 / (step + 1) for step in range(0, count, 4)), 0.0]


def test_norms() -> None:
    assert norm([[3.0, 0.0], [0.0, -4.0]]) == 5 and norm(-2.5) == 2.5 and norm([]) == 0 and norm([0.0, 0.0]) == 0
    assert norm([3e200, 4e200]) == pytest.approx(5e200, rel=1e-15)
    assert norm([3e-200, 4e-200]) == pytest.approx(5e-200, rel=1e-15)
    assert norm(np.float32([3e30, 4e30])) == pytest.approx(hypot(3e30, 4e30), rel=1e-7)
    assert norm([1.0, -np.inf]) == np.inf and isnan(norm([1.0, np.nan]))
