"""Losses as Keras has them: one number, the mean over the batch."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..op import define
from ..shape import OperandError, text
from .arithmetic import absolute as magnitude
from .arithmetic import square
from .elementary import log
from .logistic import softplus
from .norms import log_softmax
from .piecewise import clip, less_equal, where
from .reductions import mean
from .reductions import sum as total
from .selection import one_hot
from .shaping import operand

# Keras keeps probabilities this far from 0 and 1 before it takes their logarithm.
SMALL = 1e-7


def _pair(truth: Any, prediction: Any) -> tuple[Node, Node]:
    return operand(truth), operand(prediction)


def _mse(truth: Any, prediction: Any) -> Any:
    y, p = _pair(truth, prediction)
    return mean(square(p - y))


def _mae(truth: Any, prediction: Any) -> Any:
    y, p = _pair(truth, prediction)
    return mean(magnitude(p - y))


def _huber(truth: Any, prediction: Any, delta: Any) -> Any:
    y, p = _pair(truth, prediction)
    error = magnitude(p - y)
    return mean(where(less_equal(error, delta), 0.5 * square(error), delta * error - 0.5 * (delta * delta)))


def _log_probabilities(prediction: Node, from_logits: bool) -> Any:
    if from_logits:
        return log_softmax(prediction, -1)
    shares = prediction / total(prediction, -1, True)
    return log(clip(shares, SMALL, 1.0 - SMALL))


def _categorical(truth: Any, prediction: Any, from_logits: bool, label_smoothing: Any) -> Any:
    y, p = _pair(truth, prediction)
    if not p.shape:
        raise OperandError("shape", "a categorical cross-entropy needs a vector of classes, not a scalar")
    if label_smoothing:
        y = y * (1.0 - label_smoothing) + label_smoothing / p.shape[-1]
    return mean(-total(y * _log_probabilities(p, from_logits), -1))


def _sparse(truth: Any, prediction: Any, from_logits: bool) -> Any:
    y, p = _pair(truth, prediction)
    if not p.shape or y.shape != p.shape[:-1]:
        raise OperandError(
            "shape",
            f"labels of shape {text(y.shape)} do not fit predictions of shape {text(p.shape)}",
            "one label per row",
        )
    return mean(-total(one_hot(y, p.shape[-1]) * _log_probabilities(p, from_logits), -1))


def _binary(truth: Any, prediction: Any, from_logits: bool) -> Any:
    y, p = _pair(truth, prediction)
    if from_logits:
        # -y log(sigmoid(z)) - (1 - y) log(1 - sigmoid(z)), without either logarithm running into 0.
        return mean(softplus(p) - y * p)
    kept = clip(p, SMALL, 1.0 - SMALL)
    return mean(-(y * log(kept) + (1.0 - y) * log(1.0 - kept)))


PAIR = "y_true, y_pred"
POINT = ([[0.0, 1.0], [0.0, 0.0]], [[0.6, 0.4], [0.4, 0.6]])
CLASSES = ([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [[0.05, 0.9, 0.05], [0.1, 0.8, 0.1]])

mse = define(
    "mse",
    signature=PAIR,
    doc="Mean squared error.",
    aliases="mean_squared_error",
    expand=_mse,
    rule="dy_pred = 2 * g * (y_pred - y_true) / count",
    at=[POINT],
)

mae = define(
    "mae",
    signature=PAIR,
    doc="Mean absolute error.",
    aliases="mean_absolute_error",
    expand=_mae,
    rule="dy_pred = g * sign(y_pred - y_true) / count",
    at=[POINT],
)

huber = define(
    "huber",
    signature=PAIR + ", delta=1",
    doc="Mean Huber loss: quadratic up to delta, linear beyond.",
    aliases="huber_loss",
    expand=_huber,
    rule="dy_pred = g * clip(y_pred - y_true, -delta, delta) / count",
    at=[POINT],
)

categorical_crossentropy = define(
    "categorical_crossentropy",
    signature=PAIR + ", from_logits=false, label_smoothing=0",
    static="from_logits label_smoothing",
    doc="Mean cross-entropy of one-hot labels; probabilities are scaled to sum 1 and kept off 0 and 1.",
    expand=_categorical,
    rule="from logits: dy_pred = g * (softmax(y_pred) * sum(y_true) - y_true) / rows",
    at=[CLASSES, (*CLASSES, {"from_logits": True})],
)

sparse_categorical_crossentropy = define(
    "sparse_categorical_crossentropy",
    signature=PAIR + ", from_logits=false",
    static="from_logits",
    doc="Mean cross-entropy of labels given as class numbers.",
    expand=_sparse,
    rule="as categorical_crossentropy with one_hot(y_true)",
    at=[([1.0, 2.0], CLASSES[1]), ([1.0, 2.0], CLASSES[1], {"from_logits": True})],
)

binary_crossentropy = define(
    "binary_crossentropy",
    signature=PAIR + ", from_logits=false",
    static="from_logits",
    doc="Mean cross-entropy of labels 0 and 1; probabilities are kept off 0 and 1.",
    expand=_binary,
    rule="from logits: dy_pred = g * (sigmoid(y_pred) - y_true) / count",
    at=[POINT, (*POINT, {"from_logits": True})],
)
