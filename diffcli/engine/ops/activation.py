"""Activation functions of neural networks."""

from __future__ import annotations

import math
from math import inf, isnan, nan
from typing import Any

from .. import ieee
from ..gaussian import normal_cdf as phi
from ..graph import Node
from ..op import Convention, Edge, build, define, is_constant
from .arithmetic import absolute, multiply_no_nan, square
from .elementary import exp, expm1
from .hyperbolic import tanh
from .logistic import sigmoid, sigmoid_array, sigmoid_minus
from .piecewise import equal, greater, greater_equal, less, logical_and, minimum, where
from .special import normal_cdf, normal_pdf

# The constants of self-normalising networks (Klambauer et al. 2017).
SCALE, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


relu = define(
    "relu",
    lambda x: x if x > 0 or isnan(x) else 0.0,
    doc="x where positive, else 0.",
    product=lambda g, y, x: where(greater(x, 0.0), g, 0.0),
    python="{0} if {0} > 0.0 or {0} != {0} else 0.0",
    numpy=lambda np, x: np.maximum(x, 0.0),
    llvm=lambda v, x: v.select(x <= 0.0, 0.0, x),
    rule="dx = g where x > 0, else 0",
    latex=r"\operatorname{{relu}}\left({0}\right)",
    at=[-2.0, 0.3],
    edge=[Edge((0.0,), (0,)), Edge((nan,), (0,))],
    conventions=[Convention(lambda x: x == 0, "relu has a corner at 0: its derivative there is taken as 0")],
)

relu6 = define(
    "relu6",
    lambda x: ieee.clip(x, 0.0, 6.0),
    doc="relu that stops at 6.",
    product=lambda g, y, x: where(logical_and(greater(x, 0.0), less(x, 6.0)), g, 0.0),
    numpy=lambda np, x: np.clip(x, 0.0, 6.0),
    llvm=lambda v, x: v.select((small := v.select(x > 6.0, 6.0, x)) < 0.0, 0.0, small),
    rule="dx = g where 0 < x < 6, else 0",
    latex=r"\operatorname{{relu6}}\left({0}\right)",
    at=[-2.0, 0.3, 7.0],
    edge=[Edge((6.0,), (0,)), Edge((0.0,), (0,))],
    conventions=[
        Convention(lambda x: (x == 0) | (x == 6), "relu6 has corners at 0 and 6: its derivative there is taken as 0")
    ],
)

leaky_relu = define(
    "leaky_relu",
    lambda x, alpha: x if x > 0 else alpha * x,
    signature="x, alpha=0.2",
    doc="x where positive, else alpha * x.",
    product=[
        lambda g, y, x, alpha: where(greater(x, 0.0), g, alpha * g),
        lambda g, y, x, alpha: where(greater(x, 0.0), 0.0, g * x),
    ],
    python="{0} if {0} > 0.0 else {1} * {0}",
    numpy=lambda np, x, alpha: np.where(x > 0, x, alpha * x),
    llvm=lambda v, x, alpha: v.select(x > 0.0, x, alpha * x),
    rule="dx = g where x > 0, else alpha * g",
    latex=r"\operatorname{{leaky\_relu}}\left({0}, {1}\right)",
    at=[(-2.0, 0.2), (0.3, 0.1)],
    edge=[Edge((0.0, 0.2), (0.2, 0))],
    conventions=[
        Convention(lambda x, alpha: x == 0, "leaky_relu has a corner at 0: its derivative there is taken as alpha", 0)
    ],
)


def _elu(g: Node, y: Node, x: Node, alpha: Node) -> Node:
    if is_constant(alpha, 1.0):
        lower: Node = exp(minimum(x, 0.0))
        return g * lower
    slope: Node = where(greater_equal(x, 0.0), g, g * (alpha * exp(x)))
    return slope


elu = define(
    "elu",
    lambda x, alpha: x if x >= 0 else alpha * ieee.expm1(x),
    signature="x, alpha=1",
    doc="x where positive, else alpha * (exp(x) - 1).",
    product=[_elu, lambda g, y, x, alpha: where(greater_equal(x, 0.0), 0.0, g * expm1(x))],
    python="{0} if {0} >= 0.0 else {1} * expm1({0})",
    numpy=lambda np, x, alpha: np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0.0))),
    llvm=lambda v, x, alpha: v.select(x >= 0.0, x, alpha * v.call("expm1", x)),
    rule="dx = g where x >= 0, else g * alpha * exp(x)",
    latex=r"\operatorname{{elu}}\left({0}, {1}\right)",
    at=[(-2.0, 1.0), (0.3, 1.0), (-0.5, 0.7)],
    edge=[Edge((0.0, 1.0), (1, 0))],
    conventions=[
        Convention(
            lambda x, alpha: (x == 0) & (alpha != 1), "elu has a corner at 0: its derivative there is taken as 1", 0
        )
    ],
)

selu = define(
    "selu",
    lambda x: SCALE * x if x >= 0 else SCALE * ALPHA * ieee.expm1(x),
    doc="Scaled elu of self-normalising networks.",
    product=lambda g, y, x: where(greater_equal(x, 0.0), SCALE * g, SCALE * ALPHA * exp(x) * g),
    numpy=lambda np, x: np.where(x >= 0, SCALE * x, SCALE * ALPHA * np.expm1(np.minimum(x, 0.0))),
    llvm=lambda v, x: v.select(x >= 0.0, SCALE * x, SCALE * ALPHA * v.call("expm1", x)),
    rule="dx = 1.0507 * g where x >= 0, else 1.7581 * g * exp(x)",
    latex=r"\operatorname{{selu}}\left({0}\right)",
    at=[-2.0, 0.3],
    edge=[Edge((0.0,), (SCALE,))],
    conventions=[Convention(lambda x: x == 0, "selu has a corner at 0: its derivative there is taken from the right")],
)

silu = define(
    "silu",
    lambda x: x * ieee.sigmoid(x) if x > -inf else x if isnan(x) else -0.0,
    doc="x * sigmoid(x).",
    aliases="swish",
    partials=lambda y, x: sigmoid(x) + multiply_no_nan(y, sigmoid_minus(x)),
    lower=lambda x: where(equal(x, -inf), -0.0, x * sigmoid(x)),
    numpy=lambda np, x: np.where(np.isneginf(x), -0.0, x * sigmoid_array(np, x)),
    llvm=lambda v, x: v.select(x.equals(-inf), -0.0, x * v.call("sigmoid", x)),
    rule="dx = g * (sigmoid(x) + y * sigmoid(-x))",
    latex=r"\operatorname{{silu}}\left({0}\right)",
    at=[-2.0, 0.3, 3.0],
    edge=[Edge((1000.0,), (1,)), Edge((-1000.0,), (0,)), Edge((0.0,), (0.5,))],
)

softsign = define(
    "softsign",
    lambda x: x / (1.0 + abs(x)) if abs(x) < inf else x if isnan(x) else math.copysign(1.0, x),
    doc="x / (1 + abs(x)).",
    product=lambda g, y, x: g / square(1 + absolute(x)),
    numpy=lambda np, x: np.where(np.isinf(x), np.sign(x), x / (1.0 + np.abs(x))),
    llvm=lambda v, x: v.select(abs(x).equals(inf), v.copysign(1.0, x), x / (1.0 + abs(x))),
    rule="dx = g / (1 + abs(x))**2",
    latex=r"\operatorname{{softsign}}\left({0}\right)",
    at=[-2.0, 0.3],
    edge=[Edge((0.0,), (1,)), Edge((1e200,), (0,))],
)

GELU_TANH = math.sqrt(2.0 / math.pi)


def _gelu(x: Node, approximate: Any) -> Node:
    if approximate in (True, "tanh"):
        step: Node = tanh(GELU_TANH * (x + 0.044715 * (x * x * x)))
        return 0.5 * x * (1.0 + step)
    return build(gelu, (x,), (), prepared=True)


gelu = define(
    "gelu",
    lambda x: x * phi(x) if x > -inf else x if isnan(x) else -0.0,
    signature="x, approximate=false",
    static="approximate",
    lower=lambda x: where(equal(x, -inf), -0.0, x * normal_cdf(x)),
    doc="x times the normal distribution function; approximate=true is the formula with tanh.",
    expand=_gelu,
    prepare=lambda inputs: (),
    llvm=lambda v, x: v.select(x.equals(-inf), -0.0, x * v.call("normal_cdf", x)),
    blocks=True,
    partials=lambda y, x: normal_cdf(x) + multiply_no_nan(x, normal_pdf(x)),
    rule="dx = g * (normal_cdf(x) + x * normal_pdf(x))",
    latex=r"\operatorname{{gelu}}\left({0}\right)",
    at=[-2.0, 0.3, 3.0],
    edge=[Edge((0.0,), (0.5,)), Edge((1000.0,), (1,)), Edge((-1000.0,), (0,))],
)
