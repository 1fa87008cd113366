"""The benchmark measures the right thing: its programs mean what they say, and a peer that is wrong does not count."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import mpmath
import numpy
import pytest

from diffcli.engine.program import operations
from diffcli.engine.run import execute

from .benchmarks import long, matrices, training_data
from .benchmarks.__main__ import finite
from .benchmarks.comparing import Measurement, best_peer, with_times
from .benchmarks.peers import PEERS, gcc, ours
from .benchmarks.peers.ours import value_and_gradients
from .benchmarks.programs import PROGRAMS, Program
from .benchmarks.reference import compare, reference
from .benchmarks.report import bar, by_case, comparison
from .benchmarks.sections import SECTIONS, section

ROWS = 64
ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_every_task_of_a_peer_can_be_asked_for_without_the_peer(peer: Any) -> None:
    for entry in peer.tasks.values():
        module, function = entry.split(":")
        assert callable(getattr(import_module(f"tests.benchmarks.peers.{module}"), function))


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_runs_and_says_what_it_found(name: str) -> None:
    assert callable(section(name).run)
    assert callable(section(name).lines)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_reference_is_what_mpmath_finds(program: Program) -> None:
    functions = {name: getattr(mpmath, name) for name in ("sin", "exp", "log", "sqrt", "tanh", "log1p", "erf")}
    function = program.function(functions)
    columns = program.columns(3)
    found = reference(program, columns)
    with mpmath.workdps(40):
        for row in range(3):
            point = tuple(mpmath.mpf(column[row]) for column in columns)
            orders = [tuple(int(place == other) for other in range(len(point))) for place in program.places]
            wanted = [function(*point), *(mpmath.diff(function, point, order) for order in orders)]
            for output, value in zip(found, wanted, strict=True):
                assert output[row] == pytest.approx(float(value), rel=1e-12)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_text_means_the_same_in_diffcli(program: Program) -> None:
    columns = program.columns(ROWS)
    targets, inputs = value_and_gradients(program.text, program.inputs, program.wrt)
    expected = reference(program, columns)
    for row in range(ROWS):
        point = {node: float(column[row]) for node, column in zip(inputs, columns, strict=True)}
        values = execute(targets, point, "float64", False)
        found = [numpy.float64(values[target]) for target in targets]
        assert compare(found, [output[row] for output in expected]).agrees


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_c_means_the_same(program: Program) -> None:
    columns = program.columns(ROWS)
    assert compare(gcc.exact_rows(program, columns).run(), reference(program, columns)).agrees


def test_the_matrices_by_hand_are_those_of_diffcli() -> None:
    size = 7
    x = matrices.point(size)
    for task, wanted in (
        (ours.hessian(x), matrices.rosenbrock_hessian(x)),
        (ours.jacobian(x), matrices.banded_jacobian(x)),
    ):
        assert compare(task.read(task.run()), [wanted]).agrees


def test_the_training_steps_by_hand_are_those_of_diffcli() -> None:
    data = training_data.batch(4)
    network = ours.network(data)
    assert compare(network.read(network.run()), training_data.network_step(data), 1e-4).agrees
    line = ours.regression(training_data.LINE_STATE, training_data.line_samples())
    assert compare(line.read(line.run()), training_data.line_steps()).agrees


def test_the_long_programs_are_as_long_as_asked_for() -> None:
    (value, slope), (x,) = value_and_gradients(long.chain(300), ["x"], ["x"])
    assert operations([value]) == 300
    found = execute([value, slope], {x: 0.7}, "float64", False)
    assert [found[value], found[slope]] == pytest.approx(long.chain_value(300, 0.7), rel=1e-14)
    names = [f"x{place}" for place in range(4)]
    targets, inputs = value_and_gradients(long.mixture(200), names, names)
    values = execute(targets, dict.fromkeys(inputs, 0.5), "float64", False)
    assert all(math.isfinite(values[target]) for target in targets)


EXPECTED = [numpy.array([1.0, 2.0, 1e-9]), numpy.array([100.0, 0.0, -50.0])]


def test_rounding_is_agreement() -> None:
    found = [EXPECTED[0] * (1 + 1e-15), EXPECTED[1] + 1e-14]
    assert compare(found, EXPECTED).agrees


@pytest.mark.parametrize(
    "found",
    [
        [EXPECTED[0], EXPECTED[1] + numpy.array([0.0, 1e-8, 0.0])],
        [EXPECTED[0], -EXPECTED[1]],
        [EXPECTED[0], numpy.array([100.0, math.nan, -50.0])],
        [EXPECTED[0], numpy.array([100.0, 0.0, math.inf])],
        [EXPECTED[0]],
        [EXPECTED[0], EXPECTED[1][:2]],
        [EXPECTED[1], EXPECTED[0]],
    ],
)
def test_a_wrong_peer_disagrees(found: list[Any]) -> None:
    assert not compare(found, EXPECTED).agrees


def _measured() -> list[Measurement]:
    ready = {
        "diffcli": Measurement("case", "diffcli", first=0.1, error=0.0),
        "jax": Measurement("case", "jax", first=0.5, error=1e-16),
        "liar": Measurement("case", "liar", first=0.5, error=0.5, problem="disagrees by 5.0e-01"),
        "gcc -Ofast 512": Measurement("case", "gcc -Ofast 512", first=0.1, error=1e-16),
        "absent": Measurement("case", "absent", problem="no erf"),
    }
    samples = {
        "diffcli": [[1.0, 2.0, 3.0], [2.0], [4.0]],
        "jax": [[6.0], [4.0], [16.0]],
        "liar": [[0.1], [0.1], [0.1]],
        "gcc -Ofast 512": [[1.0], [1.0], [1.0]],
    }
    return with_times(ready, samples)


def test_ratios_are_those_within_a_round() -> None:
    found = {each.peer: each for each in _measured()}
    assert found["diffcli"].minimum == 1.0
    assert found["diffcli"].median == 2.0
    assert found["jax"].ratios == {"diffcli": 3.0}  # of 3, 2 and 4, not 6 / 2


def test_a_wrong_peer_is_named_and_does_not_count() -> None:
    measurements = _measured()
    found = {each.peer: each for each in measurements}
    assert found["liar"].ratios is None
    best = best_peer(measurements)
    assert best is not None
    assert best.peer == "jax"  # neither the wrong one nor the ceiling
    text = "\n".join(comparison("title", measurements, 1.0, "s"))
    assert "disagrees by 5.0e-01" in text
    assert "absent: no erf" in text


def test_measurements_come_back_from_json() -> None:
    measurements = _measured()
    written = json.loads(json.dumps([each._asdict() for each in measurements]))
    assert by_case(written) == {"case": measurements}


def test_what_is_not_finite_is_null_in_json() -> None:
    assert finite({"a": [1.0, math.inf, math.nan], "b": "inf"}) == {"a": [1.0, None, None], "b": "inf"}


def test_a_bound_is_met_or_missed() -> None:
    assert bar("", 3.0, least=3.0)["met"]
    assert not bar("", 2.9, least=3.0)["met"]
    assert not bar("", math.nan, most=3.0)["met"]


def test_one_command_writes_json_without_any_peer(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    options = [
        "--programs",
        "logit",
        "--rows",
        "100",
        "--rounds",
        "1",
        "--seconds",
        "0",
        "--quiet",
        "--json",
        str(path),
    ]
    peers = ["--peers", "diffcli blocked,jax"]
    command = [sys.executable, "-m", "tests.benchmarks", "rows", *options, *peers]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(path.read_text())
    assert set(result) == {"machine", "settings", "versions", "skipped", "sections"}
    assert {*result["versions"], *result["skipped"]} == {"diffcli blocked", "jax"}
    ours = result["sections"]["rows"]["measurements"][0]
    assert set(ours) == set(Measurement._fields)
    assert (ours["peer"], ours["problem"]) == ("diffcli blocked", None)
    assert ours["error"] <= 1e-11
    assert str(Path.home()) not in path.read_text()


@pytest.mark.parametrize("options", [["nothing"], ["--peers", "nobody"], ["--programs", "none"]])
def test_a_wrong_name_is_refused_with_those_there_are(options: list[str]) -> None:
    command = [sys.executable, "-m", "tests.benchmarks", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "there are" in done.stderr
