"""Every gradient in four ways: what is wrong is found, what is right is left alone, at any scale."""

from __future__ import annotations

import math
import sys

import pytest

from diffcli import engine
from diffcli.compute import Request
from diffcli.compute.check import check
from diffcli.compute.verdicts import digits
from diffcli.diagnostic import DiagnosticError
from diffcli.engine.op import ALIASES, OPS, define
from diffcli.results_check import AgainstRow, CheckRow
from diffcli.source import Source


@pytest.fixture
def no_mpmath(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(engine, "numeric_precise", raising=False)
    monkeypatch.delattr(engine.run, "precise", raising=False)
    for name in [name for name in sys.modules if "precise" in name or name.split(".")[0] == "mpmath"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mpmath", None)


def rows(text: str, *wrt: str) -> tuple[CheckRow, ...]:
    return check(Request(Source("test", text), wrt=wrt or ("x",))).checks


def against(text: str, stated: str, **options: int) -> tuple[AgainstRow, ...]:
    return check(Request(Source("test", text)), stated, **options).against


SCALES = [
    "var x = 1e-8\nlog(x)",
    "var x = 1e8\nlog(x)",
    "var x = 1e-8\nexp(x)",
    "var x = 1e8\nx**3",
    "var x = 1e-8\nx**3",
    "var x = 1e8\nsin(x)",
    "var x = 1000\nsin(x)",
    "var x = 1e8\natan(x)",
    "var x = 1e-8\nx * 1e-8 + 1e8",
    "var x = 1e-8\nsqrt(x) / (1 + x)",
    "var x = 1e8\n1 / x**2",
    "var x = 1e-8\ncos(x)",
    "var x = 0\nexp(1e8 * x)",
]


@pytest.mark.parametrize("text", SCALES)
def test_a_right_gradient_at_a_badly_scaled_point_is_not_flagged(text: str) -> None:
    (row,) = rows(text)
    assert row.status == "ok"
    assert row.agreement.forward is not None and row.agreement.forward > 12
    assert row.agreement.symbolic is not None and row.agreement.symbolic > 12


@pytest.mark.parametrize("text", SCALES)
def test_nor_is_it_without_fifty_digits(text: str, no_mpmath: None) -> None:
    (row,) = rows(text)
    assert row.status == "ok"
    assert row.symbolic is None and row.missing == 'needs mpmath: pip install "diffcli[check]"'


@pytest.mark.parametrize("at", ["0.7", "1e-8", "1e8", "[0.7, 1e-8, 1e8]"])
@pytest.mark.parametrize("long", [True, False])
def test_a_gradient_wrong_by_a_millionth_is_caught(
    at: str, long: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OPS, "tanh", OPS["tanh"])
    before = dict(OPS), dict(ALIASES)
    try:
        define(
            "bent",
            lambda x: x * x,
            doc="A square with a wrong rule.",
            partials=lambda y, x: 2.000002 * x,
            numpy="square",
        )
        if long:
            from diffcli.engine.run import precise

            monkeypatch.setitem(precise.MEANINGS, "bent", lambda x: x * x)
        (row,) = rows(f"var x = {at}\nbent(x)")
    finally:
        for table, kept in zip((OPS, ALIASES), before, strict=True):
            table.clear()
            table.update(kept)
    assert row.status == "wrong"
    assert row.digits is not None and row.digits <= 6.1
    assert (row.symbolic is not None) == long


def test_the_worst_element_is_named() -> None:
    # Beside 1e8 in the sum, the third element is all that differences of doubles can see less well.
    (row,) = rows("var w = [[1, 2], [1e-6, 3]]\nsum(sin(w)) + 1e6 * w[0, 0]", "w")
    assert row.status == "ok" and row.worst is not None and row.worst.startswith("w[")
    assert row.shape == (2, 2) and row.elements == (4, 4)


def test_large_tensors_are_drawn_from() -> None:
    (row,) = rows("var w = broadcast_to(0.5, [100, 3])\nsum(w**3)", "w")
    assert row.elements == (64, 300) and len(row.reverse) == 64
    assert row.notes == ("64 of 300 elements, drawn by --seed",)
    assert row.reverse == pytest.approx([0.75] * 64)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x) = log(1 + exp(x)) with grad g * 0.25\nvar x = 1\nf(x)",
        "var x = 0.3\nste_round(x) * 2",
    ],
)
def test_a_stated_gradient_is_not_called_wrong(text: str) -> None:
    (row,) = rows(text)
    assert row.status == "own"
    assert row.notes == ("an operation states its own gradient, which differences of values need not agree with",)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("var x = 0\nrelu(x)", "corner"),
        ("var x = 0\nabs(x) + x", "corner"),
        ("var x = 2\nmaximum(x, 2)", "corner"),
        ("var x = 0\nsqrt(x)", "inf"),
        ("var x = -1\nlog(x)", "nan"),
        ("var x = 1e-9\n(1 - cos(x)) / x**2", "rounding"),
        ("var x = 3\nfloor(x / 2)", "none"),
        ("var x = 3\nstop_gradient(x) * x", "ok"),
    ],
)
def test_what_is_not_plain(text: str, status: str) -> None:
    assert [row.status for row in rows(text)] == [status]


def test_the_reason_of_a_none_is_there() -> None:
    (row,) = rows("var x = 3\nfloor(x / 2)")
    assert row.reason is not None and row.reason.code == "cut" and row.reverse is None


def test_single_precision_is_held_to_what_it_has() -> None:
    (row,) = rows("dtype float32\nvar x = 0.7\nexp(sin(x))")
    assert row.status == "ok" and row.digits is not None and 5 < row.digits <= 7.2


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ("dx = 2*x*cos(y)", ["ok"]),
        ("dx = 2*x*cos(y); dy = -x**2*sin(y)", ["ok", "ok"]),
        ("df/dx = 2*x*cos(y)\n∂f/∂y = -x**2 * sin(y)", ["ok", "ok"]),
        ("d x = x*cos(y) + x*cos(y)", ["ok"]),
        ("# mine\nr = x*cos(y)\ndx = 2*r  # twice\n", ["ok"]),
        ("def twice(a) = 2*a\ndx = twice(x*cos(y))", ["ok"]),
        ("dx = 2*x*cos(y)*(1 + 1e-6)", ["wrong"]),
        ("dx = 2*x*cos(y)*(1 + 1e-8)", ["wrong"]),
        ("dx = 2*x*cos(y); dy = x**2*sin(y)", ["ok", "wrong"]),
    ],
)
def test_stated_derivatives(stated: str, status: list[str]) -> None:
    text = "var x = 1.5 in [0.1, 3]\nvar y = 2 in [0, 1]\nf = x**2 * cos(y)"
    assert [row.status for row in against(text, stated)] == status


def test_a_millionth_is_caught_without_fifty_digits(no_mpmath: None) -> None:
    text = "var x = 1.5\nf = x**2"
    assert [row.status for row in against(text, "dx = 2*x; df/dx = 2*x*(1 + 1e-6)")] == ["ok", "wrong"]


@pytest.mark.parametrize("at", ["1e-8", "1e8"])
def test_a_right_one_at_a_badly_scaled_point_is_not_flagged(at: str) -> None:
    # The same derivative by another formula, with cancellation that doubles do not survive.
    text = f"var x = {at}\nf = log(1 + x)"
    assert [row.status for row in against(text, "dx = 1/(1 + x); df/dx = (1 - x) / (1 - x**2)")] == ["ok", "ok"]


def test_the_counter_example_can_be_computed_again() -> None:
    (row,) = against("var x = 1.5 in [1, 2]\nf = x**3", "dx = 3*x", points=20)
    assert row.status == "wrong" and row.points == 21 and row.element == "x"
    ((name, x),) = row.point
    assert name == "x" and 1 <= x <= 2
    assert row.expected == pytest.approx(3 * x**2) and row.got == pytest.approx(3 * x)
    assert row.digits == pytest.approx(-math.log10(abs(row.expected - row.got) / max(row.expected, row.got)), abs=0.06)


def test_points_stay_in_their_bounds_and_follow_the_seed() -> None:
    text = "var x = 1.9 in [1, 2]\nf = x**3"

    def point(seed: int) -> object:
        return against(text, "dx = x**2 * (x > 1.7) * 3", points=30, seed=seed)[0].point

    assert point(1) == point(1) and point(1) != point(2)


def test_an_error_that_only_random_points_show_is_found() -> None:
    text = "var x = 1 in [0, 3]\nf = x**3"
    assert [row.status for row in against(text, "dx = 3*x", points=0)] == ["ok"]
    assert [row.status for row in against(text, "dx = 3*x")] == ["wrong"]


def test_inputs_without_a_value_are_drawn() -> None:
    (row,) = against("x**2", "dx = 2*x")
    assert row.status == "ok" and row.notes[0].startswith("`x` has no value: ")


def test_points_outside_the_domain_are_left_out() -> None:
    (row,) = against("var x = 0.5 in [-1, 1]\nf = log(x)", "dx = 1/x", points=40)
    assert row.status == "ok" and row.skipped > 0 and row.points + row.skipped == 41


def test_tensors_are_compared_element_by_element() -> None:
    (row,) = against("var w = [1, 2, 3]\nf = sum(w**2)", "dw = 2*w + [0, 0, 1e-5]")
    assert row.status == "wrong" and row.element == "w[2]"


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("dx = 2*z", "unknown name `z`"),
        ("dx = 2*sine(x)", "unknown function `sine`"),
        ("a = 2*x", "no derivative is stated"),
        ("dx = [1, 2]", "this has shape [2], `x` has shape []"),
        ("df/dq = 2", "q"),
        ("var a = 3", "a derivative is stated as a definition"),
    ],
)
def test_what_cannot_be_compared_is_refused(stated: str, message: str) -> None:
    with pytest.raises(DiagnosticError) as refused:
        against("var x = 1\nf = x**2", stated)
    assert message in refused.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("a", "b", "agree"),
    [
        (1.0, 1.0, 15.9),
        (1.0, 1.1, 1.0),
        (1.0, 1.0 + 1e-6, 6.0),
        (0.0, 1.0, 0.0),
        (1.0, -1.0, 0.0),
        (math.inf, 1.0, 0.0),
    ],
)
def test_digits(a: float, b: float, agree: float) -> None:
    assert digits(a, b, "float64") == pytest.approx(agree, abs=0.05)
