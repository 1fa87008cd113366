"""The command `fmt`: what it writes, what it only says, and what it leaves alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from diffcli.lang import fmt
from tests.cli.running import run
from tests.cli.test_commands import validated

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture
def ragged(tmp_path: Path) -> Path:
    path = tmp_path / "ragged.expr"
    path.write_text("var x=3 # three\n\n\n\ny=x ** 2\n")
    return path


LAID = "var x = 3  # three\n\ny = x**2\n"


def test_a_file_is_changed_in_place_and_then_stays(ragged: Path) -> None:
    ran = run("fmt", str(ragged))
    assert (ran.code, ran.out, ran.err) == (0, "", f"changed {ragged}\n")
    assert ragged.read_text() == LAID
    before = ragged.stat()
    again = run("fmt", str(ragged))
    assert (again.code, again.out, again.err) == (0, "", "")
    assert (ragged.stat().st_ino, ragged.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(ragged.parent.iterdir()) == [ragged]


def test_standard_input_goes_to_standard_output() -> None:
    assert run("fmt", "-", stdin="x=3").out == "x = 3\n"
    assert run("fmt", "-e", "2*x+1").out == "2 * x + 1\n"


def test_a_file_may_go_elsewhere(ragged: Path, tmp_path: Path) -> None:
    before = ragged.read_text()
    assert run("fmt", str(ragged), "-o", str(tmp_path / "other.expr")).code == 0
    assert (tmp_path / "other.expr").read_text() == LAID
    assert ragged.read_text() == before


def test_check_lists_files_and_changes_none(ragged: Path) -> None:
    before = ragged.read_text()
    good = ragged.with_name("good.expr")
    good.write_text(LAID)
    ran = run("fmt", "--check", str(ragged.parent))
    assert (ran.code, ran.out, ran.err) == (1, f"{ragged}\n", "2 files, 1 would change\n")
    assert ragged.read_text() == before
    assert run("fmt", "--check", str(good)).code == 0


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
@pytest.mark.parametrize("ending", ["\n", ""])
def test_the_diff_can_be_applied(ragged: Path, ending: str) -> None:
    ragged.write_text(ragged.read_text().rstrip("\n") + ending)
    before = ragged.read_text()
    ran = run("fmt", "--diff", str(ragged))
    assert ran.code == 0
    assert ragged.read_text() == before
    subprocess.run(["patch", str(ragged)], input=ran.out.encode(), check=True, capture_output=True)
    assert ragged.read_text() == LAID
    assert run("fmt", "--diff", str(ragged)).out == ""


def test_diff_and_check_together() -> None:
    ran = run("fmt", "--check", "--diff", "-", stdin="x=3\n")
    assert ran.code == 1
    assert "-x=3\n+x = 3\n" in ran.out


def test_a_coloured_diff_shows_nothing_a_terminal_obeys() -> None:
    ran = run("fmt", "--diff", "--color", "always", "-", stdin="x=3 # \x1b[2J\n")
    assert "\x1b[31m-x=3 # ␛[2J\x1b[0m\n" in ran.out


def test_wrong_files_are_left_alone_and_the_others_are_not(ragged: Path) -> None:
    wrong = ragged.with_name("a-wrong.expr")
    wrong.write_text("y  =2x\n")
    ran = run("fmt", str(wrong), str(ragged))
    assert ran.code == 3
    assert "error[E0202]" in ran.err
    assert wrong.read_text() == "y  =2x\n"
    assert ragged.read_text() == LAID


def test_names_and_shapes_are_not_its_business(tmp_path: Path) -> None:
    path = tmp_path / "a.expr"
    path.write_text("var x=[1,2]\ny=x+[1,2,3]+nosuch\n")
    assert run("fmt", str(path)).code == 0


def test_line_ends_byte_order_mark_and_mode_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.expr"
    path.write_bytes(b"\xef\xbb\xbfx=3\r\ny=4\r\n")
    path.chmod(0o640)
    assert run("fmt", str(path)).code == 0
    assert path.read_bytes() == b"\xef\xbb\xbfx = 3\r\ny = 4\r\n"
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o640
    assert run("fmt", "-", stdin=b"\xef\xbb\xbfx=3\r\n").out == "\ufeffx = 3\r\n"


@pytest.mark.skipif(os.name != "posix", reason="links are a privilege elsewhere")
def test_a_link_stays_a_link(ragged: Path) -> None:
    link = ragged.with_name("link.expr")
    link.symlink_to(ragged)
    assert run("fmt", str(link)).code == 0
    assert link.is_symlink()
    assert ragged.read_text() == LAID


def test_json(ragged: Path) -> None:
    document = validated(run("fmt", "--check", "--json", str(ragged))).document
    assert (document["changed"], document["written"]) == (True, False)
    assert document["changes"] == [
        {"line": 1, "before": ["var x=3 # three"], "after": ["var x = 3  # three"]},
        {"line": 3, "before": ["", "", "y=x ** 2"], "after": ["y = x**2"]},
    ]
    document = validated(run("fmt", "--json", str(ragged))).document
    assert document["written"] is True
    document = validated(run("fmt", "--json", str(ragged))).document
    assert (document["changed"], document["written"], document["changes"]) == (False, False, [])
    wrong = validated(run("fmt", "--json", "-e", "2x"))
    assert (wrong.code, wrong.document["diagnostics"][0]["code"]) == (3, "E0202")


def test_a_layout_that_means_something_else_is_never_written(ragged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ragged.read_text()
    honest = fmt.Layout.lines
    monkeypatch.setattr(fmt.Layout, "lines", lambda self: [line.replace("3", "4") for line in honest(self)])
    ran = run("fmt", str(ragged))
    assert ran.code == 70
    assert "would not mean the same" in ran.err
    assert ragged.read_text() == before
    monkeypatch.setattr(fmt.Layout, "lines", lambda self: [line.replace("three", "tree") for line in honest(self)])
    assert run("fmt", str(ragged)).code == 70
    assert ragged.read_text() == before


def test_samples_survive(tmp_path: Path) -> None:
    folders = [folder for folder in sorted(SAMPLES.iterdir()) if folder.is_dir() and folder.name != "errors"]
    for folder in folders:
        shutil.copytree(folder, tmp_path / folder.name)
    before = run("test", *map(str, folders), "--format", "csv", "--fields", "passed")
    assert run("fmt", str(tmp_path)).code == 0
    assert run("fmt", "--check", str(tmp_path)).out == ""
    copies = [str(tmp_path / folder.name) for folder in folders]
    after = run("test", *copies, "--format", "csv", "--fields", "passed")
    assert after.code == before.code == 0
    assert after.out.count("true") == before.out.count("true") > 800
