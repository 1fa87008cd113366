"""The backward sweep in numbers: what arrives at each node, what it passes on, and where that first went bad or became 0."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..engine.diff import Mask, Product, gradients
from ..engine.graph import Node
from ..engine.run import execute
from ..lang.model import Model
from .values import finite, flat


class Step(NamedTuple):
    """One use of a node in the sweep: what arrived at it, and what it passed on to the input in that place."""

    node: Node
    place: int
    incoming: Any
    outgoing: Any
    made: Node

    @property
    def parent(self) -> Node:
        """The input that the contribution went to."""
        return self.node.inputs[self.place]


class Sweep(NamedTuple):
    """All steps from the targets to the source, the sum that arrived at each node, and the values of the graph."""

    steps: tuple[Step, ...]
    adjoints: Mapping[Node, Any]
    values: Mapping[Node, Any]
    gradient: Node | None


def swept(
    model: Model,
    ys: Sequence[Node],
    x: Node,
    barrier: Collection[Node],
    feeds: dict[Node, Any],
    more: Collection[Node] = (),
) -> Sweep:
    """The sweep from the targets to one source, with the branches of `where` that were not taken at exactly 0."""
    trace: list[Product] = []
    found = gradients(ys, [x], None, barrier, trace)[0]
    wanted = [*ys, x, *more, *(product.value for product in trace), *([found] if found is not None else ())]
    values = execute(wanted, feeds, model.dtype, model.graph.strict)
    adjoints: dict[Node, Any] = {}
    for y in ys:
        if y.kind == "float":
            seed = values[y] * 0.0 + 1.0 if finite(values[y]) else ones(values[y])
            adjoints[y] = adjoints[y] + seed if y in adjoints else seed
    steps = []
    for product in trace:
        node, place, value, mask = product.node, product.place, product.value, product.mask
        if node in adjoints:
            outgoing = settled(values[value], mask, values)
            parent = node.inputs[place]
            steps.append(Step(node, place, adjoints[node], outgoing, value))
            adjoints[parent] = added(adjoints[parent], outgoing) if parent in adjoints else outgoing
    return Sweep(tuple(steps), adjoints, values, found)


def ones(like: Any) -> Any:
    """Ones of the shape of a value."""
    if hasattr(like, "shape"):
        import numpy

        return numpy.ones(like.shape)
    return 1.0


def added(first: Any, second: Any) -> Any:
    """The sum, without a word on infinities."""
    if hasattr(first, "shape") or hasattr(second, "shape"):
        import numpy

        with numpy.errstate(all="ignore"):
            return first + second
    return first + second


def settled(value: Any, mask: Mask, values: Mapping[Node, Any]) -> Any:
    """A contribution with 0 where a `where` took its other branch."""
    for condition, side in mask:
        truth = values[condition]
        if hasattr(truth, "shape") or hasattr(value, "shape"):
            import numpy

            held = numpy.asarray(truth).astype(bool)
            value = numpy.where(held if side else ~held, value, 0.0)
        elif bool(truth) != side:
            value = 0.0
    return value


def local(model: Model, node: Node, place: int, feeds: dict[Node, Any]) -> Any:
    """The derivative of a node by its input in that place, as a number or an array of the node's shape; None where it is a matrix."""
    if not node.op.elementwise:
        return None
    parent = node.inputs[place]
    if sum(each is parent for each in node.inputs) > 1:
        return None
    found = gradients([node], [parent], None, frozenset(node.inputs))[0]
    if found is None or parent.shape != node.shape:
        return None
    return execute([found], feeds, model.dtype, model.graph.strict)[found]


def taken(node: Node, place: int, values: Mapping[Node, Any]) -> Any:
    """Where the input in that place of a `where` is the one that was taken."""
    truth = values[node.inputs[0]]
    if hasattr(truth, "shape"):
        return truth.astype(bool) if place == 1 else ~truth.astype(bool)
    return bool(truth) == (place == 1)


def bad_inputs(node: Node, values: Mapping[Node, Any]) -> list[Node]:
    """The inputs that are not finite, of a `where` only those that were taken there."""
    bad = []
    for place, parent in enumerate(node.inputs):
        if parent not in values or finite(values[parent]):
            continue
        if node.op.role == "select":
            if place == 0:
                continue
            if node.inputs[0] in values and finite(settled(values[parent], ((node.inputs[0], place == 1),), values)):
                continue
        bad.append(parent)
    return bad


def reached(ys: Sequence[Node], values: Mapping[Node, Any]) -> set[Node]:
    """The nodes that the targets are made of, without what only a branch that was not taken needs."""
    seen = set(ys)
    waiting = list(ys)
    while waiting:
        node = waiting.pop()
        for place, parent in enumerate(node.inputs):
            if node.op.role == "select" and place > 0:
                held = taken(node, place, values)
                if not (held.any() if hasattr(held, "any") else held):
                    continue
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return seen


def culprit(node: Node, values: Mapping[Node, Any]) -> Node:
    """The first node that went bad on the way to a bad one: it is not finite, what it was computed from is."""
    while True:
        bad = bad_inputs(node, values)
        if not bad:
            return node
        node = min(bad, key=lambda parent: parent.order)


def nan_origin(node: Node, values: Mapping[Node, Any]) -> Node:
    """The node that made the first NaN out of numbers that were none."""
    while True:
        bad = [each for each in bad_inputs(node, values) if has_nan(values[each])]
        if not bad:
            return node
        node = min(bad, key=lambda parent: parent.order)


def is_zero(value: Any) -> bool:
    """Whether every element is 0."""
    return not value.any() if hasattr(value, "any") else value == 0


def has_nan(value: Any) -> bool:
    """Whether an element is NaN."""
    return bool((value != value).any()) if hasattr(value, "any") else value != value


def first_bad(sweep: Sweep) -> tuple[Step | None, Step | None]:
    """The first step whose result is not finite though what arrived is, and the first one whose result is NaN."""
    source = next((step for step in sweep.steps if finite(step.incoming) and not finite(step.outgoing)), None)
    spoiled = next((step for step in sweep.steps if has_nan(step.outgoing) and not has_nan(step.incoming)), None)
    return source, spoiled


def zero_steps(sweep: Sweep) -> list[Step]:
    """The steps that something arrived at and that passed on exactly 0."""
    return [step for step in sweep.steps if not is_zero(step.incoming) and is_zero(step.outgoing)]


def cancelled(sweep: Sweep) -> list[Node]:
    """The nodes whose contributions add up to exactly 0 though they are not 0 one by one."""
    live = {step.parent for step in sweep.steps if not is_zero(step.outgoing)}
    return sorted((node for node in live if is_zero(sweep.adjoints[node])), key=lambda node: node.order)


def place_of(value: Any, test: Any) -> tuple[int, ...] | None:
    """The first place of a tensor where a number fails or passes a test; None for a scalar or where there is none."""
    if not getattr(value, "shape", ()):
        return None
    import numpy

    for index in numpy.ndindex(value.shape):
        if test(float(value[index])):
            return tuple(int(each) for each in index)
    return None


def at_place(value: Any, place: tuple[int, ...] | None) -> float | None:
    """The element in that place of a value that may be smaller than the tensor it goes with; None where it has none."""
    if value is None:
        return None
    shape = getattr(value, "shape", ())
    if not shape:
        return float(value)
    if place is None:
        return float(flat(value.tolist())[0]) if value.size == 1 else None
    if len(place) < len(shape):
        return None
    kept = place[len(place) - len(shape) :]
    if any(size not in (1,) and index >= size for index, size in zip(kept, shape, strict=True)):
        return None
    return float(value[tuple(0 if size == 1 else index for index, size in zip(kept, shape, strict=True))])
