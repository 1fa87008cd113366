"""tf.keras.Sequential: layers one after the other."""

from __future__ import annotations

from typing import Any

from ..shapes import sizes_of
from .layer import Layer
from .layers import InputLayer
from .model import Model
from .naming import within


class Sequential(Model):
    """Layers one after the other."""

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(trainable=trainable, name=name)
        for each in layers or ():
            self.add(each)

    def add(self, layer: Any) -> None:
        """Adds a layer at the end."""
        if not isinstance(layer, Layer):
            raise ValueError(f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer}")
        if any(each.name == layer.name for each in self._parts):
            raise ValueError(
                f"All layers added to a Sequential model should have unique names. Name '{layer.name}' is already used."
            )
        shape = layer.batch_shape if isinstance(layer, InputLayer) else layer.given_shape
        if not isinstance(layer, InputLayer):
            self._parts.append(layer)
            self.dtype = self._parts[0].dtype
        if shape is not None and len(self._parts) <= 1:
            self.given_shape = shape
        self.built = False
        if self.given_shape is not None:
            self.build(self.given_shape)

    def pop(self) -> Layer:
        """Takes the last layer away."""
        return self._parts.pop()

    def build(self, input_shape: Any = None) -> None:
        """Makes the weights of all layers for inputs of a shape."""
        shape = input_shape if input_shape is not None else self.given_shape
        if shape is None:
            raise ValueError("You must provide an `input_shape` argument.")
        sizes = tuple(sizes_of(shape))
        with within(self.name):
            for each in self._parts:
                each.build_for(sizes)
                sizes = each.output_shape = each.compute_output_shape(sizes)
        self.output_shape = sizes
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        found = inputs
        for each in self._parts:
            found = each(found, training=training)
        return found
