"""Uncertainties against the GUM's examples, closed forms, another package, derivatives in 50 digits, and the laws of chance."""

from __future__ import annotations

import itertools
from math import erf, exp, hypot, isclose, isnan, nan, pi, sin, sqrt
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import uncertainties
from uncertainties import umath

from diffcli.compute import Request
from diffcli.compute.propagation import USUAL, Asked, propagate
from diffcli.compute.propagation_monte_carlo import Draws
from diffcli.diagnostic import DiagnosticError
from diffcli.results_propagate import PropagateResult, TargetBudget
from diffcli.results_rounding import place_of, rounded, short, significant, tolerance
from diffcli.source import Source, decode

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "uncertainty"
XY = "var x = 1.3 ± 0.2\nvar y = 0.7 ± 0.3\n"


def budget(text: str, asked: Asked = USUAL, **rest: Any) -> PropagateResult:
    return propagate(Request(Source("f.expr", text), **rest), asked)


def target(text: str, asked: Asked = USUAL, **rest: Any) -> TargetBudget:
    [found] = budget(text, asked, **rest).targets
    return found


def sample(name: str, asked: Asked = USUAL) -> PropagateResult:
    path = SAMPLES / f"{name}.expr"
    return propagate(Request(decode(str(path), path.read_bytes())), asked)


def refusal(text: str, **rest: Any) -> tuple[str, str]:
    with pytest.raises(DiagnosticError) as caught:
        budget(text, **rest)
    [problem] = caught.value.diagnostics
    return problem.code, problem.message


def remarks(result: PropagateResult) -> dict[str, str]:
    return {each.code: each.message for each in result.diagnostics}


# ---- the examples of the GUM


def test_resistance_and_reactance_as_in_example_h2_of_the_gum() -> None:
    found = sample("resistance-and-reactance")
    published = {"R": (127.732, 0.071), "X": (219.847, 0.295), "Z": (254.260, 0.236)}
    for each in found.targets:
        value, uncertainty = published[each.name]
        # u(X) is 0.29558: the GUM cut it to 0.295.
        assert each.value == pytest.approx(value, abs=5.1e-4)
        assert each.uncertainty == pytest.approx(uncertainty, abs=6e-4)
    assert found.between is not None
    r = found.between.correlation
    assert [round(r[i][j], 3) for i, j in ((0, 1), (0, 2), (1, 2))] == [-0.588, -0.485, 0.993]
    for name in published:
        assert sum(row.percent for row in found.budget if row.of == name) == pytest.approx(100, abs=1e-9)


def test_an_end_gauge_as_in_example_h1_of_the_gum() -> None:
    first, second = sample("end-gauge"), sample("end-gauge", Asked(order=2))
    assert (first.targets[0].value, second.targets[0].value) == (50000838, 50000838)
    assert rounded(first.targets[0].uncertainty, 0) == "32"
    assert rounded(second.targets[0].uncertainty, 0) == "34"
    contributions = {row.source: abs(row.contribution) for row in first.budget}
    assert contributions["standard"] == 25 and contributions["difference"] == pytest.approx(9.7)
    assert contributions["expansion"] == contributions["temperature"] == 0
    assert contributions["expansion_difference"] == pytest.approx(2.9, abs=0.05)
    assert contributions["temperature_difference"] == pytest.approx(16.6, abs=0.1)
    assert "second-order" in remarks(first) and "second-order" not in remarks(second)
    # The GUM has 11.7 nm and 1.7 nm for the two terms that count; the others add less than 0.001 nm.
    terms = (50000623 * 0.58e-6 * 0.41, 50000623 * 1.2e-6 * 0.029)
    assert sqrt(second.targets[0].second_order.quadratic) == pytest.approx(hypot(*terms), abs=1e-3)


# ---- closed forms, and another package


def test_products_and_quotients_add_relative_uncertainties_as_squares() -> None:
    found = target("var a = 3 ± 0.1\nvar b = 7 ± 0.2\nvar c = 2 ± 0.05\nq = a * b**2 / sqrt(c)")
    assert found.relative == pytest.approx(sqrt((0.1 / 3) ** 2 + (2 * 0.2 / 7) ** 2 + (0.5 * 0.05 / 2) ** 2), rel=1e-14)


FORMULAS = [
    ("x * y", lambda x, y: x * y),
    ("x / y", lambda x, y: x / y),
    ("sin(x) * exp(-y)", lambda x, y: umath.sin(x) * umath.exp(-y)),
    ("x**y", lambda x, y: x**y),
    ("atan2(y, x) + hypot(x, y)", lambda x, y: umath.atan2(y, x) + umath.hypot(x, y)),
    ("log(x + y) / (1 + x * y)", lambda x, y: umath.log(x + y) / (1 + x * y)),
    ("erf(x - y) - sqrt(x)", lambda x, y: umath.erf(x - y) - umath.sqrt(x)),
]


@pytest.mark.parametrize("formula, same", FORMULAS, ids=[each for each, _ in FORMULAS])
@pytest.mark.parametrize("correlation", [None, 0.3, -0.8, 1.0, -1.0])
def test_it_is_what_the_uncertainties_package_computes(formula: str, same: Any, correlation: float | None) -> None:
    strength = correlation or 0.0
    covariance = np.array([[0.04, strength * 0.06], [strength * 0.06, 0.09]])
    values = uncertainties.correlated_values([1.3, 0.7], covariance)
    corr = "" if correlation is None else f"corr(y, x) = {correlation}\n"
    found = target(f"{XY}{corr}out = {formula}")
    expected = same(*values)
    assert found.value == pytest.approx(expected.nominal_value, rel=1e-13)
    # Their correlated values go through eigenvalues, which costs digits where the matrix is singular.
    assert found.uncertainty == pytest.approx(expected.std_dev, rel=1e-7, abs=1e-8)


def test_correlations_between_targets_are_those_of_the_uncertainties_package() -> None:
    found = budget(f"{XY}a = x * y\nb = x / y\nc = sin(x)").between
    x, y = uncertainties.ufloat(1.3, 0.2), uncertainties.ufloat(0.7, 0.3)
    several = [x * y, x / y, umath.sin(x)]
    assert found is not None and found.names == ("a", "b", "c")
    assert np.allclose(found.correlation, uncertainties.correlation_matrix(several), rtol=1e-12)
    assert np.allclose(found.covariance, uncertainties.covariance_matrix(several), rtol=1e-12)


def test_a_linear_system_against_the_uncertainties_package() -> None:
    text = "var A = [[2, 1], [1, 3]] ± 0.1\nvar b = [1, 2] ± [0.2, 0.3]\ns = solve(A, b)"
    a, b, c, d = (uncertainties.ufloat(value, 0.1) for value in (2, 1, 1, 3))
    p, q = uncertainties.ufloat(1, 0.2), uncertainties.ufloat(2, 0.3)
    determinant = a * d - b * c
    expected = [(d * p - b * q) / determinant, (a * q - c * p) / determinant]
    found = budget(text)
    assert [each.name for each in found.targets] == ["s[0]", "s[1]"]
    for each, other in zip(found.targets, expected, strict=True):
        assert each.value == pytest.approx(other.nominal_value, rel=1e-13)
        assert each.uncertainty == pytest.approx(other.std_dev, rel=1e-12)


def test_what_is_fully_correlated_adds_up_or_cancels() -> None:
    same = "var a = 1 ± 0.1\nvar b = 2 ± 0.1\ncorr(a, b) = 1\n"
    assert target(f"{same}d = a - b").uncertainty == 0
    assert target(f"{same}d = 3*a - 3*b").uncertainty == 0
    assert target(f"{same}d = a + b").uncertainty == pytest.approx(0.2, rel=1e-15)
    opposite = same.replace("= 1\n", "= -1\n")
    assert target(f"{opposite}d = a + b").uncertainty == 0
    # Squares that cancel but for rounding are 0, and no root of a negative number.
    odd = "var a = 0.1 ± 0.3\nvar b = 2 ± 0.7\ncorr(a, b) = 1\nd = 0.7 / 0.3 * a - b"
    assert target(odd).uncertainty == pytest.approx(0, abs=1e-7)


def test_what_cancels_has_no_uncertainty() -> None:
    found = budget("var x = 3 ± 0.5\nvar z = 1 ± 0\ny = x - x + z")
    assert found.targets[0].uncertainty == 0.0
    assert [row.percent for row in found.budget] == [None] * len(found.budget)


def test_the_expression_gives_the_same() -> None:
    text = f"{XY}corr(x, y) = 0.4\nf = x**2 * sin(y)\nu = uncertainty(f)\noutput f, u"
    f, u = budget(text).targets
    assert f.uncertainty == u.value


def test_coverage_follows_from_the_level_and_the_other_way_round() -> None:
    assert budget(f"{XY}x * y", Asked(level=0.95)).coverage.factor == pytest.approx(1.959963984540054, rel=1e-12)
    two = budget(f"{XY}x * y")
    assert two.coverage.level == pytest.approx(erf(sqrt(2)), rel=1e-15)
    assert two.targets[0].expanded == 2 * two.targets[0].uncertainty
    assert budget(f"{XY}x * y", Asked(factor=3)).targets[0].expanded == pytest.approx(3 * two.targets[0].uncertainty)


# ---- tensors


def test_readings_with_a_common_correlation() -> None:
    found = target("var v = [1, 2, 3, 4] ± 0.3\ncorr(v, v) = 0.25\nm = mean(v)")
    assert found.uncertainty == pytest.approx(0.3 * sqrt((1 + 3 * 0.25) / 4), rel=1e-14)


def test_a_matrix_of_correlations_between_elements() -> None:
    matrix = [[1, 0.5, -0.2], [0.5, 1, 0.1], [-0.2, 0.1, 1]]
    deviations, weights = np.array([0.1, 0.2, 0.3]), np.array([1.0, -2.0, 3.0])
    found = budget(f"var v = [1, 2, 3] ± [0.1, 0.2, 0.3]\ncorr(v, v) = {matrix}\ns = dot([1, -2, 3], v)")
    covariance = np.outer(deviations, deviations) * matrix
    assert found.targets[0].uncertainty == pytest.approx(sqrt(weights @ covariance @ weights), rel=1e-14)
    assert sum(row.percent for row in found.budget) == pytest.approx(100)
    own, joint = found.budget
    assert own.contribution == pytest.approx(list(weights * deviations)) and joint.partner == "v"


def test_two_vectors_are_correlated_place_by_place_or_by_a_matrix() -> None:
    start = "var a = [1, 2] ± 0.1\nvar b = [3, 5] ± 0.2\n"
    by_place = target(f"{start}corr(a, b) = 0.5\ns = sum(a * [1, 2]) + sum(b)")
    squares = (0.1**2) * (1 + 4) + 2 * 0.2**2
    assert by_place.uncertainty == pytest.approx(sqrt(squares + 2 * 0.5 * 0.02 * (1 + 2)), rel=1e-14)
    full = target(f"{start}corr(a, b) = [[0.5, 0.1], [0, -0.3]]\ns = sum(a * [1, 2]) + sum(b)")
    assert full.uncertainty == pytest.approx(sqrt(squares + 2 * 0.02 * (0.5 + 0.1 + 2 * -0.3)), rel=1e-14)


def test_options_give_and_override() -> None:
    found = budget(
        f"{XY}input z = 2\nw = x + y + z",
        uncertainties=(("z", "0.1"), ("x", "0.05")),
        correlations=(("y", "x", "0.5"),),
    )
    expected = 0.05**2 + 0.3**2 + 0.1**2 + 2 * 0.5 * 0.05 * 0.3
    assert found.targets[0].uncertainty == pytest.approx(sqrt(expected), rel=1e-14)
    stated = budget(f"{XY}corr(x, y) = -0.9\nw = x + y", correlations=(("y", "x", "0.5"),))
    assert stated.targets[0].uncertainty == pytest.approx(sqrt(0.04 + 0.09 + 0.06), rel=1e-14)


# ---- what cannot be


def test_correlations_that_cannot_hold_together_are_named() -> None:
    three = "var a = 1 ± 0.1\nvar b = 1 ± 0.1\nvar c = 1 ± 0.1\nvar d = 1 ± 1\n"
    code, message = refusal(
        f"{three}corr(a, b) = 0.9\ncorr(b, c) = 0.9\ncorr(a, c) = -0.9\ncorr(a, d) = 0.1\ny = a+b+c+d"
    )
    assert code == "E0622" and "corr(a, b) = 0.9, corr(b, c) = 0.9 and corr(a, c) = -0.9" in message
    # Of four that are alike no three contradict one another.
    pairs = "".join(f"corr({i}, {j}) = -0.4\n" for i, j in itertools.combinations("abcd", 2))
    code, message = refusal(f"{three}{pairs}y = a+b+c+d")
    assert code == "E0622" and "a, b, c, d" in message
    # The bound itself is possible: -1/3 between four.
    pairs = pairs.replace("-0.4", "-1/3")
    assert target(f"{three}{pairs}y = a+b+c+d/10").uncertainty == pytest.approx(0, abs=1e-8)
    assert refusal(f"{XY}corr(x, y) = 1.01\nx + y")[0] == "E0622"
    assert refusal(f"{XY}corr(x, x) = 0.5\nx + y")[0] == "E0622"
    assert refusal("var v = [1, 2, 3] ± 1\ncorr(v, v) = -0.6\nsum(v)")[0] == "E0622"
    assert refusal("var v = [1, 2] ± 1\ncorr(v, v) = [[1, 0.5], [0.2, 1]]\nsum(v)")[0] == "E0622"


def test_a_correlation_is_stated_once() -> None:
    code, message = refusal(f"{XY}corr(x, y) = 0.1\ncorr(y, x) = 0.2\nx + y")
    assert code == "E0622" and "twice" in message


def test_uncertainties_that_are_none_are_refused() -> None:
    assert refusal("var x = 1 ± -0.1\nx**2") == ("E0621", "the uncertainty of `x` is -0.1")
    assert refusal("var x = 1 ± (1/0)\nx**2")[0] == "E0621"
    assert refusal("var x = [1, 2] ± [1, 2, 3]\nsum(x)")[0] == "E0621"
    assert refusal("var x = 1\nx**2")[0] == "E0620"
    code, message = refusal("var x = 1\nvar z = 2 ± 1\ny = x**2")
    assert code == "E0620" and "`z`" in message
    assert refusal("var x = 1\ny = x**2", uncertainties=(("y", "1"),))[0] == "E0307"


# ---- second order


def gum_note(function: Any, values: list[float], deviations: list[float], third: bool = True) -> float:
    """The terms of second order of the note to 5.1.2, derivatives by mpmath."""
    count = range(len(values))

    def derivative(*places: int) -> Any:
        return mpmath.diff(function, tuple(values), tuple(places.count(i) for i in count))

    with mpmath.workdps(50):
        total = mpmath.mpf(0)
        for i, j in itertools.product(count, count):
            term = derivative(i, j) ** 2 / 2
            if third:
                term += derivative(i) * derivative(i, j, j)
            total += term * mpmath.mpf(deviations[i]) ** 2 * mpmath.mpf(deviations[j]) ** 2
        return float(total)


SECOND = [
    ("sin(x) * exp(y)", lambda x, y: mpmath.sin(x) * mpmath.exp(y)),
    ("x**2 * y**3", lambda x, y: x**2 * y**3),
    ("x / y", lambda x, y: x / y),
    ("sqrt(x) + log(y)", lambda x, y: mpmath.sqrt(x) + mpmath.log(y)),
]


@pytest.mark.parametrize("formula, same", SECOND, ids=[each for each, _ in SECOND])
def test_the_terms_of_second_order_are_those_of_the_gum(formula: str, same: Any) -> None:
    found = target(f"var x = 1.3 ± 0.02\nvar y = 0.7 ± 0.03\nout = {formula}").second_order
    assert found is not None
    expected = gum_note(same, [1.3, 0.7], [0.02, 0.03])
    assert found.quadratic + found.cubic == pytest.approx(expected, rel=1e-10)
    assert not isclose(gum_note(same, [1.3, 0.7], [0.02, 0.03], third=False), expected, rel_tol=1e-3)


def test_correlated_sources_are_sums_of_independent_ones() -> None:
    text = "var x = 1.3 ± 0.02\nvar y = 0.7 ± 0.03\ncorr(x, y) = 0.6\nout = x**2 * exp(y)"

    def same(a: Any, b: Any) -> Any:
        x = mpmath.mpf(1.3) + mpmath.mpf(0.02) * a
        y = mpmath.mpf(0.7) + mpmath.mpf(0.03) * (mpmath.mpf("0.6") * a + mpmath.mpf("0.8") * b)
        return x**2 * mpmath.exp(y)

    found = target(text).second_order
    assert found is not None
    assert found.quadratic + found.cubic == pytest.approx(gum_note(same, [0, 0], [1, 1]), rel=1e-10)


def test_tensors_have_the_same_terms_as_their_elements() -> None:
    apart = target("var a = 1.3 ± 0.02\nvar b = 0.7 ± 0.03\ncorr(a, b) = 0.6\nout = a**2 * exp(b)").second_order
    whole = target("var v = [1.3, 0.7] ± [0.02, 0.03]\ncorr(v, v) = 0.6\nout = v[0]**2 * exp(v[1])").second_order
    assert apart is not None and whole is not None
    for one, other in zip(apart, whole, strict=True):
        assert one == pytest.approx(other, rel=1e-12)


def test_where_the_first_derivative_vanishes_the_second_order_has_it_all() -> None:
    first, second = budget("var x = 0 ± 0.1\ny = x**2"), target("var x = 0 ± 0.1\ny = x**2", Asked(order=2))
    assert first.targets[0].uncertainty == 0
    assert "`x` vanishes" in remarks(first)["second-order"]
    # x**2 of a normal x has mean u**2 and variance 2 u**4.
    assert second.value == pytest.approx(0.01, rel=1e-15)
    assert second.uncertainty == pytest.approx(sqrt(2) * 0.01, rel=1e-15)


def test_a_quadratic_form_is_exact_to_second_order() -> None:
    # (x + y)**2 with u = 1 each, independent: mean (m**2 + s), variance 4 m**2 s + 2 s**2, s = 2.
    found = target("var x = 1 ± 1\nvar y = 2 ± 1\nq = (x + y)**2", Asked(order=2))
    assert found.value == pytest.approx(9 + 2) and found.uncertainty == pytest.approx(sqrt(4 * 9 * 2 + 2 * 4))


def test_a_series_that_fails_is_no_number() -> None:
    found = budget("var x = 0 ± 2\ny = sin(x)", Asked(order=2))
    assert found.targets[0].uncertainty is None and "negative" in remarks(found)["second-order"]


def test_linear_results_need_no_remark() -> None:
    assert remarks(budget(f"{XY}z = 2*x - y")) == {}
    assert "second-order" not in remarks(budget("var x = 1 ± 0.01\ny = x**2"))
    assert "second-order" in remarks(budget("var x = 1 ± 0.2\ny = x**2"))


def test_sources_that_are_exact_after_all() -> None:
    found = budget("var x = 1 ± 0\ny = x**2", Asked(order=2, draws=Draws(1000))).targets[0]
    assert (found.value, found.uncertainty, found.monte_carlo.uncertainty) == (1, 0, 0)
    assert found.monte_carlo.validated is True


# ---- what is said


def test_what_counts_as_exact_is_said() -> None:
    found = remarks(budget("var x = 1 ± 0.1\nvar t = 2\ninput s = 1\nconst k = 3\nvar idle = 1 ± 1\ny = x * t * s * k"))
    assert "`t`, `s`" in found["exact"] and "`k`" not in found["exact"] and "`idle`" in found["unused"]


def test_what_does_not_reach_the_result_is_said() -> None:
    assert "floor" in remarks(budget(f"{XY}z = floor(x) + y"))["cut"]
    assert "`x`" in remarks(budget(f"{XY}z = stop_gradient(x) + x + y"))["cut"]
    declared = budget("var a = 1 ± 0.1\nvar b = 2*a\nvar c = 1 ± 0.1\ny = a + b + c")
    assert "`a`" in remarks(declared)["declared"]
    assert "sqrt" in remarks(budget("var x = 0 ± 0.1\nvar z = 1 ± 1\ny = sqrt(x) + z"))["inf"]
    assert "convention" in remarks(budget("var x = 0 ± 0.1\nvar z = 1 ± 1\ny = abs(x) + z"))


def test_correlations_without_effect_are_said() -> None:
    assert "`t` has no uncertainty" in remarks(budget(f"{XY}var t = 1\ncorr(x, t) = 0.3\nx + y + t"))["unused"]
    assert "`g` is computed" in remarks(budget(f"{XY}g = x * y\ncorr(g, x) = 0.3\nh = g + x"))["unused"]


def test_an_infinite_uncertainty_has_no_percents() -> None:
    found = budget("var x = 0 ± 0.1\nvar z = 1 ± 1\ny = sqrt(x) + z")
    assert [row.percent for row in found.main()] == [None, None, None]


def test_a_source_that_is_cut_has_a_row_without_a_sensitivity() -> None:
    rows = {row.source: row for row in budget(f"{XY}z = floor(x) + y").budget}
    assert (rows["x"].sensitivity, rows["x"].percent) == (None, None) and rows["y"].percent == 100


# ---- Monte Carlo


def drawn(text: str, number: int = 200_000, seed: int = 1, interval: str = "symmetric", **rest: Any) -> Any:
    found = target(text, Asked(draws=Draws(number, seed, interval, rest.pop("block", None)), **rest))
    assert found.monte_carlo is not None
    return found.monte_carlo


def test_blocks_change_no_number() -> None:
    text = "var v = [1, 2, 3] ± 0.1\nvar x = 1 ± 0.2\ncorr(v, v) = 0.3\ny = sum(v**2) * exp(x)"
    whole = drawn(text, 5_000, block=5_000)
    for block in (1, 7, 999, None):
        assert drawn(text, 5_000, block=block) == whole
    assert drawn(text, 5_000, seed=2) != whole


def test_moments_are_those_of_the_law_within_their_own_error() -> None:
    # exp of a normal number: mean exp(m + s2/2), variance (exp(s2) - 1) exp(2m + s2).
    found = drawn("var x = 0.5 ± 0.3\ny = exp(x)")
    mean, variance = exp(0.5 + 0.045), (exp(0.09) - 1) * exp(1 + 0.09)
    assert abs(found.mean - mean) < 4.5 * found.mean_error
    assert found.mean_error == pytest.approx(sqrt(variance / 200_000), rel=0.01)
    excess = exp(4 * 0.09) + 2 * exp(3 * 0.09) + 3 * exp(2 * 0.09) - 6
    assert abs(found.uncertainty**2 - variance) < 4.5 * variance * sqrt((excess + 2) / 200_000)
    low, high = found.interval
    for end, sign, error in ((low, -1, found.interval_error[0]), (high, 1, found.interval_error[1])):
        assert abs(end - exp(0.5 + sign * 2 * 0.3)) < 6 * error


def test_the_shortest_interval_is_shorter_and_holds_as_much() -> None:
    symmetric, shortest = (drawn("var x = 0 ± 0.5\ny = exp(x)", interval=each) for each in ("symmetric", "shortest"))
    (a, b), (c, d) = symmetric.interval, shortest.interval
    assert d - c < b - a and c < a

    def part(end: float) -> float:
        return 0.5 * (1 + erf(np.log(end) / 0.5 / sqrt(2)))

    assert part(d) - part(c) == pytest.approx(0.9545, abs=0.003)


def test_correlated_draws() -> None:
    text = "var x = 1 ± 0.1\nvar y = 2 ± 0.2\ncorr(x, y) = {}\n"
    for strength in (-1.0, -0.5, 0.7, 1.0):
        variance = 0.01 + 0.04 + 2 * strength * 0.02
        found = drawn(f"{text.format(strength)}s = x + y")
        assert abs(found.uncertainty**2 - variance) < 4.5 * variance * sqrt(2 / 200_000)
    assert drawn(f"{text.format(1.0)}s = 2*x - y").uncertainty == pytest.approx(0, abs=1e-14)


def test_a_vanishing_derivative_is_no_matter_to_draws() -> None:
    found = drawn("var x = 0 ± 0.1\ny = x**2", 1_000_000)
    assert abs(found.mean - 0.01) < 4.5 * found.mean_error
    # The square of a chi-square's deviation has an error of its own: kurtosis 12.
    assert found.uncertainty == pytest.approx(sqrt(2) * 0.01, rel=4.5 * sqrt(14 / 1_000_000) / 2)
    assert found.validated is False


def test_a_linear_result_is_validated_by_enough_draws() -> None:
    text = "var x = 1 ± 0.3\nvar y = 2 ± 0.4\nz = x + y"
    assert drawn(text, 1_000_000, digits=1).validated is True
    few = budget(text, Asked(digits=3, draws=Draws(1_000)))
    assert few.targets[0].monte_carlo.validated is None and "draws" in remarks(few)


def test_draws_without_a_number_are_counted() -> None:
    found = budget("var x = 1 ± 0.5\ny = log(x)", Asked(draws=Draws(10_000)))
    monte_carlo = found.targets[0].monte_carlo
    expected = 10_000 * 0.5 * (1 - erf(2 / sqrt(2)))
    assert abs(monte_carlo.undefined - expected) < 5 * sqrt(expected)
    assert monte_carlo.validated is not True and "log" not in monte_carlo._fields and "undefined" in remarks(found)


def test_more_draws_than_memory_is_allowed_for_are_refused() -> None:
    with pytest.raises(DiagnosticError) as caught:
        budget(f"{XY}a = x\nb = y", Asked(draws=Draws(30_000_000)))
    assert [each.code for each in caught.value.diagnostics] == ["E0703"]


def test_draws_see_what_derivatives_do_not() -> None:
    found = drawn("var x = 0.5 ± 5\nvar z = 0 ± 0.001\ny = floor(x) + z")
    assert found.uncertainty == pytest.approx(sqrt(25 + 1 / 12), rel=0.01)


def test_every_target_and_element_is_drawn_together() -> None:
    found = budget("var v = [1, 2] ± 0.1\na = v * 2\nb = sum(v)", Asked(draws=Draws(100_000)))
    assert [each.name for each in found.targets] == ["a[0]", "a[1]", "b"]
    for each in found.targets:
        assert each.monte_carlo.uncertainty == pytest.approx(each.uncertainty, rel=0.02)


# ---- rounding


@pytest.mark.parametrize(
    "value, uncertainty, digits, expected",
    [
        (9.80087, 0.0437, 2, "9.801(44)"),
        (9.80087, 0.0437, 1, "9.80(4)"),
        (127.732, 0.071, 2, "127.732(71)"),
        (98.3, 1.234, 2, "98.3(1.2)"),
        (98.31234, 12.3456, 3, "98.3(12.3)"),
        (98010.0, 440.0, 2, "9.801(44)e4"),
        (1.0, 0.0996, 2, "1.00(10)"),
        (1.0, 0.9996, 2, "1.0(1.0)"),
        (-1.234e-27, 5e-30, 1, "-1.234(5)e-27"),
        (6.62607015e-34, 1e-42, 2, "6.626070150(10)e-34"),
        (0.0, 0.1, 1, "0.0(1)"),
        (123456.7, 3.2, 1, "123457(3)"),
        (1.5, 0.0, 2, "1.5(0)"),
        (nan, 0.1, 2, "nan(0.1)"),
    ],
)
def test_the_short_form(value: float, uncertainty: float, digits: int, expected: str) -> None:
    assert short(value, uncertainty, digits) == expected


def test_numbers_to_a_place() -> None:
    assert rounded(-0.0001, -2) == "0.00" and rounded(12.345, -1) == "12.3" and rounded(1.0, None) == "1.0"
    assert place_of(0.0996, 2) == -2 and place_of(0.0, 2) is None and place_of(nan, 2) is None
    assert significant(0.000123456, 3) == "0.000123" and significant(None, 3) == "" and significant(-0.0, 2) == "0.0"
    # JCGM 101, 7.9.2, examples 1 and 2: u = 0.000 35 g and u = 2 K.
    assert tolerance(0.00035, 2) == pytest.approx(0.000005) and tolerance(2.0, 1) == 0.5


def test_single_precision() -> None:
    found = target("dtype float32\nvar L = 1 ± 0.002\nvar T = 2.007 ± 0.004\ng = 4 * pi**2 * L / T**2")
    expected = 4 * pi**2 / 2.007**2 * sqrt(0.002**2 + (2 * 0.004 / 2.007) ** 2)
    assert found.uncertainty == pytest.approx(expected, rel=1e-6)


def test_sines_as_they_are() -> None:
    found = target("var x = 0.4 ± 0.1\ny = sin(x)", Asked(order=2))
    u = 0.1
    assert found.value == pytest.approx(sin(0.4) * (1 - u * u / 2), rel=1e-14)
    assert not isnan(found.uncertainty or nan)


def test_shapes_that_do_not_fit_are_refused() -> None:
    start = "var a = [1, 2] ± 0.1\nvar b = [1, 2, 3] ± 0.1\nvar c = 1 ± 0.1\n"
    code, message = refusal(f"{start}corr(a, b) = 0.1\nsum(a) + sum(b) + c")
    assert code == "E0622" and "[2]" in message and "[3]" in message
    assert refusal(f"{start}corr(a, c) = [0.1, 0.2, 0.3]\nsum(a) + sum(b) + c")[0] == "E0622"
    found = target(f"{start}corr(c, a) = [0.1, 0.2]\nsum(a) + c")
    assert found.uncertainty == pytest.approx(0.1 * sqrt(3 + 2 * 0.3), rel=1e-14)
    code, message = refusal("var v = zeros([101]) ± 1\nw = 2*v")
    assert code == "E0601" and "100" in message
