"""Training steps of expression text and the real optimizers: what tests and benchmarks run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from diffcli.compute import Request
from diffcli.compute.load import load
from diffcli.engine.diff import gradients
from diffcli.engine.optim import OPTIMIZERS
from diffcli.engine.run.stepping import step_program
from diffcli.engine.train import StepGraph, first_state, step_graph
from diffcli.source import Source

if TYPE_CHECKING:
    from diffcli.engine.graph import Node

INPUTS, HIDDEN, CLASSES = 784, 256, 10
PARAMETERS = {"w1": (INPUTS, HIDDEN), "b1": (HIDDEN,), "w2": (HIDDEN, CLASSES), "b2": (CLASSES,)}

NETWORK = """\
input x: [{batch}, 784]
input labels: [{batch}]
input w1: [784, 256]
input b1: [256]
input w2: [256, 10]
input b2: [10]
hidden = relu(x @ w1 + b1)
loss = sparse_categorical_crossentropy(labels, hidden @ w2 + b2, from_logits=true)
"""

REGRESSION = """\
input x: [{points}]
input y: [{points}]
input w
input b
loss = mean((w * x + b - y)**2)
"""


class Training(NamedTuple):
    """One training step as a program: its targets (the loss first), inputs, their first values, and which target replaces
    which input."""

    targets: tuple[Node, ...]
    inputs: tuple[Node, ...]
    values: tuple[Any, ...]
    donate: dict[int, int]


def graph_of(text: str, variables: Sequence[str], data: Sequence[str], optimizer: str, **given: Any) -> StepGraph:
    """The step of the `loss` of a text, with an optimizer of Keras: `given` are its settings."""
    model = load(Request(Source("training", text)))
    leaves = [model.leaves[name].node for name in variables]
    slopes = [each for each in gradients([model.names["loss"]], leaves) if each is not None]
    chosen = OPTIMIZERS[optimizer]["keras"]
    fed = [model.leaves[name].node for name in data]
    return step_graph(model.names["loss"], leaves, slopes, fed, chosen, {**chosen.settings, **given})


def training(graph: StepGraph, start: Mapping[str, Any], data: Sequence[Any], rate: float, dtype: str) -> Training:
    """The first step of a training."""
    step = step_program(graph)
    values = (*first_state(graph, list(start.values()), dtype), rate, 1, *data)
    return Training(step.goals, step.inputs, values, step.donate)


def network(batch: int, seed: int = 0) -> Training:
    """A network of 784, 256 and 10 units: relu, cross-entropy from logits with whole labels, one step of Adam; for float32."""
    import numpy

    generator = numpy.random.default_rng(seed)
    x = generator.standard_normal((batch, INPUTS)).astype("float32")
    labels = generator.integers(0, CLASSES, batch).astype("float32")
    start = {
        name: (generator.standard_normal(shape) * (0.05 if len(shape) == 2 else 0.0)).astype("float32")
        for name, shape in PARAMETERS.items()
    }
    graph = graph_of(NETWORK.format(batch=batch), list(start), ["x", "labels"], "adam")
    return training(graph, start, (x, labels), 0.001, "float32")


def regression(points: int, seed: int = 0) -> Training:
    """The straight line through noisy points of w = 3, b = 2: one step of gradient descent."""
    import numpy

    generator = numpy.random.default_rng(seed)
    x = generator.standard_normal(points)
    y = 3.0 * x + 2.0 + 0.1 * generator.standard_normal(points)
    graph = graph_of(REGRESSION.format(points=points), ["w", "b"], ["x", "y"], "sgd")
    return training(graph, {"w": 0.0, "b": 0.0}, (x, y), 0.1, "float64")
