"""Deep and large files are read, computed and differentiated: no recursion, work that grows with the file."""

from __future__ import annotations

import cmath
import sys
import tracemalloc
from collections.abc import Callable

import pytest

from diffcli.compute import Request, gradient
from diffcli.compute.load import load
from diffcli.diagnostic import DiagnosticError
from diffcli.lang.limits import Limits
from diffcli.lang.parse import parse
from diffcli.source import Source

from .large_programs import PROGRAMS

SHAPES: dict[str, tuple[Callable[[int], str], Callable[[int], float]]] = {
    # name: the text of size n, its derivative at x = 0.5
    "a sum of many terms": (lambda n: " + ".join(f"x*{i}" for i in range(n)), lambda n: n * (n - 1) / 2),
    "nested parentheses": (lambda n: "(" * n + "x" + ")" * n, lambda n: 1.0),
    "nested calls": (lambda n: "negative(" * n + "x" + ")" * n, lambda n: (-1.0) ** n),
    "a chain of statements": (
        lambda n: "input x\nt0 = x\n" + "\n".join(f"t{i + 1} = t{i} + 1" for i in range(n)),
        lambda n: 1.0,
    ),
    "a product of many factors": (lambda n: "x * " * 10 + " * ".join(["1.0", *["1"] * n]), lambda n: 10 * 0.5**9),
    "a tower of brackets": (lambda n: "+" * n + "x", lambda n: 1.0),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_hundred_thousand(name: str) -> None:
    text, derivative = SHAPES[name]
    n = 100_000
    found = gradient(Request(Source("large", text(n)), at=(("x", "0.5"),), wrt=("x",))).gradients[0].value
    assert found == pytest.approx(derivative(n), rel=1e-12)


@pytest.mark.parametrize("name", ["a sum of many terms", "a chain of statements", "nested calls"])
def test_the_work_grows_with_the_size(name: str) -> None:
    text, _ = SHAPES[name]
    calls = [_calls(Source("large", text(n))) for n in (2_000, 8_000)]
    assert calls[1] <= 4.4 * calls[0]


def _calls(source: Source) -> int:
    """The number of Python function calls that a gradient takes; unlike time it is the same on every machine."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    gradient(Request(Source("warm", "x"), at=(("x", "0.5"),)))
    sys.setprofile(profile)
    try:
        gradient(Request(source, at=(("x", "0.5"),), wrt=("x",)))
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_has_the_operations_asked_for(name: str) -> None:
    for operations in (100, 101, 102, 1000):
        module, problems = parse(Source(name, PROGRAMS[name](operations)))
        assert problems == []
        expressions = [each.value for each in module.statements]
        assert sum(item.kind == "call" for each in expressions for item in each.items) == operations


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_gradients_of_the_programs(name: str) -> None:
    # Against Python itself: the imaginary part of a step too small to matter is the derivative.
    text = PROGRAMS[name](240)
    rows = gradient(Request(Source(name, text))).gradients
    assert [row.wrt for row in rows] == ["x", "y"]
    for row in rows:
        names = {function: getattr(cmath, function) for function in ("sin", "cos", "tanh", "exp")}
        exec(text.replace(f"var {row.wrt} = ", f"var {row.wrt} = 1e-200j + ").replace("var ", ""), names)
        assert row.value == pytest.approx(names["out"].imag / 1e-200, rel=1e-12)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_work_on_a_program_grows_with_its_size(name: str) -> None:
    calls = [_calls(Source("large", PROGRAMS[name](operations))) for operations in (1_000, 4_000)]
    assert calls[1] <= 4.4 * calls[0]


@pytest.mark.parametrize("name", ["terms", "statements", "chain"])
def test_the_memory_for_a_program_grows_with_its_size(name: str) -> None:
    peaks = [_peak(Source("large", PROGRAMS[name](operations))) for operations in (8_000, 16_000)]
    assert peaks[1] <= 2.4 * peaks[0]
    assert peaks[1] <= 1_000 * 16_000


def _peak(source: Source) -> int:
    """The most memory that objects take at one time while a gradient is computed, in bytes."""
    gradient(Request(Source("warm", "x"), at=(("x", "0.5"),)))
    tracemalloc.start()
    try:
        gradient(Request(source))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", PROGRAMS)
def test_too_many_nodes_are_refused_once(name: str) -> None:
    with pytest.raises(DiagnosticError) as refused:
        load(Request(Source("large", PROGRAMS[name](1_000)), limits=Limits(nodes=500)))
    assert [each.code for each in refused.value.diagnostics] == ["E0704"]


def test_a_file_may_have_exactly_as_many_nodes_as_the_limit() -> None:
    source = Source("full", "var x = 1\ny = sin(x)\noutput y")
    count = load(Request(source)).graph.count
    assert load(Request(source, limits=Limits(nodes=count))).outputs == ("y",)
    with pytest.raises(DiagnosticError):
        load(Request(source, limits=Limits(nodes=count - 1)))
