"""Losses against the examples of Keras' reference pages and against mathematics; random numbers by their properties."""

import math

import pytest

from diffcli.compute import Request, evaluate, gradient
from diffcli.source import Source


def value(text: str) -> float:
    return evaluate(Request(Source("test", text))).targets[0].value


PAIR = "[[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]"
CLASSES = "[[0, 1, 0], [0, 0, 1]], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mse([[0, 1], [0, 0]], [[1, 1], [1, 0]])", 0.5),
        ("mae([[0, 1], [0, 0]], [[1, 1], [1, 0]])", 0.5),
        (f"huber({PAIR})", 0.155),
        (f"binary_crossentropy({PAIR})", 0.81492424),
        ("binary_crossentropy([0, 1, 0, 0], [-18.6, 0.51, 2.94, -12.8], from_logits=true)", 0.865458),
        (f"categorical_crossentropy({CLASSES})", 1.1769392),
        ("sparse_categorical_crossentropy([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]])", 1.1769392),
        ("categorical_crossentropy([[1, 0]], [[-1000, 1000]], from_logits=true)", 2000.0),
        ("categorical_crossentropy([[1, 0]], [[0, 1]])", 16.11809565095832),  # -log(1e-7)
        ("binary_crossentropy([0], [100], from_logits=true)", 100.0),
        ("huber([0], [3], delta=2)", 4.0),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-6)


def test_the_gradient_from_logits_is_softmax_minus_labels() -> None:
    text = "var z = [[1, 2, 3]]\nloss = categorical_crossentropy([[0, 0, 1]], z, from_logits=true)"
    total = sum(math.exp(k) for k in (1, 2, 3))
    expected = [math.exp(k) / total - (k == 3) for k in (1, 2, 3)]
    (found,) = gradient(Request(Source("test", text))).gradients
    assert found.value[0] == pytest.approx(expected, rel=1e-14)


def test_labels_of_the_wrong_shape_are_refused() -> None:
    from diffcli.diagnostic import DiagnosticError

    with pytest.raises(DiagnosticError, match="labels"):
        value("sparse_categorical_crossentropy([[1, 2]], [[0.5, 0.5]])")


def numbers(text: str) -> list[float]:
    found = evaluate(Request(Source("test", f"y = reshape({text}, [-1])"))).targets[0].value
    assert isinstance(found, list)
    return found


def test_a_seed_gives_the_same_numbers_and_another_gives_others() -> None:
    assert numbers("normal(3, 4, seed=1)") == numbers("normal([3, 4], seed=1)")
    assert numbers("normal(3, 4, seed=1)") != numbers("normal(3, 4, seed=2)")


def test_moments_and_bounds() -> None:
    drawn = numbers("normal(20000, mean=3, stddev=0.5, seed=7)")
    assert sum(drawn) / len(drawn) == pytest.approx(3, abs=0.02)
    assert math.sqrt(sum((each - 3) ** 2 for each in drawn) / len(drawn)) == pytest.approx(0.5, rel=0.03)
    drawn = numbers("uniform(20000, low=-2, high=1, seed=7)")
    assert min(drawn) >= -2 and max(drawn) < 1 and sum(drawn) / len(drawn) == pytest.approx(-0.5, abs=0.03)
    limit = math.sqrt(6 / 300)
    drawn = numbers("glorot_uniform(100, 200, seed=7)")
    assert max(map(abs, drawn)) <= limit and max(map(abs, drawn)) > 0.99 * limit
    for text, deviation in (
        ("glorot_normal(100, 200)", math.sqrt(2 / 300)),
        ("he_normal(100, 200)", math.sqrt(2 / 100)),
    ):
        drawn = numbers(text)
        assert math.sqrt(sum(each**2 for each in drawn) / len(drawn)) == pytest.approx(deviation, rel=0.02)
        assert max(map(abs, drawn)) <= 2 * deviation / 0.8796


def test_random_numbers_are_constants_for_differentiation() -> None:
    text = "var x = 2\nw = normal(3, seed=1)\ny = sum(x * w)\nexpect grad(y, x) == sum(w)\nexpect grad(w, x) is none"
    from diffcli.compute import self_test

    assert all(case.passed for case in self_test(Request(Source("test", text))).cases)
