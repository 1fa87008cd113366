"""The samples of training, as their first lines say they are run; numbers from the tutorials and NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import run

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "training"
NETWORK, CARS = str(SAMPLES / "auto-mpg.expr"), str(SAMPLES / "auto-mpg.csv")
ASKED = ("--data", CARS, "--validation-split", "0.2", "--validation-freq", "2", "--optimizer", "rmsprop")


def cars() -> tuple[np.ndarray, np.ndarray]:
    rows = np.loadtxt(CARS, delimiter=",", skiprows=1)
    return rows[:, :9], rows[:, 9]


def predicted(weights: dict[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    first = np.maximum(features @ weights["dense/kernel"] + weights["dense/bias"], 0)
    second = np.maximum(first @ weights["dense_1/kernel"] + weights["dense_1/bias"], 0)
    return (second @ weights["dense_2/kernel"] + weights["dense_2/bias"])[:, 0]


def test_the_network_of_the_tutorial_has_4865_parameters() -> None:
    assert "4,865" in run("summary", NETWORK).out


def test_five_epochs_are_validated_after_the_second_and_the_fourth(tmp_path: Path) -> None:
    found = run("minimize", NETWORK, *ASKED, "--epochs", "5", "--json").document["epochs"]
    assert found["epoch"] == [0, 1, 2, 3, 4]
    assert [value is not None for value in found["val_loss"]] == [False, True, False, True, False]
    assert found["loss"] == sorted(found["loss"], reverse=True)
    kept = tmp_path / "net.npz"
    assert run("minimize", NETWORK, *ASKED, "--epochs", "4", "--save", str(kept)).code == 0
    features, mpg = cars()
    away = predicted(dict(np.load(kept)), features)[64:] - mpg[64:]
    assert found["val_loss"][3] == pytest.approx((away**2).mean(), rel=1e-5)
    assert found["val_error"][3] == pytest.approx(abs(away).mean(), rel=1e-5)


def test_the_trained_network_predicts_cars_it_has_not_seen(tmp_path: Path) -> None:
    kept = str(tmp_path / "net.npz")
    assert run("minimize", NETWORK, *ASKED, "--epochs", "200", "--save", kept).code == 0
    ran = run("eval", NETWORK, "--load", kept, "--data", CARS, "--rows", "64:", "--of", "prediction", "--only")
    found = np.array(ran.out.splitlines()[1:], float)
    features, mpg = cars()
    assert found == pytest.approx(predicted(dict(np.load(kept)), features)[64:], rel=1e-4)
    assert ((found - mpg[64:]) ** 2).mean() < 0.4 * mpg[64:].var()
