"""ForwardAccumulator and custom_gradient: each row of sections 4 and 5 of the semantics page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import diffcli.tensorflow as tf

from .graphs import numbers, run

Accumulator = tf.autodiff.ForwardAccumulator


def test_contributions_add_up() -> None:
    x, w = tf.Variable(2.0), tf.Variable(3.0)
    with Accumulator([x, w], [tf.constant(1.0), tf.constant(10.0)]) as accumulator:
        y = x * w
        z = x * x
    assert numbers(accumulator.jvp(y)) == 23
    assert numbers(accumulator.jvp({"y": y, "z": [z, y]})) == {"y": 23, "z": [4, 23]}


@pytest.mark.parametrize("trainable", [True, False])
def test_a_primal_moves_along_its_tangent(trainable: bool) -> None:
    v = tf.Variable(2.0, trainable=trainable)
    with Accumulator(v, tf.constant(1.0)) as accumulator:
        y = v * v
    assert numbers(accumulator.jvp([v, y])) == [1, 4]


def test_what_was_computed_before_is_constant() -> None:
    x = tf.constant(3.0)
    w = 2 * x
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = w * x
    assert numbers(accumulator.jvp(y)) == 6


def test_stop_gradient_blocks() -> None:
    x = tf.constant(2.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        y = tf.stop_gradient(x**2) + x
    assert numbers(accumulator.jvp(y)) == 1


def test_unconnected() -> None:
    x, whole = tf.constant([2.0, 1.0]), tf.constant(2)
    with Accumulator([x, whole], [tf.constant([1.0, 1.0]), tf.constant(1)]) as accumulator:
        y = tf.constant([3.0]) * 2
        z = whole * whole
    assert numbers(accumulator.jvp([y, z])) == [None, None]
    assert numbers(accumulator.jvp(y, unconnected_gradients="zero")) == [0]


def test_higher_orders() -> None:
    x = tf.constant(3.0)
    with Accumulator(x, tf.constant(1.0)) as accumulator:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x**3
        first = tape.gradient(y, x)
    assert numbers([first, accumulator.jvp(first)]) == [27, 18]
    with Accumulator(x, tf.constant(1.0)) as outer:
        with Accumulator(x, tf.constant(1.0)) as inner:
            y = x**3
        first = inner.jvp(y)
    assert numbers([first, outer.jvp(first)]) == [27, 18]
    with tf.GradientTape() as tape:
        tape.watch(x)
        with Accumulator(x, tf.constant(1.0)) as inner:
            y = x**3
        first = inner.jvp(y)
    assert numbers([first, tape.gradient(first, x)]) == [27, 18]


def test_refused() -> None:
    x, one = tf.constant(3.0), tf.constant(1.0)
    for primals, tangents in (
        ([x, x], [one, one]),
        (x, None),
        ([x], [one, one]),
        ([x], one),
        (x, tf.constant([1.0, 2.0])),
        (x, tf.constant(1.0, tf.float64)),
        (1.0, one),
    ):
        with pytest.raises(ValueError):
            Accumulator(primals, tangents)


@tf.custom_gradient
def log1pexp(x: Any) -> Any:
    e = tf.exp(x)

    def gradient(upstream: Any) -> Any:
        return upstream * (1 - 1 / (1 + e))

    return tf.math.log(1 + e), gradient


def test_exact_gradient_supplied() -> None:
    x = tf.constant(100.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = log1pexp(x)
        naive = tf.math.log(1 + tf.exp(x))
    assert numbers(tape.gradient(y, x)) == 1
    assert np.isnan(numbers(tape.gradient(naive, x)))


def squared(factor: Any, counted: list[int] | None = None) -> Any:
    @tf.custom_gradient
    def square(x: Any) -> Any:
        def gradient(dy: Any) -> Any:
            if counted is not None:
                counted.append(1)
            return factor(dy, x)

        return x * x, gradient

    return square


@pytest.mark.parametrize(
    ("factor", "first", "second"),
    [(lambda dy, x: dy * x, 5, 1), (lambda dy, x: 4 * dy, 4, None), (lambda dy, x: dy * x**2, 25, 10)],
)
def test_second_order_is_that_of_the_gradient(factor: Any, first: float, second: float | None) -> None:
    x = tf.Variable(5.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = squared(factor)(x)
        found = inner.gradient(y, x)
    last = outer.gradient(found, x)
    assert numbers([y, found]) == [25, first]
    # Where TensorFlow has none, the derivative of a derivative that no longer depends on x is 0.
    assert numbers(last) == (0 if second is None else second)


def test_the_gradient_is_asked_once() -> None:
    asked: list[int] = []
    x = tf.Variable(5.0)
    with tf.GradientTape() as tape:
        y = squared(lambda dy, x: dy * x.numpy(), asked)(x)
    assert not asked
    assert numbers(tape.gradient(y, x)) == 5
    assert asked == [1]


def test_forward_mode_through_a_stated_gradient() -> None:
    x = tf.constant([1.0, 3.0])
    with Accumulator(x, tf.constant([1.0, 10.0])) as accumulator:
        y = squared(lambda dy, x: dy * x**2)(x)
        z = squared(lambda dy, x: dy * 4.0)(y)
    assert numbers(accumulator.jvp([y, z])) == [[1, 90], [4, 360]]


def test_clipped_identity() -> None:
    @tf.custom_gradient
    def clipped(x: Any) -> Any:
        return tf.identity(x), lambda dy: tf.clip_by_norm(dy, 0.5)

    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = clipped(v * v)
    assert numbers(tape.gradient(y, v)) == 2


def test_several_arguments_and_none() -> None:
    @tf.custom_gradient
    def product(x: Any, y: Any) -> Any:
        return x * y, lambda dy: (dy * 10, None)

    a, b = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        z = product(a, b) + a
    assert numbers(tape.gradient(z, [a, b])) == [11, None]


def test_several_results() -> None:
    @tf.custom_gradient
    def both(x: Any) -> Any:
        return (x * 2, x * 3), lambda first, second: 100 * first + 1000 * second

    v = tf.Variable(1.0)
    with tf.GradientTape(persistent=True) as tape:
        one, other = both(v)
        y = one + 2 * other
    assert numbers([tape.gradient(y, v), tape.gradient(one, v)]) == [2100, 100]


def test_wrong_number_of_gradients() -> None:
    @tf.custom_gradient
    def wrong(x: Any) -> Any:
        return x * 1.0, lambda dy: (dy, dy)

    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = wrong(v)
    with pytest.raises(ValueError, match="expected to return 1 gradients"):
        tape.gradient(y, v)


def test_variables_that_are_read() -> None:
    w = tf.Variable(3.0)

    @tf.custom_gradient
    def silent(x: Any) -> Any:
        return x * w, lambda dy: dy * w

    @tf.custom_gradient
    def knowing(x: Any) -> Any:
        def gradient(dy: Any, variables: Any = None) -> Any:
            return dy * w, [dy * 100.0 for _ in variables]

        return x * w, gradient

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="variables"):
            silent(x)
        y = knowing(x)
    assert numbers(tape.gradient(y, [x, w])) == [3, 100]


def test_variables_that_the_gradient_reads() -> None:
    w = tf.Variable(3.0)

    @tf.custom_gradient
    def scaled(x: Any) -> Any:
        return x * 1.0, lambda dy: dy * w * w

    x = tf.Variable(2.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = scaled(x)
        first = inner.gradient(y, x)
    assert [len(inner.watched_variables()), numbers(first), numbers(outer.gradient(first, w))] == [1, 9, 6]


def test_two_gradients_for_one_value_in_a_graph() -> None:
    def program() -> Any:
        x = tf.Variable(2.0)
        tensor = x.value()
        one, other = (tf.custom_gradient(lambda v, k=k: (v, lambda dy: dy * k))(tensor) for k in (10.0, 100.0))
        return [*tf.gradients(one, x), *tf.gradients(other, x), *tf.gradients(one + other, x)]

    assert run(program) == [10, 100, 110]


def test_in_a_graph() -> None:
    def program() -> Any:
        x = tf.Variable(100.0)
        y = log1pexp(x)
        v = tf.Variable(5.0)
        z = squared(lambda dy, x: dy * x**2)(v)
        first = tf.gradients(z, v)[0]
        return [tf.gradients(y, x), z, first, tf.gradients(first, v)[0]]

    assert run(program) == [[1], 25, 25, 10]
