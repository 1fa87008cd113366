"""Roots, exponentials and logarithms."""

from __future__ import annotations

import math
from math import inf, nan

from .. import ieee
from ..ieee import LN2
from ..op import Convention, Edge, define
from .arithmetic import guard, multiply_no_nan

LN10 = math.log(10.0)
OUTSIDE = "semantics, part 1: outside the domain"


def _domain(name: str, bound: float) -> list[Convention]:
    return [
        Convention(lambda x: x < bound, f"outside the domain of {name}: the derivative is NaN there, too"),
        Convention(lambda x: x == bound, f"at {bound:g} the derivative of {name} is infinite"),
    ]


sqrt = define(
    "sqrt",
    ieee.sqrt,
    doc="Square root.",
    aliases="√",
    product=lambda g, y, x: multiply_no_nan(0.5 / y, g),
    numpy="sqrt",
    llvm=lambda v, x: v.sqrt(x),
    rule="dx = g * 0.5 / y, 0 where g is 0",
    latex=r"\sqrt{{{0}}}",
    at=[2.0, 0.3],
    edge=[Edge((0.0,), (inf,)), Edge((-1.0,), (nan,))],
    conventions=_domain("sqrt", 0.0),
)

rsqrt = define(
    "rsqrt",
    lambda x: ieee.divide(1.0, ieee.sqrt(x)),
    doc="1 / sqrt(x).",
    product=lambda g, y, x: multiply_no_nan(-0.5 * (y / x), g),
    lower=lambda x: 1.0 / sqrt(x),
    numpy=lambda np, x: 1.0 / np.sqrt(x),
    llvm=lambda v, x: 1.0 / v.sqrt(x),
    rule="dx = -0.5 * g * y / x, 0 where g is 0",
    latex=r"\frac{{1}}{{\sqrt{{{0}}}}}",
    at=[2.0, 0.3],
    edge=[Edge((0.0,), (-inf,)), Edge((-1.0,), (nan,))],
    conventions=_domain("rsqrt", 0.0),
)

cbrt = define(
    "cbrt",
    math.cbrt,
    doc="Real cube root.",
    product=lambda g, y, x: g / (3 * (y * y)),
    numpy="cbrt",
    llvm="cbrt",
    rule="dx = g / (3 * y**2)",
    latex=r"\sqrt[3]{{{0}}}",
    at=[2.0, -0.3],
    edge=[Edge((0.0,), (inf,), source="mathematics")],
    conventions=[Convention(lambda x: x == 0, "at 0 the derivative of cbrt is infinite")],
)

exp = define(
    "exp",
    ieee.exp,
    doc="Exponential function.",
    partials=lambda y, x: y,
    numpy="exp",
    llvm="exp",
    rule="dx = g * y",
    latex=r"e^{{{0}}}",
    at=[-2.0, 0.3],
)

exp2 = define(
    "exp2",
    ieee.exp2,
    doc="Power of two.",
    partials=lambda y, x: y * LN2,
    numpy="exp2",
    llvm="exp2",
    rule="dx = g * y * log(2)",
    latex=r"2^{{{0}}}",
    at=[-2.0, 0.3],
)

expm1 = define(
    "expm1",
    ieee.expm1,
    doc="exp(x) - 1 without loss near 0.",
    partials=lambda y, x: exp(x),
    numpy="expm1",
    llvm="expm1",
    rule="dx = g * exp(x)",
    latex=r"\left(e^{{{0}}} - 1\right)",
    at=[-2.0, 1e-9],
)

log = define(
    "log",
    ieee.log,
    doc="Natural logarithm.",
    aliases="ln",
    product=lambda g, y, x: guard(g / x, y),
    numpy="log",
    llvm="log",
    strict={"product": (lambda g, y, x: g / x,)},
    rule="dx = g / x",
    latex=r"\ln\left({0}\right)",
    at=[2.0, 0.3],
    edge=[Edge((0.0,), (inf,)), Edge((-0.0,), (-inf,)), Edge((-1.0,), (nan,), (-1,), OUTSIDE)],
    conventions=_domain("log", 0.0),
)

log1p = define(
    "log1p",
    ieee.log1p,
    doc="log(1 + x) without loss near 0.",
    product=lambda g, y, x: guard(g / (1.0 + x), y),
    numpy="log1p",
    llvm="log1p",
    strict={"product": (lambda g, y, x: g / (1.0 + x),)},
    rule="dx = g / (1 + x)",
    latex=r"\ln\left(1 + {0}\right)",
    at=[2.0, 1e-9],
    edge=[Edge((-1.0,), (inf,)), Edge((-2.0,), (nan,), (-1,), OUTSIDE)],
    conventions=_domain("log1p", -1.0),
)

log2 = define(
    "log2",
    ieee.log2,
    doc="Logarithm to base 2.",
    product=lambda g, y, x: guard(g / (x * LN2), y),
    numpy="log2",
    llvm="log2",
    strict={"product": (lambda g, y, x: g / (x * LN2),)},
    rule="dx = g / (x * log(2))",
    latex=r"\log_2\left({0}\right)",
    at=[2.0, 0.3],
    edge=[Edge((0.0,), (inf,)), Edge((-1.0,), (nan,), (-1 / LN2,), OUTSIDE)],
    conventions=_domain("log2", 0.0),
)

log10 = define(
    "log10",
    ieee.log10,
    doc="Logarithm to base 10.",
    product=lambda g, y, x: guard(g / (x * LN10), y),
    numpy="log10",
    llvm="log10",
    strict={"product": (lambda g, y, x: g / (x * LN10),)},
    rule="dx = g / (x * log(10))",
    latex=r"\log_{{10}}\left({0}\right)",
    at=[2.0, 0.3],
    edge=[Edge((0.0,), (inf,)), Edge((-1.0,), (nan,), (-1 / LN10,), OUTSIDE)],
    conventions=_domain("log10", 0.0),
)
