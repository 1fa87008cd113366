"""The tape on the command line: every format, and the walk along it."""

from __future__ import annotations

import csv
import json
import os
import sys
from importlib.resources import files
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from diffcli.cli.env import Environment
from diffcli.cli.stepping import CLEAR, CLOSE, OPEN, walk
from diffcli.compute import Request
from diffcli.compute.trace import trace
from diffcli.source import Source
from tests.cli.running import Terminal, run

SCHEMA = Draft202012Validator(json.loads(files("diffcli").joinpath("schemas", "trace.json").read_text("utf-8")))
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
TEXT = "x**2 + 2*x"


def test_the_document_fits_its_schema_and_is_right() -> None:
    ran = run("trace", "-e", TEXT, "--at", "x=3", "--json")
    assert ran.code == 0 and not ran.err
    SCHEMA.validate(ran.document)
    x = ran.document["nodes"][0]
    assert (x["node"], x["value"], x["derivative"]) == ("x", 3.0, 8.0)
    assert sorted(part["value"] for part in x["parts"]) == [2.0, 6.0]


@pytest.mark.parametrize("name", ["language/example-2-tape-rules", "classics/attention", "semantics/poles"])
def test_samples_fit_the_schema(name: str) -> None:
    for order in ("reverse", "forward"):
        ran = run("trace", str(SAMPLES / f"{name}.expr"), "--json", "--order", order)
        assert ran.code == 0, ran.err
        SCHEMA.validate(ran.document)
        assert ran.document["mode"] == order


def test_the_table_shows_the_sum_of_contributions() -> None:
    out = run("trace", "-e", TEXT, "--at", "x=3", "--width", "140").out
    assert "2.0 + 6.0 = 8.0" in out or "6.0 + 2.0 = 8.0" in out
    assert "∂/∂x = 6.0" in out and "Tape, with adjoints of out" in out


def test_tangents_are_seeded_by_name() -> None:
    out = run("trace", "-e", TEXT, "--at", "x=3", "--order", "forward", "--v", "x=10", "--json").document
    assert out["nodes"][-1]["derivative"] == 80.0
    table = run("trace", "-e", TEXT, "--at", "x=3", "--order", "forward", "--width", "140").out
    assert "tangent" in table and "adjoint" not in table
    assert run("trace", "-e", TEXT, "--at", "x=3", "--order", "forward", "--v", "q=1").code != 0


def test_other_formats() -> None:
    rows = list(csv.DictReader(StringIO(run("trace", "-e", TEXT, "--at", "x=3", "--format", "csv").out)))
    assert [row["node"] for row in rows] == ["x", "#2", "#3", "out"]
    assert rows[0]["value"] == "3.0" and rows[1]["locals"] == "∂/∂x = 6.0"
    plain = run("trace", "-e", TEXT, "--at", "x=3", "--format", "plain").out.splitlines()
    assert plain[0].split()[:3] == ["1", "x", "input"] and len(plain) == 4
    assert "| node" in run("trace", "-e", TEXT, "--at", "x=3", "--format", "markdown").out


def test_digits_round_every_number_of_the_table() -> None:
    out = run("trace", "-e", "sin(x)*x", "--at", "x=3", "--digits", "3", "--width", "140").out
    assert "0.141" in out and "0.1411" not in out


def test_values_are_asked_for() -> None:
    ran = run("trace", "-e", TEXT)
    assert ran.code == 4 and "--at x=3" in ran.err


def test_without_a_terminal_step_prints_all_and_says_so() -> None:
    ran = run("trace", "-e", TEXT, "--at", "x=3", "--step")
    assert ran.code == 0 and "--step needs a terminal" in ran.err
    assert ran.out == run("trace", "-e", TEXT, "--at", "x=3").out


def walked(keys: str, forward: bool = False, columns: int = 60) -> list[str]:
    stdout = Terminal()
    result = trace(Request(Source("f", "var x = 3\ny = x**2\nz = y + x")), forward)
    walk(result, Environment(BytesIO(), stdout, BytesIO(), {}, columns=columns), keys)
    text = stdout.getvalue().decode()
    assert text.startswith(OPEN) and text.endswith(CLOSE)
    return text[len(OPEN) : -len(CLOSE)].split(CLEAR)[1:]


def test_the_walk_goes_forward_then_backward() -> None:
    screens = walked("      ")
    assert len(screens) == 6
    assert "> x = var = 3.0" in screens[0] and "9.0" not in screens[0]
    assert "> y = power(x, 2) = 9.0" in screens[1] and "adjoint" not in screens[1]
    assert "backward" in screens[3] and "> z" in screens[3] and "adjoint of z: 1.0" in screens[3]
    assert "adjoint of x: " in screens[5] and "= 7.0" in screens[5] and "from y" in screens[5]


def test_the_walk_goes_back_and_ends() -> None:
    assert [screen.split("step ")[1].split()[0] for screen in walked("  b b bbbq ")] == list("1232323211")
    assert len(walked("q")) == 1
    assert len(walked("\r\n  ", forward=True)) == 3


@pytest.mark.parametrize("columns", [20, 40, 140])
def test_the_walk_fits_the_terminal(columns: int) -> None:
    assert max(len(line) for screen in walked("      ", columns=columns) for line in screen.split("\n")) <= columns


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are Unix")
def test_keys_come_from_a_real_terminal() -> None:
    import pty
    import tty

    outer, inner = pty.openpty()
    try:
        with open(inner, "rb", buffering=0, closefd=False) as stdin:
            tty.setcbreak(inner)  # keys typed ahead of a line mode would wait for a line end
            os.write(outer, b" bq")
            stdout = Terminal()
            result = trace(Request(Source("f", "var x = 3\nx**2")))
            walk(result, Environment(stdin, stdout, BytesIO(), {}, columns=60))  # type: ignore[arg-type]
        assert stdout.getvalue().decode().count(CLEAR) == 3
    finally:
        os.close(outer)
        os.close(inner)
