"""Clipping: each row of section 8 of the semantics page; where ours differs, TensorFlow's number under tf.strict()."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf, nan
from typing import Any

import numpy as np
import pytest

import diffcli.tensorflow as tf

from .graphs import numbers


@pytest.fixture
def as_tensorflow() -> Iterator[None]:
    tf.strict()
    yield
    tf.strict(False)


def same(found: Any, expected: Any) -> bool:
    return bool(np.array_equal(np.asarray(numbers(found)), np.asarray(expected), equal_nan=True))


def close(found: Any, expected: Any, tolerance: float = 1e-6) -> bool:
    return bool(np.allclose(np.asarray(numbers(found)), expected, rtol=tolerance, atol=0, equal_nan=True))


def double(value: Any) -> Any:
    return tf.constant(value, tf.float64)


@pytest.mark.parametrize(
    ("t", "low", "high", "expected"),
    [
        ([-2.0, 0.5, 2.0], -1.0, 1.0, [-1, 0.5, 1]),
        ([-2.0, 0.5, 2.0], [-1.0, 0.7, 0.0], [0.0, 1.0, 1.0], [-1, 0.7, 1]),
        ([-2.0, 0.5, 2.0], 1.0, -1.0, [1, 1, 1]),
        ([nan, -inf, inf], -1.0, 1.0, [nan, -1, 1]),
        ([1.0, 2.0], nan, 3.0, [nan, nan]),
        ([1.0, 2.0], 0.0, nan, [nan, nan]),
    ],
)
def test_clip_by_value(t: Any, low: Any, high: Any, expected: Any) -> None:
    assert same(tf.clip_by_value(double(t), low, high), expected)


def test_a_bound_cannot_enlarge() -> None:
    with pytest.raises(ValueError, match="incompatible"):
        tf.clip_by_value(1.0, [1.0, 1.0], 2.0)
    with pytest.raises(ValueError, match="incompatible"):
        tf.clip_by_value([1.0, 2.0], 0.0, [1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("at", "expected"),
    [(-2.0, [0, 1, 0]), (-1.0, [1, 0, 0]), (0.5, [1, 0, 0]), (1.0, [1, 0, 0]), (2.0, [0, 0, 1])],
)
def test_gradient_of_clip_by_value(at: float, expected: list[float]) -> None:
    t, low, high = tf.Variable(at), tf.Variable(-1.0), tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = tf.clip_by_value(t, low, high)
    assert numbers(tape.gradient(y, [t, low, high])) == expected


# t, clip_norm, ours, TensorFlow's
BY_NORM = [
    ([3.0, 4.0], 1.0, [0.6, 0.8], [0.6, 0.8]),
    ([0.0, 0.0], 1.0, [0, 0], [0, 0]),
    ([3.0, 4.0], 5.0, [3, 4], [3, 4]),
    ([3.0, 4.0], -1.0, [0, 0], [0, 0]),
    ([0.0, 0.0], 0.0, [0, 0], [nan, nan]),
    ([3.0, 4.0], inf, [3, 4], [nan, nan]),
    ([nan, 4.0], 1.0, [nan, nan], [nan, nan]),
    ([inf, 4.0], 1.0, [nan, 0], [nan, 0]),
    ([1e200, 1e200], 1.0, [0.5**0.5, 0.5**0.5], [0, 0]),
    (10.0, 6.0, 6, 6),
]


@pytest.mark.parametrize(("t", "limit", "ours", "theirs"), BY_NORM)
def test_clip_by_norm(t: Any, limit: float, ours: Any, theirs: Any) -> None:
    assert close(tf.clip_by_norm(double(t), limit), ours)


@pytest.mark.parametrize(("t", "limit", "ours", "theirs"), BY_NORM)
def test_clip_by_norm_as_tensorflow(as_tensorflow: None, t: Any, limit: float, ours: Any, theirs: Any) -> None:
    assert close(tf.clip_by_norm(double(t), limit), theirs)


def test_overflow_in_single_precision() -> None:
    assert close(tf.clip_by_norm([1e30, 1e30], 1.0), [0.5**0.5] * 2)


def test_overflow_in_single_precision_as_tensorflow(as_tensorflow: None) -> None:
    assert same(tf.clip_by_norm([1e30, 1e30], 1.0), [0, 0])


def test_clip_by_norm_along_axes() -> None:
    assert close(tf.clip_by_norm([[3.0, 4.0], [0.3, 0.4]], 1.0, axes=1), [[0.6, 0.8], [0.3, 0.4]])
    assert close(tf.clip_by_norm([[3.0, 4.0], [0.3, 0.4]], 1.0, [1]), [[0.6, 0.8], [0.3, 0.4]])


def test_global_norm() -> None:
    assert numbers(tf.linalg.global_norm([tf.constant([3.0]), None, tf.constant([[4.0]])])) == 5
    assert numbers(tf.linalg.global_norm([None, None])) == 0


def test_clip_by_global_norm() -> None:
    clipped, length = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([[4.0]])], 1.0)
    assert numbers(length) == 5
    assert clipped[1] is None
    assert close(clipped[0], [0.6])
    assert close(clipped[2], [[0.8]])
    with pytest.raises(TypeError):
        tf.clip_by_global_norm(tf.constant(1.0), 1.0)


@pytest.mark.parametrize(
    ("parts", "use", "expected"),
    [
        ([[0.0], [0.0]], None, [[0], [0]]),
        ([[inf], [1.0]], None, [[nan], [nan]]),
        ([[nan], [1.0]], None, [[nan], [nan]]),
        ([[3.0], [4.0]], 10.0, [[0.3], [0.4]]),
        ([[0.3], [0.4]], None, [[0.3], [0.4]]),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_edges_of_clip_by_global_norm(parts: Any, use: Any, expected: Any, strict: bool) -> None:
    tf.strict(strict)
    try:
        clipped, _ = tf.clip_by_global_norm([tf.constant(each) for each in parts], 1.0, use_norm=use)
    finally:
        tf.strict(False)
    assert all(close(one, other) for one, other in zip(clipped, expected, strict=True))


@pytest.mark.parametrize(("at", "limit", "expected"), [([3.0, 4.0], 5.0, [0.16, -0.12]), ([0.0, 0.0], 1.0, [1, 1])])
def test_gradient_of_clip_by_norm(at: Any, limit: float, expected: Any) -> None:
    t = tf.Variable(double(at))
    with tf.GradientTape() as tape:
        y = tf.clip_by_norm(t, limit)
    assert np.allclose(tape.gradient(y, t).numpy(), expected, atol=1e-15)


def in_a_graph(program: Callable[[], Any]) -> Any:
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(program())


def test_in_a_graph() -> None:
    def program() -> Any:
        clipped, length = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([4.0])], 1.0)
        return [clipped[0], clipped[2], length, tf.clip_by_norm(tf.constant(10.0), 6), tf.clip_by_value(5.0, -1.0, 1.0)]

    found = in_a_graph(program)
    assert np.allclose(np.concatenate([np.ravel(each) for each in found]), [0.6, 0.8, 5, 6, 1])
