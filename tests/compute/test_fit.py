"""Least squares against closed forms, published fits and the definitions of what is reported."""

from __future__ import annotations

from math import exp, log, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffcli.compute.fitting.fit import fit
from diffcli.compute.fitting.problem import Asked, pose
from diffcli.compute.request import Request
from diffcli.compute.rowdata.opening import Job
from diffcli.data import DataError, FormatError
from diffcli.diagnostic import DiagnosticError
from diffcli.results_fit import FitResult
from diffcli.source import Source

# Student's t at 97.5 %, from tables: degrees of freedom -> quantile.
STUDENT = {2: 4.302652729911275, 3: 3.182446305284263, 10: 2.2281388519649385}
LINE = "input x\nvar a = 1\nvar b = 1\ny = a + b*x\n"
X = [0.0, 1.0, 2.0, 3.0]
Y = [2.1, 4.9, 8.2, 10.8]


def job(program: str, columns: dict[str, list[float]] | None, folder: Path, **asked: Any) -> Job:
    """A program over a file with these columns."""
    request = Request(Source("model.expr", program), at=asked.get("at", ()), wrt=asked.get("wrt"))
    if columns is None:
        return Job(lambda request: None, request, ())
    path = folder / "points.csv"
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join([",".join(columns), *(",".join(map(repr, row)) for row in rows)]) + "\n")
    return Job(lambda request: None, request, (str(path),))


def fitted(program: str, columns: dict[str, list[float]] | None, folder: Path, **asked: Any) -> FitResult:
    """The fit of a program to these columns."""
    made = job(program, columns, folder, **asked)
    return fit(made, Asked(**{key: value for key, value in asked.items() if key not in ("at", "wrt")}))


def column(result: FitResult, key: str) -> list[Any]:
    """A column of the table of parameters."""
    return [getattr(row, key) for row in result.parameters]


class Straight:
    """A weighted straight line by the normal equations."""

    def __init__(self, x: list[float], y: list[float], sigma: list[float]) -> None:
        self.design = np.stack([np.ones(len(x)), x], axis=1) / np.array(sigma)[:, None]
        self.seen = np.array(y) / sigma
        self.inverse = np.linalg.inv(self.design.T @ self.design)
        self.values = self.inverse @ self.design.T @ self.seen
        self.squares = float(np.sum((self.seen - self.design @ self.values) ** 2))
        self.variance = self.squares / (len(x) - 2)


def test_a_straight_line_is_the_one_of_the_normal_equations(tmp_path: Path) -> None:
    result = fitted(LINE, {"x": X, "y": Y}, tmp_path)
    line = Straight(X, Y, [1.0] * 4)
    covariance = line.inverse * line.variance
    assert column(result, "value") == pytest.approx(line.values, rel=1e-12)
    assert column(result, "standard_error") == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-11)
    assert np.array(result.covariance) == pytest.approx(covariance, rel=1e-10)
    assert result.correlation[0][1] == pytest.approx(-1.5 / sqrt(3.5), rel=1e-11)  # -sum(x) / sqrt(n * sum(x²))
    assert result.residual_sum_of_squares == pytest.approx(line.squares, rel=1e-11)
    assert result.residual_standard_error == pytest.approx(sqrt(line.variance), rel=1e-11)
    total = float(np.var(Y) * 4)
    assert result.r_squared == pytest.approx(1 - line.squares / total, rel=1e-12)
    likelihood = -2 * (log(2 * pi * line.squares / 4) + 1)
    assert result.log_likelihood == pytest.approx(likelihood, rel=1e-11)
    assert result.aic == pytest.approx(6 - 2 * likelihood, rel=1e-10)
    assert result.bic == pytest.approx(3 * log(4) - 2 * likelihood, rel=1e-9)
    assert result.aicc is None  # four points are too few for three parameters
    assert (result.points, result.degrees_of_freedom, result.rank, result.method) == (4, 2, 2, "lm")
    half = STUDENT[2] * np.sqrt(np.diag(covariance))
    assert column(result, "confidence_lower") == pytest.approx(line.values - half, rel=1e-10)
    assert result.chi_square is None


SIGMA = [0.1, 0.2, 0.1, 0.4]


@pytest.mark.parametrize("absolute", [False, True])
def test_sigma_weighs_and_is_relative_unless_told(tmp_path: Path, absolute: bool) -> None:
    columns = {"x": X, "y": Y, "dy": SIGMA}
    result = fitted(LINE, columns, tmp_path, sigma=(("", "dy"),), absolute_sigma=absolute)
    line = Straight(X, Y, SIGMA)
    covariance = line.inverse * (1 if absolute else line.variance)
    assert column(result, "value") == pytest.approx(line.values, rel=1e-11)
    assert column(result, "standard_error") == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-10)
    assert result.chi_square == pytest.approx(line.squares, rel=1e-10)
    assert result.reduced_chi_square == pytest.approx(line.variance, rel=1e-10)
    if absolute:
        half = 1.959963984540054 * np.sqrt(np.diag(covariance))  # of the normal distribution
        assert column(result, "confidence_upper") == pytest.approx(line.values + half, rel=1e-10)
        likelihood = -0.5 * line.squares - 2 * log(2 * pi) - float(np.sum(np.log(SIGMA)))
        assert result.aic == pytest.approx(4 - 2 * likelihood, rel=1e-10)


LOSSES = [
    "mean((y - p)**2)",
    "mean(square(p - y))",
    "sum((y - p)**2) / (2 * 4)",
    "mse(y, p)",
    "0.5 * mean(squared_difference(p, y))",
    "(y - p) @ (y - p)",
    "sum((y - p) * (y - p))",
    "sum(i = 0..3, (y[i] - p[i])**2)",
    "tf.reduce_mean(tf.square(p - y))",
    "mean((y - p)²)",
]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_recognised_as_a_sum_of_squares(tmp_path: Path, loss: str) -> None:
    program = f"input x: [n] = {X}\ninput y: [n] = {Y}\nvar a = 1\nvar b = 1\np = a + b*x\nL = {loss}\nminimize L\n"
    result = fitted(program, None, tmp_path)
    assert column(result, "value") == pytest.approx(Straight(X, Y, [1.0] * 4).values, rel=1e-11)
    assert result.points == 4 and "squares of " in result.recognised
    assert result.r_squared == pytest.approx(fitted(LINE, {"x": X, "y": Y}, tmp_path).r_squared or 0, rel=1e-11)


@pytest.mark.parametrize("loss", ["mean(((y - p) / s)**2)", "mean((y - p)**2 / s**2)", "sum(1/s**2 * (p - y)**2)"])
def test_weights_in_a_loss_are_sigma(tmp_path: Path, loss: str) -> None:
    program = "input x: [n]\ninput y: [n]\ninput s: [n]\nvar a = 1\nvar b = 1\np = a + b*x\n"
    result = fitted(f"{program}L = {loss}\nminimize L\n", {"x": X, "y": Y, "s": SIGMA}, tmp_path)
    line = Straight(X, Y, SIGMA)
    assert column(result, "value") == pytest.approx(line.values, rel=1e-11)
    assert result.residual_sum_of_squares == pytest.approx(line.squares, rel=1e-10)


@pytest.mark.parametrize(
    "loss",
    [
        "k * mean((y - p)**2)",
        "mean(abs(y - p))",
        "sqrt(mean((y - p)**2))",
        "mean((y - p)**2) + 0.01 * a**2",
        "-mean((y - p)**2)",
        "a",
    ],
)
def test_any_other_loss_is_refused_with_how_to_write_it(tmp_path: Path, loss: str) -> None:
    program = f"input x: [n] = {X}\ninput y: [n] = {Y}\nvar a = 1\nvar b = 1\np = a + b*x\nconst k = -1\n"
    program += f"L = {loss}\nminimize L\n"
    with pytest.raises(DiagnosticError) as caught:
        fitted(program, None, tmp_path)
    (found,) = caught.value.diagnostics
    assert found.code == "E0630" and "mean((y - model)**2)" in (found.help or "")


def test_an_observation_of_weight_0_is_none(tmp_path: Path) -> None:
    program = "input x: [n]\ninput y: [n]\ninput w: [n]\nvar a = 1\nvar b = 1\np = a + b*x\n"
    columns = {"x": [*X, 4.0], "y": [*Y, 100.0], "w": [1.0, 1.0, 1.0, 1.0, 0.0]}
    masked = fitted(f"{program}L = sum(w * (y - p)**2) / sum(w)\nminimize L\n", columns, tmp_path)
    without = fitted(LINE, {"x": X, "y": Y}, tmp_path)
    assert column(masked, "standard_error") == pytest.approx(column(without, "standard_error"), rel=1e-9)
    assert (masked.points, masked.degrees_of_freedom) == (4, 2)
    assert masked.aic == pytest.approx(without.aic, rel=1e-9) and masked.r_squared == pytest.approx(without.r_squared)


def test_many_rows_are_fitted_as_few(tmp_path: Path) -> None:
    """As many as are compiled, each of four points a thousand times over: the same values, and errors less by the points."""
    times = 6000
    many = fitted(LINE, {"x": X * times, "y": Y * times}, tmp_path)
    line = Straight(X, Y, [1.0] * 4)
    errors = np.sqrt(np.diag(line.inverse) * line.squares / (4 * times - 2))
    assert column(many, "value") == pytest.approx(line.values, rel=1e-10)
    assert column(many, "standard_error") == pytest.approx(errors, rel=1e-9)


def test_rows_and_whole_columns_and_a_loss_per_row_agree(tmp_path: Path) -> None:
    columns = {"x": X, "y": [2.0, 1.2, 0.8, 0.5]}
    rows = fitted("input x\nvar a = 1\nvar k = 1\ny = a*exp(-k*x)", columns, tmp_path)
    whole = fitted("input x: [n]\nvar a = 1\nvar k = 1\ny = a*exp(-k*x)", columns, tmp_path)
    vector = fitted("input x: [n]\nvar w: [2] = [1, 1]\ny = w[0]*exp(-w[1]*x)", columns, tmp_path)
    program = "input x\ninput y\nvar a = 1\nvar k = 1\nL = (y - a*exp(-k*x))**2\nminimize L"
    loss = fitted(program, columns, tmp_path)
    for other in (whole, vector, loss):
        assert column(other, "value") == pytest.approx(column(rows, "value"), rel=1e-10)
        assert column(other, "standard_error") == pytest.approx(column(rows, "standard_error"), rel=1e-9)
    assert column(vector, "name") == ["w[0]", "w[1]"]


def test_several_columns_are_fitted_together(tmp_path: Path) -> None:
    program = "input x\nvar a = 1\nvar b = 1\nu = a + b*x\nv = a - b*x\n"
    other = [1.9, -0.8, -4.1, -6.7]
    result = fitted(program, {"x": X, "u": Y, "v": other}, tmp_path)
    design = np.array([[1, each] for each in X] + [[1, -each] for each in X])
    values, squares, _, _ = np.linalg.lstsq(design, np.array(Y + other), rcond=None)
    assert column(result, "value") == pytest.approx(values, rel=1e-11)
    assert result.residual_sum_of_squares == pytest.approx(squares[0], rel=1e-10) and result.points == 8


def test_the_jacobian_is_that_of_the_residuals(tmp_path: Path) -> None:
    made = job("input x\nvar a = 1.5\nvar k = 0.7\ny = a*exp(-k*x) + sin(k*x)", {"x": X, "y": Y}, tmp_path)
    equations = pose(made, Asked()).equations
    at = np.array([1.5, 0.7])

    def disagreement(jacobian: Any) -> float:
        worst = 0.0
        for place, step in enumerate((1e-6, 1e-6)):
            moved = np.eye(2)[place] * step
            slope = (equations.residuals(at + moved) - equations.residuals(at - moved)) / (2 * step)
            worst = max(worst, float(np.max(np.abs(slope - jacobian[:, place]))))
        return worst

    right = equations.jacobian(at)
    assert disagreement(right) < 1e-8
    assert disagreement(right * [1, 1.001]) > 1e-5  # the comparison notices a wrong one


# Michaelis-Menten with puromycin, Bates & Watts (1988), as R's `nls` and `confint` print it.
PUROMYCIN = {
    "c": [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.10, 1.10],
    "rate": [76.0, 47.0, 97.0, 107.0, 123.0, 139.0, 159.0, 152.0, 191.0, 201.0, 207.0, 200.0],
}
ENZYME = "input c\nvar Vm = 200\nvar K = 0.05\nrate = Vm * c / (K + c)\n"


def test_puromycin_as_published(tmp_path: Path) -> None:
    result = fitted(ENZYME, PUROMYCIN, tmp_path, profile=True)
    assert column(result, "value") == pytest.approx([212.7, 0.06412], rel=3e-4)
    assert column(result, "standard_error") == pytest.approx([6.947, 0.008281], rel=1e-4)
    assert result.residual_standard_error == pytest.approx(10.93, abs=0.005)
    assert column(result, "profile_lower") == pytest.approx([197.302, 0.04692], rel=2e-4)
    assert column(result, "profile_upper") == pytest.approx([229.290, 0.08616], rel=2e-4)


def test_a_profile_ends_where_the_best_of_the_others_is_significantly_worse(tmp_path: Path) -> None:
    """By its definition, with Vm eliminated: for a given K the model is linear in it."""
    result = fitted(ENZYME, PUROMYCIN, tmp_path, profile=True)
    c, rate = (np.array(PUROMYCIN[key]) for key in ("c", "rate"))

    def least(k: float) -> float:
        shape = c / (k + c)
        return float(np.sum((rate - shape * (shape @ rate) / (shape @ shape)) ** 2))

    row = result.parameters[1]
    least_of_all = least(row.value)
    threshold = STUDENT[10] ** 2 * least_of_all / 10
    for end in (row.profile_lower, row.profile_upper):
        assert least(end) - least_of_all == pytest.approx(threshold, rel=1e-5)


def test_a_profile_of_a_strongly_curved_model(tmp_path: Path) -> None:
    """A factor that is known to a power of ten: its interval is far from symmetric. Given k, the model is linear in the rest."""
    from scipy.optimize import brentq

    x = [float(each) for each in range(1, 13)]
    noise = [0.3, -0.2, 0.1, -0.4, 0.2, 0.35, -0.3, 0.15, -0.1, 0.25, -0.35, 0.1]
    y = [2 - 0.001 * exp(0.7 * each) + off for each, off in zip(x, noise, strict=True)]
    program = "input x\nvar a = 2\nvar b = 0.001\nvar k = 0.7\ny = a - b*exp(k*x)\n"
    row = fitted(program, {"x": x, "y": y}, tmp_path, profile=True).parameters[1]
    grid = np.linspace(0.2, 2.0, 20001)
    shapes = np.exp(np.outer(grid, x))

    def least(b: float) -> float:
        rest = y + b * shapes
        return float(np.min(np.sum((rest - rest.mean(axis=1, keepdims=True)) ** 2, axis=1)))

    best = least(row.value)
    threshold = best / 9 * 2.2621571627409915**2  # Student's t at 97.5 % for 9 degrees of freedom
    lower = brentq(lambda b: least(b) - best - threshold, row.value / 50, row.value)
    upper = brentq(lambda b: least(b) - best - threshold, row.value, row.value * 50)
    assert [row.profile_lower, row.profile_upper] == pytest.approx([lower, upper], rel=1e-3)
    assert upper - row.value > 1.5 * (row.value - lower)


def test_the_profile_of_a_straight_line_is_the_symmetric_interval(tmp_path: Path) -> None:
    result = fitted(LINE, {"x": X, "y": Y}, tmp_path, profile=True)
    assert column(result, "profile_lower") == pytest.approx(column(result, "confidence_lower"), rel=1e-6)
    assert column(result, "profile_upper") == pytest.approx(column(result, "confidence_upper"), rel=1e-6)


# More, Garbow & Hillstrom, Testing Unconstrained Optimization Software (1981): data, start and the sum of squares.
KOWALIK = {
    "u": [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
    "y": [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
}
BARD = {
    "u": [float(each) for each in range(1, 16)],
    "y": [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39],
}
MEYER = {
    "t": [45.0 + 5 * each for each in range(1, 17)],
    "y": [34780.0, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872],
}
PUBLISHED = [
    (
        "input u\nvar a = 0.25\nvar b = 0.39\nvar c = 0.415\nvar d = 0.39\ny = a*(u**2 + u*b)/(u**2 + u*c + d)",
        KOWALIK,
        3.07505e-4,
    ),
    ("input u\nvar a = 1\nvar b = 1\nvar c = 1\ny = a + u/((16-u)*b + minimum(u, 16-u)*c)", BARD, 8.21487e-3),
    ("input t\nvar a = 0.02\nvar b = 4000\nvar c = 250\ny = a*exp(b/(t + c))", MEYER, 87.9458),
]


@pytest.mark.parametrize("method", ["auto", "lm", "trf"])
@pytest.mark.parametrize(("program", "columns", "squares"), PUBLISHED, ids=["Kowalik-Osborne", "Bard", "Meyer"])
def test_published_sums_of_squares(
    tmp_path: Path, program: str, columns: dict[str, list[float]], squares: float, method: str
) -> None:
    result = fitted(program, columns, tmp_path, method=method)
    assert result.converged and result.residual_sum_of_squares == pytest.approx(squares, rel=2e-6)


def test_residuals_next_to_rounding_are_computed_in_long_numbers(tmp_path: Path) -> None:
    """y = 1/3 + x/7 to 15 digits: the residuals are the digits that are missing."""
    from mpmath import mp, mpf

    x = [float(each) for each in range(12)]
    y = [float(f"{1 / 3 + each / 7:.14g}") for each in x]
    result = fitted(LINE, {"x": x, "y": y}, tmp_path)
    with mp.workdps(60):
        design = mp.matrix([[1, mpf(repr(each))] for each in x])
        seen = mp.matrix([mpf(repr(each)) for each in y])
        inverse = (design.T * design) ** -1
        values = inverse * (design.T * seen)
        left = seen - design * values
        squares = sum(each * each for each in left)
        errors = [mp.sqrt(inverse[place, place] * squares / 10) for place in (0, 1)]
        assert result.residual_sum_of_squares == pytest.approx(float(squares), rel=1e-9)
        assert column(result, "standard_error") == pytest.approx([float(each) for each in errors], rel=1e-9, abs=0)
    assert any("50 digits" in note for note in result.notes)


INSEPARABLE = [
    ("var a = 1\nvar b = 2\nvar c = 3\ny = a + b + c*x", "a and b are not separable: only a + 1.0*b is determined"),
    ("var a = 1\nvar b = 2\nvar c = 3\ny = a - 2*b + c*x", "a and b are not separable: only a - 2.0*b is determined"),
    ("var a = 1\nvar b = 2\ny = 2 + a*b*x", "a and b are not separable: only a * b is determined"),
    ("var a = 1\nvar b = 2\ny = 2 + a/b*x", "a and b are not separable: only a / b is determined"),
    ("var a = 1\nvar q = 4\ny = 2 + a*x", "q is not determined: the model does not depend on it here"),
]


@pytest.mark.parametrize(("program", "told"), INSEPARABLE)
def test_what_is_not_determined_is_named(tmp_path: Path, program: str, told: str) -> None:
    result = fitted(f"input x\n{program}", {"x": X, "y": Y}, tmp_path)
    assert told in result.notes
    assert result.rank == len(result.parameters) - 1 and result.converged
    open_ones = {row.name for row in result.parameters if row.remark == "not determined"}
    assert open_ones == set(told.split(" are ")[0].split(" is ")[0].replace(",", " and").split(" and "))
    assert all((row.standard_error is None) == (row.name in open_ones) for row in result.parameters)


def test_what_is_determined_of_an_open_pair_has_its_error(tmp_path: Path) -> None:
    """Bands do not depend on how the sum of two parameters is divided between them."""
    divided = fitted(
        "input x\nvar a = 1\nvar c = 2\nvar b = 3\ny = a + c + b*x", {"x": X, "y": Y}, tmp_path, predict=True
    )
    plain = fitted(LINE, {"x": X, "y": Y}, tmp_path, predict=True)
    for one, other in zip(divided.bands, plain.bands, strict=True):
        assert one.standard_error == pytest.approx(other.standard_error, rel=1e-9)


def test_a_parameter_at_its_bound_counts_as_fixed(tmp_path: Path) -> None:
    bounded = fitted(LINE, {"x": X, "y": Y}, tmp_path, bounds=(("b", ("0", "2.5")),))
    fixed = fitted(LINE, {"x": X, "y": Y}, tmp_path, at=(("b", "2.5"),), fix=("b",))
    a, b = bounded.parameters
    assert (b.value, b.bound_active, b.standard_error, b.upper) == (2.5, True, None, 2.5)
    assert a.value == pytest.approx(np.mean(Y) - 2.5 * 1.5, rel=1e-10)
    assert a.standard_error == pytest.approx(fixed.parameters[0].standard_error, rel=1e-8)
    assert fixed.parameters[1].fixed and fixed.degrees_of_freedom == 3 == bounded.degrees_of_freedom
    assert any("held by its bound 2.5" in note for note in bounded.notes)


def test_declared_bounds_and_frozen_variables(tmp_path: Path) -> None:
    program = "input x\nvar a = 1 in [0, 1.5]\nfrozen b = 3\ny = a + b*x"
    a, b = fitted(program, {"x": X, "y": Y}, tmp_path).parameters
    assert a.bound_active and a.value == 1.5 and b.fixed and b.value == 3


def test_elements_of_a_vector_are_held(tmp_path: Path) -> None:
    program = "input x\nvar w: [2] = [1, 2.5]\ny = w[0] + w[1]*x"
    result = fitted(program, {"x": X, "y": Y}, tmp_path, fix=("w[1]",))
    assert column(result, "value") == pytest.approx([np.mean(Y) - 3.75, 2.5], rel=1e-10)
    assert column(result, "fixed") == [False, True]


# The location of 0, 0, 0, 10 with scale 1: where the sum of psi is 0, psi being the derivative of each loss over 2.
PSI = {
    "soft_l1": lambda r: r / np.sqrt(1 + r * r),
    "huber": lambda r: np.clip(r, -1, 1),
    "cauchy": lambda r: r / (1 + r * r),
    "arctan": lambda r: r / (1 + r**4),
}


@pytest.mark.parametrize("loss", PSI)
def test_robust_losses(tmp_path: Path, loss: str) -> None:
    seen = np.array([0.0, 0.1, -0.1, 10.0])
    result = fitted("var m = 0.5\ninput x\ny = m + 0*x", {"x": X, "y": seen.tolist()}, tmp_path, loss=loss)
    (m,) = result.parameters
    psi = PSI[loss]
    assert result.converged and abs(m.value) < 0.4
    assert float(np.sum(psi(seen - m.value))) == pytest.approx(0, abs=1e-9)
    step = 1e-6
    slope = (psi(seen - m.value + step) - psi(seen - m.value - step)) / (2 * step)
    error = sqrt(float(np.sum(psi(seen - m.value) ** 2)) / 3 / 4) / float(np.mean(slope))  # Huber's
    assert m.standard_error == pytest.approx(error, rel=1e-5)
    assert result.aic is None and result.cost is not None


def test_huber_has_its_closed_form(tmp_path: Path) -> None:
    """Three zeros and a ten: 3 m = 1."""
    result = fitted("var m = 0\ninput x\ny = m + 0*x", {"x": X, "y": [0.0, 0.0, 0.0, 10.0]}, tmp_path, loss="huber")
    assert result.parameters[0].value == pytest.approx(1 / 3, rel=1e-10)
    half = fitted(
        "var m = 0\ninput x\ny = m + 0*x", {"x": X, "y": [0.0, 0.0, 0.0, 10.0]}, tmp_path, loss="huber", f_scale=0.5
    )
    assert half.parameters[0].value == pytest.approx(1 / 6, rel=1e-10)


def test_bands_of_a_straight_line(tmp_path: Path) -> None:
    result = fitted(LINE, {"x": X, "y": Y}, tmp_path, bands=("x", ("0", "6")), samples=4)
    line = Straight(X, Y, [1.0] * 4)
    for row, x in zip(result.bands, (0.0, 2.0, 4.0, 6.0), strict=True):
        at = np.array([1.0, x])
        value, error = at @ line.values, sqrt(at @ line.inverse @ at * line.variance)
        wide = STUDENT[2] * sqrt(error**2 + line.variance)
        assert dict(row.at) == {"x": x}
        assert row.value == pytest.approx(value, rel=1e-11)
        assert row.standard_error == pytest.approx(error, rel=1e-10)
        assert [row.lower, row.upper] == pytest.approx(
            [value - STUDENT[2] * error, value + STUDENT[2] * error], rel=1e-9
        )
        assert [row.prediction_lower, row.prediction_upper] == pytest.approx([value - wide, value + wide], rel=1e-9)


def test_bands_are_the_same_for_rows_columns_and_losses(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"bands": ("x", ("0", "6")), "samples": 3}
    columns = {"x": X, "y": Y}
    wanted = fitted(LINE, columns, tmp_path, **asked).bands
    loss = "input x: [n]\ninput y: [n]\nvar a = 1\nvar b = 1\np = a + b*x\nL = mse(y, p)\nminimize L\n"
    inside = loss.replace("input x: [n]", f"input x: [n] = {X}").replace("input y: [n]", f"input y: [n] = {Y}")
    unnamed = loss.replace("p = a + b*x\n", "").replace("mse(y, p)", "mean((y - (a + b*x))**2)")
    for program, given in (
        (LINE.replace("input x", "input x: [n]"), columns),
        (loss, columns),
        (unnamed, columns),
        (inside, None),
    ):
        found = fitted(program, given, tmp_path, **asked).bands
        assert [row.value for row in found] == pytest.approx([row.value for row in wanted], rel=1e-11)
        assert [row.standard_error for row in found] == pytest.approx([row.standard_error for row in wanted], rel=1e-9)


def test_predictions_stand_beside_the_observations(tmp_path: Path) -> None:
    rows = fitted(LINE, {"x": X, "y": Y}, tmp_path, predict=True).bands
    assert [row.observed for row in rows] == Y and [dict(row.at)["x"] for row in rows] == X


def test_a_start_may_be_computed_from_the_data(tmp_path: Path) -> None:
    program = "input x: [n]\ninput y: [n]\nvar a = max(y)\nvar b = 0\np = a + b*x\nL = mse(y, p)\nminimize L\n"
    result = fitted(program, {"x": X, "y": Y}, tmp_path)
    assert result.parameters[0].start == max(Y)
    assert result.parameters[0].value == pytest.approx(2.09, rel=1e-10)


def test_a_model_without_a_value_at_the_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as caught:
        fitted("input x\nvar a = -1\nvar b = 1\ny = log(a) + b*x", {"x": X, "y": Y}, tmp_path)
    assert caught.value.diagnostics[0].code == "E0803"
    assert "row 1" in caught.value.diagnostics[0].message


def test_an_input_without_a_column_is_told(tmp_path: Path) -> None:
    result = fitted("input x\ninput T = 2\nvar a = 1\ny = a*x*T", {"x": X, "y": Y}, tmp_path)
    assert any("no column feeds `T`" in note for note in result.notes)
    given = fitted("input x\ninput T = 2\nvar a = 1\ny = a*x*T", {"x": X, "y": Y}, tmp_path, at=(("T", "2"),))
    assert not given.notes


def test_a_stopped_gradient_is_told(tmp_path: Path) -> None:
    program = "input x\nvar a = 1\nvar b = 1\ny = stop_gradient(a) + b*x"
    result = fitted(program, {"x": X, "y": Y}, tmp_path)
    assert any("the derivative of y by a is none" in note for note in result.notes)


def test_too_few_points_leave_no_errors(tmp_path: Path) -> None:
    result = fitted(LINE, {"x": X[:2], "y": Y[:2]}, tmp_path)
    assert result.degrees_of_freedom == 0 and column(result, "standard_error") == [None, None]
    one = fitted(LINE, {"x": X[1:2], "y": Y[1:2]}, tmp_path)
    assert one.rank == 1 and any("not separable" in note for note in one.notes)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"fix": ("c",)}, "no parameter `c`"),
        ({"fix": ("a", "b")}, "nothing is left"),
        ({"sigma": (("", "q"),)}, "no column `q`"),
        ({"sigma": (("", "x"),)}, "column x is 0.0 in row 1"),
        ({"sigma": (("", "0"),)}, "--sigma cannot be 0"),
        ({"observed": (("z", "y"),)}, "computes no `z`"),
        ({"observed": (("y", "z"),)}, "no column `z`"),
        ({"bounds": (("a", ("3", "2")),)}, "the bounds of `a`"),
        ({"bands": ("z", ("0", "1"))}, "no input `z`"),
    ],
)
def test_what_cannot_be_asked(tmp_path: Path, asked: dict[str, Any], message: str) -> None:
    with pytest.raises((FormatError, DataError), match=message):
        fitted(LINE, {"x": X, "y": Y}, tmp_path, **asked)


def test_a_fit_can_be_given_up(tmp_path: Path) -> None:
    result = fitted("input x\nvar a = 1\nvar k = 9\ny = a*exp(-k*x)", {"x": X, "y": Y}, tmp_path, max_evaluations=2)
    assert not result.converged and "2 evaluations were not enough" in result.why_stopped
