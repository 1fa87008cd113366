"""A training step as a compiled program that carries its state from one step to the next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..graph import Node
from ..program import program
from . import scalar_program

if TYPE_CHECKING:
    from ..train import StepGraph

Rate = Callable[[int], float]


class Counted(Protocol):
    """Whoever counts the steps that are done."""

    count: int


class StepProgram(NamedTuple):
    """What a step computes, and from what.

    goals: what it finds at the old state, `found` of them, then the new state · inputs: the old state, `held` of
    them, then the rate, the number of the step and the data.
    """

    goals: tuple[Node, ...]
    inputs: tuple[Node, ...]
    found: int
    held: int

    @property
    def donate(self) -> dict[int, int]:
        """Which goals replace which inputs: the new state the old one."""
        return {self.found + place: place for place in range(self.held)}


def step_program(graph: StepGraph, gradients: bool = False) -> StepProgram:
    """The program of a step, which finds its gradients as well if they are asked for."""
    found = [graph.loss, *graph.watched, *(graph.gradients + graph.applied if gradients else ())]
    state = [*graph.variables, *graph.slots]
    inputs = (*state, graph.rate, graph.number, *graph.data)
    return StepProgram((*found, *graph.following), inputs, len(found), len(state))


class Runner(ABC):
    """A compiled step with the state that it works on; `whole` unless a step was interrupted halfway."""

    whole = True

    @abstractmethod
    def run(self, rate: float, number: int, data: Sequence[Any]) -> tuple[Any, ...]:
        """What is found at the old state, which is replaced; the caller may keep it. The first step has number 1."""

    def advance(self, done: Counted, rate: Rate, batches: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
        """A step for each batch, up to one whose loss is not finite: what the last one found.

        The count goes with the state, whatever ends the steps.
        """
        found: tuple[Any, ...] = ()
        for data in batches:
            found = self.run(rate(done.count), done.count + 1, data)
            done.count += 1
            if not isfinite(found[0]):
                break
        return found

    @abstractmethod
    def take(self, state: Sequence[Any]) -> None:
        """Puts a state in place."""

    @abstractmethod
    def state(self) -> list[Any]:
        """The state, copied."""


class OnFloats(Runner):
    """A step on plain floats: well under a microsecond."""

    def __init__(self, function: Callable[..., tuple[float, ...]], found: int) -> None:
        self.function = function
        self.found = found
        self.floats: Sequence[float] = ()

    def run(self, rate: float, number: int, data: Sequence[Any]) -> tuple[Any, ...]:
        found = self.function(*self.floats, rate, number, *data)
        self.floats = found[self.found :]
        return found[: self.found]

    def advance(self, done: Counted, rate: Rate, batches: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
        function, state, size, count = self.function, self.floats, self.found, done.count
        found: tuple[Any, ...] = ()
        try:
            for data in batches:
                found = function(*state, rate(count), count + 1, *data)
                state, count = found[size:], count + 1
                if found[0] - found[0] != 0.0:  # as isfinite tells, in half the time
                    break
        finally:
            self.floats, done.count = state, count
        return found[:size]

    def take(self, state: Sequence[Any]) -> None:
        self.floats = [float(each) for each in state]

    def state(self) -> list[Any]:
        return list(self.floats)


def runner_of(graph: StepGraph, gradients: bool, dtype: str, strict: bool, executor: str = "auto") -> Runner:
    """A step compiled: on plain floats if all of it is scalar, else on arrays by this executor (see `plan`)."""
    step = step_program(graph, gradients)
    if scalar_program(program(step.goals, step.inputs)):
        from .point import compile_point

        return OnFloats(compile_point(step.goals, step.inputs, dtype, strict), step.found)
    from .stepping_arrays import OnArrays
    from .tensors import plan

    return OnArrays(plan(step.goals, step.inputs, dtype, strict, executor, step.donate), step.found, step.held)
