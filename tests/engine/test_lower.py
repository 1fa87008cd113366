"""What is computed instead of a graph has the same bits, and is no more work."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401 - fills the table
from diffcli.engine import run
from diffcli.engine.graph import Graph
from diffcli.engine.lower import lowered
from diffcli.engine.op import ALIASES, OPS, alias, constant, define, leaf
from diffcli.engine.program import operations, program
from tests.engine.test_point import ELEMENTWISE, FEW, SCALAR, SPECIAL, arity, bits, defined, leaves, with_gradients

EXTREME = (1.7e308, -9e307, 3e-320, -5e-324, 0.1)


def unlike(targets, xs, points):
    """The points where the lowered targets have other bits."""
    found = lowered(targets, xs)
    return [
        point
        for point in points
        if list(map(bits, defined(found, xs, point))) != list(map(bits, defined(targets, xs, point)))
    ]


def choice(x, y, first, second):
    return OPS["where"](OPS["less"](x, y), first, second)


# Formulas that are rewritten, and their likes that must not be.
REWRITTEN = {
    "signs in products": lambda x, y, z: (-x) * y + z,
    "signs of both factors": lambda x, y, z: z - (-x) * (-y),
    "a sign in a quotient": lambda x, y, z: (-x) / y - z,
    "a negative sum": lambda x, y, z: -(x + y) - z,
    "a negative difference": lambda x, y, z: -(x - y) * z,
    "two negative terms": lambda x, y, z: (-x) - (y * z),
    "a shared sign": lambda x, y, z: OPS["exp"](-x * y) + (-x) * z,
    "doubled inside": lambda x, y, z: 100.0 * (2.0 * x),
    "doubled outside": lambda x, y, z: 2.0 * (100.0 * x),
    "halved inside": lambda x, y, z: 100.0 * (0.5 * x),
    "doubled inside of a fraction": lambda x, y, z: 0.3 * (2.0 * x),
    "doubled outside of a fraction": lambda x, y, z: 2.0 * (1.3 * x),
    "two factors that are no powers": lambda x, y, z: 3.0 * (5.0 * x),
    "a power of two as divisor": lambda x, y, z: x / 8.0 + y / -0.25,
    "a divisor that is none": lambda x, y, z: x / 3.0,
    "a divisor without a reciprocal": lambda x, y, z: x / 5e-324,
    "powers": lambda x, y, z: x**2.0 + y**-1.0 + z**1.0 + x**3.0 + y**0.5,
    "a power with a variable exponent": lambda x, y, z: x**y,
    "adding nothing": lambda x, y, z: (x + 0.0) * (y - 0.0),
    "times zero": lambda x, y, z: x * 0.0,
    "one choice twice": lambda x, y, z: choice(x, y, choice(x, y, y, z), choice(x, y, z, x)),
    "no choice": lambda x, y, z: OPS["where"](OPS["less"](x, y), z, z),
    "the other way round": lambda x, y, z: OPS["where"](OPS["logical_not"](x), y, z),
    "sigmoids of one argument": lambda x, y, z: OPS["softplus"](x) * OPS["sigmoid"](x) - OPS["log_sigmoid"](x),
    "constants": lambda x, y, z: x * (OPS["exp"](constant(x.graph, 1.0)) / constant(x.graph, 0.0)),
    "an absolute value of a negative": lambda x, y, z: OPS["abs"](-x),
    "names": lambda x, y, z: alias(alias(x * y, "a") + z, "b") * alias(x, "c"),
}


@pytest.mark.parametrize("build", REWRITTEN.values(), ids=REWRITTEN)
def test_formulas_keep_every_bit(build):
    xs = leaves(Graph(), 3)
    targets = with_gradients(build(*xs), xs)
    assert not unlike(targets, xs, [*itertools.product(FEW, repeat=3), *itertools.product(EXTREME, repeat=3)])


@pytest.mark.parametrize("op", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_operators_and_their_second_derivatives_keep_every_bit(op):
    xs = leaves(Graph(), arity(op))
    first = with_gradients(op(*xs), xs)
    targets = [*first, *(each for node in first[1:] for each in with_gradients(node, xs)[1:])]
    values = (*SPECIAL, *EXTREME, 0.3) if len(xs) == 1 else FEW
    assert not unlike(targets, xs, itertools.product(values, repeat=len(xs)))


@pytest.mark.parametrize("build", REWRITTEN.values(), ids=REWRITTEN)
def test_tensors_keep_every_bit(build):
    graph = Graph()
    values = np.array([*FEW, *EXTREME])
    feeds = {
        leaf(graph, "x", "var", (13,)): values,
        leaf(graph, "y", "var", (13, 1)): values[:, None],
        leaf(graph, "z", "var", ()): 0.7,
    }
    targets = [build(*feeds)]
    if targets[0].kind == "float":
        targets = with_gradients(targets[0], list(feeds))
    found = lowered(targets, feeds)
    before, after = run.execute(targets, feeds), run.execute(found, feeds)
    for target, node in zip(targets, found, strict=True):
        assert node.shape == target.shape
        one, other = (np.asarray(values) for values in (before[target], after[node]))
        assert np.array_equal(one, other, equal_nan=True)
        assert np.array_equal(np.signbit(one)[one == 0], np.signbit(other)[other == 0])


def valley(size):
    """Rosenbrock's function, its gradient and its variables."""
    x = leaves(Graph(), size)
    terms = [100.0 * (x[place + 1] - x[place] ** 2.0) ** 2.0 + (1.0 - x[place]) ** 2.0 for place in range(size - 1)]
    total = terms[0]
    for each in terms[1:]:
        total = total + each
    return with_gradients(total, x)


def test_operations_are_saved():
    targets = valley(8)
    # The value takes 8 a term less one addition. The gradient takes 200 * r, 2 * x, their product, 2 * s, two
    # additions a term, less what the ends have not; by hand one doubling a term is saved.
    assert operations(lowered(targets)) == 7 * 8 - 1 + 7 * 6 < operations(targets)


def test_samples_with_gradients_take_fewer_operations():
    before = {name: operations(targets) for name, (targets, _, _) in SCALAR.items()}
    after = {name: operations(lowered(targets, feeds)) for name, (targets, feeds, _) in SCALAR.items()}
    assert sum(after.values()) < 0.8 * sum(before.values())
    # Sigmoids and their like are written out, so that those of one argument share their exponential.
    assert all(after[name] <= before[name] + 10 for name in SCALAR)


def test_many_negations_are_none_or_one():
    x, y = leaves(Graph(), 2)
    for count in (5_000, 5_001):
        condition = x
        for _ in range(count):
            condition = OPS["logical_not"](condition)
        targets = [OPS["where"](condition, x, y), condition]
        assert not unlike(targets, [x, y], [(0.0, 2.0), (3.0, 2.0)])
        assert operations(lowered(targets)) <= 3


def test_what_is_given_stays():
    x, y = leaves(Graph(), 2)
    square = x**2.0
    found = lowered([square * y - square, square], fed=[square, y])
    assert found[1] is square
    assert not any(node is x for node in program(found, [square, y]).nodes)


def test_a_wrong_rule_is_found():
    op = define("wrong", lambda x: x + 0.0, doc="Wrong.", lower=lambda x: x, partials=[None])
    del OPS["wrong"], ALIASES["wrong"]
    xs = leaves(Graph(), 1)
    assert unlike([op(*xs)], xs, [(each,) for each in SPECIAL])
