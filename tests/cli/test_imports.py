"""A command imports what it needs and nothing else: a fresh interpreter each, asked what it loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "lark", "rich", "typer", "json", "pathlib")
PROBE = """
import sys
from diffcli.cli.app import main
code = main(sys.argv[1:])
print("loaded", *sorted(name for name in {heavy!r} if name in sys.modules), file=sys.stderr)
sys.exit(code)
"""


def loaded(*arguments: str, cache: Path, stdin: str = "") -> set[str]:
    """Which of the heavy modules a command line loads when the grammar tables are cached."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "DIFFCLI_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", PROBE.format(heavy=HEAVY), *arguments]
    ran = subprocess.run(command, input=stdin.encode(), env=variables, capture_output=True, timeout=60, check=False)
    last = ran.stderr.decode().splitlines()[-1].split()
    assert last[0] == "loaded", ran.stderr.decode()
    return set(last[1:])


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder in which the tables are already."""
    folder = tmp_path_factory.mktemp("cache")
    loaded("eval", "-e", "1", cache=folder)
    return folder


# Typer imports pathlib itself, so that one is free after it.
SCALAR = {"typer", "pathlib"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["--version"], set()),
        (["--help"], set()),
        (["nonsense"], set()),
        (["grad", "-e", "x**2", "--at", "x=3", "--json"], SCALAR),
        (["grad", "-e", "x**2", "--at", "x=3", "--format", "ndjson"], SCALAR),
        (["grad", "-e", "x**2", "--at", "x=3", "--format", "csv"], SCALAR),
        (["grad", "-e", "x**2", "--at", "x=3", "--format", "plain"], SCALAR),
        (["grad", "-e", "x**2", "--at", "x=3"], SCALAR | {"rich"}),
        (["grad", "-e", "x**2 +"], SCALAR),
        (["eval", "-e", "[1, 2] * 3", "--json"], SCALAR | {"numpy"}),
        (["diff", "-e", "sin(x)", "--format", "plain"], SCALAR),
        (["ops"], SCALAR | {"rich"}),
        (["ops", "tanh"], SCALAR),
        (["explain", "frozen"], SCALAR),
        (["completion", "bash"], SCALAR),
    ],
)
def test_what_a_command_imports(line: list[str], expected: set[str], cache: Path) -> None:
    extra = loaded(*line, cache=cache) - expected
    if "numpy" in expected or "rich" in expected:
        extra.discard("json")
    assert extra == set()
