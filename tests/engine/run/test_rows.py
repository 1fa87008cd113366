"""A program over rows gives in each row what the file gives at that point, whoever computes it and however it is cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diffcli.engine.diff import gradients
from diffcli.engine.graph import Graph, Node, ancestors
from diffcli.engine.op import OPS, constant, leaf
from diffcli.engine.run import execute, native
from diffcli.engine.run.kernel import Loop
from diffcli.engine.run.rows import compile_rows, plan_rows, prepared

from .programs import FILES, case_of

EXECUTORS = ("jit", "blocked")
ROWS = 19
# Files whose point it is that the last digit of a function decides the result.
ROUNDING = ("log-of-one-minus-tanh-squared",)


def close(found: np.ndarray, expected: np.ndarray, dtype: str) -> None:
    tolerance = 1e-10 if dtype == "float64" else 2e-3
    largest = np.max(np.abs(expected[np.isfinite(expected)]), initial=0)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * largest)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_rows_of_a_sample_are_its_points(path: Path) -> None:
    case = case_of(path, ROWS)
    if case is None or path.stem in ROUNDING:
        return  # nothing to vary, or no number: other tests hold it
    expected: list[list[object]] = [[] for _ in case.targets]
    for row in range(ROWS):
        point = {node: value[row].item() if value.ndim == 1 else value[row] for node, value in case.values.items()}
        values = execute(case.targets, {**case.feeds, **point}, case.dtype, case.strict)
        for place, target in enumerate(case.targets):
            expected[place].append(values[target])
    for executor in EXECUTORS:
        program = compile_rows(case.targets, case.columns, case.dtype, case.strict, executor)
        found = program.run([case.values[node] for node in case.columns], case.feeds)
        for one, all_rows in zip(found, expected, strict=True):
            close(np.asarray(one, float), np.asarray(all_rows, float), case.dtype)


def separate(loop: Loop) -> tuple[Loop, list[tuple[Node, ...]]]:
    """Each step of a loop on columns of its own inputs: so errors of one do not reach another."""
    graph = Graph(loop.strict)
    columns: dict[Node, Node] = {}
    steps: list[Node] = []
    originals = []
    for node in loop.steps:
        if not node.inputs or node.op.role in ("alias", "derivative"):
            continue
        inputs = []
        for each in node.inputs:
            if each.op.role == "constant":
                inputs.append(constant(graph, each.attributes[0], each.kind))
            else:
                if each not in columns:
                    columns[each] = leaf(graph, "", "part", (), each.kind)
                inputs.append(columns[each])
        steps.append(graph.intern(node.op, tuple(inputs), node.attributes, (), node.kind))
        originals.append(node)
    outputs = tuple(dict.fromkeys(steps))
    every = tuple(ancestors(outputs))
    return Loop(every, tuple(columns.values()), (), outputs, loop.dtype, loop.strict), [
        tuple(columns),
        tuple(originals),
    ]


def ulps(a: np.ndarray, b: np.ndarray) -> float:
    """The largest distance in units of the last place; special values must be the same."""
    special = ~(np.isfinite(a) & np.isfinite(b))
    if not np.array_equal(a[special], b[special], equal_nan=True):
        return float("inf")
    gap = np.abs(a[~special].astype(np.longdouble) - b[~special])
    return float(np.max(gap / np.spacing(np.maximum(np.abs(a[~special]), np.finfo(a.dtype).tiny)), initial=0))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_both_executors_agree_within_two_units_on_every_operation(path: Path) -> None:
    from diffcli.engine.run import blocked, jit

    case = case_of(path, ROWS)
    if case is None:
        return
    random = np.random.default_rng(5)
    plan = plan_rows(case.targets, case.columns, case.dtype, case.strict, "blocked")
    for segment in plan.segments:
        if segment.loop is None:
            continue
        loop, _ = separate(segment.loop)
        if not loop.outputs:
            continue
        types = [np.float64 if loop.dtype == "float64" or node.kind != "float" else np.float32 for node in loop.columns]
        columns = []
        for node, type in zip(loop.columns, types, strict=True):
            values = random.choice([-1.0, 1.0], ROWS) * random.uniform(0.01, 3, ROWS)
            values = (
                np.round(values)
                if node.kind == "int"
                else np.abs(np.round(values)) > 1
                if node.kind == "bool"
                else values
            )
            columns.append(values.astype(type))
        results = []
        for executor in (blocked, jit):
            outputs = [
                np.empty(ROWS, np.float32 if loop.dtype == "float32" and node.kind == "float" else np.float64)
                for node in loop.outputs
            ]
            executor.prepare(loop)(columns, [], outputs, 0, ROWS)
            results.append(outputs)
        for node, first, second in zip(loop.outputs, *results, strict=True):
            assert ulps(first, second) <= 2, node.op.name


def formula(shape: tuple[int, ...] = ()) -> tuple[list[Node], list[Node]]:
    graph = Graph()
    x, y = leaf(graph, "x", "input", shape), leaf(graph, "y", "input", ())
    total = OPS["sum"](OPS["exp"](x * y) + OPS["sqrt"](OPS["square"](x) + 1.0))
    return [total, *gradients([total], [x, y])], [x, y]


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("rows", [0, 1, 2, 7, 8, 9, 31, 16_383, 16_385])
def test_any_number_of_rows(executor: str, rows: int) -> None:
    targets, columns = formula()
    x, y = np.linspace(-2, 2, rows), np.linspace(0.1, 1, rows)
    value, dx, dy = compile_rows(targets, columns, executor=executor).run([x, y])
    np.testing.assert_allclose(value, np.exp(x * y) + np.sqrt(x * x + 1), rtol=1e-15)
    np.testing.assert_allclose(dx, y * np.exp(x * y) + x / np.sqrt(x * x + 1), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(dy, x * np.exp(x * y), rtol=1e-14)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_row_does_not_depend_on_where_it_stands(executor: str) -> None:
    targets, columns = formula()
    program = compile_rows(targets, columns, executor=executor)
    x, y = np.random.default_rng(2).normal(size=(2, 1003))
    whole = program.run([x, y])
    for start, stop in ((0, 1), (1, 9), (500, 1003), (3, 1003)):
        for part, all_rows in zip(program.run([x[start:stop], y[start:stop]]), whole, strict=True):
            assert part.tobytes() == all_rows[start:stop].tobytes()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_threads_change_nothing(executor: str) -> None:
    targets, columns = formula((3,))
    random = np.random.default_rng(3)
    x, y = random.normal(size=(200_000, 3)), random.normal(size=200_000)
    one = compile_rows(targets, columns, executor=executor).run([x, y])
    two = compile_rows(targets, columns, executor=executor, threads=2).run([x, y])
    assert [each.tobytes() for each in one] == [each.tobytes() for each in two]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_columns_of_any_layout_and_type(executor: str) -> None:
    targets, columns = formula()
    program = compile_rows(targets, columns, executor=executor)
    table = np.random.default_rng(4).normal(size=(50, 4))
    expected = program.run([table[:, 1].copy(), table[:, 2].copy()])
    frozen = table[:, 2].copy()
    frozen.flags.writeable = False
    found = program.run([table[:, 1], frozen])
    assert [each.tobytes() for each in expected] == [each.tobytes() for each in found]
    whole = np.arange(-5, 5)
    np.testing.assert_allclose(program.run([whole, whole])[0], np.exp(whole * whole) + np.sqrt(whole**2 + 1.0))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_results_go_where_they_are_wanted(executor: str) -> None:
    targets, columns = formula()
    program = compile_rows(targets, columns, executor=executor)
    x, y = np.random.default_rng(6).normal(size=(2, 100))
    expected = program.run([x, y])
    table = np.full((100, 3), np.nan)
    found = program.run([x, y], out=[table[:, 0], table[:, 1], table[:, 2]])
    for place, each in enumerate(expected):
        assert np.array_equal(table[:, place], each) and found[place].base is table


@pytest.mark.parametrize("executor", EXECUTORS)
def test_results_may_replace_the_columns(executor: str) -> None:
    targets, columns = formula()
    program = compile_rows(targets, columns, executor=executor)
    x, y = np.random.default_rng(8).normal(size=(2, 101))
    expected = program.run([x, y])
    room = np.empty(103)
    room[1:102] = x
    z = np.empty(101)
    found = program.run([room[1:102], y], out=[room[2:103], z, y])
    assert [each.tobytes() for each in found] == [each.tobytes() for each in expected]
    assert room[2:103].tobytes() == expected[0].tobytes()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_outputs_larger_than_the_cache_are_whole(executor: str) -> None:
    graph = Graph()
    x = leaf(graph, "x", "input", ())
    targets = [x * 2.0, x * x, x + 1.0]
    values = np.arange(3_000_001, dtype=float)
    for offset in range(3):  # outputs aligned, and not
        out = [np.full(len(values) + 3, -1.0)[offset : offset + len(values)] for _ in targets]
        compile_rows(targets, [x], executor=executor).run([values], out=out)
        assert np.array_equal(out[0], values * 2) and np.array_equal(out[1], values * values)
        assert np.array_equal(out[2], values + 1)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_target_may_be_an_input_a_constant_or_twice_the_same(executor: str) -> None:
    graph = Graph()
    x, c = leaf(graph, "x", "input", ()), leaf(graph, "c", "const", ())
    targets = [x, x, constant(graph, 3.0), c * 2.0, x > 1.0 if False else OPS["greater"](x, 1.0), x + 0.0 * c]
    values = np.array([0.5, 1.5, -2.0])
    found = compile_rows(targets, [x], executor=executor).run([values], {c: 4.0})
    assert [each.tolist() for each in found] == [
        values.tolist(),
        values.tolist(),
        [3.0] * 3,
        [8.0] * 3,
        [False, True, False],
        values.tolist(),
    ]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_whole_numbers_stay_exact_in_single_precision(executor: str) -> None:
    graph = Graph()
    k, x = leaf(graph, "k", "input", (), "int"), leaf(graph, "x", "input", ())
    program = compile_rows([k + k, x + x], [k, x], dtype="float32", executor=executor)
    doubled, single = program.run([np.array([2.0**24 + 1, -3.0]), np.array([0.1, 0.2], np.float32)])
    assert doubled.tolist() == [2.0**25 + 2, -6.0] and doubled.dtype == np.float64
    assert single.dtype == np.float32 and single.tolist() == (np.array([0.1, 0.2], np.float32) * 2).tolist()


def test_what_does_not_fit_is_refused() -> None:
    targets, columns = formula((3,))
    program = compile_rows(targets, columns, executor="blocked")
    with pytest.raises(ValueError, match=r"shape \[5, 2\] instead of \[5, 3\]"):
        program.run([np.zeros((5, 2)), np.zeros(5)])
    with pytest.raises(ValueError, match="2 columns are needed, 1 given"):
        program.run([np.zeros((5, 3))])
    with pytest.raises(ValueError, match="no executor 'gpu'"):
        compile_rows(targets, columns, executor="gpu")


def test_what_a_lane_cannot_do_runs_on_arrays_and_the_rest_does_not() -> None:
    graph = Graph()
    x, m = leaf(graph, "x", "input", (3,)), leaf(graph, "m", "input", (20, 20))
    inside = OPS["lgamma"](OPS["sum"](x * x)) + OPS["sum"](OPS["exp"](x))
    plan = plan_rows([inside, OPS["sum"](m @ m)], [x, m])
    whole = [sorted({node.op.name for node in each.nodes}) for each in plan.segments if each.loop is None]
    assert whole == [["lgamma", "matmul", "sum"]]
    lanes = [node.op.name for each in plan.segments if each.loop is not None for node in each.nodes]
    assert "exp" in lanes and "multiply" in lanes and "matmul" not in lanes
    x_values, m_values = np.random.default_rng(7).normal(size=(4, 3)), np.random.default_rng(8).normal(size=(4, 20, 20))
    program = plan._replace(segments=tuple(prepared(each) for each in plan.segments))
    found = program.run([x_values, m_values])
    from math import lgamma

    for row in range(4):
        value = lgamma(np.sum(x_values[row] ** 2)) + np.sum(np.exp(x_values[row]))
        assert found[0][row] == pytest.approx(value, rel=1e-14)
        assert found[1][row] == pytest.approx(np.sum(m_values[row] @ m_values[row]), rel=1e-12)


@pytest.mark.parametrize("width", [2, 4, 8])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_width_gives_the_same_program(width: int, dtype: str) -> None:
    from diffcli.engine.run import jit

    if width > native.host().width:
        pytest.skip("this processor has fewer lanes")
    targets, columns = formula()
    loop = plan_rows(targets, columns, dtype, executor="jit").segments[0].loop
    assert loop is not None
    values = np.random.default_rng(9).normal(size=(2, 101)).astype(dtype)
    outputs = [np.empty(101, dtype) for _ in loop.outputs]
    order = [columns.index(plan_rows(targets, columns, dtype, executor="jit").columns[place]) for place in range(2)]
    jit.prepare(loop, native.target_of_width(width))([values[place] for place in order], [], outputs, 0, 101)
    x, y = values
    rtol = 1e-14 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(outputs[0], np.exp(x * y) + np.sqrt(x * x + 1), rtol=rtol)
