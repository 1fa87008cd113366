"""x[i, a:b]: positions, slices, `...`, new axes, and whole-number or truth tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import ROLES
from . import calls, conversion
from . import tensor as tensors
from .errors import InvalidArgumentError


def picked(x: Any, items: Any) -> Any:
    """The elements at the given positions."""
    listed = items if isinstance(items, tuple) else (items,)
    if len(listed) == 1 and _is_mask(listed[0]):
        return masked(x, listed[0])
    if len(listed) == 1 and isinstance(listed[0], (list, np.ndarray)):
        raise TypeError(
            "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tensors are "
            "valid indices; tf.gather takes several"
        )
    places: list[Any] = []
    added: list[int] = []  # where the result gets axes of size 1
    axis = 0
    rank = len(x._shape)
    taken = sum(1 for each in listed if each is not None and each is not Ellipsis)
    for each in listed:
        if each is None:
            added.append(axis)
            axis += 1
        elif each is Ellipsis:
            places.append(("rest",))
            axis += rank - taken
        else:
            places.append(_item(each))
            axis += places[-1][0] == "slice"
    key = ("index", tuple(places), tuple(added))
    return calls.compute(key, lambda node: _index(node, tuple(places), added), (x,))


def _index(node: Any, places: tuple[Any, ...], added: list[int]) -> Any:
    found = ROLES["index"].call([node, places], {}) if places else node
    if added:
        shape = list(found.shape)
        for axis in added:
            shape.insert(axis, 1)
        found = ROLES["reshape"](found, tuple(shape))
    return found


def _item(item: Any) -> tuple[Any, ...]:
    if isinstance(item, slice):
        return ("slice", *(_whole(each) for each in (item.start, item.stop, item.step)))
    return ("at", _whole(item))


def _whole(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, (tensors.Tensor, np.ndarray, np.generic)) and np.ndim(value) == 0:
        value = np.asarray(value)[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"an index is a whole number, not {value!r}")
    return int(value)


def _is_mask(item: Any) -> bool:
    if isinstance(item, tensors.Tensor):
        return item.dtype.kind == "bool"
    return isinstance(item, np.ndarray) and item.dtype == bool


def masked(x: Any, mask: Any) -> Any:
    """The elements at the places where a truth tensor of known value holds, in a row."""
    truth = np.asarray(mask)
    rank = truth.ndim
    if not rank or truth.shape != tuple(x.shape[:rank]):
        raise InvalidArgumentError(f"a mask of shape {truth.shape} does not fit a tensor of shape {x.shape}")
    flat = np.flatnonzero(truth)
    places = conversion.constant(flat.astype(np.int64))
    shape = (truth.size, *tuple(x.shape[rank:]))

    def build(node: Any, indices: Any) -> Any:
        return ROLES["gather"].call([ROLES["reshape"](node, shape), indices, 0], {})

    return calls.compute(("masked", shape), build, (x, places))
