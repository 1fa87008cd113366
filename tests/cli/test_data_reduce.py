"""`--reduce` and `--sample` on the command line."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import run

SCHEMA = Draft202012Validator(json.loads(files("diffcli").joinpath("schemas", "reduce.json").read_text("utf-8")))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("id,x\na,1\nb,2\nc,oops\nd,3\n", "utf-8")
    return tmp_path


def test_a_document_with_what_was_asked_for():
    ran = run("grad", "-e", "x**2", "--data", "t.csv", "--on-error", "skip", "--reduce", "sum,hist,norm", "--json")
    assert ran.code == 0
    SCHEMA.validate(ran.document)
    value, slope = ran.document["reduced"]
    assert (ran.document["rows_read"], ran.document["bad"]) == (4, 1)
    assert (value["column"], value["sum"], value["mean"]) == ("value", 14.0, None)
    assert (slope["column"], slope["sum"], slope["norm"]) == ("grad.x", 12.0, 56**0.5)
    assert sum(slope["histogram"]["counts"]) == 3
    assert "3 rows in" in ran.err and "1 skipped" in ran.err


@pytest.mark.parametrize("form", ["table", "plain", "csv", "tsv", "markdown", "latex", "ndjson"])
def test_every_format_shows_it(form):
    ran = run(
        "grad", "-e", "x**2", "--data", "t.csv", "--on-error", "skip", "--reduce", "mean,max,hist", "--format", form
    )
    assert ran.code == 0 and "grad" in ran.out
    assert ("4.0" in ran.out) and ("norm" not in ran.out or form in ("ndjson",))


def test_into_a_file_and_with_fields():
    ran = run(
        "eval",
        "-e",
        "x",
        "--data",
        "t.csv",
        "--on-error",
        "skip",
        "--reduce",
        "sum",
        "--format",
        "plain",
        "--fields",
        "sum",
        "-o",
        "o.txt",
    )
    assert (ran.code, ran.out, Path("o.txt").read_text("utf-8")) == (0, "", "6.0\n")


def test_numbers_without_end_are_words_in_documents():
    Path("t.csv").write_text("x\n1\ninf\nnan\n", "utf-8")
    ran = run(
        "eval", "-e", "x", "--data", "t.csv", "--reduce", "sum,min,max,mean,norm,hist", "--json", "--fail-on", "nan"
    )
    assert ran.code == 1
    SCHEMA.validate(ran.document)
    row = ran.document["reduced"][0]
    assert (row["sum"], row["nan"], row["inf"], row["histogram"]["counts"]) == ("nan", 1, 1, [1])


def test_no_rows_at_all():
    ran = run("eval", "-e", "x", "--data", "t.csv", "--rows", "0:0", "--reduce", "sum,min,mean,norm,hist", "--json")
    SCHEMA.validate(ran.document)
    row = ran.document["reduced"][0]
    assert (row["rows"], row["sum"], row["min"], row["histogram"]["counts"]) == (0, 0.0, "nan", [])
    assert run("eval", "-e", "x", "--data", "t.csv", "--rows", "0:0", "--reduce", "hist").code == 0


def test_mistakes():
    ran = run("eval", "-e", "x", "--data", "t.csv", "--reduce", "sun")
    assert ran.code == 2 and "did you mean sum?" in ran.err
    for option in (
        ["--reduce", "sum"],
        ["--where", "x > 1"],
        ["--only"],
        ["--rows", "1:2"],
        ["--jobs", "2"],
        ["--sample", "3"],
        ["--seed", "3"],
        ["--map", "a=b"],
        ["--on-error", "skip"],
        ["--data-format", "csv"],
    ):
        ran = run("eval", "-e", "2", *option)
        assert ran.code == 2 and f"{option[0]} needs --data" in ran.err
    assert run("eval", "-e", "x", "--data", "t.csv", "--reduce", "sum").code == 5


def test_samples():
    Path("t.csv").write_text("x\n" + "".join(f"{row}\n" for row in range(1000)), "utf-8")
    one = run("eval", "-e", "x", "--data", "t.csv", "--only", "--sample", "10", "--seed", "1")
    assert len(one.out.split()) == 11
    assert (
        one.out
        == run("eval", "-e", "x", "--data", "t.csv", "--only", "--sample", "10", "--seed", "1", "--jobs", "1").out
    )
    assert one.out != run("eval", "-e", "x", "--data", "t.csv", "--only", "--sample", "10").out
