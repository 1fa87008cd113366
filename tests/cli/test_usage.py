"""Wrong command lines are answered with what was meant, on standard error, with exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffcli.cli.commands import COMMANDS
from diffcli.cli.requests import pairs, split
from tests.cli.running import run


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["grda", "x"], "did you mean diffcli grad?"),
        (["gradd"], "did you mean diffcli grad?"),
        (["--jsno"], "unknown option --jsno before the command"),
        (["frobnicate"], "the commands are eval, grad"),
        (["grad", "--wtr", "x", "-e", "x"], "did you mean --wrt?"),
        (["grad", "-e", "x", "--format", "jsn"], "did you mean json?"),
        (["grad", "-e", "x", "--mode", "revers"], "did you mean reverse?"),
        (["grad", "-e", "x", "--format", "qqq"], "one of table, plain, json"),
        (["grad", "-e", "x", "--json", "--format", "csv"], "exclude each other"),
        (["grad", "-e", "x", "--at", "x"], "--at needs NAME=VALUE"),
        (["grad", "-e", "x", "--at", "=2"], "--at needs NAME=VALUE"),
        (["grad", "-e", "x", "--fail-on", "bad"], "--fail-on cannot be bad"),
        (["grad", "-e", "x", "--fields", "statsu"], "did you mean status?"),
        (["grad", "-e", "x", "--fields", "qqqqq"], "the columns are wrt, of"),
        (["grad", "-e", "x", "--digits", "many"], "--digits"),
        (["grad", "-e", "x", "--max-nodes", "0"], "--max-nodes"),
        (["grad", "-e"], "-e"),
        (["grad"], "give a file, - for standard input, or -e"),
        (["explain", "E9999999"], "diffcli explain lists them"),
        (["ops", "sigmiod"], "did you mean sigmoid?"),
        (["completion", "bahs"], "did you mean bash?"),
        (["completion"], "SHELL"),
    ],
)
def test_a_wrong_command_line(line: list[str], said: str) -> None:
    ran = run(*line)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.startswith("error: ")
    assert "Traceback" not in ran.err


def test_a_file_instead_of_a_command(tmp_path: Path) -> None:
    path = tmp_path / "a.expr"
    path.write_text("x**2")
    assert f"diffcli grad {path}" in run(str(path)).err


def test_a_missing_file_names_the_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "model.expr").write_text("x**2")
    ran = run("grad", str(tmp_path / "modle.expr"))
    assert ran.code == 2
    assert f"did you mean {tmp_path / 'model.expr'}?" in ran.err


def test_an_expression_instead_of_a_file() -> None:
    assert "for an expression write -e 'x**2'" in run("grad", "x**2").err


def test_a_folder_without_samples(tmp_path: Path) -> None:
    ran = run("grad", str(tmp_path))
    assert ran.code == 2
    assert f"no *.expr or *.txt in {tmp_path}" in ran.err


def test_no_command_shows_the_help() -> None:
    ran = run()
    assert ran.code == 2
    assert "diffcli grad expr.txt --wrt x" in ran.err


def test_help_and_version() -> None:
    assert run("--help").code == 0
    assert run("--help").out == run("-h").out == run("help").out
    assert run("help", "grad").out == run("grad", "--help").out
    assert run("--version").out.startswith("diffcli ")


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_the_help_of_a_command_starts_with_examples_and_fits_80_columns(command: str) -> None:
    ran = run(command, "--help", variables={"COLUMNS": "80"})
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[2] == "Examples:"
    assert lines[3].startswith(f"  diffcli {command}")
    assert all(len(line) <= 80 for line in lines)


def test_names_are_separated_by_commas_outside_brackets() -> None:
    assert split(["x, y", "w[0, 1],b", ""]) == ("x", "y", "w[0, 1]", "b")
    assert split(None) == ()
    assert split(["f(a, b), c)d,e"]) == ("f(a, b)", "c)d", "e")


def test_values_may_contain_equal_signs_and_dashes() -> None:
    assert pairs(["x=-2", " y = [1, 2]", "z=a==b"], "--at") == (("x", "-2"), ("y", "[1, 2]"), ("z", "a==b"))
