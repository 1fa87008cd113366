"""`--resume` on the command line, and what a killed process leaves."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import run

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "input x; y = x * exp(-x**2) + sin(x)"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    draw = random.Random(5)
    Path("t.csv").write_text("x\n" + "".join(f"{draw.random()!r}\n" for _ in range(600_000)), "utf-8")
    return tmp_path


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_run_goes_on_to_the_same_bytes(here):
    arguments = ["grad", "-e", PROGRAM, "--data", "t.csv", "-q"]
    started = time.monotonic()
    assert run(*arguments, "-o", "want.csv").code == 0
    length = time.monotonic() - started
    want, draw = Path("want.csv").read_bytes(), random.Random(1)
    command = [sys.executable, "-m", "diffcli", *arguments, "-o", "got.csv", "--resume"]
    for _ in range(5):
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
        time.sleep(draw.uniform(0.3, 0.6 + length))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not Path("got.csv").exists() or Path("got.csv").read_bytes() == want
    ran = run(*arguments, "-o", "got.csv", "--resume")
    assert (ran.code, ran.err) == (0, "")
    assert Path("got.csv").read_bytes() == want
    assert not list(Path().glob(".got.csv*"))


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_what_a_killed_run_left_while_it_ended_goes(here):
    assert run("eval", "-e", "x", "--data", "t.csv", "-o", "want.csv", "-q").code == 0
    for moment in ("os.replace", "shutil.rmtree"):
        program = (
            f"import os, shutil; kept = {moment}\n"
            f"def {moment.replace('.', '_')}(path, *rest, **more):\n"
            "    whole = any(os.path.basename(str(each)).startswith(('got.csv', '.got.csv.parts.')) for each in (path, *rest))\n"
            "    os.kill(os.getpid(), 9) if whole else kept(path, *rest, **more)\n"
            f"{moment} = {moment.replace('.', '_')}\n"
            "from diffcli.__main__ import console; console()"
        )
        command = ["eval", "-e", "x", "--data", "t.csv", "--resume", "-o", "got.csv", "-q"]
        killed = subprocess.run([sys.executable, "-c", program, *command], env={**os.environ, "PYTHONPATH": str(ROOT)})
        assert killed.returncode == -signal.SIGKILL and list(Path().glob(".got.csv*"))
        assert run(*command).code == 0
        assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes()
        assert not list(Path().glob(".got.csv*"))


def test_what_cannot_be_continued_is_refused(here):
    base = ["eval", "-e", "x", "--data", "t.csv", "--resume"]
    for more in (
        [],
        ["-o", "-"],
        ["-o", "o.csv", "--sample", "3"],
        ["-o", "o.csv", "--reduce", "sum"],
        ["-o", "/dev/null", "--format", "csv"],
    ):
        ran = run(*base, *more)
        assert ran.code == 2 and "--resume" in ran.err, more
    assert run("eval", "-e", "x", "--data", "-", "--data-format", "csv", "--resume", "-o", "o.csv").code == 2


def test_a_bad_row_keeps_the_parts_before_it(here):
    with Path("t.csv").open("a") as file:
        file.write("oops\n")
    ran = run("eval", "-e", "x", "--data", "t.csv", "--resume", "-o", "o.csv")
    assert ran.code == 5 and "t.csv:600002:1" in ran.err
    assert len(list(Path(".o.csv.parts").glob("*.data"))) >= 1
    ran = run("eval", "-e", "2*x", "--data", "t.csv", "--resume", "-o", "o.csv", "--on-error", "skip")
    assert ran.code == 0 and "starting anew" in ran.err
    assert not Path(".o.csv.parts").exists()
