"""One step of an optimizer of the engine's table on variables: carried out at once, or as one more step of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from ..engine.graph import Graph, Node, ancestors
from ..engine.op import leaf
from ..engine.optim import OPTIMIZERS, Moment, Optimizer
from ..engine.shape import OperandError, text
from . import calls, conversion
from .creation import cast
from .trace import RECORDING
from .variable import Variable


class Rule(NamedTuple):
    """An optimizer with its settings, which are kept as pairs: rules are keys of what is compiled."""

    optimizer: Optimizer
    pairs: tuple[tuple[str, float], ...]

    @property
    def settings(self) -> dict[str, float]:
        return dict(self.pairs)

    @property
    def key(self) -> tuple[Any, ...]:
        """What programs of this rule are found by."""
        return self.optimizer.name, self.optimizer.variant, self.pairs

    @property
    def slots(self) -> Mapping[str, float]:
        """What is kept for each variable, and the number that it starts from."""
        return self.optimizer.slots(self.settings)

    def updated(self, w: Node, g: Node, slots: Mapping[str, Node], moment: Moment) -> tuple[Node, Mapping[str, Node]]:
        """A variable and its slots after a step."""
        decay = self.settings.get("weight_decay", 0.0)
        start = w - moment.rate * decay * w if decay else w
        return self.optimizer.update(start, g, slots, moment, self.settings)


class Standing(NamedTuple):
    """What a step starts from beside variables and gradients: the rate, the number of the step, and what is shared."""

    rate: Any
    number: Any
    shared: Mapping[str, Variable]


Slots = Mapping[str, Variable]
Assignment = tuple[Variable, Any]


@contextmanager
def unrecorded() -> Iterator[None]:
    """No tape takes note of what is computed inside."""
    held, RECORDING[:] = RECORDING[:], []
    try:
        yield
    finally:
        RECORDING[:] = held


def counts(rule: Rule) -> bool:
    """Whether the number of the step matters to a rule."""
    return _counts(*rule.key)


@cache
def _counts(name: str, variant: str, pairs: tuple[tuple[str, float], ...]) -> bool:
    rule, graph = Rule(OPTIMIZERS[name][variant], pairs), Graph()
    one = {each: leaf(graph, each, "seed", ()) for each in ("w", "g", "rate", "number")}
    slots = {each: leaf(graph, f"slot {each}", "seed", ()) for each in rule.slots}
    shared = {each: leaf(graph, f"shared {each}", "seed", ()) for each in rule.optimizer.shared}
    after = rule.optimizer.share(shared, one["number"], rule.settings)
    moved, kept = rule.updated(one["w"], one["g"], slots, Moment(one["rate"], one["number"], after))
    return one["number"] in set(ancestors([moved, *kept.values(), *after.values()]))


def assignments(
    rule: Rule, pairs: Sequence[tuple[Any, Variable]], slots_of: Callable[[Variable], Slots], standing: Standing
) -> list[Assignment]:
    """The variables with their values after a step, then slots and shared numbers; nothing is replaced yet.

    A variable that comes twice is updated twice, the second time from what it became.
    """
    now: dict[int, Assignment] = {}

    def read(variable: Variable) -> Any:
        return now[id(variable)][1] if id(variable) in now else calls.read(variable)

    shared = _shared(rule, standing)
    for gradient, variable in pairs:
        slots = slots_of(variable)
        held = [read(variable), *map(read, slots.values())]
        found = _moved(rule, variable, gradient, held, standing, shared)
        if variable.constraint is not None:
            found[0] = conversion.convert_to_tensor(variable.constraint(found[0]))
        now |= {id(each): (each, value) for each, value in zip((variable, *slots.values()), found, strict=True)}
    now |= {id(each): (each, shared[name]) for name, each in standing.shared.items()}
    return list(now.values())


def _shared(rule: Rule, standing: Standing) -> dict[str, Any]:
    """The numbers that variables have in common, as they are in this step."""
    names = tuple(standing.shared)
    if not names:
        return {}
    first = next(iter(standing.shared.values()))

    def build(number: Node, *held: Node) -> list[Node]:
        after = rule.optimizer.share(dict(zip(names, held, strict=True)), number, rule.settings)
        return [after[name] for name in names]

    operands = [_number(standing.number, first.dtype), *map(calls.read, standing.shared.values())]
    return dict(zip(names, _several(("shared", *rule.key), build, operands, first.dtype, len(names)), strict=True))


def _moved(
    rule: Rule, variable: Variable, gradient: Any, held: Sequence[Any], standing: Standing, shared: Mapping[str, Any]
) -> list[Any]:
    """A variable and its slots after a step."""
    names = tuple(rule.slots)

    def build(g: Node, rate: Node, number: Node, w: Node, *others: Node) -> list[Node]:
        if g.shape != w.shape:
            raise OperandError(
                "shape", f"the gradient of {variable.name} has shape {text(g.shape)} instead of {text(w.shape)}"
            )
        slots, common = others[: len(names)], others[len(names) :]
        moment = Moment(rate, number, dict(zip(shared, common, strict=True)))
        moved, kept = rule.updated(w, g, dict(zip(names, slots, strict=True)), moment)
        return [moved, *(kept[name] for name in names)]

    dtype = variable.dtype
    numbers = [_number(each, dtype) for each in (standing.rate, standing.number)]
    operands = [gradient, *numbers, *held, *(cast(each, dtype) for each in shared.values())]
    return _several(("update", *rule.key), build, operands, dtype, 1 + len(names))


def _number(given: Any, dtype: Any) -> Any:
    """A number in the type of a variable."""
    return cast(calls.read(given), dtype) if hasattr(given, "dtype") else conversion.constant(float(given), dtype)


def _several(key: Any, build: Callable[..., Any], operands: Sequence[Any], dtype: Any, count: int) -> list[Any]:
    """The results of an operation that has so many of them."""
    graph = calls.active_graph()
    if graph is not None:
        return list(graph.add(key, build, operands, dtype, count))
    return list(calls.compute(key, build, operands, dtype))


def carried_out(found: Sequence[Assignment]) -> None:
    """Replaces the values of variables that are at hand."""
    for variable, value in found:
        variable.assign(value)
