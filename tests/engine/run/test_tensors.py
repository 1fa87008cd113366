"""A program over tensors gives what the arrays that define the operators give, whoever runs it and however often."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from diffcli.engine.diff import gradients
from diffcli.engine.graph import Graph, Node, ancestors
from diffcli.engine.op import OPS, REQUIRED, leaf
from diffcli.engine.program import program
from diffcli.engine.run import array, native, nest
from diffcli.engine.run.layout import sizes
from diffcli.engine.run.tensors import TensorProgram, plan
from diffcli.engine.shape import OperandError
from tests.training_programs import Training, network, regression

from .programs import FILES, case_of
from .tensor_programs import SHAPES, Case, random_case

needs_compiler = pytest.mark.skipif(not native.available(), reason="needs llvmlite")
EXECUTORS = [pytest.param("jit", marks=needs_compiler), "blocked"]
# Files whose point it is that the last digit of a function decides the result.
ROUNDING = ("log-of-one-minus-tanh-squared",)


def defined(case: Case | Training, dtype: str = "float64", strict: bool = False) -> list[np.ndarray]:
    """The targets as the executor gives them that defines the operators."""
    values = array.run(
        program(case.targets, case.inputs), dict(zip(case.inputs, case.values, strict=True)), dtype, strict
    )
    return [values[target] for target in case.targets]


def close(found: list[np.ndarray], expected: list[np.ndarray], tolerance: float = 1e-11) -> None:
    for one, other in zip(found, expected, strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        largest = np.max(np.abs(other[np.isfinite(other)]), initial=1)  # sums may cancel
        np.testing.assert_allclose(one * 1.0, other * 1.0, rtol=tolerance, atol=tolerance * largest)


def made(*shapes: tuple[int, ...]) -> tuple[Node, ...]:
    graph = Graph()
    return tuple(leaf(graph, f"x{index}", "input", shape) for index, shape in enumerate(shapes))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_samples_with_tensors(executor: str) -> None:
    count = 0
    for path in FILES:
        case = sample(path)
        if case is not None:
            found = plan(case[0].targets, case[0].inputs, *case[1:], executor).run(case[0].values)
            close(found, defined(*case), 1e-11 if case[1] == "float64" else 1e-5)
            count += 1
    assert count >= 40


def sample(path: Path) -> tuple[Case, str, bool] | None:
    """A sample's values and gradients, its dtype, whether it is strict; None for one without tensors."""
    case = case_of(path, 1)
    if case is None or path.stem in ROUNDING or all(node.shape == () for node in ancestors(case.targets)):
        return None
    inputs = [*case.columns, *case.feeds]
    values = [case.values[node][0] for node in case.columns] + list(case.feeds.values())
    return Case(case.targets, inputs, values), case.dtype, case.strict


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("seeds", [range(start, start + 10) for start in range(0, 40, 10)], ids=str)
def test_random_programs_and_what_runs_after_them(executor: str, seeds: range) -> None:
    for seed in seeds:
        case = random_case(seed)
        steps = plan(case.targets, case.inputs, executor=executor)
        first = [each.copy() for each in steps.run(case.values)]
        close(first, defined(case))
        other = case._replace(values=[2.0 - each for each in case.values])
        close(steps.run(other.values), defined(other))
        for one, again in zip(first, steps.run(case.values), strict=True):
            np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_axes_of_size_none_and_one(executor: str) -> None:
    for shape in [(0,), (1,), (3, 0), (0, 3), (1, 1), (1, 3), (3, 1), (1, 0, 2)]:
        (x,) = made(shape)
        y = OPS["exp"](x) * 2.0 + OPS["sum"](x, axis=0)
        targets = [
            y,
            OPS["sum"](y),
            OPS["sum"](y, axis=-1),
            *(each for each in gradients([y], [x]) if each is not None),
        ]
        case = Case(targets, [x], [np.full(shape, 0.5)])
        close(plan(targets, [x], executor=executor).run(case.values), defined(case))


@needs_compiler
@pytest.mark.parametrize("width", [2, 4, 8])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_registers_of_every_width(width: int, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if width > native.host().width:
        pytest.skip("this processor has fewer lanes")
    target = native.target_of_width(width)
    monkeypatch.setattr(native, "host", lambda: target)
    for seed in range(100, 106):
        case = random_case(seed)
        with np.errstate(all="ignore"):
            expected = defined(case, dtype)
        close(
            plan(case.targets, case.inputs, dtype, executor="jit").run(case.values),
            expected,
            1e-11 if dtype == "float64" else 1e-3,
        )


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("shape", SHAPES[2:], ids=str)
def test_every_way_to_lie(executor: str, shape: tuple[int, ...]) -> None:
    """Rows, columns, numbers, turned, backwards, in steps, in a window: all against all."""
    x, row, number = made(shape, shape[-1:], ())
    turned = OPS["transpose"](OPS["exp"](OPS["transpose"](x)))
    back = OPS["flip"](x, -1) + row
    middle = OPS["index"](x, (("rest",), ("slice", None, None, 2.0)))
    inside = OPS["pad"](x * number, 2)
    targets = [turned * x + row * number, back - turned, middle * middle, inside + 1.0, OPS["sum"](back * x, axis=0)]
    values = [np.random.default_rng(5).standard_normal(sizes(each)) for each in (x, row, number)]
    case = Case(targets, [x, row, number], values)
    close(plan(targets, case.inputs, executor=executor).run(values), defined(case))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_training_steps_of_a_network(executor: str) -> None:
    step = network(8)
    for dtype, tolerance in (("float64", 1e-11), ("float32", 2e-4)):
        steps = plan(step.targets, step.inputs, dtype, executor=executor, donate=step.donate)
        values = expected = list(step.values)
        for _ in range(3):
            expected = defined(step._replace(values=tuple(expected)), dtype)
            values = steps.run(values)
            close(values, expected, tolerance)
            data = list(step.values[len(step.donate) :])
            values, expected = values[1:] + data, expected[1:] + data
    assert not step.values[1].any()  # what was given is left alone


@pytest.mark.parametrize("executor", EXECUTORS)
def test_regression_finds_the_line(executor: str) -> None:
    step = regression(100)
    steps = plan(step.targets, step.inputs, executor=executor, donate=step.donate)
    steps.run(step.values)
    for _ in range(500):
        loss, w, b = steps.run()
    *_, x, y = step.values
    expected = np.polyfit(x, y, 1)
    np.testing.assert_allclose([w, b], expected, rtol=1e-12)
    np.testing.assert_allclose(loss, np.mean((np.polyval(expected, x) - y) ** 2), rtol=1e-12)


def test_refusals() -> None:
    x, y = made((3,), (3,))
    z = x + y
    with pytest.raises(ValueError, match="no value is given for x1"):
        plan([z], [x])
    steps = plan([z], [x, y])
    with pytest.raises(ValueError, match="2 inputs are needed, 1 given"):
        steps.run([np.zeros(3)])
    with pytest.raises(ValueError, match=r"shape \[1\] instead of \[3\]"):
        steps.run([np.zeros(3), np.zeros(1)])
    with pytest.raises(ValueError, match="no executor"):
        plan([z], [x, y], executor="fast")
    with pytest.raises(ValueError, match="cannot replace"):
        plan([OPS["sum"](z)], [x, y], donate={0: 0})
    labels = OPS["one_hot"](x, 3)
    with pytest.raises(OperandError, match="whole number"):
        plan([labels], [x]).run([np.full(3, 0.5)])


def test_it_says_what_runs() -> None:
    x, y = made((3, 4), (4, 2))
    text = plan([OPS["tanh"](x @ y) * 2.0], [x, y], executor="blocked").explain()
    assert text.splitlines()[0] == "arrays: 1 operations (matmul) -> 3 x 2"
    assert isinstance(plan([x], [x]), TensorProgram)
    assert nest.SYMBOL == "tensors"


@pytest.mark.parametrize("executor", EXECUTORS)
def test_every_operator_at_its_points(executor: str) -> None:
    graph = Graph()
    inputs: list[Node] = []
    values: list[np.ndarray] = []
    targets: list[Node] = []

    def given(value: object) -> Node:
        array_ = np.asarray(value, float)
        inputs.append(leaf(graph, f"x{len(inputs)}", "input", array_.shape))
        values.append(array_)
        return inputs[-1]

    for op in OPS.values():
        for point in op.at:
            operands = list(point) if isinstance(point, tuple) else [point]
            named = operands.pop() if operands and isinstance(operands[-1], dict) else {}
            statics = [each for each in op.parameters if each.static and each.name not in named]
            if op.hidden or not operands or any(each.default is REQUIRED for each in statics):
                continue
            targets.append(op(*[given(each) for each in operands], **named))
    case = Case([each for each in targets if isinstance(each, Node)], inputs, values)
    assert len({each.op.name for each in ancestors(case.targets)}) > 100
    close(plan(case.targets, inputs, executor=executor).run(values), defined(case))


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    native.binding.cache_clear()
    try:
        step = regression(20)
        values = plan(step.targets, step.inputs, donate=step.donate).run(step.values)
        close(values, defined(step))
        with pytest.raises(ImportError, match=r"pip install 'diffcli\[jit\]'"):
            plan(step.targets, step.inputs, executor="jit")
    finally:
        monkeypatch.undo()
        native.binding.cache_clear()
