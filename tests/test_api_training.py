"""Training, fits and uncertainties from Python: arrays in, trained programs and records out, and what is refused."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import diffcli
from diffcli import DiffError, Progress, minimize, parse

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(60, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.25 + 0.1 * RANDOM.normal(size=60)
LINEAR = """
input X: [n, 3]
input y: [n]
var w = zeros([3])
var b = 0
p = X @ w + b
loss = mean((p - y)**2)
minimize loss
"""
SOLUTION = np.linalg.lstsq(np.column_stack([X, np.ones(60)]), Y, rcond=None)[0]
T = np.linspace(0.0, 4.0, 25)
SEEN = 3 * np.exp(-0.7 * T) + 0.05 * RANDOM.normal(size=25)
DECAY = "input t; var a = 1; var k = 1; y = a * exp(-k * t)"
LINE = "input t; var a = 1; var b = 0; y = a * t + b"


def near(found, wanted, tolerance=1e-9):
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


# ---- minimize, on what a program says itself


def test_gradient_descent_is_a_geometric_sequence():
    result = minimize("(x - 3)**2", start={"x": 0}, learning_rate=0.1, steps=10)
    near(result.variables["x"], 3 - 3 * 0.8**10)
    near(result.loss, 9 * 0.64**10)
    near(result.gradients["x"], -6 * 0.8**10)
    near(result.path["x"], 3 - 3 * 0.8 ** np.arange(11))
    near(result.history["loss"], 9 * 0.64 ** np.arange(11))
    assert result.history["step"].tolist() == list(range(11))
    assert (result.steps, result.converged, result.why_stopped) == (10, False, "10 steps done")


def test_the_trained_program_has_the_values_and_the_old_one_keeps_its_own():
    program = parse("var x = 0; input c = 3; loss = (x - c)**2")
    result = program.minimize(learning_rate=0.5, steps=1)  # to the minimum in one step
    assert (result.program(), program()) == (0.0, 9.0)
    assert result.program(x=1.0) == 4.0
    assert result.program.minimize(start={"c": 5}, learning_rate=0.5, steps=1).variables == {"x": 5.0}


def test_until_ends_a_run_and_says_when_it_did_not():
    program = parse("var x = 1; x**2")
    result = program.minimize(learning_rate=0.25, until="loss < 1e-6")  # the loss is 4**-step
    assert (result.steps, result.converged) == (10, True)
    with pytest.warns(RuntimeWarning, match="loss < 1e-6 does not hold, 5 steps done"):
        assert not program.minimize(learning_rate=0.25, until="loss < 1e-6", steps=5).converged


def test_what_is_trained_can_be_named():
    program = parse("var x = 1; var y = 1; loss = x**2 + y**2")
    assert program.minimize(variables="y", learning_rate=0.5, steps=1).variables == {"y": 0.0}
    assert minimize("x**2 + y**2", start={"x": 1, "y": 1}, variables=["x"], learning_rate=0.5, steps=1).program() == 1.0


def test_a_loss_that_is_named():
    program = parse("var x = 1; a = x**2; b = (x - 2)**2")
    assert program.minimize(of="b", learning_rate=0.5, steps=1).variables == {"x": 2.0}
    with pytest.raises(DiffError, match="which of a, b is the loss"):
        program.minimize()


def test_clipping_keeps_a_gradient_short():
    start = {"x": 30.0, "y": 40.0}  # the gradient is (60, 80), of length 100
    asked = {"learning_rate": 1.0, "steps": 1}
    found = minimize("x**2 + y**2", start=start, global_clip_norm=5.0, **asked).variables
    near([found["x"], found["y"]], [27.0, 36.0])
    assert minimize("x**2 + y**2", start=start, clip_value=2.0, **asked).variables == {"x": 28.0, "y": 38.0}


def test_adam_takes_steps_of_the_learning_rate_at_first():
    near(
        minimize("(x - 3)**2", start={"x": 0}, optimizer="adam", learning_rate=0.01, steps=1).variables["x"], 0.01, 1e-6
    )
    for optimizer in ("adam:epsilon=1e-30", {"name": "adam", "epsilon": 1e-30, "amsgrad": False}):
        found = minimize("(x - 3)**2", start={"x": 0}, optimizer=optimizer, learning_rate=0.01, steps=1).variables["x"]
        near(found, 0.01)


def test_schedules_by_text_and_by_settings():
    for rate in (
        "piecewise:boundaries=[1],values=[0.5,0]",
        {"schedule": "piecewise", "boundaries": [1], "values": [0.5, 0]},
    ):
        assert minimize("(x - 3)**2 / 2", start={"x": 0}, learning_rate=rate, steps=2).variables["x"] != 0.0
    rate = {"schedule": "inverse_time", "initial_learning_rate": 0.5, "decay_steps": 1, "decay_rate": 1}
    # Rates 1/2 and 1/4: 3 * (1 - 1/2) * (1 - 1/4) is left to go.
    near(minimize("(x - 3)**2 / 2", start={"x": 0}, learning_rate=rate, steps=2).variables["x"], 3 - 3 * 0.5 * 0.75)


def test_second_order_methods_of_scipy_reach_the_minimum():
    rosenbrock = diffcli.load(SAMPLES / "classics" / "rosenbrock.expr")
    result = rosenbrock.minimize(optimizer="l-bfgs-b")
    near([result.variables["x"], result.variables["y"]], [1.0, 1.0], 1e-4)
    assert result.converged


def test_a_loss_that_runs_away_is_told():
    with pytest.warns(RuntimeWarning, match="the loss is"):
        result = minimize("x**2", start={"x": 1}, learning_rate=50, steps=1000)
    assert not math.isfinite(result.loss)


def test_a_callback_hears_of_steps_and_can_end_the_run():
    heard: list[Progress] = []
    result = minimize(
        "x**2", start={"x": 1}, learning_rate=0.25, callback=lambda told: heard.append(told) or told.step == 3
    )
    assert [each.step for each in heard] == [1, 2, 3] and heard[0].epoch is None
    near([each.loss for each in heard], [1.0, 0.25, 0.0625])  # before each step
    near([each.variables["x"] for each in heard], [0.5, 0.25, 0.125])  # after it
    assert result.variables == heard[-1].variables and result.why_stopped == "the callback ended the run"
    near(result.loss, 0.125**2)


# ---- minimize, over rows


def test_all_rows_in_every_step_are_plain_gradient_descent():
    w, b = np.zeros(3), 0.0
    for _ in range(4):
        left = X @ w + b - Y
        w, b = w - 0.1 * 2 * X.T @ left / 60, b - 0.1 * 2 * left.mean()
    result = parse(LINEAR).minimize({"X": X, "y": Y}, batch_size=None, epochs=4, learning_rate=0.1)
    near(result.variables["w"], w)
    near(result.variables["b"], b)
    near(result.loss, np.mean((X @ w + b - Y) ** 2))
    near(result.program.values("p")(X=X[:5]), X[:5] @ w + b)


def test_batches_come_in_order_when_they_are_not_shuffled():
    w = 0.0
    for value in (1.0, 2.0, 4.0):
        w -= 0.1 * 2 * (w - value)
    program = parse("input v; var w = 0; loss = (w - v)**2")
    result = program.minimize({"v": [1.0, 2.0, 4.0]}, batch_size=1, shuffle=False, learning_rate=0.1)
    near(result.variables["w"], w)
    assert result.epochs["epoch"] == [0]


def test_an_input_of_one_number_differs_from_row_to_row():
    result = minimize("input v; var w = 0; (w - v)**2", {"v": [1.0, 2.0, 6.0]}, batch_size=0, learning_rate=0.5)
    near(result.variables["w"], 3.0)  # the mean, in one step


def test_a_seed_decides_the_order():
    runs = [parse(LINEAR).minimize({"X": X, "y": Y}, seed=seed, batch_size=8).loss for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_numbers_beside_columns_are_the_same_in_all_rows():
    program = parse("input v; input k = 1; var w = 0; loss = k * (w - v)**2")
    result = program.minimize({"v": [1.0, 2.0, 6.0], "k": 0.5}, batch_size=None, learning_rate=1.0)
    near(result.variables["w"], 3.0)
    near(result.program(v=3.0, w=5.0), 2.0)


def test_validation_and_early_stopping():
    program = parse(LINEAR)
    parted = program.minimize({"X": X, "y": Y}, validation_split=0.25, epochs=3)
    given = program.minimize({"X": X[:45], "y": Y[:45]}, validation_data={"X": X[45:], "y": Y[45:]}, epochs=3)
    assert parted.epochs == given.epochs and list(given.epochs) == ["epoch", "loss", "val_loss"]
    w, b = given.variables["w"], given.variables["b"]
    near(given.epochs["val_loss"][-1], np.mean((X[45:] @ w + b - Y[45:]) ** 2))
    for stopping in ("loss:patience=2", {"monitor": "loss", "patience": 2}):
        stopped = program.minimize({"X": X, "y": Y}, learning_rate=0.0, epochs=50, early_stopping=stopping)
        assert len(stopped.epochs["loss"]) == 3  # the first epoch, and two that were no better


def test_a_callback_hears_of_epochs():
    heard: list[Progress] = []
    parse(LINEAR).minimize({"X": X, "y": Y}, epochs=3, validation_split=0.5, batch_size=10, callback=heard.append)
    assert [(each.epoch, each.step) for each in heard] == [(1, 3), (2, 6), (3, 9)]
    assert set(heard[0].logs) == {"loss", "val_loss"} and heard[0].variables["w"].shape == (3,)


def test_l_bfgs_b_over_rows_is_least_squares():
    result = parse(LINEAR).minimize({"X": X, "y": Y}, optimizer={"name": "l-bfgs-b", "gtol": 1e-12, "ftol": 1e-20})
    near([*result.variables["w"], result.variables["b"]], SOLUTION, 1e-7)


def test_large_values_that_stand_in_the_program_itself():
    wide = np.tile(X, (40, 1))
    program = parse(LINEAR).at(X=wide, y=np.tile(Y, 40))
    result = program.minimize(optimizer="l-bfgs-b")
    near([*result.variables["w"], result.variables["b"]], SOLUTION, 1e-5)
    near(program.explain("w").gradients[0].value, -2 * wide.T @ np.tile(Y, 40) / 2400)


def test_layers_of_a_network_learn():
    text = "input X: [n, 3]; input label: [n]; h = dense(X, 8, activation=tanh); logits = dense(h, 2)\n"
    program = parse(f"{text}loss = sparse_categorical_crossentropy(label, logits, from_logits=true)\nminimize loss")
    labels = (X[:, 0] * X[:, 1] > 0).astype(int)
    first = program.minimize({"X": X, "label": labels}, optimizer="adam", learning_rate=0.05, epochs=60)
    assert first.loss < 0.2 < math.log(2)
    assert (first.program.values("logits")(X=X).argmax(1) == labels).mean() > 0.9
    more = first.program.minimize({"X": X, "label": labels}, optimizer="adam", learning_rate=0.01, epochs=1, history=0)
    assert more.loss < 1.1 * first.loss and not len(more.history["step"])


def test_layers_that_are_not_trained_keep_the_values_of_their_run():
    program = parse("input X: [n, 3]; h = dense(X, 4); p = dense(h, 1); loss = mean(p**2); minimize loss")
    first = program.minimize({"X": X}, variables="dense_1/bias", batch_size=None, learning_rate=0.0, seed=5)
    other = program.minimize({"X": X}, variables="dense_1/bias", batch_size=None, learning_rate=0.0, seed=6)
    near(first.program(X=X), first.loss, 1e-12)
    again = first.program.minimize({"X": X}, variables="dense_1/bias", batch_size=None, learning_rate=0.0)
    near(again.loss, first.loss, 1e-12)
    assert first.loss != other.loss


def test_a_structured_array_has_more_columns_than_one_needs():
    table = np.array([(1.0, 3.0, "a"), (2.0, 5.0, "b"), (3.0, 7.0, "c")], [("t", "f8"), ("y", "f8"), ("who", "U1")])
    assert diffcli.fit(LINE, table).values == pytest.approx({"a": 2.0, "b": 1.0})


# ---- fit


def test_a_line_has_the_errors_of_linear_regression():
    design = np.column_stack([T, np.ones(25)])
    wanted, squares = np.linalg.lstsq(design, SEEN, rcond=None)[:2]
    covariance = squares[0] / 23 * np.linalg.inv(design.T @ design)
    found = parse(LINE).fit({"t": T, "y": SEEN})
    near([found.parameters["a"].value, found.parameters["b"].value], wanted)
    near([each.standard_error for each in found.parameters.values()], np.sqrt(np.diag(covariance)))
    near(found.covariance, covariance)
    near(found.correlation[0, 1], covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1]))
    assert found.covariance_of == ("a", "b") and found.converged
    near(found.residual_standard_error, math.sqrt(squares[0] / 23))
    near(found.program(t=10.0), 10 * wanted[0] + wanted[1])


def test_bands_of_a_line():
    stats = pytest.importorskip("scipy.stats")
    found = parse(LINE).fit({"t": T, "y": SEEN})
    at = np.array([0.0, 2.0, 9.0])
    spread = found.residual_standard_error
    error = spread * np.sqrt(1 / 25 + (at - T.mean()) ** 2 / np.sum((T - T.mean()) ** 2))
    half = stats.t.ppf(0.95, 23) * error
    wide = stats.t.ppf(0.95, 23) * np.hypot(error, spread)
    band = found.predict(t=at, level=0.9)
    near(band.standard_error, error)
    near([band.lower, band.upper], [band.value - half, band.value + half])
    near([band.prediction_lower, band.prediction_upper], [band.value - wide, band.value + wide])
    whole = "input t: [n]; input seen: [n]; var a = 1; var b = 0; y = a*t + b; loss = sum((y - seen)**2); minimize loss"
    other = parse(whole).fit({"t": T, "seen": SEEN}).predict({"t": at}, level=0.9)
    for one, two in zip(band, other, strict=True):
        near(one, two, 1e-7)


def test_a_formula_with_starts_is_a_model():
    scipy = pytest.importorskip("scipy.optimize")
    wanted, covariance = scipy.curve_fit(lambda t, a, k: a * np.exp(-k * t), T, SEEN, p0=[1, 1], ftol=1e-15, xtol=1e-15)
    for found in (
        diffcli.fit("a * exp(-k * t)", {"t": T}, observed=SEEN, start={"a": 1, "k": 1}),
        diffcli.fit(DECAY, {"t": T, "y": SEEN}),
        diffcli.fit(DECAY, {"t": T, "seen": SEEN}, observed="seen"),
        diffcli.fit(DECAY, {"t": T}, observed={"y": SEEN}),
    ):
        near(list(found.values.values()), wanted, 1e-6)
        near(found.covariance, covariance, 1e-4)  # of a Jacobian by differences


def test_sigma_as_a_number_a_column_and_an_array():
    sigma = 0.05 * (1 + T)
    program = parse(DECAY)
    several = [
        program.fit({"t": T, "y": SEEN}, sigma=sigma),
        program.fit({"t": T, "y": SEEN, "s": sigma}, sigma="s"),
        program.fit({"t": T, "y": SEEN}, sigma={"y": sigma}),
    ]
    near(several[0].covariance, several[1].covariance)
    near(several[0].covariance, several[2].covariance)
    same = program.fit({"t": T, "y": SEEN}, sigma=0.5, absolute_sigma=True)
    plain = program.fit({"t": T, "y": SEEN})
    near(same.covariance, plain.covariance * 0.25 / plain.residual_standard_error**2, 1e-7)
    near(same.reduced_chi_square, plain.residual_standard_error**2 / 0.25, 1e-7)
    assert np.isnan(several[0].predict(t=1.0).prediction_upper).all()  # the weight of a new observation is not known


def test_bounds_and_fixed_parameters():
    program = parse(DECAY)
    held = program.fit({"t": T, "y": SEEN}, fixed="k", start={"k": 0.7})
    basis = np.exp(-0.7 * T)
    near(held.values["a"], basis @ SEEN / (basis @ basis))
    assert held.covariance_of == ("a",) and held.program.inputs == program.inputs
    bounded = program.fit({"t": T, "y": SEEN}, bounds={"a": (None, 2.0)})
    assert bounded.values["a"] == 2.0 and bounded.parameters["a"].bound_active
    near(bounded.predict(t=0.0).standard_error, 0.0)  # the model is a there


def test_elements_of_a_vector_are_parameters():
    program = parse("input t; var w = [[0, 0]]; y = w[0, 0] * t + w[0, 1]")
    found = program.fit({"t": T, "y": 2 * T - 1})
    near(found.values["w"], [[2.0, -1.0]])
    assert list(found.parameters) == ["w[0, 0]", "w[0, 1]"]
    near(found.predict(t=[1.0]).value, [1.0])


def test_inputs_that_are_vectors():
    found = parse("input x: [3]; var w = [1, 1, 1]; y = dot(w, x)").fit({"x": X, "y": X @ [1, 2, 3]})
    near(found.predict(x=X[:4]).value, X[:4] @ [1, 2, 3])
    near(found.predict(x=X[0]).value, [X[0] @ [1, 2, 3]])


def test_parameters_that_data_cannot_tell_apart_have_no_errors():
    found = parse("input t; var a = 1; var b = 1; y = a * b * t").fit({"t": T, "y": 6 * T + SEEN})
    assert np.isnan(found.covariance).all()
    assert any("only a * b is determined" in note for note in found.notes)


def test_a_fit_with_numbers_in_the_file():
    found = parse("const t = [1, 2, 3]; const s = [2, 4, 6]; var a = 1; loss = sum((s - a*t)**2); minimize loss").fit()
    near(found.values["a"], 2.0)


# ---- propagate and summary


def test_the_uncertainty_of_a_product():
    result = parse("x * y").propagate(uncertainties={"x": 0.1, "y": 0.2}, correlations={("x", "y"): 0.5}, x=3, y=4)
    near(result.targets[0].uncertainty, math.sqrt(0.4**2 + 0.6**2 + 2 * 0.5 * 0.4 * 0.6))
    wide = parse("x * y").propagate(uncertainties={"x": 0.1}, x=3, y=4, coverage=3)
    near(wide.targets[0].expanded, 1.2)
    drawn = parse("x + y").propagate(uncertainties={"x": 0.3, "y": 0.4}, x=0, y=0, monte_carlo=20_000)
    near(drawn.targets[0].monte_carlo.uncertainty, 0.5, 0.02)


def test_a_summary_counts_parameters():
    summary = parse("input X: [n, 3]\ny = dense(X, 4)").summary()
    assert summary.totals.parameters == 16 and "Total params: 16" in str(summary)


# ---- how results look, and where they go


def test_results_show_themselves_and_are_sent():
    trained = parse(LINEAR).minimize({"X": X, "y": Y}, epochs=2)
    fitted = parse(DECAY).fit({"t": T, "y": SEEN})
    for result, words in (
        (trained, ("Variables", "Epochs", "sgd")),
        (fitted, ("Parameters", "standard error", "95 %")),
    ):
        for word in words:
            assert word in str(result) and word in result._repr_html_()
        again = pickle.loads(pickle.dumps(result))
        assert str(again) == str(result) and repr(again) == repr(result)
        assert result.as_dict()["schema"].startswith("diffcli/")
    near(pickle.loads(pickle.dumps(fitted)).predict(t=T).lower, fitted.predict(t=T).lower)
    near(
        pickle.loads(pickle.dumps(trained)).program.values("p")(X=X),
        X @ trained.variables["w"] + trained.variables["b"],
    )


# ---- what is refused


ROWS = {"X": X, "y": Y}
POINTS = {"t": T, "y": SEEN}
REFUSED = [
    (lambda: parse(LINEAR).minimize(ROWS, optimizer="adamm"), "did you mean adam"),
    (lambda: parse(LINEAR).minimize(ROWS, optimizer={"beta_1": 1}), 'a dict with "name"'),
    (lambda: parse(LINEAR).minimize(ROWS, learning_rate="cosin"), "learning_rate:1:1"),
    (lambda: parse(LINEAR).minimize(ROWS, early_stopping="los"), "early_stopping:1:1"),
    (lambda: parse(LINEAR).minimize(ROWS, until="loss + 1"), "until needs a condition"),
    (lambda: parse(LINEAR).minimize(ROWS, epochs=0), "epochs cannot be 0"),
    (lambda: parse(LINEAR).minimize(ROWS, batch_size=2.5), "batch_size cannot be 2.5"),
    (lambda: parse(LINEAR).minimize(ROWS, clip_norm=-1), "cannot be clipped to -1"),
    (lambda: parse(LINEAR).minimize(ROWS, validation_split=1.5), "a share of the rows below 1"),
    (lambda: parse(LINEAR).minimize(ROWS, validation_split=0.5, validation_data=ROWS), "exclude each other"),
    (lambda: parse(LINEAR).minimize(ROWS, optimizer="l-bfgs-b", epochs=2), "has no epochs"),
    (lambda: parse(LINEAR).minimize(ROWS, optimizer="l-bfgs-b", validation_data=ROWS), "has no epochs"),
    (lambda: parse(LINEAR).minimize(ROWS, optimizer=0.1), "there is no optimizer `0.1`"),
    (lambda: minimize("(w*x-k)**2", {"x": T, "k": 1}, start={"w": 1}, validation_data={"x": T, "k": 2}), "k is 2"),
    (lambda: parse(LINEAR).minimize(epochs=2), "epochs needs data"),
    (lambda: parse(LINEAR).minimize(), "`X` has no value"),
    (lambda: parse(LINEAR).minimize({"X": X}), "`y` has neither a column nor a value"),
    (lambda: parse(LINEAR).minimize({"X": X[:, :2], "y": Y}), r"X has shape \[60, 2\] instead of \[rows, 3\]"),
    (lambda: parse(LINEAR).minimize({"X": X, "y": Y[1:]}), "different lengths: X has 60, y has 59"),
    (lambda: parse(LINEAR).minimize({"X": X, "yy": Y}), "no input `yy`"),
    (lambda: parse(LINEAR).minimize({**ROWS, "w": Y}), "`w` is a var, which no column feeds"),
    (lambda: parse(LINEAR).minimize({"X": 1.0}), "data has no column"),
    (lambda: parse(LINEAR).minimize({"X": X[:0], "y": Y[:0]}), "no rows"),
    (lambda: parse(LINEAR).minimize(ROWS, start={"y": 1}), "y is given twice"),
    (lambda: minimize("x**2"), "give a start: x=1"),
    (lambda: parse(DECAY).fit(), "fit needs data"),
    (lambda: parse(DECAY).fit({"t": T}), r'observed={"y": "COLUMN"}; the columns are t'),
    (lambda: parse(DECAY).fit(POINTS, observed="z"), "data has no column `z`"),
    (lambda: parse(DECAY).fit(POINTS, sigma=-1), "sigma cannot be -1.0"),
    (lambda: parse(DECAY).fit(POINTS, fixed="kk"), "fixed: there is no parameter `kk`"),
    (lambda: parse(DECAY).fit(POINTS, bounds={"a": 3}), "bounds of a cannot be 3"),
    (lambda: parse(DECAY).fit(POINTS, bounds={"a": (0, 3)}, method="lm"), 'method="lm" knows no bounds'),
    (lambda: parse(DECAY).fit(POINTS, method="bfgs"), "one of auto, lm, trf, dogbox"),
    (lambda: parse(DECAY).fit(POINTS, absolute_sigma=True), "absolute_sigma needs sigma"),
    (lambda: parse(DECAY).fit(POINTS, level=95), "level cannot be 95"),
    (lambda: parse(DECAY).fit({"t": T, "y": np.where(T > 1, np.nan, SEEN)}), "column y is nan in row 8"),
    (lambda: parse(DECAY).fit(POINTS).predict(), "predict needs t"),
    (lambda: parse(DECAY).fit(POINTS).predict(x=1), "predict takes t, not x"),
    (lambda: parse(DECAY).fit(POINTS).predict(t=[[1]]), "t has 2 axes instead of 1"),
    (lambda: parse(DECAY).fit(POINTS).predict(t=1, of="z"), "has no name `z`"),
    (lambda: parse("x").propagate(x=1), r'uncertainties={"x": 0.1}'),
    (lambda: parse("x").propagate(uncertainties={"x": 1}, x=1, order=3), "order cannot be 3"),
]


@pytest.mark.parametrize(("work", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_mistakes_are_told_in_the_words_of_python(work, words):
    with pytest.raises(DiffError, match=words) as error:
        work()
    assert "--" not in str(error.value).replace("-->", "")


def test_wrong_kinds_of_values():
    with pytest.raises(TypeError, match="mapping of names to arrays"):
        parse(LINE).fit([1, 2])
    with pytest.raises(TypeError, match="t takes numbers"):
        parse(LINE).fit({"t": ["a"], "y": [1]})


@pytest.mark.parametrize(
    "call",
    [
        "fit('input t; var a = 1; a*t', {'t': [1, 2], 'out': [1, 2]})",
        "minimize('var x = 1; x**2', optimizer='l-bfgs-b')",
    ],
)
def test_a_library_that_is_missing_is_named_with_its_install_command(call):
    program = f"""
import sys
sys.modules["scipy"] = None
import diffcli
try:
    diffcli.{call}
except ImportError as error:
    assert isinstance(error, diffcli.DiffError)
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert 'pip install "diffcli[fit]"' in done.stdout, done.stderr
