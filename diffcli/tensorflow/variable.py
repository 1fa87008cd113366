"""Variables: values that a program replaces, watched by tapes and kept by sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np

from . import calls, conversion
from . import tensor as tensors
from .base import Readable
from .dtypes import DType, as_dtype
from .operators import Operators
from .settings import SETTINGS
from .shapes import TensorShape
from .trace import RECORDING

_serial = count()


class Variable(Readable, Operators):
    """A value that can be replaced, with a name and a type that stay.

    In a graph its value belongs to a session, which gets the initial one when `global_variables_initializer` is run.
    """

    __slots__ = (
        "__weakref__",
        "_epoch",
        "_initial",
        "_name",
        "_tensor",
        "constraint",
        "dtype",
        "graph",
        "serial",
        "trainable",
    )

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool = True,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[[Any], Any] | None = None,
        **unused: Any,
    ) -> None:
        if initial_value is None:
            raise ValueError("The `initial_value` arg to `tf.Variable` must be specified.")
        graph = calls.active_graph()
        made = initial_value() if callable(initial_value) and not isinstance(initial_value, Variable) else initial_value
        wanted = None if dtype is None else as_dtype(dtype)
        self._initial = conversion.convert_to_tensor(made, None if isinstance(made, tensors.Tensor) else wanted)
        if wanted is not None and self._initial.dtype is not wanted:
            raise ValueError(f"Tensor conversion requested dtype {wanted.name} for {self._initial!r}")
        self.dtype: DType = self._initial.dtype
        self.trainable = bool(trainable)
        self.constraint = constraint
        self.graph = graph
        self.serial = next(_serial)
        self._tensor: Any = None
        self._epoch = SETTINGS.epoch
        if graph is None:
            self._tensor = tensors.Tensor(self._initial._value, self.dtype)
            self._name = name or "Variable"
        else:
            self._name = graph.add_variable(self, name or "Variable")

    @property
    def name(self) -> str:
        return f"{self._name}:0"

    @property
    def shape(self) -> TensorShape:
        found: TensorShape = (self._initial if self._tensor is None else self._tensor).shape
        return found

    @property
    def _shape(self) -> Any:
        return (self._initial if self._tensor is None else self._tensor)._shape

    @property
    def initial_value(self) -> Any:
        """The tensor that it starts from."""
        return self._initial

    @property
    def initializer(self) -> Any:
        """The operation of a graph that gives it its initial value."""
        return calls.active_graph().initializer([self])

    def get_shape(self) -> TensorShape:
        return self.shape

    def _read(self) -> Any:
        """The tensor of the value that it has now; every tape takes note of it."""
        graph = calls.active_graph() or self.graph
        if graph is not None:
            return graph.variable(self)
        if self._epoch != SETTINGS.epoch:
            # What another tape read before is a tensor of its own, which a new one does not follow.
            self._epoch = SETTINGS.epoch
            self._tensor = tensors.Tensor(self._tensor._value, self.dtype)
        for recording in RECORDING:
            recording.touch(self)
        SETTINGS.read_at_once = True
        return self._tensor

    def value(self) -> Any:
        """Its value as a tensor of its own."""
        from .functions import identity

        return identity(self)

    read_value = value

    def numpy(self) -> Any:
        """The value that it has now, as NumPy has it."""
        if self._tensor is None:
            raise NotImplementedError("numpy() is only available when eager execution is enabled.")
        return self._tensor.numpy()

    def eval(self, session: Any = None) -> Any:
        return self._read().eval(session=session)

    def assign(self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True) -> Any:
        """Replaces the value; in a graph the operation that does so when it is run."""
        return self._replaced(value, None)

    def assign_add(self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True) -> Any:
        """Adds to the value."""
        return self._replaced(delta, 1)

    def assign_sub(self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True) -> Any:
        """Subtracts from the value."""
        return self._replaced(delta, -1)

    def _replaced(self, given: Any, sign: int | None) -> Any:
        graph = calls.active_graph()
        if graph is None and self.graph is None:
            self._set(self._next(conversion.like(given, self), sign, self._tensor))
            return self
        owner = graph or self.graph
        with owner.as_default():
            value = self._next(conversion.like(given, self), sign, self._read())
        return owner.assignment(self, value)

    def _next(self, given: Any, sign: int | None, now: Any) -> Any:
        """The value after an assignment; no tape sees how it came about."""
        held, RECORDING[:] = RECORDING[:], []
        try:
            value = given if sign is None else now + given if sign > 0 else now - given
        finally:
            RECORDING[:] = held
        if value.dtype is not self.dtype:
            raise ValueError(f"Cannot assign a {value.dtype.name} to variable '{self.name}' of type {self.dtype.name}")
        if value._shape is not None and value._shape != self._shape:
            raise ValueError(
                f"Cannot assign value to variable '{self.name}': Shape mismatch. The variable shape {self.shape}, "
                f"and the assigned value shape {value.shape} are incompatible."
            )
        return value

    def _set(self, tensor: Any) -> None:
        """Takes over the value of a tensor."""
        self._tensor = tensors.Tensor(tensor._value, self.dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.numpy(), dtype=dtype)

    def __float__(self) -> float:
        return float(self._read())

    def __int__(self) -> int:
        return int(self._read())

    def __bool__(self) -> bool:
        return bool(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._read())

    def __format__(self, form: str) -> str:
        return format(self._read(), form) if form else str(self)

    def __repr__(self) -> str:
        head = f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}"
        if self._tensor is None:
            return f"{head}>"
        return f"{head}, numpy={tensors.value_text(self)}>"
