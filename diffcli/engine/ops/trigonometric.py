"""Sine, cosine, tangent, their inverses, and angles."""

from __future__ import annotations

import math
from math import inf, nan, pi

from .. import ieee
from ..op import Convention, Edge, Op, define
from .arithmetic import one_minus_square
from .elementary import sqrt

sin = define(
    "sin",
    ieee.sin,
    doc="Sine of an angle in radians.",
    partials=lambda y, x: cos(x),
    numpy="sin",
    rule="dx = g * cos(x)",
    llvm="sin",
    blocks=True,
    latex=r"\sin\left({0}\right)",
    at=[-2.0, 0.3],
)

cos: Op = define(
    "cos",
    ieee.cos,
    doc="Cosine of an angle in radians.",
    partials=lambda y, x: -sin(x),
    numpy="cos",
    rule="dx = -g * sin(x)",
    llvm="cos",
    blocks=True,
    latex=r"\cos\left({0}\right)",
    at=[-2.0, 0.3],
)

tan = define(
    "tan",
    ieee.tan,
    doc="Tangent of an angle in radians.",
    partials=lambda y, x: 1 + y * y,
    numpy="tan",
    rule="dx = g * (1 + y**2)",
    llvm="tan",
    latex=r"\tan\left({0}\right)",
    at=[-2.0, 0.3],
)

INFINITE = "at -1 and 1 the derivative of {0} is infinite"
OUTSIDE = "outside the domain of {0}: the derivative is NaN there, too"


def _conventions(name: str) -> list[Convention]:
    return [
        Convention(lambda x: abs(x) == 1, INFINITE.format(name)),
        Convention(lambda x: abs(x) > 1, OUTSIDE.format(name)),
    ]


asin = define(
    "asin",
    ieee.asin,
    doc="Inverse sine, between -pi/2 and pi/2.",
    aliases="arcsin",
    product=lambda g, y, x: g / sqrt(one_minus_square(x)),
    numpy="arcsin",
    rule="dx = g / sqrt(1 - x**2)",
    llvm="asin",
    latex=r"\arcsin\left({0}\right)",
    at=[-0.7, 0.3, 0.999999],
    edge=[Edge((1.0,), (inf,)), Edge((-1.0,), (inf,)), Edge((2.0,), (nan,))],
    conventions=_conventions("asin"),
)

acos = define(
    "acos",
    ieee.acos,
    doc="Inverse cosine, between 0 and pi.",
    aliases="arccos",
    product=lambda g, y, x: -(g / sqrt(one_minus_square(x))),
    numpy="arccos",
    rule="dx = -g / sqrt(1 - x**2)",
    llvm="acos",
    latex=r"\arccos\left({0}\right)",
    at=[-0.7, 0.3],
    edge=[Edge((1.0,), (-inf,)), Edge((-1.0,), (-inf,)), Edge((2.0,), (nan,))],
    conventions=_conventions("acos"),
)

atan = define(
    "atan",
    math.atan,
    doc="Inverse tangent, between -pi/2 and pi/2.",
    aliases="arctan",
    product=lambda g, y, x: g / (1 + x * x),
    numpy="arctan",
    rule="dx = g / (1 + x**2)",
    llvm="atan",
    latex=r"\arctan\left({0}\right)",
    at=[-2.0, 0.3, 1e3],
    edge=[Edge((1e200,), (0.0,), source="mathematics")],
)

# Real and imaginary part of 1 / (x2 + i x1): a derivative of the pair is made of the pair again.
inverse_part: Op = define(
    "inverse_part",
    ieee.inverse_part,
    signature="x1, x2",
    hidden=True,
    text="({1} / ({0}**2 + {1}**2))",
    doc="x2 / (x1**2 + x2**2) without overflow on the way.",
    partials=[
        lambda y, x1, x2: -2 * (y * inverse_part(x2, x1)),
        lambda y, x1, x2: inverse_part(x2, x1) * inverse_part(x2, x1) - y * y,
    ],
    numpy=lambda np, x1, x2: x2 / np.hypot(x1, x2) / np.hypot(x1, x2),
    rule="a part of the derivative of 1 / z",
    llvm="inverse_part",
    blocks=True,
    latex=r"\frac{{{1}}}{{{0}^2 + {1}^2}}",
    at=[(0.3, 2.0), (-2.0, 0.7)],
)

atan2 = define(
    "atan2",
    math.atan2,
    signature="x1, x2",
    doc="Angle of the point (x2, x1): the inverse tangent of x1 / x2 in the right quadrant.",
    aliases="arctan2",
    partials=[lambda y, x1, x2: inverse_part(x1, x2), lambda y, x1, x2: -inverse_part(x2, x1)],
    numpy="arctan2",
    rule="dx1 = g * x2 / (x1**2 + x2**2), dx2 = -g * x1 / (x1**2 + x2**2)",
    llvm="atan2",
    latex=r"\operatorname{{atan2}}\left({0}, {1}\right)",
    at=[(0.3, 2.0), (-2.0, 0.7), (0.5, -1.5)],
    edge=[
        Edge((0.0, 0.0), (nan, nan)),
        Edge((1.0, 0.0), (0, -1)),
        Edge((1e200, 1e200), (5e-201, -5e-201), source="mathematics"),
        Edge((1e-200, 1e-200), (5e199, -5e199), source="mathematics"),
    ],
    conventions=[Convention(lambda x1, x2: (x1 == 0) & (x2 == 0), "atan2 has no derivative at (0, 0): it is NaN")],
)

degrees = define(
    "degrees",
    lambda x: x * (180.0 / pi),
    doc="Radians to degrees.",
    aliases="rad2deg",
    partials=lambda y, x: 180.0 / pi,
    numpy="degrees",
    rule="dx = g * 180 / pi",
    llvm="degrees",
    blocks=True,
    latex=r"\operatorname{{degrees}}\left({0}\right)",
    at=[-2.0, 0.3],
)

radians = define(
    "radians",
    lambda x: x * (pi / 180.0),
    doc="Degrees to radians.",
    aliases="deg2rad",
    partials=lambda y, x: pi / 180.0,
    numpy="radians",
    rule="dx = g * pi / 180",
    llvm="radians",
    blocks=True,
    latex=r"\operatorname{{radians}}\left({0}\right)",
    at=[-20.0, 30.0],
)
