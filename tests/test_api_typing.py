"""A user's program runs, and is clean under mypy --strict; what a later release could break unseen."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import diffcli
from tests import user_program

ROOT = Path(__file__).resolve().parents[1]


def test_a_program_of_a_user_runs():
    lines: list[str] = []
    assert user_program.main(lines.append) == 0
    text = dict(line.rstrip("\n").split(" ", 1) for line in lines)
    assert text["implied"] == "0.250000000000"
    assert text["delta"] == "0.352545 to 0.937353"  # of the closed form, by mpmath in 30 digits
    assert text["fit"] == "[2.5, 0.8]"
    assert text["trained"] == "[2.5, 0.8]"
    assert text["decay"] == "0.70 True True"
    assert text["own"] == f"{2 * 3 / 2.5**2} 3 * y / (1 + abs(3 * x))**2"
    assert text["reasons"] == "{'x': 'inf: forward', 'y': 'none: cut'}"
    assert text["refused:"] == "E0202 an operator is missing between `2` and `x`"
    diffcli.undefine("softstep")


@pytest.mark.skipif(shutil.which("mypy", path=str(Path(sys.executable).parent)) is None, reason="mypy is not installed")
def test_it_is_clean_under_strict_types(tmp_path):
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "tests/user_program.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_told(tmp_path):
    program = tmp_path / "wrong.py"
    program.write_text("import diffcli\n\nprogram: int = diffcli.parse('x')\nprogram.nonsense\ndiffcli.parse(3)\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 'has type "Program"' in done.stdout and 'has incompatible type "int"' in done.stdout
