"""Paths with a scheme on the command line: the bytes are those of files of this machine, and nothing half-written appears."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diffcli.compute.rowdata import parts
from tests.cli.running import run
from tests.data.web import Ranges, Whole, serving

fsspec = pytest.importorskip("fsspec")
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "input x; y = x * exp(-x**2) + sin(x)"
GRAD = ("grad", "-e", PROGRAM)
SUFFIXES = ("csv", "csv.gz", "ndjson", "parquet", "arrow", "npy")


@pytest.fixture
def memory():
    """The store in memory, empty."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()


@pytest.fixture
def here(tmp_path: Path, memory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data of several parts, as the current one; the store in memory has it too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parts, "PART", 8192)
    draw = random.Random(5)
    text = "x,n\n" + "".join(f"{draw.gauss(0, 2)!r},{number}\n" for number in range(30_000))
    Path("t.csv").write_text(text, "utf-8")
    memory.pipe_file("/shop/t.csv", text.encode())
    return tmp_path


def dropped(suffix: str) -> tuple[str, ...]:
    """What a format needs that has no room for text."""
    return ("--only",) if suffix == "npy" else ()


def same(got: bytes, suffix: str) -> bool:
    """Whether these are the bytes that a run with files of this machine writes."""
    want = Path(f"want.{suffix}")
    if not want.exists():
        assert run(*GRAD, "--data", "t.csv", "-o", str(want), *dropped(suffix)).code == 0
    return got == want.read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("more", [(), ("--resume",)])
def test_from_a_store_into_a_store(here, memory, suffix, more):
    ran = run(
        *GRAD, "--data", "memory://shop/t.csv", "-o", f"memory://shop/got.{suffix}", "-q", *dropped(suffix), *more
    )
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert same(memory.cat_file(f"/shop/got.{suffix}"), suffix)
    assert sorted(memory.store) == [f"/shop/got.{suffix}", "/shop/t.csv"]


@pytest.mark.parametrize("suffix", ["csv.gz", "parquet", "npy"])
def test_processes_share_a_store(here, suffix):
    more = ("--workers", "2", "-q", *dropped(suffix))
    ran = run(*GRAD, "--data", f"file://{here}/t.csv", "-o", f"file://{here}/got.{suffix}", *more)
    assert (ran.code, ran.err) == (0, "")
    assert same(Path(f"got.{suffix}").read_bytes(), suffix)
    assert sorted(os.listdir()) == sorted({f"got.{suffix}", "t.csv", f"want.{suffix}"})


def test_reductions_from_a_store(here):
    asked = ("--reduce", "sum,mean,min,max,norm", "--format", "csv")
    want = run(*GRAD, "--data", "t.csv", *asked)
    for path, more in (("memory://shop/t.csv", ()), (f"file://{here}/t.csv", ("--workers", "2"))):
        got = run(*GRAD, "--data", path, *asked, *more)
        assert got.code == want.code == 0 and got.out.replace(path, "t.csv") == want.out


def test_folders_and_patterns_of_a_store(here, memory):
    for name, row in (("b.csv", 2), ("a.csv", 1), ("c.txt", 9)):
        memory.pipe_file(f"/many/{name}", f"x\n{row}\n".encode())
    for path in ("memory://many", "memory://many/", "memory://many/*.csv", "memory://many/[ab].csv"):
        ran = run("eval", "-e", "x + 0", "--data", path, "--only", "-q")
        assert (ran.code, ran.out) == (0, "value\n1\n2\n"), path
    ran = run("eval", "-e", "x", "--data", "memory://many/none.csv")
    assert ran.code == 2 and "no such file: memory://many/none.csv" in ran.err
    ran = run("eval", "-e", "x", "--data", "memory://many/*.npy")
    assert ran.code == 2 and "no file matches memory://many/*.npy" in ran.err


@pytest.mark.parametrize("handler", [Ranges, Whole])
def test_from_a_web_server(here, handler):
    with serving(here, handler) as (address, _):
        ran = run(*GRAD, "--data", f"{address}/t.csv?token=1", "-o", "got.parquet", "-q")
        assert (ran.code, ran.err) == (0, "")
        assert same(Path("got.parquet").read_bytes(), "parquet")
        assert run(*GRAD, "--data", f"{address}/want.parquet", "-o", "again.csv", "--only", "-q").code == 0
        assert run(*GRAD, "--data", f"{address}/t.csv", "-o", "got.csv", "--workers", "2", "-q").code == 0
        assert same(Path("got.csv").read_bytes(), "csv")
        ran = run(*GRAD, "--data", f"{address}/none.csv", "-o", "none.csv")
        assert ran.code == 5 and "cannot be read: there is no such file" in ran.err
        ran = run(*GRAD, "--data", "t.csv", "-o", f"{address}/got.csv")
        assert ran.code == 2 and "read only" in ran.err


def test_a_bad_row_of_a_store_is_shown_and_its_output_does_not_appear(here, memory):
    memory.pipe_file("/shop/t.csv", b"x,n\n1,2\noops,3\n")
    ran = run(*GRAD, "--data", "memory://shop/t.csv", "-o", "memory://shop/got.csv")
    assert ran.code == 5 and "memory://shop/t.csv:3:1" in ran.err and "oops" in ran.err
    assert list(memory.store) == ["/shop/t.csv"]


def test_parts_in_a_store_are_gone_on_from(here, memory):
    rows = Path("t.csv").read_text().split("\n", 1)[1] * 9
    Path("t.csv").write_text("x,n\n" + rows)
    memory.pipe_file("/shop/t.csv", f"x,n\n{rows}oops,1\n".encode())
    command = (*GRAD, "--data", "memory://shop/t.csv", "-o", "memory://shop/got.csv", "--resume")
    assert run(*command).code == 5
    kept = {name: file.created for name, file in memory.store.items() if name.endswith(".data")}
    assert len(kept) > 10 and all(name.startswith("/shop/got.csv.parts/") for name in kept)
    lost = sorted(kept)[5]
    memory.rm_file(lost)
    assert run(*command).code == 5
    assert lost in memory.store
    for name in sorted(kept)[:5]:  # what comes before the first one that is missing is not computed anew
        assert memory.store[name].created == kept[name]
    memory.pipe_file("/shop/got.csv.parts/mine.txt", b"not of this program")
    ran = run(*command, "--on-error", "skip")
    assert ran.code == 0 and "starting anew" in ran.err
    assert same(memory.cat_file("/shop/got.csv"), "csv")
    assert sorted(memory.store) == ["/shop/got.csv", "/shop/got.csv.parts/mine.txt", "/shop/t.csv"]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("more", [(), ("--workers", "2")])
def test_a_killed_run_goes_on_to_the_same_bytes(here, more):
    rows = Path("t.csv").read_text().split("\n", 1)[1]
    Path("t.csv").write_text("x,n\n" + rows * 20)
    command = [*GRAD, "--data", f"file://{here}/t.csv", "-o", f"file://{here}/got.csv", "-q", "--resume", *more]
    small = (
        "import sys; from diffcli.compute.rowdata import parts; parts.PART = 8192; from diffcli.cli.app import main; "
    )
    program = [sys.executable, "-c", f"{small}sys.exit(main(sys.argv[1:]))", *command]
    found = set()
    for seed in range(3):
        process = subprocess.Popen(program, env={**os.environ, "PYTHONPATH": str(ROOT)})
        wanted = len(found) + 5 + seed
        while len(list(here.glob("got.csv.parts/*/*.json"))) < wanted and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not Path("got.csv").exists()
        found = set(here.glob("got.csv.parts/*/*.json"))
    assert len(found) > 10
    ran = run(*command)
    assert (ran.code, ran.err) == (0, "")
    assert same(Path("got.csv").read_bytes(), "csv")
    assert sorted(os.listdir()) == ["got.csv", "t.csv", "want.csv"]


def test_what_workers_cannot_see_is_said(here):
    ran = run(*GRAD, "--data", "memory://shop/t.csv", "-o", "got.csv", "--workers", "2")
    assert ran.code == 5 and "worker tcp://" in ran.err and "object storage" in ran.err
    ran = run(*GRAD, "--data", "t.csv", "-o", "memory://shop/got.csv", "--workers", "2")
    assert ran.code == 5 and "bytes that a worker wrote" in ran.err and "object storage" in ran.err


def test_results_and_programs_in_a_store(here, memory):
    memory.pipe_file("/shop/models/a.expr", b"x**2 + 1")
    memory.pipe_file("/shop/models/b.expr", b"sin(x)")
    want = run("grad", "-e", "x**2 + 1", "--at", "x=3", "--json").document
    ran = run("grad", "memory://shop/models/a.expr", "--at", "x=3", "--json", "-o", "memory://shop/a.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    import json

    assert json.loads(memory.cat_file("/shop/a.json"))["targets"] == want["targets"]
    for path in ("memory://shop/models", "memory://shop/models/*.expr"):
        ran = run("batch", path, "--do", "grad", "--at", "x=3", "--format", "ndjson", "--jobs", "1")
        files = [json.loads(line)["file"] for line in ran.out.splitlines()]
        assert files == ["memory://shop/models/a.expr", "memory://shop/models/b.expr"]
    ran = run("grad", "memory://shop/none.expr", "--at", "x=3")
    assert ran.code == 2 and "no such file: memory://shop/none.expr" in ran.err


def test_weights_and_checkpoints_in_a_store(here, memory):
    train = ("minimize", "-e", "var x = 3; out = x**2", "--learning-rate", "0.25", "--format", "plain")
    kept = ("--checkpoint", "memory://shop/run.npz", "--resume")
    assert run(*train, *kept, "--steps", "1", "--save", "memory://shop/x.npz").out.split() == ["x", "1.5"]
    assert run(*train, "--steps", "1", "--load", "memory://shop/x.npz").out.split() == ["x", "0.75"]
    ran = run(*train, *kept, "--steps", "3")
    assert ran.out.split() == ["x", "0.375"] and "going on after step 1 of memory://shop/run.npz" in ran.err
    ran = run(*train, "--load", "memory://shop/none.npz")
    assert ran.code == 5 and "memory://shop/none.npz: there is no such file" in ran.err
    ran = run(*train, "--tensorboard", "memory://shop/log")
    assert ran.code == 2 and "a folder of this machine" in ran.err and not list(here.glob("memory*"))


def test_without_a_library_the_command_that_installs_it_is_told(here, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    ran = run(*GRAD, "--data", "s3://bucket/t.csv")
    assert ran.code == 2 and 'pip install "diffcli[storage]"' in ran.err
    ran = run(*GRAD, "--data", "t.csv", "-o", "s3://bucket/got.csv")
    assert ran.code == 2 and 'pip install "diffcli[storage]"' in ran.err


def test_nothing_is_imported_for_it_otherwise(here):
    program = "import sys; from diffcli.cli.app import main; main(sys.argv[1:]); print('fsspec' in sys.modules)"
    command = [sys.executable, "-c", program, *GRAD, "--data", "t.csv", "-o", "got.csv"]
    ran = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert ran.stdout.endswith("False\n")
