"""Keras' initialisers by their bounds and deviations, and that a seed fixes every number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401  (states the operators)
from diffcli.engine.graph import Graph
from diffcli.engine.op import OPS
from diffcli.engine.run import execute

# Uniform numbers up to a limit have the deviation limit / sqrt(3). A normal distribution that is cut at two deviations keeps
# 0.8796 of its own, which those that scale by sizes make up for and truncated_normal does not.
CUT = 0.87962566103423978
ROWS, COLUMNS = 300, 200


def drawn(name: str, *sizes: int, **named: Any) -> np.ndarray:
    node = OPS[name].call((tuple(map(float, sizes)),), named, Graph())
    return np.asarray(execute([node], {})[node])


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("glorot_uniform", math.sqrt(6 / (ROWS + COLUMNS))),
        ("he_uniform", math.sqrt(6 / ROWS)),
        ("lecun_uniform", math.sqrt(3 / ROWS)),
        ("random_uniform", 0.05),
    ],
)
def test_uniform_ones_fill_their_bounds(name: str, limit: float) -> None:
    found = drawn(name, ROWS, COLUMNS)
    assert 0.999 * limit < np.abs(found).max() <= limit
    assert found.std() == pytest.approx(limit / math.sqrt(3), rel=0.01)
    assert abs(found.mean()) < 0.02 * limit


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("glorot_normal", math.sqrt(2 / (ROWS + COLUMNS))),
        ("he_normal", math.sqrt(2 / ROWS)),
        ("lecun_normal", math.sqrt(1 / ROWS)),
        ("truncated_normal", 0.05 * CUT),
    ],
)
def test_cut_normal_ones_end_at_two_deviations(name: str, deviation: float) -> None:
    found = drawn(name, ROWS, COLUMNS)
    assert found.std() == pytest.approx(deviation, rel=0.01)
    assert 1.99 < np.abs(found).max() / (deviation / CUT) <= 2


def test_the_normal_one_is_not_cut() -> None:
    found = drawn("random_normal", ROWS, COLUMNS)
    assert found.std() == pytest.approx(0.05, rel=0.01) and np.abs(found).max() > 3.5 * 0.05


def test_parameters_of_distributions() -> None:
    assert drawn("random_uniform", 1000, minval=2.0, maxval=3.0).min() >= 2
    assert drawn("truncated_normal", 1000, mean=5.0, stddev=0.1).min() > 4.79
    assert drawn("random_normal", 1000, mean=5.0, stddev=0.1).mean() == pytest.approx(5, abs=0.02)


def test_sizes_before_the_last_two_count_for_inputs_and_outputs() -> None:
    """As Keras takes the receptive field of a convolution; the bounds are those that TensorFlow showed for (2, 3, 40, 50)."""
    assert np.abs(drawn("glorot_uniform", 2, 3, 40, 50)).max() == pytest.approx(math.sqrt(6 / 540), rel=1e-3)
    assert np.abs(drawn("he_uniform", 2, 3, 40, 50)).max() == pytest.approx(math.sqrt(6 / 240), rel=1e-3)
    assert np.abs(drawn("glorot_uniform", 20000)).max() == pytest.approx(math.sqrt(6 / 40000), rel=1e-3)


@pytest.mark.parametrize("name", ["glorot_uniform", "he_uniform", "lecun_normal", "random_normal", "truncated_normal"])
def test_a_seed_fixes_the_numbers(name: str) -> None:
    assert (drawn(name, 3, 4, seed=7) == drawn(name, 3, 4, seed=7)).all()
    assert (drawn(name, 3, 4, seed=7) != drawn(name, 3, 4, seed=8)).any()
