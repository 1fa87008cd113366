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
from .shaping import operand, reshape

# Keras keeps probabilities this far from 0 and 1 before it takes their logarithm.
SMALL = 1e-7


def pair(truth: Any, prediction: Any) -> tuple[Node, Node]:
    """Truth and prediction of one rank: of shapes [n] and [n, 1] the last axis goes, as broadcasting would pair all with all."""
    y, p = operand(truth, prediction), operand(prediction, truth)
    if len(y.shape) + 1 == len(p.shape) and p.shape[-1] == 1:
        return y, reshape(p, p.shape[:-1])
    if len(p.shape) + 1 == len(y.shape) and y.shape[-1] == 1:
        return reshape(y, y.shape[:-1]), p
    return y, p


def _classes(values: Any, depth: int) -> None:
    """Refuses the first value that is no class."""
    for value in values:
        if value != value // 1 or not 0 <= value < depth:
            raise OperandError("argument", f"there is no class {value:g}", f"the labels are 0 to {depth - 1}")


def _label_rows_prepare(inputs: tuple[Node, ...], depth: Any) -> tuple[int]:
    y = inputs[0]
    if not isinstance(depth, (int, float)):
        raise OperandError("shape", f"the number of classes, {depth}, must be known")
    if y.op.role in ("constant", "tensor"):
        _classes(y.attributes if y.op.role == "constant" else y.attributes[1], int(depth))
    return (int(depth),)


def _label_rows(np: Any, y: Any, depth: int) -> Any:
    rows = y[..., None] == np.arange(depth)
    if np.count_nonzero(rows) != y.size:  # a label that is a class has one place in its row
        _classes(y[~rows.any(-1)].flat, depth)
    return rows


# `one_hot` gives a row of zeros for what is no class, and so a loss of 0; like TensorFlow's losses this one refuses it.
label_rows = define(
    "label_rows",
    signature="y, depth",
    static="depth",
    doc="1 at the class, 0 elsewhere, in a row for each label; a label that is no class is refused.",
    hidden=True,
    prepare=_label_rows_prepare,
    shape=lambda inputs, depth: (*inputs[0].shape, depth),
    numpy=_label_rows,
    vjp=(None,),
    jvp=(None,),
    rule="no gradient flows",
    at=[([0.0, 2.0], {"depth": 3})],
)


def _mse(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    return mean(square(p - y))


def _mae(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    return mean(magnitude(p - y))


def _huber(truth: Any, prediction: Any, delta: Any) -> Any:
    y, p = pair(truth, prediction)
    error = magnitude(p - y)
    return mean(where(less_equal(error, delta), 0.5 * square(error), delta * error - 0.5 * (delta * delta)))


def log_probabilities(prediction: Node, from_logits: bool) -> Any:
    """The logarithms of the probabilities of classes, which a prediction gives as they are or as logits."""
    if from_logits:
        return log_softmax(prediction, -1)
    shares = prediction / total(prediction, -1, True)
    return log(clip(shares, SMALL, 1.0 - SMALL))


def _categorical(truth: Any, prediction: Any, from_logits: bool, label_smoothing: Any) -> Any:
    y, p = pair(truth, prediction)
    if not p.shape:
        raise OperandError("shape", "a categorical cross-entropy needs a vector of classes, not a scalar")
    if label_smoothing:
        y = y * (1.0 - label_smoothing) + label_smoothing / p.shape[-1]
    return mean(-total(y * log_probabilities(p, from_logits), -1))


def labels(truth: Any, prediction: Any) -> tuple[Node, Node]:
    """Class numbers, one for each row of a prediction, and that prediction."""
    y, p = operand(truth, prediction), operand(prediction, truth)
    if p.shape and y.shape == (*p.shape[:-1], 1):
        y = reshape(y, p.shape[:-1])
    if not p.shape or y.shape != p.shape[:-1]:
        raise OperandError(
            "shape",
            f"labels of shape {text(y.shape)} do not fit predictions of shape {text(p.shape)}",
            "one label per row",
        )
    return y, p


def _sparse(truth: Any, prediction: Any, from_logits: bool) -> Any:
    y, p = labels(truth, prediction)
    return mean(-total(label_rows(y, p.shape[-1]) * log_probabilities(p, from_logits), -1))


def _binary(truth: Any, prediction: Any, from_logits: bool) -> Any:
    y, p = pair(truth, prediction)
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
