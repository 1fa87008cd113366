"""The types of tensors, under TensorFlow's names."""

from __future__ import annotations

from typing import Any

import numpy as np


class DType:
    """A type of tensor elements. `kind` is the engine's: "float", "int" or "bool"; texts are "string"."""

    __slots__ = ("kind", "name", "numpy")

    def __init__(self, name: str, kind: str, numpy: Any = None) -> None:
        self.name = name
        self.kind = kind
        self.numpy = np.dtype(name if numpy is None else numpy)

    @property
    def as_numpy_dtype(self) -> Any:
        return self.numpy.type

    @property
    def base_dtype(self) -> DType:
        return self

    @property
    def is_floating(self) -> bool:
        return self.kind == "float"

    @property
    def is_integer(self) -> bool:
        return self.kind == "int"

    @property
    def is_bool(self) -> bool:
        return self.kind == "bool"

    def __eq__(self, other: object) -> bool:
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __repr__(self) -> str:
        return f"tf.{self.name}"


float32 = DType("float32", "float")
float64 = DType("float64", "float")
int8 = DType("int8", "int")
int16 = DType("int16", "int")
int32 = DType("int32", "int")
int64 = DType("int64", "int")
uint8 = DType("uint8", "int")
bool_ = DType("bool", "bool")
string = DType("string", "string", "O")

DTYPES = {each.name: each for each in (float32, float64, int8, int16, int32, int64, uint8, bool_, string)}
ALIASES: dict[Any, DType] = {"double": float64, "float": float32, float: float32, int: int32, bool: bool_, str: string}
# Whole numbers are computed as floats of double precision, which hold them exactly up to here.
EXACT = 2**53


def as_dtype(given: Any) -> DType:
    """The type that a name, a type of NumPy's or a type of Python's stands for."""
    if isinstance(given, DType):
        return given
    if given is None:
        raise TypeError("Cannot convert None to a TensorFlow DType.")
    found = ALIASES.get(given) if isinstance(given, (str, type)) else None
    found = found or (DTYPES.get(given) if isinstance(given, str) else None)
    if found is None:
        try:
            numpy = np.dtype(given)
        except TypeError:
            raise TypeError(f"Cannot convert the argument {given!r} to a TensorFlow DType.") from None
        found = string if numpy.kind in "USO" else DTYPES.get(numpy.name)
    if found is None:
        raise TypeError(f"diffcli.tensorflow has no type {given}: there are {', '.join(DTYPES)}")
    return found
