"""Differences and read-back formulas give what reverse mode gives."""

from __future__ import annotations

from math import cos, isnan
from pathlib import Path

import pytest

from diffcli.compute import Request, gradient
from diffcli.compute.modes import read_back
from diffcli.compute.question import ask
from diffcli.compute.values import flat
from diffcli.diagnostic import DiagnosticError
from diffcli.engine import connection
from diffcli.engine.rewrite import tidy
from diffcli.source import Source, decode
from tests.test_samples import PROGRAMS


def found(text: str, mode: str, wrt: tuple[str, ...] = ("x",), **options: object) -> object:
    (row,) = gradient(Request(Source("test", text), wrt=wrt, mode=mode, **options)).gradients  # type: ignore[arg-type]
    return row.value


def asked(path: Path) -> Request:
    return Request(decode(str(path), path.read_bytes()), base=str(path.parent))


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("var x = 1000\nsin(x)", 0.5623790762907029),
        ("var x = 1e8\nsin(x)", cos(1e8)),
        ("var x = 1e-8\nlog(x)", 1e8),
        ("var x = 1e-8\nx**2", 2e-8),
        ("var x = 1e8\nx**2", 2e8),
        ("var x = 1e8\n1/x", -1e-16),
        ("var x = 0\nexp(1e8*x)", 1e8),
    ],
)
def test_differences_are_right_at_every_scale(text: str, slope: float) -> None:
    assert found(text, "numeric") == pytest.approx(slope, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("var x = 3\nz = x**2\ny = z*x\nstop z\noutput y", 9.0),
        ("var x = 3\nstop_gradient(x**2) * x", 9.0),
        ("var x = 3\ntape { a = x**2\npause { b = x**2 }\ny = a * b }\noutput y", 54.0),
    ],
)
def test_differences_hold_what_no_gradient_flows_past(text: str, slope: float) -> None:
    assert found(text, "reverse") == slope
    assert found(text, "numeric") == pytest.approx(slope, rel=1e-10)


def test_stops_of_the_command_line_are_held_too() -> None:
    text = "var x = 3\nz = x**2\ny = z*x\noutput y"
    assert found(text, "numeric", stop=("z",)) == pytest.approx(9.0, rel=1e-10)


def test_weights_of_targets_count() -> None:
    text = "var x = 3\na = x**2\nb = 5*x\noutput a, b"
    assert found(text, "numeric", grad_ys=(("a", "2"), ("b", "10"))) == pytest.approx(62.0, rel=1e-10)


@pytest.mark.parametrize("name", ["classics/kepler-equation", "classics/power-iteration", "classics/two-layer-network"])
def test_shared_parts_keep_a_formula_small(name: str) -> None:
    request = asked(Path(__file__).resolve().parents[2] / "samples" / f"{name}.expr")
    reverse, read = (gradient(request._replace(mode=mode)).gradients for mode in ("reverse", "symbolic"))
    for a, b in zip(reverse, read, strict=True):
        assert flat(b.value) == pytest.approx(flat(a.value), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("log(x)", -1.0),  # NaN outside the domain, though 1 / x is a number there
        ("x**x", 0.0),
        ("x**y", -2.0),
        ("clip(x, 0, 1)", 1.0),
        ("where(x > 0, sqrt(x), 0)", 0.0),
        ("acosh(x)", 0.5),
        ("atan2(x, 1)", 0.0),
        ("xlogy(x, x)", 0.0),
    ],
)
def test_domains_and_conventions_survive_the_reading(text: str, at: float) -> None:
    program = f"var x = {at}\nvar y = 2\n{text}" if "y)" not in text and "**y" in text else f"var x = {at}\n{text}"
    reverse, read = found(program, "reverse"), found(program, "symbolic")
    assert reverse == read or (isnan(reverse) and isnan(read))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_an_exact_formula_reads_back_as_the_same_graph(path: Path) -> None:
    try:
        question = ask(asked(path))
    except DiagnosticError:
        return
    for each in connection.differentiate(question.ys, question.xs, None, question.stops):
        if each.node is not None:
            simple = tidy([each.node])[0]
            again = read_back(question.model, each.node)
            assert (again.op, again.shape) == (bare(simple).op, simple.shape)


def bare(node):  # type: ignore[no-untyped-def]
    while node.op.role in ("alias", "derivative", "custom"):
        node = node.inputs[0]
    return node
