"""What goes wrong with `minimize`, or is asked for in vain: the message, the exit code, and what is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import run

ROOT = Path(__file__).resolve().parents[2]
LINE = "input t: [n]\ninput y: [n]\nvar w = 2\nvar b = 1\nloss = mean((w*t + b - y)**2)\n"
SQUARE = "var x = 1\nloss = x**2\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.expr").write_text(LINE)
    Path("d.csv").write_text("t,y\n0,2\n1,5\n2,8\n3,11\n")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--learning-rate", "exponential:none,decay_steps=1,decay_rate=1", "initial_learning_rate is a number"),
        ("--learning-rate", "constant:true", "initial_learning_rate is a number"),
        ("--learning-rate", "cosine:0.1,decay_steps=3,warmup_target=[1]", "warmup_target is a number"),
        ("--learning-rate", "cosine:0.1,decay_steps=0", "decay_steps cannot be 0"),
        ("--learning-rate", "piecewise:boundaries=[3],values=[none,true]", "values is a list of numbers"),
        ("--learning-rate", "piecewise:boundaries=3,values=[1]", "boundaries is a list of numbers"),
        ("--learning-rate", "piecewise:boundaries=[3,2],values=[1,2,3]", "larger than the one before"),
        ("--learning-rate", "piecewise:boundaries=[3],values=[1]", "one value more"),
        ("--learning-rate", "nan", "`nan` is not a number"),
        ("--optimizer", "adam:beta_1=1", "from 0 to below 1"),
        ("--optimizer", "sgd:momentum=-0.1", "momentum cannot be -0.1"),
        ("--optimizer", "sgd:nesterov=[1]", "nesterov is true or false"),
        ("--optimizer", "rmsprop:rho=inf", "not a number"),
        ("--optimizer", "l-bfgs-b:maxcor=2.5", "a whole number"),
        ("--clip-norm", "-1", "a number 0 or more"),
        ("--clip-value", "nan", "cannot be clipped to nan"),
        ("--until", "val_loss < 1", "no `val_loss` without validation"),
        ("--checkpoint-every", "5", "needs --checkpoint"),
    ],
)
def test_settings_that_have_no_meaning(option: str, value: str, message: str) -> None:
    ran = run("minimize", "-", option, value, stdin=SQUARE)
    assert ran.code == 2 and message in ran.err, ran.err


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ("", 5, "the file is empty"),
        ("t,y\n", 5, "it has no rows to train on"),
        ("t,y\n0,2\n1,\n", 5, "column y: empty"),
        ("t,y\n0,2\n1,five\n", 5, "`five` is not a number"),
        ("t,z\n0,2\n", 4, "`y` has neither a column nor a value"),
        ("u,v\n0,2\n", 2, "no column of d.csv feeds an input"),
        ("t,y\n0,2\n1,nan\n", 1, "`y` is NaN or infinite in 1 row of d.csv"),
    ],
)
def test_data_that_cannot_be_trained_on(content: str, code: int, message: str) -> None:
    Path("d.csv").write_text(content)
    ran = run("minimize", "m.expr", "--data", "d.csv")
    assert ran.code == code and message in ran.err, ran.err


def test_any_seed_is_one() -> None:
    asked = ("minimize", "m.expr", "--data", "d.csv", "--batch-size", "1", "--format", "plain")
    found = [run(*asked, "--seed", seed) for seed in ("-1", "-1", "-2", str(10**30))]
    assert [each.code for each in found] == [0] * 4
    assert found[0].out == found[1].out != found[2].out


@pytest.mark.parametrize(
    ("content", "message"), [("t\n1\n", "it has no column for `y`"), ("t,y\n", "it has no rows to validate with")]
)
def test_data_that_cannot_be_validated_with(content: str, message: str) -> None:
    Path("v.csv").write_text(content)
    ran = run("minimize", "m.expr", "--data", "d.csv", "--validation-data", "v.csv")
    assert ran.code == 5 and message in ran.err


def test_rows_of_another_width_are_not_validated_with() -> None:
    Path("net.expr").write_text("input X: [n, k]\ninput y: [n]\nloss = mse(y, squeeze(dense(X, 1), 1))\n")
    Path("two.csv").write_text("X_0,X_1,y\n1,2,3\n")
    Path("three.csv").write_text("X_0,X_1,X_2,y\n1,2,3,4\n")
    ran = run("minimize", "net.expr", "--data", "two.csv", "--validation-data", "three.csv")
    assert ran.code == 5 and "`X` has shape [3] in each row, and [2]" in ran.err


def test_a_label_that_is_no_class_is_said() -> None:
    text = "input X: [n, 2]\ninput label: [n]\nscores = dense(X, 3)\n"
    Path("c.expr").write_text(text + "loss = sparse_categorical_crossentropy(label, scores, from_logits=true)\n")
    Path("c.csv").write_text("X_0,X_1,label\n1,2,0\n2,1,3\n")
    for command in (["minimize"], ["eval", "--of", "loss"]):
        ran = run(command[0], "c.expr", "--data", "c.csv", *command[1:])
        assert ran.code == 3 and "there is no class 3" in ran.err


def test_a_loss_that_is_infinite_once_ends_the_run_whoever_looks() -> None:
    # -log(x) is infinite at 0, where x arrives after one step; the clipped gradient would lead on from there.
    text = "var x = 1\nloss = log(abs(x))\n"
    asked = ("minimize", "-", "--learning-rate", "1", "--clip-value", "1", "--steps", "5000", "--json")
    for history in ([], ["--no-history"], ["--history", "1"]):
        ran = run(*asked, *history, stdin=text)
        assert ran.code == 1 and ran.document["why_stopped"] == "the loss is -inf at step 1"


def test_the_loss_goes_by_its_own_name_too() -> None:
    Path("m.expr").write_text(LINE.replace("loss =", "cost =") + "minimize cost\n")
    asked = ("minimize", "m.expr", "--data", "d.csv", "--learning-rate", "0.1", "--epochs", "1000", "--json")
    for name in ("loss", "cost"):
        found = run(*asked, "--until", f"{name} < 0.01").document
        assert found["converged"] and found["steps"] < 1000
    watched = ("--early-stopping", "val_cost:patience=2", "--validation-data", "d.csv")
    assert "val_cost" in run(*asked, *watched).document["why_stopped"]


def test_metrics_are_not_called_as_the_runs_own_numbers() -> None:
    text = "var x = 1\nloss = 5*x\ntotal = x**2\nminimize total\n"
    assert run("minimize", "-", "--steps", "1", "--json", stdin=text).document["metrics"] == {}
    ran = run("minimize", "-", "--metrics", "loss", stdin=text)
    assert ran.code == 2 and "another number of the run" in ran.err


def test_a_condition_that_a_method_of_scipy_does_not_reach_is_missed() -> None:
    pytest.importorskip("scipy")
    ran = run("minimize", "-", "--optimizer", "l-bfgs-b", "--until", "loss < -1", "--json", stdin=SQUARE)
    assert ran.code == 1 and not ran.document["converged"]


@pytest.mark.parametrize(
    ("option", "name"), [("--save", "w.npz"), ("--checkpoint", "c.npz"), ("--history-file", "h.csv")]
)
def test_a_folder_that_is_not_there_is_said_before_the_first_step(option: str, name: str) -> None:
    ran = run("minimize", "m.expr", "--data", "d.csv", option, f"none/{name}")
    assert ran.code == 5 and "there is no such folder" in ran.err and not ran.out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_result_is_printed_even_if_it_cannot_be_saved() -> None:
    os.symlink("/dev/full", "w.npz")
    ran = run("minimize", "-", "--steps", "1", "--save", "w.npz", "--history-file", "h.csv", stdin=SQUARE)
    assert ran.code == 5 and "No space left" in ran.err
    assert "0.98" in ran.out and Path("h.csv").exists()


def test_an_interrupted_run_keeps_a_whole_checkpoint() -> None:
    asked = ["minimize", "m.expr", "--data", "d.csv", "--epochs", "1000000", "--no-history"]
    kept = ["--checkpoint", "c.npz", "--checkpoint-every", "10", "--save", "w.npz"]
    process = subprocess.Popen(
        [sys.executable, "-m", "diffcli", *asked, *kept],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    while process.poll() is None and not Path("c.npz").exists():
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, b"") and b"--resume goes on from c.npz" in err
    assert sorted(os.listdir()) == ["c.npz", "d.csv", "m.expr"]
    state = np.load("c.npz")
    assert state["state/0"].dtype.kind == "f"
    more = run(*asked[:4], "--epochs", "1", *kept[:4], "--resume", "--no-history")
    assert more.code == 0 and "going on after step" in more.err


def test_a_checkpoint_is_of_the_used_files_and_the_loaded_values_too() -> None:
    Path("lib.expr").write_text("def miss(t, y, w) = w*t - y\n")
    Path("m.expr").write_text('use "lib.expr"\ninput t\ninput y\nvar w = 1\nfrozen k = 2\nloss = miss(t, k*y, w)**2\n')
    for name, value in (("one.npz", 1.0), ("two.npz", 2.0)):
        np.savez(name, k=np.array(value))
    asked = ("minimize", "m.expr", "--data", "d.csv", "--checkpoint", "c.npz", "--resume", "--load")
    assert run(*asked, "one.npz").code == 0
    assert "going on after step 1" in run(*asked, "one.npz").err
    assert run(*asked, "two.npz").code == 2
    Path("lib.expr").write_text("def miss(t, y, w) = w*t + y\n")
    ran = run(*asked, "one.npz")
    assert ran.code == 2 and "another run" in ran.err


def test_the_history_is_thinned_where_a_condition_may_end_the_run_early() -> None:
    asked = ("minimize", "-", "--learning-rate", "0.001", "--json")
    early = run(*asked, "--until", "loss < 0.5", stdin=SQUARE).document
    assert [turn["step"] for turn in early["history"]] == list(range(early["steps"] + 1))
    late = run(*asked, "--until", "loss < 1e-12", stdin=SQUARE).document
    steps = [turn["step"] for turn in late["history"]]
    assert 500 <= len(steps) <= 1001 and late["steps"] > 5000
    assert len(set(np.diff(steps[:-1]))) == 1
