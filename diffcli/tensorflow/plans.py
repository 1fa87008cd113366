"""Tensors of a graph as nodes of the engine: for given shapes, with the program of their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.op import leaf
from .books import Book
from .evaluation import Evaluation
from .graph_mode import Source
from .tensor import Tensor
from .trace import Trace


def needed(tensors: Sequence[Tensor], given: Sequence[Tensor] = ()) -> list[Tensor]:
    """The tensors that others are computed from, themselves included, in the order of computing."""
    seen = {id(each): each for each in tensors}
    stop = {id(each) for each in given}
    stack = list(tensors)
    while stack:
        tensor = stack.pop()
        if id(tensor) in stop or tensor.source is None:
            continue
        for each in tensor.source.inputs:
            if id(each) not in seen:
                seen[id(each)] = each
                stack.append(each)
    return sorted(seen.values(), key=lambda each: each.source.serial if each.source else 0)


def instantiated(order: Sequence[Tensor], shapes: dict[int, Any], strict: bool) -> tuple[Trace, list[Tensor]]:
    """Nodes for tensors, those in `shapes` as leaves of the given shapes, and the tensors that are leaves."""
    trace = Trace(Book(strict), False)
    leaves: list[Tensor] = []
    for tensor in order:
        source = _source(tensor)
        if source.kind != "step" or id(tensor) in shapes:
            shape = shapes.get(id(tensor), source.shape)
            node = leaf(trace.book.graph, "", tensor.dtype.name, shape, tensor.dtype.kind)
            leaves.append(tensor)
            trace.nodes[id(tensor)] = node
            trace.tensors[node] = tensor
    for tensor in order:
        if id(tensor) in trace.nodes:
            continue
        source = _source(tensor)
        assert source.build is not None
        operands = tuple([trace.nodes[id(each)] for each in source.inputs])
        found = trace.book.build(source.key, source.build, operands)
        for each, node in zip(source.results, found, strict=True):
            if id(each) not in trace.nodes:  # else it is fed
                trace.put(each, node)
    return trace, leaves


def _source(tensor: Tensor) -> Source:
    assert tensor.source is not None
    return tensor.source


class Plan:
    """What a session runs for some tensors and shapes of what is fed."""

    __slots__ = ("evaluation", "leaves", "tensors")

    def __init__(
        self, tensors: Sequence[Tensor], shapes: dict[int, Any], given: Sequence[Tensor], strict: bool
    ) -> None:
        trace, self.leaves = instantiated(needed(tensors, given), shapes, strict)
        self.tensors = tuple(tensors)  # kept alive: the key of a plan is made of their identities
        reads = [trace.nodes[id(each)] for each in self.leaves]
        types = {node: each.dtype.name for node, each in zip(reads, self.leaves, strict=True) if node.kind == "float"}
        self.evaluation = Evaluation([trace.nodes[id(each)] for each in tensors], reads, types, strict)
