"""What the other parts share: operands that hold a tensor, and the operators of Python's signs."""

from __future__ import annotations

from typing import Any

from ..engine import ops as _table
from ..engine.op import ALIASES, OPS, ROLES, Op

assert _table  # the operators are registered by importing their table
# What it gives is a constant for tapes, as is what was computed before they were entered.
STOP = ROLES["stop"]


class Readable:
    """What gives a tensor when it is read, without being one: a variable, a weight of a layer."""

    __slots__ = ()

    def _read(self) -> Any:
        raise NotImplementedError


def sign(text: str) -> Op:
    """The operator of a sign such as "+"."""
    return OPS[ALIASES[text]]
