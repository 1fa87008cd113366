"""The sample programs: all expectations hold, derivatives stay cheap, and every diagnostic has its smallest program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from diffcli.codes import CODES
from diffcli.compute import Request
from diffcli.compute.choose import sources_of, targets_of
from diffcli.compute.load import load
from diffcli.diagnostic import DiagnosticError
from diffcli.engine import connection
from diffcli.engine.program import operations
from diffcli.source import decode
from tests.cli.running import run

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PROGRAMS = sorted(path for path in SAMPLES.rglob("*.expr") if path.parent.name != "errors" and "lib" not in path.parts)
ERRORS = sorted((SAMPLES / "errors").glob("E*.expr"))


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 40


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_its_expectations_hold(path: Path) -> None:
    ran = run("test", str(path), "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.document["cases"], "a sample expects something"


def test_the_folder_passes_as_a_whole() -> None:
    assert run("test", str(SAMPLES)).code == 0


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_gradient_costs_at_most_four_times_its_value(path: Path) -> None:
    """Elementary operations: a fused operator counts as those it stands for (`Op.cost`), a view as none."""
    request = Request(decode(str(path), path.read_bytes()), base=str(path.parent))
    model = load(request)
    ys = [node for _, node in targets_of(model, request)]
    try:
        xs = [node for _, node in sources_of(model, request)]
    except DiagnosticError:
        xs = [leaf.node for leaf in model.leaves.values()]  # constants alone: sources as good as any
    gradients = [each.node for each in connection.differentiate(ys, xs) if each.node is not None]
    assert operations([*ys, *gradients]) <= 4 * operations(ys)


def test_every_code_has_its_smallest_program() -> None:
    assert {path.stem for path in ERRORS} == set(CODES)


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.stem)
def test_the_program_of_a_code_gives_that_code_alone(path: Path) -> None:
    first = path.read_bytes().split(b"\n")[0].decode("latin-1")
    command = shlex.split(first.removeprefix("# diffcli ")) if first.startswith("# diffcli ") else ["eval", ""]
    command = [str(path) if each == f"samples/errors/{path.name}" or not each else each for each in command]
    ran = run(*command)
    assert set(re.findall(r"\[(E\d{4})\]", ran.err)) == {path.stem}, ran.err
    assert ran.code == CODES[path.stem].exit_code
