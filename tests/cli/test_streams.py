"""Streams, files, locale and signals, with the real program in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import run

ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and permissions of POSIX")


def start(
    *arguments: str, variables: dict[str, str] | None = None, cwd: Path | None = None, **streams: object
) -> subprocess.Popen[bytes]:
    """The program as a process, which finds this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(variables or {})}
    environment.pop("FORCE_COLOR", None)
    command = [sys.executable, "-m", "diffcli", *arguments]
    return subprocess.Popen(
        command, env=environment, cwd=cwd, **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams)
    )  # type: ignore[call-overload, no-any-return]


def finished(*arguments: str, stdin: bytes = b"", **given: object) -> tuple[int, bytes, bytes]:
    """Exit code, standard output and standard error of a run."""
    process = start(*arguments, stdin=subprocess.PIPE, **given)  # type: ignore[arg-type]
    out, err = process.communicate(stdin, timeout=60)
    return process.returncode, out, err


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with many right files."""
    for number in range(60):
        (tmp_path / f"file{number:02}.expr").write_text(f"var x = {number}\ny = x**2\nexpect y == {number**2}\n")
    return tmp_path


@POSIX
@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "plain"])
def test_a_reader_that_leaves_is_no_error(files: Path, form: str) -> None:
    reader, writer = os.pipe()
    process = start("grad", str(files), "--format", form, stdout=writer)
    os.close(writer)
    os.close(reader)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


@POSIX
def test_head_ends_quietly(files: Path) -> None:
    command = f'"{sys.executable}" -m diffcli grad "{files}" --format ndjson | head -1; echo ${{PIPESTATUS[0]}}'
    ran = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=True,
    )
    first, code = ran.stdout.decode().splitlines()
    assert json.loads(first)["gradients"][0]["wrt"] == "x"
    assert (code, ran.stderr) == ("0", b"")


def test_standard_error_does_not_change_the_output(files: Path) -> None:
    (files / "wrong.expr").write_text("y = nope +\n")
    with_errors = finished("grad", str(files), "--json")
    silent = finished("grad", str(files), "--json", stderr=subprocess.DEVNULL)
    assert with_errors[0] == silent[0] == 3
    assert with_errors[1] == silent[1]
    assert with_errors[2]


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_everything_works_in_the_c_locale(tmp_path: Path, form: str) -> None:
    path = tmp_path / "größe-損失.expr"
    path.write_text("var σ = 3\n損失 = σ**2\n", encoding="utf-8")
    variables = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, out, err = finished("grad", path.name, "--format", form, variables=variables, cwd=tmp_path)
    assert (code, err) == (0, b"")
    assert "σ" in out.decode("utf-8")
    code, out, err = finished("grad", "-e", "σ²", "--at", "σ=3", "--json", variables=variables)
    assert json.loads(out.decode("utf-8"))["gradients"][0]["value"] == 6.0


@POSIX
def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.expr")
    try:
        (tmp_path / name).write_text("var x = 3\ny = x**2\n")
    except OSError:
        pytest.skip("this file system wants UTF-8")
    for form in ("json", "table", "csv"):
        code, out, _ = finished("grad", name, "--format", form, cwd=tmp_path)
        assert code == 0
        out.decode("utf-8")
    assert json.loads(finished("grad", name, "--json", cwd=tmp_path)[1])["gradients"][0]["value"] == 6.0


@POSIX
def test_an_unwritable_cache_folder_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "cache", Path("/proc/nowhere")):
        code, out, err = finished(
            "eval",
            "-e",
            "2 + 3",
            "--format",
            "plain",
            "--fields",
            "value",
            variables={"DIFFCLI_CACHE_DIR": str(folder)},
        )
        assert (code, out, err) == (0, b"5.0\n", b"")


def test_output_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    assert run("eval", "-e", "2 + 3", "--json", "-o", str(path)) == (0, "", "")
    assert json.loads(path.read_text(encoding="utf-8"))["targets"][0]["value"] == 5.0
    assert [each.name for each in tmp_path.iterdir()] == ["out.json"]
    assert run("eval", "-e", "2 + 3", "--json", "-o", "-").document["targets"][0]["value"] == 5.0


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    for target in (tmp_path / "missing" / "out.json", tmp_path):
        ran = run("eval", "-e", "2 + 3", "-o", str(target))
        assert (ran.code, ran.out) == (5, "")
        assert f"cannot write {target}" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_code_5() -> None:
    with open("/dev/full", "wb") as full:
        code, _, err = finished("eval", "-e", "2 + 3", stdout=full)
    assert code == 5
    assert b"cannot write the output" in err and b"Traceback" not in err


@POSIX
def test_output_into_a_device() -> None:
    assert run("eval", "-e", "2 + 3", "-o", "/dev/null").code == 0


@POSIX
@pytest.mark.parametrize("target", [None, "out.txt"])
def test_ctrl_c_leaves_no_half_written_file(tmp_path: Path, target: str | None) -> None:
    # Standard input never ends, so the second file is never finished.
    (tmp_path / "a.expr").write_text("var x = 3\ny = x**2\n")
    arguments = ["grad", "a.expr", "-", "--format", "ndjson", *(["-o", target] if target else [])]
    process = start(*arguments, stdin=subprocess.PIPE, cwd=tmp_path)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert [each.name for each in tmp_path.iterdir()] == ["a.expr"]
    if target is None:
        assert json.loads(out)["file"] == "a.expr"


def test_a_closed_standard_output_is_no_traceback() -> None:
    command = f'"{sys.executable}" -m diffcli eval -e 2+3 >&-'
    ran = subprocess.run(
        ["sh", "-c", command], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=False
    )
    assert b"Traceback" not in ran.stderr


def test_colour_follows_terminal_and_variables() -> None:
    line = ("eval", "-e", "0/0")
    for given, colored in [
        ({}, False),
        ({"variables": {"FORCE_COLOR": "1"}}, True),
        ({"terminal": True, "columns": 80}, True),
        ({"terminal": True, "columns": 80, "variables": {"NO_COLOR": "1"}}, False),
        ({"terminal": True, "columns": 80, "variables": {"TERM": "dumb"}}, False),
    ]:
        assert ("\x1b" in run(*line, **given).out) == colored, given  # type: ignore[arg-type]
    assert "\x1b" in run(*line, "--color", "always", variables={"NO_COLOR": "1"}).out
    assert "\x1b" not in run(*line, "--color", "never", terminal=True, columns=80).out


def test_a_bug_of_ours_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from diffcli.cli.commands import ops

    def broken(names: list[str]) -> list[object]:
        raise ZeroDivisionError("seven\nlines")

    monkeypatch.setattr(ops, "chosen", broken)
    ran = run("ops")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err.count("\n") == 1
    assert "this is a bug in diffcli" in ran.err
    assert "Traceback" in run("ops", "--debug").err
