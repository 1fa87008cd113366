"""Curves: numbers against the mathematics, gaps, and each kind of picture."""

from __future__ import annotations

import sys
from importlib.resources import files
from json import loads
from math import cos, exp, isclose, pi, sin
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from diffcli.render.curves import limits, runs
from tests.cli.running import run


def curves(*arguments: str) -> dict[str, list[float]]:
    document = run("plot", *arguments, "--json").document
    schema = loads(files("diffcli").joinpath("schemas", "plot.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(document)
    return {"": document["points"]} | {each["name"]: each["values"] for each in document["curves"]}


def test_values_and_derivatives() -> None:
    found = curves("-e", "sin(x)*exp(a*x)", "--at", "a=0.5", "--over", "x=0..2*pi", "--order", "2", "--points", "33")
    assert found[""][0] == 0 and found[""][-1] == 2 * pi and len(found[""]) == 33
    for x, y, first, second in zip(*found.values(), strict=True):
        assert isclose(y, sin(x) * exp(x / 2), rel_tol=1e-14, abs_tol=1e-14)
        assert isclose(first, (cos(x) + sin(x) / 2) * exp(x / 2), rel_tol=1e-13, abs_tol=1e-13)
        assert isclose(second, (cos(x) - 0.75 * sin(x)) * exp(x / 2), rel_tol=1e-12, abs_tol=1e-12)


def test_derivatives_by_another_input_and_several_targets() -> None:
    found = curves(
        "-e",
        "input x\nvar a = 2\nu = a*x**2\nv = u + a",
        "--of",
        "u,v",
        "--wrt",
        "a",
        "--over",
        "x=-1..3",
        "--points",
        "5",
    )
    assert found["u"] == [2, 0, 2, 8, 18] and found["du/da"] == [1, 0, 1, 4, 9] and found["dv/da"] == [2, 1, 2, 5, 10]


def test_what_is_declared_from_the_input_follows_it() -> None:
    found = curves("-e", "var x = 1\nvar b = 2*x\ny = b + x", "--over", "x=0..2", "--points", "3")
    assert found["y"] == [0, 3, 6]


def test_elements_of_a_tensor_are_curves() -> None:
    found = curves("-e", "y = [x, x**2] * 3", "--over", "x=0..2", "--points", "3")
    assert found["y[1]"] == [0, 3, 12] and found["dy[1]/dx"] == [0, 6, 12] and found["dy[0]/dx"] == [3, 3, 3]


def test_stopped_parts_are_held() -> None:
    assert curves("-e", "x * stop_gradient(x)", "--over", "x=0..2", "--points", "3")["dout/dx"] == [0, 1, 2]


def test_csv_has_a_row_per_point() -> None:
    out = run("plot", "-e", "x**2", "--over", "x=0..2", "--points", "3", "--format", "csv").out
    assert out.splitlines() == [
        "file,x,out,dout/dx",
        "<expression>,0.0,0.0,0.0",
        "<expression>,1.0,1.0,2.0",
        "<expression>,2.0,4.0,4.0",
    ]


def test_what_is_not_finite_is_a_gap() -> None:
    found = curves("-e", "log(x)", "--over", "x=-1..1", "--points", "3")
    assert found["out"] == ["nan", "-inf", 0]
    assert list(runs([0, 1, 2, 3], [1.0, float("nan"), 2.0, 3.0], 0, 5)) == [([0], [1]), ([2, 3], [2, 3])]
    # A pole between two points is a gap, a steep step and a sharp corner are none.
    tan = [15.0, 64.0, -32.0, -12.0]
    assert [up for _, up in runs([0, 1, 2, 3], tan, -70, 70)] == [tan[:2], tan[2:]]
    for whole in ([0.0, 0.1, 9.9, 10.0], [0.0, 5.0, 0.0, 5.0]):
        assert [up for _, up in runs([0, 1, 2, 3], whole, -10, 10)] == [whole]
    low, high = limits([[1 / x for x in range(-400, 400) if x] + [float("inf"), 1e9]])
    assert -2 < low < 0 < high < 2


def test_the_terminal_shows_braille_with_marks() -> None:
    pytest.importorskip("plotille")
    for width in (60, 80, 140):
        ran = run("plot", "-e", "sin(x)", "--over", "x=0..6", terminal=True, columns=width, variables={"NO_COLOR": "1"})
        assert ran.code == 0 and "1 out   2 dout/dx" in ran.out and "\x1b" not in ran.out
        assert any("\u2800" < sign <= "\u28ff" for sign in ran.out) and "(x)" in ran.out
        assert all(len(line) <= width for line in ran.out.splitlines())
        assert any("1" in line[15:] for line in ran.out.splitlines()[3:15])


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_pictures_are_the_same_every_time(tmp_path: Path, suffix: str, start: bytes) -> None:
    pytest.importorskip("matplotlib")
    made = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.{suffix}"
        assert run("plot", "-e", "tan(x)", "--over", "x=0..6", "-o", str(path)).code == 0
        made.append(path.read_bytes())
    assert made[0].startswith(start) and made[0] == made[1]
    assert "matplotlib.pyplot" not in sys.modules


@pytest.mark.parametrize(("package", "format"), [("plotille", "text"), ("matplotlib", "png")])
def test_a_missing_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, format: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    ran = run("plot", "-e", "x", "--over", "x=0..1", "--format", format, "-o", str(tmp_path / "a"))
    assert ran.code == 2 and 'pip install "diffcli[plot]"' in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--over", "x"), "--over NAME=A..B"),
        ((), "--over NAME=A..B"),
        (("--over", "x=1..1"), "no length"),
        (("--over", "x=0..1/0"), "finite"),
        (("--over", "x=0..1", "--wrt", "q"), "no name `q`"),
        (("--over", "x=0..1", "--to", "png"), "-o picture.png"),
    ],
)
def test_mistakes_are_told(arguments: tuple[str, ...], words: str) -> None:
    ran = run("plot", "-e", "x**2", *arguments, terminal=True)
    assert ran.code in (2, 3) and words in ran.err
