"""Structures of tensors: lists, tuples and dicts, one in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def flatten(structure: Any) -> list[Any]:
    """The entries of a structure in order; the keys of a dict in sorted order."""
    if isinstance(structure, Mapping):
        return [leaf for key in _sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for each in structure for leaf in flatten(each)]
    return [structure]


def _sorted(mapping: Mapping[Any, Any]) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError:
        return list(mapping)


def packed_like(structure: Any, leaves: Iterator[Any]) -> Any:
    """Entries in the form of another structure."""
    if isinstance(structure, Mapping):
        found = {key: packed_like(structure[key], leaves) for key in _sorted(structure)}
        return type(structure)((key, found[key]) for key in structure)  # type: ignore[call-arg]  # a mapping is made of pairs
    if isinstance(structure, (list, tuple)):
        parts = [packed_like(each, leaves) for each in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else type(structure)(parts)
    return next(leaves)


def mapped(function: Callable[..., Any], structure: Any) -> Any:
    """The structure with a function applied to each entry."""
    return packed_like(structure, iter([function(each) for each in flatten(structure)]))


def alike(one: Any, other: Any) -> bool:
    """Whether two structures have entries in the same places; numbers in lists are no structure of tensors."""
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)):
        listed = isinstance(other, (list, tuple)) and len(one) == len(other)
        return listed and all(map(alike, one, other))
    return not isinstance(other, Mapping)
