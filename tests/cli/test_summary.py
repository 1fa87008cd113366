"""`summary`: the table as Keras prints it, variables, totals, every format."""

from __future__ import annotations

from importlib.resources import files
from json import loads
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from diffcli.results_summary import counted, shaped
from tests.cli.running import run

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "training"
NETWORK = """\
dtype float32
input X: [n, 9]
var w: [3, 2] = 1
first = dense(X, 64, activation=relu)
second = dense(first, 64, activation=relu, trainable=false)
y = dense(second, 1, name=out)
frozen s = 3
"""


def summary(*arguments: str, stdin: str = NETWORK) -> dict[str, Any]:
    ran = run("summary", *arguments, "--json", stdin=stdin)
    document = ran.document
    Draft202012Validator(loads(files("diffcli").joinpath("schemas", "summary.json").read_text("utf-8"))).validate(
        document
    )
    return document


def test_the_network_of_the_tutorial_is_printed_as_keras_prints_it() -> None:
    ran = run("summary", str(SAMPLES / "auto-mpg.expr"), "--width", "60")
    assert ran.code == 0 and not ran.err
    assert ran.out == (
        'Model: "auto-mpg"\n'
        "Layers\n"
        "╭─────────────────┬──────────────┬─────────╮\n"
        "│ Layer (type)    │ Output Shape │ Param # │\n"
        "├─────────────────┼──────────────┼─────────┤\n"
        "│ dense (Dense)   │ (None, 64)   │ 640     │\n"
        "│ dense_1 (Dense) │ (None, 64)   │ 4,160   │\n"
        "│ dense_2 (Dense) │ (None, 1)    │ 65      │\n"
        "╰─────────────────┴──────────────┴─────────╯\n"
        "Total params: 4,865 (19.00 KB)\n"
        "Trainable params: 4,865 (19.00 KB)\n"
        "Non-trainable params: 0 (0.00 B)\n"
    )


def test_the_document() -> None:
    found = summary("-")
    assert [(row["name"], row["type"], row["output_shape"], row["parameters"]) for row in found["layers"]] == [
        ("w", "var", [3, 2], 6),
        ("dense", "Dense", [None, 64], 640),
        ("dense_1", "Dense", [None, 64], 4160),
        ("out", "Dense", [None, 1], 65),
        ("s", "frozen", [], 1),
    ]
    assert [row["trainable"] for row in found["layers"]] == [True, True, False, True, False]
    assert found["layers"][3]["variables"] == ["out/kernel", "out/bias"]
    assert found["variables"][1] == {
        "name": "dense/kernel",
        "shape": [9, 64],
        "trainable": True,
        "parameters": 576,
        "layer": "dense",
    }
    assert found["variables"][0]["layer"] is None and len(found["variables"]) == 8
    assert found["totals"] == {"parameters": 4872, "trainable": 711, "non_trainable": 4161, "bytes": 4 * 4872}
    assert (found["model"], found["dtype"]) == ("<stdin>", "float32")


def test_freezing_moves_parameters_and_shows_in_a_column() -> None:
    out = run("summary", "-", "--trainable", stdin=NETWORK).out
    assert "│ Trainable │" in out
    assert "│ dense_1 (Dense) │ (None, 64)   │ 4,160   │ N         │" in out
    assert "│ out (Dense)     │ (None, 1)    │ 65      │ Y         │" in out
    assert "Non-trainable params: 4,161 (16.25 KB)" in out


def test_variables_with_their_shapes() -> None:
    out = run("summary", "-", "--variables", "--format", "plain", stdin=NETWORK).out
    assert [line.split(maxsplit=1) for line in out.splitlines()] == [
        ["w", "(3, 2)"],
        ["dense/kernel", "(9, 64)"],
        ["dense/bias", "(64,)"],
        ["dense_1/kernel", "(64, 64)"],
        ["dense_1/bias", "(64,)"],
        ["out/kernel", "(64, 1)"],
        ["out/bias", "(1,)"],
        ["s", "()"],
    ]
    table = run("summary", "-", "--variables", stdin=NETWORK).out
    assert "│ dense_1/kernel │ (64, 64) │ N         │ 4,096   │" in table and "Total params: 4,872" in table


@pytest.mark.parametrize(
    ("format", "line"),
    [
        ("csv", '-,dense,Dense,"(None, 64)",640,true,"dense/kernel, dense/bias"'),
        ("tsv", "dense\tDense\t(None, 64)\t640\ttrue\tdense/kernel, dense/bias"),
        ("plain", "dense    Dense   (None, 64)  640"),
        ("markdown", "| dense (Dense)    | (None, 64)   | 640     |"),
        ("latex", r"dense (Dense) & (None, 64) & 640 \\"),
        ("ndjson", '"name": "dense", "type": "Dense", "output_shape": [null, 64], "parameters": 640'),
    ],
)
def test_every_format(format: str, line: str) -> None:
    ran = run("summary", "-", "--format", format, stdin=NETWORK)
    assert ran.code == 0 and line.removeprefix("-,") in ran.out, ran.out


def test_chosen_fields() -> None:
    assert run("summary", "-", "--fields", "name,parameters", "--format", "csv", stdin=NETWORK).out.splitlines()[2] == (
        "dense,640"
    )


def test_open_sizes_stay_open_unless_a_value_is_given() -> None:
    file = "input X: [n, 2] = [[1, 2], [3, 4]]\ny = dense(X, 3)\nz = y[0]\n"
    assert summary("-", stdin=file)["layers"][0]["output_shape"] == [None, 3]
    assert summary("-", "--at", "X=[[1, 2]]", stdin=file)["layers"][0]["output_shape"] == [1, 3]
    # Where a file means something only with the sizes of its own values, these are taken.
    file = "input X: [n, m] = [[1, 2], [3, 4]]\ny = dense(X, 3)\n"
    assert summary("-", stdin=file)["layers"][0]["output_shape"] == [2, 3]


def test_variables_of_open_size_have_no_number_of_parameters() -> None:
    file = "input X: [n]\nvar w: [n]\ny = sum(w * X)\n"
    found = summary("-", stdin=file)
    assert found["layers"][0]["parameters"] is None and found["totals"]["parameters"] is None
    assert "Total params: ?" in run("summary", "-", stdin=file).out


def test_a_file_without_variables_and_one_that_is_wrong() -> None:
    ran = run("summary", "-e", "x**2")
    assert ran.code == 0 and "Layers: none" in ran.out and "Total params: 0 (0.00 B)" in ran.out
    assert summary("-e", "y = dense(X, 2)")["totals"] is None
    assert run("summary", "-e", "y = dense(").code == 3


def test_sizes_and_shapes_in_words() -> None:
    assert [counted(count, 4) for count in (0, 1, 256, 4865, 10**6, 10**10)] == [
        "0 (0.00 B)",
        "1 (4.00 B)",
        "256 (1.00 KB)",
        "4,865 (19.00 KB)",
        "1,000,000 (3.81 MB)",
        "10,000,000,000 (37.25 GB)",
    ]
    assert [shaped(each) for each in ((), (3,), (None, 64))] == ["()", "(3,)", "(None, 64)"]


def test_help_has_examples_and_the_options_of_its_own() -> None:
    out = run("summary", "--help").out
    assert "diffcli summary network.expr --variables" in out and "--trainable" in out and "--data" not in out
