"""A network of 784, 256 and 10 units learns to read the handwritten digits that scikit-learn ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import run

NETWORK = """\
dtype float32
input X: [n, 784]
input label: [n]
hidden = dense(X, 256, activation=relu)
logits = dense(hidden, 10)
loss = sparse_categorical_crossentropy(label, logits, from_logits=true)
accuracy = sparse_categorical_accuracy(label, logits)
minimize loss
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The 1,797 digits of 8 by 8 pixels, each pixel drawn 3 by 3 on a sheet of 28 by 28; 400 of them are held out."""
    from sklearn.datasets import load_digits

    monkeypatch.chdir(tmp_path)
    digits = load_digits()
    sheets = np.pad(np.kron(digits.images / 16, np.ones((3, 3))), ((0, 0), (2, 2), (2, 2))).reshape(-1, 784)
    order = np.random.default_rng(0).permutation(len(sheets))
    X, label = sheets[order].astype("float32"), digits.target[order].astype("float32")
    np.savez("train.npz", X=X[400:], label=label[400:])
    np.savez("held.npz", X=X[:400], label=label[:400])
    Path("digits.expr").write_text(NETWORK)
    return tmp_path


def test_97_percent_of_digits_never_seen_are_read_and_the_same_at_every_run(here):
    asked = [
        "--data",
        "train.npz",
        "--validation-data",
        "held.npz",
        "--optimizer",
        "adam",
        "--epochs",
        "8",
        "--no-history",
    ]
    first = run("minimize", "digits.expr", *asked, "--save", "weights.npz", "--json").document
    assert first["epochs"]["val_accuracy"][-1] >= 0.97
    assert run("minimize", "digits.expr", *asked, "--json").document == first
    # The same share, from the kept weights by plain NumPy.
    weights, held = np.load("weights.npz"), np.load("held.npz")
    hidden = np.maximum(held["X"] @ weights["dense/kernel"] + weights["dense/bias"], 0)
    read = (hidden @ weights["dense_1/kernel"] + weights["dense_1/bias"]).argmax(axis=1)
    assert first["epochs"]["val_accuracy"][-1] == pytest.approx((read == held["label"]).mean(), abs=1e-12)
