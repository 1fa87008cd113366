"""Training steps on arrays, whose state is replaced where it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .stepping import Runner
from .tensors import TensorProgram


class OnArrays(Runner):
    """A step on arrays."""

    def __init__(self, program: TensorProgram, found: int, held: int) -> None:
        self.program = program
        self.found = found
        self.own = program.inputs[:held]
        self.rate, self.number = program.inputs[held : held + 2]
        self.data = program.inputs[held + 2 :]
        self.whole = True

    def run(self, rate: float, number: int, data: Sequence[Any]) -> tuple[Any, ...]:
        self._feed(data)
        self.rate[()] = rate
        self.number[()] = number
        self.whole = False
        found = self.program.run()[: self.found]
        self.whole = True
        return tuple([each.copy() if each.ndim else each.item() for each in found])

    def _feed(self, data: Sequence[Any]) -> None:
        """Copies data into the program's arrays, all of it checked before the first is."""
        if len(data) != len(self.data):
            raise ValueError(f"{len(self.data)} data are needed, {len(data)} given")
        given = [each if isinstance(each, np.ndarray) else np.asarray(each) for each in data]
        for own, value in zip(self.data, given, strict=True):
            if value.shape != own.shape:
                raise ValueError(f"data have shape {list(value.shape)} instead of {list(own.shape)}")
        for own, value in zip(self.data, given, strict=True):
            if value.dtype == own.dtype:
                own[...] = value
            else:
                with np.errstate(all="ignore"):
                    own[...] = value

    def take(self, state: Sequence[Any]) -> None:
        for own, value in zip(self.own, state, strict=True):
            if np.shape(value) != own.shape:
                raise ValueError(f"a state has shape {list(np.shape(value))} instead of {list(own.shape)}")
            own[...] = value
        self.whole = True

    def state(self) -> list[Any]:
        if not self.whole:
            raise RuntimeError("the last step was interrupted: some variables are new, others old")
        return [each.copy() for each in self.own]
