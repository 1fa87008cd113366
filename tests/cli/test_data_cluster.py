"""`--workers` and `--cluster`: other processes compute, and the bytes are those of one process."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from diffcli.compute.rowdata import parts
from tests.cli.running import run

pytest.importorskip("distributed")
PROGRAM = "input x; y = x * exp(-x**2) + sin(x)"
GRAD = ("grad", "-e", PROGRAM, "--data", "t.csv")
REDUCE = ("--reduce", "sum,mean,min,max,norm,hist", "--json")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data of several parts, as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parts, "PART", 8192)
    draw = random.Random(5)
    rows = [f"{draw.gauss(0, 2)!r},n{number}\n" for number in range(50_000)]
    Path("t.csv").write_text("x,name\n" + "".join(rows), "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def cluster():
    """A scheduler with two workers, as on other machines: reached by its address alone."""
    from distributed import LocalCluster

    quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=2, threads_per_worker=2, host="127.0.0.1", scheduler_kwargs=quiet) as made:
        yield made


def test_processes_give_the_same_bytes(here):
    assert run(*GRAD, "-o", "want.csv", "--rows", "100:49000").code == 0
    ran = run(*GRAD, "-o", "got.csv", "--rows", "100:49000", "--workers", "3", "-q")
    assert (ran.code, ran.err) == (0, "")
    assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes()
    assert sorted(os.listdir()) == ["got.csv", "t.csv", "want.csv"]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "ndjson", "parquet"])
def test_a_cluster_gives_the_same_bytes(here, cluster, suffix):
    more = ("--where", "x > -1") if suffix == "csv" else ()
    assert run(*GRAD, *more, "-o", f"want.{suffix}").code == 0
    ran = run(*GRAD, *more, "-o", f"got.{suffix}", "--cluster", cluster.scheduler_address, "-q")
    assert (ran.code, ran.err) == (0, "")
    one, other = Path(f"got.{suffix}"), Path(f"want.{suffix}")
    if suffix == "csv.gz":
        assert run("eval", "-e", "x", "--data", str(one)).out == run("eval", "-e", "x", "--data", str(other)).out
    assert one.read_bytes() == other.read_bytes()


def test_reductions_are_the_same_to_the_last_bit(here, cluster):
    with Path("t.csv").open("a") as file:
        file.write("nan,a\n-inf,b\n1e200,c\n1e-200,d\n")
    for more in ((), ("--rows", "5000:20001"), ("--where", "x > 1.5")):
        want = run(*GRAD, *REDUCE, *more)
        got = run(*GRAD, *REDUCE, *more, "--cluster", cluster.scheduler_address)
        assert want.code == got.code == 0 and got.out == want.out, more


def test_rows_that_end_with_a_part_and_no_rows_at_all(here, cluster):
    lines = Path("t.csv").read_text().splitlines(keepends=True)
    for rows in (0, 1, 8192, 16384):
        Path("t.csv").write_text("".join(lines[: rows + 1]))
        assert run(*GRAD, "-o", "want.csv").code == 0
        assert run(*GRAD, "-o", "got.csv", "--cluster", cluster.scheduler_address).code == 0
        assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes(), rows


def test_bad_rows_are_told_as_without_a_cluster(here, cluster):
    lines = Path("t.csv").read_text().splitlines(keepends=True)
    for bad in (9_000, 30_000):
        lines[bad] = "oops,n\n"
    Path("t.csv").write_text("".join(lines))
    for on_error, code in (("skip", 0), ("null", 0), ("fail", 5)):
        want = run(*GRAD, "--on-error", on_error, "-o", "want.csv")
        got = run(*GRAD, "--on-error", on_error, "-o", "got.csv", "--cluster", cluster.scheduler_address)
        assert want.code == got.code == code and got.err == want.err
        assert "t.csv:9001:1" in got.err
        if code == 0:
            assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes()
    assert list(Path(".got.csv.parts").glob("*.data"))  # the first part is kept: it has no bad row
    ran = run(*GRAD, "--on-error", "fail", "-o", "got.csv", "--resume", "--cluster", cluster.scheduler_address)
    assert ran.code == 5 and "t.csv:9001:1" in ran.err


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_worker_is_made_up_for(here, cluster):
    assert run(*GRAD, "-o", "want.csv").code == 0
    killed = []

    def kill() -> None:
        while not list(here.glob(".got.csv.parts/*.data")):
            time.sleep(0.001)
        killed.append(next(iter(cluster.workers.values())).pid)
        os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    ran = run(*GRAD, "-o", "got.csv", "--cluster", cluster.scheduler_address)
    thread.join(10)
    assert killed and ran.code == 0
    assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes()


def test_what_a_worker_cannot_see_is_said(here, cluster, monkeypatch):
    from diffcli.compute.rowdata import cluster as clusters

    sent = clusters.absolute
    monkeypatch.setattr(clusters, "absolute", lambda job, paths: sent(job, ["/nowhere/t.csv"]))
    ran = run(*GRAD, "-o", "got.csv", "--cluster", cluster.scheduler_address)
    assert ran.code == 5 and "worker tcp://" in ran.err and "shared folder" in ran.err
    assert sorted(os.listdir()) == ["t.csv"]


def test_what_differs_on_a_worker_is_said(here, cluster, monkeypatch):
    from diffcli.compute.rowdata import cluster as clusters

    sent = clusters.facts
    monkeypatch.setattr(clusters, "facts", lambda opened: sent(opened) | {"diffcli": "99.0"})
    ran = run(*GRAD, "-o", "got.csv", "--cluster", cluster.scheduler_address)
    assert ran.code == 5 and "but 99.0 here" in ran.err


def test_no_scheduler_is_an_error(here, monkeypatch):
    from diffcli.compute.rowdata import cluster as clusters

    monkeypatch.setattr(clusters, "CONNECT", 0.5)
    ran = run(*GRAD, "-o", "got.csv", "--cluster", "tcp://127.0.0.1:9")
    assert ran.code == 5 and "no scheduler" in ran.err
    assert sorted(os.listdir()) == ["t.csv"]


def test_what_cannot_be_shared_is_refused(here):
    for more in ([], ["-o", "o.csv", "--sample", "3"], ["-o", "o.csv", "--cluster", "tcp://127.0.0.1:9"]):
        ran = run(*GRAD, "--workers", "2", *more)
        assert ran.code == 2 and "--workers" in ran.err, more
    assert run("eval", "-e", "x", "--data", "-", "--data-format", "csv", "-o", "o.csv", "--workers", "2").code == 2


def test_nothing_is_imported_for_it_otherwise(here):
    program = "import sys; from diffcli.cli.app import main; main(sys.argv[1:]); print('distributed' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program, *GRAD, "-o", "o.csv"], capture_output=True, text=True)
    assert ran.stdout.endswith("False\n")


def dies(task, part, mark):
    """A part that ends every worker that computes it."""
    from diffcli.compute.rowdata.worker import compute

    if part == 2:
        time.sleep(0.3)
        os._exit(1)
    return compute(task, part, mark)


def test_a_part_that_ends_every_worker_ends_the_run(here, cluster, monkeypatch):
    from diffcli.compute.rowdata import cluster as clusters

    with monkeypatch.context() as patched:
        patched.setattr(clusters, "compute", dies)
        ran = run(*GRAD, "-o", "got.csv", "--cluster", cluster.scheduler_address)
    assert ran.code == 5 and "rows 16,384 to 24,575 ended 4 workers" in ran.err and "--resume" in ran.err
    assert list(Path(".got.csv.parts").glob("*.data")) and not Path("got.csv").exists()
    assert run(*GRAD, "-o", "got.csv", "--resume").code == run(*GRAD, "-o", "want.csv").code == 0
    assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes()


def test_other_versions_on_workers_are_told_before_the_first_part(here, cluster, monkeypatch):
    from distributed import Client

    sound = Client.get_versions

    def older(self, **more):
        found = sound(self, **more)
        next(iter(found["workers"].values()))["packages"] |= {"diffcli": "0.0.1", "numpy": None}
        return found

    monkeypatch.setattr(Client, "get_versions", older)
    ran = run(*GRAD, "-o", "got.csv", "--cluster", cluster.scheduler_address)
    assert ran.code == 5 and "has diffcli 0.0.1, numpy missing" in ran.err and "install the same" in ran.err
    assert sorted(os.listdir()) == ["t.csv"]


def test_without_the_library_the_command_that_installs_it_is_told(here, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    ran = run(*GRAD, "-o", "got.csv", "--workers", "2")
    assert ran.code == 2 and 'pip install "diffcli[cluster]"' in ran.err
