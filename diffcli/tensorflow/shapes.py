"""Shapes of tensors, as TensorFlow prints them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class TensorShape(tuple[int | None, ...]):
    """The sizes of a tensor; None stands for one that is not known yet."""

    __slots__ = ()

    @property
    def rank(self) -> int:
        return len(self)

    ndims = rank

    def as_list(self) -> list[int | None]:
        return list(self)

    def is_fully_defined(self) -> bool:
        return None not in self

    def num_elements(self) -> int | None:
        count = 1
        for size in self:
            if size is None:
                return None
            count *= size
        return count

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return TensorShape(found) if isinstance(place, slice) else found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (tuple, list)) and tuple(self) == tuple(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return super().__hash__()

    def __str__(self) -> str:
        return super().__repr__()

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"


class UnknownShape:
    """The shape of a tensor of which not even the number of axes is known."""

    rank = ndims = None

    def is_fully_defined(self) -> bool:
        return False

    def as_list(self) -> list[int | None]:
        raise ValueError("as_list() is not defined on an unknown TensorShape.")

    def __iter__(self) -> Any:
        raise ValueError("Cannot iterate over a shape with unknown rank.")

    def __str__(self) -> str:
        return "<unknown>"

    def __repr__(self) -> str:
        return "TensorShape(None)"


def known_sizes(shape: Any) -> tuple[int, ...]:
    """The same, all of whose sizes are numbers."""
    sizes = sizes_of(shape)
    if None in sizes:
        raise ValueError(f"a shape with sizes that are known is needed, not {shape}")
    return tuple(size for size in sizes if size is not None)


def sizes_of(shape: Any) -> tuple[int | None, ...]:
    """A shape argument as a tuple: a number, a list, a tensor of whole numbers."""
    if hasattr(shape, "numpy"):
        shape = shape.numpy()
    listed: Iterable[Any] = shape if hasattr(shape, "__iter__") else (shape,)
    sizes = []
    for size in listed:
        value = size.numpy() if hasattr(size, "numpy") else size
        if value is not None and int(value) != value:
            raise TypeError(f"a size must be a whole number, not {value}")
        if value is not None and value < 0:
            value = None
        sizes.append(None if value is None else int(value))
    return tuple(sizes)
