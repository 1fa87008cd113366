"""`why` on well-known traps: it names the right place, and what it says to type gives the right gradient."""

from __future__ import annotations

import json
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import run

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "why"
SCHEMA = json.loads(files("diffcli").joinpath("schemas", "why.json").read_text(encoding="utf-8"))


class Trap(NamedTuple):
    """What is wrong in a sample, where, and the gradient that mathematics asks for once it is mended."""

    sample: str
    status: str
    code: str
    op: str
    line: int
    gradient: Any
    strict: bool = False


# The gradients are from calculus: softmax(z) - labels, -2 tanh(x), p * (i - mean of i), the limits by L'Hospital, ...
TRAPS = (
    Trap("sqrt-of-sum-of-squares", "nan", "backward", "sqrt", 5, [0, 0]),
    Trap("sqrt-of-a-square", "nan", "backward", "sqrt", 5, 0),
    Trap("distance-by-hand", "zero", "forward", "power", 6, 0.6),
    Trap("norm-at-zero", "nan", "backward", "sqrt", 5, [0, 0], True),
    Trap("zero-to-a-power", "nan", "backward", "power", 6, 0, True),
    Trap("log-behind-where", "nan", "backward", "log", 5, 0, True),
    Trap("one-over-zero-behind-if", "nan", "backward", "divide", 5, 3, True),
    Trap("acos-at-one", "nan", "backward", "acos", 5, 0, True),
    Trap("softmax-cross-entropy-by-hand", "nan", "forward", "exp", 6, [1, -1, 0]),
    Trap("softmax-by-hand", "nan", "forward", "exp", 5, [0.25, -0.25]),
    Trap("log-of-a-sum-of-exponentials", "nan", "forward", "log", 5, [0.5, 0.5]),
    Trap("angle-at-the-origin", "nan", "backward", "atan2", 6, 0),
    Trap("division-by-a-stopped-zero", "inf", "forward", "divide", 6, 0),
    Trap("relu-dead", "zero", "flat", "relu", 6, 0.3),
    Trap("sigmoid-saturated", "inf", "forward", "log", 5, 1),
    Trap("logistic-by-hand", "nan", "forward", "exp", 5, 0),
    Trap("softplus-by-hand", "nan", "forward", "exp", 5, 1),
    Trap("round", "none", "cut", "round", 5, 3),
    Trap("floor", "none", "cut", "floor", 5, 4),
    Trap("argmax", "none", "integer", "argmax", 5, [-0.25, 0.25]),
    Trap("int", "none", "integer", "int", 5, 1.5),
    Trap("comparison-as-a-number", "none", "integer", "greater", 5, 0.25),
    Trap("clip-outside", "zero", "flat", "clip", 5, 2),
    Trap("x-to-the-x", "nan", "backward", "power", 6, 0, True),
    Trap("entropy-at-zero", "nan", "forward", "log", 5, [0, -1]),
    Trap("label-zero", "nan", "forward", "log", 6, [0, -2]),
    Trap("log-of-one-minus-tanh-squared", "nan", "forward", "log", 5, -2),
    Trap("spread-of-constants", "nan", "backward", "sqrt", 5, [0, 0, 0]),
    Trap("zero-by-zero", "nan", "forward", "divide", 5, 0),
    Trap("zero-by-zero-with-a-slope", "nan", "forward", "divide", 5, 0.5),
    Trap("log-of-a-negative", "nan", "forward", "log", 5, -0.25),
    Trap("bad-on-both-sides", "nan", "forward", "log", 6, 0),
    Trap("reason-unused", "none", "unused", "power", 5, 6),
    Trap("reason-stopped", "none", "stopped", "stop_gradient", 5, 6),
    Trap("reason-stop-statement", "none", "stopped", "multiply", 5, 24),
    Trap("reason-cut", "none", "cut", "ceil", 5, 2),
    Trap("reason-integer", "none", "integer", "int", 5, 1),
    Trap("reason-frozen", "none", "frozen", "frozen", 4, 6),
    Trap("reason-unwatched", "none", "unwatched", "const", 4, 6),
    Trap("reason-before-tape", "none", "before-tape", "var", 4, 12),
    Trap("reason-paused", "none", "paused", "power", 8, 12),
)


def command_of(sample: str) -> list[str]:
    """The command that the sample's second line names."""
    line = (SAMPLES / f"{sample}.expr").read_text("utf-8").splitlines()[1]
    return shlex.split(line.removeprefix("#   diffcli why "))


def asked(*arguments: str) -> dict[str, Any]:
    """The first pair of a valid document."""
    ran = run("why", *arguments, "--json")
    assert ran.code == 0, ran.err
    Draft202012Validator(SCHEMA).validate(ran.document)
    pair: dict[str, Any] = ran.document["pairs"][0]
    return pair


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """The text with what was said to type typed in, from the last place to the first."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:index])) for index in range(len(lines))]
    for edit in sorted(edits, key=lambda each: (each["at"]["line"], each["at"]["column"]), reverse=True):
        place = starts[edit["at"]["line"] - 1] + edit["at"]["column"] - 1
        assert text[place : place + len(edit["old"])] == edit["old"]
        text = text[:place] + edit["new"] + text[place + len(edit["old"]) :]
    return text


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.sample)
def test_a_trap_is_named_and_its_fix_is_right(trap: Trap, tmp_path: Path) -> None:
    path, *options = command_of(trap.sample)
    assert ("--strict-tf" in options) is trap.strict
    text = (ROOT / path).read_text("utf-8")
    pair = asked(str(ROOT / path), *options)
    assert (pair["status"], pair["verdict"] == "connected") == (trap.status, trap.status != "none")
    cause = pair["causes"][0]
    assert (cause["code"], cause["op"], cause["spot"]["at"]["line"]) == (trap.code, trap.op, trap.line)
    fix = pair["fixes"][0]
    copy = tmp_path / "mended.expr"
    copy.write_text(edited(text, fix["edits"]), "utf-8")
    if fix["option"] == "leave out --strict-tf":
        options.remove("--strict-tf")
    elif fix["option"]:
        options = shlex.split(fix["option"])
    row = run("grad", str(copy), *options, "--json").document["gradients"][0]
    assert row["status"] in ("ok", "zero")
    assert row["value"] == pytest.approx(trap.gradient, rel=1e-12, abs=1e-15)
    assert row["value"] == fix["value"]


@pytest.mark.parametrize("trap", [trap for trap in TRAPS if trap.status != "none"], ids=lambda trap: trap.sample)
def test_the_target_keeps_its_value_where_it_had_one(trap: Trap, tmp_path: Path) -> None:
    path, *options = command_of(trap.sample)
    pair = asked(str(ROOT / path), *options)
    fix = pair["fixes"][0]
    if not fix["equal"] or fix["option"]:
        return
    copy = tmp_path / "mended.expr"
    copy.write_text(edited((ROOT / path).read_text("utf-8"), fix["edits"]), "utf-8")
    of = options[options.index("--of") + 1]
    before = run("eval", str(ROOT / path), "--of", of, "--json").document["targets"][0]["value"]
    after = run("eval", str(copy), "--of", of, "--json").document["targets"][0]["value"]
    assert after == pytest.approx(before) if isinstance(before, float) else isinstance(after, float)


def test_every_sample_is_tried() -> None:
    named = {trap.sample for trap in TRAPS} | {"zero-causes"}
    assert named == {path.stem for path in SAMPLES.glob("*.expr")}
    assert len(TRAPS) - len([each for each in TRAPS if each.sample.startswith("reason-")]) >= 18


def test_every_cause_of_zero() -> None:
    ran = run("why", str(SAMPLES / "zero-causes.expr"), "--wrt", "x", "--json")
    found = {pair["of"]: pair["causes"][0] for pair in ran.document["pairs"]}
    assert {name: cause["code"] for name, cause in found.items()} == {
        "times": "times-zero",
        "level": "flat",
        "branch": "branch",
        "cancelled": "cancellation",
        "underflow": "underflow",
        "saturated": "saturation",
        "stationary": "stationary",
        "picked": "times-zero",
    }
    assert [cause["spot"]["at"]["line"] for name, cause in found.items() if name != "cancelled"] == [
        5,
        6,
        7,
        9,
        10,
        11,
        12,
    ]


def test_the_product_has_its_operands() -> None:
    pair = asked("-e", "where(x > 0, log(x), 0)", "--at", "x=0", "--strict-tf")
    assert pair["message"].startswith("0 * inf: ")
    assert [each["value"] for each in pair["causes"][0]["operands"]] == [0.0, "inf", 0.0]
    pair = asked("-e", "(x - x) / (x - 1)", "--at", "x=1")
    assert pair["message"].startswith("0 / 0: ")


def test_an_element_of_a_tensor_is_named() -> None:
    pair = asked("-e", "sum(sqrt(x))", "--at", "x=[4, 0, 9]")
    assert "`x[1]` = 0" in pair["message"]


def test_paths_and_cuts() -> None:
    text = "var x = -2\na = x * 3\nb = relu(a)\ny = b + stop_gradient(a) + 5 * x\n"
    ran = run("why", "-", "--of", "y", "--wrt", "x", "--json", stdin=text)
    pair = ran.document["pairs"][0]
    assert (pair["status"], pair["path_count"]) == ("ok", 3)
    cuts = {path["cut"]["code"] if path["cut"] else None: path for path in pair["paths"]}
    assert set(cuts) == {None, "flat", "stopped"}
    assert [step["name"] for step in cuts["flat"]["steps"] if step["name"]] == ["y", "b", "a", "x"]
    assert cuts["flat"]["cut"]["spot"]["at"] == {"line": 3, "column": 5, "end_column": 12}
    assert cuts["stopped"]["cut"]["spot"]["at"]["line"] == 4


def test_the_branch_not_taken_is_a_cut_path() -> None:
    ran = run("why", "-e", "where(x > 0, log(x), 3 * x)", "--at", "x=-1", "--json")
    codes = [path["cut"] and path["cut"]["code"] for path in ran.document["pairs"][0]["paths"]]
    assert None in codes and "branch" in codes


def test_a_rule_inside_a_function_is_mended_there() -> None:
    text = "def f(z) = log(1 + exp(z))\nvar x = 400\ny = f(2 * x)\n"
    pair = run("why", "-", "--json", stdin=text).document["pairs"][0]
    [edit] = pair["fixes"][0]["edits"]
    assert (edit["at"]["line"], edit["old"], edit["new"]) == (1, "log(1 + exp(z))", "softplus(z)")
    assert pair["fixes"][0]["value"] == 2.0


def test_without_values_the_paths_are_shown() -> None:
    pair = asked("-e", "x**2 + y", "--wrt", "x")
    assert (pair["verdict"], pair["status"], pair["value"]) == ("connected", "formula", None)
    assert len(pair["paths"]) == 1


def test_a_stop_on_the_command_line() -> None:
    text = "var x = 3\nb = 2 * x\ny = b**2\n"
    pair = run("why", "-", "--stop", "b", "--json", stdin=text).document["pairs"][0]
    assert (pair["verdict"], pair["fixes"][0]["option"]) == ("stopped", "leave out --stop b")
    assert pair["fixes"][0]["value"] == 24.0


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_report_fits_the_terminal(width: int) -> None:
    for sample in ("softmax-cross-entropy-by-hand", "spread-of-constants", "reason-paused"):
        ran = run("why", str(SAMPLES / f"{sample}.expr"), "--width", str(width), "--color", "never")
        assert ran.code == 0
        prose = [line for line in ran.out.splitlines() if "-->" not in line and "samples/" not in line]
        assert max(len(line) for line in prose if not line.lstrip()[:1].isdigit()) <= width + 4


def test_the_formats() -> None:
    path = str(SAMPLES / "softplus-by-hand.expr")
    table = run("why", path, "--of", "y").out
    assert "log(1 + exp(x))\n" in table and "^^^^^^" in table
    assert "+ softplus(x)" in table and "the gradient is then 1.0" in table
    plain = run("why", path, "--of", "y", "--format", "plain").out
    assert plain.count("\n") == 1 and "5:5: `log(1 + exp(x))` -> `softplus(x)`" in plain
    for form in ("ndjson", "csv", "tsv", "markdown", "latex"):
        assert run("why", path, "--format", form).code == 0
    assert "\x1b[" in run("why", path, "--color", "always").out


def test_fail_on_and_wrong_files() -> None:
    assert run("why", "-e", "x * log(x)", "--at", "x=0", "--fail-on", "nan").code == 1
    assert run("why", "-e", "x +").code == 3
    document = run("why", "-e", "x +", "--json").document
    Draft202012Validator(SCHEMA).validate(document)
    assert document["pairs"] == []


def test_grad_tells_cause_and_remedy() -> None:
    [row] = run("grad", "-e", "log(1 + exp(x))", "--at", "x=1000", "--json").document["gradients"]
    assert (row["reason"]["code"], row["reason"]["at"][0]["column"]) == ("forward", 9)
    assert "softplus(x)" in row["reason"]["hint"]
    [row] = run("grad", "-e", "where(x > 0, log(x), 0)", "--at", "x=0", "--strict-tf", "--json").document["gradients"]
    assert (row["reason"]["code"], row["reason"]["message"][:9]) == ("backward", "0 * inf: ")
    [row] = run("grad", "-e", "relu(x)", "--at", "x=-1", "--json").document["gradients"]
    assert (row["status"], row["reason"]) == ("zero", None)
    assert "level" in row["notes"][0]


def test_a_hint_that_would_not_help_is_not_given() -> None:
    for text, at in (("x**0.5", "x=-1"), ("x**0.5", "x=0"), ("log(1 + x)", "x=-1"), ("sqrt(x)", "x=0")):
        [row] = run("grad", "-e", text, "--at", at, "--json").document["gradients"]
        assert row["reason"]["hint"] is None
        assert not [fix for fix in asked("-e", text, "--at", at)["fixes"] if fix["equal"]]
