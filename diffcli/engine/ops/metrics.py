"""Metrics as Keras has them: one number, the mean over the batch. Those that count hits have no gradient."""

from __future__ import annotations

import math
from typing import Any

from ..graph import Node
from ..op import Op, define
from ..shape import OperandError, text
from .arithmetic import absolute as magnitude
from .arithmetic import square
from .elementary import log
from .logistic import softplus
from .losses import CLASSES, PAIR, POINT, SMALL, labels, pair
from .norms import norm
from .piecewise import clip, equal, greater, isinf, logical_or, maximum, where
from .reductions import all_, argmax, mean
from .reductions import sum as total

NO_FLOW = "no gradient flows"
PERCENT = 100.0


def _hits(found: Node) -> Any:
    """The part of truth values that hold."""
    return mean(found)


def _binary(truth: Any, prediction: Any, threshold: Any) -> Any:
    y, p = pair(truth, prediction)
    return _hits(equal(y, where(greater(p, threshold), 1.0, 0.0)))


def _categorical(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    if not p.shape or y.shape != p.shape:
        raise _misfit("one-hot labels", y, p)
    return _hits(equal(argmax(y, -1), argmax(p, -1)))


def _sparse(truth: Any, prediction: Any) -> Any:
    y, p = labels(truth, prediction)
    return _hits(equal(y, argmax(p, -1)))


def _accuracy(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    if len(p.shape) < 2 or p.shape[-1] == 1:
        if y.shape != p.shape:
            raise _misfit("labels", y, p)
        return _binary(y, p, 0.5)
    return _categorical(y, p) if y.shape == p.shape else _sparse(y, p)


def _misfit(what: str, y: Node, p: Node) -> OperandError:
    return OperandError("shape", f"{what} of shape {text(y.shape)} do not fit predictions of shape {text(p.shape)}")


def _hit_rate(name: str, doc: str, expand: Any, signature: str = PAIR, at: Any = (CLASSES,)) -> Op:
    return define(name, signature=signature, doc=f"{doc}; no gradient flows.", expand=expand, rule=NO_FLOW, at=list(at))


BINARY = ([1.0, 0.0, 1.0], [0.5, 0.2, 0.7])
SPARSE = ([1.0, 0.0], CLASSES[1])

binary_accuracy = _hit_rate(
    "binary_accuracy",
    "The part of labels 0 and 1 that are met: 1 where the prediction is above the threshold",
    _binary,
    PAIR + ", threshold=0.5",
    (BINARY,),
)
categorical_accuracy = _hit_rate(
    "categorical_accuracy",
    "The part of rows whose largest prediction, the first if several, is the class of the one-hot label",
    _categorical,
)
sparse_categorical_accuracy = _hit_rate(
    "sparse_categorical_accuracy",
    "The part of rows whose largest prediction, the first if several, is the class number",
    _sparse,
    at=(SPARSE,),
)
accuracy = _hit_rate(
    "accuracy",
    "The part of predictions that are right: of classes by one-hot labels or class numbers, of single numbers above 0.5",
    _accuracy,
    at=(CLASSES, SPARSE, BINARY),
)


def _mape(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    return PERCENT * mean(magnitude((y - p) / maximum(magnitude(y), SMALL)))


def _msle(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    return mean(square(log(maximum(p, SMALL) + 1.0) - log(maximum(y, SMALL) + 1.0)))


def _direction(x: Node) -> Any:
    return x / maximum(norm(x, axis=-1, keepdims=True), SMALL)


def _cosine(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    if not y.shape or not p.shape:
        raise OperandError("shape", "the cosine similarity is that of vectors, not of a scalar")
    return mean(total(_direction(y) * _direction(p), -1))


def _log_cosh(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    error = p - y
    return mean(error + softplus(-2.0 * error) - math.log(2.0))


def _divergence(truth: Any, prediction: Any) -> Any:
    y, p = (clip(each, SMALL, 1.0) for each in pair(truth, prediction))
    return mean(total(y * log(y / p), -1 if y.shape else None))


def _poisson(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    return mean(p - y * log(p + SMALL))


def _hinge(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    binary = all_(logical_or(equal(y, 0.0), equal(y, 1.0)))
    return mean(maximum(1.0 - where(binary, 2.0 * y - 1.0, y) * p, 0.0))


def _r2(truth: Any, prediction: Any) -> Any:
    y, p = pair(truth, prediction)
    if not y.shape or y.shape != p.shape:
        raise _misfit("values", y, p)
    score = 1.0 - total(square(y - p), 0) / total(square(y - mean(y, 0)), 0)
    return mean(where(isinf(score), 0.0, score))


mape = define(
    "mape",
    signature=PAIR,
    doc="Mean absolute percentage error; truths are kept 1e-7 off 0.",
    aliases="mean_absolute_percentage_error",
    expand=_mape,
    rule="dy_pred = 100 * g * sign(y_pred - y_true) / abs(y_true) / count",
    at=[([[0.4, 1.0], [-0.5, 2.0]], POINT[1])],
)

msle = define(
    "msle",
    signature=PAIR,
    doc="Mean squared error of log(1 + value); values below 1e-7 count as that.",
    aliases="mean_squared_logarithmic_error",
    expand=_msle,
    rule="dy_pred = 2 * g * log((1 + y_pred) / (1 + y_true)) / (1 + y_pred) / count",
    at=[([[0.4, 1.0], [0.5, 2.0]], POINT[1])],
)

cosine_similarity = define(
    "cosine_similarity",
    signature=PAIR,
    doc="Mean cosine of the angle between rows, 1 where they point the same way; as a loss, take it negative.",
    expand=_cosine,
    rule="as the sum of y_true * y_pred over their norms",
    at=[([[0.4, 1.0], [-0.5, 2.0]], POINT[1])],
)

log_cosh = define(
    "log_cosh",
    signature=PAIR,
    doc="Mean logarithm of the hyperbolic cosine of the error.",
    aliases="logcosh",
    expand=_log_cosh,
    rule="dy_pred = g * tanh(y_pred - y_true) / count",
    at=[POINT],
)

kl_divergence = define(
    "kl_divergence",
    signature=PAIR,
    doc="Mean Kullback-Leibler divergence of rows of probabilities, which are kept between 1e-7 and 1.",
    aliases="kld kullback_leibler_divergence",
    expand=_divergence,
    rule="dy_pred = -g * y_true / y_pred / rows",
    at=[([[0.3, 0.7], [0.9, 0.1]], POINT[1])],
)

poisson = define(
    "poisson",
    signature=PAIR,
    doc="Mean Poisson loss, y_pred - y_true * log(y_pred).",
    expand=_poisson,
    rule="dy_pred = g * (1 - y_true / y_pred) / count",
    at=[([[2.0, 1.0], [0.0, 3.0]], POINT[1])],
)

hinge = define(
    "hinge",
    signature=PAIR,
    doc="Mean of maximum(1 - y_true * y_pred, 0), for labels -1 and 1; labels that are all 0 or 1 count as such.",
    expand=_hinge,
    rule="dy_pred = -g * y_true / count where y_true * y_pred < 1, else 0",
    at=[([[-1.0, 1.0], [1.0, -1.0]], POINT[1]), POINT],
)

r2_score = define(
    "r2_score",
    signature=PAIR,
    doc="Mean over the columns of 1 - residual / total sum of squares.",
    expand=_r2,
    rule="dy_pred = 2 * g * (y_true - y_pred) / sum((y_true - mean(y_true))**2) / columns",
    at=[([1.0, 2.0, 4.0], [1.5, 2.0, 3.0])],
)
