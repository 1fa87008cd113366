"""The operators' vector code against the interpreter on plain floats, which defines them: at all widths and precisions."""

import ctypes
import math
from functools import lru_cache
from itertools import product

import numpy as np
import pytest

from diffcli.engine.graph import Graph
from diffcli.engine.op import OPS, leaf
from diffcli.engine.program import program
from diffcli.engine.run import kernel, native, scalar

from .vector_points import WIDTHS, needs_compiler

pytestmark = needs_compiler
OPERATORS = {name: op for name, op in OPS.items() if op.elementwise and op.llvm is not None}
# The gamma family has no vector code: its series and reflections are long, and the executors on arrays compute it.
WITHOUT = {"digamma", "lgamma", "polygamma"}
# Arithmetic, choices and roots, each rounded once: the same bits.
EXACT = {"add", "subtract", "multiply", "divide", "negative", "square", "sqrt", "reciprocal", "mod", "floor_divide"}
EXACT |= {"abs", "sign", "guard", "multiply_no_nan", "divide_no_nan", "xdivy", "degrees", "radians"}
EXACT |= {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "isnan", "isinf", "isfinite"}
EXACT |= {"logical_and", "logical_or", "logical_not", "where", "maximum", "minimum", "clip", "held_below"}
EXACT |= {"floor", "ceil", "round", "trunc", "int", "float", "ste_round", "number", "identity", "stop_gradient"}
EXACT |= {"relu", "relu6", "leaky_relu"}
# Steps from float to float between both: 2 at most, but more for what is made of several rounded operations, and where
# the C library that the interpreter calls is up to 5 units from the truth itself.
LIMITS = dict.fromkeys(("bell", "normal_pdf", "silu", "log_sigmoid", "sigmoid_minus", "xlogy", "xlog1py"), 4)
LIMITS |= dict.fromkeys(("cbrt", "erfc", "normal_cdf", "gelu"), 8)
# Rows at which the interpreter is no measure: its hypot overflows, or two logarithms cancel.
UNSURE = {
    "inverse_part": lambda x, y: np.isinf(np.hypot(*x)),
    "logaddexp": lambda x, y: abs(y) < 0.3 * abs(x).max(axis=0),
}
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -3.5, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1.1e-308, 1e-160)
SPECIAL += (-1e-160, 1e160, -1e160, 1.7976931348623157e308, -1.7976931348623157e308, 1e-30, -1e-30, 37.5, -37.5, 1e6)


def arity(name):
    return sum(not each.static for each in OPS[name].parameters)


@lru_cache
def points(count, dtype):
    """Rows of operands: the stated points of all operators, products of special values, random ones of all sizes."""
    random = np.random.default_rng(7)
    stated = [each for op in OPERATORS.values() for each in (*op.at, *(edge.at for edge in op.edge))]
    rows = [row for row in (each if isinstance(each, tuple) else (each,) for each in stated) if len(row) == count]
    rows += product(SPECIAL if count < 3 else SPECIAL[:13:2], repeat=count)
    rows += random.normal(0.0, 3.0, (200, count)).tolist()
    rows += (random.choice([-1.0, 1.0], (200, count)) * np.exp(random.uniform(-700, 700, (200, count)))).tolist()
    with np.errstate(over="ignore"):
        return np.array(rows).astype(dtype).astype(float)


@lru_cache
def loop(count, dtype):
    """All operators of so many operands as one loop, and their nodes by name."""
    graph = Graph()
    columns = tuple(leaf(graph, f"x{place}", "var", ()) for place in range(count))
    nodes = {name: OPS[name](*columns) for name in OPERATORS if arity(name) == count}
    outputs = tuple(dict.fromkeys(nodes.values()))
    return kernel.Loop(program(outputs).nodes, columns, (), outputs, dtype, False), nodes


@lru_cache
def defined(count, dtype):
    """What the interpreter gives, by operator."""
    steps, nodes = loop(count, dtype)
    flat = program(steps.outputs)
    rows = [
        scalar.run(flat, dict(zip(steps.columns, row, strict=True)), dtype, False)
        for row in points(count, dtype).tolist()
    ]
    return {name: np.array([float(row[node]) for row in rows]) for name, node in nodes.items()}


def run_loop(steps, rows, width):
    """The columns that a loop gives for these rows."""
    target = native.target_of_width(width)
    code = native.compiled("rows", "", lambda: kernel.llvm_text(steps, target), target, keep=False)
    run = native.callable_of(code, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 3)
    columns = [
        np.ascontiguousarray(each, kernel_dtype(node, steps)) for each, node in zip(rows.T, steps.columns, strict=True)
    ]
    results = [np.empty(len(rows), kernel_dtype(node, steps)) for node in steps.outputs]
    addresses = [(ctypes.c_void_p * len(each))(*[one.ctypes.data for one in each]) for each in (columns, results)]
    run(addresses[0], None, addresses[1], len(rows), 0, 0)
    return [each.astype(float) for each in results]


def kernel_dtype(node, steps):
    """How numbers of a node's kind are stored."""
    return steps.dtype if node.kind == "float" else "float64"


@lru_cache
def computed(count, dtype, width):
    """What the vector code gives, by operator."""
    steps, nodes = loop(count, dtype)
    found = dict(zip(steps.outputs, run_loop(steps, points(count, dtype), width), strict=True))
    return {name: found[node] for name, node in nodes.items()}


def steps_apart(found, expected, dtype):
    """How many floats lie between; many if one alone is NaN or they are zeros of two signs."""
    whole = np.int32 if dtype == "float32" else np.int64
    places = []
    for values in (found, expected):
        bits = values.astype(dtype).view(whole).astype(object)
        places.append(np.where(bits < 0, -1 - (bits & np.iinfo(whole).max), bits))
    nans = np.isnan(found).astype(int) + np.isnan(expected)
    return np.where(nans == 2, 0, np.where(nans == 1, 2**40, abs(places[0] - places[1])))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", OPERATORS)
def test_vector_code_is_the_interpreter(name, dtype, width):
    count = arity(name)
    found, expected = computed(count, dtype, width)[name], defined(count, dtype)[name]
    apart = steps_apart(found, expected, dtype)
    if name in UNSURE:
        with np.errstate(all="ignore"):
            apart = np.where(UNSURE[name](points(count, dtype).T, expected), 0, apart)
    worst = int(np.argmax(apart))
    limit = 0 if name in EXACT else LIMITS.get(name, 2)
    assert apart[worst] <= limit, (points(count, dtype)[worst], found[worst], expected[worst])


def test_operators_without_vector_code_are_known():
    assert {name for name, op in OPS.items() if op.elementwise and op.llvm is None} == WITHOUT
    assert set(OPERATORS) >= EXACT | set(LIMITS)


@pytest.mark.parametrize("width", WIDTHS)
def test_truth_values_and_whole_numbers(width):
    """Comparisons, choices and roundings of operands that are not floats."""
    graph = Graph()
    truths = [leaf(graph, name, "var", (), "bool") for name in ("p", "q")]
    whole, real = leaf(graph, "n", "var", (), "int"), leaf(graph, "x", "var", ())
    pairs = ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or"]
    outputs = [OPS[name](*operands) for name in pairs for operands in (truths, (truths[0], real), (whole, truths[1]))]
    outputs += [OPS["where"](truths[0], *operands) for operands in (truths, (truths[1], real), (whole, truths[1]))]
    outputs += [OPS["where"](real, *operands) for operands in ((whole, real), (truths[0], whole))]
    outputs += [
        OPS[name](truths[0]) for name in ("logical_not", "isnan", "isinf", "isfinite", "int", "float", "number")
    ]
    outputs += [OPS[name](whole, real) for name in ("add", "maximum", "divide")]
    outputs += [OPS["held_below"](whole, truths[0], real), OPS["stop_gradient"](truths[0])]
    rows = list(product((False, True), (False, True), (-2.0, 0.0, 1.0, 3.0), (-2.0, -0.0, 0.0, 1.0, 2.5, math.nan)))
    for dtype in ("float64", "float32"):
        columns = (*truths, whole, real)
        steps = kernel.Loop(program(outputs).nodes, columns, (), tuple(dict.fromkeys(outputs)), dtype, False)
        results = run_loop(steps, np.array(rows, float), width)
        for place, row in enumerate(rows):
            values = scalar.run(program(outputs), dict(zip(columns, row, strict=True)), dtype, False)
            for node, result in zip(steps.outputs, results, strict=True):
                assert steps_apart(result[place : place + 1], np.array([float(values[node])]), dtype) == 0, (node, row)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_row_has_the_same_bits_wherever_it_stands(width):
    steps, _ = loop(1, "float64")
    rows = points(1, "float64")
    whole = run_loop(steps, rows, width)
    for start in (1, 2, 5):
        for first, second in zip(run_loop(steps, rows[start:], width), whole, strict=True):
            np.testing.assert_array_equal(first.view(np.int64), second[start:].view(np.int64))
