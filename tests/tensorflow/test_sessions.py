"""Programs of TensorFlow 1: placeholders, variables and sessions, and how a program becomes one of graphs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import diffcli.tensorflow as tf

FEEDS = {"x:0": [[1, 2], [3, 4]], "y:0": 1.0}


@pytest.fixture
def model() -> Any:
    """A linear model with its loss, in a graph of its own."""
    with tf.Graph().as_default() as graph:
        x, y = tf.placeholder(tf.float32, [None, 2], name="x"), tf.placeholder(tf.float32, name="y")
        w, b = tf.Variable([[1.0], [2.0]], name="w"), tf.Variable(0.5, name="b")
        z = x @ w + b
        loss = tf.reduce_mean(tf.square(z - y))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            yield {"x": x, "y": y, "w": w, "b": b, "z": z, "loss": loss, "session": session, "graph": graph}


def test_fetches_have_their_structure(model: Any) -> None:
    run = model["session"].run
    assert run(model["loss"], FEEDS) == pytest.approx(65.25)
    found = run({"a": (model["loss"], model["z"]), "b": [model["b"]]}, FEEDS)
    assert found["a"][1].tolist() == [[5.5], [11.5]]
    assert found["b"] == [0.5]
    assert run("b:0") == 0.5
    assert run(tf.constant([1, 2])).tolist() == [1, 2]
    assert run(tf.constant("text")) == b"text"
    assert run([]) == []


def test_one_of_several_results_is_fed() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        first, second = tf.split(tf.constant([1.0, 2.0]), 2)
        assert session.run(first + second, {first: [10.0]}).tolist() == [12]
        assert session.run(first + second, {second: [10.0]}).tolist() == [11]


def test_any_tensor_can_be_fed(model: Any) -> None:
    run = model["session"].run
    assert run(model["z"], {model["z"]: [[7.0]]}).tolist() == [[7]]
    assert run(model["loss"], {model["z"]: [[7.0]], model["y"]: 1.0}) == 36
    assert run(model["loss"], {model["x"]: [[1.0, 2.0]], model["y"]: 5.5, model["w"]: [[0.0], [1.0]]}) == 9


REFUSED: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (
        lambda m: m["session"].run(m["loss"]),
        tf.errors.InvalidArgumentError,
        "must feed a value for placeholder.*'[xy]'",
    ),
    (lambda m: m["session"].run(m["loss"], {m["x"]: [1, 2], m["y"]: 1.0}), ValueError, "Cannot feed value of shape"),
    (lambda m: m["session"].run(m["loss"], {m["x"]: [[1, 2, 3]], m["y"]: 1}), ValueError, "Cannot feed value of shape"),
    (lambda m: m["session"].run(3), TypeError, "invalid type"),
    (lambda m: m["session"].run("nothing:0"), KeyError, "nothing:0"),
    (lambda m: tf.Session(graph=m["graph"]).run(m["w"]), tf.errors.FailedPreconditionError, "uninitialized value w"),
    (lambda m: tf.Session(graph=tf.Graph()).run(m["w"]), tf.errors.FailedPreconditionError, "uninitialized"),
    (lambda m: tf.Session(graph=tf.Graph()).run(m["z"]), ValueError, "not an element of this graph"),
    (lambda m: m["z"] + tf.constant(1.0, tf.float64), TypeError, "double"),
    (lambda m: tf.ones(3) + tf.ones(2), ValueError, "broadcast"),
    (lambda m: bool(m["b"] > 1), TypeError, "symbolic"),
    (lambda m: m["z"].numpy(), AttributeError, "Session"),
    (lambda m: [tf.get_variable("v", [2]), tf.get_variable("v", [2])], ValueError, "already exists"),
    (lambda m: tf.GradientTape().__enter__(), NotImplementedError, "tf.gradients"),
]


@pytest.mark.parametrize(("call", "error", "text"), REFUSED)
def test_refused(model: Any, call: Callable[[Any], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call(model)


def test_assignments(model: Any) -> None:
    run, b = model["session"].run, model["b"]
    count = tf.Variable(0, trainable=False, name="n")
    run(count.initializer)
    step = count.assign_add(1)
    assert run([step, step]) == [1, 1]
    assert run(tf.assign(b, 2.0)) == 2
    assert run(tf.assign_sub(b, 0.5)) == 1.5
    assert run(tf.group(step, b.assign(7.0))) is None
    assert run([b, count]) == [7, 2]
    assert [each.name for each in tf.global_variables()] == ["w:0", "b:0", "n:0"]
    assert [each.name for each in tf.trainable_variables()] == ["w:0", "b:0"]


def test_all_is_computed_from_the_values_before(model: Any) -> None:
    run, w, b = model["session"].run, model["w"], model["b"]
    swap = tf.group(b.assign(w[0, 0]), w.assign(w + b))
    run(swap)
    assert run([w, b])[0].tolist() == [[1.5], [2.5]]
    assert run(b) == 1


def test_sessions_have_values_of_their_own(model: Any) -> None:
    model["session"].run(model["b"].assign(9.0))
    with tf.Session() as other:
        tf.global_variables_initializer().run()
        assert (other.run(model["b"]), model["session"].run(model["b"])) == (0.5, 9)
        assert model["b"].eval() == 0.5
        assert model["z"].eval({model["x"]: [[0.0, 0.0]]}).tolist() == [[0.5]]
    with pytest.raises(RuntimeError, match="closed Session"):
        other.run(model["b"])
    with tf.Graph().as_default(), pytest.raises(ValueError, match="No default session"):
        tf.Session()
        with tf.Session():
            pass
        model["session"].__exit__()
        try:
            tf.constant(1.0).eval()
        finally:
            model["session"].__enter__()


def test_random_tensors_are_drawn_in_each_run() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        drawn = tf.random_normal([4])
        first, second = session.run(drawn), session.run(drawn)
        assert (first != second).all()
        same = session.run([drawn, drawn * 1.0])
        assert (same[0] == same[1]).all()


def test_initializers() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        made = [
            tf.get_variable("a", [2, 3]),
            tf.get_variable("b", [], initializer=tf.constant_initializer(2.0)),
            tf.get_variable("c", initializer=[1.0, 2.0]),
            tf.get_variable("d", [3], tf.float64, tf.zeros_initializer()),
            tf.get_variable("e", [1000], initializer=tf.truncated_normal_initializer(stddev=0.5)),
        ]
        session.run(tf.global_variables_initializer())
        a, b, c, d, e = session.run(made)
    assert np.abs(a).max() <= (6 / 5) ** 0.5
    assert (b, c.tolist(), d.dtype.name) == (2, [1, 2], "float64")
    assert 0.8 < np.abs(e).max() <= 1


def test_symbols() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        assert (str(x), repr(x)) == (
            'Tensor("x:0", shape=(None, 2), dtype=float32)',
            "<tf.Tensor 'x:0' shape=(None, 2) dtype=float32>",
        )
        assert str(tf.placeholder(tf.float32, name="y")) == 'Tensor("y:0", dtype=float32)'
        assert repr(tf.Variable(1.0, name="w")) == "<tf.Variable 'w:0' shape=() dtype=float32>"
        assert {x: 1}[x] == 1


def printed(program: str) -> list[str]:
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert not found.returncode, found.stderr
    return found.stdout.splitlines()


def test_a_word_of_tensorflow_1_makes_the_program_one_of_graphs() -> None:
    program = """
import diffcli.tensorflow as tf
sess = tf.Session()
x = tf.placeholder(tf.float32, name="x")
w = tf.Variable(2.0)
g = tf.gradients(x * w, w)
sess.run(tf.global_variables_initializer())
print(sess.run(g, feed_dict={x: 3.0}))
a = tf.constant(0.0)
b = 2 * a
print(sess.run(tf.gradients(a + b, [a, b], stop_gradients=[a, b])), sess.run(tf.gradients(a + b, [a, b])))
"""
    assert printed(program) == [
        "[np.float32(3.0)]",
        "[np.float32(1.0), np.float32(1.0)] [np.float32(3.0), np.float32(1.0)]",
    ]


def test_what_was_computed_at_once_does_not_slip_into_a_graph() -> None:
    program = """
import diffcli.tensorflow as tf
w, c = tf.Variable(2.0), tf.constant(3.0)
y = w * 2
x = tf.placeholder(tf.float32)
print(tf.Session().run(x * w * c, {x: 3.0}))
try:
    x * y
except RuntimeError as error:
    print(error)
"""
    value, error = printed(program)
    assert value == "18.0"
    assert "disable_eager_execution" in error


def test_eager_execution_can_be_turned_off() -> None:
    program = """
import diffcli.tensorflow.compat.v1 as tf
print(tf.executing_eagerly())
tf.disable_eager_execution()
y = tf.Variable(2.0) * 2
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    print(tf.executing_eagerly(), session.run(y))
tf.enable_eager_execution()
print(tf.Variable(2.0) * 2)
"""
    assert printed(program) == ["True", "False 4.0", "tf.Tensor(4.0, shape=(), dtype=float32)"]
