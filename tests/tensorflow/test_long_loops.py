"""Long loops of small steps: what was recorded is let go, and what comes again is compiled once."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

import diffcli.tensorflow as tf
from diffcli.tensorflow.trace import book


def growth(step: Callable[[int], None], before: int, steps: int) -> int:
    """The bytes that the later steps leave behind."""
    for index in range(before):
        step(index)
    gc.collect()
    tracemalloc.start()
    try:
        for index in range(before, before + steps):
            step(index)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_100_000_steps_with_data_that_changes() -> None:
    generator = np.random.default_rng(0)
    w = tf.Variable(0.0)

    def step(index: int) -> None:
        x = float(generator.normal())
        with tf.GradientTape() as tape:
            loss = (w * x - (2 * x)) ** 2
        w.assign_sub(0.01 * tape.gradient(loss, w))

    for index in range(97_000):
        step(index)
    programs = len(book(False).programs)
    assert growth(step, 0, 3_000) < 100_000
    assert len(book(False).programs) == programs
    assert abs(w.numpy() - 2) < 1e-3


def test_rows_of_tensors() -> None:
    generator = np.random.default_rng(0)
    w = tf.Variable(np.zeros(3))

    def step(index: int) -> None:
        x = generator.normal(size=(4, 3))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.constant(x) @ w[:, None] - x.sum(1, keepdims=True)) ** 2) / (index + 1.0)
        w.assign_sub(0.01 * (index + 1.0) * tape.gradient(loss, w))

    assert growth(step, 100, 1_000) < 100_000
    assert np.allclose(w.numpy(), 1, atol=1e-3)


def test_values_without_a_tape() -> None:
    held = [tf.constant(0.5)]

    def step(index: int) -> None:
        held[0] = tf.sin(held[0]) * 1.1 + index * 1e-9

    assert growth(step, 100, 10_000) < 100_000


@pytest.mark.parametrize("persistent", [True, False])
def test_structures_that_never_come_again(persistent: bool) -> None:
    x = tf.Variable(1.5)

    def step(index: int) -> None:
        with tf.GradientTape(persistent=persistent) as tape:
            y = x ** (index / 1000) * x
        found = tape.gradient(y, x).numpy()
        assert found == pytest.approx((index / 1000 + 1) * 1.5 ** (index / 1000), rel=1e-5)

    assert growth(step, 2_500, 2_500) < 30_000_000


def test_a_record_outlives_the_graph_that_it_was_built_in() -> None:
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as old:
        y = tf.reduce_sum(x**3 * tf.constant([1.0, 10.0]))
    first = book(False)
    for index in range(60_000):
        if book(False) is not first:
            break
        with tf.GradientTape() as tape:
            z = tf.reduce_sum(x[0] ** (index * 0.001) * x)
        tape.gradient(z, x)
    assert book(False) is not first
    with tf.GradientTape() as new:
        new.watch(x)
        slope = old.gradient(y, x) * x
        assert slope.numpy().tolist() == [3, 240]
    assert new.gradient(slope, x).numpy().tolist() == [3, 120]


def test_values_do_not_depend_on_being_compiled() -> None:
    x = tf.Variable(0.7)
    found = []
    for _ in range(4):
        with tf.GradientTape() as tape:
            y = tf.sin(x) * tf.exp(x) / (1 + x**3)
        found.append(tape.gradient(y, x).numpy())
    assert len(set(found)) == 1
