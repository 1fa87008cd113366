"""Every format shows every kind of result, and readers of the format can read it back."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from math import inf, isnan

import pytest
from jsonschema import Draft202012Validator

from diffcli.render import RENDERERS, Outcome, Style, renderer
from diffcli.render.width import width
from tests.render.examples import ALL, DIAGNOSTICS, EVAL, GRAD


def rendered(form: str, name: str = "grad", **style: object) -> str:
    return "".join(renderer(form)([Outcome(ALL[name])], Style(**style)))  # type: ignore[arg-type]


def schema(document: dict[str, object]) -> Draft202012Validator:
    name = str(document["schema"]).split("/")[1]
    text = files("diffcli").joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")
    Draft202012Validator.check_schema(json.loads(text))
    return Draft202012Validator(json.loads(text))


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@pytest.mark.parametrize("name", ALL)
def test_documents_obey_their_schema(name: str) -> None:
    document = json.loads(rendered("json", name), parse_constant=refuse)
    schema(document).validate(document)
    line = json.loads(rendered("ndjson", name), parse_constant=refuse)
    schema(line).validate(line)
    assert line == document | {"exit_code": 0}


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].file])
def test_documents_of_wrong_files_obey_the_schema(name: str) -> None:
    outcome = Outcome(ALL[name].of_file("wrong.expr", DIAGNOSTICS), 3)
    document = json.loads("".join(renderer("json")([outcome], Style())))
    schema(document).validate(document)
    assert document["file"] == "wrong.expr"
    assert document["diagnostics"][0]["at"] == {"line": 2, "column": 18, "end_column": 28}


def test_a_batch_obeys_its_schema() -> None:
    outcomes = [Outcome(GRAD), Outcome(GRAD.of_file("wrong.expr", DIAGNOSTICS), 3)]
    document = json.loads("".join(renderer("json")(outcomes, Style(batch=True))))
    schema(document).validate(document)
    for each in document["results"]:
        schema(each).validate(each)
    assert [each["exit_code"] for each in document["results"]] == [0, 3]


def test_an_empty_batch_is_json() -> None:
    assert json.loads("".join(renderer("json")([], Style(batch=True))))["results"] == []


def test_json_numbers_read_back_as_the_same_numbers() -> None:
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 2.0**53]
    result = EVAL._replace(targets=(EVAL.targets[0]._replace(shape=(6,), value=values),))
    text = "".join(renderer("json")([Outcome(result)], Style()))
    assert [repr(each) for each in json.loads(text)["targets"][0]["value"]] == [repr(each) for each in values]


def test_what_is_not_finite_is_a_string() -> None:
    document = json.loads(rendered("json"))
    assert document["gradients"][2]["value"] == [[0.1, -0.0], ["nan", "-inf"]]
    assert document["gradients"][1]["value"] is None


def test_fields_select_keys_and_columns() -> None:
    document = json.loads(rendered("json", fields=("value", "wrt")))
    assert [list(row) for row in document["gradients"]] == [["value", "wrt"]] * 5
    assert document["watched"], "only the main rows are narrowed"
    assert rendered("csv", fields=("wrt", "status")).splitlines()[:3] == ["wrt,status", "x0,ok", "x1,none"]
    assert rendered("plain", "bare", fields=("value",)) == "7.0\n"


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered("csv"))))
    assert [row["wrt"] for row in rows] == ["x0", "x1", "σ", "z", "t"]
    assert json.loads(rows[2]["value"]) == [[0.1, -0.0], ["nan", "-inf"]]
    assert rows[1]["value"] == ""
    assert rows[4]["expression"] == "2 * t + 3"


def test_tsv_keeps_a_row_on_a_line() -> None:
    result = EVAL._replace(file="a\tb\nc\\d.expr", targets=EVAL.targets[:1])
    assert "".join(renderer("tsv")([Outcome(result)], Style())).splitlines()[1].split("\t")[0] == r"a\tb\nc\\d.expr"


@pytest.mark.parametrize("form", ["table", "plain", "markdown", "latex"])
def test_digits_shorten_numbers_for_people(form: str) -> None:
    result = EVAL._replace(targets=(EVAL.targets[0]._replace(value=1 / 3),))
    assert "0.333 " in "".join(renderer(form)([Outcome(result)], Style(digits=3))).replace("\n", " ")
    assert repr(1 / 3) in "".join(renderer(form)([Outcome(result)], Style()))


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "tsv"])
def test_digits_leave_numbers_for_programs_alone(form: str) -> None:
    result = EVAL._replace(targets=(EVAL.targets[0]._replace(value=1 / 3),))
    assert repr(1 / 3) in "".join(renderer(form)([Outcome(result)], Style(digits=3)))


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 100, 140])
def test_a_narrow_table_keeps_every_number_whole(columns: int) -> None:
    value = [[0.1234567890123456, -1.2345678901234567e-100], [inf, 3.141592653589793]]
    row = GRAD.gradients[2]._replace(value=value)
    text = "".join(
        renderer("table")([Outcome(GRAD._replace(gradients=(row, GRAD.gradients[1])))], Style(width=columns))
    )
    assert all(width(line) <= columns for line in text.splitlines())
    assert "…" not in text
    if columns >= 40:
        for number in ("0.1234567890123456", "-1.2345678901234567e-100", "3.141592653589793"):
            assert number in text


def test_a_table_in_a_pipe_has_its_natural_width_and_no_colour() -> None:
    text = rendered("table")
    assert "\x1b" not in text
    assert "`x1` is a frozen variable, which the tape does not watch; declare it with var, or watch x1" in text


def test_colour_adds_nothing_but_colour() -> None:
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", rendered("table", color=True)) == rendered("table")


def test_a_large_tensor_is_shown_by_shape_and_norm() -> None:
    assert "tensor [12, 10], norm 754.2015645701088" in rendered("table", "eval")
    norm = "".join(
        renderer("plain")([Outcome(EVAL._replace(targets=(EVAL.targets[3]._replace(value=[1e200] * 400),)))], Style())
    )
    assert float(norm.split()[-1]) == pytest.approx(2e201)


def test_sections_of_a_gradient_stand_in_order() -> None:
    text = rendered("table")
    assert text.splitlines()[0] == "expr.txt · rules: tape · mode: reverse"
    assert (
        text.index("Gradients of the sum of 2 targets: y, 損失")
        < text.index("Watched variables")
        < text.index("Stopped nodes")
    )
    assert "Stopped nodes: none" in rendered("table", "bare")


@pytest.mark.parametrize("form", [form for form in RENDERERS if form in ("table", "plain", "markdown", "latex")])
def test_a_file_name_cannot_command_the_terminal(form: str) -> None:
    result = EVAL._replace(file="\x1b[31mred.expr")
    assert "\x1b" not in "".join(renderer(form)([Outcome(result)], Style(batch=True)))


def test_nan_stays_nan() -> None:
    gradient = GRAD.gradients[2].value
    assert isnan(gradient[1][0])
