"""Evaluation of the functions on lanes over arrays, at any width of this machine, and the measure of their errors."""

from __future__ import annotations

import ctypes
import math
from functools import lru_cache

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401 - fills the table
from diffcli.engine.graph import Graph
from diffcli.engine.op import OPS, Op, Parameter, leaf
from diffcli.engine.run import kernel, native, vector  # noqa: F401 - states the functions
from diffcli.engine.run.lanes import FUNCTIONS

WIDTHS = [width for width in (2, 4, 8) if native.available() and width <= native.host().width]
needs_compiler = pytest.mark.skipif(not native.available(), reason=native.MISSING)


@lru_cache(maxsize=256)
def compiled(name, arity, width, dtype="float64", fma=None, constants=()):
    """The loop over a function on lanes, or over an operator's rule; kernel.llvm_text says what it is called with."""
    target = native.target_of_width(width)
    target = target._replace(fma=target.fma if fma is None else fma)
    graph = Graph()
    inputs = tuple(leaf(graph, f"x{place}", "var", ()) for place in range(arity))
    if name in OPS:
        node = OPS[name](*inputs, *constants)
    else:
        op = Op(name, "", tuple(Parameter(f"x{place}") for place in range(arity)), llvm=name, partials=(None,) * arity)
        assert name in FUNCTIONS
        node = graph.intern(op, inputs, (), (), "float")
    steps = (*[each for each in node.inputs if each not in inputs], node)
    loop = kernel.Loop(steps, inputs, (), (node,), dtype, False)
    code = native.compiled("rows", "", lambda: kernel.llvm_text(loop, target), target, keep=False)
    function = native.callable_of(code, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 3)
    function.owner = code.owner  # the memory of the machine code lives as long as this
    return function


def evaluate(name, *arrays, width=8, dtype="float64", fma=None, constants=()):
    """A function on lanes, or an operator (with these constants as its last operands), at each row of the arrays."""
    columns = [np.ascontiguousarray(each, dtype) for each in arrays]
    count = len(columns[0])
    lanes = 2 * width  # what a loop computes at a time, at most
    if count < lanes:
        columns = [np.concatenate([each, np.full(lanes - count, each[0])]).astype(dtype) for each in columns]
    result = np.empty(len(columns[0]), dtype)
    pointers = (ctypes.c_void_p * len(columns))(*[each.ctypes.data for each in columns])
    outputs = (ctypes.c_void_p * 1)(result.ctypes.data)
    compiled(name, len(columns), width, dtype, fma, constants)(pointers, None, outputs, len(columns[0]), 0, 0)
    return result[:count]


def ulps(ours, reference):
    """Errors in units of the last place of the reference (longdouble); infinite where one alone is not finite."""
    reference = np.asarray(reference, np.longdouble)
    with np.errstate(all="ignore"):
        rounded = reference.astype(np.float64)
        unit = np.spacing(np.minimum(np.abs(rounded), np.finfo(float).max)).astype(np.longdouble)
        error = np.abs(ours - reference) / unit
        same = (ours == rounded) & ~np.isfinite(rounded) | np.isnan(ours) & np.isnan(reference)
        return np.where(same, 0.0, np.where(np.isfinite(ours), error, np.inf)).astype(float)


def spread(random, low, high, count):
    """Seeded points between the bounds, half of them evenly, half by their exponents (where both have one sign)."""
    even = 2.0 * random.uniform(low / 2.0, high / 2.0, count)
    if low * high <= 0:
        largest = max(abs(low), abs(high))
        sizes = np.exp(random.uniform(np.log(5e-324), np.log(largest), count)) * random.choice([-1.0, 1.0], count)
        other = np.clip(sizes, low, high)
    else:
        other = np.clip(np.sign(low) * np.exp(random.uniform(*sorted(np.log(np.abs([low, high]))), count)), low, high)
    return np.where(np.arange(count) % 2, even, other)


def near(random, centre, count, smallest=1e-17, largest=0.1):
    """Points on both sides of a number, at distances of all sizes."""
    distance = np.exp(random.uniform(np.log(smallest), np.log(largest), count)) * random.choice([-1.0, 1.0], count)
    return centre + distance


def exact(function, *columns, digits=40):
    """The values of a function of mpmath at these points, as long doubles."""
    import mpmath

    with mpmath.workdps(digits):
        rows = [function(*[mpmath.mpf(float(each)) for each in row]) for row in zip(*columns, strict=True)]
        highs = np.array([float(each) for each in rows], np.longdouble)
        lows = [
            float(each - float(high)) if math.isfinite(high) else 0.0 for each, high in zip(rows, highs, strict=True)
        ]
        return highs + np.array(lows, np.longdouble)


def assert_accurate(name, function, limit, *columns, digits=40):
    """Fails unless a function on lanes is within so many units of the last place of mpmath's, at all widths."""
    truth = exact(function, *columns, digits=digits)
    for width in WIDTHS:
        error = ulps(evaluate(name, *columns, width=width), truth)
        worst = int(np.argmax(error))
        assert error[worst] <= limit, (name, width, [float(each[worst]) for each in columns], float(error[worst]))


def assert_meant(name, meaning, *columns, limit=3.0):
    """Fails unless a function on lanes has the NaN, infinities and signed zeros of its meaning, and nearly its numbers."""
    expected = [meaning(*row) for row in zip(*[each.tolist() for each in columns], strict=True)]
    for width in WIDTHS:
        found = evaluate(name, *columns, width=width).tolist()
        for row, ours, theirs in zip(zip(*columns, strict=True), found, expected, strict=True):
            where = (name, width, row, ours, theirs)
            if math.isnan(theirs) or theirs in (0.0, math.inf, -math.inf):
                assert repr(ours) == repr(theirs), where
            else:
                assert abs(ours - theirs) <= limit * math.ulp(theirs), where
