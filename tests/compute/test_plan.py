"""`--explain-plan` says which executor runs what, and computes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import validate

from tests.cli.running import run

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "diffcli" / "schemas" / "plan.json").read_text("utf-8"))
MIXED = "input x: [3]\ny = lgamma(sum(x**2)) + exp(x[0])"


def plan(*arguments: str) -> dict[str, object]:
    found = run(*arguments, "--explain-plan", "--json")
    assert found.code == 0, found.err
    document: dict[str, object] = json.loads(found.out)
    validate(document, SCHEMA)
    return document


@pytest.mark.parametrize("command", ["eval", "grad", "jacobian", "hessian"])
def test_every_command_on_values_explains_its_plan(command: str) -> None:
    document = plan(command, "-e", "input x\ninput y\nz = sin(x) * y")
    assert document["inputs"] == ["x", "y"]
    assert [part["over"] for part in document["parts"]] == ["a point", "rows"]
    assert document["parts"][0]["executor"] == "floats"


def test_a_part_that_no_lane_can_do_is_named_and_the_rest_is_not_dragged_along() -> None:
    parts = plan("grad", "-e", MIXED, "--wrt", "x")["parts"]
    assert [part["executor"] for part in parts] == ["arrays", "jit", "arrays", "jit"]
    assert parts[2]["why"] == "digamma, lgamma: no vector code" and "exp" in parts[1]["operators"]


def test_what_is_the_same_in_all_rows_is_computed_once() -> None:
    parts = plan("eval", "-e", "var w = [[1, 2], [3, 4]]\ninput x: [2]\ny = sum(transpose(w) @ x)")["parts"]
    assert parts[1]["executor"] == "once"


def test_a_file_that_is_wrong_is_refused_as_ever() -> None:
    assert run("grad", "-e", "x +", "--explain-plan").code == 3


def test_a_sparse_matrix_is_planned_by_its_sweeps() -> None:
    file = "var x = linspace(-1, 2, 1000)\nf = sum((x[1:] - x[:-1]**2)**2)"
    parts = plan("hessian", "-e", file, "--sparse")["parts"]
    assert parts[0]["gives"] <= 4 and parts[0]["operations"] < 200  # the value and at most three sweeps


def test_large_tensors_are_not_taken_apart() -> None:
    parts = plan("grad", "-e", "input x: [100]\nf = sum(exp(x))", "--wrt", "x")["parts"]
    assert [part["executor"] for part in parts] == ["arrays", "arrays"]
    assert parts[1]["why"] == "exp, sum: more than 64 elements"
