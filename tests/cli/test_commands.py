"""The commands from end to end."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from diffcli.cli.commands import COMMANDS
from tests.cli.running import Ran, run

TAPE = """\
var    x0 = 3.0
frozen x1 = 3.0
var    v2 = 2.0
x2 = v2 + 1.0
const  x3 = 3.0
tape { y = x0**2 + x1**2 + x2**2 }
"""


def validated(ran: Ran) -> Ran:
    """The run, its document checked against the schema it names."""
    name = ran.document["schema"].split("/")[1]
    schema = json.loads(files("diffcli").joinpath("schemas", f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(ran.document)
    return ran


def test_the_main_job() -> None:
    ran = validated(run("grad", "-", "--wrt", "x", "--at", "x=2", "--json", stdin="x**2 + 3*x"))
    assert (ran.code, ran.err) == (0, "")
    [gradient] = ran.document["gradients"]
    assert (gradient["value"], gradient["status"], gradient["at"]) == (7.0, "ok", 2.0)


def test_without_a_value_there_is_the_formula() -> None:
    [gradient] = validated(run("grad", "-", "--wrt", "x", "--json", stdin="x**2 + 3*x")).document["gradients"]
    assert (gradient["value"], gradient["expression"]) == (None, "2 * x + 3")
    assert "2 * x + 3" in run("grad", "-e", "x**2 + 3*x").out


def test_an_expression_may_begin_with_a_dash() -> None:
    for line in (["-e", "-x**2"], ["--expr=-x**2"], ["--expr", "-x**2"]):
        assert run("grad", *line, "--at", "x=-2", "--json").document["gradients"][0]["value"] == 4.0


def test_the_tape_and_its_reasons() -> None:
    document = validated(run("grad", "-", "--wrt", "x0,x1", "--wrt", "x2,x3", "--json", stdin=TAPE)).document
    assert document["semantics"] == "tape"
    assert [each["value"] for each in document["gradients"]] == [6.0, None, None, None]
    assert [each["reason"] and each["reason"]["code"] for each in document["gradients"]] == [
        None,
        "frozen",
        "before-tape",
        "unwatched",
    ]
    assert [each["name"] for each in document["watched"]] == ["x0"]


def test_the_table_of_a_gradient() -> None:
    ran = run("grad", "-", "--wrt", "x0,x1", stdin=TAPE)
    lines = ran.out.splitlines()
    assert lines[0].startswith("<stdin> · rules: tape · mode: ")
    titles = [line.partition(":")[0] for line in lines if line.startswith(("Gradients", "Watched", "Stopped"))]
    assert titles == ["Gradients of y", "Watched variables", "Stopped nodes"]
    assert run("grad", "-e", "x**2").out.endswith("Stopped nodes: none\n")


def test_stops_are_listed() -> None:
    text = "const a = 0\nb = 2 * a\nc = a + b\n"
    document = validated(run("grad", "-", "--wrt", "a,b", "--stop", "a,b", "--json", stdin=text)).document
    assert [each["value"] for each in document["gradients"]] == [1.0, 1.0]
    assert {each["why"] for each in document["stopped"]} == {"--stop"}


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (["eval", "-e", "[1, 2] * 3"], "targets", [3.0, 6.0]),
        (["jacobian", "-e", "x**2", "--at", "x=[1, 2]"], "jacobians", [[2.0, 0.0], [0.0, 4.0]]),
        (["hessian", "-e", "x**3", "--at", "x=2"], "hessians", 12.0),
        (["jvp", "-e", "x**2", "--at", "x=3", "--v", "x=2"], "jvps", 12.0),
        (["vjp", "-e", "x**2", "--at", "x=3", "--v", "out=2"], "vjps", 12.0),
        (["hvp", "-e", "x**3", "--at", "x=2", "--v", "x=1"], "hvps", 12.0),
    ],
)
def test_every_derivative_command(line: list[str], key: str, value: object) -> None:
    ran = validated(run(*line, "--json"))
    assert ran.code == 0
    assert ran.document[key][0]["value"] == value
    for form in ("table", "plain", "csv", "tsv", "markdown", "latex", "ndjson"):
        assert run(*line, "--format", form).code == 0


def test_formulas() -> None:
    assert run("diff", "-e", "x**2 + 3*x", "--wrt", "x", "--format", "plain").out.splitlines()[-1] == "2 * x + 3"
    document = validated(run("diff", "-e", "sin(x)", "--order", "2", "--json")).document
    assert document["formulas"][0]["order"] == 2
    assert "\\sin" in run("diff", "-e", "sin(x)", "--order", "2", "--format", "latex").out


def test_the_plain_formula_is_an_expression_file() -> None:
    formula = run("diff", "-e", "exp(sin(x)) / (1 + exp(sin(x)))", "--wrt", "x", "--format", "plain").out
    value = run("eval", "-", "--at", "x=0.3", "--json", stdin=formula).document["targets"][-1]["value"]
    gradient = run("grad", "-e", "exp(sin(x)) / (1 + exp(sin(x)))", "--at", "x=0.3", "--json").document["gradients"][0][
        "value"
    ]
    assert value == pytest.approx(gradient, rel=1e-12)


def test_a_wrong_file_is_told_twice() -> None:
    ran = validated(run("grad", "-", "--json", stdin="var x = 3\ny = x + undefinedd\n"))
    assert ran.code == 3
    assert ran.document["gradients"] == ran.document["watched"] == []
    assert ran.document["diagnostics"][0]["at"]["line"] == 2
    assert "<stdin>:2:9" in ran.err
    assert run("grad", "-", "--json", "-q", stdin="y = +").err == ""
    assert run("grad", "-", "-q", stdin="y = +").err != ""


def test_a_missing_input_is_code_4() -> None:
    assert run(
        "eval",
        "-",
        stdin="input x\ny = x**2\n",
    ).code in (0, 4)


def test_fail_on() -> None:
    line = ["grad", "-", "--wrt", "x,k", "--json"]
    text = "var x = 3\nvar k = 1\ny = x**2\n"
    assert run(*line, stdin=text).code == 0
    assert run(*line, "--fail-on", "nan,inf", stdin=text).code == 0
    failed = run(*line, "--fail-on", "nan,none", stdin=text)
    assert failed.code == 1
    assert "none" in failed.err
    assert run("eval", "-e", "0/0", "--fail-on", "nan").code == 1


def test_several_files_make_a_batch(tmp_path: Path) -> None:
    (tmp_path / "b.expr").write_text("var x = 3\ny = x**2\n")
    (tmp_path / "a.txt").write_text("y = nope + 1\nvar q = 2")
    (tmp_path / "other.md").write_text("not an expression")
    ran = validated(run("grad", str(tmp_path), str(tmp_path / "b.expr"), "--json"))
    assert ran.code == 3
    assert [(Path(each["file"]).name, each["exit_code"]) for each in ran.document["results"]] == [
        ("a.txt", 3),
        ("b.expr", 0),
        ("b.expr", 0),
    ]
    lines = run("grad", str(tmp_path), "--format", "ndjson").out.splitlines()
    assert [json.loads(line)["exit_code"] for line in lines] == [3, 0]


def test_a_missing_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "b.expr").write_text("var x = 3\ny = x**2\n")
    ran = run("grad", str(tmp_path / "missing.expr"), str(tmp_path / "b.expr"), "--json")
    assert ran.code == 2
    assert [each["exit_code"] for each in ran.document["results"]] == [2, 0]


def test_a_folder_with_one_file_is_a_batch_too(tmp_path: Path) -> None:
    (tmp_path / "b.expr").write_text("var x = 3\ny = x**2\n")
    assert run("eval", str(tmp_path), "--json").document["schema"] == "diffcli/batch/1"


def test_expectations(tmp_path: Path) -> None:
    path = tmp_path / "a.expr"
    path.write_text("var x = 3\ny = x**2\nexpect y == 9\nexpect grad(y, x) == 7\n")
    ran = run("test", str(path))
    assert ran.code == 1
    assert f"{path}:4: expect grad(y, x) == 7" in ran.out
    assert "6" in ran.out and "7" in ran.out
    assert "2 expectations, 1 failed" in ran.err
    document = validated(run("test", str(path), "--json")).document
    assert [case["passed"] for case in document["cases"]] == [True, False]
    path.write_text("y = nope(")
    assert run("test", str(path)).code == 3


def test_operators() -> None:
    listed = validated(run("ops", "--json")).document["operators"]
    assert {"tanh", "relu", "matmul", "sum"} <= {each["name"] for each in listed}
    assert all(each["doc"] for each in listed)
    page = run("ops", "tf.nn.relu").out
    assert page.startswith("relu(")
    assert "tanh" in run("ops").out


def test_explanations() -> None:
    listed = validated(run("explain", "--json")).document["codes"]
    assert {"frozen", "unused", "cut", "stopped"} <= {each["code"] for each in listed}
    for each in listed:
        assert run("explain", each["code"].lower()).out.startswith(f"{each['code']}: {each['title']}")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion(shell: str) -> None:
    ran = run("completion", shell)
    assert ran.code == 0
    assert "_DIFFCLI_COMPLETE" in ran.out


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_is_complete(command: str) -> None:
    from importlib import import_module

    module = import_module(f"diffcli.cli.commands.{command}")
    assert module.__doc__
    assert module.EXAMPLES.startswith(f"  diffcli {command}")
    assert module.TAKES
