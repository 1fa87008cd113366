"""`--data`: rows in, rows out; what is told about bad ones, and what is left behind when something goes wrong."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("id,x\na,1\nb,2\nc,3\n", "utf-8")
    return tmp_path


def test_rows_go_to_standard_output_in_the_format_they_came_in(here):
    ran = run("grad", "-e", "x**2", "--data", "t.csv")
    assert (ran.code, ran.out) == (0, "id,x,value,grad.x\na,1,1,2\nb,2,4,4\nc,3,9,6\n")
    assert ran.err == "3 rows in 0.0 s\n"
    ran = run("grad", "-e", "x**2", "--data", "t.csv", "--format", "ndjson", "--only", "-q")
    assert (ran.out, ran.err) == ('{"value":1,"grad.x":2}\n{"value":4,"grad.x":4}\n{"value":9,"grad.x":6}\n', "")


def test_a_pipe_is_read_once_and_from_its_start(here):
    text = "x\ty\n" + "".join(f"{row}\t1\n" for row in range(100_000))
    ran = run("eval", "-e", "x + y", "--data", "-", "--data-format", "tsv", stdin=text)
    assert ran.code == 0
    assert ran.out.splitlines()[::50_000] == ["x\ty\tvalue", "49999\t1\t50000", "99999\t1\t100000"]
    packed = gzip.compress(Path("t.csv").read_bytes())
    assert (
        run("eval", "-e", "x", "--data", "-", "--data-format", "csv", "--only", stdin=packed).out == "value\n1\n2\n3\n"
    )
    ran = run("eval", "-", "--data", "-", "--data-format", "csv", stdin=text)
    assert ran.code == 2 and "both" in ran.err
    assert run("eval", "-e", "x", "--data", "-", "--only", stdin="x\n1\n").out == "value\n1\n"  # csv unless told


def test_columns_are_renamed_one_by_one_or_in_a_list(here):
    for options in (["--map", "a=id,b=x"], ["--map", "a=id", "--map", "b=x"]):
        ran = run("eval", "-e", "a + b", "--data", "-", "--only", *options, stdin="id,x\n1,2\n")
        assert (ran.code, ran.out) == (0, "value\n3\n")


def test_a_binary_pipe(here):
    pytest.importorskip("pyarrow")
    assert run("eval", "-e", "x", "--data", "t.csv", "-o", "t.parquet", "--map", "x=x").code == 0
    content = Path("t.parquet").read_bytes()
    ran = run(
        "eval", "-e", "x**2", "--data", "-", "--data-format", "parquet", "--only", "--where", "x > 1", stdin=content
    )
    assert (ran.code, ran.out) == (0, "value\n4\n9\n")


def test_folders_and_patterns_are_parts_in_the_order_of_their_names(here):
    Path("parts").mkdir()
    for name, rows in (("b.csv", "3\n"), ("a.csv", "1\n2\n"), ("_ignored.csv", "9\n"), ("note.md", "")):
        Path("parts", name).write_text("x\n" + rows, "utf-8")
    for data in (["parts"], ["parts/[ab].csv"], ["parts/a.csv", "--data", "parts/b.csv"]):
        assert run("eval", "-e", "x**2", "--only", "--data", *data).out == "value\n1\n4\n9\n"
    assert run("eval", "-e", "x", "--data", "parts/*.tsv").code == 2
    ran = run("eval", "-e", "x", "--data", "t.cvs")
    assert ran.code == 2 and "did you mean t.csv?" in ran.err


def test_output_files_by_suffix(here):
    assert run("grad", "-e", "x**2", "--data", "t.csv", "-o", "o.tsv").out == ""
    assert Path("o.tsv").read_text("utf-8").splitlines()[1] == "a\t1\t1\t2"
    run("grad", "-e", "x**2", "--data", "t.csv", "-o", "o.csv.gz")
    assert gzip.decompress(Path("o.csv.gz").read_bytes()).startswith(b"id,x,value,grad.x\na,1")
    assert run("grad", "-e", "x**2", "--data", "t.csv", "-o", "o.dat").code == 2
    assert run("grad", "-e", "x**2", "--data", "t.csv", "-o", "o.dat", "--format", "csv").code == 0
    ran = run("grad", "-e", "x**2", "--data", "t.csv", "--json")
    assert ran.code == 2 and "--format csv, tsv or ndjson" in ran.err
    ran = run("grad", "-e", "x**2", "--data", "t.csv", "-o", "nowhere/o.csv")
    assert ran.code == 5 and ran.err.count("\n") == 1
    assert sorted(os.listdir(".")) == ["o.csv.gz", "o.dat", "o.tsv", "t.csv"]


def test_a_bad_row_ends_the_run_with_its_place(here):
    Path("bad.csv").write_text("id,x\na,1\nb,12e\nc,3\n", "utf-8")
    ran = run("grad", "-e", "x**2", "--data", "bad.csv", "-o", "o.csv")
    assert (ran.code, ran.out) == (5, "")
    assert ran.err == (
        "error[data]: column x: `12e` is not a number\n"
        " --> bad.csv:3:3\n"
        "  |\n"
        "3 | b,12e\n"
        "  |   ^^^\n"
        "  = help: --on-error skip leaves such rows out, null leaves their results empty\n\n"
    )
    assert sorted(os.listdir(".")) == ["bad.csv", "t.csv"]


def test_bad_rows_are_counted_and_the_first_ten_shown(here):
    rows = "".join(f"{row if row % 3 else 'x'}\n" for row in range(100))
    Path("bad.csv").write_text("x\n" + rows, "utf-8")
    ran = run("eval", "-e", "x", "--data", "bad.csv", "--on-error", "skip", "--only")
    assert ran.code == 0
    assert ran.out.split() == ["value", *(str(row) for row in range(100) if row % 3)]
    assert ran.err.count("warning[data]: column x: `x` is not a number\n") == 10
    assert "--> bad.csv:2:1\n" in ran.err and "--> bad.csv:29:1\n" in ran.err
    assert ran.err.endswith("… and 24 more bad rows\n66 rows in 0.0 s, 34 skipped\n")
    ran = run("eval", "-e", "x", "--data", "bad.csv", "--on-error", "null", "--format", "ndjson", "-q")
    assert ran.err == "" and ran.out.splitlines()[0].endswith('"value":null}')
    assert len(ran.out.splitlines()) == 100


def test_rows_that_are_no_rows(here):
    Path("bad.csv").write_text("id,x\na,1\nb\nc,3,4\n", "utf-8")
    ran = run("eval", "-e", "x", "--data", "bad.csv")
    assert ran.code == 5 and "bad.csv:3" in ran.err
    ran = run("eval", "-e", "x", "--data", "bad.csv", "--on-error", "null")
    assert ran.out == "id,x,value\na,1,1\n" and "2 bad" in ran.err


def test_where_a_condition_has_no_value_the_row_is_bad(here):
    Path("bad.csv").write_text("x,y\n1,2\n2,?\n3,0\n", "utf-8")
    assert run("eval", "-e", "x", "--data", "bad.csv", "--where", "y > 1").code == 5
    ran = run("eval", "-e", "x", "--data", "bad.csv", "--where", "y > 1", "--on-error", "skip", "--only")
    assert ran.out == "value\n1\n" and "1 skipped" in ran.err


def test_fail_on_counts_rows(here):
    ran = run("grad", "-e", "sqrt(x - 2)", "--data", "t.csv", "--fail-on", "nan,inf")
    assert ran.code == 1
    assert ran.out.splitlines()[2] == "b,2,0,inf"
    assert "<expression>: inf in 1 row and nan in 1 row, which --fail-on names\n" in ran.err
    assert run("grad", "-e", "x**2", "--data", "t.csv", "--fail-on", "nan,inf,none,zero").code == 0
    assert run("eval", "-e", "x - 1", "--data", "t.csv", "--fail-on", "zero").code == 1


def test_what_is_the_same_in_every_row_is_told(here):
    ran = run("grad", "-e", "var x = 1; var s = 2; var z = 5; y = s*x", "--data", "t.csv", "--wrt", "x,z", "--of", "y")
    assert "note: x from the data; the same in every row: s\n" in ran.err
    assert "note: grad.z is none in every row: " in ran.err
    assert ran.out.splitlines()[1] == "a,1,2,2,"


@pytest.mark.parametrize("rows", ["1", "a:b", "3:1", "-1:2"])
def test_rows_that_make_no_sense(here, rows):
    assert run("eval", "-e", "x", "--data", "t.csv", f"--rows={rows}").code == 2


def test_ranges_of_rows(here):
    for rows, values in (("1:2", ["2"]), (":2", ["1", "2"]), ("2:", ["3"]), ("9:", []), ("1:1", [])):
        assert run("eval", "-e", "x", "--data", "t.csv", "--only", "--rows", rows).out.split()[1:] == values


def test_options_that_do_not_go_with_data(here):
    assert run("grad", "-e", "x**2", "--data", "t.csv", "--mode", "numeric").code == 2
    assert run("grad", "-e", "x**2", "-e", "x", "--data", "t.csv").code == 2
    for option in (["--map", "x"], ["--map", "y=x"], ["--map", "x=nothing"], ["--jobs", "0"]):
        assert run("grad", "-e", "x**2", "--data", "t.csv", *option).code == 2


def test_forward_and_reverse_mode_agree(here):
    there = run("grad", "-e", "exp(x)*x", "--data", "t.csv", "--mode", "reverse").out
    back = run("grad", "-e", "exp(x)*x", "--data", "t.csv", "--mode", "forward").out
    for one, other in zip(there.splitlines()[1:], back.splitlines()[1:], strict=True):
        assert float(one.split(",")[-1]) == pytest.approx(float(other.split(",")[-1]), rel=1e-14)


def test_a_file_that_breaks_off_gives_no_output(here):
    body = "x\n" + "".join(f"{row}\n" for row in range(300_000))
    Path("t.csv.gz").write_bytes(gzip.compress(body.encode())[:-5000])
    ran = run("eval", "-e", "x", "--data", "t.csv.gz", "-o", "o.csv")
    assert ran.code == 5 and "t.csv.gz" in ran.err and "cut off" in ran.err
    assert sorted(os.listdir(".")) == ["t.csv", "t.csv.gz"]


def test_a_full_disk_is_told(here):
    if not os.path.exists("/dev/full"):
        pytest.skip("no device that is always full")
    ran = run("eval", "-e", "x", "--data", "t.csv", "-o", "/dev/full", "--format", "csv")
    assert ran.code == 5 and "No space left" in ran.err


def test_progress_is_for_terminals_and_leaves_no_trace(here):
    ran = run("eval", "-e", "x", "--data", "t.csv", "--only", terminal=True)
    assert ran.err == "3 rows in 0.0 s\n"


def test_progress_shows_rows_rate_and_what_is_left(here):
    from io import BytesIO

    from diffcli.cli.app import main
    from diffcli.cli.env import Environment
    from tests.cli.running import Terminal

    Path("t.csv").write_text("x\n" + "1.5\n" * 300_000, "utf-8")
    ticks = iter(range(10_000))
    error = Terminal()
    environment = Environment(BytesIO(), BytesIO(), error, {}, clock=lambda: float(next(ticks)))
    assert main(["eval", "-e", "x", "--data", "t.csv"], environment) == 0
    shown = error.getvalue().decode()
    assert " a second, " in shown and " s left" in shown and "%" in shown
    last = shown.rsplit("\r", 1)[1]
    assert last.startswith("300,000 rows in")


def test_the_plan_is_that_of_the_columns(here):
    ran = run(
        "grad", "-e", "input x; var k = 2; x**2 * exp(k)", "--data", "t.csv", "--wrt", "x", "--explain-plan", "--json"
    )
    assert ran.code == 0 and ran.document["inputs"] == ["x"]
    assert {part["over"] for part in ran.document["parts"]} == {"rows"}
    assert any(part["executor"] == "once" for part in ran.document["parts"])
    assert run("jvp", "-e", "x**2", "--v", "x=1", "--data", "t.csv", "--explain-plan").code == 2


def start(*arguments: str) -> subprocess.Popen[bytes]:
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "diffcli", *arguments]
    return subprocess.Popen(
        command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_ctrl_c_leaves_no_file(here):
    """The data comes through a pipe that stays open: the run is surely under way when it is interrupted."""
    process = start("eval", "-e", "x", "--data", "-", "--data-format", "csv", "-o", "o.csv")
    assert process.stdin is not None and process.stderr is not None
    process.stdin.write(b"x\n" + b"1.5\n" * 500_000)
    process.stdin.flush()
    deadline = time.monotonic() + 20
    while not any(name.endswith(".part") for name in os.listdir(".")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.stdin.close()
    assert process.wait(20) == 130
    assert process.stderr.read() == b"interrupted\n"
    assert sorted(os.listdir(".")) == ["t.csv"]


def test_a_reader_that_leaves_ends_the_run_quietly(here):
    body = "x\n" + "".join(f"{row}\n" for row in range(400_000))
    Path("long.csv").write_text(body, "utf-8")
    process = start("eval", "-e", "x", "--data", "long.csv")
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() == b"x,value\n"
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr.read() == b""
