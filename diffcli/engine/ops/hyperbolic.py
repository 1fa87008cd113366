"""Hyperbolic functions, their inverses, and the hypotenuse."""

from __future__ import annotations

import math
from math import inf, nan

from .. import ieee
from ..op import Convention, Edge, Op, define
from .arithmetic import divide_no_nan, one_minus_square

sinh = define(
    "sinh",
    ieee.sinh,
    doc="Hyperbolic sine.",
    partials=lambda y, x: cosh(x),
    numpy="sinh",
    llvm="sinh",
    rule="dx = g * cosh(x)",
    latex=r"\sinh\left({0}\right)",
    at=[-2.0, 0.3],
)

cosh: Op = define(
    "cosh",
    ieee.cosh,
    doc="Hyperbolic cosine.",
    partials=lambda y, x: sinh(x),
    numpy="cosh",
    llvm="cosh",
    rule="dx = g * sinh(x)",
    latex=r"\cosh\left({0}\right)",
    at=[-2.0, 0.3],
)

tanh = define(
    "tanh",
    math.tanh,
    doc="Hyperbolic tangent.",
    partials=lambda y, x: 1 - y * y,
    numpy="tanh",
    llvm="tanh",
    rule="dx = g * (1 - y**2)",
    latex=r"\tanh\left({0}\right)",
    at=[-2.0, 0.3],
    edge=[Edge((0.0,), (1,)), Edge((40.0,), (0,))],
)

# 1 / sqrt(1 + x * x) would overflow to 0 at 1e200, and 1 / cosh(y) loses digits with the size of y.
asinh = define(
    "asinh",
    math.asinh,
    doc="Inverse hyperbolic sine.",
    aliases="arcsinh",
    product=lambda g, y, x: g / hypot(1.0, x),
    numpy="arcsinh",
    llvm="asinh",
    rule="dx = g / sqrt(1 + x**2)",
    latex=r"\operatorname{{arsinh}}\left({0}\right)",
    at=[-2.0, 0.3, 1e3],
    edge=[Edge((1e200,), (1e-200,), source="semantics, 9.1")],
)

# sinh(y) is sqrt(x * x - 1) with all its digits next to 1 and without overflow; and NaN where y is.
acosh = define(
    "acosh",
    ieee.acosh,
    doc="Inverse hyperbolic cosine.",
    aliases="arccosh",
    product=lambda g, y, x: g / sinh(y),
    numpy="arccosh",
    llvm="acosh",
    rule="dx = g / sinh(y)",
    latex=r"\operatorname{{arcosh}}\left({0}\right)",
    at=[1.3, 2.0, 1.000001],
    edge=[Edge((1.0,), (inf,)), Edge((0.5,), (nan,))],
    conventions=[
        Convention(lambda x: x == 1, "at 1 the derivative of acosh is infinite"),
        Convention(lambda x: x < 1, "outside the domain of acosh: the derivative is NaN there, too"),
    ],
)

atanh = define(
    "atanh",
    ieee.atanh,
    doc="Inverse hyperbolic tangent.",
    aliases="arctanh",
    product=lambda g, y, x: g / one_minus_square(x),
    strict={"product": (lambda g, y, x: g / (1 - x * x),)},
    numpy="arctanh",
    llvm="atanh",
    rule="dx = g / (1 - x**2)",
    latex=r"\operatorname{{artanh}}\left({0}\right)",
    at=[-0.7, 0.3, 0.999999],
    edge=[Edge((1.0,), (inf,)), Edge((2.0,), (nan,), (-1 / 3,), "semantics, part 1: outside the domain")],
    conventions=[
        Convention(lambda x: abs(x) == 1, "at -1 and 1 the derivative of atanh is infinite"),
        Convention(lambda x: abs(x) > 1, "outside the domain of atanh: the derivative is NaN there, too"),
    ],
)

hypot: Op = define(
    "hypot",
    math.hypot,
    signature="x1, x2",
    doc="sqrt(x1**2 + x2**2) without overflow.",
    partials=[lambda y, x1, x2: divide_no_nan(x1, y), lambda y, x1, x2: divide_no_nan(x2, y)],
    strict={"partials": (lambda y, x1, x2: x1 / y, lambda y, x1, x2: x2 / y)},
    numpy="hypot",
    rule="dx1 = g * x1 / y, dx2 = g * x2 / y, 0 where y is 0",
    llvm="hypot",
    blocks=True,
    latex=r"\sqrt{{{0}^2 + {1}^2}}",
    at=[(3.0, 4.0), (-2.0, 0.3)],
    edge=[
        Edge((0.0, 0.0), (0, 0), (nan, nan), "semantics, part 1: least norm"),
        Edge((3e200, 4e200), (0.6, 0.8), source="mathematics"),
    ],
    conventions=[
        Convention(
            lambda x1, x2: (x1 == 0) & (x2 == 0),
            "hypot at (0, 0): the derivative is taken as 0, which is of least norm",
        )
    ],
)
