"""GradientTape: each row of section 2 of the semantics page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import diffcli.tensorflow as tf

from .graphs import numbers


def variables(*values: float) -> list[Any]:
    return [tf.Variable(value) for value in values]


def test_watched_are_trainable_variables() -> None:
    v, f, c = tf.Variable(3.0), tf.Variable(3.0, trainable=False), tf.constant(3.0)
    with tf.GradientTape() as tape:
        y = v**2 + f**2 + c**2
    assert numbers(tape.gradient(y, [v, f, c])) == [6, None, None]


def test_watch_from_there_on() -> None:
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        y = x**2
        tape.watch(x)
        z = x**3
    assert numbers(tape.gradient([y, z], x)) == 27


def test_intermediates() -> None:
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**2
        tape.watch(y)
        z = y**2
    assert numbers(tape.gradient(z, [x, y])) == [108, 18]
    assert numbers(tape.gradient(z, y)) == 18


def test_what_can_be_watched() -> None:
    x, v, f = tf.constant(1.0), tf.Variable(2.0), tf.Variable(3.0, trainable=False)
    with tf.GradientTape() as tape:
        tape.watch([x, {"f": f}, (v,)])
        y = x * v * f
    assert numbers(tape.gradient(y, [x, v, f])) == [6, 3, 2]
    with tf.GradientTape() as tape:
        for wrong in (1.0, np.ones(2)):
            with pytest.raises(ValueError, match=r"not tf\.Tensor or tf\.Variable"):
                tape.watch(wrong)
    with pytest.raises(AttributeError):
        tf.GradientTape().watch(x)


def test_watch_after_the_tape_changes_nothing() -> None:
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    tape.watch(x)
    assert tape.gradient(y, x) is None


def test_whole_numbers_have_no_gradient() -> None:
    x = tf.constant(3)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    assert tape.gradient(y, x) is None
    zero = tape.gradient(y, x, unconnected_gradients="zero")
    assert (zero.dtype, zero.numpy()) == (tf.int32, 0)


def test_target_is_source() -> None:
    x, v = tf.constant(3.0), tf.Variable(3.0)
    assert numbers(tf.GradientTape(persistent=True).gradient(x, x)) == 1
    assert numbers(tf.GradientTape(persistent=True).gradient(v, v)) == 1
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x**2
    assert numbers(tape.gradient([x, y], x)) == 7


def test_structure_is_that_of_the_sources() -> None:
    a, b = variables(2.0, 3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = a * a * b
        z = {"one": [b], "two": (y, a)}
    assert numbers(tape.gradient(y, {"a": a, "b": b})) == {"a": 12, "b": 4}
    found = tape.gradient(y, (a, [b, {"a": a}]))
    assert type(found) is tuple
    assert numbers(found) == [12, [4, {"a": 12}]]
    assert numbers(tape.gradient(z, [a, b])) == [13, 5]


def test_nothing_to_differentiate() -> None:
    (v,) = variables(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = v * v
    assert tape.gradient(y, []) == []
    assert tape.gradient([], v) is None
    for wrong in (None, [y, None]):
        with pytest.raises(TypeError):
            tape.gradient(wrong, v)
    with pytest.raises(TypeError):
        tape.gradient(y, [v, None])


def test_repeated_sources_and_unrelated_targets() -> None:
    v, other = variables(3.0, 1.0)
    with tf.GradientTape(persistent=True) as tape:
        y, z, unrelated = v * v, 5 * v, other * 2
    assert numbers(tape.gradient([y, z], [v, v])) == [11, 11]
    assert numbers(tape.gradient([y, unrelated], v)) == 6


def test_nothing_automatic() -> None:
    x0, x1 = variables(0.0, 10.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x1)
        y = tf.reduce_sum(tf.math.sin(x0) + tf.nn.softplus(x1))
    found = tape.gradient(y, {"x0": x0, "x1": x1})
    assert found["x0"] is None
    assert str(found["x1"].numpy()) == "0.9999546"


def test_watched_variables_in_the_order_of_construction() -> None:
    a, b = variables(1.0, 2.0)
    whole, frozen = tf.Variable(1), tf.Variable(1.0, trainable=False)
    with tf.GradientTape() as tape:
        y = b * a * frozen
        assert whole + 1 == 2
        assert [each is one for each, one in zip(tape.watched_variables(), (a, b, whole), strict=True)] == [True] * 3
        tape.watch(frozen)
        y = y * frozen
    tape.gradient(y, a)
    assert [each is one for each, one in zip(tape.watched_variables(), (a, b, whole, frozen), strict=True)] == [
        True
    ] * 4
    with tf.GradientTape() as tape:
        y = a * b
        tape.reset()
        assert tape.watched_variables() == ()


@pytest.mark.parametrize("entered", [True, False])
@pytest.mark.parametrize("ask", ["gradient", "jacobian", "batch_jacobian"])
def test_one_set_of_gradients(entered: bool, ask: str) -> None:
    v = tf.Variable([[2.0]])
    tape = tf.GradientTape()
    if entered:
        with tape:
            y = v * v
        getattr(tape, ask)(y, v)
    else:
        y = v * v
    with pytest.raises(RuntimeError, match=r"A non-persistent GradientTape can only be used to compute one set"):
        getattr(tape, ask)(y, v)


def test_gradient_inside_ends_the_recording() -> None:
    (v,) = variables(2.0)
    with tf.GradientTape() as tape:
        y = v * v
        assert numbers(tape.gradient(y, v)) == 4
        y = v * v * v
    with pytest.raises(RuntimeError):
        tape.gradient(y, v)


def test_inside_and_outside_of_a_persistent_tape() -> None:
    (v,) = variables(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = v**3
        inside = tape.gradient(y, v)
    assert numbers([inside, tape.gradient(inside, v)]) == [12, 12]
    outside = tape.gradient(y, v)
    assert numbers([outside, tape.gradient(outside, v)]) == [12, None]


def test_entering_again() -> None:
    (v,) = variables(2.0)
    tape = tf.GradientTape()
    with tape:
        with pytest.raises(ValueError, match="still recording"), tape:
            pass
        y = 2 * v
    with tape:
        z = 2 * y
    assert numbers(tape.gradient(z, v)) == 4


def test_stop_recording() -> None:
    (x,) = variables(3.0)
    with tf.GradientTape() as tape:
        y = x**2
        with tape.stop_recording():
            z = y**2
        w = z * x
    assert numbers(tape.gradient(w, [x, y, z])) == [81, None, None]
    with pytest.raises(RuntimeError, match="not recording"), tape.stop_recording():
        pass


def test_reset() -> None:
    (v,), c = variables(1.0), tf.constant(1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(c)
        loss = v**2 * c
        tape.reset()
        loss += v**2 * c
    assert numbers(tape.gradient(loss, [v, c])) == [2, None]
    with pytest.raises(ValueError, match="not recording"):
        tape.reset()


def test_values_are_those_of_the_recording() -> None:
    (v,) = variables(2.0)
    with tf.GradientTape() as tape:
        y = v**2
    v.assign(10.0)
    assert numbers(tape.gradient(y, v)) == 4


def test_all_values_of_a_variable_count() -> None:
    (v,) = variables(2.0)
    with tf.GradientTape() as tape:
        y = v**2
        v.assign(3.0)
        y = y + v**2
    assert numbers(tape.gradient(y, v)) == 10


def test_state_stops_gradients() -> None:
    x0, x1 = variables(2.0, 1.0)
    with tf.GradientTape() as tape:
        x1.assign_add(x0)
        y = x1**2
    assert numbers(tape.gradient(y, [x0, x1])) == [None, 6]


def test_a_name_bound_again_is_an_intermediate() -> None:
    (x,) = variables(2.0)
    with tf.GradientTape() as tape:
        y = x + 1
        loss = y * y
    assert numbers(tape.gradient(loss, [x, y])) == [6, 6]


def test_output_gradients() -> None:
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y, z = v**2, 3 * v
    assert numbers(tape.gradient(y, v, output_gradients=[2.0, 4.0])) == [4, 16]
    assert numbers(tape.gradient([y, z], v, output_gradients=[None, [10.0, 20.0]])) == [32, 64]
    for wrong in ([[1.0, 1.0]], [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], [[2.0], [1.0, 1.0]], [1.0, 1.0]):
        with pytest.raises(ValueError, match=r"weight"):
            tape.gradient([y, z], v, output_gradients=wrong)
    with pytest.raises(TypeError):
        tape.gradient(y, v, output_gradients=tf.constant([1.0, 1.0], tf.float64))


def test_gather_adds_up() -> None:
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.gather(v, [0, 2, 2]) * [1.0, 10.0, 100.0]
        z = v[1] * v[1]
    assert numbers(tape.gradient(y, v)) == [1, 0, 110]
    assert numbers(tape.gradient(z, v)) == [0, 4, 0]


@pytest.mark.parametrize(("value", "expected"), [(True, [1, None]), (False, [None, 2])])
def test_the_branch_that_was_executed(value: bool, expected: list[Any]) -> None:
    v0, v1 = variables(1.0, 1.0)
    with tf.GradientTape() as tape:
        y = v0 * 1.0 if tf.constant(value) else v1**2
    assert numbers(tape.gradient(y, [v0, v1])) == expected


def test_unknown_answer_for_unconnected() -> None:
    (v,) = variables(1.0)
    with tf.GradientTape() as tape:
        y = v * 2
    with pytest.raises(ValueError, match="Unknown value for unconnected_gradients: 'nonsense'"):
        tape.gradient(y, v, unconnected_gradients="nonsense")
