"""Arithmetic of whole numbers, where it differs from that of floats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.op import Op
from . import calls
from .base import sign
from .dtypes import float64
from .errors import InvalidArgumentError

DIVIDE, FLOOR_DIVIDE, MOD, POWER = map(sign, ("/", "//", "%", "**"))


def whole(op: Op, inputs: Sequence[Any]) -> Any:
    """An operator on tensors of whole numbers: a quotient is a float64, and a divisor of 0 is an error."""
    if op is DIVIDE:
        from .creation import cast

        calls.check_types(FLOOR_DIVIDE, inputs)
        return calls.elementwise(DIVIDE, *(cast(each, float64) for each in inputs))
    if op in (FLOOR_DIVIDE, MOD) and _any(inputs[1]._value, lambda value: value == 0):
        raise InvalidArgumentError("Integer division by zero")
    if op is POWER and _any(inputs[1]._value, lambda value: value < 0):
        raise InvalidArgumentError("Integers to negative integer powers are not allowed")
    return calls.compute(op, op, inputs)


def _any(value: Any, holds: Any) -> bool:
    """Whether some element does; not of what has no value yet."""
    return value is not None and bool(np.any(holds(value)))
