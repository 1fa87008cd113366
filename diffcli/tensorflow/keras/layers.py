"""tf.keras.layers."""

from __future__ import annotations

from math import prod
from typing import Any

from .. import composed
from ..creation import cast
from ..functions import GENERATED
from ..shapes import sizes_of
from . import activations, initializers
from .layer import Layer, refuse
from .listing import listed


class Dense(Layer):
    """activation(x @ kernel + bias), along the last axis of x."""

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **given: Any,
    ) -> None:
        if isinstance(units, bool) or not hasattr(units, "__index__") or units <= 0:
            raise ValueError(
                f"Received an invalid value for `units`, expected a positive integer. Received: units={units}"
            )
        super().__init__(**given)
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        self._demand_rank(input_shape)
        last = input_shape[-1]
        if last is None:
            raise ValueError(f"The last dimension of the inputs to a Dense layer must be defined. Found: {input_shape}")
        self.kernel = self.add_weight(
            (last, self.units), self.kernel_initializer, constraint=self.kernel_constraint, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,), self.bias_initializer, constraint=self.bias_constraint, name="bias"
            )
        self.built = True

    def _demand_rank(self, shape: Any) -> None:
        if shape is None or len(shape) < 2:
            rank = None if shape is None else len(shape)
            raise ValueError(
                f'Input 0 of layer "{self.name}" is incompatible with the layer: expected min_ndim=2, found ndim={rank}. '
                f"Full shape received: {shape}"
            )

    def call(self, inputs: Any) -> Any:
        shape = tuple(inputs.shape)
        self._demand_rank(shape)
        expected = self.kernel.shape[0]
        if shape[-1] not in (expected, None):
            raise ValueError(
                f'Input 0 of layer "{self.name}" is incompatible with the layer: expected axis -1 of input shape to have '
                f"value {expected}, but received input with shape {shape}"
            )
        given = cast(inputs, self.dtype) if inputs.dtype.kind != "float" else inputs
        output = composed.matmul(given, self.kernel)
        return self.activation(output + self.bias if self.use_bias else output)


class Activation(Layer):
    """An activation as a layer of its own."""

    def __init__(self, activation: Any, **given: Any) -> None:
        super().__init__(**given)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)


class ReLU(Layer):
    """max(x, 0)."""

    def call(self, inputs: Any) -> Any:
        return GENERATED["relu"](inputs)


class Softmax(Layer):
    """Probabilities along an axis, which sum to 1."""

    def __init__(self, axis: int = -1, **given: Any) -> None:
        super().__init__(**given)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        return GENERATED["softmax"](inputs, axis=self.axis)


class Flatten(Layer):
    """Each row as a vector."""

    def call(self, inputs: Any) -> Any:
        sizes = tuple(inputs.shape)[1:]
        if None in sizes:
            raise ValueError(f"the sizes of a row must be known to flatten it, not {sizes}")
        return GENERATED["reshape"](inputs, (-1, prod(sizes)))


class Reshape(Layer):
    """Each row in another shape."""

    def __init__(self, target_shape: Any, **given: Any) -> None:
        super().__init__(**given)
        self.target_shape = sizes_of(target_shape)

    def call(self, inputs: Any) -> Any:
        sizes = tuple(-1 if size is None else size for size in self.target_shape)
        if -1 in sizes:
            known = prod(size for size in sizes if size != -1)
            sizes = tuple(prod(tuple(inputs.shape)[1:]) // known if size == -1 else size for size in sizes)
        return GENERATED["reshape"](inputs, (-1, *sizes))


class InputLayer(Layer):
    """Says what shape the inputs of a Sequential have; it is no layer of its own there."""

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        input_shape: Any = None,
        name: str | None = None,
    ) -> None:
        sizes = shape if shape is not None else input_shape
        if sizes is None:
            raise ValueError("You must pass a `shape` argument.")
        super().__init__(dtype=dtype, name=name)
        self.batch_shape = (batch_size, *sizes_of(sizes))
        self.built = True

    def call(self, inputs: Any) -> Any:
        return inputs


def Input(
    shape: Any = None, batch_size: int | None = None, dtype: Any = None, name: str | None = None, **given: Any
) -> InputLayer:
    """The shape of the inputs of a Sequential."""
    refuse("Input", given)
    return InputLayer(shape, batch_size, dtype, name=name)


LAYERS = {
    **{each.__name__: each for each in (Layer, Dense, Activation, ReLU, Softmax, Flatten, Reshape, InputLayer)},
    "Input": Input,
}

__getattr__, __dir__ = listed("keras.layers", LAYERS)
