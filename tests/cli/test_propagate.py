"""The uncertainty budget on the command line."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import run

PENDULUM = "var L = 1.000 ± 0.002\nvar T = 2.007 ± 0.004\ng = 4 * π² * L / T²\n"
PRODUCT = ("-e", "x * y", "--at", "x=3", "--at", "y=4")


def document(*arguments: str) -> dict[str, Any]:
    found = run("propagate", *arguments, "--json").document
    schema = json.loads(files("diffcli").joinpath("schemas", "propagate.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(found)
    return found


def test_the_budget_of_a_pendulum() -> None:
    found = document("-e", PENDULUM)
    [target] = found["targets"]
    assert target["short"] == "9.801(44)" and target["expanded"] == 2 * target["uncertainty"]
    rows = {row["source"]: row for row in found["budget"]}
    assert rows["L"]["sensitivity"] == pytest.approx(9.80088, abs=1e-5)
    assert sum(row["percent"] for row in rows.values()) == pytest.approx(100)
    assert found["monte_carlo"] is None and found["between"] is None and found["diagnostics"] == []


def test_the_table() -> None:
    ran = run("propagate", "-e", PENDULUM, "--level", "0.95", "--monte-carlo", "20000", columns=80)
    assert ran.code == 0
    assert "9.801(44)" in ran.out and "expanded to a level of 95%" in ran.out and "k = 1.96" in ran.out
    assert "Monte Carlo, 20,000 draws" in ran.out
    one = run("propagate", "-e", PENDULUM, "--digits", "1").out
    assert "9.80(4)" in one and "9.801" not in one


def test_uncertainties_and_correlations_from_the_command_line() -> None:
    given = ("--uncertainty", "x=0.1", "--uncertainty", "y=0.2", "--corr", "x,y=-0.5")
    [target] = document(*PRODUCT, *given)["targets"]
    assert target["uncertainty"] == pytest.approx((0.16 + 0.36 - 2 * 0.5 * 0.4 * 0.6) ** 0.5, rel=1e-14)
    correlated = [row for row in document(*PRODUCT, *given)["budget"] if row["kind"] == "correlation"]
    assert [(row["source"], row["partner"], row["correlation"]) for row in correlated] == [("x", "y", -0.5)]


def test_remarks_go_to_standard_error() -> None:
    ran = run("propagate", "-e", "var x = 0 ± 0.1\ny = x**2")
    assert ran.code == 0 and "to second order it is 0.01414" in ran.err and "1.4" not in ran.out
    assert run("propagate", "-e", "var x = 0 ± 0.1\ny = x**2", "-q").err == ""
    second = document("-e", "var x = 0 ± 0.1\ny = x**2", "--order", "2")
    assert second["targets"][0]["uncertainty"] == pytest.approx(2**0.5 * 0.01)
    assert [row["kind"] for row in second["budget"]] == ["source", "second order"]


def test_the_same_seed_gives_the_same_numbers() -> None:
    drawn = [
        document("-e", PENDULUM, "--monte-carlo", "5000", "--seed", seed)["targets"][0]["monte_carlo"]
        for seed in ("1", "1", "2")
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert document("-e", PENDULUM, "--monte-carlo", "5000", "--interval", "shortest")["monte_carlo"] == {
        "draws": 5000,
        "seed": 0,
        "interval": "shortest",
    }


@pytest.mark.parametrize("form", ["plain", "csv", "tsv", "markdown", "latex", "ndjson"])
def test_every_format(form: str) -> None:
    ran = run("propagate", "-e", PENDULUM, "--format", form)
    assert ran.code == 0 and ran.err == ""
    assert ("9.801(44)" if form in ("markdown", "latex") else "0.0437") in ran.out


def test_rows_end_with_what_they_come_to() -> None:
    lines = run("propagate", "-e", PENDULUM, "--format", "csv", "--fields", "source,kind,percent").out.splitlines()
    assert lines[0] == "source,kind,percent" and lines[-1] == "g,combined,100.0" and len(lines) == 4


def test_several_files_are_answered_in_order(tmp_path: Path) -> None:
    (tmp_path / "a.expr").write_text(PENDULUM)
    (tmp_path / "b.expr").write_text("var x = 1\ny = x\n")
    ran = run("propagate", str(tmp_path), "--json")
    assert ran.code == 3
    assert [each["exit_code"] for each in ran.document["results"]] == [0, 3]
    schema = json.loads(files("diffcli").joinpath("schemas", "propagate.json").read_text("utf-8"))
    for each in ran.document["results"]:
        Draft202012Validator(schema).validate(each)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("--corr", "x=0.3"), "--corr needs NAME,NAME=VALUE"),
        (("--corr", "x,y,z=0.3"), "--corr needs NAME,NAME=VALUE"),
        (("--uncertainty", "x"), "--uncertainty needs NAME=VALUE"),
        (("--coverage", "2", "--level", "0.9"), "exclude each other"),
        (("--coverage", "-1"), "--coverage cannot be -1"),
        (("--coverage", "nan"), "--coverage cannot be nan"),
        (("--level", "95"), "--level cannot be 95"),
        (("--seed", "3"), "--seed needs --monte-carlo"),
        (("--interval", "shortest"), "--interval needs --monte-carlo"),
        (("--monte-carlo", "5"), "--monte-carlo"),
        (("--map", "u.x=a"), "--map needs --data"),
    ],
)
def test_mistakes_in_the_command_line(arguments: tuple[str, ...], said: str) -> None:
    ran = run("propagate", *PRODUCT, *arguments)
    assert ran.code == 2 and said in ran.err


def test_names_that_are_not_there() -> None:
    assert "[E0307]" in run("propagate", *PRODUCT, "--uncertainty", "z=1").err
    assert "[E0307]" in run("propagate", *PRODUCT, "--corr", "x,z=1").err
    assert "is computed, not declared" in run("propagate", "-e", PENDULUM, "--uncertainty", "g=1").err


def test_an_uncertainty_that_is_no_number_can_fail() -> None:
    infinite = ("propagate", "-e", "var x = 0 ± 0.1\ny = sqrt(x)")
    assert run(*infinite).code == 0
    assert run(*infinite, "--fail-on", "inf").code == 1
    assert run("propagate", "-e", PENDULUM, "--fail-on", "nan,inf,zero").code == 0
    assert run("propagate", "-e", "var x = 1 ± 0.1\ny = x - x", "--fail-on", "zero").code == 1


def test_rows_of_data() -> None:
    stdin = "L,T,sigma,note\n1,2.007,0.002,a\n1.1,2,0.01,b\n"
    ran = run("propagate", "-e", PENDULUM, "--data", "-", "--map", "u.L=sigma", "-q", stdin=stdin)
    assert ran.code == 0
    head, *rows = ran.out.splitlines()
    assert head == "L,T,sigma,note,value,uncertainty,contribution.L,contribution.T"
    assert rows[0].startswith("1,2.007,0.002,a,9.80087")
    assert float(rows[0].split(",")[5]) == pytest.approx(0.0437086, abs=1e-7)
    sampled = run("propagate", "-e", PENDULUM, "--data", "-", "--sample", "1", "--seed", "3", "-q", stdin=stdin)
    assert len(sampled.out.splitlines()) == 2
    assert run("propagate", "-e", PENDULUM, "--data", "-", "--level", "0.9", stdin=stdin).code == 2
    reduced = run("propagate", "-e", PENDULUM, "--data", "-", "--reduce", "mean", "--format", "csv", "-q", stdin=stdin)
    assert "uncertainty" in reduced.out


def test_plans() -> None:
    assert "power" in run("propagate", "-e", PENDULUM, "--explain-plan", "--format", "csv").out
    stdin = "L\n1\n"
    assert (
        "rows" in run("propagate", "-e", PENDULUM, "--data", "-", "--explain-plan", "--format", "csv", stdin=stdin).out
    )
