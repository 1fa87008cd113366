"""Compiled programs on disk: found again, never a wrong one, and no harm from files that are torn or written at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401  fills the table of operators
from diffcli.engine import cache
from diffcli.engine.graph import Graph, ancestors
from diffcli.engine.op import Op, Parameter, leaf
from diffcli.engine.run import jit, kernel, native


def loop(factor: float = 2.0, dtype: str = "float64") -> kernel.Loop:
    graph = Graph()
    x = leaf(graph, "x", "input", ())
    target = x * factor + 1.0
    return kernel.Loop(tuple(ancestors([target])), (x,), (), (target,), dtype, False)


def computed(program: kernel.Loop) -> list[float]:
    result = np.empty(9)
    jit.prepare(program)([np.arange(9.0)], [], [result], 0, 9)
    return list(result)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIFFCLI_CACHE_DIR", str(tmp_path))
    return tmp_path / "programs"


EXPECTED = [1.0 + 2.0 * row for row in range(9)]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_a_program_is_compiled_once_and_found_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert computed(loop()) == EXPECTED
    assert len(files(folder)) == 1

    def fail(*_: object) -> bytes:
        raise AssertionError("compiled again")

    monkeypatch.setattr(native, "machine_code", fail)
    assert computed(loop()) == EXPECTED


def test_every_program_has_its_own_file(folder: Path) -> None:
    assert computed(loop()) == EXPECTED
    assert computed(loop(3.0)) == [1.0 + 3.0 * row for row in range(9)]
    assert computed(loop(np.nextafter(2.0, 3.0)))[1] > 3.0
    assert len(files(folder)) == 3


@pytest.mark.parametrize("harm", ["torn", "empty", "turned", "longer", "swapped", "a folder"])
def test_a_file_that_is_not_whole_is_not_used(folder: Path, harm: str) -> None:
    computed(loop())
    (path,) = files(folder)
    content = path.read_bytes()
    if harm == "torn":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "turned":
        path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    elif harm == "longer":
        path.write_bytes(content + b"\0")
    elif harm == "swapped":  # a whole file, of another program
        computed(loop(3.0))
        (other,) = [each for each in files(folder) if each != path]
        path.write_bytes(other.read_bytes())
    else:
        path.unlink()
        path.mkdir()
    assert computed(loop()) == EXPECTED
    if harm != "a folder":
        assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("DIFFCLI_CACHE_DIR", str(blocked))
    assert computed(loop()) == EXPECTED


def test_several_processes_at_once(folder: Path) -> None:
    program = (
        "from tests.engine.run.test_native import computed, loop, EXPECTED\n"
        "assert all(computed(loop(1.0 + place)) == [1 + (1.0 + place) * row for row in range(9)] for place in range(5))"
    )
    running = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]
    assert [each.wait() for each in running] == [0] * 4
    assert len(files(folder)) == 5
    assert all(cache.read(path) is not None for path in files(folder))


def test_the_key_tells_apart_what_the_code_depends_on() -> None:
    host = native.host()
    names = {
        native._name("a", host),
        native._name("b", host),
        native._name("a", host._replace(cpu="other")),
        native._name("a", host._replace(features="+other")),
        native._name("a", host._replace(width=2)),
    }
    assert len(names) == 5
    assert kernel.key_of(loop()) != kernel.key_of(loop(dtype="float32"))


def test_without_the_library_the_message_says_how_to_install_it() -> None:
    program = (
        "import sys; sys.modules['llvmlite'] = None\n"
        "from diffcli.engine.run import native, rows\n"
        "from tests.engine.run.test_native import loop\n"
        "assert not native.available()\n"
        "plan = rows.plan_rows(loop().outputs, loop().columns)\n"
        "assert not plan.segments or plan.segments[0].executor == 'blocked'\n"
        "try:\n    native.binding()\n"
        "except ImportError as error:\n    print(error)\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'diffcli[jit]'" in found.stdout


def test_no_more_lanes_than_the_processor_has() -> None:
    with pytest.raises(ValueError, match="lanes of doubles"):
        native.target_of_width(16)


def test_an_operator_of_somebody_else_is_compiled_anew_each_time(folder: Path) -> None:
    """Two programs may give the same name to different operators."""
    for factor in (2.0, 3.0):
        op = Op("scaled", "", (Parameter("x"),), llvm=lambda v, x, by=factor: x * by, partials=(None,))
        graph = Graph()
        x = leaf(graph, "x", "input", ())
        target = graph.intern(op, (x,), (), (), "float")
        program = kernel.Loop((x, target), (x,), (), (target,), "float64", False)
        assert computed(program) == [factor * row for row in range(9)]
    assert not files(folder)
