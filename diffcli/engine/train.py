"""Training, one step at a time: the graph of a step, and what carries its state from one step to the next.

A step is one program: the loss, its gradients, clipping and the update of every variable, all of it from the old values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .graph import Node
from .op import constant, leaf
from .ops.control import clip_by_global_norm, clip_by_norm
from .ops.piecewise import clip
from .ops.reductions import mean
from .ops.reductions import sum as total
from .optim.optimizer import Moment, Optimizer, Settings
from .shape import Shape, known


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
    optimizer keeps, and starts: the number that each of it starts from · number: of the step, from 1 · gradients, applied: of each variable, before and
    after clipping · following: the variables and slots after the step, in their order · watched: further targets,
    computed from the old values.
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
    """What a step found at the old values: the loss, further targets, and gradients where they were asked for."""

    loss: Any
    watched: tuple[Any, ...] = ()
    gradients: tuple[Any, ...] = ()
    applied: tuple[Any, ...] = ()


class Trainer:
    """The state of a training: variables and slots, and the number of steps done.

    Steps of several graphs may follow each other (batches of other sizes) as long as they have the same variables and
    slots. A number that is no scalar is an array of the dtype; scalars of a program on plain floats are floats.
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
        self._runner: Runner | None = None
        self._runners: dict[tuple[int, bool], Runner] = {}
        self._graphs: list[StepGraph] = []  # kept, so that their identities stay theirs

    @property
    def state(self) -> list[Any]:
        """The variables, then the slots; arrays are copies."""
        if self._runner is not None:
            self._state = self._runner.state()
        return list(self._state)

    @state.setter
    def state(self, values: Sequence[Any]) -> None:
        self._state = list(values)
        self._runner = None

    def on(self, kind: type[Runner]) -> bool:
        """Whether the last step ran so."""
        return isinstance(self._runner, kind)

    def step(self, graph: StepGraph, data: Sequence[Any], rate: float, gradients: bool = False) -> Taken:
        """One step: what was found at the old values; the state is the new one afterwards."""
        runner = self._chosen(graph, gradients)
        found = runner.run(rate, self.count + 1, data)
        self.count += 1
        places = len(graph.watched)
        if not gradients:
            return Taken(found[0], tuple(found[1:]))
        size = len(graph.gradients)
        first = 1 + places
        return Taken(found[0], tuple(found[1:first]), tuple(found[first : first + size]), tuple(found[first + size :]))

    def advance(self, graph: StepGraph, batches: Iterable[Sequence[Any]], rate: Callable[[int], float]) -> Taken | None:
        """A step for each batch, of which only the last one's findings are wanted: as `step`, in less time."""
        runner = self._chosen(graph, False)
        found, self.count = runner.advance(rate, self.count, batches)
        return Taken(found[0], tuple(found[1:])) if found else None

    def _chosen(self, graph: StepGraph, gradients: bool) -> Runner:
        runner = self._runners.get((id(graph), gradients))
        if runner is None:
            self._graphs.append(graph)
            runner = self._runners[id(graph), gradients] = runner_of(
                graph, gradients, self.dtype, self.strict, self.executor
            )
        if runner is not self._runner:
            runner.take(self.state)
            self._runner = runner
        return runner


class Runner:
    """A compiled step with the state that it works on; an error leaves the state as it was, or is one of the program's own."""

    def run(self, rate: float, count: int, data: Sequence[Any]) -> Sequence[Any]:
        """The targets at the old state, which is replaced."""
        raise NotImplementedError

    def advance(
        self, rate: Callable[[int], float], count: int, batches: Iterable[Sequence[Any]]
    ) -> tuple[Sequence[Any], int]:
        """A step for each batch from step `count` on: the targets of the last, and how many steps are done then."""
        found: Sequence[Any] = ()
        for data in batches:
            found = self.run(rate(count), count + 1, data)
            count += 1
        return found, count

    def take(self, state: Sequence[Any]) -> None:
        """Puts a state in place."""
        raise NotImplementedError

    def state(self) -> list[Any]:
        """The state, copied."""
        raise NotImplementedError


class OnFloats(Runner):
    """A step on plain floats: well under a microsecond."""

    def __init__(self, function: Callable[..., tuple[float, ...]], targets: int) -> None:
        self.function = function
        self.targets = targets
        self.floats: Sequence[float] = ()

    def run(self, rate: float, count: int, data: Sequence[Any]) -> Sequence[Any]:
        found = self.function(*self.floats, rate, count, *data)
        self.floats = found[self.targets :]
        return found[: self.targets]

    def advance(
        self, rate: Callable[[int], float], count: int, batches: Iterable[Sequence[Any]]
    ) -> tuple[Sequence[Any], int]:
        function, state, targets = self.function, self.floats, self.targets
        found: Sequence[Any] = ()
        for data in batches:
            found = function(*state, rate(count), count + 1, *data)
            state = found[targets:]
            count += 1
        self.floats = state
        return found[:targets], count

    def take(self, state: Sequence[Any]) -> None:
        self.floats = [float(each) for each in state]

    def state(self) -> list[Any]:
        return list(self.floats)


class OnArrays(Runner):
    """A step on arrays, whose state is replaced in place."""

    def __init__(self, program: Any, targets: int, state: int) -> None:
        self.program = program
        self.targets = targets
        self.size = state

    def run(self, rate: float, count: int, data: Sequence[Any]) -> Sequence[Any]:
        found: Sequence[Any] = self.program.run([*self.program.inputs[: self.size], rate, count, *data])
        return found[: self.targets]

    def take(self, state: Sequence[Any]) -> None:
        for own, value in zip(self.program.inputs[: self.size], state, strict=True):
            own[...] = value

    def state(self) -> list[Any]:
        return [each.copy() for each in self.program.inputs[: self.size]]


def runner_of(graph: StepGraph, gradients: bool, dtype: str, strict: bool, executor: str = "auto") -> Runner:
    """The program of a step, with its gradients as further targets if they are asked for."""
    from .program import program
    from .run import scalar_program

    targets = [graph.loss, *graph.watched, *(graph.gradients + graph.applied if gradients else ())]
    held = [*graph.variables, *graph.slots]
    inputs = [*held, graph.rate, graph.number, *graph.data]
    goals = [*targets, *graph.following]
    if scalar_program(program(goals, inputs)):
        from .run.point import compile_point

        return OnFloats(compile_point(goals, inputs, dtype, strict), len(targets))
    from .run.tensors import plan

    donate = {len(targets) + place: place for place in range(len(held))}
    return OnArrays(plan(goals, inputs, dtype, strict, executor, donate), len(targets), len(held))


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


class Step(NamedTuple):
    """One step as it was taken: its number from 0, the rate, and what was found before the update."""

    number: int
    rate: float
    taken: Taken


def steps(
    trainer: Trainer,
    batches: Iterator[tuple[StepGraph, Sequence[Any]]],
    rate: Callable[[int], float],
    wants: Callable[[int], bool] = lambda number: False,
) -> Iterator[Step]:
    """The training loop: a step for each batch; `wants` says for which steps the gradients are asked for."""
    for graph, data in batches:
        number = trainer.count
        now = rate(number)
        yield Step(number, now, trainer.step(graph, data, now, wants(number)))
