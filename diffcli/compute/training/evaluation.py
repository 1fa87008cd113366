"""Values at given variables, many times: a program that is made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...engine.graph import Node
from ...engine.program import program
from ...engine.run import scalar_program

Evaluation = Callable[[Sequence[Any]], Sequence[Any]]


def evaluation(targets: Sequence[Node], inputs: Sequence[Node], dtype: str, strict: bool) -> Evaluation:
    """The targets as a function of the inputs' values; arrays are valid until the next call."""
    targets, inputs = list(targets), list(inputs)
    if scalar_program(program(targets, inputs)):
        from ...engine.run.point import compile_point

        point = compile_point(targets, inputs, dtype, strict)
        return lambda values: point(*map(float, values))
    from ...engine.run.tensors import plan

    planned = plan(targets, inputs, dtype, strict)
    return planned.run
