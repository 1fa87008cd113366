"""Rows of data for inputs that take batches: each row is a batch of one. Numbers from NumPy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import run

NETWORK = """\
input X: [n, 3] = [[1, 2, 3], [4, 5, 6]]
input y: [n] = [1, 2]
h = dense(X, 4, activation=tanh)
p = dense(h, 1)
q = softmax(dense(h, 3))
loss = mse(y, squeeze(p, 1))
"""
ROWS = 1000


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """A folder with a network, weights of it, and rows for it."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(3)
    shapes = {"dense": (3, 4), "dense_1": (4, 1), "dense_2": (4, 3)}
    found = {f"{name}/kernel": generator.normal(size=shape) for name, shape in shapes.items()}
    found |= {f"{name}/bias": generator.normal(size=shape[1:]) for name, shape in shapes.items()}
    np.savez("w.npz", **found)
    Path("net.expr").write_text(NETWORK)
    found["X"] = generator.normal(size=(ROWS, 3))
    lines = [f"{a!r},{b!r},{c!r},car {place}" for place, (a, b, c) in enumerate(found["X"].tolist())]
    Path("d.csv").write_text("\n".join(["X_0,X_1,X_2,name", *lines]) + "\n")
    return found


def columns(text: str) -> dict[str, list[str]]:
    names, *rows = [line.split(",") for line in text.splitlines()]
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def numbers(found: dict[str, list[str]], *names: str) -> np.ndarray:
    return np.array([found[name] for name in names], float).T


def hidden(net: dict[str, np.ndarray]) -> np.ndarray:
    return np.tanh(net["X"] @ net["dense/kernel"] + net["dense/bias"])


def test_trained_weights_on_new_rows_give_what_the_whole_batch_gives(trained):
    ran = run("eval", "net.expr", "--load", "w.npz", "--data", "d.csv", "--of", "p,q", "-o", "-")
    assert ran.code == 0, ran.err
    found = columns(ran.out)
    assert list(found) == ["X_0", "X_1", "X_2", "name", "value.p", "value.q_0", "value.q_1", "value.q_2"]
    assert "each row is a batch of one for X" in ran.err
    assert found["name"][:2] == ["car 0", "car 1"] and len(found["name"]) == ROWS
    expected = hidden(trained) @ trained["dense_1/kernel"] + trained["dense_1/bias"]
    assert numbers(found, "value.p") == pytest.approx(expected, rel=1e-12)
    scores = np.exp(hidden(trained) @ trained["dense_2/kernel"] + trained["dense_2/bias"])
    assert numbers(found, "value.q_0", "value.q_1", "value.q_2") == pytest.approx(
        scores / scores.sum(axis=1, keepdims=True), rel=1e-12
    )


def test_gradients_by_an_input_are_those_of_each_row(trained):
    ran = run("grad", "net.expr", "--load", "w.npz", "--data", "d.csv", "--of", "p", "--wrt", "X", "--only")
    found = columns(ran.out)
    assert list(found) == ["value", "grad.X_0", "grad.X_1", "grad.X_2"]
    expected = ((1 - hidden(trained) ** 2) * trained["dense_1/kernel"][:, 0]) @ trained["dense/kernel"].T
    assert numbers(found, "grad.X_0", "grad.X_1", "grad.X_2") == pytest.approx(expected, rel=1e-11)
    matrix = run("jacobian", "net.expr", "--load", "w.npz", "--data", "d.csv", "--of", "p", "--wrt", "X", "--only")
    named = {name.replace("jacobian.p", "grad"): values for name, values in columns(matrix.out).items()}
    assert named == found


def test_the_value_beside_an_input_is_one_of_other_rows(trained):
    ran = run("eval", "net.expr", "--load", "w.npz", "--data", "d.csv", "--of", "loss", "-o", "-")
    assert ran.code == 4 and "`y` has neither a column nor a value" in ran.err


def test_jobs_parts_conditions_and_reductions_give_the_same(trained):
    asked = ("eval", "net.expr", "--load", "w.npz", "--data", "d.csv", "--of", "p")
    plain = run(*asked, "-o", "-").out
    assert run(*asked, "-o", "-", "--jobs", "2").out == plain
    assert run(*asked, "-o", "o.csv", "--resume").code == 0 and Path("o.csv").read_text() == plain
    some = columns(run(*asked, "-o", "-", "--where", "X_0 > 0").out)
    mean = json.loads(run(*asked, "--reduce", "mean", "--where", "X_0 > 0", "--json").out)["reduced"][0]["mean"]
    assert mean == pytest.approx(numbers(some, "value").mean(), rel=1e-12)
    assert len(some["value"]) == (trained["X"][:, 0] > 0).sum()


def test_parts_of_other_weights_are_not_gone_on_with(trained):
    from diffcli.compute.weights import digest

    weights = {"k": np.zeros((100, 100))}
    other = {"k": weights["k"].copy()}
    other["k"][50, 50] = 1  # where a text of the array has dots
    assert repr(weights) == repr(other) and digest(weights) != digest(other)
    assert digest(weights) == digest({"k": np.zeros((100, 100))})


def test_workers_have_the_weights(trained):
    pytest.importorskip("distributed")
    asked = ("eval", "net.expr", "--load", "w.npz", "--data", "d.csv", "--of", "p", "-o")
    assert run(*asked, "one.csv").code == 0
    ran = run(*asked, "two.csv", "--workers", "1")
    assert ran.code == 0, ran.err
    assert Path("one.csv").read_text() == Path("two.csv").read_text()


@pytest.mark.parametrize(
    ("declared", "of", "names", "values"),
    [
        ("input t: [n]", "2*t", ["value"], [[2], [4]]),
        ("input t: [?]", "2*t", ["value"], [[2], [4]]),
        ("input t: [n, 1]", "2*t", ["value"], [[2], [4]]),
        ("input t: [n, k]", "2*t", ["value"], [[2], [4]]),
        ("input t: [n]", "sum(t)", ["value"], [[1], [2]]),
        ("input t: [n, 1]", "t @ [[1, 3]]", ["value_0", "value_1"], [[1, 3], [2, 6]]),
        ("input t: [1]", "2*t", ["value_0"], [[2], [4]]),  # a size that is no letter stays
        ("input L: [n, 3]", "sum(L, axis=1)", ["value"], [[6], [9]]),
        ("input L: [n, k]", "L", ["value_0", "value_1", "value_2"], [[1, 2, 3], [2, 3, 4]]),
        ("input L: [n]", "2*L", ["value_0", "value_1", "value_2"], [[2, 4, 6], [4, 6, 8]]),  # a row is the whole vector
    ],
)
def test_what_a_row_is_follows_from_the_declaration_and_the_columns(declared, of, names, values, tmp_path):
    data = tmp_path / "d.ndjson"
    data.write_text('{"t": 1, "L": [1, 2, 3]}\n{"t": 2, "L": [2, 3, 4]}\n')
    file = tmp_path / "m.expr"
    file.write_text(f"{declared}\nz = {of}\n")
    ran = run("eval", str(file), "--data", str(data), "--only", "--format", "csv")
    assert ran.code == 0, ran.err
    found = columns(ran.out)
    assert list(found) == names and numbers(found, *names).tolist() == values
