"""Generated code for single points gives the bits of the executor that defines the operators."""

from __future__ import annotations

import itertools
import math
import struct
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diffcli.engine.ops  # noqa: F401 - fills the table
from diffcli.compute import Request
from diffcli.compute.choose import targets_of
from diffcli.compute.load import load
from diffcli.compute.values import feeds_of
from diffcli.engine import connection, diff, run
from diffcli.engine.graph import Graph
from diffcli.engine.op import ALIASES, OPS, alias, constant, define, leaf
from diffcli.engine.program import program
from diffcli.engine.run import scalar, scalar_program
from diffcli.engine.run.point import compile_point
from diffcli.engine.shape import OperandError
from diffcli.source import decode
from tests.test_samples import PROGRAMS

ELEMENTWISE = {name: op for name, op in OPS.items() if op.elementwise}
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e300, -1e300, 5e-324, -1e-310, math.inf, -math.inf, math.nan)
MODES = [("float64", False), ("float64", True), ("float32", False), ("float32", True)]
# Those of three arguments on fewer points.
FEW = (0.0, -0.0, 1.0, -3.0, 1e300, 5e-324, math.inf, math.nan)


def bits(value):
    """What two values must agree in: type and every bit, but NaN only in being one."""
    if type(value) is not float:
        return type(value), value
    return "nan" if value != value else struct.pack("d", value)


def defined(targets, inputs, point, dtype="float64", strict=False):
    values = scalar.run(program(targets, set(inputs)), dict(zip(inputs, point, strict=True)), dtype, strict)
    return [values[target] for target in targets]


def disagreements(targets, inputs, points, dtype="float64", strict=False):
    function = compile_point(targets, inputs, dtype, strict)
    return [
        (point, found, wanted)
        for point in points
        if list(map(bits, found := function(*point)))
        != list(map(bits, wanted := defined(targets, inputs, point, dtype, strict)))
    ]


def arity(op):
    return sum(not parameter.static for parameter in op.parameters)


def leaves(graph, count):
    return [leaf(graph, f"x{place}", "var", ()) for place in range(count)]


def with_gradients(node, xs):
    return [node, *(each for each in diff.gradients([node], xs) if each is not None)]


def points_of(op, count):
    stated = [at if isinstance(at, tuple) else (at,) for at in op.at] + [edge.at for edge in op.edge]
    grid = itertools.product(SPECIAL if count < 3 else FEW, repeat=count)
    random = Random(7)
    dense = [[random.gauss(0, 10.0 ** random.randint(-2, 2)) for _ in range(count)] for _ in range(200)]
    return [tuple(map(float, point)) for point in (*stated, *grid, *dense)]


@pytest.mark.parametrize("op", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_every_operator_and_its_derivatives_at_its_points_and_at_special_values(op):
    xs = leaves(Graph(), arity(op))
    targets = with_gradients(op(*xs), xs)
    points = points_of(op, len(xs))
    for dtype, strict in MODES[:1] if op.name == "polygamma" else MODES:
        assert not disagreements(targets, xs, points, dtype, strict)


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE.values() if arity(op) > 1], ids=lambda op: op.name)
def test_operators_with_a_constant_operand(op):
    count = arity(op)
    for place, value in itertools.product(range(count), (*SPECIAL, 3.0, 0.25, -1e-3)):
        graph = Graph()
        xs = leaves(graph, count - 1)
        operands = [*xs[:place], constant(graph, value), *xs[place:]]
        targets = with_gradients(op(*operands), xs)
        assert not disagreements(targets, xs, itertools.product(SPECIAL if count < 3 else FEW, repeat=count - 1))


NUMBERS = st.sampled_from(SPECIAL) | st.floats() | st.floats(-3, 3)


@st.composite
def formulas(draw):
    """A random formula of three variables, with shared parts."""
    graph = Graph()
    xs = leaves(graph, 3)
    known = list(xs)
    ops = sorted(name for name, op in ELEMENTWISE.items() if name != "polygamma" and op.role != "straight")
    for _ in range(draw(st.integers(1, 25))):
        op = OPS[draw(st.sampled_from(ops) | st.sampled_from(["add", "subtract", "multiply", "divide", "negative"]))]
        part = st.sampled_from(known[-6:] + xs) | NUMBERS.map(lambda number: constant(graph, number))
        known.append(op(*(draw(part) for _ in range(arity(op)))))
    return xs, with_gradients(known[-1], xs), draw(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(formulas(), st.sampled_from(MODES))
def test_random_formulas_with_gradients(formula, mode):
    xs, targets, points = formula
    assert not disagreements(targets, xs, points, *mode)


def loaded(path: Path):
    """The targets of a sample and their gradients by all declared names, with the values of those; None with tensors."""
    request = Request(decode(str(path), path.read_bytes()), base=str(path.parent))
    model = load(request)
    ys = [node for _, node in targets_of(model, request)]
    xs = [each.node for each in model.leaves.values()]
    targets = [*ys, *(each.node for each in connection.differentiate(ys, xs) if each.node is not None)]
    feeds, missing = feeds_of(model, targets)
    if missing or not scalar_program(program(targets, feeds)) or any(each.shape for each in feeds):
        return None
    return targets, feeds, model


SCALAR = {path.stem: found for path in PROGRAMS if (found := loaded(path)) is not None}


def test_most_samples_are_scalar():
    assert len(SCALAR) > 50


@pytest.mark.parametrize("name", SCALAR)
def test_samples_with_gradients(name):
    targets, feeds, model = SCALAR[name]
    inputs = list(feeds)
    for factor in (1.0, 0.9, -1.0, 0.0, 1e200):
        point = tuple(feeds[each] * factor for each in inputs)
        assert not disagreements(targets, inputs, [point], model.dtype, model.graph.strict)


def choice(x, y, first, second):
    return OPS["where"](OPS["less"](x, y), first, second)


def repeated(count, step):
    x, y = leaves(Graph(), 2)
    node = x
    for _ in range(count):
        node = step(node, x, y)
    return [x, y], node


@pytest.mark.parametrize(
    ("step", "count"),
    [
        (lambda node, x, y: node * y + x, 50_000),
        (lambda node, x, y: OPS["sin"](node), 100_000),
        (lambda node, x, y: node + x * y, 100_000),
    ],
    ids=["chain", "nested calls", "sum"],
)
def test_long_programs(step, count):
    xs, node = repeated(count, step)
    assert not disagreements([node], xs, [(0.5, 0.7), (math.inf, 0.0)])


def test_gradients_of_long_programs():
    xs, node = repeated(3_000, lambda node, x, y: OPS["sin"](node * y) + x)
    assert not disagreements(with_gradients(node, xs), xs, [(0.5, 0.7), (math.inf, 0.0), (1.7e308, -2.0)])


def test_wide_programs():
    graph = Graph()
    xs = leaves(graph, 20_000)
    level = [OPS["square"](x) for x in xs]
    while len(level) > 1:  # a balanced tree
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=False)] + level[len(level) // 2 * 2 :]
    targets = with_gradients(level[0], xs)
    point = tuple(float(place % 7) for place in range(len(xs)))
    found = compile_point(targets, xs)(*point)
    assert found[0] == sum(x * x for x in point)
    assert found[1:] == tuple(2.0 * x for x in point)


RAISING = {
    "exp": (1000.0,),
    "log": (0.0,),
    "sqrt": (-1.0,),
    "sin": (math.inf,),
    "divide": (1.0, 0.0),
    "mod": (1.0, 0.0),
    "power": (-8.0, 1 / 3),
    "acosh": (0.5,),
    "atanh": (1.0,),
    "cosh": (-1e4,),
}


@pytest.mark.parametrize("name", RAISING)
def test_where_python_raises_the_result_is_that_of_the_standard(name):
    point = RAISING[name]
    xs = leaves(Graph(), len(point))
    function = compile_point([OPS[name](*xs), xs[0] * 2.0], xs)
    wanted = {"exp": math.inf, "log": -math.inf, "divide": math.inf, "cosh": math.inf, "atanh": math.inf}
    for _ in range(2):
        value, twice = function(*point)
        assert bits(value) == bits(wanted.get(name, math.nan))
        assert twice == 2.0 * point[0]


def test_a_branch_that_is_not_taken_is_not_computed():
    x = leaves(Graph(), 1)[0]
    calls = []
    counted = define("counted", lambda x: calls.append(x) or x, doc="Counts.", partials=[None])
    del OPS["counted"], ALIASES["counted"]
    function = compile_point([choice(x, 0.0, counted(x), x)], [x])
    assert function(1.0) == (1.0,) and not calls
    assert function(-1.0) == (-1.0,) and calls == [-1.0]


WRONG = {
    "another operator": ("{0} + {1}", lambda x1, x2: x1 - x2),
    "no NaN": ("max({0}, {1})", OPS["maximum"].scalar),
    "ties": ("{0} if {0} > {1} or {0} != {0} else {1}", OPS["maximum"].scalar),
    "the sign of zero": ("0.0 + {0} * {1}", lambda x1, x2: x1 * x2),
    "one rounding less": ("({0} + {1}) - {1}", lambda x1, x2: x1),
    "powers": ("{0} ** {1}", OPS["power"].scalar),
    "squares": ("pow({0}, {1})", OPS["power"].scalar),
}


@pytest.fixture
def stated():
    """Operators stated for one test only."""
    before, names = dict(OPS), dict(ALIASES)
    yield define
    for table, kept in ((OPS, before), (ALIASES, names)):
        table.clear()
        table.update(kept)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_expression_is_found(stated, name):
    template, meaning = WRONG[name]
    op = stated("wrong", meaning, doc="Wrong.", signature="x1, x2", python=template, partials=[None, None])
    xs = leaves(Graph(), 2)
    squares = [(0.5 + place / 9973, 2.0) for place in range(10_000)]
    assert disagreements([op(*xs)], xs, [*itertools.product(SPECIAL, repeat=2), *squares])


def test_tensors_and_missing_values_are_refused():
    graph = Graph()
    x, v = leaf(graph, "x", "var", ()), leaf(graph, "v", "var", (3,))
    with pytest.raises(OperandError, match="plain floats"):
        compile_point([OPS["sum"](v * x)], [x, v])
    with pytest.raises(OperandError, match="no value"):
        compile_point([x * leaf(graph, "y", "var", ())], [x])


def test_a_drawn_number_is_not_computed_on_plain_floats():
    graph = Graph()
    x = leaf(graph, "x", "var", ())
    node = x * OPS["normal"].call((), {"seed": 1.0}, graph)
    assert not scalar_program(program([node]))
    with pytest.raises(OperandError, match="no value"):
        compile_point([node], [x])


def test_targets_may_be_inputs_constants_and_the_same():
    graph = Graph()
    x = leaf(graph, "x", "var", ())
    targets = [x, constant(graph, -0.0), x * 2.0, x * 2.0, alias(x, "a"), OPS["less"](x, 3.0)]
    found = compile_point(targets, [x])(1.5)
    assert found == (1.5, -0.0, 3.0, 3.0, 1.5, True) and math.copysign(1.0, found[1]) == -1.0
    assert compile_point([], [])() == ()
    assert run.execute([x * 2.0], {x: 1.5})[x * 2.0] == 3.0
