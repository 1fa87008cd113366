"""What each command loads: a gradient is on the screen before an array library has imported itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = ("numpy", "lark", "rich", "typer", "pydantic", "mpmath", "importlib.metadata")


def loaded(tmp_path: Path, *arguments: str) -> set[str]:
    """The watched modules that a fresh interpreter has after a command."""
    code = (
        "import sys\nfrom diffcli.cli.app import console\ntry:\n    console()\nexcept SystemExit:\n    pass\n"
        f"sys.stderr.write('LOADED ' + ' '.join(name for name in {WATCHED!r} if name in sys.modules))"
    )
    environment = {**os.environ, "DIFFCLI_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, check=True
    )
    return set(done.stderr.rpartition("LOADED ")[2].split())


@pytest.fixture
def scalar(tmp_path: Path) -> str:
    path = tmp_path / "scalar.expr"
    path.write_text("var x = 1.2\nvar y = 0.7\nf = sin(x) * exp(x * y) + log(x**2 + y**2)\nexpect f > 0\n")
    loaded(tmp_path, "eval", str(path))  # the tables of the grammar are cached from here on
    return str(path)


def test_the_version_loads_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, "--version") == set()


@pytest.mark.parametrize("command", ["eval", "grad", "jacobian", "hessian", "diff", "test"])
@pytest.mark.parametrize("format", ["json", "plain", "csv"])
def test_scalars_need_neither_arrays_nor_lark_nor_rich(tmp_path: Path, scalar: str, command: str, format: str) -> None:
    assert loaded(tmp_path, command, scalar, "--format", format) == {"typer"}


def test_a_table_loads_rich_and_no_arrays(tmp_path: Path, scalar: str) -> None:
    assert loaded(tmp_path, "grad", scalar) == {"typer", "rich"}


def test_tensors_load_arrays(tmp_path: Path) -> None:
    assert "numpy" in loaded(tmp_path, "grad", "-e", "sum([x, 2] * [3, x])", "--at", "x=1", "--json")


def test_the_first_run_builds_the_tables_with_lark(tmp_path: Path) -> None:
    assert "lark" in loaded(tmp_path, "eval", "-e", "1 + 1", "--json")
    assert "lark" not in loaded(tmp_path, "eval", "-e", "1 + 1", "--json")
