"""A whole data file as the arrays that feed a program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffcli.compute.load import load
from diffcli.compute.request import Request
from diffcli.compute.rowdata.opening import Job
from diffcli.compute.tables import DataTable, read_table, sized
from diffcli.data import DataError, FormatError
from diffcli.source import Source


def table_of(tmp_path: Path, program: str, data: str, name: str = "points.csv", **asked: Any) -> DataTable:
    """The data, read for a program."""
    return read_table(
        job_of(tmp_path, program, data, name, **asked), asked.get("others", ()), asked.get("optional", ())
    )


def job_of(tmp_path: Path, program: str, data: str, name: str = "points.csv", **asked: Any) -> Job:
    """A program over a file of data."""
    path = tmp_path / name
    path.write_text(data)
    request = Request(Source("model.expr", program), at=asked.pop("at", ()))
    given = {key: value for key, value in asked.items() if key not in ("others", "optional")}
    return Job(lambda request: None, request, (str(path),), **given)


def test_scalars_differ_from_row_to_row(tmp_path: Path) -> None:
    table = table_of(
        tmp_path, "input x\ninput t = 5\nvar b = 1\ny = b*x*t", "x,y,t\n1,2,3\n4,5,6\n", optional=("y", "b")
    )
    assert [(each.name, each.values.tolist(), each.batched) for each in table.inputs] == [
        ("x", [1, 4], False),
        ("t", [3, 6], False),
    ]
    assert table.rows == 2 and table.others["y"].tolist() == [2, 5]


@pytest.mark.parametrize("shape", ["[n, 2]", "[?, 2]", "[n, k]"])
def test_an_open_first_size_takes_the_rows(tmp_path: Path, shape: str) -> None:
    program = f"input X: {shape}\ninput t: [n]\ninput u: [n, 1]\nvar w = [[1], [1]]\nout = X @ w"
    if shape == "[n, k]":
        program = program.replace("var w = [[1], [1]]\nout = X @ w", "out = sum(X, axis=1)")
    job = job_of(tmp_path, program, "X_0,X_1,t,u\n1,2,3,4\n5,6,7,8\n9,10,11,12\n")
    table = read_table(job)
    assert {each.name: (each.values.shape, each.batched) for each in table.inputs} == {
        "X": ((3, 2), True),
        "t": ((3,), True),
        "u": ((3, 1), True),
    }
    assert table.inputs[0].values.tolist() == [[1, 2], [5, 6], [9, 10]]
    model = load(sized(job.request, table, 32))
    assert [model.leaves[name].node.shape for name in ("X", "t", "u")] == [(32, 2), (32,), (32, 1)]


def test_a_list_column_feeds_a_vector_and_other_sizes_are_known(tmp_path: Path) -> None:
    job = job_of(tmp_path, "input x\nvar b = 1\ny = b*sum(x)", '{"x": [1, 2, 3]}\n{"x": [4, 5, 6]}\n', "points.ndjson")
    table = read_table(job)
    assert table.inputs[0].values.tolist() == [[1, 2, 3], [4, 5, 6]] and not table.inputs[0].batched
    assert load(sized(job.request, table, 2)).leaves["x"].node.shape == (3,)


def test_what_at_gives_no_column_feeds(tmp_path: Path) -> None:
    table = table_of(tmp_path, "input x\ninput t\nvar b = 1\ny = b*x*t", "x,t\n1,2\n", at=(("t", "7"),))
    assert [each.name for each in table.inputs] == ["x"]


def test_rows_and_conditions_choose(tmp_path: Path) -> None:
    data = "x\n0\n1\n2\n3\n4\n"
    assert table_of(tmp_path, "input x\nx**2", data, rows=(1, 4)).inputs[0].values.tolist() == [1, 2, 3]
    assert table_of(tmp_path, "input x\nx**2", data, where="x > 2").inputs[0].values.tolist() == [3, 4]


def test_a_bad_cell_has_a_place_or_is_skipped(tmp_path: Path) -> None:
    data = "x,y\n1,2\nabc,3\n4,5\n"
    with pytest.raises(DataError) as caught:
        table_of(tmp_path, "input x\nx**2", data)
    assert (caught.value.line, caught.value.column) == (3, 1)
    table = table_of(tmp_path, "input x\nx**2", data, on_error="skip", others=("y",))
    assert table.inputs[0].values.tolist() == [1, 4] and table.others["y"].tolist() == [2, 5] and table.skipped == 1


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="has no column `yy`"):
        table_of(tmp_path, "input x\nx**2", "x,y\n1,2\n", others=("yy",))
    with pytest.raises(FormatError, match="has no input `z`"):
        table_of(tmp_path, "input x\nx**2", "x,y\n1,2\n", mapping=(("z", "y"),))
    with pytest.raises(FormatError, match="is a var"):
        table_of(tmp_path, "input x\nvar b = 1\nb*x", "x,y\n1,2\n", mapping=(("b", "y"),))


def test_columns_of_elements_are_one_array(tmp_path: Path) -> None:
    table = table_of(tmp_path, "input x\ny = [x, 2*x]", "x,y_0,y_1\n1,2,3\n4,5,6\n", optional=("y",))
    assert table.others["y"].tolist() == [[2, 3], [5, 6]]


def test_mapped_columns(tmp_path: Path) -> None:
    table = table_of(
        tmp_path, "input x\ny = x**2", "time,light\n1,2\n", mapping=(("x", "time"), ("y", "light")), optional=("y",)
    )
    assert table.inputs[0].columns == ("time",) and table.others["y"].tolist() == [2]
    assert np.asarray(table.inputs[0].values).dtype == np.float64
