"""A model as programs of the engine: a training step, the numbers of an evaluation, predictions.

Each is made once for each shape of a batch. A training step is one program: the loss, its gradients and the updates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...compute.training.evaluation import Evaluation, evaluation
from ...engine import diff
from ...engine.graph import Node, ancestors
from ...engine.train import StepGraph, step_graph
from .. import conversion
from ..composed import reduce_mean
from ..dtypes import as_dtype
from ..evaluation import node_types
from ..placeholders import placeholder
from ..plans import instantiated, needed
from ..settings import SETTINGS
from ..tensor import Tensor
from ..trace import Trace, vanishing
from ..variable import Variable
from .optimizers.optimizer import Optimizer, with_gradients
from .tracing import Tracing

Batch = tuple[Any, Any]  # inputs and truth; None where there is no truth
Function = Callable[[Any, Any], Sequence[Any]]


class Traced(NamedTuple):
    """Nodes of what a function of a batch returns, and the tensors that are its leaves."""

    trace: Trace
    nodes: tuple[Node, ...]
    leaves: tuple[Tensor, ...]
    dtype: str

    def held(self, tensor: Tensor) -> Node:
        """The node of a leaf."""
        return self.trace.nodes[id(tensor)]


def traced(function: Function, batch: Batch, dtype: str) -> Traced:
    """The function on placeholders in the shapes of a batch."""
    graph = Tracing()
    with graph.as_default():
        given = [None if each is None else placeholder(as_dtype(dtype), each.shape, "data") for each in batch]
        results = [graph.own(conversion.convert_to_tensor(each)) for each in function(*given)]
    trace, leaves = instantiated(needed(results), {}, SETTINGS.strict)
    order = {id(each): place for place, each in enumerate(given) if each is not None}
    nodes = tuple(trace.nodes[id(each)] for each in results)
    places = [trace.nodes[id(each)] for each in leaves]
    types = {node: each.dtype.name for node, each in zip(places, leaves, strict=True) if node.kind == "float"}
    found = {name for node, name in node_types(ancestors(nodes), types, dtype).items() if node.kind == "float"}
    if len(found) > 1:
        raise NotImplementedError(f"diffcli.tensorflow trains models of one type, not of {' and '.join(sorted(found))}")
    for each in leaves:
        if id(each) in order and each.source is not None:
            each.source.place = order[id(each)]
    return Traced(trace, nodes, tuple(leaves), next(iter(found), dtype))


def value_of(leaf: Tensor, batch: Batch) -> Any:
    """What a leaf is worth for a batch."""
    source = leaf.source
    assert source is not None
    if source.kind == "placeholder":
        return batch[source.place]
    if source.kind == "draw":
        return source.held()._value
    return (source.held._tensor if source.kind == "variable" else source.held)._value


class Step(NamedTuple):
    """A training step: its graph, the variables that it trains, and the leaves that are fed."""

    graph: StepGraph
    variables: tuple[Variable, ...]
    fed: tuple[Tensor, ...]

    def data(self, batch: Batch) -> list[Any]:
        return [value_of(each, batch) for each in self.fed]


class Measure(NamedTuple):
    """Values of a model for a batch at its weights as they are."""

    run: Evaluation
    leaves: tuple[Tensor, ...]

    def __call__(self, batch: Batch) -> list[Any]:
        return list(self.run([value_of(each, batch) for each in self.leaves]))


class Programs:
    """The programs of a model, by the shapes of batches."""

    def __init__(self, model: Any, loss: Any, metrics: Sequence[Any], optimizer: Optimizer) -> None:
        self.model = model
        self.loss = loss
        self.metrics = metrics
        self.optimizer = optimizer
        self.made: dict[Any, Any] = {}

    def _numbers(self, training: bool) -> Function:
        def numbers(x: Any, y: Any) -> list[Any]:
            predicted = self.model(x, training=training)
            loss = conversion.convert_to_tensor(self.loss(y, predicted))
            return [reduce_mean(loss), *(each.mean(y, predicted) for each in self.metrics)]

        return numbers

    def _key(self, what: str, batch: Batch) -> Any:
        shapes = tuple(None if each is None else each.shape for each in batch)
        trained = tuple(id(each) for each in self.model.trainable_variables)
        return what, shapes, trained, SETTINGS.strict

    def step(self, batch: Batch) -> Step:
        """The training step for batches of these shapes."""
        key = (*self._key("step", batch), self.optimizer.rule.key, self.optimizer.clipping)
        if key not in self.made:
            self.made[key] = self._step(batch)
        found: Step = self.made[key]
        return found

    def _step(self, batch: Batch) -> Step:
        found = traced(self._numbers(True), batch, self.model.dtype)
        leaves = {id(each.source.held): each for each in found.leaves if each.source and each.source.kind == "variable"}
        variables = self.model.trainable_variables
        reached = [each for each in variables if id(each) in leaves]
        nodes = [found.held(leaves[id(each)]) for each in reached]
        (loss, *metrics) = found.nodes
        by_node = dict(zip(map(id, reached), vanishing([loss], nodes, diff.gradients([loss], nodes)), strict=True))
        pairs = with_gradients([by_node.get(id(each)) for each in variables], variables)
        if any(variable.constraint is not None for _, variable in pairs):
            raise NotImplementedError("diffcli.tensorflow has no fit with constraints; use apply_gradients")
        trained = {id(variable) for _, variable in pairs}
        fed = tuple(each for each in found.leaves if each.source is None or id(each.source.held) not in trained)
        graph = step_graph(
            loss,
            [found.held(leaves[id(variable)]) for _, variable in pairs],
            [gradient for gradient, _ in pairs],
            [found.held(each) for each in fed],
            self.optimizer.rule.optimizer,
            self.optimizer.rule.settings,
            self.optimizer.clipping,
            watched=metrics,
        )
        return Step(graph, tuple(variable for _, variable in pairs), fed)

    def measure(self, batch: Batch) -> Measure:
        """The loss and the metrics for batches of these shapes."""
        return self._measure("measure", self._numbers(False), batch)

    def prediction(self, batch: Batch) -> Measure:
        """The outputs for inputs of these shapes."""
        return self._measure("prediction", lambda x, y: [self.model(x, training=False)], batch)

    def _measure(self, what: str, function: Function, batch: Batch) -> Measure:
        key = self._key(what, batch)
        if key not in self.made:
            found = traced(function, batch, self.model.dtype)
            run = evaluation(found.nodes, [found.held(each) for each in found.leaves], found.dtype, SETTINGS.strict)
            self.made[key] = Measure(run, found.leaves)
        made: Measure = self.made[key]
        return made
