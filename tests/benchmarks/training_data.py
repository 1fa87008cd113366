"""The models of the training benchmark, their data, and the first step of each by hand."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

INPUTS, HIDDEN, CLASSES = 784, 256, 10
NAMES = ("W1", "b1", "W2", "b2")

# Gradient descent for the line, Adam with the numbers of Keras for the network.
RATE = 0.05
ADAM_RATE, BETA_1, BETA_2, EPSILON = 0.001, 0.9, 0.999, 1e-7

# Two layers, cross-entropy from logits.
NETWORK_TEXT = """\
input X: [{batch}, 784]
input Y: [{batch}, 10]
input W1: [784, 256]
input b1: [256]
input W2: [256, 10]
input b2: [10]
loss = categorical_crossentropy(Y, relu(X @ W1 + b1) @ W2 + b2, from_logits=true)
"""

# A line, one sample a step; the state is slope and intercept.
REGRESSION_TEXT = """\
input w
input b
input x
input y
loss = (w*x + b - y)**2
"""
LINE_STATE = (0.5, -0.25)
LINE_STEPS = 100


class Batch(NamedTuple):
    """Data and parameters, in single precision as networks are trained."""

    x: Any
    y: Any
    parameters: tuple[Any, ...]


def batch(size: int) -> Batch:
    """Random data, the same in every process."""
    import numpy

    generator = numpy.random.default_rng(3)

    def matrix(rows: int, columns: int, scale: float) -> Any:
        return (generator.standard_normal((rows, columns)) * scale).astype(numpy.float32)

    x = numpy.abs(matrix(size, INPUTS, 0.5))
    y = numpy.eye(CLASSES, dtype=numpy.float32)[generator.integers(0, CLASSES, size)]
    first, second = matrix(INPUTS, HIDDEN, 0.05), matrix(HIDDEN, CLASSES, 0.1)
    zeros = (numpy.zeros(HIDDEN, numpy.float32), numpy.zeros(CLASSES, numpy.float32))
    return Batch(x, y, (first, zeros[0], second, zeros[1]))


def network_step(data: Batch) -> list[Any]:
    """The loss and the parameters after the first step, by hand in double precision."""
    import numpy

    x, y = data.x.astype(float), data.y.astype(float)
    first, bias, second, shift = (each.astype(float) for each in data.parameters)
    before = x @ first + bias
    hidden = numpy.maximum(before, 0.0)
    logits = hidden @ second + shift
    logits -= logits.max(axis=1, keepdims=True)
    logarithms = logits - numpy.log(numpy.exp(logits).sum(axis=1, keepdims=True))
    loss = -(y * logarithms).sum(axis=1).mean()
    outer = (numpy.exp(logarithms) - y) / len(x)
    inner = (outer @ second.T) * (before > 0)
    slopes = (x.T @ inner, inner.sum(axis=0), hidden.T @ outer, outer.sum(axis=0))
    # The corrected averages of the first step are the gradient and its square; epsilon is not corrected.
    epsilon = EPSILON / (1.0 - BETA_2) ** 0.5
    moved = [
        each - ADAM_RATE * slope / (numpy.abs(slope) + epsilon)
        for each, slope in zip((first, bias, second, shift), slopes, strict=True)
    ]
    return [loss, *moved]


def line_samples() -> list[tuple[float, float]]:
    """Noisy points of the line 3 x + 2, one for each step."""
    generator = random.Random(3)
    points = [generator.gauss(0.0, 1.0) for _ in range(LINE_STEPS)]
    return [(x, 3.0 * x + 2.0 + generator.gauss(0.0, 0.1)) for x in points]


def line_steps() -> list[Any]:
    """The loss of the last step, the slope and the intercept after it, by hand."""
    import numpy

    (w, b), error = LINE_STATE, 0.0
    for x, y in line_samples():
        error = w * x + b - y
        w, b = w - RATE * 2 * error * x, b - RATE * 2 * error
    return [numpy.float64(each) for each in (error**2, w, b)]
