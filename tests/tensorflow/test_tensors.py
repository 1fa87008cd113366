"""Tensors and variables: values, types, printing, and what is refused; section 10 of the semantics page among it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import diffcli.tensorflow as tf

from .graphs import numbers

PRINTED: list[tuple[Callable[[], Any], str, str]] = [
    (
        lambda: tf.constant(18.0),
        "tf.Tensor(18.0, shape=(), dtype=float32)",
        "<tf.Tensor: shape=(), dtype=float32, numpy=18.0>",
    ),
    (lambda: tf.constant(3), "tf.Tensor(3, shape=(), dtype=int32)", "<tf.Tensor: shape=(), dtype=int32, numpy=3>"),
    (
        lambda: tf.constant(True),
        "tf.Tensor(True, shape=(), dtype=bool)",
        "<tf.Tensor: shape=(), dtype=bool, numpy=True>",
    ),
    (
        lambda: tf.constant("a"),
        "tf.Tensor(b'a', shape=(), dtype=string)",
        "<tf.Tensor: shape=(), dtype=string, numpy=b'a'>",
    ),
    (
        lambda: tf.constant([1.0, 2.0]),
        "tf.Tensor([1. 2.], shape=(2,), dtype=float32)",
        "<tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>",
    ),
    (
        lambda: tf.constant(np.array([[1, 2], [3, 4]])),
        "tf.Tensor(\n[[1 2]\n [3 4]], shape=(2, 2), dtype=int64)",
        "<tf.Tensor: shape=(2, 2), dtype=int64, numpy=\narray([[1, 2],\n       [3, 4]])>",
    ),
    (
        lambda: tf.constant(np.float64(0.1)),
        "tf.Tensor(0.1, shape=(), dtype=float64)",
        "<tf.Tensor: shape=(), dtype=float64, numpy=0.1>",
    ),
    (
        lambda: tf.Variable(3.0, name="x0"),
        "<tf.Variable 'x0:0' shape=() dtype=float32, numpy=3.0>",
        "<tf.Variable 'x0:0' shape=() dtype=float32, numpy=3.0>",
    ),
    (
        lambda: tf.Variable([1.0, 2.0]),
        "<tf.Variable 'Variable:0' shape=(2,) dtype=float32, numpy=array([1., 2.], dtype=float32)>",
        "<tf.Variable 'Variable:0' shape=(2,) dtype=float32, numpy=array([1., 2.], dtype=float32)>",
    ),
    (lambda: tf.constant([1.0]).shape, "(1,)", "TensorShape([1])"),
    (lambda: tf.float32, "<dtype: 'float32'>", "tf.float32"),
]


@pytest.mark.parametrize(("make", "text", "form"), PRINTED)
def test_printed_as_tensorflow_prints(make: Callable[[], Any], text: str, form: str) -> None:
    assert (str(make()), repr(make())) == (text, form)


TYPES: list[tuple[Callable[[], Any], str]] = [
    (lambda: tf.constant(1.0), "float32"),
    (lambda: tf.constant(1), "int32"),
    (lambda: tf.constant(2**40), "int64"),
    (lambda: tf.constant([1, 2.5]), "float32"),
    (lambda: tf.constant(np.ones(2)), "float64"),
    (lambda: tf.constant(1, tf.float64), "float64"),
    (lambda: tf.Variable(1.0, dtype="float64"), "float64"),
    (lambda: tf.constant(1.0, "float64") * 2, "float64"),
    (lambda: tf.constant(1.0) * np.ones(2), "float32"),
    (lambda: np.ones(2) * tf.constant(1.0), "float32"),
    (lambda: 2 * tf.Variable(1.0), "float32"),
    (lambda: tf.constant(7) / tf.constant(2), "float64"),
    (lambda: tf.constant(7) // 2, "int32"),
    (lambda: tf.reduce_mean(tf.constant([1, 2])), "int32"),
    (lambda: tf.argmax([1.0, 2.0]), "int64"),
    (lambda: tf.constant(1.0) > 0.5, "bool"),
    (lambda: tf.cast(1.5, tf.int32), "int32"),
    (lambda: tf.cast(tf.constant(1.5), tf.float64), "float64"),
    (lambda: tf.zeros([2], tf.float64), "float64"),
    (lambda: tf.range(3), "int32"),
    (lambda: tf.shape(tf.ones([2, 3])), "int32"),
    (lambda: tf.one_hot([0, 1], 2), "float32"),
    (lambda: tf.where([True, False], tf.constant(0.1, tf.float64), 0.1), "float64"),
]


@pytest.mark.parametrize(("make", "name"), TYPES)
def test_types(make: Callable[[], Any], name: str) -> None:
    assert make().dtype.name == name
    assert make().dtype == name == np.dtype(make().numpy().dtype).name


REFUSED: list[tuple[Callable[[], Any], type[Exception]]] = [
    (lambda: tf.constant(1) + tf.constant(1.0), tf.errors.InvalidArgumentError),
    (lambda: tf.constant(1.0) + tf.constant(1.0, tf.float64), tf.errors.InvalidArgumentError),
    (lambda: tf.constant(2) * 2.5, TypeError),
    (lambda: tf.exp(tf.constant(1)), tf.errors.InvalidArgumentError),
    (lambda: tf.constant(3) // tf.constant(0), tf.errors.InvalidArgumentError),
    (lambda: tf.constant(3) % 0, tf.errors.InvalidArgumentError),
    (lambda: tf.constant(3) ** -1, tf.errors.InvalidArgumentError),
    (lambda: tf.constant(2**30) * 4, tf.errors.InvalidArgumentError),
    (lambda: tf.constant([1.0, 2.0]) @ tf.constant([1.0, 2.0]), tf.errors.InvalidArgumentError),
    (lambda: tf.ones([2, 3]) @ tf.ones([2, 3]), tf.errors.InvalidArgumentError),
    (lambda: tf.gather([1.0, 2.0], 5), tf.errors.InvalidArgumentError),
    (lambda: tf.constant([1.0, 2.0])[5], tf.errors.InvalidArgumentError),
    (lambda: tf.reshape(tf.ones(3), [2]), tf.errors.InvalidArgumentError),
    (lambda: tf.reduce_sum(tf.ones(3), axis=4), tf.errors.InvalidArgumentError),
    (lambda: tf.ones(3) + tf.ones(2), tf.errors.InvalidArgumentError),
    (lambda: tf.concat([tf.ones(2), tf.ones([2, 2])], 0), tf.errors.InvalidArgumentError),
    (lambda: tf.squeeze(tf.ones([2, 2]), 0), tf.errors.InvalidArgumentError),
    (lambda: tf.linalg.inv(tf.constant([[1.0, 2.0], [2.0, 4.0]])), tf.errors.InvalidArgumentError),
    (lambda: tf.linalg.cholesky(tf.constant([[1.0, 2.0], [2.0, 1.0]])), tf.errors.InvalidArgumentError),
    (lambda: tf.Variable(1.0).assign([1.0, 2.0]), ValueError),
    (lambda: tf.Variable(1).assign(1.5), TypeError),
    (lambda: tf.Variable(), ValueError),
    (lambda: tf.convert_to_tensor(tf.constant(1.0), tf.float64), ValueError),
    (lambda: tf.convert_to_tensor(object()), ValueError),
    (lambda: tf.constant([[1, 2], [3]]), ValueError),
    (lambda: tf.constant(1.5, tf.int32), TypeError),
    (lambda: tf.constant([1, 2], shape=[2, 2]), TypeError),
    (lambda: tf.constant(2**60), ValueError),
    (lambda: hash(tf.constant(1.0)), TypeError),
    (lambda: bool(tf.ones(2)), ValueError),
    (lambda: len(tf.constant(1.0)), TypeError),
    (lambda: list(tf.constant(1.0)), TypeError),
    (lambda: tf.reduce_sum(tf.ones(2), nonsense=1), TypeError),
    (lambda: tf.reduce_sum(), TypeError),
    (lambda: tf.as_dtype("float16"), TypeError),
    (lambda: tf.as_dtype(None), TypeError),
    (lambda: tf.constant(1) + np.float64(1.5), TypeError),
    (lambda: tf.constant([1]) + np.array([1.5]), tf.errors.InvalidArgumentError),
    (lambda: tf.where([True], tf.constant([1.0]), tf.constant([1.0], tf.float64)), tf.errors.InvalidArgumentError),
]


@pytest.mark.parametrize(("call", "error"), REFUSED)
def test_refused(call: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()


def test_single_precision_is_single_precision() -> None:
    big = tf.constant(2e19)
    assert np.isinf((big * big).numpy())
    small = tf.constant(1e-4)
    assert (tf.sqrt(1 + small * small) - 1).numpy() == 0
    total = tf.constant(0.0)
    for _ in range(10):
        total = total + 0.1
    expected = np.float32(0)
    for _ in range(10):
        expected += np.float32(0.1)
    assert total.numpy() == expected != np.float32(1)


def test_types_meet_by_cast_alone() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.cast(x, tf.float64) ** 2 * tf.constant([1.0, 10.0], tf.float64))
    found = tape.gradient(y, x)
    assert (y.dtype, found.dtype, numbers(found)) == (tf.float64, tf.float32, [2, 40])


def test_derivatives_without_operands_have_the_precision_of_the_source() -> None:
    x = tf.Variable([1.0, 2.0, 3.0], dtype=tf.float64)
    for _ in range(3):
        with tf.GradientTape(persistent=True) as tape:
            y = tf.reduce_mean(x)
        assert tape.gradient(y, x).numpy().tolist() == tape.jacobian(y, x).numpy().tolist() == [1 / 3] * 3


def test_broadcast_axes_are_summed_back() -> None:
    a, b = tf.Variable([[1.0], [2.0]]), tf.Variable([[1.0, 2.0, 3.0]])
    with tf.GradientTape() as tape:
        y = a * b
    assert numbers(tape.gradient(y, [a, b])) == [[[6], [6]], [[3, 3, 3]]]


def test_numbers_of_empty_tensors() -> None:
    empty = tf.constant([])
    assert tf.reduce_max(empty).numpy() == -np.inf
    assert tf.reduce_prod(empty).numpy() == 1
    assert np.isnan(tf.reduce_mean(empty).numpy())
    assert tf.constant(1.0).numpy() // 1 == (tf.constant(5.0) // 0.0).numpy() or np.isinf(
        (tf.constant(5.0) // 0.0).numpy()
    )
    assert np.isnan((tf.constant(5.0) % 0.0).numpy())


def test_whole_numbers_round_down() -> None:
    assert numbers([tf.constant(-7) // 2, tf.constant(-7) % 3, tf.reduce_mean(tf.constant([-1, 0]))]) == [-4, 2, -1]
    assert numbers(tf.constant(2) ** 10) == 1024


def test_formatted_as_numbers() -> None:
    assert f"{tf.constant(2.5)} {tf.constant(2.5):.2f} {tf.constant([1.0, 2.0])}" == "2.5 2.50 [1. 2.]"


def test_indexing() -> None:
    x = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert numbers([x[0], x[1, -1], x[:, 1], x[..., ::-2]]) == [[1, 2, 3], 6, [2, 5], [[3, 1], [6, 4]]]
    assert numbers(x[tf.constant(1)]) == [4, 5, 6]
    assert x[None, :, 1, tf.newaxis].shape == [1, 2, 1]
    assert numbers(x[x > 2.5]) == [3, 4, 5, 6]
    assert [float(each) for each in x[0]] == [1, 2, 3]
    with pytest.raises(TypeError):
        x[[0, 1]]


def test_values_do_not_change_behind_a_tensor() -> None:
    array = np.array([1.0, 2.0])
    x = tf.constant(array)
    array[0] = 5
    x.numpy()[0] = 7
    assert numbers(x) == [1, 2]


def test_variables() -> None:
    v = tf.Variable(initial_value=lambda: tf.constant(10.0), dtype="float32", name="v", trainable=False)
    assert (v.name, v.trainable, v.shape.as_list(), v.numpy()) == ("v:0", False, [], 10)
    assert v.assign_add(1.0).assign_sub(3.0) is v
    value = v.value()
    v.assign(value * 2)
    assert (float(value), float(v), int(v), f"{v.numpy():.1f}") == (8, 16, 16, "16.0")
    assert bool(v == 16.0)
    assert {v.ref(): 1}[v.ref()] == 1
    assert v.ref().deref() is v


def test_lists_of_tensors_become_one() -> None:
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = tf.convert_to_tensor([[x, 1.0], [x * x, x]])
    assert numbers(y) == [[2, 1], [4, 2]]
    assert numbers(tape.gradient(y, x)) == 6


LACKING = [
    (lambda: tf.foo, "no tf.foo"),
    (lambda: tf.relu, r"no tf\.relu; there is tf\.nn\.relu"),
    (lambda: tf.reduce_summ, r"tf\.reduce_sum$"),
    (lambda: tf.math.sinn, r"no tf\.math\.sinn; there is tf\.math\.sin$"),
    (lambda: tf.nn.conv2d, r"no tf\.nn\.conv2d"),
    (lambda: tf.random.gamma, r"no tf\.random\.gamma"),
    (lambda: tf.compat.v1.foo, r"no tf\.compat\.v1\.foo"),
]


@pytest.mark.parametrize(("call", "text"), LACKING)
def test_what_it_lacks_is_said_by_name(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(AttributeError, match=text):
        call()


def test_every_name_is_there() -> None:
    for space in (tf, tf.math, tf.nn, tf.linalg, tf.random, tf.autodiff, tf.test, tf.compat.v1):
        for name in dir(space):
            getattr(space, name)
