"""Executors: what a graph is worth. The scalar one defines element-wise operators, the array one the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..graph import Node
from ..program import Program, program


def scalar_program(steps: Program) -> bool:
    """Whether plain floats can run the program: every value is a scalar and every operator is defined on floats."""
    return all(
        node.shape == ()
        and (
            node.op.scalar is not None
            or node.op.role in ("alias", "derivative")
            or (not node.inputs and node.op.numpy is None)  # a number or a leaf; a drawn number is NumPy's
        )
        for node in steps.nodes
    )


def execute(
    targets: Iterable[Node], feeds: Mapping[Node, Any], dtype: str = "float64", strict: bool = False
) -> Mapping[Node, Any]:
    """The value of every node that the targets depend on: floats of a scalar program, NumPy arrays otherwise.

    `feeds` holds the values of the leaves. `strict` flushes subnormal results to zero, as TensorFlow does.
    """
    steps = program(targets, feeds)
    scalar = scalar_program(steps) and all(isinstance(value, (int, float)) for value in feeds.values())
    return runner(scalar)(steps, feeds, dtype, strict)


def runner(scalar: bool) -> Callable[[Program, Mapping[Node, Any], str, bool], Mapping[Node, Any]]:
    """The executor on plain floats, or the one on arrays."""
    if scalar:
        from .scalar import run
    else:
        from .array import run
    return run
