"""The models of the training benchmark, their data, and one step of gradient descent by hand."""

from __future__ import annotations

from typing import Any, NamedTuple

INPUTS, HIDDEN, CLASSES = 784, 256, 10
RATE = 0.05
NAMES = ("W1", "b1", "W2", "b2")

# Two layers, cross-entropy from logits; the targets are the loss and its gradients.
NETWORK_TEXT = """\
input X: [{batch}, 784]
input Y: [{batch}, 10]
input W1: [784, 256]
input b1: [256]
input W2: [256, 10]
input b2: [10]
f = categorical_crossentropy(Y, relu(X @ W1 + b1) @ W2 + b2, from_logits=true)
output f
"""

# One sample of a line; the state is slope and intercept.
REGRESSION_TEXT = """\
input w
input b
input x
input y
f = (w*x + b - y)**2
output f
"""
LINE_STATE = (0.5, -0.25)
LINE_SAMPLE = (1.5, 4.0)


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
    """The loss and the parameters after one step, by hand in double precision."""
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
    moved = [each - RATE * slope for each, slope in zip((first, bias, second, shift), slopes, strict=True)]
    return [loss, *moved]


def line_step() -> list[Any]:
    """The loss, the slope and the intercept after one step, by hand."""
    import numpy

    (w, b), (x, y) = LINE_STATE, LINE_SAMPLE
    error = w * x + b - y
    return [numpy.float64(each) for each in (error**2, w - RATE * 2 * error * x, b - RATE * 2 * error)]
