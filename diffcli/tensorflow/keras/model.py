"""tf.keras.Model: layers that are trained together."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..shapes import sizes_of
from . import fitting, losses, metrics, optimizers, summaries
from .callbacks import Callback, History
from .feeding import Source, fed, numbers, parted
from .layer import Layer
from .programs import Programs


class Model(Layer):
    """A layer that can be compiled, fitted, evaluated and shown. Subclasses state `call`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        if given or {"inputs", "outputs"} & named.keys():
            raise NotImplementedError(
                "diffcli.tensorflow has no functional models: use keras.Sequential, or a subclass of keras.Model"
            )
        super().__init__(**named)
        self.optimizer: Any = None
        self.loss: Any = None
        self.stop_training = False
        self.history: Any = None
        self._programs: Programs | None = None

    @property
    def layers(self) -> list[Layer]:
        """The layers of the model, in order."""
        return list(self._parts)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a name or at a place."""
        if index is not None:
            return self.layers[index]
        for each in self.layers:
            if each.name == name:
                return each
        raise ValueError(f"No such layer: {name}. Existing layers are: {[each.name for each in self.layers]}.")

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """States how the model is trained: by which optimizer, on which loss, and which numbers are reported."""
        refuse_here("compile", loss_weights=loss_weights, weighted_metrics=weighted_metrics)
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        asked = [] if metrics is None else list(metrics) if isinstance(metrics, (list, tuple)) else [metrics]
        if (
            isinstance(loss, (list, tuple, dict))
            or isinstance(metrics, dict)
            or any(isinstance(each, (list, dict)) for each in asked)
        ):
            raise NotImplementedError(
                "diffcli.tensorflow has models of one output: give one loss and a list of metrics"
            )
        reported = [metric_of(each) for each in asked]
        self._programs = Programs(self, None if loss is None else losses.get(loss), reported, self.optimizer)

    @property
    def compiled(self) -> bool:
        return self._programs is not None

    @property
    def metrics_names(self) -> list[str]:
        """The loss and the metrics."""
        return ["loss", *(each.name for each in self._ready().metrics)]

    def _ready(self) -> Programs:
        if self._programs is None:
            raise ValueError("You must call `compile()` before using the model.")
        if self._programs.loss is None:
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")
        return self._programs

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Trains for some epochs: a History of the loss and the metrics, and of those of the validation as `val_…`.

        The data are arrays, or a dataset of batches. `validation_freq` is every how many epochs there is a validation, or
        a list of epochs, the first being 1.
        """
        refuse_here("fit", class_weight=class_weight, sample_weight=sample_weight)
        programs = self._ready()
        if validation_split and validation_data is None:
            (x, y), validation_data = parted(x, y, validation_split)
        source = fed(x, y, self.dtype, batch_size, shuffle, steps_per_epoch)
        validation = None
        if validation_data is not None:
            given = validation_data if isinstance(validation_data, (tuple, list)) else (validation_data, None)
            refuse_here("fit", validation_weights=given[2] if len(given) > 2 else None)
            size = validation_batch_size or batch_size
            validation = fed(given[0], given[1], self.dtype, size, steps=validation_steps)
        self._see(source)
        history = History()
        told = [*_listed(callbacks), history]
        for each in told:
            each.set_model(self)
            each.set_params({"verbose": _verbosity(verbose), "epochs": epochs, "steps": source.per_epoch})
        self.history, self.stop_training = history, False
        span = range(initial_epoch, epochs)
        fitting.fit(programs, source, span, validation, _validating(validation_freq), told, _verbosity(verbose))
        return history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics over all data: a list, a number if there is only the loss, or a dict."""
        refuse_here("evaluate", sample_weight=sample_weight, callbacks=callbacks)
        programs = self._ready()
        source = fed(x, y, self.dtype, batch_size, steps=steps)
        self._see(source)
        started = time.perf_counter()
        found, count = fitting.measured(programs, source)
        if _verbosity(verbose):
            print(fitting.line(count, time.perf_counter() - started, found, _verbosity(verbose)))
        if return_dict:
            return found
        ordered = [found[name] for name in self.metrics_names]
        return ordered if len(ordered) > 1 else ordered[0]

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for inputs, as one array."""
        refuse_here("predict", callbacks=callbacks)
        source = fed(x, None, self.dtype, batch_size, steps=steps)
        self._see(source)
        programs = self._programs or Programs(self, None, (), optimizers.get("sgd"))
        parts = [np.array(programs.prediction((batch[0], None))((batch[0], None))[0]) for batch in source.epoch(0)]
        if not parts:
            raise ValueError("there are no data to predict from")
        return np.concatenate(parts)

    def train_on_batch(self, x: Any, y: Any = None, return_dict: bool = False) -> Any:
        """One step on one batch: the loss and the metrics that it started from."""
        programs = self._ready()
        batch = (numbers(x, self.dtype), numbers(y, self.dtype))
        self._see(fed(x, y, self.dtype, None))
        one = fitting.Fitting(programs)
        values = [float(each) for each in one.batch(batch)]
        one.settle()
        if return_dict:
            return dict(zip(self.metrics_names, values, strict=True))
        return values if len(values) > 1 else values[0]

    def _see(self, source: Source) -> None:
        """Builds a model that has not seen an input yet."""
        if not self.built:
            self(source.sample())

    def build_for(self, shape: Any) -> None:
        if type(self).build is not Model.build:
            super().build_for(shape)
        self.built = True  # else its layers are built as it calls them

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of a shape, by calling the model once."""
        sizes = tuple(1 if size is None else size for size in sizes_of(input_shape))
        self(np.zeros(sizes, self.dtype))

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Prints the layers with the shapes of their outputs and their numbers of parameters."""
        refuse_here("summary", positions=positions, layer_range=layer_range)
        text = summaries.summary(self, line_length, show_trainable)
        (print_fn or print)(text)


def refuse_here(what: str, **given: Any) -> None:
    """An error for what is given and not here."""
    for name, value in given.items():
        if value is not None:
            raise NotImplementedError(f"diffcli.tensorflow has no {what} with {name}")


def metric_of(given: Any) -> metrics.Metric:
    """A metric; a loss may be one."""
    return metrics.MeanMetricWrapper(given, given.name) if isinstance(given, losses.Loss) else metrics.get(given)


def _listed(callbacks: Any) -> list[Callback]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


def _verbosity(given: Any) -> int:
    return 1 if given == "auto" else int(given)


def _validating(frequency: Any) -> Any:
    """Whether an epoch, the first being 0, is followed by a validation."""
    if isinstance(frequency, (list, tuple, set)):
        return lambda epoch: epoch + 1 in frequency
    if int(frequency) < 1:
        raise ValueError(f"validation_freq is a positive integer or a list of epochs, not {frequency}")
    return lambda epoch: (epoch + 1) % int(frequency) == 0
