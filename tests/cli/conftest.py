"""What several files of tests start from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def batch_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with six files, two of which are wrong, as the current one."""
    made = tmp_path / "m"
    made.mkdir()
    for number in range(4):
        (made / f"{number}.expr").write_text(f"var x = {number}\ny = x**2\nexpect y == 4\n")
    (made / "1bad.expr").write_text("y = x +\n")
    (made / "2bad.expr").write_bytes(b"y = \xff\n")
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def endless_file(batch_folder: Path) -> Path:
    """A file in the middle of the others whose text never comes; whoever opens it for writing meets its reader."""
    made = batch_folder / "1endless.expr"
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs named pipes")
    os.mkfifo(made)
    for bad in ("1bad", "2bad"):
        (batch_folder / f"{bad}.expr").unlink()
    return made
