"""The executor on plain floats: no NumPy, IEEE results, never an exception. It defines every element-wise operator."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from ..graph import Node, is_large
from ..program import TRANSPARENT, Program

if TYPE_CHECKING:
    from array import array

_single = struct.Struct("f")
SMALLEST = {"float64": 2.2250738585072014e-308, "float32": 1.1754943508222875e-38}


def round_single(value: Any) -> Any:
    """The nearest float32, as a float."""
    if isinstance(value, float):
        try:
            return _single.unpack(_single.pack(value))[0]
        except OverflowError:
            return math.copysign(math.inf, value)
    return value


class Values(Mapping[Node, float]):
    """The values of many nodes of one graph: 9 bytes for each node up to the last of them."""

    __slots__ = ("cells", "known", "nodes")

    def __init__(self, nodes: Sequence[Node]) -> None:
        size = nodes[-1].order + 1
        self.nodes = nodes
        from array import array  # a library that small graphs do without

        self.cells: array[float] = array("d", bytes(8 * size))
        self.known = bytearray(size)
        for node in nodes:
            self.known[node.order] = 1

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Node) and node.order < len(self.known) and self.known[node.order] == 1

    def __getitem__(self, node: Node) -> float:
        if node not in self:
            raise KeyError(node)
        return self.cells[node.order]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)


def run(steps: Program, feeds: Mapping[Node, Any], dtype: str, strict: bool) -> Mapping[Node, Any]:
    """The value of each node of a scalar program."""
    nodes = steps.nodes
    if is_large(nodes) and all(node.kind == "float" for node in nodes):
        values = Values(nodes)
        compute(nodes, feeds, dtype, strict, values.cells)
        return values
    found: dict[int, Any] = {}
    compute(nodes, feeds, dtype, strict, found)
    return {node: found[node.order] for node in nodes}


def compute(
    nodes: Sequence[Node],
    feeds: Mapping[Node, Any],
    dtype: str,
    strict: bool,
    values: MutableMapping[int, Any] | array[float],
) -> None:
    """Puts the value of each node in the place of its order."""
    single = dtype == "float32"
    smallest = SMALLEST[dtype] if strict else 0.0
    for node in nodes:
        op = node.op
        if node in feeds:
            value = feeds[node]
        elif not node.inputs:
            value = op.scalar(*node.attributes) if op.scalar is not None else node.attributes[0]
        elif op.role in TRANSPARENT:
            values[node.order] = values[node.inputs[0].order]
            continue
        else:
            assert op.scalar is not None
            value = op.scalar(*[values[parent.order] for parent in node.inputs], *node.attributes)
        if single and node.kind == "float":
            value = round_single(value)
        if smallest and node.kind == "float" and abs(value) < smallest:
            value = math.copysign(0.0, value)
        values[node.order] = value
