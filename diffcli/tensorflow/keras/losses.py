"""tf.keras.losses: one value for each row, and classes that take the mean over the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...engine.graph import Node
from ...engine.ops import losses as _losses
from ...engine.ops.arithmetic import absolute as _absolute
from ...engine.ops.arithmetic import square as _square
from ...engine.ops.elementary import log as _log
from ...engine.ops.logistic import softplus as _softplus
from ...engine.ops.piecewise import clip as _clip
from ...engine.ops.piecewise import less_equal as _less_equal
from ...engine.ops.piecewise import where as _where
from ...engine.ops.reductions import mean as _mean
from ...engine.ops.reductions import sum as _sum
from ...engine.ops.shaping import reshape as _reshape
from .. import calls, conversion
from ..composed import reduce_mean as _reduce_mean
from ..creation import cast as _cast
from ..functions import GENERATED as _FUNCTIONS
from .listing import chosen, listed


def _rows(key: Any, build: Callable[[Node, Node], Any], y_true: Any, y_pred: Any) -> Any:
    """A function of truth and prediction, which has their common type of floats."""
    prediction = conversion.convert_to_tensor(y_pred)
    if prediction.dtype.kind != "float":
        prediction = _cast(prediction, "float32")
    truth = _cast(conversion.convert_to_tensor(y_true), prediction.dtype)
    return calls.compute(("loss", key), build, (truth, prediction))


def _pair(truth: Node, prediction: Node) -> tuple[Node, Node]:
    """Both of one rank; numbers on one side are rows when the other side has rows of one number."""
    y, p = _losses.pair(truth, prediction)
    if len(p.shape) == 1 and len(truth.shape) != len(prediction.shape):
        return _reshape(y, (*y.shape, 1)), _reshape(p, (*p.shape, 1))
    return y, p


def _last(values: Any) -> Any:
    """The mean along the last axis; a number is its own."""
    return _mean(values, -1) if values.shape else values


def _by_element(key: Any, of_error: Callable[[Any], Any], y_true: Any, y_pred: Any) -> Any:
    def build(truth: Node, prediction: Node) -> Any:
        y, p = _pair(truth, prediction)
        return _last(of_error(p - y))

    return _rows(key, build, y_true, y_pred)


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squared errors of each row."""
    return _by_element("mse", _square, y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of the absolute errors of each row."""
    return _by_element("mae", _absolute, y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Quadratic up to delta, linear beyond."""

    def of_error(error: Any) -> Any:
        size = _absolute(error)
        return _where(_less_equal(size, delta), 0.5 * _square(size), delta * size - 0.5 * delta * delta)

    return _by_element(("huber", delta), of_error, y_true, y_pred)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """The logarithm of the hyperbolic cosine of the errors."""
    from math import log

    return _by_element("log_cosh", lambda error: error + _softplus(-2.0 * error) - log(2.0), y_true, y_pred)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """The cross-entropy of one-hot labels; probabilities are scaled to sum 1 and kept 1e-7 off 0 and 1."""
    _last_axis(axis)

    def build(truth: Node, prediction: Node) -> Any:
        y, p = _pair(truth, prediction)
        _losses.categorical_crossentropy.call([y, p, from_logits], {})  # says what does not fit
        classes: Any = p.shape[-1]
        smooth = y * (1.0 - label_smoothing) + label_smoothing / classes if label_smoothing else y
        return -_sum(smooth * _losses.log_probabilities(p, from_logits), -1)

    return _rows(("categorical", from_logits, label_smoothing), build, y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: Any = None, axis: int = -1
) -> Any:
    """The cross-entropy of labels given as class numbers."""
    _last_axis(axis)
    if ignore_class is not None:
        raise NotImplementedError("diffcli.tensorflow has no sparse_categorical_crossentropy with ignore_class")

    def build(truth: Node, prediction: Node) -> Any:
        y, p = _losses.labels(truth, prediction)
        return -_sum(_losses.label_rows(y, p.shape[-1]) * _losses.log_probabilities(p, from_logits), -1)

    return _rows(("sparse", from_logits), build, y_true, y_pred)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """The cross-entropy of labels 0 and 1; probabilities are kept 1e-7 off 0 and 1."""
    _last_axis(axis)

    def build(truth: Node, prediction: Node) -> Any:
        y, p = _pair(truth, prediction)
        y = y * (1.0 - label_smoothing) + 0.5 * label_smoothing if label_smoothing else y
        if from_logits:
            return _last(_softplus(p) - y * p)
        kept = _clip(p, _losses.SMALL, 1.0 - _losses.SMALL)
        return _last(-(y * _log(kept) + (1.0 - y) * _log(1.0 - kept)))

    return _rows(("binary", from_logits, label_smoothing), build, y_true, y_pred)


def _last_axis(axis: int) -> None:
    if axis != -1:
        raise NotImplementedError("diffcli.tensorflow has cross-entropies along the last axis alone")


REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "none", None)


class Loss:
    """A loss: the mean of its values over the rows, their sum, or themselves, as `reduction` says."""

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ValueError(
                f"Invalid value for argument `reduction`. Expected one of {REDUCTIONS}. Received: {reduction}"
            )
        self.name = name or type(self).__name__
        self.reduction = None if reduction == "none" else reduction

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The values before they are reduced."""
        raise NotImplementedError

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        values = conversion.convert_to_tensor(self.call(y_true, y_pred))
        if sample_weight is not None:
            values = values * _cast(conversion.convert_to_tensor(sample_weight), values.dtype)
        if self.reduction is None:
            return values
        return _FUNCTIONS["reduce_sum"](values) if self.reduction == "sum" else _reduce_mean(values)


def _class(title: str, function: Callable[..., Any], settings: dict[str, Any]) -> type[Loss]:
    """The class of a function with its settings as arguments."""
    from inspect import Parameter, Signature

    given_reduction = "sum_over_batch_size"
    defaults = {**settings, "reduction": given_reduction, "name": function.__name__, "dtype": None}
    parameters = [Parameter("self", Parameter.POSITIONAL_ONLY)] + [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=value) for name, value in defaults.items()
    ]
    signature = Signature(parameters)

    def __init__(self: Any, *given: Any, **named: Any) -> None:
        bound = signature.bind(self, *given, **named)
        bound.apply_defaults()
        Loss.__init__(self, bound.arguments["name"], bound.arguments["reduction"])
        self._given = {name: bound.arguments[name] for name in settings}

    def call(self: Any, y_true: Any, y_pred: Any) -> Any:
        return function(y_true, y_pred, **self._given)

    __init__.__signature__ = signature  # type: ignore[attr-defined]  # functions and classes take attributes
    return type(title, (Loss,), {"__init__": __init__, "call": call, "__doc__": function.__doc__})


_LOGITS = {"from_logits": False, "label_smoothing": 0.0, "axis": -1}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        mean_squared_error,
        mean_absolute_error,
        huber,
        log_cosh,
        categorical_crossentropy,
        sparse_categorical_crossentropy,
        binary_crossentropy,
    )
}
ALIASES = {"mse": mean_squared_error, "MSE": mean_squared_error, "mae": mean_absolute_error, "MAE": mean_absolute_error}
ALIASES |= {"logcosh": log_cosh}
CLASSES: dict[str, type[Loss]] = {
    title: _class(title, function, settings)
    for title, function, settings in (
        ("MeanSquaredError", mean_squared_error, {}),
        ("MeanAbsoluteError", mean_absolute_error, {}),
        ("Huber", huber, {"delta": 1.0}),
        ("LogCosh", log_cosh, {}),
        ("CategoricalCrossentropy", categorical_crossentropy, _LOGITS),
        (
            "SparseCategoricalCrossentropy",
            sparse_categorical_crossentropy,
            {"from_logits": False, "ignore_class": None, "axis": -1},
        ),
        ("BinaryCrossentropy", binary_crossentropy, _LOGITS),
    )
}


def get(identifier: Any) -> Any:
    """The loss of a name; functions and objects stand for themselves."""
    found = chosen(identifier, {**FUNCTIONS, **ALIASES, **CLASSES}, "loss")
    return found() if isinstance(found, type) else found


__getattr__, __dir__ = listed("keras.losses", {**FUNCTIONS, **ALIASES, **CLASSES, "Loss": Loss, "get": get})
