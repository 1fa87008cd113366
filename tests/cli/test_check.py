"""Checks on the command line: exit codes, formats, and the user's own derivatives."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import run

SCHEMA = Draft202012Validator(json.loads(files("diffcli").joinpath("schemas", "check.json").read_text("utf-8")))
SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def test_four_ways_side_by_side() -> None:
    ran = run("check", "-e", "sin(x)*y", "--at", "x=1000", "--at", "y=1e-8", "--width", "200")
    assert ran.code == 0
    for title in ("reverse", "forward", "numeric", "formula in 50 digits", "agree to 1", "worst element"):
        assert title in ran.out


@pytest.mark.parametrize(
    "name",
    ["classics/rosenbrock", "classics/attention", "language/custom-gradient", "semantics/kinks", "semantics/poles"],
)
def test_samples_agree_and_fit_the_schema(name: str) -> None:
    ran = run("check", str(SAMPLES / f"{name}.expr"), "--json")
    assert ran.code == 0, ran.out
    SCHEMA.validate(ran.document)
    assert ran.document["checks"]


def test_a_wrong_derivative_is_exit_code_1_with_a_counter_example() -> None:
    stated = "dx = 2*x*cos(y); dy = x**2*sin(y)"
    ran = run("check", "-e", "x**2*cos(y)", "--at", "x=1.5", "--at", "y=0.5", "--against", stated, "--json")
    assert ran.code == 1
    SCHEMA.validate(ran.document)
    right, wrong = ran.document["against"]
    assert (right["status"], right["point"], right["points"]) == ("ok", {}, 11)
    assert wrong["status"] == "wrong" and set(wrong["point"]) == {"x", "y"}
    assert wrong["expected"] == pytest.approx(-wrong["got"], rel=1e-12)
    table = run("check", "-e", "x**2*cos(y)", "--against", "dx = 2*x*cos(y)*1.000001", "--width", "200")
    assert table.code == 1 and "agree to 6.0 digits" in table.out and "Your derivatives" in table.out


def test_derivatives_in_a_file(tmp_path: Path) -> None:
    stated = tmp_path / "mine.expr"
    stated.write_text("# by hand\nr = x * cos(y)\ndx = 2*r\ndout/dy = -x**2 * sin(y)\n", "utf-8")
    arguments = ("check", "-e", "x**2*cos(y)", "--against", str(stated), "--points", "3", "--seed", "7")
    ran = run(*arguments, "--format", "plain")
    assert ran.code == 0 and len(ran.out.splitlines()) == 2
    assert ran == run(*arguments, "--format", "plain")
    document = run(*arguments, "--json").document
    assert document["seed"] == 7 and [each["points"] for each in document["against"]] == [4, 4]


def test_a_missing_file_is_a_usage_error() -> None:
    ran = run("check", "-e", "x**2", "--against", "nowhere.expr")
    assert ran.code == 2 and "neither a file nor a definition" in ran.err


def test_a_mistake_in_a_stated_derivative_is_underlined() -> None:
    ran = run("check", "-e", "x**2", "--against", "dx = 2*z")
    assert ran.code == 3 and "unknown name `z`" in ran.err and "--against:1:8" in ran.err


def test_formats() -> None:
    arguments = ("check", "-e", "x**2", "--at", "x=3")
    assert run(*arguments, "--format", "csv").out.splitlines()[0].startswith("file,wrt,of,shape,at,reverse,forward")
    assert run(*arguments, "--format", "plain").out.startswith("x  ok  agree to ")
    assert "| source" in run(*arguments, "--format", "markdown").out
    assert run(*arguments, "--fields", "wrt,status", "--format", "plain").out == "x  ok\n"


def test_points_are_for_gradients_too() -> None:
    ran = run("check", "-e", "relu(x)", "--at", "x=0", "--points", "5", "--json")
    assert ran.code == 0 and ran.document["checks"][0]["status"] == "corner"


def test_a_nan_can_be_a_failure() -> None:
    assert run("check", "-e", "log(x)", "--at", "x=-1").code == 0
    assert run("check", "-e", "log(x)", "--at", "x=-1", "--fail-on", "nan").code == 1
