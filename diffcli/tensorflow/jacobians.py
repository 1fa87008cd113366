"""Matrices of derivatives of what a tape recorded: one sweep for each element, its program made once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from ..engine import diff, higher
from ..engine.diff import Contribution
from ..engine.graph import Node
from ..engine.op import ROLES, constant
from . import conversion
from .trace import RECORDING, Trace, vanishing


def full(trace: Trace, y: Any, source: Any) -> Any:
    """All partial derivatives, of shape y.shape + source.shape; None where no path leads."""
    return assembled(trace, y, source, units(y), 0, (*y.shape, *source.shape))


def by_batch(trace: Trace, y: Any, source: Any) -> Any:
    """The derivatives of each row of a target by the same row of the source."""
    rest = y.shape[1:]
    seeds = [np.broadcast_to(each.reshape(rest), y.shape) for each in np.eye(prod(rest))]
    return assembled(trace, y, source, seeds, 1, (*y.shape, *source.shape[1:]))


def units(y: Any) -> list[Any]:
    """One array for each element of a tensor: 1 in its place, 0 elsewhere."""
    shape = tuple(y.shape)
    return [each.reshape(shape) for each in np.eye(prod(shape))]


def seeded(seed: Node) -> Contribution:
    """What goes into a sweep. Its zeros mean that nothing is there, so they are not multiplied by what may be infinite."""
    if seed.shape == () or seed.graph.strict:
        return Contribution(seed)
    return Contribution(seed, ((ROLES["not_equal"](seed, 0.0), True),))


def assembled(trace: Trace, y: Any, source: Any, seeds: Sequence[Any], axis: int, shape: tuple[int, ...]) -> Any:
    """The gradients of a target under several weights, side by side along an axis and then in a shape."""
    target, sources = trace.node_of(y), tuple(trace.nodes_of(source))

    def gradient(weight: Node) -> Node | None:
        found = diff.sweep([(target, seeded(weight))], sources)
        live = [each for each in vanishing([target], sources, found) if each is not None]
        return None if not live else live[0] if len(live) == 1 else sum(live[1:], live[0])

    def node_of_all() -> list[Node | None]:
        parts = [gradient(_constant(target, seed)) for seed in seeds]
        live = [each for each in parts if each is not None]
        if not live or not parts:
            return [None]
        return [ROLES["reshape"](higher.stack([each for each in parts if each is not None], axis), shape)]

    if RECORDING and seeds:
        whole = ("matrix", target, sources, axis, shape, len(seeds))
        return trace.derived_tensors(whole, node_of_all, [y], [source.dtype])[0]
    rows = []
    for seed in seeds:
        weight = trace.weight("seed", conversion.from_array(np.asarray(seed, y.dtype.numpy), y.dtype))
        key = ("row", target, sources, weight)
        _, (value,) = trace.derive(key, partial(lambda one: [gradient(one)], weight), y.dtype.name)
        if value is None:
            return None
        rows.append(value)
    if not rows:
        return conversion.from_array(np.zeros(shape, source.dtype.numpy), source.dtype)
    table = np.stack([np.asarray(each) for each in rows], axis).reshape(shape)
    return conversion.from_array(table.astype(source.dtype.numpy), source.dtype)


def _constant(y: Node, seed: Any) -> Node:
    """Weights that are known beforehand, as a node."""
    if not seed.shape:
        return constant(y.graph, float(seed))
    shape = tuple(seed.shape)
    return y.graph.intern(ROLES["tensor"], (), (shape, tuple(seed.ravel().tolist())), shape, "float")
