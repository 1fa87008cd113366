"""`batch --resume`: what is done is not done again, whatever ended the run before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from diffcli.cli.batching.journal import keys
from diffcli.cli.batching.worker import Task
from tests.cli.running import run
from tests.cli.test_batch import POSIX, records
from tests.cli.test_streams import ROOT, finished, start


def test_what_is_done_is_not_done_again(batch_folder: Path) -> None:
    first = run("batch", "m", "--resume", "done.ndjson")
    text = Path("done.ndjson").read_text("utf-8")
    plain = records(run("batch", "m", "--format", "ndjson").out)
    assert (first.code, first.out) == (3, "")
    assert [{**each, "statuses": 0, "key": 0} for each in records(text)] == [
        {**each, "statuses": 0, "key": 0} for each in plain
    ]
    # A record that says something else shows that it was taken and not made anew.
    marked = text.replace('"value": 9.0', '"value": 99.0')
    assert marked != text
    Path("done.ndjson").write_text(marked, encoding="utf-8")
    again = run("batch", "m", "--resume", "done.ndjson", "--summary", "--junit", "report.xml")
    assert (again.code, again.out) == (3, "")
    assert Path("done.ndjson").read_text("utf-8") == marked
    assert "│ 6     │ 4 " in again.err and "│ 6           │" in again.err
    assert ElementTree.parse("report.xml").getroot().get("errors") == "2"


def test_what_changed_is_done_again_in_its_place(batch_folder: Path) -> None:
    (batch_folder / "lib.txt").write_text("k = 2\n")
    (batch_folder / "2.expr").write_text('use "lib.txt"\nvar x = 3\ny = k * x\n')
    line = ("batch", "m/[0-3].expr", "--resume", "done.ndjson")

    def values() -> list[float]:
        return [each["gradients"][0]["value"] for each in records(Path("done.ndjson").read_text("utf-8"))]

    assert run(*line, "--jobs", "2").code == 0
    assert values() == [0.0, 2.0, 2.0, 6.0]
    (batch_folder / "lib.txt").write_text("k = 5\n")
    assert run(*line).code == 0
    assert values() == [0.0, 2.0, 5.0, 6.0]
    (batch_folder / "0.expr").write_text("var x = 7\ny = x**2\n")
    assert run(*line).code == 0
    assert values() == [14.0, 2.0, 5.0, 6.0]
    assert run(*line, "--at", "x=1").code == 0
    assert values() == [2.0, 2.0, 5.0, 2.0]
    assert run("batch", "m/0.expr", "--at", "x=1", "--resume", "done.ndjson").code == 0
    assert sorted(values()) == [2.0, 2.0, 2.0, 5.0]  # the records of files that were not asked about stay


def test_a_key_has_all_that_a_record_depends_on(batch_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def key(command: str = "grad", **given: object) -> str | None:
        [made] = keys(Task(command, given), ["m/0.expr"])
        return made

    Path("mine").write_text("dx = 2*x")
    found = [key(), key("eval"), key(wrt=["x"]), key(against="mine"), key(fields=["value"])]
    Path("mine").write_text("dx = 3*x")
    found.append(key(against="mine"))
    monkeypatch.setattr("diffcli.__version__", "0")
    found.append(key())
    (batch_folder / "0.expr").write_text("2")
    found.append(key())
    assert None not in found and len(set(found)) == len(found)
    assert key() == key(quiet=True, color="always", verbose=True)
    assert list(keys(Task("grad", {}), ["gone.expr"])) == [None]


@POSIX
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_run_goes_on_to_the_same_bytes(endless_file: Path, jobs: str) -> None:
    process = start("batch", "m", "--jobs", jobs, "--resume", "done.ndjson")
    with open(endless_file, "wb"):
        process.kill()
        process.communicate(timeout=60)
    with open("done.ndjson", "ab") as file:
        file.write(b'{"schema": "diffcli/gr')  # what the system had written of the next line
    endless_file.unlink()
    endless_file.write_text("var x = 5\ny = x**2\n")
    assert run("batch", "m", "--resume", "done.ndjson").code == 0
    assert run("batch", "m", "--resume", "whole.ndjson").code == 0
    assert Path("done.ndjson").read_bytes() == Path("whole.ndjson").read_bytes()


def test_what_was_stopped_or_not_there_is_tried_again(endless_file: Path) -> None:
    line = ("batch", "m", "new.expr", "--resume", "done.ndjson")
    assert run(*line, "--timeout", "3").code == 4
    endless_file.unlink()
    endless_file.write_text("var x = 5\ny = x**2\n")
    Path("new.expr").write_text("x**2\n")
    assert run(*line).code == 0
    made = records(Path("done.ndjson").read_text("utf-8"))
    assert [each["exit_code"] for each in made] == [0] * 6


@pytest.mark.parametrize("text", ["name,value\n", "name,value", '{"a": 1}\n', '{"a": 1}', "[1, 2]\n", "\x00\xff\n"])
def test_another_file_is_not_taken_for_records(batch_folder: Path, text: str) -> None:
    Path("other").write_text(text, encoding="utf-8")
    ran = run("batch", "m", "--resume", "other")
    assert (ran.code, ran.out) == (5, "")
    assert "cannot write other: line 1 is not a record of a batch" in ran.err
    assert Path("other").read_text("utf-8") == text
    for path in ("m", os.devnull):
        ran = run("batch", "m/0.expr", "--resume", path)
        assert (ran.code, f"cannot write {path}: it is not a file" in ran.err) == (5, True)


@POSIX
def test_a_full_disk_loses_no_record(batch_folder: Path) -> None:
    assert run("batch", "m/[0-3].expr", "--resume", "whole.ndjson").code == 0
    command = f'ulimit -f 2; "{sys.executable}" -m diffcli batch m/[0-3].expr --resume done.ndjson'
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(["bash", "-c", command], env=variables, capture_output=True, timeout=60, check=False)
    assert (ran.returncode, b"cannot write done.ndjson: " in ran.stderr) == (5, True)
    assert 0 < Path("done.ndjson").stat().st_size < Path("whole.ndjson").stat().st_size
    assert run("batch", "m/[0-3].expr", "--resume", "done.ndjson").code == 0
    assert Path("done.ndjson").read_bytes() == Path("whole.ndjson").read_bytes()


@POSIX
def test_two_runs_do_not_write_the_same_records(endless_file: Path) -> None:
    process = start("batch", "m", "--jobs", "1", "--resume", "done.ndjson")
    with open(endless_file, "wb"):
        code, _, err = finished("batch", "m", "--resume", "done.ndjson")
        assert (code, b"another run is writing it" in err) == (5, True)
        process.kill()
        process.communicate(timeout=60)
