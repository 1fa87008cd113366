"""Programs over rows: numbers that are those of a single point, whatever the blocks, jobs and formats."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import pytest

from diffcli.compute import Request, evaluate, gradient
from diffcli.compute.rowdata.opening import opened
from diffcli.compute.rowdata.run import Totals, write_rows
from diffcli.compute.rowdata.sampling import keys_of
from diffcli.data import DataError, FormatError, open_reader
from diffcli.diagnostic import DiagnosticError
from diffcli.source import Source
from tests.compute.rowdata import SCHOLES, cells, job, table, written

RANGES = {"S": (50, 150), "K": (60, 140), "r": (0, 0.08), "σ": (0.1, 0.6), "T": (0.05, 3)}


@pytest.fixture(scope="module")
def quotes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(7)
    count = 20_001
    columns: dict[str, list[object]] = {"id": [f"q{index}" for index in range(count)]}
    columns |= {name: [draw.uniform(*ends) for _ in range(count)] for name, ends in RANGES.items()}
    return table(tmp_path_factory.mktemp("data") / "quotes.csv", columns)


def test_every_row_has_the_numbers_of_a_single_point(quotes):
    text = SCHOLES.read_text("utf-8")
    found = cells(written(job(text, quotes, rows=(500, 520))))
    assert found["id"] == [f"q{index}" for index in range(500, 520)]
    for row in range(20):
        at = tuple((name, found[name][row]) for name in RANGES)
        point = gradient(Request(Source("f", text), at=at))
        expected = [point.targets[0].value, *(each.value for each in point.gradients)]
        got = [float(found[name][row]) for name in ("value", *(f"grad.{name}" for name in RANGES))]
        assert got == pytest.approx(expected, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("block", [7, 8192, 1_000_000])
def test_blocks_and_jobs_change_no_byte(quotes, jobs, block):
    text = SCHOLES.read_text("utf-8")
    assert written(job(text, quotes, jobs=jobs, block=block)) == written(job(text, quotes))


def test_rows_one_at_a_time_change_no_byte(quotes):
    text = SCHOLES.read_text("utf-8")
    some = (19_000, 19_300)
    assert written(job(text, quotes, jobs=2, block=1, rows=some)) == written(job(text, quotes, rows=some))


@pytest.mark.parametrize("form", ["parquet", "arrow", "ndjson", "npy"])
def test_binary_formats_hold_the_same_bits_as_text(quotes, form, tmp_path):
    pytest.importorskip("pyarrow")
    text = SCHOLES.read_text("utf-8")
    want = cells(written(job(text, quotes, only=True)))
    path = tmp_path / f"out.{form}"
    path.write_bytes(written(job(text, quotes, jobs=2, block=777, only=True), form))
    reader = open_reader(str(path), "arrow" if form == "arrow" else None, wanted=list(want), settings=None)
    blocks = list(reader.blocks())
    for name, texts in want.items():
        values = np.concatenate([block.numbers(name)[0] for block in blocks])
        assert values.tolist() == list(map(float, texts))


def test_what_passes_through_keeps_its_text(tmp_path):
    path = table(tmp_path / "t.csv", {"note": ['a "b"', "c,d", " e "], "x": ["1.50", "+2", "3e0"], "": [0, 0, 0]} | {})
    path.write_text('note,x,n\n"a ""b""",1.50,007\n"c,d",+2,\n e ,3e0,NA\n', "utf-8")
    assert written(job("x**2", path)).decode() == (
        'note,x,n,value,grad.x\n"a ""b""",1.50,007,2.25,3\n"c,d",+2,,4,4\n e ,3e0,NA,9,6\n'
    )


def test_columns_feed_by_name_by_map_and_not_at_all_when_a_value_is_given(tmp_path):
    path = table(tmp_path / "t.csv", {"spot": [2.0, 3.0], "k": [10.0, 20.0], "c": [5.0, 6.0]})
    text = "var c = 100; input s; input k; y = s*k + c"
    found = cells(written(job(text, path, mapping=(("s", "spot"),), request={"wrt": ("s",), "at": (("k", "1"),)})))
    assert found["value"] == ["7", "9"]
    assert found["grad.s"] == ["1", "1"]


def test_a_declared_value_that_follows_from_a_column_is_computed_in_each_row(tmp_path):
    path = table(tmp_path / "t.csv", {"b": [2.0, 3.0]})
    found = cells(written(job("var b = 1; var a = b**2; y = a*b", path, request={"wrt": ("a", "b")})))
    assert found["value"] == ["8", "27"]
    assert found["grad.a"] == ["2", "3"]  # a is a source of its own: its value is no path to b
    assert found["grad.b"] == ["4", "9"]


def test_constants_are_not_fed_and_that_is_told(tmp_path):
    path = table(tmp_path / "t.csv", {"x": [2.0], "k": [9.0]})
    run = opened(job("input x; const k = 3; x*k", path))
    assert any("`k` is a const" in note for note in run.plan.notes)
    assert cells(written(job("input x; const k = 3; x*k", path)))["value"] == ["6"]
    with pytest.raises(FormatError, match="const"):
        opened(job("input x; const k = 3; x*k", path, mapping=(("k", "k"),)))


def test_a_gradient_that_is_none_is_an_empty_column_with_its_reason(tmp_path):
    path = table(tmp_path / "t.csv", {"x": [2.0, 3.0], "z": [1.0, 1.0]})
    request = {"wrt": ("x", "z")}
    run = opened(job("y = x**2; w = z", path, request=request | {"of": ("y",)}))
    assert run.plan.notes[0].startswith("grad.z is none in every row: ")
    found = cells(written(job("y = x**2; w = z", path, request=request | {"of": ("y",)})))
    assert found["grad.z"] == ["", ""]
    zero = cells(written(job("y = x**2; w = z", path, request=request | {"of": ("y",), "unconnected": "zero"})))
    assert zero["grad.z"] == ["0", "0"]


def test_several_targets_have_a_value_each_and_one_gradient(tmp_path):
    path = table(tmp_path / "t.csv", {"x": [2.0]})
    found = cells(written(job("y = x**2; w = 3*x", path)))
    assert list(found) == ["x", "value.y", "value.w", "grad.x"]
    assert [found[name][0] for name in found] == ["2.0", "4", "6", "7"]


def test_truth_values_and_whole_numbers_keep_their_types(tmp_path):
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = table(tmp_path / "t.csv", {"x": [2.5, -1.0]})
    out = tmp_path / "o.parquet"
    out.write_bytes(written(job("a = x > 0; b = int(x); c = x", path, command=evaluate, only=True), "parquet"))
    read = pq.read_table(out)
    assert [str(field.type) for field in read.schema] == ["bool", "int64", "double"]
    assert read.to_pydict() == {"value.a": [True, False], "value.b": [2, -1], "value.c": [2.5, -1.0]}


def test_whole_numbers_are_written_as_such_and_nothing_else_is_taken_for_one(tmp_path):
    path = table(tmp_path / "t.csv", {"x": ["2.5", "oops", "-1"]})
    for form, want in (("csv", "x,value\n2.5,2\noops,\n-1,-1\n"), ("tsv", "x\tvalue\n2.5\t2\noops\t\n-1\t-1\n")):
        assert written(job("int(x)", path, command=evaluate, on_error="null"), form).decode() == want
    path = table(tmp_path / "t.csv", {"x": ["2.5", "nan"]})
    with pytest.raises(DataError, match=r"t\.csv:3:1: value is nan here"):
        written(job("int(x)", path, command=evaluate))


def test_single_precision_has_the_texts_of_a_single_point(tmp_path):
    draw = random.Random(3)
    values = [draw.uniform(-3, 3) for _ in range(50)]
    path = table(tmp_path / "t.csv", {"x": values})
    found = cells(written(job("sin(x)*x", path, request={"dtype": "float32"})))
    for row in range(50):
        point = gradient(Request(Source("f", "sin(x)*x"), at=(("x", repr(values[row])),), dtype="float32"))
        # Two roundings of single precision apart at the most.
        assert abs(np.float32(found["grad.x"][row]) - np.float32(point.gradients[0].value)) <= 1e-6
        assert len(found["grad.x"][row].lstrip("-")) <= 14


def test_conditions_choose_rows(tmp_path):
    path = table(tmp_path / "t.csv", {"x": list(range(10)), "kind of": [0, 1] * 5})
    assert cells(written(job("x**2", path, where="x > 3 and x < 6")))["x"] == ["4", "5"]
    mapped = job("x**2", path, where="k == 1", mapping=())
    with pytest.raises(DiagnosticError, match="k"):
        opened(mapped)
    with pytest.raises(DiagnosticError, match="condition"):
        opened(job("x**2", path, where="x + 1"))
    with pytest.raises(FormatError, match="no column"):
        opened(job("x**2", path, where="1 > 0"))


def test_parts_are_one_table(tmp_path):
    one = table(tmp_path / "a.csv", {"x": [1.0, 2.0]})
    two = table(tmp_path / "b.csv", {"x": [3.0]})
    assert cells(written(job("x**2", one, two, jobs=2)))["value"] == ["1", "4", "9"]
    assert cells(written(job("x**2", one, two, rows=(1, 3))))["value"] == ["4", "9"]


def test_what_is_missing_is_told_with_the_columns_there_are(tmp_path):
    path = table(tmp_path / "t.csv", {"spots": [2.0], "x": [1.0]})
    with pytest.raises(DiagnosticError) as caught:
        opened(job("x * spot", path))
    assert caught.value.diagnostics[0].code == "E0801"
    assert "--map spot=spots" in (caught.value.diagnostics[0].help or "")
    with pytest.raises(FormatError) as refused:
        opened(job("x * spot", path, mapping=(("spot", "spts"),)))
    assert refused.value.help == "did you mean spots?"
    with pytest.raises(FormatError, match="no input `sopt`"):
        opened(job("x * spot", path, mapping=(("sopt", "spots"),)))
    with pytest.raises(FormatError, match="no column of"):
        opened(job("var a = 3; a**2", path))


def test_a_result_is_not_named_as_a_column_of_the_data(tmp_path):
    path = table(tmp_path / "t.csv", {"x": [2.0], "value": [1.0]})
    with pytest.raises(FormatError, match="value already"):
        written(job("x**2", path))
    assert list(cells(written(job("x**2", path, only=True)))) == ["value", "grad.x"]


def test_keys_of_rows_are_those_of_splitmix64():
    # The first numbers of the generator with seed 1234567, from its reference implementation, are those of a state
    # that goes up by the golden ratio; ours start from the mixed seed.
    keys = keys_of(np.arange(1000), 5)
    assert len(set(keys.tolist())) == 1000
    assert keys_of(np.array([7]), 5)[0] == keys[7]
    assert not (keys == keys_of(np.arange(1000), 6)).any()


def test_a_bad_row_is_left_out_or_empty_and_counted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,x\na,1\nb,none\nc,\nd,4\ne,5,6\nf,nan\n", "utf-8")
    found = cells(written(job("x**2", path, on_error="skip")))
    assert found == {
        "id": ["a", "d", "f"],
        "x": ["1", "4", "nan"],
        "value": ["1", "16", "nan"],
        "grad.x": ["2", "8", "nan"],
    }
    found = cells(written(job("x**2", path, on_error="null", jobs=2, block=2)))
    assert found["id"] == ["a", "b", "c", "d", "f"]
    assert found["value"] == ["1", "", "", "16", "nan"]


def test_without_pyarrow_text_works_the_same_and_the_rest_says_what_to_install(quotes, tmp_path, monkeypatch):
    text = SCHOLES.read_text("utf-8")
    some = (0, 300)
    want = written(job(text, quotes, rows=some))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert written(job(text, quotes, rows=some, jobs=2)) == want
    with pytest.raises(FormatError) as caught:
        written(job(text, quotes, rows=some), "parquet")
    assert 'pip install "diffcli[table]"' in (caught.value.help or "")


@pytest.mark.parametrize("form", ["parquet", "arrow", "ndjson", "npz", "tsv"])
def test_blocks_and_jobs_change_no_byte_of_any_format(quotes, form):
    if form in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    text, rows, only = SCHOLES.read_text("utf-8"), (0, 5000), form == "npz"
    want = written(job(text, quotes, rows=rows, only=only), form)
    for jobs, block in ((1, 999), (2, 1024), (3, 50)):
        assert written(job(text, quotes, rows=rows, only=only, jobs=jobs, block=block), form) == want


def test_data_that_changes_while_it_is_read_is_refused(tmp_path):
    path = table(tmp_path / "t.csv", {"x": [1.0, 2.0]})
    run = opened(job("x**2", path))
    path.write_text("x\n1\n2\n3\n", "utf-8")
    with pytest.raises(DataError, match="changed"):
        write_rows(run, str(tmp_path / "o.csv"), "csv", Totals(), lambda totals: None)
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]
