"""What all layers have in common: they make their weights when they first see an input, and keep track of them."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from .. import conversion
from ..base import Readable
from ..creation import cast
from ..dtypes import as_dtype
from ..placeholders import placeholder
from ..shapes import sizes_of
from ..tensor import Tensor
from ..variable import Variable
from . import initializers
from .naming import path, unique, within
from .tracing import Tracing, aside

NOT_HERE = ("kernel_regularizer", "bias_regularizer", "activity_regularizer", "regularizer", "autocast")


class Weight(Variable):
    """A variable of a layer: `name` is that of the layer and its own, `path` that in the whole model."""

    __slots__ = ("path",)

    path: str


class Layer:
    """A function of tensors with weights. Subclasses state `call`, and make weights in `build` by `add_weight`."""

    def __init__(self, *, trainable: bool = True, dtype: Any = None, name: str | None = None, **given: Any) -> None:
        shape = given.pop("input_shape", None)
        if "input_dim" in given:
            shape = (given.pop("input_dim"),)
        refuse(type(self).__name__, given)
        self._own: list[Variable] = []
        self._fixed: set[int] = set()
        self._parts: list[Layer] = []
        self._trainable = bool(trainable)
        self.name = name or unique(type(self).__name__)
        self.dtype = as_dtype(dtype or "float32").name
        self.given_shape = None if shape is None else (None, *sizes_of(shape))
        self.built = False
        self.output_shape: tuple[int | None, ...] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        for each in _trackable(value):
            if not hasattr(self, "_own"):
                raise RuntimeError(
                    f"In layer {type(self).__name__}, call super().__init__() before setting layers or variables"
                )
            self._hold(each, getattr(each, "trainable", True))
        super().__setattr__(name, value)

    def _hold(self, each: Variable | Layer, trainable: bool) -> None:
        """Keeps track of a variable or a part; variables that are not trained stay so whatever happens to the layer."""
        held: list[Any] = self._own if isinstance(each, Variable) else self._parts
        if any(each is other for other in held):
            return
        held.append(each)
        if isinstance(each, Variable) and not trainable:
            self._fixed.add(id(each))

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Weight:
        """A new variable of the layer; without an initializer it starts from Glorot's uniform numbers."""
        if isinstance(shape, str):  # as it was in Keras 2
            raise TypeError("add_weight takes the shape first; give the name by name=")
        if regularizer is not None:
            raise NotImplementedError("diffcli.tensorflow has no regularizers; add the penalty to the loss")
        sizes, wanted = sizes_of(shape), as_dtype(dtype or self.dtype)
        if None in sizes:
            raise ValueError(f"the shape of a weight must be known, not {sizes}")
        start = initializers.get(initializer or ("glorot_uniform" if len(sizes) > 1 else "zeros"))
        own = name or "variable"
        made = Weight(
            start(sizes, dtype=wanted), trainable and self.trainable, name=f"{self.name}/{own}", constraint=constraint
        )
        made.path = path(self.name, own)
        self._hold(made, trainable)
        return made

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of a shape; a layer without weights has nothing to do."""

    def call(self, inputs: Any) -> Any:
        """The output for an input."""
        raise NotImplementedError(f"Layer {type(self).__name__} does not have a `call()` method implemented.")

    def __call__(self, inputs: Any, *rest: Any, **named: Any) -> Any:
        if isinstance(inputs, Layer):
            raise NotImplementedError(
                "diffcli.tensorflow has no functional models: use keras.Sequential, or a subclass of keras.Model"
            )
        given = self._converted(inputs)
        if not self.built:
            self.build_for(getattr(given, "shape", None))
        if "training" in named and "training" not in signature(self.call).parameters:
            named.pop("training")
        with within(self.name):
            result = self.call(given, *rest, **named)
        if isinstance(result, Tensor) and getattr(given, "shape", None) is not None:
            self.output_shape = (None, *tuple(result.shape)[1:]) if result.shape.rank else ()
        return result

    def _converted(self, inputs: Any) -> Any:
        """The input as a tensor; floats in the type of the layer."""
        if isinstance(inputs, (list, tuple)) and any(isinstance(each, (Tensor, Readable)) for each in inputs):
            return inputs
        given = inputs if isinstance(inputs, dict) else conversion.convert_to_tensor(inputs)
        floats = isinstance(given, Tensor) and given.dtype.kind == "float" and given.dtype.name != self.dtype
        return cast(given, self.dtype) if floats else given

    def build_for(self, shape: Any) -> None:
        """Builds the layer once, under its name."""
        if self.built:
            return
        with aside():
            self.build(tuple(shape) if shape is not None else None)
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the output for inputs of a shape: sizes that follow an open one are open."""
        found = []
        for trial in (2, 3):
            sizes = [trial if size is None else size for size in sizes_of(input_shape)]
            with Tracing().as_default(), within(self.name):
                found.append(tuple(self.call(placeholder(self.dtype, sizes)).shape))
        return tuple(one if one == other else None for one, other in zip(*found, strict=True))

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for each in self._own:
            if id(each) not in self._fixed:
                each.trainable = bool(value)
        for part in self._parts:
            part.trainable = value

    @property
    def weights(self) -> list[Variable]:
        """All variables of the layer and its parts."""
        found = {id(each): each for each in self._own}
        for part in self._parts:
            found |= {id(each): each for each in part.weights}
        return list(found.values())

    variables = weights

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that training changes."""
        return [each for each in self.weights if each.trainable]

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that training leaves as they are."""
        return [each for each in self.weights if not each.trainable]

    non_trainable_weights = non_trainable_variables

    def count_params(self) -> int:
        """The number of parameters."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't built. You can build it "
                "manually via: `layer.build(input_shape)`."
            )
        return parameters(self.weights)

    def get_weights(self) -> list[Any]:
        """The values of all variables as arrays."""
        return [each.numpy() for each in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces the values of all variables."""
        held = self.weights
        if len(weights) != len(held):
            raise ValueError(f"layer {self.name} has {len(held)} weights, {len(weights)} values were given")
        for variable, value in zip(held, weights, strict=True):
            variable.assign(conversion.constant(value, variable.dtype))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def parameters(variables: Sequence[Variable]) -> int:
    """How many numbers variables hold."""
    return sum(each.shape.num_elements() or 0 for each in variables)


def refuse(what: str, given: dict[str, Any]) -> None:
    """An error for arguments that are not known, or not here."""
    for name, value in given.items():
        if name not in NOT_HERE:
            raise ValueError(f"Unrecognized keyword arguments passed to {what}: {{{name!r}: {value!r}}}")
        if value is not None:
            raise NotImplementedError(f"diffcli.tensorflow has no layers with {name}")


def _trackable(value: Any) -> list[Any]:
    """The layers and variables in what is set as an attribute."""
    if isinstance(value, (Layer, Variable)):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [each for each in value if isinstance(each, (Layer, Variable))]
    return []
