"""What a tape takes for one place of a computation: results of stop_gradient, equal expressions, gathered elements."""

from __future__ import annotations

import diffcli.tensorflow as tf

from .graphs import numbers


def test_what_was_stopped_is_a_constant() -> None:
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        s = tf.stop_gradient(x)
        y, z = s * s, s * x
        whole = tf.floor(x)
        w = whole * x
    assert numbers(tape.gradient(y, [s, x])) == [None, None]
    assert numbers(tape.gradient(z, [s, x])) == [None, 3]
    assert numbers(tape.gradient(w, [whole, x])) == [3, 3]


def test_equal_expressions_are_places_of_their_own() -> None:
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        one, other = x * x, x * x
        z = other * 2
        minus = -x
        both = -minus
        parts = tf.stack([x, x * 2])
        first = parts[0]
    assert numbers(tape.gradient(z, [one, other, x])) == [None, 2, 12]
    assert numbers(tape.gradient(both, [minus, x])) == [-1, 1]
    assert numbers(tape.gradient(first, [parts, x])) == [[1, 0], 1]
