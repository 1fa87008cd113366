"""Clipping by value and by length."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import Items
from ..engine.ops import control, piecewise
from . import calls, conversion
from .functions import static


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """max(min(t, clip_value_max), clip_value_min); the bounds count as inside."""
    operands = conversion.together([t, clip_value_min, clip_value_max])
    x = operands[0]
    for bound in operands[1:]:
        shapes = (x._shape, bound._shape)
        if None not in shapes and all(isinstance(size, int) for shape in shapes for size in shape):
            _check_bound(*shapes)
    return calls.elementwise(piecewise.clip, *operands)


def _check_bound(shape: tuple[int, ...], bound: tuple[int, ...]) -> None:
    try:
        fits = np.broadcast_shapes(shape, bound) == tuple(shape)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"Shapes {shape} and {bound} are incompatible: a bound cannot enlarge what is clipped")


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """The tensor, shortened to length clip_norm where it is longer."""
    x, limit = conversion.together([t, clip_norm])
    chosen = static(axes)
    return calls.compute(
        (control.clip_by_norm, chosen), lambda node, c: control.clip_by_norm.call([node, c, chosen], {}), (x, limit)
    )


def _parts(t_list: Any) -> tuple[list[Any], list[int]]:
    """The tensors of a list and their places; entries that are None are left out."""
    if not isinstance(t_list, (list, tuple)):
        raise TypeError("t_list should be a sequence")
    places = [place for place, each in enumerate(t_list) if each is not None]
    return (conversion.together([t_list[place] for place in places]) if places else []), places


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """The length of several tensors together; entries that are None are left out, and of nothing it is 0."""
    parts, places = _parts(t_list)
    if not parts:
        return conversion.constant(0.0)
    key = (control.global_norm, len(places))
    return calls.compute(key, lambda *nodes: control.global_norm.call([Items(nodes)], {}), parts)


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Any]:
    """The tensors, all scaled so that their common length is at most clip_norm, and that length; None stays in place."""
    parts, places = _parts(t_list)
    length = global_norm(t_list) if use_norm is None else conversion.convert_to_tensor(use_norm)
    result: list[Any] = [None] * len(t_list)
    if parts:
        limit, length = conversion.like(clip_norm, parts[0]), conversion.like(length, parts[0])

        def build(c: Any, norm: Any, *nodes: Any) -> Any:
            return list(control.clip_by_global_norm.call([Items(nodes), c, norm], {}))

        found = calls.compute((control.clip_by_global_norm, len(parts)), build, (limit, length, *parts))
        for place, each in zip(places, found, strict=True):
            result[place] = each
    return result, length
