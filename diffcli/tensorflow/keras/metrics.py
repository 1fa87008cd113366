"""tf.keras.metrics: numbers about predictions, as means over all rows that were seen."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from math import sqrt
from re import sub
from typing import Any

from ...compute.training.measures import Sums
from ...engine.op import Op
from ...engine.ops import metrics as _metrics
from .. import calls, conversion
from ..composed import reduce_mean as _reduce_mean
from ..creation import cast as _cast
from . import losses as _losses
from .listing import chosen, listed


def _of(op: Op, **settings: Any) -> Callable[[Any, Any], Any]:
    """An operator of truth and prediction, whose result is a mean over rows."""

    def function(y_true: Any, y_pred: Any) -> Any:
        prediction = conversion.convert_to_tensor(y_pred)
        truth = _cast(conversion.convert_to_tensor(y_true), prediction.dtype)
        key = (op, tuple(settings.items()))
        return calls.compute(key, lambda y, p: op.call([y, p], dict(settings)), (truth, prediction), prediction.dtype)

    function.over_rows = True  # type: ignore[attr-defined]  # functions and classes take attributes
    function.__name__ = op.name
    function.__doc__ = op.doc
    return function


class Metric:
    """A number that is a mean over rows; `update_state` adds rows, `result` is what they come to.

    `by_batch` says that each batch counts alike, however many rows it has: the function gave one number for all of it.
    """

    by_batch = False
    _finish: Callable[[float], float] = staticmethod(lambda value: value)

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = name or type(self).__name__.lower()
        self._sums = Sums()

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """The number for some rows: their mean, or one value each."""
        raise NotImplementedError

    def mean(self, y_true: Any, y_pred: Any) -> Any:
        """The mean over some rows."""
        return _reduce_mean(self.values(y_true, y_pred))

    def finished(self, mean: float) -> float:
        """What the mean over all rows comes to."""
        return type(self)._finish(mean)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if sample_weight is not None:
            raise NotImplementedError("diffcli.tensorflow has no metrics with sample_weight")
        prediction = conversion.convert_to_tensor(y_pred)
        value = self.mean(y_true, prediction).numpy()
        self._sums = self._sums.added([value], prediction.shape[0] if prediction.shape and not self.by_batch else 1)

    def result(self) -> Any:
        value = self.finished(self._sums.means[0]) if self._sums.rows else 0.0
        return conversion.constant(float(value))

    def reset_state(self) -> None:
        self._sums = Sums()

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        self.update_state(y_true, y_pred)
        return self.result()


class MeanMetricWrapper(Metric):
    """The mean of a function of truth and prediction."""

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **settings: Any) -> None:
        super().__init__(name or sub(r"\W", "", getattr(fn, "__name__", type(fn).__name__)), dtype)
        self._function, self._settings = fn, settings

    def values(self, y_true: Any, y_pred: Any) -> Any:
        found = conversion.convert_to_tensor(self._function(y_true, y_pred, **self._settings))
        self.by_batch = found.shape.rank == 0 and not hasattr(self._function, "over_rows")
        return found


class Mean(Metric):
    """The mean of numbers."""

    def __init__(self, name: str = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]  # a mean has no labels, as in Keras
        if sample_weight is not None:
            raise NotImplementedError("diffcli.tensorflow has no metrics with sample_weight")
        given = conversion.convert_to_tensor(values).numpy()
        self._sums = self._sums.added([given.mean()], given.size)

    def __call__(self, values: Any) -> Any:  # type: ignore[override]  # a mean has no labels, as in Keras
        self.update_state(values)
        return self.result()


def _class(title: str, function: Callable[..., Any], settings: dict[str, Any], finish: Any, name: str) -> type[Metric]:
    defaults = {"name": name, "dtype": None, **settings}
    signature = Signature(
        [Parameter("self", Parameter.POSITIONAL_ONLY)]
        + [Parameter(each, Parameter.POSITIONAL_OR_KEYWORD, default=value) for each, value in defaults.items()]
    )

    def __init__(self: Any, *given: Any, **named: Any) -> None:
        bound = signature.bind(self, *given, **named)
        bound.apply_defaults()
        MeanMetricWrapper.__init__(
            self, function, bound.arguments["name"], **{each: bound.arguments[each] for each in settings}
        )

    __init__.__signature__ = signature  # type: ignore[attr-defined]  # functions and classes take attributes
    members = {"__init__": __init__, "__doc__": function.__doc__, "_finish": staticmethod(finish)}
    return type(title, (MeanMetricWrapper,), members)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """The part of labels 0 and 1 that are met: 1 where the prediction is above the threshold."""
    return _of(_metrics.binary_accuracy, threshold=threshold)(y_true, y_pred)


binary_accuracy.over_rows = True  # type: ignore[attr-defined]  # functions and classes take attributes
accuracy = _of(_metrics.accuracy)
categorical_accuracy = _of(_metrics.categorical_accuracy)
sparse_categorical_accuracy = _of(_metrics.sparse_categorical_accuracy)
mean_absolute_percentage_error = _of(_metrics.mape)
mean_squared_logarithmic_error = _of(_metrics.msle)
cosine_similarity = _of(_metrics.cosine_similarity)
kl_divergence = _of(_metrics.kl_divergence)
poisson = _of(_metrics.poisson)
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **_losses.FUNCTIONS,
    "binary_accuracy": binary_accuracy,
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "mean_absolute_percentage_error": mean_absolute_percentage_error,
    "mean_squared_logarithmic_error": mean_squared_logarithmic_error,
    "cosine_similarity": cosine_similarity,
    "kl_divergence": kl_divergence,
    "poisson": poisson,
}
# In `compile`, accuracy is that which fits the shapes.
NAMES = {**_losses.ALIASES, "accuracy": accuracy, "acc": accuracy, "mape": mean_absolute_percentage_error}
NAMES |= {"msle": mean_squared_logarithmic_error}
_AS_THEY_ARE = Metric._finish
_LOGITS = {"from_logits": False, "label_smoothing": 0.0}
CLASSES: dict[str, type[Metric]] = {
    title: _class(title, function, settings, finish, name)
    for title, function, settings, finish, name in (
        ("MeanSquaredError", _losses.mean_squared_error, {}, _AS_THEY_ARE, "mean_squared_error"),
        ("RootMeanSquaredError", _losses.mean_squared_error, {}, sqrt, "root_mean_squared_error"),
        ("MeanAbsoluteError", _losses.mean_absolute_error, {}, _AS_THEY_ARE, "mean_absolute_error"),
        ("BinaryAccuracy", binary_accuracy, {"threshold": 0.5}, _AS_THEY_ARE, "binary_accuracy"),
        ("CategoricalAccuracy", categorical_accuracy, {}, _AS_THEY_ARE, "categorical_accuracy"),
        ("SparseCategoricalAccuracy", sparse_categorical_accuracy, {}, _AS_THEY_ARE, "sparse_categorical_accuracy"),
        (
            "CategoricalCrossentropy",
            _losses.categorical_crossentropy,
            _LOGITS,
            _AS_THEY_ARE,
            "categorical_crossentropy",
        ),
        ("BinaryCrossentropy", _losses.binary_crossentropy, _LOGITS, _AS_THEY_ARE, "binary_crossentropy"),
    )
}


def get(identifier: Any) -> Metric:
    """The metric of a name, a function or an object."""
    if isinstance(identifier, Metric):
        return identifier
    found = chosen(identifier, {**FUNCTIONS, **NAMES, **CLASSES}, "metric")
    if isinstance(found, type):
        made: Metric = found()
        return made
    return MeanMetricWrapper(found, identifier if isinstance(identifier, str) else None)


__getattr__, __dir__ = listed(
    "keras.metrics",
    {
        **FUNCTIONS,
        **NAMES,
        **CLASSES,
        "Metric": Metric,
        "Mean": Mean,
        "MeanMetricWrapper": MeanMetricWrapper,
        "get": get,
    },
)
