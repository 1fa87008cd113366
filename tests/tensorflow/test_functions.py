"""TensorFlow's functions: values and gradients from mathematics or as TensorFlow has them, at once and in graphs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from math import inf, nan
from typing import Any

import numpy as np
import pytest

import diffcli.tensorflow as tf

from .graphs import numbers, run

M = [[1.0, 2.0, 0.5], [3.0, -4.0, 5.0]]
V = [0.7, 1.3, 2.6, 0.5]


@pytest.fixture
def as_tensorflow() -> Iterator[None]:
    tf.strict()
    yield
    tf.strict(False)


def slopes(f: Callable[..., Any], *at: Any) -> Any:
    xs = [tf.Variable(each, dtype=tf.float64) for each in at]
    with tf.GradientTape() as tape:
        y = f(*xs)
    found = numbers(tape.gradient(y, xs))
    return found[0] if len(at) == 1 else found


def same(found: Any, expected: Any, tolerance: float = 1e-12) -> bool:
    if isinstance(expected, (list, tuple)) and None in expected:
        return bool(list(found) == list(expected))
    return (
        found == expected
        if None in (found, expected)
        else bool(np.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True))
    )


# Each value from NumPy or the mathematical function.
VALUES: list[tuple[Callable[[Any], Any], Any]] = [
    (lambda t: tf.reduce_sum(t(M), axis=0), [4, -2, 5.5]),
    (lambda t: tf.reduce_sum(t(M), 1, True), [[3.5], [4]]),
    (lambda t: tf.reduce_sum(t(M), reduction_indices=1, keep_dims=True), [[3.5], [4]]),
    (lambda t: tf.reduce_mean(t(M), [0, 1]), 1.25),
    (lambda t: tf.reduce_prod(t(M), -1), [1, -60]),
    (lambda t: tf.reduce_max(t(M), axis=1), [2, 5]),
    (lambda t: tf.reduce_min(input_tensor=t(M)), -4),
    (lambda t: tf.math.reduce_std(t([1.0, 3.0])), 1),
    (lambda t: tf.math.reduce_variance(t([1.0, 3.0])), 1),
    (lambda t: tf.reduce_logsumexp(t([1000.0, 1000.0])), 1000 + math.log(2)),
    (lambda t: tf.argmax(t(M)), [1, 0, 1]),
    (lambda t: tf.argmin(t(M), axis=1), [2, 1]),
    (lambda t: tf.cumsum(t(V), exclusive=True, reverse=True), [4.4, 3.1, 0.5, 0]),
    (lambda t: tf.math.cumprod(t([1.0, 2.0, 3.0])), [1, 2, 6]),
    (lambda t: tf.matmul(t(M), t(M), transpose_b=True), [[5.25, -2.5], [-2.5, 50]]),
    (lambda t: tf.einsum("ij,kj->ik", t(M), t(M)), [[5.25, -2.5], [-2.5, 50]]),
    (lambda t: tf.tensordot(t(V), t(V), 1), sum(each * each for each in V)),
    (lambda t: tf.norm(t([3.0, 4.0])), 5),
    (lambda t: tf.norm(t(M), ord=1, axis=1), [3.5, 12]),
    (lambda t: tf.norm(t(M), ord=np.inf, axis=0), [3, 4, 5]),
    (lambda t: tf.linalg.det(t([[4.0, 1.0], [1.0, 3.0]])), 11),
    (lambda t: tf.linalg.solve(t([[4.0, 1.0], [1.0, 3.0]]), t([[1.0], [3.0]])), [[0], [1]]),
    (lambda t: tf.linalg.band_part(t([[1.0, 2.0], [3.0, 4.0]]), 0, -1), [[1, 2], [0, 4]]),
    (lambda t: tf.linalg.trace(t([[1.0, 2.0], [3.0, 4.0]])), 5),
    (lambda t: tf.transpose(t(M), perm=[1, 0]), [[1, 3], [2, -4], [0.5, 5]]),
    (lambda t: tf.reshape(t(M), [3, -1]), [[1, 2], [0.5, 3], [-4, 5]]),
    (lambda t: tf.expand_dims(t(V), axis=1), [[each] for each in V]),
    (lambda t: tf.squeeze(t([[V]])), V),
    (lambda t: tf.concat([t([1.0]), t([2.0, 3.0])], axis=0), [1, 2, 3]),
    (lambda t: tf.stack([t([1.0, 2.0]), t([3.0, 4.0])], axis=1), [[1, 3], [2, 4]]),
    (lambda t: tf.split(t(V), [1, 3])[1], V[1:]),
    (lambda t: tf.unstack(t(M), axis=1)[2], [0.5, 5]),
    (lambda t: tf.tile(t([1.0, 2.0]), [2]), [1, 2, 1, 2]),
    (lambda t: tf.pad(t([1.0]), [[1, 2]], constant_values=9.0), [9, 1, 9, 9]),
    (lambda t: tf.reverse(t(V), [0]), V[::-1]),
    (lambda t: tf.roll(t(V), shift=1, axis=0), [0.5, 0.7, 1.3, 2.6]),
    (lambda t: tf.sort(t(V), direction="DESCENDING"), [2.6, 1.3, 0.7, 0.5]),
    (lambda t: tf.argsort(t(V)), [3, 0, 1, 2]),
    (lambda t: tf.gather(t(M), [1, 1], axis=0), [M[1], M[1]]),
    (lambda t: tf.where(t(V) > 1.0, t(V), 0.0), [0, 1.3, 2.6, 0]),
    (lambda t: tf.where(t(V) > 1.0, 0.1, t(V)), [0.7, 0.1, 0.1, 0.5]),
    (lambda t: tf.one_hot([2, 0], 3, on_value=5.0, off_value=1.0), [[1, 1, 5], [5, 1, 1]]),
    (lambda t: tf.fill([2], t(3.0)), [3, 3]),
    (lambda t: tf.linspace(t(1.0), t(2.0), 3), [1, 1.5, 2]),
    (lambda t: tf.range(1.0, 2.0, 0.25), [1, 1.25, 1.5, 1.75]),
    (lambda t: tf.repeat(t([1.0, 2.0]), 2), [1, 1, 2, 2]),
    (lambda t: tf.add_n([t(1.0), t(2.0), t(3.0)]), 6),
    (lambda t: tf.math.atan2(t(1.0), t(0.0)), math.pi / 2),
    (lambda t: tf.math.polygamma(t(1.0), t(1.0)), math.pi**2 / 6),
    (lambda t: tf.nn.leaky_relu(t([-1.0, 1.0])), [-0.2, 1]),
    (lambda t: tf.nn.gelu(t(1.0)), 0.5 * (1 + math.erf(0.5**0.5))),
    (lambda t: tf.nn.softmax(t([0.0, math.log(3.0)])), [0.25, 0.75]),
    (lambda t: tf.nn.sigmoid_cross_entropy_with_logits(labels=t(0.0), logits=t(100.0)), 100),
    (lambda t: tf.nn.softmax_cross_entropy_with_logits(labels=t([0.0, 1.0]), logits=t([1000.0, 0.0])), 1000),
    (lambda t: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=t([[0.0, 0.0]])), [math.log(2)]),
    (lambda t: tf.nn.l2_loss(t([3.0, 4.0])), 12.5),
    (lambda t: tf.nn.moments(t([1.0, 3.0]), [0])[1], 1),
    (lambda t: tf.math.erfc(t(10.0)), 2.0884875837625447e-45),
    (lambda t: tf.math.lgamma(t(-0.5)), 1.2655121234846454),
    (lambda t: tf.math.xlogy(t(0.0), t(0.0)), 0),
    (lambda t: 2 / t(4.0) + t(7.0) % 3 - 7 // t(2.0) + 2 ** t(3.0) - (1 - t(2.0)), 0.5 + 1 - 3 + 8 + 1),
    (lambda t: tf.cast((t(V) > 1.0) & ~(t(V) > 2.0) | (t(V) < 0.6), tf.int32), [0, 1, 0, 1]),
]


@pytest.mark.parametrize("place", range(len(VALUES)))
def test_values(place: int) -> None:
    call, expected = VALUES[place]
    assert same(numbers(call(lambda value: tf.constant(value, tf.float64))), expected)


@pytest.mark.parametrize("place", range(len(VALUES)))
def test_values_in_a_graph(place: int) -> None:
    call, expected = VALUES[place]
    assert same(run(lambda: call(lambda value: tf.constant(value, tf.float64))), expected)


@pytest.mark.parametrize("place", range(len(VALUES)))
def test_values_in_single_precision(place: int) -> None:
    call, expected = VALUES[place]
    assert same(numbers(call(tf.constant)), expected, 1e-4)


# What is differentiated, at which point, ours, and TensorFlow's number where it is another.
CORNERS: list[tuple[Callable[..., Any], tuple[Any, ...], Any, Any]] = [
    (tf.abs, (0.0,), 0, 0),
    (tf.nn.relu, (0.0,), 0, 0),
    (tf.nn.leaky_relu, (0.0,), 0.2, 0.2),
    (tf.nn.elu, (0.0,), 1, 1),
    (tf.sqrt, (0.0,), inf, inf),
    (tf.math.log, (-1.0,), nan, -1),
    (tf.math.atanh, (2.0,), nan, -1 / 3),
    (tf.floor, (2.5,), None, None),
    (tf.sign, (0.0,), 0, 0),
    (tf.math.mod, (-5.5, 2.0), (1, 3), (1, 3)),
    (lambda x, y: x // y, (5.5, 2.0), (None, None), (None, None)),
    (tf.maximum, (1.0, 1.0), (1, 0), (1, 0)),
    (tf.minimum, (1.0, 1.0), (1, 0), (1, 0)),
    (tf.pow, (0.0, 0.0), (0, 0), (nan, 0)),
    (tf.pow, (-2.0, 2.0), (-4, 0), (-4, 0)),
    (lambda x: x**0, (0.0,), 0, nan),
    (tf.math.divide_no_nan, (1.0, 0.0), (0, 0), (0, 0)),
    (tf.math.xlogy, (2.0, 0.0), (-inf, inf), (-inf, inf)),
    (lambda x: tf.where(x > 0, tf.sqrt(x), 0.0), (0.0,), 0, 0),
    (lambda x: tf.where(x > 0, tf.math.log(x), x), (0.0,), 1, nan),
    (tf.norm, ([0.0, 0.0],), [0, 0], [nan, nan]),
    (lambda x: tf.norm(x, ord=np.inf), ([-3.0, 3.0, 1.0],), [-0.5, 0.5, 0], [-0.5, 0.5, 0]),
    (tf.reduce_max, ([1.0, 3.0, 3.0],), [0, 0.5, 0.5], [0, 0.5, 0.5]),
    (tf.reduce_prod, ([0.0, 2.0, 3.0],), [6, 0, 0], [6, 0, 0]),
    (tf.math.reduce_std, ([2.0, 2.0],), [0, 0], [nan, nan]),
    (tf.linalg.det, ([[1.0, 2.0], [2.0, 4.0]],), [[4, -2], [-2, 1]], None),
]


@pytest.mark.parametrize("place", range(len(CORNERS)))
def test_corners(place: int) -> None:
    call, at, ours, _ = CORNERS[place]
    assert same(slopes(call, *at), ours)


@pytest.mark.parametrize("place", range(len(CORNERS) - 1))
def test_corners_as_tensorflow(as_tensorflow: None, place: int) -> None:
    call, at, _, theirs = CORNERS[place]
    assert same(slopes(call, *at), theirs)


def test_random_numbers() -> None:
    tf.random.set_seed(7)
    first = [tf.random.normal([1000], 3.0, 2.0), tf.random.uniform([1000], -1.0, 1.0), tf.random.normal([2], seed=5)]
    tf.random.set_seed(7)
    again = [tf.random.normal([1000], 3.0, 2.0), tf.random.uniform([1000], -1.0, 1.0), tf.random.normal([2], seed=5)]
    assert numbers(first) == numbers(again)
    assert numbers(tf.random.normal([1000], 3.0, 2.0)) != numbers(first[0])
    assert abs(np.mean(first[0].numpy()) - 3) < 0.3
    assert abs(np.std(first[0].numpy()) - 2) < 0.3
    assert np.abs(first[1].numpy()).max() <= 1
    assert first[0].dtype == tf.float32
    assert set(numbers(tf.random.uniform([1000], 0, 3, tf.int32))) == {0, 1, 2}
    assert np.abs(tf.random.truncated_normal([1000]).numpy()).max() <= 2


def test_decorators_leave_functions_as_they_are() -> None:
    @tf.function
    def square(x: Any) -> Any:
        return x * x

    @tf.function(jit_compile=True)
    def cube(x: Any) -> Any:
        return square(x) * x

    with tf.device("/CPU:0"), tf.name_scope("part"):
        assert numbers(cube(tf.constant(2.0))) == 8
