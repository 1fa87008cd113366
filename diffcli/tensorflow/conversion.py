"""From what a program writes to tensors: numbers, lists, arrays, variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.run.scalar import round_single
from . import tensor as tensors
from .base import Readable
from .dtypes import EXACT, DType, as_dtype, float32, float64, int32, int64, string


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """A tensor of numbers; floats of Python become float32, whole numbers int32, arrays keep their type.

    With a shape the elements are laid out in it, and a single one is repeated.
    """
    from .calls import active_graph
    from .shapes import known_sizes

    if isinstance(value, (tensors.Tensor, Readable)):
        return convert_to_tensor(value, dtype)
    wanted = None if dtype is None else as_dtype(dtype)
    made = valued(value, wanted)
    if shape is not None:
        array, sizes = made.numpy(), known_sizes(shape)
        if np.size(array) not in (1, int(np.prod(sizes))):
            raise TypeError(f"a tensor of shape {sizes} needs {int(np.prod(sizes))} numbers, not {np.size(array)}")
        array = np.full(sizes, array) if np.size(array) == 1 else np.reshape(array, sizes)
        made = from_array(np.asarray(array), made.dtype)
    made.given = True
    graph = active_graph()
    return made if graph is None else graph.value(made, name)


def typed(value: Any, dtype: DType) -> Any:
    """Numbers or an array as a tensor of a type, with its value whatever the program is."""
    return _typed(np.asarray(value), dtype, value, cut=True)


def convert_to_tensor(
    value: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None, dtype_hint: Any = None
) -> Any:
    """The tensor that a value stands for; one that is a tensor already stays itself."""
    wanted = None if dtype is None else as_dtype(dtype)
    hint = preferred_dtype if dtype_hint is None else dtype_hint
    if isinstance(value, Readable):
        value = value._read()
    if isinstance(value, tensors.Tensor):
        if wanted is not None and value.dtype is not wanted:
            raise ValueError(
                f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype {value.dtype.name}: {value!r}"
            )
        return value
    if isinstance(value, (list, tuple)) and _holds_tensors(value):
        from .joining import packed

        return packed(value, wanted)
    if wanted is None and hint is not None:
        try:
            return constant(value, hint, name=name)
        except (TypeError, ValueError):
            pass
    return constant(value, wanted, name=name)


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_tensors, value))
    return isinstance(value, (tensors.Tensor, Readable))


def valued(value: Any, dtype: DType | None) -> Any:
    """A tensor with its value, whatever the program is, from numbers, lists of them, or an array."""
    if type(value) is float and dtype in (None, float32, float64):
        kept = dtype or float32
        return tensors.Tensor(round_single(value) if kept is float32 else value, kept)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"Can't convert non-rectangular Python sequence to Tensor: {value!r}") from None
    if array.dtype == object and array.size and not all(isinstance(each, (str, bytes)) for each in array.ravel()):
        raise ValueError(
            f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a Tensor."
        )
    if dtype is None:
        dtype = as_dtype(array.dtype) if isinstance(value, (np.ndarray, np.generic)) else _of_python(array)
    return _typed(array, dtype, value)


def _of_python(array: Any) -> DType:
    """The type that numbers of Python get when none is asked for."""
    if array.dtype.kind == "f":
        return float32
    if array.dtype.kind not in "iu":
        return as_dtype(array.dtype)
    fits = not array.size or (array.min() >= -(2**31) and array.max() < 2**31)
    return int32 if fits else int64


def _typed(array: Any, dtype: DType, value: Any, cut: bool = False) -> Any:
    """An array as a tensor of a type that can hold it; `cut` lets floats become whole numbers."""
    kind = array.dtype.kind
    fitting = {
        "float": "fiub",
        "int": "iuf" if cut else "iu",
        "bool": "b",
        "string": "USO",
    }[dtype.kind]
    if kind not in fitting and array.size:
        raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {dtype.name}")
    if dtype is string:
        return from_array(_texts(array), string)
    if dtype.kind == "int" and array.size:
        fits = np.iinfo(dtype.numpy)
        if array.min() < fits.min or array.max() > fits.max:
            raise ValueError(f"{value!r} does not fit {dtype.name}")
        if max(abs(int(array.min())), abs(int(array.max()))) > EXACT:
            raise ValueError(f"whole numbers beyond 2**53 are not computed with exactly: {value!r}")
    with np.errstate(over="ignore"):
        return from_array(array.astype(dtype.numpy), dtype)


def _texts(array: Any) -> Any:
    """Texts as bytes, which is how TensorFlow holds them."""
    texts = np.empty(array.shape, object)
    for place, each in np.ndenumerate(array):
        texts[place] = each.encode() if isinstance(each, str) else each
    return texts


def from_array(array: Any, dtype: DType) -> Any:
    """A tensor of an array of its own type, which nobody else changes."""
    if dtype.kind == "float" and not array.shape:
        return tensors.Tensor(float(array), dtype)
    return tensors.Tensor(array, dtype)


def like(value: Any, other: Any) -> Any:
    """An operand as a tensor; numbers and arrays adopt the type of the tensor that they meet."""
    if isinstance(value, (tensors.Tensor, Readable)):
        return convert_to_tensor(value)
    dtype = other.dtype
    if type(value) is float and dtype.kind == "float" and other.graph is None:
        return tensors.Tensor(round_single(value) if dtype is float32 else value, dtype)
    return convert_to_tensor(value, None if isinstance(value, np.ndarray) else dtype, dtype_hint=dtype)


def together(values: Sequence[Any], dtype: Any = None) -> list[Any]:
    """Several operands as tensors, those without a type of their own in the type of the first that has one."""
    first = next((each for each in values if isinstance(each, (tensors.Tensor, Readable))), None)
    if first is None:
        made = [convert_to_tensor(each, dtype) for each in values]
        floats = [each.dtype for each in made if each.dtype.kind == "float"]
        if dtype is None and floats and any(each.dtype.kind == "int" for each in made):
            made = [convert_to_tensor(each, floats[0]) for each in values]
        return made
    met = first._read() if isinstance(first, Readable) else first
    return [like(each, met) for each in values]
