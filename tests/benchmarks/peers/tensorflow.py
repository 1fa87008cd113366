"""TensorFlow: graphs of tf.function, with and without XLA."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..programs import Program
from ..training_data import ADAM_RATE, BETA_1, BETA_2, EPSILON, RATE, Batch
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


def _steps(
    loss: Callable[..., Any], parameters: list[Any], batches: list[Any], graph: bool, optimizer: Any = None
) -> Task:
    """Steps on variables, as a graph or eagerly: gradient descent without an optimiser."""
    import tensorflow as tf

    def step(*data: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(*parameters, *data)
        slopes = tape.gradient(value, parameters)
        if optimizer is not None:
            optimizer.apply_gradients(zip(slopes, parameters, strict=True))
            return value
        for each, slope in zip(parameters, slopes, strict=True):
            each.assign_sub(RATE * slope)
        return value

    compiled = tf.function(step) if graph else step

    def run() -> list[Any]:
        for data in batches:
            value = compiled(*data)
        return [value, *parameters]

    return Task(run)


def network(data: Batch) -> Task:
    """tf.function of the whole step."""
    import tensorflow as tf

    def loss(first: Any, bias: Any, second: Any, shift: Any, x: Any, y: Any) -> Any:
        logits = tf.nn.relu(x @ first + bias) @ second + shift
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, logits))

    parameters = [tf.Variable(each) for each in data.parameters]
    adam = tf.keras.optimizers.Adam(ADAM_RATE, BETA_1, BETA_2, EPSILON)
    adam.build(parameters)
    return _steps(loss, parameters, [(tf.constant(data.x), tf.constant(data.y))], True, adam)


def _regression(state: tuple[float, float], samples: Sequence[tuple[float, float]], graph: bool) -> Task:
    import tensorflow as tf

    held = [tuple(tf.constant(each, tf.float64) for each in sample) for sample in samples]
    variables = [tf.Variable(each, dtype=tf.float64) for each in state]
    return _steps(lambda w, b, x, y: (w * x + b - y) ** 2, variables, held, graph)


def regression(state: tuple[float, float], samples: Sequence[tuple[float, float]]) -> Task:
    """tf.function of the whole step."""
    return _regression(state, samples, True)


def eager_regression(state: tuple[float, float], samples: Sequence[tuple[float, float]]) -> Task:
    """An eager tape."""
    return _regression(state, samples, False)


def tape(dtype: str) -> Task:
    """An eager tape."""
    import tensorflow as tf

    from ..tapes import START, recorded

    x = tf.Variable(START, dtype=dtype)
    return Task(lambda: recorded(tf, x))
