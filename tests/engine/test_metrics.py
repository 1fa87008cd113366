"""Metrics and losses against the values of TensorFlow 2.21 with Keras 3.15 in float64, their gradients, and labels that are refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from diffcli.compute import Request, evaluate
from diffcli.diagnostic import DiagnosticError
from diffcli.engine.diff import gradients
from diffcli.engine.graph import Graph
from diffcli.engine.op import OPS, leaf
from diffcli.engine.run import execute
from diffcli.engine.shape import OperandError
from diffcli.source import Source

from .inputs_structural import Case, numbers
from .test_ops_structural import called, numeric_slope, slope_along, value

total = OPS["sum"]

MIXED = "[[0, 1, 2], [3, -1, 0.5]], [[0.2, 0.8, 2.5], [2, -0.5, 1.5]]"
BINARY = "[[0, 1], [1, 0]], [[0.3, 0.9], [-0.4, 0.2]]"
SHARES = "[[0.2, 0.8], [1, 0]], [[0.5, 0.5], [0.9, 0.1]]"
SCORES = "[[0.1, 0.6, 0.3], [0.05, 0.95, 0]]"


def found(text: str) -> Any:
    return evaluate(Request(Source("test", text))).targets[0].value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"mean_squared_error({MIXED})", 0.43),
        (f"mean_absolute_error({MIXED})", 0.5666666666666667),
        (f"mean_absolute_percentage_error({MIXED})", 33333388.055555563),
        (f"mape({SHARES})", 25000049.375000004),
        (f"mean_squared_logarithmic_error({MIXED})", 0.0686346961107376),
        (f"msle({BINARY})", 0.14628998643552663),
        # The loss of Keras is the negative of its metric, which is what stands here.
        (f"cosine_similarity({MIXED})", 0.9367677733010125),
        (f"cosine_similarity({SHARES})", 0.9256883301930815),
        ("cosine_similarity([[0, 0]], [[1, 2]])", 0.0),
        (f"kl_divergence({MIXED})", -0.06171574491576837),
        (f"kld({BINARY})", 8.111726612169043),
        (f"kullback_leibler_divergence({SHARES})", 0.14905194556426402),
        (f"poisson({SHARES})", 0.6996268462766717),
        (f"poisson({BINARY})", math.nan),
        (f"hinge({MIXED})", 0.325),
        (f"hinge({BINARY})", 1.0),
        (f"hinge({SHARES})", 0.65),
        (f"r2_score({MIXED})", 0.5042592592592592),
        ("r2_score([[1], [1]], [[1], [2]])", 0.0),
        ("r2_score([1, 2, 4], [1.5, 2, 3])", 0.732142857142857),
        ("binary_accuracy([[1], [0], [1]], [[0.5], [0.2], [0.7]])", 2 / 3),
        ("binary_accuracy([[1, 0], [0, 1]], [[0.6, 0.4], [0.7, 0.3]])", 0.5),
        (f"categorical_accuracy([[0, 0, 1], [0, 1, 0]], {SCORES})", 0.5),
        ("categorical_accuracy([[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]])", 0.5),
        (f"sparse_categorical_accuracy([2, 1], {SCORES})", 0.5),
        (f"sparse_categorical_accuracy([[2], [1]], {SCORES})", 0.5),
        (f"accuracy([[2], [1]], {SCORES})", 0.5),
        (f"accuracy([2, 1], {SCORES})", 0.5),
        (f"accuracy([[0, 0, 1], [0, 1, 0]], {SCORES})", 0.5),
        ("accuracy([1, 0, 1], [[0.5], [0.2], [0.7]])", 2 / 3),
        ("accuracy([[1], [0], [1]], [[0.5], [0.2], [0.7]])", 2 / 3),
        (f"sparse_categorical_crossentropy([[1], [1]], {SCORES})", (0.51082562 + 0.05129329) / 2),
    ],
)
def test_values_are_those_of_keras(text: str, expected: float) -> None:
    assert found(text) == pytest.approx(expected, rel=2e-8, nan_ok=True)


def test_log_cosh_is_exact_where_keras_rounds_log_2_to_a_single() -> None:
    errors = (0.2, -0.2, 0.5, -1, 0.5, 1)
    exact = sum(math.log(math.cosh(error)) for error in errors) / 6
    assert found(f"log_cosh({MIXED})") == pytest.approx(exact, rel=1e-14)
    assert exact == pytest.approx(0.191254467855783, rel=2e-8)  # TensorFlow's
    assert found("logcosh([0], [1000])") == pytest.approx(1000 - math.log(2), rel=1e-15)


def test_a_threshold_decides_what_is_1() -> None:
    assert found("binary_accuracy([1, 0], [0.4, 0.2], threshold=0.3)") == 1
    assert found("accuracy([1, 0], [0.4, 0.2])") == 0.5


def test_a_column_is_compared_with_a_vector_row_by_row() -> None:
    """NumPy would broadcast [n] against [n, 1] to [n, n], each row against all."""
    for loss in ("mse", "mae", "huber", "log_cosh"):
        assert found(f"{loss}([1, 2, 4], [[1], [2], [4]])") == found(f"{loss}([[1], [2], [4]], [1, 2, 4])") == 0
    assert found("mse([1, 3], 2)") == 1


def _shifted(y: Any, p: Any) -> Any:
    return np.where(np.isin(y, (0, 1)).all(), 2 * y - 1, y)


def _cosine(y: Any, p: Any) -> Any:
    return ((y * p).sum(-1) / np.sqrt((y * y).sum(-1) * (p * p).sum(-1))).mean()


SHARED = np.array([[0.3, 0.7], [0.85, 0.15]])
GUESSED = np.array([[0.55, 0.4], [0.6, 0.25]])
CASES = [
    Case("mape", (1 + abs(numbers(2, 3)), numbers(2, 3)), lambda y, p: 100 * np.abs(p / y - 1).mean()),
    Case(
        "msle",
        (abs(numbers(2, 3)), abs(numbers(2, 3))),
        lambda y, p: ((np.log1p(p) - np.log1p(y)) ** 2).mean(),
    ),
    Case("cosine_similarity", (numbers(2, 3), numbers(2, 3)), _cosine),
    Case("log_cosh", (numbers(2, 3), numbers(2, 3)), lambda y, p: np.log(np.cosh(p - y)).mean()),
    Case("kl_divergence", (SHARED, GUESSED), lambda y, p: (y * np.log(y) - y * np.log(p)).sum() / 2),
    Case("poisson", (abs(numbers(2, 3)), abs(numbers(2, 3))), lambda y, p: (p - y * np.log(p + 1e-7)).mean()),
    Case("hinge", (numbers(2, 3), numbers(2, 3)), lambda y, p: np.maximum(1 - y * p, 0).mean()),
    Case(
        "hinge",
        (np.array([0.0, 1.0, 1.0]), numbers(3)),
        lambda y, p: np.maximum(1 - _shifted(y, p) * p, 0).mean(),
        fixed=(0,),
    ),
    Case("r2_score", (numbers(4), numbers(4)), lambda y, p: 1 - ((y - p) ** 2).sum() / (y.var() * 4)),
    Case("mse", (numbers(3), numbers(3, 1)), lambda y, p: ((y - p[:, 0]) ** 2).mean()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_value_equals_another_formulation(case: Case) -> None:
    node, _, feeds = called(case)
    np.testing.assert_allclose(value(node, feeds), case.reference(*case.operands), rtol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_derivatives_to_third_order_in_both_modes(case: Case) -> None:
    node, xs, feeds = called(case)
    moving = [x for i, x in enumerate(xs) if i not in case.fixed]
    generator = np.random.default_rng(5)
    target = node
    for order in range(3):
        ways = [leaf(node.graph, "way", "var", x.shape) for x in moving]
        for way in ways:
            feeds[way] = generator.uniform(-1, 1, way.shape)  # type: ignore[arg-type]  # all sizes are known
        backward, onward = slope_along(target, moving, ways)
        results = execute([backward, onward], feeds)
        numeric = numeric_slope(target, moving, [feeds[way] for way in ways], feeds)
        np.testing.assert_allclose(results[onward], results[backward], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(results[backward], numeric, rtol=1e-5, atol=1e-6)
        target = onward if order % 2 else backward


@pytest.mark.parametrize(
    ("name", "truth", "prediction"),
    [
        ("accuracy", (2,), (2, 3)),
        ("accuracy", (2, 3), (2, 3)),
        ("binary_accuracy", (3,), (3,)),
        ("categorical_accuracy", (2, 3), (2, 3)),
        ("sparse_categorical_accuracy", (2,), (2, 3)),
    ],
)
def test_what_counts_hits_has_no_gradient(name: str, truth: Any, prediction: Any) -> None:
    graph = Graph()
    y, p = leaf(graph, "y", "var", truth), leaf(graph, "p", "var", prediction)
    assert gradients([OPS[name](y, p)], [y, p]) == [None, None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"sparse_categorical_crossentropy([5, 1], {SCORES})", "there is no class 5"),
        (f"sparse_categorical_crossentropy([-1, 1], {SCORES})", "there is no class -1"),
        (f"sparse_categorical_crossentropy([0.5, 1], {SCORES})", "there is no class 0.5"),
        (f"sparse_categorical_crossentropy(1 * [0, 3], {SCORES}, from_logits=true)", "there is no class 3"),
        (f"sparse_categorical_crossentropy(1 * [0, nan], {SCORES})", "there is no class nan"),
        (f"sparse_categorical_crossentropy([0, 1, 2], {SCORES})", "labels of shape [3] do not fit"),
        (f"accuracy([0, 1, 2], {SCORES})", "labels of shape [3] do not fit"),
        ("accuracy([0, 1, 1], [[0.1], [0.2]])", "labels of shape [3] do not fit"),
        (f"categorical_accuracy([0, 1], {SCORES})", "one-hot labels of shape [2] do not fit"),
        ("r2_score([1, 2], [1, 2, 3])", "values of shape [2] do not fit"),
        ("cosine_similarity(1, 2)", "vectors"),
    ],
)
def test_labels_that_do_not_fit_are_refused(text: str, message: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        found(text)
    assert message in caught.value.diagnostics[0].message


def test_labels_are_refused_at_the_run_too() -> None:
    graph = Graph()
    y, p = leaf(graph, "y", "input", (2,)), leaf(graph, "p", "var", (2, 3))
    loss = OPS["sparse_categorical_crossentropy"](y, p)
    feeds = {p: np.full((2, 3), 1 / 3)}
    assert execute([loss], {**feeds, y: np.array([0.0, 2.0])})[loss] == pytest.approx(math.log(3))
    with pytest.raises(OperandError, match="there is no class 3"):
        execute([loss], {**feeds, y: np.array([0.0, 3.0])})
