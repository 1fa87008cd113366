"""The numbers of programs over tensors: which are the same to the last bit, and how sums are rounded."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diffcli.engine.op import OPS
from diffcli.engine.run.tensors import plan

from .tensor_programs import Case
from .test_tensors import EXECUTORS, close, defined, made, needs_compiler


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("strict", [False, True])
def test_without_sums_and_functions_each_bit_is_the_same(executor: str, dtype: str, strict: bool) -> None:
    random = np.random.default_rng(7)
    x, y = made((6, 11), (11,))
    z = OPS["where"](OPS["greater"](x, 0.0), OPS["sqrt"](OPS["abs"](x)) / y, -x * y)
    later, earlier = (OPS["index"](z, (("slice", first, last, None),)) for first, last in ((1, None), (None, -1)))
    targets = [z, OPS["max"](z, axis=1), later - earlier, OPS["pad"](z * z, 1)]
    wild = random.standard_normal((6, 11)) * 10.0 ** random.integers(-310, 308, (6, 11)).astype(float)
    wild[0, :6] = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324]
    case = Case(targets, [x, y], [wild, random.standard_normal(11)])
    with np.errstate(over="ignore"):
        found = plan(targets, [x, y], dtype, strict, executor).run(case.values)
        for one, other in zip(found, defined(case, dtype, strict), strict=True):
            np.testing.assert_array_equal(one, other)
            numbers = ~np.isnan(other)
            np.testing.assert_array_equal(np.signbit(one[numbers]), np.signbit(other[numbers]))


@needs_compiler
def test_a_sum_is_rounded_once() -> None:
    random = np.random.default_rng(3)
    (x,) = made((7, 1001))
    total = plan([OPS["sum"](x * 1.5), OPS["sum"](x, axis=1)], [x], executor="jit")
    values = random.standard_normal((7, 1001)) * 10.0 ** random.integers(-8, 9, (7, 1001))
    whole, rows = total.run([values])
    assert whole == math.fsum((values * 1.5).ravel())
    np.testing.assert_array_equal(rows, [math.fsum(row) for row in values])
    single = plan([OPS["sum"](x, axis=1)], [x], "float32", executor="jit").run([values])[0]
    exact = [math.fsum(row) for row in values.astype(np.float32).tolist()]
    np.testing.assert_array_equal(single, np.array(exact, np.float32))


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_and_extremes_of_what_is_not_finite(executor: str, dtype: str) -> None:
    rows = [[1.0, math.inf, 2.0], [math.inf, -math.inf, 0.0], [math.nan, 1.0, 2.0], [-0.0, -0.0, -0.0]]
    rows.append([3e38, 3e38, -3e38] if dtype == "float32" else [1.7e308, 1.7e308, 1.0])
    (x,) = made((5, 3))
    for axis in (0, 1, None):
        targets = [
            OPS[name](x, axis=axis)
            for name in ("sum", "max", "min", "softmax", "logsumexp")
            if name != "softmax" or axis is not None
        ]
        case = Case(targets, [x], [np.array(rows)])
        found = plan(targets, [x], dtype, executor=executor).run(case.values)
        expected = defined(case, dtype)
        if dtype == "float32" and axis == 1 and executor == "jit":
            assert found[0][4] == np.float32(3e38)  # summed in doubles: no overflow on the way
            found[0][4] = expected[0][4]
        close(found, expected, 1e-6 if dtype == "float32" else 1e-14)


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_lengths_of_large_and_small_numbers(executor: str, dtype: str) -> None:
    x, limit = made((9, 4), ())
    scale = {"float64": [1e300, 1.7e308, 1e-300, 5e-324, 1e-310], "float32": [1e30, 3.4e38, 1e-30, 1e-45, 1e-40]}[dtype]
    rows = [[3.0, -4.0, 1.0, 0.5], *([each, -each / 2, 0.0, each / 3] for each in scale), [0.0, -0.0, 0.0, 0.0]]
    values = np.array([*rows, [math.inf, 1.0, 0.0, 0.0], [math.nan, 1.0, 0.0, 0.0]])
    named = [{"axis": axis, "keepdims": kept} for axis in (0, 1, None) for kept in (False, True)]
    targets = [OPS["norm"](x, ord=order, **each) for each in named for order in (1, 2, math.inf)]
    targets += [OPS["std"](x, **each) for each in named] + [OPS["clip_by_norm"](x, limit, axes) for axes in (0, 1)]
    targets += [OPS["clip_by_norm"](OPS["index"](x, (("slice", 0, 1, None),)), limit)]
    steps = plan(targets, [x, limit], dtype, executor=executor)
    assert "norm" not in steps.explain()
    case = Case(targets, [x, limit], [values, 2.5])
    with np.errstate(over="ignore"):
        found, expected = steps.run(case.values), defined(case, dtype)
    for target, one, other in zip(targets, found, expected, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(
            one, other, rtol=5e-7 if dtype == "float32" else 1e-15, err_msg=str(target.attributes)
        )
