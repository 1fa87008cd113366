"""Tests of every element-wise operator, generated from the table: a new operator is tested by being stated."""

from __future__ import annotations

import itertools
import math
import string

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diffcli.engine.ops  # noqa: F401 - fills the table
from diffcli.engine import diff, gradcheck, run
from diffcli.engine.graph import Graph
from diffcli.engine.op import ALIASES, OPS, leaf, lookup
from diffcli.engine.program import operations
from tests.engine import oracles

ELEMENTWISE = {
    name: op
    for name, op in OPS.items()
    if op.elementwise and op.role not in ("alias", "derivative", "custom", "number")
}
SMOOTH = {
    name: op
    for name, op in ELEMENTWISE.items()
    if op.kind != "bool" and name not in ("ste_round", "stop_gradient") and any(op.partials)
}
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e300, -1e300, 5e-324, 1e-300, math.inf, -math.inf, math.nan)

# Relative error of a value at random points of the domain. Where the result is small beside the terms it is the
# difference of, relative accuracy is out of reach of any formula in the same precision: those are measured against 1.
VALUE_TOLERANCE = 2e-15
AGAINST_ONE = {"add", "subtract", "squared_difference", "mod", "logaddexp"}


def points(op):
    return [point if isinstance(point, tuple) else (point,) for point in op.at]


def cases(ops):
    return [pytest.param(op, point, id=f"{name}{list(point)}") for name, op in ops.items() for point in points(op)]


def arity(op):
    return sum(not parameter.static for parameter in op.parameters)


def leaves(graph, count):
    return [leaf(graph, f"x{place}", "var", ()) for place in range(count)]


def floats(point):
    return [float(each) for each in point]


def computed(node, xs, point, dtype="float64", arrays=False):
    if node is None:
        return None
    feeds = {x: np.array([value, value]) if arrays else value for x, value in zip(xs, floats(point), strict=True)}
    return float(np.broadcast_to(run.execute([node], feeds, dtype)[node], (2,))[1])


def close(got, want, relative, absolute=0.0):
    if math.isnan(want) or math.isinf(want):
        return got == want or (math.isnan(want) and math.isnan(got))
    return abs(got - want) <= relative * abs(want) + absolute


def orders_up_to(highest, count):
    return [orders for orders in itertools.product(range(highest + 1), repeat=count) if 1 <= sum(orders) <= highest]


def repeated(node, xs, orders, step):
    """The node differentiated `orders[i]` times by the i-th source; None once no path leads."""
    for x, times in zip(xs, orders, strict=True):
        for _ in range(times):
            node = None if node is None else step(node, x)
    return node


def reverse(node, x):
    return diff.gradients([node], [x])[0]


def forward(node, x):
    return diff.jvp([node], [x], [diff.filled(x, 1.0)])[0]


def alternating():
    modes = itertools.cycle((reverse, forward))
    return lambda node, x: next(modes)(node, x)


def test_every_operator_has_an_independent_meaning():
    assert set(ELEMENTWISE) == set(oracles.MEANING)


@pytest.mark.parametrize("op", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_an_entry_is_complete(op):
    count = arity(op)
    assert op.doc and op.doc.endswith(".") and op.doc[0] == op.doc.strip()[0]
    assert op.scalar is not None
    assert op.rule and op.latex and points(op)
    assert all(len(point) == count for point in points(op))
    assert len(op.partials) == count and (op.product is None or len(op.product) == count)
    fields = {name for _, name, _, _ in string.Formatter().parse(op.latex) if name is not None}
    assert fields <= {str(place) for place in range(count)} and fields
    assert op.latex.format(*"abc").count("{") == op.latex.format(*"abc").count("}")
    for edge in op.edge:
        assert len(edge.at) == len(edge.gradient) == count and edge.source
    for convention in op.conventions:
        assert convention.text and not convention.text.endswith(".")
        assert convention.when(*floats(points(op)[0])) in (True, False)


def test_names_and_aliases_are_unique_and_found():
    for name, op in OPS.items():
        for spelling in (name, *op.aliases):
            assert OPS[ALIASES[spelling]] is op
    for asked, name in {
        "np.arcsin": "asin",
        "tf.math.abs": "abs",
        "ln": "log",
        "tf.nn.swish": "silu",
        "np.power": "power",
        "rint": "round",
        "arcsinn": None,
        "tf.clip_by_value": "clip",
        "gammaln": "lgamma",
        "expit": "sigmoid",
    }.items():
        found = lookup(asked)
        assert (found.name if found else None) == name


@pytest.mark.parametrize(("op", "point"), cases(ELEMENTWISE))
def test_value_is_that_of_50_digits(op, point):
    got = float(op.scalar(*floats(point)))
    assert close(got, float(oracles.value(op.name, point)), VALUE_TOLERANCE)


@pytest.mark.parametrize("op", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_value_at_random_points(op):
    areas = oracles.domain(op.name, arity(op))

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(st.tuples(*[st.floats(low, high).filter(lambda x: abs(x) > 1e-12) for low, high in areas]))
    def holds(point):
        point = (round(point[0]), *point[1:]) if op.name == "polygamma" else point
        want = oracles.value(op.name, point)
        if isinstance(want, bool):
            assert op.scalar(*point) == want
        else:
            assert close(
                op.scalar(*floats(point)), float(want), 2 * VALUE_TOLERANCE, 1e-13 if op.name in AGAINST_ONE else 1e-300
            )

    holds()


@pytest.mark.parametrize("op", SMOOTH.values(), ids=SMOOTH)
def test_slopes_at_random_points(op):
    areas = oracles.domain(op.name, arity(op))
    graph = Graph()
    xs = leaves(graph, len(areas))
    slopes = diff.gradients([op(*xs)], xs)

    @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    @given(st.tuples(*[st.floats(low, high).filter(lambda x: abs(x) > 1e-6) for low, high in areas]))
    def holds(point):
        point = (round(point[0]), *point[1:]) if op.name == "polygamma" else point
        for place, slope in enumerate(slopes):
            if slope is not None:
                want = float(oracles.derivative(op.name, point, [int(each == place) for each in range(len(xs))]))
                assert close(computed(slope, xs, point), want, 1e-13, 1e-14)

    holds()


@pytest.mark.parametrize("op", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_both_executors_agree_also_at_special_values(op):
    graph = Graph()
    xs = leaves(graph, arity(op))
    node = op(*xs)
    grid = list(itertools.product(SPECIAL, repeat=len(xs)))[:: 1 if len(xs) < 3 else 7] + [
        tuple(floats(point)) for point in points(op)
    ]
    columns = [np.array(column) for column in zip(*grid, strict=True)]
    together = np.broadcast_to(run.execute([node], dict(zip(xs, columns, strict=True)))[node], (len(grid),))
    for point, value in zip(grid, together.tolist(), strict=True):
        alone = run.execute([node], dict(zip(xs, point, strict=True)))[node]
        assert close(float(value), float(alone), 4e-15, 1e-300), point


@pytest.mark.parametrize("op", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_nothing_raises_at_special_values(op):
    graph = Graph()
    xs = leaves(graph, arity(op))
    node = op(*xs)
    wanted = [node, *[each for each in diff.gradients([node], xs) if each is not None]]
    for point in itertools.product(SPECIAL, repeat=len(xs)):
        values = run.execute(wanted, dict(zip(xs, point, strict=True)))
        assert all(isinstance(values[each], float | bool) for each in wanted), point


@pytest.mark.parametrize("mode", [reverse, forward, alternating()], ids=["reverse", "forward", "alternating"])
@pytest.mark.parametrize(("op", "point"), cases(SMOOTH))
def test_derivatives_to_third_order_are_those_of_50_digits(op, point, mode):
    graph = Graph()
    xs = leaves(graph, len(point))
    for orders in orders_up_to(3, len(point)):
        if any(order and rule is None for order, rule in zip(orders, op.partials, strict=True)):
            continue
        want = float(oracles.derivative(op.name, point, orders))
        got = computed(repeated(op(*xs), xs, orders, mode), xs, point)
        # 1 - y * y and its like lose what y has already lost: an absolute error of the size of the value's.
        assert close(0.0 if got is None else got, want, 2e-13, 1e-14), (orders, got, want)


@pytest.mark.parametrize(("op", "point"), cases(SMOOTH))
def test_derivatives_agree_with_differences(op, point):
    graph = Graph()
    xs = leaves(graph, len(point))
    report = gradcheck.check([op(*xs)], xs, dict(zip(xs, floats(point), strict=True)), order=2)
    assert report.passed, report.failures
    assert any(row.verdict == "ok" for row in report.rows)


@pytest.mark.parametrize("op", SMOOTH.values(), ids=SMOOTH)
def test_tensors_broadcast_and_agree_with_differences(op):
    graph = Graph()
    shapes = [(3, 1), (2,), ()][: arity(op)]
    areas = oracles.domain(op.name, len(shapes))
    xs = [leaf(graph, f"x{place}", "var", shape) for place, shape in enumerate(shapes)]
    random = np.random.default_rng(5)
    feeds = {
        x: random.uniform(max(low, -3.0) * 0.4 + 0.3, min(high, 3.0) * 0.4 + 0.3, x.shape)
        for x, (low, high) in zip(xs, areas, strict=True)
    }
    if op.name == "polygamma":
        feeds[xs[0]] = np.ones(xs[0].shape)
    if op.name in ("acosh",):
        feeds = {x: value + 2.0 for x, value in feeds.items()}
    report = gradcheck.check([op(*xs)], xs, feeds, order=2)
    assert report.passed, report.failures
    assert any(row.verdict in ("ok", "corner") for row in report.rows)


def edges():
    return [
        pytest.param(op, edge, strict, id=f"{op.name}{list(edge.at)}{'-strict' if strict else ''}")
        for op in ELEMENTWISE.values()
        for edge in op.edge
        for strict in (False, True)
    ]


@pytest.mark.parametrize(("op", "edge", "strict"), edges())
def test_edges(op, edge, strict):
    graph = Graph(strict=strict)
    xs = leaves(graph, len(edge.at))
    node = op(*xs)
    wanted = edge.strict if strict and edge.strict is not None else edge.gradient
    for mode in (reverse, forward):
        for x, want in zip(xs, wanted, strict=True):
            for arrays in (False, True):
                got = computed(mode(node, x), xs, edge.at, arrays=arrays)
                assert (got is None) == (want is None)
                assert want is None or close(got, float(want), 1e-14)


@pytest.mark.parametrize(("op", "point"), cases(ELEMENTWISE))
@pytest.mark.parametrize("arrays", [False, True], ids=["scalar", "array"])
def test_single_precision(op, point, arrays):
    graph = Graph()
    xs = leaves(graph, len(point))
    single = [float(np.float32(each)) for each in point]
    node = op(*xs)
    want = oracles.value(op.name, single)
    got = computed(node, xs, single, "float32", arrays)
    assert close(got, float(np.float32(float(want))), 1e-6, 1e-38)
    if op.kind != "bool":
        assert got == float(np.float32(got))
    for place, x in enumerate(xs):
        slope = reverse(node, x)
        if slope is not None and op.name in SMOOTH:
            orders = [int(each == place) for each in range(len(xs))]
            assert close(
                computed(slope, xs, single, "float32", arrays),
                float(oracles.derivative(op.name, single, orders)),
                1e-5,
                1e-6,
            )


# What a derivative may cost. An operator that does the work of several may take their derivatives' operations, too.
COSTLY = {
    "atan2": 5,
    "asin": 5,
    "acos": 6,
    "log1p": 4,
    "squared_difference": 5,
    "where": 5,
    "elu": 9,
    "xlogy": 8,
    "xlog1py": 9,
    "silu": 6,
    "gelu": 5,
    "selu": 6,
    "softsign": 5,
    "mod": 4,
    "logaddexp": 5,
    "leaky_relu": 6,
    "relu6": 5,
    "inverse_part": 9,
    "hypot": 4,
    "xdivy": 6,
}


@pytest.mark.parametrize("op", SMOOTH.values(), ids=SMOOTH)
def test_value_and_gradient_cost_at_most_four_times_the_value(op):
    graph = Graph()
    xs = leaves(graph, arity(op))
    node = op(*xs)
    cost = operations([node, *[each for each in diff.gradients([node], xs) if each is not None]])
    assert cost <= COSTLY.get(op.name, 4 * op.cost)


def test_extreme_arguments_keep_their_digits():
    for name, x, want in [
        ("sigmoid", 1000.0, 1.0),
        ("sigmoid", -1000.0, 0.0),
        ("softplus", 1000.0, 1000.0),
        ("softplus", -1000.0, 0.0),
        ("log_sigmoid", -1000.0, -1000.0),
        ("erfc", 10.0, 2.088487583762545e-45),
        ("expm1", 1e-20, 1e-20),
        ("log1p", 1e-20, 1e-20),
        ("asinh", 1e200, 461.2101657793691),
        ("normal_cdf", -37.0, float(mp.ncdf(-37))),
        ("lgamma", -0.5, 1.2655121234846454),
        ("exp", -740.0, float(mp.exp(-740))),
        ("round", 2.5, 2.0),
        ("round", -3.5, -4.0),
        ("int", -2.7, -2.0),
        ("cbrt", -8.0, -2.0),
    ]:
        assert close(OPS[name].scalar(x), want, 2e-15, 5e-324), name
    assert OPS["hypot"].scalar(3e200, 4e200) == pytest.approx(5e200, rel=1e-15)
    assert OPS["logaddexp"].scalar(-math.inf, -math.inf) == -math.inf
    assert OPS["clip"].scalar(0.0, 1.0, -1.0) == 1.0
    assert math.copysign(1.0, OPS["ceil"].scalar(-0.5)) == -1.0


@pytest.mark.parametrize(
    ("name", "x", "want"),
    [
        ("asinh", 1e200, 1e-200),
        ("sigmoid", 40.0, float(mp.diff(oracles.sigmoid, 40))),
        ("softplus", -745.0, 5e-324),
        ("normal_cdf", -37.0, float(mp.npdf(-37))),
        ("erf", 20.0, float(2 / mp.sqrt(mp.pi) * mp.exp(-400))),
        ("asin", 1 - 1e-12, float(1 / mp.sqrt(1 - mp.mpf(1 - 1e-12) ** 2))),
        ("atanh", 1 - 1e-12, float(1 / (1 - mp.mpf(1 - 1e-12) ** 2))),
        ("acosh", 1 + 1e-12, float(1 / mp.sqrt(mp.mpf(1 + 1e-12) ** 2 - 1))),
        ("rsqrt", 1e250, -5e-376),
        ("silu", 1e17, 1.0),
        ("gelu", 1e17, 1.0),
        ("silu", math.inf, 1.0),
    ],
)
def test_derivatives_far_out_keep_their_digits(name, x, want):
    graph = Graph()
    xs = leaves(graph, 1)
    assert close(computed(reverse(OPS[name](*xs), xs[0]), xs, (x,)), want, 2e-14, 5e-324)


def test_the_approximate_gelu_is_the_formula_with_tanh():
    graph = Graph()
    x = leaf(graph, "x", "var", ())
    node = OPS["gelu"](x, True)
    assert computed(node, [x], (1.5,)) == pytest.approx(
        float(0.75 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (1.5 + 0.044715 * 1.5**3)))), rel=1e-15
    )
    assert OPS["gelu"](x, approximate=False) is OPS["gelu"](x)
    assert OPS["gelu"](x, approximate=True) is node


def test_high_orders_of_powers_at_zero_are_the_mathematical_ones():
    graph = Graph()
    x, n = leaf(graph, "x", "var", ()), leaf(graph, "n", "const", ())
    for exponent in (1.0, 2.0, 3.0, 4.0):
        for node, given_exponent in ((x**exponent, {}), (x**n, {n: exponent})):
            for order in range(1, 6):
                node = None if node is None else reverse(node, x)
                got = 0.0 if node is None else float(run.execute([node], {x: 0.0, **given_exponent})[node])
                assert got == (math.factorial(int(exponent)) if order == exponent else 0.0), (exponent, order)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(sorted(name for name, op in SMOOTH.items() if arity(op) == 1 and name not in oracles.DOMAIN)),
    st.floats(-3, 3),
    st.floats(-3, 3),
)
def test_the_gradient_of_a_sum_is_the_sum_of_the_gradients(name, a, b):
    graph = Graph()
    x, y = leaves(graph, 2)
    op = OPS[name]
    slope = diff.gradients([op(x) + 2.0 * op(y)], [x, y])
    single = [reverse(op(x), x), reverse(op(y), y)]
    got, parts = ([computed(each, [x, y], (a, b)) for each in nodes] for nodes in (slope, single))
    assert got[0] == pytest.approx(parts[0], rel=1e-14, nan_ok=True) and got[1] == pytest.approx(
        2.0 * parts[1], rel=1e-14, nan_ok=True
    )
