"""Rules on arrays as calls: a rule is run once, on stand-ins for arrays that note which ufuncs are called on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .calls import BITWISE, FLOAT, SINGLE, TRUTH, TRUTHS, Calls, Value


class Unfit(Exception):
    """A rule does something that is not noted; it is to be applied to arrays as it is."""


class StandIn(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of which only the type is known."""

    def __init__(self, calls: Calls, value: Value) -> None:
        self.calls = calls
        self.value = value

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> StandIn:
        if method != "__call__" or named or ufunc.nout != 1:
            raise Unfit
        operands = self._lifted(inputs)
        name = ufunc.__name__
        if all(each.type == TRUTH for each in operands) and name not in TRUTHS and name not in BITWISE:
            raise Unfit
        return StandIn(self.calls, self.calls.ufunc(name, *operands))

    def __array_function__(self, function: Any, types: Any, operands: Sequence[Any], named: Any) -> StandIn:
        if function is not np.where or len(operands) != 3 or named:
            raise Unfit
        condition, yes, no = operands[0], *self._lifted(operands[1:])
        if not isinstance(condition, StandIn):
            raise Unfit
        type = FLOAT if yes.type != no.type else yes.type
        choices = (self.calls.convert(each, type) for each in (yes, no))
        return StandIn(self.calls, self.calls.select(self.calls.convert(condition.value, TRUTH), *choices))

    def astype(self, type: Any) -> StandIn:
        return StandIn(self.calls, self.calls.convert(self.value, np.dtype(type).name))

    def __bool__(self) -> bool:
        raise Unfit

    def _lifted(self, operands: Sequence[Any]) -> list[Value]:
        """Values; a number of Python's takes the type of the arrays that it meets."""
        types = {each.value.type for each in operands if isinstance(each, StandIn)}
        weak = SINGLE if SINGLE in types and FLOAT not in types else FLOAT
        if any(not isinstance(each, (StandIn, float, int)) for each in operands):
            raise Unfit
        return [
            each.value
            if isinstance(each, StandIn)
            else self.calls.constant(each, TRUTH if isinstance(each, bool) else weak)
            for each in operands
        ]


def traced(calls: Calls, rule: Callable[..., Any], operands: Sequence[Value], attributes: Sequence[Any]) -> Value:
    """The result of a rule, as calls."""
    try:
        result = rule(np, *[StandIn(calls, each) for each in operands], *attributes)
    except (Unfit, AttributeError, TypeError):
        result = None
    if isinstance(result, StandIn):
        return result.value
    type = FLOAT if FLOAT in {each.type for each in operands} else SINGLE
    return calls.apply(lambda *arrays: rule(np, *arrays, *attributes), operands, type)
