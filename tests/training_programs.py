"""Training steps as expression text, with Adam and gradient descent written out: what tests and benchmarks run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from diffcli.compute import Request
from diffcli.compute.load import load
from diffcli.source import Source

if TYPE_CHECKING:
    from diffcli.engine.graph import Node

INPUTS, HIDDEN, CLASSES = 784, 256, 10
PARAMETERS = {"w1": (INPUTS, HIDDEN), "b1": (HIDDEN,), "w2": (HIDDEN, CLASSES), "b2": (CLASSES,)}

NETWORK = """\
input x: [{batch}, 784]
input labels: [{batch}]
input t = 0
{declarations}
hidden = relu(x @ w1 + b1)
loss = sparse_categorical_crossentropy(labels, hidden @ w2 + b2, from_logits=true)
t_next = t + 1
rate = 0.001 * sqrt(1 - 0.999**t_next) / (1 - 0.9**t_next)
{updates}
"""
ADAM = """\
g_{0} = grad(loss, {0})
m_{0}_next = 0.9 * m_{0} + 0.1 * g_{0}
v_{0}_next = 0.999 * v_{0} + 0.001 * g_{0} * g_{0}
{0}_next = {0} - rate * m_{0}_next / (sqrt(v_{0}_next) + 1e-7)
"""

REGRESSION = """\
input x: [{points}]
input y: [{points}]
input w = 0
input b = 0
loss = mean((w * x + b - y)**2)
w_next = w - 0.1 * grad(loss, w)
b_next = b - 0.1 * grad(loss, b)
"""


class Training(NamedTuple):
    """One training step: its targets (the loss first), inputs, their first values, and which target replaces which input."""

    targets: tuple[Node, ...]
    inputs: tuple[Node, ...]
    values: tuple[Any, ...]
    donate: dict[int, int]


def step(text: str, names: Sequence[str], values: Sequence[Any]) -> Training:
    """The step of a text whose names NAME_next replace NAME."""
    model = load(Request(Source("training", text)))
    replaced = [name for name in names if f"{name}_next" in model.names]
    targets = tuple(model.names[name] for name in ("loss", *(f"{name}_next" for name in replaced)))
    inputs = tuple(model.leaves[name].node for name in names)
    donate = {place: names.index(name) for place, name in enumerate(replaced, 1)}
    return Training(targets, inputs, tuple(values), donate)


def network(batch: int, seed: int = 0) -> Training:
    """A network of 784, 256 and 10 units: relu, cross-entropy from logits with whole labels, one step of Adam; for float32."""
    import numpy

    generator = numpy.random.default_rng(seed)
    shapes = {f"{kind}{name}": shape for name, shape in PARAMETERS.items() for kind in ("", "m_", "v_")}
    declarations = "\n".join(f"input {name}: [{', '.join(map(str, shape))}]" for name, shape in shapes.items())
    updates = "".join(ADAM.format(name) for name in PARAMETERS)
    values = {
        "x": generator.standard_normal((batch, INPUTS)).astype("float32"),
        "labels": generator.integers(0, CLASSES, batch).astype("float32"),
        "t": numpy.zeros((), "float32"),
    }
    for name, shape in shapes.items():
        scale = 0.05 if name in ("w1", "w2") else 0.0
        values[name] = (generator.standard_normal(shape) * scale).astype("float32")
    text = NETWORK.format(batch=batch, declarations=declarations, updates=updates)
    return step(text, tuple(values), tuple(values.values()))


def regression(points: int, seed: int = 0) -> Training:
    """The straight line through noisy points of w = 3, b = 2: one step of gradient descent."""
    import numpy

    generator = numpy.random.default_rng(seed)
    x = generator.standard_normal(points)
    y = 3.0 * x + 2.0 + 0.1 * generator.standard_normal(points)
    zero = numpy.zeros(())
    return step(REGRESSION.format(points=points), ("x", "y", "w", "b"), (x, y, zero, zero.copy()))
