"""Runs that were ended and go on: the output is that of a run in one go, byte for byte."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from diffcli.compute.rowdata import parts as in_parts
from diffcli.compute.rowdata.opening import Job, opened
from diffcli.compute.rowdata.parts import write_in_parts
from diffcli.compute.rowdata.parts_here import FolderParts as Parts
from diffcli.compute.rowdata.run import Totals, write_rows
from diffcli.data import WriteError
from tests.compute.rowdata import job, table

TEXT = "input x; input y; z = x**2 * y; w = y > 0.5"
FORMATS = ["csv", "tsv.gz", "ndjson", "parquet", "arrow", "npz"]


class Ended(Exception):
    """Stands for whatever ends a run."""


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_parts, "PART", 100)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    draw = random.Random(3)
    columns = {
        "n": list(range(1050)),
        "x": [draw.gauss(0, 1) for _ in range(1050)],
        "y": [draw.random() for _ in range(1050)],
    }
    path = table(tmp_path / "d.csv", columns)
    lines = path.read_text("utf-8").splitlines()
    for row in (3, 250, 251, 999):
        lines[row + 1] = f"{row},none,0"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def work(data: Path, **rest: object) -> Job:
    request = {"wrt": ("x", "y"), "of": ("z",)}
    return job(TEXT, data, **({"request": request, "on_error": "skip", "block": 64} | rest))  # type: ignore[arg-type]


def direct(asked: Job, target: Path, form: str) -> Totals:
    run, totals = opened(asked), Totals()
    write_rows(run, str(target), form, totals, lambda totals: None)
    run.reader.close()
    return totals


def resumed(asked: Job, target: Path, form: str, rows: int | None = None) -> tuple[Totals, bool]:
    """Run in parts; with `rows` the run ends once so many have been read."""
    run, totals = opened(asked), Totals()

    def report(totals: Totals) -> None:
        if rows is not None and totals.read >= rows:
            raise Ended

    parts = Parts(run, str(target), form)
    try:
        write_in_parts(parts, totals, report)
        parts.remove()
    finally:
        parts.close()
        run.reader.close()
    return totals, parts.anew


def name_of(form: str) -> str:
    return form.split(".")[0]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_ended_run_goes_on_to_the_same_bytes(data, tmp_path, form, jobs):
    if form in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    asked = work(data, jobs=jobs, on_error="skip", only=form == "npz")
    want, got = tmp_path / f"want.{form}", tmp_path / f"got.{form}"
    expected = direct(asked, want, name_of(form))
    for rows in (1, 101, 500, 820):
        with pytest.raises(Ended):
            resumed(asked, got, name_of(form), rows)
        assert not got.exists()
    totals, anew = resumed(asked, got, name_of(form))
    assert got.read_bytes() == want.read_bytes() and not anew
    assert (
        (totals.read, totals.computed, totals.bad)
        == (expected.read, expected.computed, expected.bad)
        == (1050, 1046, 4)
    )
    assert [str(fault.place) for fault in totals.faults] == [str(fault.place) for fault in expected.faults]
    assert {path.name for path in tmp_path.iterdir()} == {data.name, want.name, got.name}


@pytest.mark.parametrize(
    "options",
    [
        {"rows": (150, 420)},
        {"where": "y > 2"},
        {"rows": (100, 200)},
        {"rows": (5000, None)},
        {"where": "n >= 300 and n < 305"},
        {"only": True, "on_error": "null"},
    ],
)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_parts_without_rows_and_ranges_of_rows(data, tmp_path, options, form):
    pytest.importorskip("pyarrow")
    asked = work(data, **options)
    want, got = tmp_path / f"want.{form}", tmp_path / f"got.{form}"
    direct(asked, want, form)
    resumed(asked, got, form)
    assert got.read_bytes() == want.read_bytes()


def test_columns_that_are_none_stay_empty(data, tmp_path):
    pytest.importorskip("pyarrow")
    for form in ("csv", "parquet", "ndjson"):
        asked = work(data, request={"wrt": ("x", "n"), "of": ("z",)})._replace(
            request=job(
                "input x; input y; input n; z = x*y; v = n", data, request={"wrt": ("x", "n"), "of": ("z",)}
            ).request
        )
        want, got = tmp_path / f"want.{form}", tmp_path / f"got.{form}"
        direct(asked, want, form)
        resumed(asked, got, form)
        assert got.read_bytes() == want.read_bytes()


def test_parts_that_are_there_are_not_computed_again(data, tmp_path):
    asked = work(data)
    got = tmp_path / "got.csv"
    with pytest.raises(Ended):
        resumed(asked, got, "csv", 640)
    folder = tmp_path / ".got.csv.parts"
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.data")}
    assert len(before) >= 5
    with pytest.raises(Ended):
        resumed(asked, got, "csv", 1000)
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.data")}
    assert after.items() >= before.items() and len(after) > len(before)


def test_a_part_that_is_missing_or_cut_is_computed_again(data, tmp_path):
    asked = work(data)
    want, got = tmp_path / "want.csv", tmp_path / "got.csv"
    direct(asked, want, "csv")
    with pytest.raises(Ended):
        resumed(asked, got, "csv", 900)
    folder = tmp_path / ".got.csv.parts"
    (folder / "00000002.data").write_bytes(b"cut")
    (folder / "00000004.json").unlink()
    (folder / "00000001.data.123.part").write_bytes(b"left behind")
    resumed(asked, got, "csv")
    assert got.read_bytes() == want.read_bytes()


def test_other_data_or_another_program_start_anew(data, tmp_path):
    want, got = tmp_path / "want.csv", tmp_path / "got.csv"
    with pytest.raises(Ended):
        resumed(work(data), got, "csv", 500)
    other = work(data, request={"wrt": ("y",), "of": ("z",)})
    with pytest.raises(Ended):
        resumed(other, got, "csv", 500)
    data.write_text(data.read_text("utf-8") + "1050,1,1\n", "utf-8")
    direct(other, want, "csv")
    totals, anew = resumed(other, got, "csv")
    assert anew and totals.read == 1051
    assert got.read_bytes() == want.read_bytes()


def test_two_runs_do_not_share_a_folder(data, tmp_path):
    pytest.importorskip("fcntl")
    run = opened(work(data))
    parts = Parts(run, str(tmp_path / "got.csv"), "csv")
    with pytest.raises(WriteError, match="another run"):
        Parts(run, str(tmp_path / "got.csv"), "csv")
    parts.close()
    run.reader.close()
