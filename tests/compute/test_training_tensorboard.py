"""A training run in TensorBoard: its own reader and its server give the numbers of the run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import numpy as np
import pytest

from diffcli.compute.training.events import EpochDone, Finished, StepDone
from diffcli.compute.training.tensorboard import TensorBoardObserver
from tests.numpy_training import Training, train

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diffcli.compute.training.events import Event

pytest.importorskip("tensorboard")
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
NAMES = ("dense/bias", "dense/kernel", "out/kernel")
PATIENCE = 15.0  # seconds for the server


def read(folder: Path) -> dict[str, list[tuple[int, Any]]]:
    """Steps and arrays of every name that TensorBoard finds in a run."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    found = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    return {
        name: [(event.step, make_ndarray(event.tensor_proto)) for event in found.Tensors(name)]
        for name in found.Tags()["tensors"]
    }


def steps(events: list[Event]) -> list[StepDone]:
    return [event for event in events if isinstance(event, StepDone)]


def test_a_run_is_read_back(tmp_path: Path) -> None:
    events = train(Training(), [TensorBoardObserver(str(tmp_path))])
    found, last = read(tmp_path / "train"), events[-1]
    assert isinstance(last, Finished)
    assert set(found) == {"loss", "learning_rate", "epoch_loss"} | {
        f"{kind}/{name}" for kind in ("gradient_norm", "gradient", "variable") for name in NAMES
    }
    assert found["loss"] == [*((e.step, np.float32(e.loss)) for e in steps(events)), (32, np.float32(last.loss))]
    assert found["learning_rate"] == [(step, np.float32(0.2)) for step in range(32)]
    for event in steps(events):
        assert event.gradients and event.variables
        for name in NAMES:
            step, norm = found[f"gradient_norm/{name}"][event.step]
            assert step == event.step
            assert np.isclose(float(norm), np.sqrt((event.gradients[name] ** 2).sum()), rtol=1e-6)
            for kind, arrays in (("gradient", event.gradients), ("variable", event.variables)):
                step, rows = found[f"{kind}/{name}"][event.step]
                counts, edges = np.histogram(arrays[name], 30)
                assert step == event.step and rows[:, 2].sum() == arrays[name].size
                if edges[0] < edges[-1] and arrays[name].any():
                    assert rows[:, 2].tolist() == counts.tolist()
                    assert (rows[0, 0], rows[-1, 1]) == (arrays[name].min(), arrays[name].max())


def test_validation_is_a_run_of_its_own(tmp_path: Path) -> None:
    events = train(Training(epochs=3), [TensorBoardObserver(str(tmp_path))])
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert read(tmp_path / "train")["epoch_loss"] == [(e.epoch, np.float32(e.logs["loss"])) for e in epochs]
    assert read(tmp_path / "validation") == {"epoch_loss": [(e.epoch, np.float32(e.logs["val_loss"])) for e in epochs]}
    train(Training(epochs=1, validate=False), [TensorBoardObserver(str(tmp_path / "other"))])
    assert not (tmp_path / "other" / "validation").exists()


def test_only_steps_that_were_asked_for_are_written(tmp_path: Path) -> None:
    observer = TensorBoardObserver(str(tmp_path), every=5)
    assert [step for step in range(12) if observer.wants(step)] == [0, 5, 10]
    # Gradients are there at every step, for another observer wanted them.
    train(Training(epochs=2), [observer])
    found = read(tmp_path / "train")
    assert [step for step, _ in found["loss"]] == [0, 5, 10, 15, 16]
    assert [step for step, _ in found["gradient/out/kernel"]] == [0, 5, 10, 15]


def test_a_run_without_gradients_has_a_loss(tmp_path: Path) -> None:
    observer = TensorBoardObserver(str(tmp_path))
    observer.observe(StepDone(0, 2.5, 0.1, None, None, ("w",)))
    observer.close()
    assert read(tmp_path / "train") == {"loss": [(0, 2.5)], "learning_rate": [(0, np.float32(0.1))]}


def test_a_run_that_blows_up_is_written_to_its_end(tmp_path: Path) -> None:
    events = train(Training(epochs=12, rate=20.0), [TensorBoardObserver(str(tmp_path))])
    lost = next(event.step for event in steps(events) if not np.isfinite(event.loss))
    found = read(tmp_path / "train")
    assert [step for step, loss in found["loss"] if np.isnan(loss)][-1] == 96
    assert np.isinf(found["loss"][lost][1])
    for name in NAMES:
        assert np.isnan(found[f"gradient_norm/{name}"][-1][1])
        step, missing = found[f"not_finite/gradient/{name}"][-1]
        assert step == 95 and missing == steps(events)[-1].gradients[name].size  # type: ignore[index]
        assert not found[f"gradient/{name}"][-1][1][:, 2].any()
        assert all(np.isfinite(rows).all() for _, rows in found[f"gradient/{name}"])


def test_a_run_that_goes_on_is_one_run(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

    train(Training(epochs=3, every=4), [TensorBoardObserver(str(tmp_path), every=4)])
    train(Training(epochs=4, every=4, start=1), [TensorBoardObserver(str(tmp_path), every=4)])

    def steps_of(folder: str, name: str) -> list[int]:
        found = EventAccumulator(str(tmp_path / folder), size_guidance={"tensors": 0}).Reload()
        return [event.step for event in found.Tensors(name)]

    assert steps_of("train", "loss") == [*range(0, 32, 4), 32]
    assert steps_of("validation", "epoch_loss") == list(range(4))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[list[Event], str]]:
    """A run, and the address of a TensorBoard that shows its folder."""
    events = train(Training(), [TensorBoardObserver(str(tmp_path / "logs"))])
    log = tmp_path / "server.log"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(tmp_path / "logs"), "--host", "127.0.0.1"]
    # Every scalar is served; 0, which is said to mean this, serves none.
    command += ["--port", "0", "--load_fast", "false", "--samples_per_plugin", "scalars=100000"]
    with log.open("wb") as stream, subprocess.Popen(command, stdout=stream, stderr=stream) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not (found := re.search(r"http://127\.0\.0\.1:\d+/", log.read_text("utf-8"))):
                assert process.poll() is None and time.monotonic() < end, log.read_text("utf-8")
                time.sleep(0.05)
            yield events, found.group()
        finally:
            process.kill()


def test_the_server_shows_what_was_written(server: tuple[list[Event], str]) -> None:
    events, address = server
    opener = build_opener(ProxyHandler({}))
    end = time.monotonic() + PATIENCE

    def served(plugin: str, count: int, **query: str) -> list[list[Any]]:
        """So many values, which the server may still be reading."""
        found: list[list[Any]] = []
        while len(found) < count:
            assert time.monotonic() < end, found
            time.sleep(0.02)
            with suppress(HTTPError), opener.open(f"{address}data/plugin/{plugin}?{urlencode(query)}") as answer:
                found = json.load(answer)
        return found

    losses = [(event.step, float(np.float32(event.loss))) for event in events if not isinstance(event, EpochDone)]
    scalars = served("scalars/scalars", 33, run="train", tag="loss")
    assert [(step, value) for _, step, value in scalars] == losses
    epochs = [event.logs["val_loss"] for event in events if isinstance(event, EpochDone)]
    scalars = served("scalars/scalars", 4, run="validation", tag="epoch_loss")
    assert [(step, value) for _, step, value in scalars] == list(enumerate(np.float32(epochs).tolist()))
    histograms = served("histograms/histograms", 32, run="train", tag="gradient/dense/kernel")
    for (_, step, rows), event in zip(histograms, steps(events), strict=True):
        counts, _ = np.histogram(event.gradients["dense/kernel"], 30)  # type: ignore[index]
        assert step == event.step and [count for _, _, count in rows] == counts.tolist()
