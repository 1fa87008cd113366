"""The programs of the tutorials, run as a user runs them: what they print is what the tutorials print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TUTORIALS = Path(__file__).resolve().parents[2] / "samples" / "tutorials"
PROGRAMS = {path.stem: path for path in TUTORIALS.glob("*.py")}
NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])")


def printed(name: str, folder: Path) -> str:
    """What a program prints, without a word of complaint."""
    environment = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, str(PROGRAMS[name])], cwd=folder, env=environment, capture_output=True, timeout=60
    )
    assert (ran.returncode, ran.stderr.decode()) == (0, "")
    return ran.stdout.decode()


def numbers(text: str) -> list[float]:
    """The numbers of a text; NumPy may have its types written around them."""
    plain = re.sub(r"np\.float32\(([^)]*)\)", r"\1", text).replace("dtype=float32", "")
    return [float(each) for each in NUMBER.findall(plain)]


# What the tutorials print, or say in a comment beside the line.
PRINTED: dict[str, list[float]] = {
    # epoch: 0 loss: 94.6083221436 gradients: [-187.66052], and so on
    "000-first-printed-lines": [0, 94.6083221436, -187.66052, 1, 1.52120530605, 3.0984864],
    "000-grad-ys": [-6, -9, -12, -4, -6, -8, 0, 0, 0, -2, -3, -4],
    "000-without-grad-ys": [3, 3, 3, 2, 2, 2, 0, 0, 0, 1, 1, 1],
    "000-total-derivative": [3, 1],
    "000-stop-gradients-argument": [1, 1],
    "000-stop-gradients-operation": [1, 1],
    "002-first-gradient": [6],
    "002-watch-a-constant": [6],
    "002-intermediate-result": [18],
    "002-persistent-tape": [4, 108, 2, 6],
    "003-gradient-with-a-tape": [18],
    "003-gradient-with-gradients": [18],
    "004-clip-by-norm": [6, 5, 5, 10, 10, 5, 50],
    # By section 13: gradients (5, 10) for (x, w) of values (10, 5), both clipped to 1; then a step of 0.1.
    "004-clip-by-value": [5, 10, 10, 5, 1, 10, 1, 5, 9.9, 4.9, 9.9 * 4.9],
    "004-one-training-step": [9.5, 4.4, 41.8],
}
# The same, where it is texts.
TEXTS = {
    # The two factors of the chain rule and their product: w2 * x and w2.
    "001-two-layer-chain": "tf.Tensor(2.0, shape=(), dtype=float32)\n" * 2,
    "001-gradients-inside-the-tape": "tf.Tensor(2.0, shape=(), dtype=float32)\n" * 2,
    "002-lists-and-dicts": "(3, 2) (2,)\nTrue True\nTrue\n",
    "002-dense-layer": "dense/kernel:0, shape: (3, 2)\ndense/bias:0, shape: (2,)\n",
    "002-what-the-tape-watches": "tf.Tensor(6.0, shape=(), dtype=float32)\nNone\nNone\nNone\n['x0:0']\n",
    "002-manual-watching": "dy/dx0: None\ndy/dx1: 0.9999546\n",
}
PARAMETERS = """\
dense_3/kernel:0 (9, 64)
dense_3/bias:0 (64,)
dense_4/kernel:0 (64, 64)
dense_4/bias:0 (64,)
dense_5/kernel:0 (64, 1)
dense_5/bias:0 (1,)
"""
ELSEWHERE = {
    "000-linear-regression",
    "000-tensorboard",
    "001-network-parameters",
    "001-compile-and-fit",
    "003-tensorboard",
}


def test_every_program_is_tested() -> None:
    assert set(PROGRAMS) == {*PRINTED, *TEXTS, *ELSEWHERE}


@pytest.mark.parametrize("name", PRINTED)
def test_the_numbers_of_the_tutorial(name: str, tmp_path: Path) -> None:
    assert numbers(printed(name, tmp_path)) == pytest.approx(PRINTED[name], rel=3e-7)


@pytest.mark.parametrize("name", TEXTS)
def test_the_lines_of_the_tutorial(name: str, tmp_path: Path) -> None:
    assert printed(name, tmp_path) == TEXTS[name]


def epochs(text: str) -> list[tuple[float, float]]:
    """Loss and gradient of each line of the training loop, in the form that the tutorial prints."""
    lines = text.splitlines()
    found = [re.fullmatch(r"epoch: (\d+) \t loss: (\S+) \t gradients: \[(.*)\]", line) for line in lines]
    assert [int(each[1]) for each in found if each] == list(range(20))
    return [(float(each[2]), numbers(each[3])[0]) for each in found if each]


def test_linear_regression_converges(tmp_path: Path) -> None:
    found = epochs(printed("000-linear-regression", tmp_path))
    # As in the tutorial: the first losses are of the size of the data, the last of that of the noise.
    assert max(loss for loss, _ in found[:3]) > 10
    assert all(loss < 0.1 for loss, _ in found[-5:])
    assert abs(found[-1][1]) < abs(found[0][1]) / 10
    assert {loss == loss for loss, _ in found} == {True}


def test_linear_regression_is_gradient_descent(tmp_path: Path) -> None:
    import numpy as np

    np.random.seed(0)
    x = np.random.randint(-10, 100, 32)
    points = x + np.random.randn(32) / 10, 3 * x + 2 + np.random.randn(32) / 10
    w, b, wanted = 2.0, 1.0, []
    for x_input, y_input in zip(*points, strict=True):
        residual = y_input - (x_input * w + b)
        slope = -2 * residual / 64
        wanted.append((residual**2 / 64, slope * x_input))
        w, b = w - 0.01 * slope * x_input, b - 0.01 * slope
    for found, expected in zip(epochs(printed("000-linear-regression", tmp_path)), wanted[:20], strict=True):
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-4)


def test_the_parameters_of_the_network(tmp_path: Path) -> None:
    found = printed("001-network-parameters", tmp_path)
    assert found.endswith(PARAMETERS)
    assert [line for line in found.splitlines() if "(Dense)" in line] == [
        f"│ {name} (Dense)                 │ {shape:<22} │ {count:>13} │"
        for name, shape, count in (
            ("dense_3", "(None, 64)", "640"),
            ("dense_4", "(None, 64)", "4,160"),
            ("dense_5", "(None, 1)", "65"),
        )
    ]
    assert " Total params: 4,865 (19.00 KB)\n Trainable params: 4,865 (19.00 KB)\n Non-trainable params: 0" in found


def test_compile_and_fit(tmp_path: Path) -> None:
    lines = printed("001-compile-and-fit", tmp_path).splitlines()
    history: dict[str, Any] = {line.split()[0]: numbers(line) for line in lines[-4:]}
    # Five epochs, and a validation after every second one.
    assert {name: len(values) for name, values in history.items()} == {
        "accuracy": 5,
        "loss": 5,
        "val_accuracy": 2,
        "val_loss": 2,
    }
    assert history["loss"] == sorted(history["loss"], reverse=True)
    assert history["val_accuracy"][-1] > 0.9
    assert [line for line in lines if line.startswith("Epoch")] == [f"Epoch {each}/5" for each in range(1, 6)]
    assert ["val_loss" in line for line in lines[1:10:2]] == [False, True, False, True, False]


def test_what_is_written_for_tensorboard(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from .test_summary import values, written

    assert printed("003-tensorboard", tmp_path) == ""
    assert values(tmp_path / "logs") == [(0, "y", 27.0), (0, "grads", 18.0)]
    lines = printed("000-tensorboard", tmp_path).splitlines()
    found = written(tmp_path / "log")
    assert [(step, value.tag) for step, value in found] == [
        (step, tag) for step in range(20) for tag in ("norm_grads", "norm_grads_1")
    ]
    gradients = [numbers(line)[-1] for line in lines if line.startswith("step")]
    assert [value.simple_value for _, value in found[::2]] == pytest.approx(gradients, rel=1e-6)
    assert [value.histo.max for _, value in found[1::2]] == pytest.approx(gradients, rel=1e-6)
