"""tf.gradients: each row of section 1 of the semantics page, in graphs that sessions run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import diffcli.tensorflow as tf

from .graphs import run


def x(value: Any = 3.0) -> Any:
    return tf.Variable(value)


def several_targets() -> Any:
    v = x()
    return tf.gradients([v * v, 5 * v], v)


def summed_elements() -> Any:
    v = x([1.0, 2.0])
    return tf.gradients(v * v, v)


def target_that_is_source() -> Any:
    v = x(2.0)
    return [tf.gradients([v, v * v], [v]), tf.gradients([v], [v])]


def repeated_target() -> Any:
    v = x(2.0)
    y = v * v
    return tf.gradients([y, y], v)


def repeated_source() -> Any:
    v = x(2.0)
    return tf.gradients(v * v, [v, v])


def levels(wanted: str) -> Callable[[], Any]:
    def program() -> Any:
        v = x()
        tensor = v.value()
        y = tensor**2
        z = y**2
        names = {"x": tensor, "y": y, "z": z}
        targets, sources = ([names[name] for name in part] for part in wanted.split(":"))
        return tf.gradients(targets, sources)

    return program


def nothing() -> Any:
    v = x()
    return [tf.gradients([], [v, v]), tf.gradients(v * v, [])]


def frozen() -> Any:
    f, c = tf.Variable(2.0, trainable=False), tf.constant(2.0)
    return [tf.gradients(f**2, f), tf.gradients(c**2, c)]


def integers() -> Any:
    whole, v = tf.constant(3), x()
    around = tf.cast(tf.cast(v, tf.int32), tf.float32)
    return [tf.gradients(whole * whole, whole), tf.gradients(around, v), tf.gradients(v > 2.0, v)]


def weights() -> Any:
    v = x([1.0, 2.0])
    return tf.gradients([v**2, 3 * v], v, grad_ys=[None, [10.0, 20.0]])


def weights_of_matrix_product() -> Any:
    m = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    v = x([[1.0], [1.0]])
    return tf.gradients(m @ v, v, grad_ys=[[[1.0], [10.0], [100.0]]])


def weight_of_a_source() -> Any:
    v, w = x(3.0), tf.Variable(2.0)
    return tf.gradients([v * w, v], v, grad_ys=[1.0, 2.0])


def zero_weight() -> Any:
    v = x()
    return tf.gradients(v * v, v, grad_ys=0.0)


def stopped(stop: str, sources: str, unconnected: str = "none") -> Callable[[], Any]:
    def program() -> Any:
        a = tf.constant(1.0)
        b = 2 * a
        names = {"a": a, "b": b, "y": b * 3, "c": a + b, "p": a * b}
        y = names[stop[0]]
        return tf.gradients(
            y,
            [names[each] for each in sources],
            stop_gradients=[names[each] for each in stop[1:]],
            unconnected_gradients=unconnected,
        )

    return program


def stopped_leaf() -> Any:
    v = x(2.0)
    return tf.gradients(v**2 + v, v, stop_gradients=[v])


def stopped_part() -> Any:
    v = x([1.0, 2.0])
    tensor = v.value()
    first, second = tf.split(tensor, 2)
    return tf.gradients(first * second, tensor, stop_gradients=[first])


def stop_operation() -> Any:
    v = x(2.0)
    s = tf.stop_gradient(v)
    return [tf.gradients(s**2, [s, v]), tf.gradients(tf.stop_gradient(v**2) * v, v), tf.gradients(s, v)]


def connected_zero() -> Any:
    v = x()
    return [
        tf.gradients(0.0 * v, v),
        tf.gradients(v - v, v),
        tf.gradients(tf.sign(v), v),
        tf.gradients(tf.sign(v) + tf.floor(v), v),
    ]


def null_operations() -> Any:
    v = x(2.5)
    found = [tf.floor(v), tf.math.ceil(v), tf.round(v), tf.math.rint(v), v // 2.0, tf.cast(v, tf.int32)]
    return [tf.gradients(y, v)[0] for y in [*found, v > 1.0, tf.stop_gradient(v)]]


def as_zeros() -> Any:
    whole, v = tf.constant([1, 2]), x()
    y = tf.constant(2.0) * 3
    return [
        tf.gradients(y, whole, unconnected_gradients="zero"),
        tf.gradients(y, v, unconnected_gradients=tf.UnconnectedGradients.ZERO),
        tf.gradients(3 * v, v, unconnected_gradients="zero"),
    ]


def matrix_loss() -> Any:
    w1, w2, w3, w4 = (tf.get_variable(f"w{i}", shape=[3]) for i in range(1, 5))
    z1 = 3 * w1 + 2 * w2 + w3
    z2 = -1 * w3 + w4
    return [
        tf.gradients([z1, z2], [w1, w2, w3, w4]),
        tf.gradients([z1, z2], [w1, w2, w3, w4], grad_ys=[[-2.0, -3.0, -4.0], [-2.0, -3.0, -4.0]]),
    ]


ROWS: list[tuple[Callable[[], Any], Any]] = [
    (several_targets, [11]),
    (summed_elements, [[2, 4]]),
    (target_that_is_source, [[5], [1]]),
    (repeated_target, [8]),
    (repeated_source, [4, 4]),
    (levels("z:xy"), [108, 18]),
    (levels("yz:xyz"), [114, 19, 1]),
    (levels("x:y"), [None]),
    (nothing, [[None, None], []]),
    (frozen, [[4], [4]]),
    (integers, [[None], [None], [None]]),
    (weights, [[32, 64]]),
    (weights_of_matrix_product, [[[531], [642]]]),
    (weight_of_a_source, [4]),
    (zero_weight, [0]),
    (stopped("yb", "a"), [None]),
    (stopped("yb", "a", "zero"), [0]),
    (stopped("yb", "b"), [3]),
    (stopped("c", "ab"), [3, 1]),
    (stopped("cab", "ab"), [1, 1]),
    (stopped("pb", "ab"), [2, 1]),
    (stopped("pa", "ab"), [4, 1]),
    (stopped("yy", "ay"), [None, 1]),
    (stopped_leaf, [5]),
    (stopped_part, [None]),
    (stop_operation, [[4, None], [4], [None]]),
    (connected_zero, [[0], [0], [0], [0]]),
    (null_operations, [None] * 8),
    (as_zeros, [[[0, 0]], [0], [3]]),
    (matrix_loss, [[[3] * 3, [2] * 3, [0] * 3, [1] * 3], [[-6, -9, -12], [-4, -6, -8], [0, 0, 0], [-2, -3, -4]]]),
]


@pytest.mark.parametrize(
    ("program", "expected"), ROWS, ids=[f"{each.__name__}-{n}" for n, (each, _) in enumerate(ROWS)]
)
def test_rows(program: Callable[[], Any], expected: Any) -> None:
    assert run(program) == expected


def test_result_is_a_list_as_long_as_the_sources() -> None:
    with tf.Graph().as_default():
        v, w = x(), x()
        assert isinstance(tf.gradients(v * w, v), list)
        assert len(tf.gradients(v * w, [v, w])) == 2
        assert tf.gradients(v * w, [v, w])[0].shape == ()


def test_zeros_have_the_type_of_the_source() -> None:
    with tf.Graph().as_default():
        whole = tf.constant([1, 2])
        (found,) = tf.gradients(tf.constant(2.0) * 3, whole, unconnected_gradients="zero")
        assert found.dtype == tf.int32


@pytest.mark.parametrize("method", [0, 1, 2, None, tf.AggregationMethod.EXPERIMENTAL_TREE])
def test_aggregation_methods_give_the_same(method: Any) -> None:
    def program() -> Any:
        v = x()
        return tf.gradients(v * v + v, v, aggregation_method=method, gate_gradients=True, name="g")

    assert run(program) == [7]


def test_positions_of_tensorflow_1_and_2() -> None:
    def program() -> Any:
        a = tf.constant(1.0)
        b = 2 * a
        y = a * b
        return [
            tf.gradients(y, [a], None, "g", False, False, None, [b]),
            tf.gradients(y, [a], None, "g", False, None, [b]),
            tf.compat.v1.gradients(y, [a], None, "g", False, False, 0, [b]),
        ]

    assert run(program) == [[2], [2], [2]]


REFUSED: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda v: tf.gradients(v * v, v, aggregation_method=3), ValueError, "Invalid `aggregation_method`"),
    (
        lambda v: tf.gradients(v, v, unconnected_gradients="nonsense"),
        ValueError,
        "Unknown value for unconnected_gradients: 'nonsense'",
    ),
    (lambda v: tf.gradients([v, v], v, grad_ys=[1.0]), ValueError, "Length mismatch"),
    (lambda v: tf.gradients(v * v, v, grad_ys=[tf.constant(1)]), TypeError, "int32"),
    (lambda v: tf.gradients(v * v, v, grad_ys=[np.float64(1.0)]), TypeError, "float64"),
    (lambda v: tf.gradients(v * v, v, grad_ys=[True]), TypeError, "bool"),
    (lambda v: tf.gradients(v * v, v, grad_ys=[[1.0, 2.0, 3.0]]), ValueError, "shape"),
    (lambda v: tf.gradients(tf.ones(2) * v, v, grad_ys=[[1.0, 2.0, 3.0]]), ValueError, "shape"),
    # TensorFlow broadcasts a scalar there; the page advises to refuse it.
    (lambda v: tf.gradients(tf.ones(2) * v, v, grad_ys=[10.0]), ValueError, "shape"),
    (lambda v: tf.gradients(tf.constant("text"), v), TypeError, "string"),
    (lambda v: tf.gradients(v, v, nonsense=1), TypeError, "nonsense"),
]


@pytest.mark.parametrize(("call", "error", "text"), REFUSED)
def test_refused(call: Callable[[Any], Any], error: type[Exception], text: str) -> None:
    with tf.Graph().as_default():
        v = x()
        with pytest.raises(error, match=text):
            call(v)


def test_at_once_there_is_a_tape_for_it() -> None:
    v = tf.Variable(3.0)
    with pytest.raises(RuntimeError, match=r"tf\.gradients is not supported.*Use tf\.GradientTape"):
        tf.gradients(3 * v**2, v)
    with pytest.raises(RuntimeError, match="GradientTape"):
        tf.hessians(v * v, v)
