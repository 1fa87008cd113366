"""Nested tapes, Jacobians, Hessians: each row of section 3 of the semantics page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def orders(f: Callable[[Any], Any], at: float, count: int) -> Any:
    """The derivatives of a function, first to nth; None as soon as one is missing."""
    x = tf.Variable(at, dtype=tf.float64)
    tapes = [tf.GradientTape() for _ in range(count)]
    for tape in tapes:
        tape.__enter__()
    value, found = f(x), []
    for tape in reversed(tapes):
        tape.__exit__(None, None, None)
        value = None if value is None else tape.gradient(value, x)
        found.append(value)
    return numbers(found)


def test_nested_tapes() -> None:
    assert orders(lambda x: x**3, 1.0, 2) == [3, 6]
    x = tf.Variable(1.0)
    with tf.GradientTape() as outer, tf.GradientTape() as inner:
        y = x**3
    first = inner.gradient(y, x)
    assert numbers([first, outer.gradient(first, x)]) == [3, None]


def test_each_tape_watches_for_itself() -> None:
    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x**3
        first = inner.gradient(y, x)
    assert numbers([first, outer.gradient(first, x)]) == [12, None]


def test_each_stage_sums() -> None:
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(x) ** 2 * tf.reduce_sum(x**2)
        first = inner.gradient(y, x)
    assert numbers(first) == [240, 312, 384]
    assert numbers(outer.gradient(first, x)) == [372, 444, 516]


def test_constant_derivatives() -> None:
    """TensorFlow has none or 0, by operation; ours is 0, as mathematics has it."""
    assert orders(lambda x: x * x, 3.0, 3) == [6, 2, 0]
    assert orders(lambda x: x**3, 3.0, 4) == [27, 18, 6, 0]
    assert orders(lambda x: 2 * x, 3.0, 2) == [2, 0]
    assert orders(tf.square, 3.0, 3) == [6, 2, 0]
    assert orders(lambda x: tf.constant(2.0, tf.float64) * 3, 3.0, 2) == [None, None]


def test_constant_derivatives_as_tensorflow(as_tensorflow: None) -> None:
    assert orders(lambda x: x * x, 3.0, 3) == [6, 2, None]
    assert orders(lambda x: 2 * x, 3.0, 2) == [2, None]
    assert orders(tf.square, 3.0, 3) == [6, 2, None]


def test_powers_at_zero() -> None:
    assert orders(lambda x: x**1, 0.0, 2) == [1, 0]
    assert orders(lambda x: x**2, 0.0, 3) == [0, 2, 0]


def test_powers_at_zero_as_tensorflow(as_tensorflow: None) -> None:
    assert np.isnan(orders(lambda x: x**1, 0.0, 2)[1])
    assert np.isnan(orders(lambda x: x**2, 0.0, 3)[2])


@pytest.mark.parametrize("read_before", [True, False])
def test_what_an_older_tape_read_is_constant_for_a_newer_one(read_before: bool) -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as old:
        y = x**3
    with tf.GradientTape() as new:
        z = x * 1.0 if read_before else 0.0
        slope = old.gradient(y, x) * x + z
    assert numbers(new.gradient(slope, x)) == 12 + read_before


def test_second_derivatives_that_tensorflow_does_not_have() -> None:
    """There it is a LookupError."""
    assert orders(tf.nn.softsign, 1.0, 2) == [0.25, -0.25]


def test_jacobian() -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = tf.stack([x**2, x**3])
        z = x**2
    assert numbers(tape.jacobian(y, x)) == [4, 12]
    assert numbers(tape.jacobian(z, x)) == 4
    with pytest.raises(AttributeError):
        tape.jacobian([y, z], x)


def test_jacobian_has_the_shapes_of_both() -> None:
    x, w = tf.Variable([1.0, 2.0, 3.0]), tf.Variable([1.0, 1.0, 1.0])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.stack([tf.reduce_sum(x**2), x[0] * x[2]])
    assert numbers(tape.jacobian(y, x)) == [[2, 4, 6], [3, 0, 1]]
    assert tape.jacobian(y, w) is None
    assert numbers(tape.jacobian(y, w, unconnected_gradients="zero")) == [[0] * 3] * 2
    assert numbers(tape.jacobian(y, [x, w])) == [[[2, 4, 6], [3, 0, 1]], None]


@pytest.mark.parametrize("recorded", [False, True])
def test_an_infinite_derivative_stays_in_its_place(recorded: bool) -> None:
    x = tf.constant([0.0, 2.0])
    with tf.GradientTape() as outer:
        if recorded:
            outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.math.log(x)
        if recorded:
            matrix = tape.jacobian(y, x)
    if not recorded:
        matrix = tape.jacobian(y, x)
    assert numbers(matrix) == [[np.inf, 0], [0, 0.5]]


def test_jacobian_of_a_gradient() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x[0] ** 2 * x[1]
        first = inner.gradient(y, x)
    assert numbers(outer.jacobian(first, x)) == [[4, 2], [2, 0]]


def test_gradient_of_a_jacobian() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x**3
        matrix = inner.jacobian(y, x)
    assert numbers(matrix) == [[3, 0], [0, 12]]
    assert numbers(outer.gradient(matrix, x)) == [6, 12]


def test_jacobian_without_pfor_needs_a_persistent_tape() -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = x**2
    with pytest.raises(RuntimeError, match="persistent"):
        tape.jacobian(y, x, experimental_use_pfor=False)


def test_batch_jacobian() -> None:
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    y = tf.constant([[3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        z = x**2 * y
        other = y * 1.0
    assert numbers(tape.batch_jacobian(z, x)) == [[[6, 0], [0, 16]], [[30, 0], [0, 48]]]
    assert numbers(tape.batch_jacobian(other, x)) == [[[0, 0], [0, 0]]] * 2
    for target, source in ((z, tf.constant([1.0, 2.0])), (tf.reduce_sum(z, 1), x), (z[:1], x)):
        with pytest.raises(ValueError):
            tape.batch_jacobian(target, source)


def test_cross_blocks() -> None:
    a, b = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = a**2 * b
        first = inner.gradient(y, a)
    assert numbers(outer.jacobian(first, b)) == 4


def test_compute_gradient() -> None:
    def f(x: Any, y: Any) -> Any:
        return tf.stack([x[0] * y, x[1] ** 2])

    x, y = tf.constant([2.0, 3.0], tf.float64), tf.constant(5.0, tf.float64)
    analytic, numeric = tf.test.compute_gradient(f, [x, y])
    assert [each.tolist() for each in analytic] == [[[5, 0], [0, 6]], [[2], [0]]]
    assert [each.shape for each in numeric] == [(2, 2), (2, 1)]
    assert all(np.allclose(one, other, atol=1e-9) for one, other in zip(analytic, numeric, strict=True))
