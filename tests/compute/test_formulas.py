"""Derivatives as formulas: short, of high order, with the rules that made them; numbers from 50-digit arithmetic."""

import json
from pathlib import Path

import jsonschema
import pytest
from mpmath import mp

from diffcli.compute import Request, formula
from diffcli.results import DiffResult
from diffcli.rows import FormulaRow
from diffcli.source import Source
from tests.cli.running import run

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "diffcli" / "schemas" / "diff.json").read_text())

# Text of a function of x, and its meaning at 50 digits.
FUNCTIONS = {
    "log(1 + x)": lambda x: mp.log(1 + x),
    "sin(x) * exp(x * x)": lambda x: mp.sin(x) * mp.exp(x * x),
    "1 / (1 + exp(-x))": lambda x: 1 / (1 + mp.exp(-x)),
    "tanh(x)": mp.tanh,
    "sqrt(1 + x**2)": lambda x: mp.sqrt(1 + x**2),
    "x**5 * cos(3 * x)": lambda x: x**5 * mp.cos(3 * x),
    "atan(x)": mp.atan,
}


def row(text: str, order: int = 1, at: float | None = None, **options: bool) -> FormulaRow:
    given = (("x", repr(at)),) if at is not None else ()
    result: DiffResult = formula(Request(Source("test", text), wrt=("x",), at=given, order=order, **options))  # type: ignore[arg-type]
    return result.formulas[0]


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize("order", [1, 2, 3, 5, 10])
def test_values_of_high_orders(text: str, order: int) -> None:
    with mp.workdps(60):
        expected = float(mp.diff(FUNCTIONS[text], mp.mpf(0.7), order))
    assert row(text, order, 0.7).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("text", ["log(1 + x)", "sin(x) * exp(x * x)", "tanh(x)", "x**5 * cos(3 * x)"])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_formula_that_is_shown_has_the_value(text: str, order: int) -> None:
    found = row(text, order)
    program = "\n".join(
        ["input x = 0.7", *(f"{name} = {part}" for name, part in found.definitions), f"y = {found.text}"]
    )
    value = json.loads(run("eval", "-", "--of", "y", "--json", stdin=program).out)["targets"][0]["value"]
    assert value == pytest.approx(row(text, order, 0.7).value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("x**2 + 3*x", 1, "2 * x + 3"),
        ("3 * x**2", 1, "6 * x"),
        ("log(x)", 1, "1 / x"),
        ("log(1 + x)", 2, "-1 / (1 + x)**2"),
        ("log(1 + x)", 10, "-362880 / (1 + x)**10"),
        ("sqrt(x)", 1, "0.5 / sqrt(x)"),
        ("sin(x)", 4, "sin(x)"),
        ("exp(2 * x)", 3, "8 * exp(2 * x)"),
        ("tanh(x)", 2, "2 * tanh(x)**3 - 2 * tanh(x)"),
        ("x * sin(x)", 2, "2 * cos(x) - x * sin(x)"),
        ("x**2", 3, "0"),
        ("x / y", 1, "1 / y"),
    ],
)
def test_formulas_are_short(text: str, order: int, expected: str) -> None:
    assert row(text, order).text == expected


def test_the_tenth_derivative_does_not_swell() -> None:
    found = row("sin(x) * exp(x * x)", 10)
    assert len(found.text) + sum(len(part) for _, part in found.definitions) < 400


def test_steps_tell_the_rule_at_each_node() -> None:
    steps = row("x * sin(x)", steps=True).steps
    assert [(step.op, step.to, step.arrives, step.passes) for step in steps] == [
        ("multiply", "x", "1", "sin(x)"),
        ("multiply", "sin(x)", "1", "x"),
        ("sin", "x", "x", "x * cos(x)"),
    ]
    assert steps[2].rule == "dx = g * cos(x)"
    assert steps[2].at is not None and steps[2].at.column == 5


def test_a_derivative_that_is_none_says_why() -> None:
    found = row("floor(x) + y")
    assert found.text == "none"
    assert found.reason is not None and found.reason.code == "cut"


def test_the_document_fits_its_schema() -> None:
    for arguments in (["--order", "3", "--at", "x=1"], ["--steps"], []):
        ran = run("diff", "-e", "x**2 * sin(x)", "--wrt", "x", "--json", *arguments)
        jsonschema.validate(ran.document, SCHEMA)
    assert ran.document["formulas"][0]["value"] is None


def test_shared_parts_keep_the_user_s_names() -> None:
    text = "input x = 2\nu = x**2 + 1\ny = sin(u) * exp(u) / u"
    (found,) = formula(Request(Source("test", text), wrt=("x",), of=("y",))).formulas
    assert "u" in dict(found.definitions)
