"""`fit` on the command line: the document, the tables, the exit codes, and what it says when it cannot."""

from __future__ import annotations

import csv
import importlib.util
import json
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import Ran, run

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SCHEMA = Draft202012Validator(json.loads(files("diffcli").joinpath("schemas", "fit.json").read_text("utf-8")))
MODEL = "input t\nvar A = 1 in [0, inf]\nvar k = 1\ny = A*exp(-k*t)\n"
POINTS = "t,y,dy\n0,2.1,0.1\n1,1.3,0.1\n2,0.7,0.1\n3,0.52,0.1\n4,0.26,0.1\n"


@pytest.fixture
def model(tmp_path: Path) -> list[str]:
    """The arguments that name a model and its data."""
    (tmp_path / "model.expr").write_text(MODEL)
    (tmp_path / "points.csv").write_text(POINTS)
    return [str(tmp_path / "model.expr"), "--data", str(tmp_path / "points.csv")]


def document(ran: Ran) -> dict[str, Any]:
    """The document, which the schema accepts."""
    found = ran.document
    SCHEMA.validate(found)
    return found


def test_the_document_has_the_keys_of_the_contract(model: list[str]) -> None:
    ran = run("fit", *model, "--json")
    found = document(ran)
    assert ran.code == 0 and found["schema"] == "diffcli/fit/1" and found["converged"] is True
    assert {"method", "why_stopped", "points", "degrees_of_freedom", "rank", "covariance", "correlation"} <= set(found)
    assert {"residual_sum_of_squares", "residual_standard_error", "r_squared", "aic", "diagnostics"} <= set(found)
    assert {"name", "value", "standard_error", "lower", "upper", "bound_active", "fixed"} <= set(found["parameters"][0])
    assert (found["points"], found["degrees_of_freedom"], found["rank"]) == (5, 3, 2)
    assert found["parameters"][0]["lower"] == 0 and found["parameters"][0]["upper"] is None
    assert found["bands"] is None and found["covariance_of"] == ["A", "k"]


def test_example_5_of_the_language_needs_no_data() -> None:
    found = document(run("fit", str(SAMPLES / "language" / "example-5-fit.expr"), "--json"))
    assert [row["value"] for row in found["parameters"]] == pytest.approx([3, 2], abs=1e-9)
    assert "loss adds up the squares of ys - " in found["recognised"]


def test_the_tables_come_in_order(model: list[str]) -> None:
    out = run("fit", *model, "--format", "markdown", "--predict").out
    places = [out.index(f"**{title}**") for title in ("Parameters", "Quality", "Correlations", "Bands")]
    assert places == sorted(places) and "y is fitted to column y" in out and "chi-square" not in out
    assert "95 % from" in out and "R²" in out


@pytest.mark.parametrize("form", ["table", "plain", "json", "ndjson", "csv", "tsv", "markdown", "latex"])
def test_every_format(model: list[str], form: str) -> None:
    for more in ([], ["--bands", "t=0..4", "--points", "3"]):
        ran = run("fit", *model, "--format", form, *more)
        assert ran.code == 0 and ran.out and not ran.err


def test_bands_are_the_rows_of_csv(model: list[str]) -> None:
    ran = run("fit", *model, "--bands", "t=0..4", "--points", "3", "--format", "csv")
    rows = list(csv.DictReader(StringIO(ran.out)))
    assert [row["t"] for row in rows] == ["0.0", "2.0", "4.0"]
    assert set(rows[0]) == {
        "file",
        *("t", "value", "standard_error", "lower", "upper", "prediction_lower", "prediction_upper"),
    }
    bands = document(run("fit", *model, "--bands", "t=0..4", "--points", "3", "--json"))["bands"]
    assert [row["at"] for row in bands] == [{"t": 0.0}, {"t": 2.0}, {"t": 4.0}]
    assert float(rows[1]["value"]) == bands[1]["value"]


def test_an_expression_and_a_pipe() -> None:
    ran = run(
        "fit",
        *(
            "-e",
            "A*exp(-k*t)",
            "--at",
            "A=1",
            "--at",
            "k=1",
            "--wrt",
            "A,k",
            "--observed",
            "y",
            "--data",
            "-",
            "--json",
        ),
        stdin=POINTS,
    )
    found = document(ran)
    assert [row["name"] for row in found["parameters"]] == ["A", "k"]
    assert found["recognised"] == "out is fitted to column y"


def test_sigma_profile_and_absolute(model: list[str]) -> None:
    found = document(run("fit", *model, "--sigma", "dy", "--absolute-sigma", "--profile", "--level", "0.9", "--json"))
    row = found["parameters"][1]
    assert found["chi_square"] == found["residual_sum_of_squares"] and found["absolute_sigma"]
    assert row["profile_lower"] < row["value"] < row["profile_upper"]
    number = document(run("fit", *model, "--sigma", "y=0.1", "--absolute-sigma", "--json"))
    assert number["chi_square"] == pytest.approx(found["chi_square"])


def test_other_names_of_columns(tmp_path: Path) -> None:
    (tmp_path / "model.expr").write_text(MODEL)
    path = tmp_path / "points.csv"
    path.write_text(POINTS.replace("t,y,dy", "time,light,noise"))
    names = ["--map", "t=time", "--observed", "y=light", "--sigma", "noise"]
    ran = run("fit", str(tmp_path / "model.expr"), "--data", str(path), *names, "--json")
    assert document(ran)["points"] == 5
    ran = run("fit", str(tmp_path / "model.expr"), "--data", str(path), "--map", "t=time")
    assert ran.code == 2 and "--observed y=COLUMN" in ran.err


def test_notes_are_told_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "model.expr").write_text("input t\nvar a = 1\nvar b = 1\nvar c = 1\ny = a + b + c*t\n")
    told = "a and b are not separable: only a + 1.0*b is determined"
    for form in ("table", "plain", "json", "ndjson", "csv", "tsv", "markdown", "latex"):
        ran = run("fit", str(tmp_path / "model.expr"), "--data", "-", "--format", form, stdin=POINTS)
        assert ran.code == 0 and (ran.out + ran.err).replace("\\*", "*").count(told) == 1
    assert not run("fit", str(tmp_path / "model.expr"), "--data", "-", "--format", "csv", "-q", stdin=POINTS).err


def test_rows_are_chosen(model: list[str]) -> None:
    assert document(run("fit", *model, "--where", "t > 0", "--json"))["points"] == 4
    assert document(run("fit", *model, "--rows", "0:3", "--json"))["points"] == 3


def test_a_fit_that_does_not_converge_is_an_answer_of_no(model: list[str]) -> None:
    ran = run("fit", *model, "--max-evaluations", "2", "--json")
    assert ran.code == 1 and document(ran)["converged"] is False
    assert "did not converge: 2 evaluations were not enough" in ran.err


def test_a_loss_that_is_no_sum_of_squares_has_a_document_too() -> None:
    ran = run("fit", str(SAMPLES / "errors" / "E0630.expr"), "--json")
    found = document(ran)
    assert ran.code == 3 and [each["code"] for each in found["diagnostics"]] == ["E0630"]
    assert "mean((y - model)**2)" in ran.err


def test_a_bad_cell_is_underlined(tmp_path: Path) -> None:
    (tmp_path / "model.expr").write_text(MODEL)
    damaged = POINTS.replace("1,1.3", "1,abc")
    arguments = ["fit", str(tmp_path / "model.expr"), "--data", "-", "--json"]
    ran = run(*arguments, stdin=damaged)
    assert ran.code == 5 and "`abc` is not a number" in ran.err and "<stdin>:3:3" in ran.err and not ran.out
    assert "--on-error skip" in ran.err and "null" not in ran.err
    ran = run(*arguments, "--on-error", "skip", stdin=damaged)
    assert ran.code == 0 and document(ran)["skipped"] == 1 and ran.err == "1 bad row left out\n"


def test_a_number_that_is_not_finite_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.expr").write_text(MODEL)
    ran = run("fit", str(tmp_path / "model.expr"), "--data", "-", stdin=POINTS.replace("0.52", "nan"))
    assert ran.code == 5 and "column y is nan in row 4" in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--level", "2"], "--level cannot be 2.0"),
        (["--absolute-sigma"], "--absolute-sigma needs --sigma"),
        (["--loss", "huber", "--method", "lm"], "exclude each other"),
        (["--loss", "huber", "--profile"], "exclude each other"),
        (["--f-scale", "2"], "--f-scale needs --loss"),
        (["--f-scale", "-1", "--loss", "huber"], "--f-scale cannot be -1.0"),
        (["--bounds", "A=3"], "--bounds needs NAME=A..B"),
        (["--bands", "t=3"], "--bands needs NAME=A..B"),
        (["--bands", "t=0..1", "--predict"], "exclude each other"),
        (["--bands", "y=0..1"], "no input `y`"),
        (["--method", "lm"], "lm knows no bounds"),
        (["--fix", "B"], "no parameter `B`"),
        (["--map", "z=t"], "no input `z`"),
        (["--data", "-", "-"], "one expression file"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(model: list[str], arguments: list[str], message: str) -> None:
    ran = run("fit", *model, *arguments)
    assert ran.code == 2 and message in ran.err and "try: diffcli fit --help" in ran.err


def test_data_options_need_data(model: list[str]) -> None:
    ran = run("fit", str(SAMPLES / "language" / "example-5-fit.expr"), "--where", "x > 1")
    assert ran.code == 2 and "--where needs --data" in ran.err
    ran = run("fit", model[0])
    assert ran.code == 2 and "fit needs data" in ran.err


def test_without_scipy_it_says_how_to_get_it(model: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "scipy" else find(name, *more))
    ran = run("fit", *model)
    assert ran.code == 2 and 'pip install "diffcli[fit]"' in ran.err


def test_the_enzyme_sample_is_as_published() -> None:
    folder = SAMPLES / "fits"
    found = document(run("fit", str(folder / "enzyme.expr"), "--data", str(folder / "enzyme.csv"), "--json"))
    assert [row["value"] for row in found["parameters"]] == pytest.approx([212.7, 0.06412], rel=3e-4)
    assert [row["label"] for row in found["parameters"]] == ["counts/min²", "ppm"]
