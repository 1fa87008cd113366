"""Blocks of NumPy calls give what the executor on arrays gives, whatever the rows, the registers and the threads."""

from __future__ import annotations

import math
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401 - fills the table
from diffcli.engine.graph import Graph, Node, ancestors
from diffcli.engine.op import OPS, Op, build, constant, leaf
from diffcli.engine.program import Step, flatten, program
from diffcli.engine.run import array, blocked
from diffcli.engine.run.call_source import PIECE
from diffcli.engine.run.kernel import Loop

ELEMENTWISE = {
    name: op
    for name, op in OPS.items()
    if op.elementwise and op.role not in ("alias", "derivative", "custom", "number")
}
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.0, 710.0, 1e300, -1e300, 5e-324, -1e-310, math.inf, -math.inf, math.nan)
# What vector code computes may differ from the C library, which is off by up to some units in the last place, too.
UNITS = 8


def arity(op: Op) -> int:
    return sum(not parameter.static for parameter in op.parameters)


def loop_of(columns: list[Node], outputs: list[Node], dtype: str = "float64", strict: bool = False) -> Loop:
    steps = [node for node in ancestors(outputs) if node not in columns]
    return Loop(tuple(steps), tuple(columns), (), tuple(outputs), dtype, strict)


def blocked_values(loop: Loop, columns: list[np.ndarray], start: int = 0, stop: int | None = None) -> list[np.ndarray]:
    rows = len(columns[0])
    outputs = [np.full(rows, 77.0, loop.dtype if node.kind == "float" else "float64") for node in loop.outputs]
    blocked.prepare(loop)(columns, [], outputs, start, rows if stop is None else stop)
    return outputs


def array_values(loop: Loop, columns: list[np.ndarray]) -> list[np.ndarray]:
    found = array.run(
        program(loop.outputs, set(loop.columns)),
        dict(zip(loop.columns, columns, strict=True)),
        loop.dtype,
        loop.strict,
    )
    return [np.broadcast_to(found[node], columns[0].shape) for node in loop.outputs]


def assert_same(got: np.ndarray, wanted: np.ndarray, units: int = 0) -> None:
    wanted = wanted.astype(got.dtype)
    numbers = ~np.isnan(wanted)
    assert np.array_equal(numbers, ~np.isnan(got))
    got, wanted = got[numbers], wanted[numbers]
    if not units:
        assert np.array_equal(got, wanted) and np.array_equal(np.signbit(got), np.signbit(wanted))
        return
    exact = ~np.isfinite(wanted) | (wanted == 0)
    assert np.array_equal(got[exact], wanted[exact])
    assert np.array_equal(np.signbit(got[exact]), np.signbit(wanted[exact]))
    got, wanted = got[~exact], wanted[~exact]
    assert np.all(np.abs(got - wanted) <= units * np.spacing(np.abs(wanted)))


def points(count: int) -> list[np.ndarray]:
    """Columns of all combinations of special values, then of random ones of every size."""
    special = np.array(list(product(SPECIAL, repeat=count))).T
    generator = np.random.default_rng(3)
    size = generator.choice([0.9, 3.0, 40.0, 1e6, 1e200], (count, 300))
    return [np.concatenate(each) for each in zip(special, generator.uniform(-1, 1, size.shape) * size, strict=True)]


@pytest.mark.parametrize(("dtype", "strict"), [("float64", False), ("float64", True), ("float32", False)])
@pytest.mark.parametrize("op", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_an_operator_is_what_it_is_on_arrays(op: Op, dtype: str, strict: bool) -> None:
    graph = Graph()
    xs = [leaf(graph, f"x{place}", "var", ()) for place in range(arity(op))]
    loop = loop_of(xs, [build(op, xs, ())], dtype, strict)
    with np.errstate(over="ignore"):
        columns = [each.astype(dtype) for each in points(len(xs))]
    # Division with remainder is exact; in float32, vector code works in doubles and rounds once.
    exact = not op.blocks or (op.kind == "promote" and dtype == "float64")
    units = 0 if exact else UNITS
    assert_same(blocked_values(loop, columns)[0], array_values(loop, columns)[0], units)


def test_what_blocks_take_from_vector_code_has_some() -> None:
    assert all(op.llvm is not None and op.elementwise for op in OPS.values() if op.blocks)
    # Without it, these would be computed one element after the other.
    assert all(op.blocks for name, op in ELEMENTWISE.items() if op.numpy is None and op.llvm is not None)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_vector_code_out_of_line_is_the_same(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph()
    x, y = leaf(graph, "x", "var", ()), leaf(graph, "y", "var", ())
    ops = [op for op in ELEMENTWISE.values() if op.blocks]
    nodes = [build(op, [x, y][: arity(op)], ()) for op in ops]
    nodes.append(OPS["sin"](nodes[0] + 0.5) * OPS["cos"](constant(graph, 2.0)))
    loop = loop_of([x, y], nodes, dtype)
    with np.errstate(over="ignore"):
        columns = [each.astype(dtype) for each in points(2)]
    inline = blocked_values(loop, columns)
    monkeypatch.setattr(blocked, "INLINED", 0)
    assert len(blocked.trace(loop).calls) < 4 * len(nodes)
    for got, wanted in zip(blocked_values(loop, columns), inline, strict=True):
        assert_same(got, wanted)


EXACT = [op for op in ELEMENTWISE.values() if not op.blocks and op.numpy is not None and op.prepare is None]


def random_loop(seed: int, size: int, dtype: str = "float64", strict: bool = False) -> Loop:
    """Some operations on earlier ones, a few of which are put out: floats, whole numbers and truth values."""
    choose = random.Random(seed)
    graph = Graph()
    columns = [leaf(graph, "x", "var", ()), leaf(graph, "y", "var", ()), leaf(graph, "n", "var", (), "int")]
    columns.append(leaf(graph, "c", "var", (), "bool"))
    nodes = [*columns, constant(graph, 0.5), constant(graph, -2.0)]
    while len(nodes) < size:
        op = choose.choice(EXACT)
        nodes.append(build(op, [choose.choice(nodes[-20:]) for _ in range(arity(op))], ()))
    outputs = [choose.choice(nodes) for _ in range(6)] + nodes[-1:]
    return loop_of(columns, outputs, dtype, strict)


def random_columns(rows: int, dtype: str = "float64") -> list[np.ndarray]:
    generator = np.random.default_rng(rows)
    floats = [generator.uniform(-3, 3, rows).astype(dtype) for _ in range(2)]
    return [*floats, generator.integers(-5, 5, rows).astype(float), generator.integers(0, 2, rows).astype(float)]


def compare(loop: Loop, rows: int) -> None:
    columns = random_columns(rows, loop.dtype)
    kinds = [node.kind for node in loop.columns]
    as_meant = [each.astype(bool) if kind == "bool" else each for each, kind in zip(columns, kinds, strict=True)]
    wanted = array_values(loop, as_meant)
    for got, expected in zip(blocked_values(loop, columns), wanted, strict=True):
        assert_same(got, expected)


@pytest.mark.parametrize("seed", range(60))
def test_no_register_is_written_while_its_value_is_wanted(seed: int) -> None:
    dtype, strict = (("float64", False), ("float32", False), ("float64", True), ("float32", True))[seed % 4]
    compare(random_loop(seed, 20 + 5 * seed, dtype, strict), 130)


def test_a_long_program_is_cut_into_pieces() -> None:
    loop = random_loop(1, 4 * PIECE)
    columns = list(loop.columns)
    everything = loop_of(columns, [node for node in loop.steps if node.kind == "float"][:: PIECE // 40])
    assert len(blocked.trace(everything).calls) > PIECE
    compare(everything, 50)


@pytest.mark.parametrize("seed", range(30))
def test_flattening_gives_a_register_to_one_value_at_a_time(seed: int) -> None:
    choose = random.Random(seed)
    steps: list[Step] = []
    for index in range(80):
        operands = tuple(choose.randrange(max(0, index - 12), index) for _ in range(2 if index else 0))
        steps.append(Step(index, operands, choose.choice("fb"), operands[: choose.randrange(3)]))
    flat = flatten(steps, {7})
    held: dict[tuple[str, int], object] = {}
    for step in steps:
        homes = {each: (steps[each].kind, flat.places[each]) for each in step.operands if each != 7}
        assert all(held[home] == each for each, home in homes.items())
        if step.value == 7:
            continue
        home = (step.kind, flat.places[step.value])
        assert flat.places[step.value] < flat.registers[step.kind]
        assert all(taken != home or each in step.early for each, taken in homes.items())
        held[home] = step.value
    assert 7 not in flat.places


def test_a_chain_needs_one_register() -> None:
    steps = [Step(index, (index - 1,) if index else (), "f", (index - 1,)) for index in range(100)]
    assert flatten(steps).registers == {"f": 1}
    late = [Step(index, (index - 1,) if index else (), "f", ()) for index in range(100)]
    assert flatten(late).registers == {"f": 2}


def test_values_are_computed_when_they_are_needed() -> None:
    """Fifty products, all stated before the first is added: as many registers only if all were computed first."""
    graph = Graph()
    x = leaf(graph, "x", "var", ())
    products = [x * (number + 0.5) for number in range(50)]
    total = products[0]
    for each in products[1:]:
        total = total + each
    traced = blocked.trace(loop_of([x], [total, total * total]))
    assert len(traced.calls) == 100
    assert blocked.placed(traced, "float64")[1].registers["d"] <= 2


@pytest.mark.parametrize("rows", [0, 1, 7, 8191, 8192, 8193, blocked.ROWS, 2 * blocked.ROWS + 1])
def test_any_number_of_rows(rows: int) -> None:
    compare(random_loop(5, 40), rows)


def test_only_the_rows_asked_for_are_written() -> None:
    loop = random_loop(6, 40)
    columns = random_columns(40_000)
    part, whole = blocked_values(loop, columns, 123, 30_001), blocked_values(loop, columns)
    for got, wanted in zip(part, whole, strict=True):
        assert np.array_equal(got[123:30_001], wanted[123:30_001], equal_nan=True)
        assert np.all(got[:123] == 77.0) and np.all(got[30_001:] == 77.0)


def test_threads_share_a_prepared_loop_without_warnings() -> None:
    loop = random_loop(8, 60)
    rows = 100_000
    columns = random_columns(rows)
    work = blocked.prepare(loop)
    outputs = [np.empty(rows) for _ in loop.outputs]
    with warnings.catch_warnings(), ThreadPoolExecutor(4) as pool:
        warnings.simplefilter("error")
        list(pool.map(lambda start: work(columns, [], outputs, start, start + 10_000), range(0, rows, 10_000)))
    for got, wanted in zip(outputs, blocked_values(loop, columns), strict=True):
        assert np.array_equal(got, wanted, equal_nan=True)


def test_uniforms_are_the_same_in_every_row() -> None:
    graph = Graph()
    x, scale = leaf(graph, "x", "var", ()), leaf(graph, "scale", "var", ())
    sine, choose = OPS["sin"], OPS["where"]
    outputs = (scale * x, sine(scale), scale + 1.0, choose(OPS["less"](scale, 0.0), x, scale), scale)
    steps = [node for node in ancestors(outputs) if node not in (x, scale)]
    values = np.linspace(-1, 1, 9)
    got = [np.empty(9) for _ in outputs]
    blocked.prepare(Loop(tuple(steps), (x,), (scale,), outputs, "float64", False))([values], [2.5], got, 0, 9)
    for made, wanted in zip(got, (2.5 * values, math.sin(2.5), 3.5, 2.5, 2.5), strict=True):
        assert np.allclose(made, wanted, rtol=1e-15, atol=0)


def test_special_values_among_others_do_not_depend_on_their_neighbours() -> None:
    """A condition that holds in few rows is treated in another way than one that holds in many."""
    graph = Graph()
    x = leaf(graph, "x", "var", ())
    columns = [np.resize(SPECIAL, 1000)]
    for name in ("sin", "erf", "relu", "sigmoid", "mod"):
        loop = loop_of([x], [OPS[name](*[x] * arity(OPS[name]))])
        many = blocked_values(loop, columns)[0]
        few = np.full((len(SPECIAL), 1000), 0.25)
        few[:, 500] = SPECIAL
        for row, wanted in zip(few, many, strict=False):
            assert_same(blocked_values(loop, [row])[0][500:501], np.array([wanted]))
