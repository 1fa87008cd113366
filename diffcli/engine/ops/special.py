"""The Gaussian and its integrals, the gamma family, and products with logarithms."""

from __future__ import annotations

import math
from math import inf, nan

from .. import gamma, gaussian, ieee
from ..op import Convention, Edge, Op, define
from .arithmetic import guard
from .elementary import log, log1p
from .piecewise import equal, where

# The nearest 64th, as the Gaussian has it: this sum rounds to a whole number, halves to even.
NEAR = "(near := ({0} * 64.0 + 6755399441055744.0 - 6755399441055744.0) * 0.015625)"
OUTSIDE = "{0} if {0} != {0} else 0.0"

bell = define(
    "bell",
    gaussian.gaussian,
    python=f"exp(-{NEAR} * near) * exp(-({{0}} - near) * ({{0}} + near)) if -40.0 < {{0}} < 40.0 else {OUTSIDE}",
    doc="exp(-x**2) to the last digit.",
    hidden=True,
    text="exp(-{0}**2)",
    partials=lambda y, x: -2 * (x * y),
    rule="dx = -2 * g * x * y",
    llvm="bell",
    blocks=True,
    latex=r"e^{{-{0}^2}}",
    at=[-2.0, 0.3, 5.0],
)

erf = define(
    "erf",
    math.erf,
    doc="Error function.",
    partials=lambda y, x: gaussian.TWO_OVER_ROOT_PI * bell(x),
    rule="dx = g * 2 / sqrt(pi) * exp(-x**2)",
    llvm="erf",
    blocks=True,
    latex=r"\operatorname{{erf}}\left({0}\right)",
    at=[-2.0, 0.3, 5.0],
)

erfc = define(
    "erfc",
    math.erfc,
    doc="1 - erf(x) with all digits in the tail.",
    partials=lambda y, x: -gaussian.TWO_OVER_ROOT_PI * bell(x),
    rule="dx = -g * 2 / sqrt(pi) * exp(-x**2)",
    llvm="erfc",
    blocks=True,
    latex=r"\operatorname{{erfc}}\left({0}\right)",
    at=[-2.0, 0.3, 10.0],
)

normal_pdf = define(
    "normal_pdf",
    gaussian.normal_pdf,
    python=f"{gaussian.PEAK!r} * exp(-0.5 * {NEAR} * near) * exp(-0.5 * ({{0}} - near) * ({{0}} + near)) if -50.0 < {{0}} < 50.0 else {OUTSIDE}",
    doc="Density of the standard normal distribution.",
    aliases="norm_pdf",
    partials=lambda y, x: -(x * y),
    rule="dx = -g * x * y",
    llvm="normal_pdf",
    blocks=True,
    latex=r"\varphi\left({0}\right)",
    at=[-2.0, 0.3, 30.0],
)

normal_cdf = define(
    "normal_cdf",
    gaussian.normal_cdf,
    doc="Standard normal distribution function.",
    aliases="ndtr norm_cdf",
    partials=lambda y, x: normal_pdf(x),
    rule="dx = g * normal_pdf(x)",
    llvm="normal_cdf",
    blocks=True,
    latex=r"\Phi\left({0}\right)",
    at=[-2.0, 0.3, -30.0],
)

polygamma: Op = define(
    "polygamma",
    gamma.polygamma,
    signature="n, x",
    doc="n-th derivative of digamma, for whole n from 0 to 100.",
    partials=[None, lambda y, n, x: polygamma(n + 1, x)],
    rule="dx = g * polygamma(n + 1, x); none flows to n",
    latex=r"\psi^{{\left({0}\right)}}\left({1}\right)",
    at=[(1.0, 2.5), (2.0, 0.3), (1.0, -0.6)],
)

digamma = define(
    "digamma",
    gamma.digamma,
    doc="Derivative of lgamma.",
    aliases="psi",
    partials=lambda y, x: polygamma(1.0, x),
    rule="dx = g * polygamma(1, x)",
    latex=r"\psi\left({0}\right)",
    at=[2.5, 0.3, -0.6],
    edge=[Edge((0.0,), (inf,)), Edge((-1.0,), (inf,))],
    conventions=[Convention(lambda x: (x <= 0) & (x % 1 == 0), "digamma has a pole here: it is NaN")],
)

lgamma = define(
    "lgamma",
    gamma.lgamma,
    doc="Logarithm of the absolute value of the gamma function.",
    aliases="gammaln",
    partials=lambda y, x: digamma(x),
    rule="dx = g * digamma(x)",
    latex=r"\ln \left|\Gamma\left({0}\right)\right|",
    at=[2.5, 0.3, -0.6, 30.0],
    edge=[Edge((0.0,), (nan,)), Edge((-1.0,), (nan,))],
    conventions=[Convention(lambda x: (x <= 0) & (x % 1 == 0), "lgamma has a pole here: its derivative is NaN")],
)

SHIELDED = "0 * {0}: value and derivatives are taken as 0"

xdivy: Op = define(
    "xdivy",
    lambda x1, x2: 0.0 if x1 == 0 else ieee.divide(x1, x2),
    signature="x1, x2",
    doc="x1 / x2, and 0 where x1 is 0.",
    product=[lambda g, y, x1, x2: where(equal(x1, 0.0), 0.0, g / x2), lambda g, y, x1, x2: -xdivy(g * y, x2)],
    python="0.0 if {0} == 0.0 else {0} / {1}",
    numpy=lambda np, x1, x2: np.where(x1 == 0, 0.0, x1 / x2),
    rule="as x1 / x2, and 0 where x1 is 0",
    llvm=lambda v, x1, x2: v.select(x1.equals(0.0), 0.0, x1 / x2),
    latex=r"\frac{{{0}}}{{{1}}}",
    at=[(2.0, 3.0)],
    edge=[Edge((0.0, 0.0), (0, 0))],
    conventions=[Convention(lambda x1, x2: x1 == 0, SHIELDED.format("1 / x2"))],
)

xlogy = define(
    "xlogy",
    lambda x1, x2: 0.0 if x1 == 0 else x1 * ieee.log(x2),
    signature="x1, x2",
    doc="x1 * log(x2), and 0 where x1 is 0.",
    product=[
        lambda g, y, x1, x2: where(equal(x1, 0.0), 0.0, g * log(x2)),
        lambda g, y, x1, x2: guard(xdivy(g * x1, x2), y),
    ],
    python="0.0 if {0} == 0.0 else {0} * log({1})",
    numpy=lambda np, x1, x2: np.where(x1 == 0, 0.0, x1 * np.log(x2)),
    rule="dx1 = g * log(x2), dx2 = g * x1 / x2; both 0 where x1 is 0",
    llvm=lambda v, x1, x2: v.select(x1.equals(0.0), 0.0, x1 * v.call("log", x2)),
    latex=r"{0} \ln {1}",
    at=[(2.0, 3.0), (-0.7, 0.3)],
    edge=[Edge((0.0, 0.0), (0, 0)), Edge((0.0, 2.0), (0, 0)), Edge((2.0, 0.0), (-inf, inf))],
    conventions=[Convention(lambda x1, x2: x1 == 0, SHIELDED.format("log(x2)"))],
)

xlog1py = define(
    "xlog1py",
    lambda x1, x2: 0.0 if x1 == 0 else x1 * ieee.log1p(x2),
    signature="x1, x2",
    doc="x1 * log(1 + x2), and 0 where x1 is 0.",
    product=[
        lambda g, y, x1, x2: where(equal(x1, 0.0), 0.0, g * log1p(x2)),
        lambda g, y, x1, x2: guard(xdivy(g * x1, 1 + x2), y),
    ],
    python="0.0 if {0} == 0.0 else {0} * log1p({1})",
    numpy=lambda np, x1, x2: np.where(x1 == 0, 0.0, x1 * np.log1p(x2)),
    rule="dx1 = g * log1p(x2), dx2 = g * x1 / (1 + x2); both 0 where x1 is 0",
    llvm=lambda v, x1, x2: v.select(x1.equals(0.0), 0.0, x1 * v.call("log1p", x2)),
    latex=r"{0} \ln \left(1 + {1}\right)",
    at=[(2.0, 3.0), (-0.7, 0.3)],
    edge=[Edge((0.0, -1.0), (0, 0))],
    conventions=[Convention(lambda x1, x2: x1 == 0, SHIELDED.format("log1p(x2)"))],
)
