"""`minimize` as users and scripts rely on it; numbers from the tutorials, TensorFlow's rules and plain loops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import run

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = Draft202012Validator(json.loads(files("diffcli").joinpath("schemas", "minimize.json").read_text("utf-8")))
PRODUCT = "var w = 5\nvar x = 10\nloss = w * x\n"


def document(*arguments: str, stdin: str = "", code: int = 0) -> dict:
    ran = run("minimize", *arguments, "--json", stdin=stdin)
    assert ran.code == code, ran.err
    found = ran.document
    SCHEMA.validate(found)
    return found


def ends(found: dict) -> dict:
    return {row["name"]: row["value"] for row in found["variables"]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(path: str, **columns: object) -> None:
    names = list(columns)
    lines = zip(*(columns[name] for name in names), strict=True)  # type: ignore[call-overload]
    Path(path).write_text("\n".join([",".join(names), *(",".join(map(repr, map(float, row))) for row in lines)]) + "\n")


def test_one_step_with_clipping_as_in_the_tutorial():
    found = document("-", "--learning-rate", "0.1", "--clip-norm", "6", "--steps", "1", stdin=PRODUCT)
    before, after = found["history"]
    assert (before["loss"], before["variables"]) == (50.0, {"w": 5.0, "x": 10.0})
    assert (before["gradients"], before["applied"]) == ({"w": 10.0, "x": 5.0}, {"w": 6.0, "x": 5.0})
    assert after["step"] == 1 and "gradients" not in after
    assert ends(found) == {"w": 4.4, "x": 9.5}
    assert found["loss"] == pytest.approx(41.8, rel=1e-15)
    assert [row["gradient"] for row in found["variables"]] == [9.5, 4.4]
    assert (found["steps"], found["converged"], found["why_stopped"]) == (1, False, "1 step done")
    shown = run(
        "minimize", "-", "--learning-rate", "0.1", "--clip-norm", "6", "--steps", "1", "--show-gradients", stdin=PRODUCT
    )
    assert "41.8" in shown.out and "Gradients, variables" in shown.out and " 6.0 " in shown.out


@pytest.mark.parametrize(
    ("option", "limit", "applied"),
    [
        ("--clip-value", "7", [7, 5]),
        ("--clip-norm", "6", [6, 5]),
        ("--clip-global-norm", str(125**0.5 / 2), [5, 2.5]),
    ],
)
def test_gradients_are_clipped_by_element_by_tensor_or_together(option, limit, applied):
    found = document("-", option, limit, "--steps", "1", stdin=PRODUCT)
    assert list(found["history"][0]["applied"].values()) == pytest.approx(applied, rel=1e-14)


def test_a_vector_loss_is_summed_and_a_weight_weighs_it():
    text = "var a = [1, 2]\nvar b = [3, 4]\nloss = 5*a + 3*b\n"
    assert ends(document("-", "--learning-rate", "3", "--steps", "1", stdin=text)) == {"a": [-14, -13], "b": [-6, -5]}
    weighed = document("-", "--learning-rate", "3", "--steps", "1", "--grad-loss", "[42, -42]", stdin=text)
    assert ends(weighed)["a"] == [-629, 632]


def test_variables_without_a_gradient_keep_their_value_and_are_named():
    ran = run("minimize", "-", "--json", "--steps", "3", stdin="var w = 1\nvar z = 7\nloss = w**2 + floor(z)\n")
    assert [(each["name"], each["reason"]["code"]) for each in ran.document["skipped"]] == [("z", "cut")]
    assert [row["name"] for row in ran.document["variables"]] == ["w"]
    assert "`z` has no gradient and keeps its value" in ran.err
    nothing = run("minimize", "-", stdin="var z = 7\nloss = floor(z)\n")
    assert nothing.code == 3 and "no variable has a gradient" in nothing.err


def test_frozen_variables_are_trained_when_they_are_named_and_bounds_hold_after_the_update():
    text = "var w = 5\nfrozen f = 2 in [-0.1, 3]\nloss = w * f\n"
    found = document("-", "--var-list", "f", "--learning-rate", "1", "--steps", "1", stdin=text)
    assert ends(found) == {"f": -0.1}
    assert run("minimize", "-", "--var-list", "loss", stdin=text).code == 2
    assert run("minimize", "-", "--var-list", "q", stdin=text).code == 2


def test_a_condition_ends_the_run_and_its_miss_is_exit_1():
    text = "var x = 0\nloss = (x - 3)**2\n"
    # The distance is halved in each step: 9, 2.25, 0.5625.
    found = document("-", "--learning-rate", "0.25", "--until", "loss < 1", stdin=text)
    assert (found["steps"], found["converged"], found["loss"]) == (2, True, 0.5625)
    missed = document("-", "--learning-rate", "0.25", "--until", "loss < 1", "--steps", "1", stdin=text, code=1)
    assert (missed["converged"], missed["why_stopped"]) == (False, "1 step done")
    assert document("-", "--until", "loss < 100", stdin=text)["steps"] == 0
    wrong = run("minimize", "-", "--until", "los < 1", stdin=text)
    assert wrong.code == 2 and "did you mean loss?" in wrong.err


def test_inputs_with_a_value_are_trained_where_no_variable_is_declared():
    found = document("-e", "(x - 3)**2", "--at", "x=0", "--learning-rate", "0.5", "--steps", "1")
    assert ends(found) == {"x": 3.0}
    bare = run("minimize", "-e", "(x - 3)**2")
    assert bare.code == 3 and "--at x=1" in bare.err


def test_a_loss_that_is_no_number_ends_the_run_at_its_step():
    # x doubles with a changed sign in each step of rate 1.5; 2**512 squared is too large.
    found = document("-", "--learning-rate", "1.5", "--steps", "5000", stdin="var x = 1\nloss = x**2\n", code=1)
    assert (found["why_stopped"], found["loss"]) == ("the loss is inf at step 512", "inf")
    fine = document("-", "--learning-rate", "1.5", "--steps", "500", "--no-history", stdin="var x = 1\nloss = x**2\n")
    assert fine["loss"] == 2.0**1000 and fine["history"] == []


def test_the_rate_follows_its_schedule():
    schedule = "piecewise:boundaries=[1],values=[0.5,0.25]"
    text = "var x = 8\nloss = x\n"
    found = document("-", "--learning-rate", schedule, "--steps", "4", "--history", "1", stdin=text)
    assert [turn["variables"]["x"] for turn in found["history"]] == [8, 7.5, 7, 6.75, 6.5]
    assert found["optimizer"]["learning_rate"]["schedule"] == "piecewise"
    warm = document("-", "--learning-rate", "1", "--warmup-steps", "1", "--steps", "2", stdin=text)
    assert ends(warm) == {"x": 6.5}


def test_the_history_can_be_thinned_and_written_to_a_file(here):
    text = "var x = 8\nloss = x\n"
    found = document("-", "--learning-rate", "1", "--steps", "7", "--history", "3", stdin=text)
    assert [turn["step"] for turn in found["history"]] == [0, 3, 6, 7]
    run("minimize", "-", "--learning-rate", "1", "--steps", "2", "--history-file", "h.csv", stdin=text)
    assert Path("h.csv").read_text() == "step,loss,x\n0,8.0,8.0\n1,7.0,7.0\n2,6.0,6.0\n"


LINE = "input t: [n]\ninput y: [n]\nvar w = 2\nvar b = 1\nloss = mean((w*t + b - y)**2)\nerror = mae(y, w*t + b)\nminimize loss\n"


def test_the_loss_of_an_epoch_is_the_mean_over_its_rows_before_each_update(here):
    t, y = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([5.0, 8.0, 11.0, 14.0, 17.0])
    rows("d.csv", t=t, y=y)
    Path("m.expr").write_text(LINE)
    found = document(
        "m.expr", "--data", "d.csv", "--no-shuffle", "--batch-size", "2", "--epochs", "2", "--learning-rate", "0.01"
    )
    w, b, losses, errors = 2.0, 1.0, [], []
    for _ in range(2):
        loss = error = 0.0
        for part in (slice(0, 2), slice(2, 4), slice(4, 5)):
            miss = w * t[part] + b - y[part]
            loss, error = loss + float((miss**2).sum()), error + float(abs(miss).sum())
            w, b = w - 0.01 * float((2 * miss * t[part]).mean()), b - 0.01 * float((2 * miss).mean())
        losses.append(loss / 5)
        errors.append(error / 5)
    assert found["epochs"]["loss"] == pytest.approx(losses, rel=1e-13)
    assert found["epochs"]["error"] == pytest.approx(errors, rel=1e-13)
    assert ends(found) == pytest.approx({"w": w, "b": b}, rel=1e-13)
    assert found["loss"] == pytest.approx(float(((w * t + b - y) ** 2).mean()), rel=1e-12)
    # Numbers of one row give the same, with the mean taken over the rows.
    Path("one.expr").write_text("input t\ninput y\nvar w = 2\nvar b = 1\nloss = (w*t + b - y)**2\n")
    one = document(
        "one.expr", "--data", "d.csv", "--no-shuffle", "--batch-size", "2", "--epochs", "2", "--learning-rate", "0.01"
    )
    assert ends(one) == pytest.approx({"w": w, "b": b}, rel=1e-13)


def test_the_seed_decides_the_order_of_rows(here):
    rows("d.csv", t=range(40), y=[3 * each + 2 for each in range(40)])
    Path("m.expr").write_text(LINE)
    asked = ("m.expr", "--data", "d.csv", "--batch-size", "4", "--epochs", "2", "--learning-rate", "1e-4")
    first, again = document(*asked), document(*asked)
    other = document(*asked, "--seed", "1")
    assert first == again and ends(first) != ends(other)


def test_validation_takes_the_last_rows_and_the_epochs_that_were_asked_for(here):
    rows("d.csv", t=range(10), y=[2 * each + 1 for each in range(8)] + [100, 100])
    Path("m.expr").write_text(LINE)
    asked = ("--epochs", "5", "--validation-freq", "2", "--learning-rate", "0")
    found = document("m.expr", "--data", "d.csv", "--validation-split", "0.2", *asked)
    expected = ((100 - 17) ** 2 + (100 - 19) ** 2) / 2
    assert found["epochs"]["loss"] == [0] * 5
    assert found["epochs"]["val_loss"] == [None, expected, None, expected, None]
    rows("v.csv", t=[8, 9], y=[100, 100])
    rows("t.csv", t=range(8), y=[2 * each + 1 for each in range(8)])
    ran = run(
        "minimize",
        "m.expr",
        "--data",
        "t.csv",
        "--validation-data",
        "v.csv",
        *asked,
        "--history-file",
        "h.json",
        "--json",
    )
    assert ran.document["epochs"] == found["epochs"]
    kept = json.loads(Path("h.json").read_text())
    assert kept["val_loss"] == [expected, expected] and len(kept["loss"]) == 5


def test_early_stopping_waits_and_brings_back_the_best(here):
    # The loss of validation is (x - 4)**2 on the way from 0 by steps of 1: best at 4.
    rows("d.csv", g=[-1.0])
    rows("v.csv", g=[0.0])
    Path("m.expr").write_text("input g\nvar x = 0\nloss = g*x + (1 + g)*(x - 4)**2\n")
    asked = ("m.expr", "--data", "d.csv", "--validation-data", "v.csv", "--learning-rate", "1", "--epochs", "50")
    found = document(*asked, "--early-stopping", "val_loss:patience=2")
    assert found["epochs"]["val_loss"] == [9, 4, 1, 0, 1, 4] and ends(found) == {"x": 6}
    best = document(*asked, "--early-stopping", "val_loss:patience=2,restore_best_weights=true")
    assert ends(best) == {"x": 4} and "since epoch 4" in best["why_stopped"]
    assert run("minimize", *asked, "--early-stopping", "val_los").code == 2


def test_trained_values_are_kept_taken_and_written_back(here):
    text = "var w = [1, 2]   # the slope\nfrozen k = 3\nloss = sum((w - k)**2)\n"
    Path("m.expr").write_text(text)
    for name in ("w.npz", "w.safetensors"):
        assert run("minimize", "m.expr", "--learning-rate", "0.25", "--steps", "1", "--save", name).code == 0
        values = run("eval", "m.expr", "--load", name, "--of", "w", "--json").document["targets"][0]["value"]
        assert values == [2.0, 2.5]
        assert run("grad", "m.expr", "--load", name, "--json").document["gradients"][0]["value"] == [-2.0, -1.0]
    back = run("minimize", "m.expr", "--learning-rate", "0.25", "--steps", "1", "--write-back")
    assert back.out == text.replace("[1, 2]", "[2, 2.5]")
    assert run("eval", "m.expr", "--load", "none.npz").code == 5
    Path("broken.npz").write_bytes(Path("w.npz").read_bytes()[:100])
    assert run("eval", "m.expr", "--load", "broken.npz").code == 5
    np.savez("odd.npz", w=np.zeros(3))
    assert run("eval", "m.expr", "--load", "odd.npz").code == 2
    assert run("minimize", "m.expr", "--save", "w.txt").code == 2


NETWORK = "input X: [n, 3]\ninput y: [n]\np = dense(dense(X, 8, activation=tanh), 1)\nloss = mse(y, squeeze(p, 1))\nminimize loss\n"


def test_a_killed_run_goes_on_as_if_it_had_never_stopped(here):
    generator = np.random.default_rng(5)
    X = generator.normal(size=(200, 3))
    rows("d.csv", X_0=X[:, 0], X_1=X[:, 1], X_2=X[:, 2], y=np.sin(X[:, 0]) + X[:, 1])
    Path("m.expr").write_text(NETWORK)
    asked = [
        "m.expr",
        "--data",
        "d.csv",
        "--optimizer",
        "nadam",
        "--epochs",
        "400",
        "--validation-split",
        "0.25",
        "--json",
        "-q",
    ]
    whole = run("minimize", *asked).out
    kept = ["--checkpoint", "run.npz", "--checkpoint-every", "13"]
    command = [sys.executable, "-m", "diffcli", "minimize", *asked, *kept]
    killed = 0
    for wait in (0.0, 0.05, 0.1):
        process = subprocess.Popen(
            [*command, "--resume"], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        while process.poll() is None and not Path("run.npz").exists():
            time.sleep(0.005)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.communicate()
    assert killed
    assert run("minimize", *asked, *kept, "--resume").out == whole
    other = run("minimize", *asked, *kept, "--resume", "--learning-rate", "0.5")
    assert other.code == 2 and "another run" in other.err


@pytest.mark.parametrize("method", ["l-bfgs-b", "trust-constr"])
def test_methods_of_scipy_find_the_minimum_and_keep_within_bounds(method):
    text = "var x = -1.2\nvar y = 1\nloss = (1 - x)**2 + 100*(y - x**2)**2\n"
    found = document("-", "--optimizer", method, stdin=text)
    assert found["converged"] and ends(found) == pytest.approx({"x": 1, "y": 1}, abs=1e-6)
    assert found["optimizer"]["variant"] == "scipy" and found["optimizer"]["learning_rate"] is None
    bounded = document("-", "--optimizer", method, stdin=text.replace("-1.2", "-1.2 in [-2, 0.5]"))
    assert ends(bounded) == pytest.approx({"x": 0.5, "y": 0.25}, abs=1e-4)
    reached = document("-", "--optimizer", method, "--until", "loss < 1", stdin=text)
    assert reached["converged"] and 1e-6 < reached["loss"] < 1
    assert run("minimize", "-", "--optimizer", method, "--learning-rate", "1", stdin=text).code == 2


def test_linear_regression_on_noisy_rows():
    sample = ROOT / "samples" / "training" / "linear-regression.expr"
    found = document(
        str(sample),
        "--data",
        str(sample.with_suffix(".csv")),
        "--optimizer",
        "GradientDescentOptimizer",
        "--learning-rate",
        "0.015",
        "--batch-size",
        "0",
        "--epochs",
        "50000",
        "--no-history",
    )
    assert ends(found) == pytest.approx({"w": 3, "b": 2}, rel=0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--optimizer", "adan"], "did you mean adam?"),
        (["--optimizer", "sgd:momentm=1"], "did you mean momentum?"),
        (["--optimizer", "adam:beta_1=x"], "not a number"),
        (["--optimizer", "sgd", "--variant", "tf1"], "--learning-rate 0.01"),
        (["--optimizer", "lion", "--variant", "tf1"], "alone"),
        (["--learning-rate", "cosin:1"], "did you mean cosine?"),
        (["--learning-rate", "cosine:1"], "decay_steps"),
        (["--epochs", "3"], "--epochs needs --data"),
        (["--resume"], "--resume needs --checkpoint"),
        (["--of", "q"], "no name `q`"),
    ],
)
def test_mistakes_on_the_command_line_are_exit_2(options, message):
    ran = run("minimize", "-", *options, stdin=PRODUCT)
    assert ran.code == 2 and message in ran.err


def test_a_file_with_several_targets_must_say_which_is_the_loss():
    ran = run("minimize", "-", stdin="var w = 1\na = w**2\nb = w + 1\n")
    assert ran.code == 3 and "minimize a" in ran.err
    assert ends(
        document("-", "--of", "a", "--learning-rate", "0.5", "--steps", "1", stdin="var w = 1\na = w**2\nb = w + 1\n")
    ) == {"w": 0}


def test_float32_is_computed_in_float32():
    found = document(
        "-", "--learning-rate", "0.1", "--steps", "1", "--dtype", "float32", stdin="var w = 1\nloss = w / 3\n"
    )
    assert ends(found)["w"] == float(str(np.float32(1) - np.float32(0.1) * (np.float32(1) / np.float32(3))))


def test_a_run_that_stopped_early_stays_where_it_stopped(here):
    rows("d.csv", g=[-1.0])
    rows("v.csv", g=[0.0])
    Path("m.expr").write_text("input g\nvar x = 0\nloss = g*x + (1 + g)*(x - 4)**2\n")
    asked = ("m.expr", "--data", "d.csv", "--validation-data", "v.csv", "--learning-rate", "1", "--epochs", "50")
    asked += (
        "--early-stopping",
        "val_loss:patience=2,restore_best_weights=true",
        "--checkpoint",
        "run.npz",
        "--resume",
    )
    first = document(*asked)
    assert ends(first) == {"x": 4} and document(*asked) == first
    reached = (
        "m.expr",
        "--data",
        "d.csv",
        "--learning-rate",
        "1",
        "--until",
        "epoch == 3",
        "--checkpoint",
        "u.npz",
        "--resume",
    )
    first = document(*reached, "--epochs", "9")
    assert ends(first) == {"x": 3} and document(*reached, "--epochs", "9") == first
