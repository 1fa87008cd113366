"""Tensors made from numbers: zeros, ones, the identity, ranges."""

from __future__ import annotations

import math
from typing import Any

from ..graph import Graph, Node
from ..op import build, constant, define
from ..shape import OperandError, Shape, integer, text
from .shaping import broadcast_to, operand, shape_argument


def filled(graph: Graph, value: float, shape: Shape) -> Node:
    """A tensor of one number; a plain constant when it is a scalar."""
    number = constant(graph, value)
    return number if shape == () else broadcast_to(number, shape)


def _filling(name: str, value: float) -> Any:
    return define(
        name,
        lambda *_: value,
        signature="shape",
        static="shape",
        doc=f"A tensor of {name}.",
        role=name,
        vjp=(),
        jvp=(),
        prepare=lambda inputs, shape: (shape_argument(shape),),
        shape=lambda inputs, shape: shape,
        numpy=lambda np, shape: np.full(shape, value),
        rule="constant",
        at=[({"shape": (2, 3)},)],
    )


zeros = _filling("zeros", 0.0)
ones = _filling("ones", 1.0)


def _filling_like(value: float) -> Any:
    def like(x: Any) -> Node:
        node = operand(x)
        return filled(node.graph, value, node.shape)

    return like


zeros_like = define(
    "zeros_like",
    doc="Zeros in the shape of the operand; no gradient flows.",
    expand=_filling_like(0.0),
    rule="constant",
    at=[([1.0, 2.0],)],
)

ones_like = define(
    "ones_like",
    doc="Ones in the shape of the operand; no gradient flows.",
    expand=_filling_like(1.0),
    rule="constant",
    at=[([1.0, 2.0],)],
)


def _full(shape: Any, value: Any) -> Node:
    return broadcast_to(operand(value), shape)


full = define(
    "full",
    signature="shape, value",
    static="shape",
    doc="A tensor of one value.",
    aliases="fill",
    expand=_full,
    rule="dvalue = sum(g)",
    at=[((2, 3), 1.5)],
)


def _eye_prepare(inputs: tuple[Node, ...], n: Any, m: Any) -> tuple[int, int]:
    rows = integer(n, "n")
    columns = rows if m is None else integer(m, "m")
    if rows < 0 or columns < 0:
        raise OperandError("argument", f"a size cannot be negative: {text((rows, columns))}")
    return rows, columns


eye = define(
    "eye",
    signature="n, m=none",
    static="n m",
    doc="The identity matrix, n by n or n by m.",
    vjp=(),
    jvp=(),
    prepare=_eye_prepare,
    shape=lambda inputs, n, m: (n, m),
    numpy=lambda np, n, m: np.eye(n, m),
    rule="constant",
    at=[({"n": 3},), ({"n": 2, "m": 3},)],
)


def _arange_prepare(inputs: tuple[Node, ...], start: Any, stop: Any, step: Any) -> tuple[float, float, float]:
    if stop is None:
        start, stop = 0.0, start
    values = (float(start), float(stop), float(step))
    if step == 0 or not all(math.isfinite(value) for value in values):
        raise OperandError("argument", f"arange cannot count from {start:g} to {stop:g} in steps of {step:g}")
    return values


# Not as a bracketed list: the number of elements may be large, and the text of the program stays short.
arange = define(
    "arange",
    signature="start, stop=none, step=1",
    static="start stop step",
    doc="Numbers from start (0) up to, but not including, stop.",
    aliases="range",
    vjp=(),
    jvp=(),
    prepare=_arange_prepare,
    shape=lambda inputs, start, stop, step: (max(0, math.ceil((stop - start) / step)),),
    numpy=lambda np, start, stop, step: start + step * np.arange(max(0, math.ceil((stop - start) / step))),
    rule="constant",
    at=[({"start": 4.0},), ({"start": 1.0, "stop": 2.0, "step": 0.25},)],
)


def _linspace_prepare(inputs: tuple[Node, ...], num: Any) -> tuple[int]:
    count = integer(num, "num")
    if count < 0:
        raise OperandError("argument", f"num cannot be negative: {count}")
    for each in inputs:
        if each.shape != ():
            raise OperandError("shape", f"the ends of linspace are scalars, not tensors of shape {text(each.shape)}")
    return (count,)


def _weights(n: Node, first: float) -> Node:
    return build(linspace, (first, 1.0 - first), n.attributes, graph=n.graph)


def _dot(g: Node, weights: Node) -> Node:
    from .linalg import matmul

    return matmul(g, weights)


linspace = define(
    "linspace",
    signature="start, stop, num=50",
    static="num",
    doc="Evenly spaced numbers from start to stop, both included.",
    prepare=_linspace_prepare,
    shape=lambda inputs, num: (num,),
    numpy=lambda np, start, stop, num: np.linspace(start, stop, num),
    vjp=(lambda g, n: _dot(g, _weights(n, 1.0)), lambda g, n: _dot(g, _weights(n, 0.0))),
    jvp="joint",
    rule="dstart and dstop = g weighted by the distance to the other end",
    at=[(0.5, 2.0, {"num": 4})],
)

# Stands for a product of letters in a formula; an evaluated program has numbers in its place.
size = define(
    "size",
    signature="sizes",
    static="sizes",
    doc="The number of elements along some axes.",
    role="size",
    hidden=True,
    vjp=(),
    jvp=(),
    shape=lambda inputs, sizes: (),
    scalar=lambda sizes: float(sizes),
    numpy=lambda np, sizes: float(sizes),
)


def count_of(graph: Graph, sizes: Any) -> Node:
    """A number of elements as a node: a constant, or a letter's name while it is unknown."""
    return constant(graph, float(sizes)) if isinstance(sizes, int) else build(size, (), (sizes,), graph=graph)
