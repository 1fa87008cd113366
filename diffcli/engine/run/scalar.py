"""The executor on plain floats: no NumPy, IEEE results, never an exception. It defines every element-wise operator."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

from ..graph import Node
from ..program import TRANSPARENT, Program

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


def run(steps: Program, feeds: Mapping[Node, Any], dtype: str, strict: bool) -> dict[Node, Any]:
    """The value of each node of a scalar program."""
    values: dict[Node, Any] = {}
    single = dtype == "float32"
    smallest = SMALLEST[dtype] if strict else 0.0
    for node in steps.nodes:
        op = node.op
        if node in feeds:
            value = feeds[node]
        elif not node.inputs:
            value = op.scalar(*node.attributes) if op.scalar is not None else node.attributes[0]
        elif op.role in TRANSPARENT:
            values[node] = values[node.inputs[0]]
            continue
        else:
            assert op.scalar is not None
            value = op.scalar(*[values[parent] for parent in node.inputs], *node.attributes)
        if single and node.kind == "float":
            value = round_single(value)
        if smallest and node.kind == "float" and abs(value) < smallest:
            value = math.copysign(0.0, value)
        values[node] = value
    return values
