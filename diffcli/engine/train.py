"""Training, one step at a time: the graph of a step, and what carries its state from one step to the next.

A step is one program: the loss, its gradients, clipping and the update of every variable, all of it from the old values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .graph import Node
from .op import constant, leaf
from .ops.control import clip_by_global_norm, clip_by_norm
from .ops.piecewise import clip
from .ops.reductions import mean
from .ops.reductions import sum as total
from .optim.optimizer import Moment, Optimizer, Settings
from .run.stepping import OnFloats, Runner, runner_of
from .shape import Shape, known

__all__ = [
    "Bounds",
    "Clipping",
    "OnFloats",
    "StepGraph",
    "Taken",
    "Trainer",
    "first_state",
    "mean_of",
    "step_graph",
]


class Clipping(NamedTuple):
    """What is done to gradients before they are applied: by element, by tensor, or by their common length."""

    value: float | None = None
    norm: float | None = None
    global_norm: float | None = None


NO_CLIPPING = Clipping()
Bounds = Mapping[Node, tuple[Node, Node]]


class StepGraph(NamedTuple):
    """One training step in nodes.

    loss: one number · data: the leaves that are fed anew · variables: those that are trained · slots: what the
    optimizer keeps, and starts: the number that each of it starts from · number: of the step, from 1 · gradients,
    applied: of each variable, before and after clipping · following: the variables and slots after the step, in their
    order · watched: further targets, computed from the old values.
    """

    loss: Node
    data: tuple[Node, ...]
    variables: tuple[Node, ...]
    slots: tuple[Node, ...]
    starts: tuple[float, ...]
    rate: Node
    number: Node
    gradients: tuple[Node, ...]
    applied: tuple[Node, ...]
    following: tuple[Node, ...]
    watched: tuple[Node, ...] = ()


def step_graph(
    loss: Node,
    variables: Sequence[Node],
    gradients: Sequence[Node],
    data: Sequence[Node],
    optimizer: Optimizer,
    settings: Settings,
    clipping: Clipping = NO_CLIPPING,
    bounds: Bounds | None = None,
    watched: Sequence[Node] = (),
) -> StepGraph:
    """The step that an optimizer makes from gradients of the variables; bounds hold after the update, as a constraint."""
    graph = loss.graph
    rate, count = leaf(graph, "learning_rate", "seed", ()), leaf(graph, "step", "seed", ())
    applied = clipped(gradients, clipping)
    names = optimizer.slots(settings)
    slots: list[Node] = []
    starts: list[float] = []

    def slot(name: str, start: float, shape: Shape) -> Node:
        slots.append(leaf(graph, name, "seed", shape))
        starts.append(start)
        return slots[-1]

    shared = {name: slot(name, start, ()) for name, start in optimizer.shared.items()}
    share = optimizer.share(shared, count, settings)
    moment = Moment(rate, count, share)
    moved, kept = [], [share[name] for name in shared]
    decay = settings.get("weight_decay", 0.0)
    for variable, gradient in zip(variables, applied, strict=True):
        own = {name: slot(name, start, variable.shape) for name, start in names.items()}
        start_of_step = variable - rate * decay * variable if decay else variable
        new, after = optimizer.update(start_of_step, gradient, own, moment, settings)
        if bounds and variable in bounds:
            new = clip(new, *bounds[variable])
        moved.append(new)
        kept += [after[name] for name in names]
    return StepGraph(
        loss if loss.shape == () else total(loss),
        tuple(data),
        tuple(variables),
        tuple(slots),
        tuple(starts),
        rate,
        count,
        tuple(gradients),
        tuple(applied),
        (*moved, *kept),
        tuple(watched),
    )


def clipped(gradients: Sequence[Node], clipping: Clipping) -> list[Node]:
    """Gradients as they are applied: each element clipped, then each tensor shortened, then all of them together."""
    found = list(gradients)
    if clipping.value is not None:
        found = [clip(each, -clipping.value, clipping.value) for each in found]
    if clipping.norm is not None:
        found = [clip_by_norm(each, clipping.norm) for each in found]
    if clipping.global_norm is not None and found:
        found = list(clip_by_global_norm.call([found, constant(found[0].graph, clipping.global_norm)], {}))
    return found


def mean_of(values: Node) -> Node:
    """The mean of all elements: the loss of many rows that have one each."""
    return mean(values)


class Taken(NamedTuple):
    """What a step found at the old values: the loss, further targets, and gradients where they were asked for.

    Scalars are Python's; arrays are the caller's to keep.
    """

    loss: Any
    watched: tuple[Any, ...] = ()
    gradients: tuple[Any, ...] = ()
    applied: tuple[Any, ...] = ()


class Trainer:
    """The state of a training: variables and slots, and the number of steps done.

    Steps of several graphs may follow each other (batches of other sizes) as long as they have the same variables and
    slots. The state holds floats if the whole step is scalar, else arrays of the dtype. `executor` is as in `plan`.
    """

    def __init__(
        self,
        state: Sequence[Any],
        dtype: str = "float64",
        strict: bool = False,
        count: int = 0,
        executor: str = "auto",
    ) -> None:
        self.dtype = dtype
        self.strict = strict
        self.count = count
        self.executor = executor
        self._state: list[Any] = list(state)
        self._runner: Runner | None = None  # that of the last step, which holds the state
        self._graph: StepGraph | None = None
        self._gradients = False
        self._runners: dict[tuple[int, bool], tuple[StepGraph, Runner]] = {}  # by identity, which the graph keeps

    @property
    def state(self) -> list[Any]:
        """The variables, then the slots, copied. RuntimeError if the last step was interrupted halfway."""
        if self._runner is not None:
            return self._runner.state()
        return [each.copy() if hasattr(each, "copy") else each for each in self._state]

    @state.setter
    def state(self, values: Sequence[Any]) -> None:
        self._state = list(values)
        self._runner = None

    def on(self, kind: type[Runner]) -> bool:
        """Whether the last step ran so."""
        return isinstance(self._runner, kind)

    @property
    def whole(self) -> bool:
        """Whether there is a state: none is left by a step that was interrupted halfway."""
        return self._runner is None or self._runner.whole

    def step(self, graph: StepGraph, data: Sequence[Any], rate: float, gradients: bool = False) -> Taken:
        """One step: what was found at the old values; the state is the new one afterwards."""
        runner = self._runner
        if runner is None or graph is not self._graph or gradients != self._gradients:
            runner = self._chosen(graph, gradients)
        number = self.count + 1
        found = runner.run(rate, number, data)
        self.count = number
        if not gradients:
            return Taken(found[0], found[1:])
        first = 1 + len(graph.watched)
        last = first + len(graph.gradients)
        return Taken(found[0], found[1:first], found[first:last], found[last:])

    def advance(self, graph: StepGraph, batches: Iterable[Sequence[Any]], rate: Callable[[int], float]) -> Taken | None:
        """A step for each batch, of which only the last one's findings are wanted: as `step`, in less time.

        The first step whose loss is not finite is the last one. Whatever ends them, an error in a batch or an
        interruption, `count` says how many steps the state has seen.
        """
        found = self._chosen(graph, False).advance(self, rate, batches)
        return Taken(found[0], found[1:]) if found else None

    def _chosen(self, graph: StepGraph, gradients: bool) -> Runner:
        """The runner of a graph, with the state."""
        if self._runner is not None and graph is self._graph and gradients == self._gradients:
            return self._runner
        key = (id(graph), gradients)
        if key not in self._runners:
            self._runners[key] = (graph, runner_of(graph, gradients, self.dtype, self.strict, self.executor))
        runner = self._runners[key][1]
        runner.take(self.state)
        self._runner, self._graph, self._gradients = runner, graph, gradients
        return runner


def first_state(graph: StepGraph, values: Sequence[Any], dtype: str = "float64") -> list[Any]:
    """The state before the first step: the variables' values, and the slots filled with what they start from."""
    slots: list[Any] = []
    for slot, start in zip(graph.slots, graph.starts, strict=True):
        if slot.shape == ():
            slots.append(start)
            continue
        import numpy as np

        slots.append(np.full(known(slot.shape) or (), start, dtype))
    return [*values, *slots]
