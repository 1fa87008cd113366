"""The logistic function, its integral, and sums of exponentials."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from .. import ieee
from ..graph import Node
from ..op import Convention, Edge, Op, define
from .arithmetic import absolute
from .elementary import exp, log1p
from .piecewise import greater_equal, less_equal, maximum, where


def sigmoid_array(np: Any, x: Any) -> Any:
    decayed = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, decayed) / (1.0 + decayed)


def softplus_array(np: Any, x: Any) -> Any:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def _decayed(x: Node) -> Node:
    """The one exponential that the functions of this file are made of, never above 1: exp(-abs(x))."""
    return exp(-absolute(x))


def _share(condition: Node, x: Node) -> Node:
    return where(condition, 1.0, _decayed(x)) / (1.0 + _decayed(x))


# 1 - sigmoid(x) keeps no digits where sigmoid(x) is next to 1; sigmoid(-x) keeps them all.
sigmoid_minus: Op = define(
    "sigmoid_minus",
    lambda x: ieee.sigmoid(-x),
    doc="sigmoid(-x).",
    hidden=True,
    text="sigmoid(-{0})",
    partials=lambda y, x: -(y * sigmoid(x)),
    lower=lambda x: _share(less_equal(x, 0.0), x),
    numpy=lambda np, x: sigmoid_array(np, -x),
    llvm="sigmoid_minus",
    rule="dx = -g * y * sigmoid(x)",
    latex=r"\sigma\left(-{0}\right)",
    at=[-2.0, 0.3],
)

sigmoid: Op = define(
    "sigmoid",
    ieee.sigmoid,
    doc="Logistic function 1 / (1 + exp(-x)).",
    aliases="expit logistic",
    partials=lambda y, x: y * sigmoid_minus(x),
    lower=lambda x: _share(greater_equal(x, 0.0), x),
    numpy=sigmoid_array,
    llvm="sigmoid",
    rule="dx = g * y * sigmoid(-x)",
    latex=r"\sigma\left({0}\right)",
    at=[-2.0, 0.3, 50.0],
    edge=[Edge((0.0,), (0.25,)), Edge((1000.0,), (0,)), Edge((-1000.0,), (0,))],
)

softplus = define(
    "softplus",
    ieee.softplus,
    doc="log(1 + exp(x)), a smooth relu.",
    partials=lambda y, x: sigmoid(x),
    lower=lambda x: maximum(x, 0.0) + log1p(_decayed(x)),
    numpy=softplus_array,
    llvm="softplus",
    rule="dx = g * sigmoid(x)",
    latex=r"\operatorname{{softplus}}\left({0}\right)",
    at=[-2.0, 0.3, -50.0],
    edge=[Edge((1000.0,), (1,)), Edge((-1000.0,), (0,))],
)

log_sigmoid = define(
    "log_sigmoid",
    ieee.log_sigmoid,
    doc="Logarithm of the logistic function.",
    aliases="logsigmoid",
    partials=lambda y, x: sigmoid_minus(x),
    lower=lambda x: -softplus(-x),
    numpy=lambda np, x: -softplus_array(np, -x),
    llvm="log_sigmoid",
    rule="dx = g * sigmoid(-x)",
    latex=r"\ln \sigma\left({0}\right)",
    at=[-2.0, 0.3, 50.0],
    edge=[Edge((1000.0,), (0,)), Edge((-1000.0,), (1,))],
)

# exp(x1 - y) would be inf - inf where an operand is infinite; the difference of the operands is not.
logaddexp = define(
    "logaddexp",
    ieee.logaddexp,
    signature="x1, x2",
    doc="log(exp(x1) + exp(x2)) without overflow.",
    partials=[lambda y, x1, x2: sigmoid(x1 - x2), lambda y, x1, x2: sigmoid_minus(x1 - x2)],
    numpy="logaddexp",
    llvm="logaddexp",
    rule="dx1 = g * sigmoid(x1 - x2), dx2 = g * sigmoid(x2 - x1)",
    latex=r"\ln\left(e^{{{0}}} + e^{{{1}}}\right)",
    at=[(-2.0, 0.3), (3.0, 0.3), (800.0, 799.0)],
    edge=[
        Edge((inf, 0.0), (1, 0), source="mathematics"),
        Edge((-inf, 0.0), (0, 1), source="mathematics"),
        Edge((-inf, -inf), (nan, nan), source="as logsumexp"),
    ],
    conventions=[
        Convention(
            lambda x1, x2: (x1 == x2) & (abs(x1) == inf),
            "logaddexp of two equal infinities has no derivative: it is NaN",
        )
    ],
)
