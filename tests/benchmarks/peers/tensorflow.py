"""TensorFlow: graphs of tf.function, with and without XLA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..programs import Program
from ..training_data import RATE, Batch
from . import Task


def functions() -> dict[str, Any]:
    """The functions of the programs."""
    import tensorflow as tf

    return {name: getattr(tf.math, name) for name in ("sin", "exp", "log", "sqrt", "tanh", "log1p", "erf")}


def _rows(program: Program, columns: list[Any], compiled: bool) -> Task:
    import tensorflow as tf

    function = program.function(functions())

    def both(*held: Any) -> list[Any]:
        sources = [held[place] for place in program.places]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            value = function(*held)
        return [value, *tape.gradient(value, sources)]

    held = [tf.constant(each, dtype=tf.float64) for each in columns]
    graph = tf.function(both, jit_compile=compiled)
    return Task(lambda: graph(*held))


def rows(program: Program, columns: list[Any]) -> Task:
    """tf.function over whole columns."""
    return _rows(program, columns, False)


def xla_rows(program: Program, columns: list[Any]) -> Task:
    """tf.function(jit_compile=True) over whole columns."""
    return _rows(program, columns, True)


def _steps(loss: Callable[..., Any], parameters: list[Any], graph: bool) -> Task:
    """Gradient descent on variables, as a graph or eagerly."""
    import tensorflow as tf

    def step() -> Any:
        with tf.GradientTape() as tape:
            value = loss(*parameters)
        for each, slope in zip(parameters, tape.gradient(value, parameters), strict=True):
            each.assign_sub(RATE * slope)
        return value

    compiled = tf.function(step) if graph else step
    return Task(lambda: [compiled(), *parameters])


def network(data: Batch) -> Task:
    """tf.function of the whole step."""
    import tensorflow as tf

    x, y = tf.constant(data.x), tf.constant(data.y)

    def loss(first: Any, bias: Any, second: Any, shift: Any) -> Any:
        logits = tf.nn.relu(x @ first + bias) @ second + shift
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, logits))

    return _steps(loss, [tf.Variable(each) for each in data.parameters], True)


def _regression(state: tuple[float, float], sample: tuple[float, float], graph: bool) -> Task:
    import tensorflow as tf

    x, y = (tf.constant(each, tf.float64) for each in sample)
    variables = [tf.Variable(each, dtype=tf.float64) for each in state]
    return _steps(lambda w, b: (w * x + b - y) ** 2, variables, graph)


def regression(state: tuple[float, float], sample: tuple[float, float]) -> Task:
    """tf.function of the whole step."""
    return _regression(state, sample, True)


def eager_regression(state: tuple[float, float], sample: tuple[float, float]) -> Task:
    """An eager tape."""
    return _regression(state, sample, False)
