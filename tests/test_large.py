"""Deep and large files are read, computed and differentiated: no recursion, work that grows with the file."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from diffcli.compute import Request, gradient
from diffcli.source import Source

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
