"""Tests of the tester: rules that are wrong on purpose must be found, and rules that are right must not be."""

from __future__ import annotations

import math

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401 - fills the table
from diffcli.engine import gradcheck
from diffcli.engine.graph import Graph
from diffcli.engine.op import ALIASES, OPS, alias, define, leaf

cos, sin, exp, stop = OPS["cos"], OPS["sin"], OPS["exp"], OPS["stop_gradient"]


@pytest.fixture
def stated():
    """Operators stated for one test only."""
    before, names = dict(OPS), dict(ALIASES)
    yield define
    for table, kept in ((OPS, before), (ALIASES, names)):
        table.clear()
        table.update(kept)


def variable(graph, shape=()):
    return leaf(graph, "x", "var", shape)


def checked(op, value, **options):
    x = variable(Graph(), getattr(value, "shape", ()))
    return gradcheck.check([op(x)], [x], {x: value}, **options)


WRONG = {
    "wrong sign": lambda y, x: -cos(x),
    "wrong factor": lambda y, x: 1.000001 * cos(x),
    "wrong function": lambda y, x: y,
    "forgotten term": lambda y, x: cos(x) + 1e-5,
    "not a number": lambda y, x: cos(x) * math.nan,
    "zero": lambda y, x: 0.0,
}


@pytest.mark.parametrize("rule", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("value", [0.7, np.array([0.7, -1.1, 2.0])], ids=["scalar", "tensor"])
def test_a_wrong_rule_is_found(stated, rule, value):
    op = stated("wrong_sin", math.sin, doc="A sine with a wrong rule.", partials=rule, numpy="sin")
    assert not checked(op, value).passed


@pytest.mark.parametrize("value", [0.7, np.array([0.7, -1.1, 2.0])], ids=["scalar", "tensor"])
def test_a_right_rule_passes(stated, value):
    op = stated("right_sin", math.sin, doc="A sine with its rule.", partials=lambda y, x: cos(x), numpy="sin")
    report = checked(op, value, order=4)
    assert report.passed
    assert [row.verdict for row in report.rows] == ["ok"] * 8


def test_a_rule_wrong_only_at_second_order_is_found_there(stated):
    slope = stated(
        "slope", math.cos, doc="A cosine whose own rule lacks the sign.", partials=lambda y, x: sin(x), numpy="cos"
    )
    op = stated(
        "sin_by_slope",
        math.sin,
        doc="A sine whose second derivative is wrong.",
        partials=lambda y, x: slope(x),
        numpy="sin",
    )
    assert checked(op, 0.7).passed
    report = checked(op, 0.7, order=2)
    assert not report.passed
    assert {row.order for row in report.failures} == {2}


def test_a_rule_that_stops_the_second_order_is_found_there(stated):
    hidden = stated("cut_exp", math.exp, doc="An exponential that lets no gradient flow.", partials=[None], numpy="exp")
    op = stated(
        "stopped_exp",
        math.exp,
        doc="An exponential whose rule hides its dependence.",
        partials=lambda y, x: hidden(x),
        numpy="exp",
    )
    assert checked(op, 0.7).passed
    assert {row.order for row in checked(op, 0.7, order=2).failures} == {2}


def test_modes_that_disagree_are_found(stated):
    op = stated(
        "two_faced",
        doc="Reverse mode right, forward mode wrong.",
        shape=lambda inputs: inputs[0].shape,
        numpy="sin",
        vjp=(lambda g, n: g * cos(n.inputs[0]),),
        jvp=(lambda t, n: 1.001 * t * cos(n.inputs[0]),),
    )
    report = checked(op, np.array([0.7, 1.0]))
    assert not report.passed
    assert report.failures[0].reverse != pytest.approx(report.failures[0].forward, rel=1e-6)


def test_a_wrong_partial_of_one_operand_is_found_at_that_source(stated):
    op = stated(
        "lopsided",
        lambda a, b: a * b * b,
        signature="a, b",
        doc="A product with a wrong second rule.",
        partials=[lambda y, a, b: b * b, lambda y, a, b: a * b],
    )
    a, b = (leaf(graph, "v", "var", ()) for graph in [Graph()] for _ in range(2))
    report = gradcheck.check([op(a, b)], [a, b], {a: 1.5, b: 2.5})
    assert {row.source for row in report.failures} == {1}


def test_a_forgotten_sum_over_a_broadcast_axis_is_found(stated):
    op = stated(
        "spread",
        doc="A broadcast whose rule takes a mean for a sum.",
        shape=lambda inputs: (3,),
        numpy=lambda np, x: np.broadcast_to(x, (3,)),
        vjp=(lambda g, n: OPS["sum"](g) / 3.0,),
        jvp=(lambda t, n: OPS["broadcast_to"](t, (3,)),),
    )
    assert not checked(op, 2.0).passed


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("relu", 0.0, "corner"),
        ("abs", 0.0, "corner"),
        ("floor", 0.5, "none"),
        ("sqrt", 0.0, "undefined"),
        ("sign", 0.5, "ok"),
        ("square", 0.0, "ok"),
        ("exp", -700.0, "ok"),
        ("exp", 5.0, "ok"),
        ("log", 1e-9, "ok"),
    ],
)
def test_verdicts(name, value, verdict):
    assert {row.verdict for row in checked(OPS[name], value).rows} == {verdict}


def test_stopped_nodes_are_held():
    x = variable(Graph())
    middle = alias(x * x, "middle")
    for ys, options in (([stop(x * x) * x], {}), ([middle * x], {"barrier": {middle}})):
        report = gradcheck.check(ys, [x], {x: 3.0}, **options)
        assert [row.verdict for row in report.rows] == ["ok", "ok"]
        assert abs(report.rows[0].reverse) > 0


def test_an_intermediate_node_may_be_the_source():
    x = variable(Graph())
    y = alias(x * x, "y")
    report = gradcheck.check([y * y * x], [x, y], {x: 3.0}, order=2)
    assert report.passed and {row.verdict for row in report.rows} == {"ok"}


def test_single_precision_is_checked_to_what_it_can_give():
    assert checked(exp, 1.5, dtype="float32").passed
    assert checked(exp, np.array([1.5, -0.5]), dtype="float32").passed


def test_the_same_seed_gives_the_same_report():
    assert checked(exp, 1.5, seed=3) == checked(exp, 1.5, seed=3) != checked(exp, 1.5, seed=4)


def test_differences_come_with_an_error_that_holds():
    for function, slope in (
        (lambda h: math.exp(1.0 + h), math.e),
        (lambda h: math.sin(1e3 + h), math.cos(1e3)),
        (lambda h: (2.0 + h) ** 7, 448.0),
    ):
        found, error = gradcheck.central(function)
        assert abs(found - slope) <= error < 1e-7 * max(1.0, abs(slope))
