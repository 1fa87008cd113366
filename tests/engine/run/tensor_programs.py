"""Random programs over tensors for tests: steps, slices, products and reductions over a few small shapes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffcli.engine.graph import Graph, Node
from diffcli.engine.op import OPS, ROLES, leaf
from diffcli.engine.run.layout import sizes

SHAPES = [(), (1,), (5,), (20,), (4, 5), (5, 4), (3, 1), (1, 5), (2, 3, 4), (17, 9), (40, 33)]
SINGLE = ("neg", "abs", "square", "tanh", "exp", "relu", "erf", "softplus", "sin", "isfinite")
PAIRS = ("+", "-", "*", "maximum", "/")


class Case(NamedTuple):
    """A program: what to compute, from which inputs, and values for them."""

    targets: list[Node]
    inputs: list[Node]
    values: list[Any]


def random_case(seed: int, steps: int = 25) -> Case:
    """A program of so many random steps."""
    random = np.random.default_rng(seed)
    graph = Graph()
    inputs = [
        leaf(graph, f"x{index}", "input", SHAPES[random.integers(len(SHAPES))])
        for index in range(random.integers(1, 5))
    ]
    nodes = list(inputs)
    for _ in range(steps):
        made = _step(nodes, random)
        if made is not None and (not made.shape or max(sizes(made)) <= 64):
            nodes.append(made)
    targets = [nodes[random.integers(len(nodes))] for _ in range(3)] + nodes[-2:]
    return Case(targets, inputs, [random.standard_normal(sizes(node)) for node in inputs])


def _step(nodes: list[Node], random: np.random.Generator) -> Node | None:
    x = nodes[random.integers(len(nodes))]
    chance = random.random()
    if chance < 0.3:
        return OPS[_name(SINGLE[random.integers(len(SINGLE))])](x)
    if chance < 0.6:
        sign = PAIRS[random.integers(len(PAIRS))]
        others = [node for node in nodes if _fit(node, x)]
        return OPS[_name(sign)](x, others[random.integers(len(others))])
    if not x.shape:
        return None
    axis = int(random.integers(len(x.shape)))
    if chance < 0.75:
        name = ("sum", "max", "min", "mean")[random.integers(4)]
        return OPS[name](x, axis=[None, axis][random.integers(2)], keepdims=bool(random.integers(2)))
    if chance < 0.8:
        return ROLES["transpose"](x)
    if chance < 0.85:
        return OPS["softmax"](x, axis)
    if chance < 0.9:
        return _cut(x, axis, random)
    if chance < 0.95:
        return _put_together(x, axis, nodes, random)
    others = [node for node in nodes if len(node.shape) == 2 == len(x.shape) and node.shape[0] == x.shape[1]]
    return x @ others[random.integers(len(others))] if others else OPS["flip"](x, axis)


def _cut(x: Node, axis: int, random: np.random.Generator) -> Node:
    """A slice, or what is put back into zeros where a slice was taken."""
    size = x.shape[axis]
    assert isinstance(size, int)
    first = int(random.integers(size))
    last = int(random.integers(first, size)) + 1
    step = int(random.integers(1, 3))
    if random.random() < 0.5:
        items = tuple(("slice", first, last, step) if place == axis else ("rest",) for place in range(axis + 1))[-2:]
        whole = tuple(("slice", None, None, None) for _ in range(axis))
        return OPS["index"](x, (*whole, items[-1]))
    amounts = tuple((first, last) if place == axis else (0, 0) for place in range(len(x.shape)))
    return OPS["pad"](x, amounts)


def _put_together(x: Node, axis: int, nodes: list[Node], random: np.random.Generator) -> Node:
    """Tensors side by side, or one whose ends have changed places."""
    fitting = [node for node in nodes if node.shape == x.shape]
    others = [fitting[random.integers(len(fitting))] for _ in range(random.integers(1, 3))]
    name = ("concat", "stack", "roll")[random.integers(3)]
    if name == "roll":
        return OPS[name](x, int(random.integers(-9, 9)), axis=[axis, None][random.integers(2)])
    return OPS[name](x, *others, axis=axis)


def _name(sign: str) -> str:
    return {"neg": "negative", "+": "add", "-": "subtract", "*": "multiply", "/": "divide"}.get(sign, sign)


def _fit(node: Node, x: Node) -> bool:
    try:
        np.broadcast_shapes(sizes(node), sizes(x))
    except ValueError:
        return False
    return True
