"""The Gaussian and its integrals in vector code: accuracy against mpmath, special values against `math`."""

import math

import mpmath
import numpy as np
import pytest

from diffcli.engine import gaussian
from diffcli.engine.graph import Graph
from diffcli.engine.op import OPS, leaf
from diffcli.engine.program import program
from diffcli.engine.run import kernel, native

from .vector_points import WIDTHS, assert_accurate, assert_meant, evaluate, near, needs_compiler, spread

pytestmark = needs_compiler
RANDOM = np.random.default_rng(6)
LINE = np.concatenate(
    [
        spread(RANDOM, -7.0, 7.0, 900),
        RANDOM.uniform(-40.0, 40.0, 500),
        near(RANDOM, 0.75, 200),
        near(RANDOM, 1.0, 200),
        near(RANDOM, -0.75 * math.sqrt(2.0), 200),
        RANDOM.uniform(25.5, 27.5, 300),  # the results become subnormal
        RANDOM.uniform(-38.7, -36.5, 300),
    ]
)
CASES = {
    "bell": (lambda x: mpmath.exp(-x * x), 1.05),
    "erf": (mpmath.erf, 1.6),
    "erfc": (mpmath.erfc, 4.2),
    "normal_pdf": (mpmath.npdf, 2.2),
    "normal_cdf": (lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2, 4.2),
}
SPECIAL = [0.0, 5e-324, 2.2250738585072014e-308, 1e-160, 1.0, 26.0, 30.0, 45.0, 1e160, 1.7976931348623157e308, math.inf]
MEANING = {
    "bell": gaussian.gaussian,
    "erf": math.erf,
    "erfc": math.erfc,
    "normal_pdf": gaussian.normal_pdf,
    "normal_cdf": gaussian.normal_cdf,
}


@pytest.mark.parametrize("name", CASES)
def test_accuracy(name):
    function, limit = CASES[name]
    assert_accurate(name, function, limit, LINE)


@pytest.mark.parametrize("name", MEANING)
def test_special_values(name):
    """Signed zeros, infinities, NaN, subnormal numbers, arguments at which nothing is left."""
    points = np.array([sign * each for each in SPECIAL for sign in (1.0, -1.0)] + [math.nan])
    assert_meant(name, MEANING[name], points, limit=8.0)
    for width in WIDTHS:  # what is left is exact
        ends = evaluate(name, np.array([0.0, 45.0, -45.0, math.inf, -math.inf]), width=width).tolist()
        assert ends[1:] == [MEANING[name](each) for each in (45.0, -45.0, math.inf, -math.inf)]
        assert name == "normal_pdf" or ends[0] == MEANING[name](0.0)


def test_an_integral_and_its_derivative_take_one_exponential():
    graph = Graph()
    x = leaf(graph, "x", "var", ())
    target = native.target_of_width(WIDTHS[-1])

    def length(*nodes):
        steps = program(nodes).nodes
        text, _ = kernel.llvm_text(kernel.Loop(steps, (x,), (), nodes, "float64", False), target)
        return text.count("\n")

    erf, bell = OPS["erf"](x), OPS["bell"](x)
    assert length(erf, bell) < length(erf) + 8
