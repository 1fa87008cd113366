"""Derivatives in graphs: placeholders without a shape, higher orders, Hessians."""

from __future__ import annotations

from typing import Any

import pytest

import diffcli.tensorflow as tf

from .graphs import run


def x(value: Any = 3.0) -> Any:
    return tf.Variable(value)


def test_placeholders_without_a_shape() -> None:
    def program() -> Any:
        a, b = tf.placeholder(tf.float32, name="a"), tf.placeholder(tf.float32, [None, 2], name="b")
        return [
            *tf.gradients(tf.reduce_sum(a * a), a),
            *tf.gradients(tf.reduce_sum(b, 0), b),
            *tf.gradients(b, a, None),
        ]

    assert run(program, {"a": [1.0, 2.0], "b": [[1.0, 2.0]]}) == [[2, 4], [[1, 1]], None]
    assert run(program, {"a": 3.0, "b": [[1.0, 2.0], [3.0, 4.0]]}) == [6, [[1, 1], [1, 1]], None]


def test_gradients_of_gradients() -> None:
    def program() -> Any:
        v = x(2.0)
        first = tf.gradients(v**3, v)[0]
        second = tf.gradients(first, v)[0]
        third = tf.gradients(second, v)[0]
        return [first, second, third, tf.gradients(third, v)[0]]

    assert run(program) == [12, 12, 6, 0]


def test_hessians() -> None:
    def program() -> Any:
        v, w = x([1.0, 2.0]), x(2.0)
        return [tf.hessians(v**2, v), tf.hessians([w**3, w**2], w), tf.hessians(2 * w, w), tf.hessians(v**2, w)]

    assert run(program) == [[[[2, 0], [0, 2]]], [14], [0], [0]]


def test_hessians_as_tensorflow_refuse_what_is_linear() -> None:
    tf.strict()
    try:
        with tf.Graph().as_default():
            v = x()
            for y in (2 * v, tf.constant(1.0) * 2):
                with pytest.raises(ValueError, match="None values not supported"):
                    tf.hessians(y, v)
    finally:
        tf.strict(False)
