"""Several tensors put together, and one taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.op import ROLES, Items
from . import calls, conversion
from .errors import InvalidArgumentError


def stack(values: Any, axis: int = 0, name: str | None = None) -> Any:
    """Tensors of one shape laid along a new axis."""
    return _joined("stack", conversion.together(list(values)), axis)


def concat(values: Any, axis: int, name: str | None = None) -> Any:
    """Tensors joined along an axis that they have."""
    listed = list(values) if isinstance(values, (list, tuple)) else [values]
    return _joined("concat", conversion.together(listed), int(axis))


def _joined(role: str, parts: Sequence[Any], axis: int) -> Any:
    for each in parts[1:]:
        if each.dtype is not parts[0].dtype:
            raise InvalidArgumentError(
                f"cannot compute {role}: one tensor is of type {parts[0].dtype.name}, another {each.dtype.name}"
            )
    return calls.compute((role, axis), lambda *nodes: ROLES[role].call([Items(nodes)], {"axis": axis}), parts)


def packed(values: Any, dtype: Any = None) -> Any:
    """Nested lists that hold tensors, as one tensor."""
    parts = [packed(each, dtype) if isinstance(each, (list, tuple)) else each for each in values]
    return stack(conversion.together(parts, dtype))


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> Any:
    """The slices of a tensor along an axis."""
    x = conversion.convert_to_tensor(value)
    place = axis % len(x._shape)
    sizes = [1] * x._shape[place]
    return [_squeezed(each, place) for each in split(x, sizes, place)]


def _squeezed(x: Any, axis: int) -> Any:
    shape = (*x._shape[:axis], *x._shape[axis + 1 :])
    return calls.compute(("reshape", shape), lambda node: ROLES["reshape"](node, shape), (x,))


def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: Any = None, name: str = "split") -> Any:
    """A tensor taken apart along an axis, in equal parts or in parts of the given sizes."""
    x = conversion.convert_to_tensor(value)
    place = int(axis) % len(x._shape)
    whole = x._shape[place]
    sizes = _sizes(num_or_size_splits, whole)
    full = ("slice", None, None, None)

    def build_parts(node: Any) -> list[Any]:
        parts, start = [], 0
        for size in sizes:
            items = (*(full,) * place, ("slice", start, start + size, None))
            parts.append(ROLES["index"].call([node, items], {}))
            start += size
        return parts

    return calls.compute(("split", place, sizes), build_parts, (x,))


def _sizes(given: Any, whole: int) -> tuple[int, ...]:
    if not hasattr(given, "__iter__"):
        count = int(given)
        if count <= 0 or whole % count:
            raise InvalidArgumentError(f"an axis of size {whole} cannot be split into {count} equal parts")
        return (whole // count,) * count
    sizes = [int(each) for each in given]
    if -1 in sizes:
        sizes[sizes.index(-1)] = whole - sum(sizes) - 1
    if sum(sizes) != whole:
        raise InvalidArgumentError(f"parts of sizes {sizes} do not make up an axis of size {whole}")
    return tuple(sizes)
