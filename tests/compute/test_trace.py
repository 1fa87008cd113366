"""The tape: values, local partials and adjoints by hand."""

from __future__ import annotations

from math import cos, sin

import pytest

from diffcli.compute import Request, gradient
from diffcli.compute.trace import trace
from diffcli.diagnostic import DiagnosticError
from diffcli.results_trace import TraceResult, TraceRow
from diffcli.source import Source


def taped(text: str, forward: bool = False, **options: object) -> TraceResult:
    return trace(Request(Source("test", text), **options), forward)  # type: ignore[arg-type]


def node(result: TraceResult, name: str) -> TraceRow:
    (found,) = [row for row in result.nodes if row.node == name]
    return found


TEXT = "var x = 3\ny = x**2\nz = 2*y + y*x\noutput z"


def test_values_partials_and_adjoints() -> None:
    result = taped(TEXT)
    assert [(row.number, row.node, row.op, row.operands) for row in result.nodes] == [
        (1, "x", "var", ()),
        (2, "y", "power", ("x", "2")),
        (3, "#3", "multiply", ("2", "y")),
        (4, "#4", "multiply", ("y", "x")),
        (5, "z", "add", ("#3", "#4")),
    ]
    assert [row.value for row in result.nodes] == [3, 9, 18, 27, 45]
    assert [row.derivative for row in result.nodes] == [39, 5, 1, 1, 1]
    assert [[(part.node, part.value) for part in row.partials] for row in result.nodes] == [
        [],
        [("x", 6)],
        [("y", 2)],
        [("y", 3), ("x", 9)],
        [("#3", 1), ("#4", 1)],
    ]
    assert node(result, "y").at is not None and node(result, "y").where == "2:1"


def test_contributions_are_summed() -> None:
    result = taped("var x = 3\nx**2 + 2*x")
    x = node(result, "x")
    assert sorted(part.value for part in x.parts) == [2, 6] and x.derivative == 8
    assert x.sum in ("2.0 + 6.0 = 8.0", "6.0 + 2.0 = 8.0")
    assert node(taped("var x = 3\nx**2 - 2*x"), "x").sum in ("6.0 - 2.0 = 4.0", "-2.0 + 6.0 = 4.0")


def test_a_target_that_is_used_on_has_its_seed_too() -> None:
    result = taped("var x = 3\ny = x**2\nz = 5*y\noutput y, z")
    y = node(result, "y")
    assert {(part.node, part.value) for part in y.parts} == {("seed", 1), ("z", 5)} and y.derivative == 6
    weighted = taped("var x = 3\ny = x**2\nz = 5*y\noutput y, z", grad_ys=(("z", "10"),))
    assert node(weighted, "y").derivative == 51


def test_the_same_operand_twice_has_two_partials() -> None:
    assert [part.value for part in node(taped("var x = 3\ny = x*x"), "y").partials] == [3, 3]


def test_tangents() -> None:
    result = taped("var x = 2\nvar t = 5\ny = x*sin(x) + t", forward=True, directions=(("x", "3"),))
    assert node(result, "x").derivative == 3 and node(result, "t").derivative is None
    assert node(result, "y").derivative == pytest.approx(3 * (sin(2) + 2 * cos(2)))
    both = taped("var x = 2\nvar t = 5\ny = x*t", forward=True)
    assert node(both, "y").derivative == 7  # both move by 1
    assert both.columns()[8].title == "tangent"


def test_tensors() -> None:
    result = taped("var w = [1, 2]\nA = [[1, 2], [3, 4]]\ny = A @ w\nsum(y*w)")
    y = node(result, "y")
    assert y.value == [5, 11] and y.derivative == [1, 2]
    (by_w,) = [part for part in y.partials if part.node == "w"]
    assert by_w.value == [[1, 2], [3, 4]]
    assert node(result, "w").derivative == [12, 21]  # y + A.T @ w
    large = taped("var w = broadcast_to(1, [20])\nsum(w*w) + w[0]")
    assert "tensor [20], norm " in node(large, "w").sum


def test_it_is_the_tape_that_grad_uses() -> None:
    text = "var a = 0.3\nvar b = [1, 2]\nf = sum(where(b > a, tanh(a*b), b/a))"
    adjoint = {row.node: row.derivative for row in taped(text).nodes}
    for row in gradient(Request(Source("test", text))).gradients:
        assert adjoint[row.wrt] == row.value


def test_stops_tapes_and_stated_gradients_are_told() -> None:
    stopped = taped("var x = 3\nz = x**2\ny = z*x\nstop z\noutput y")
    assert node(stopped, "z").notes == ("stopped: no gradient flows past it",)
    assert node(stopped, "z").derivative == 3 and node(stopped, "x").derivative == 9
    own = taped("def f(x) = x**2 with grad g * 7\nvar x = 3\ny = f(x)")
    assert node(own, "y").op == "f" and node(own, "y").notes == ("states its own gradient",)
    assert node(own, "x").derivative == 7
    frozen = taped("var x = 3\nfrozen c = 2\ntape { y = c*x }\noutput y")
    assert node(frozen, "c").status == "none" and frozen.semantics == "tape"


def test_equal_expressions_with_two_names_are_two_rows() -> None:
    result = taped("var x = 3\na = x*x\nb = x*x\na + 2*b")
    assert node(result, "a").derivative == 1 and node(result, "b").derivative == 2
    assert node(result, "a").op == node(result, "b").op == "same as"


def test_values_are_needed() -> None:
    with pytest.raises(DiagnosticError):
        taped("x**2")


def test_digits_of_what_is_shown() -> None:
    assert node(taped("var x = 3\nx**2/7 + x/3").rounded(3), "x").sum in (
        "0.857 + 0.333 = 1.19",
        "0.333 + 0.857 = 1.19",
    )
