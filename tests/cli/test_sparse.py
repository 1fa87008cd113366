"""`--sparse`: coordinates of the pattern, statuses and reasons as for full matrices, large sources."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from diffcli.compute.values import flat

from .running import run

ROSENBROCK = "f = sum(100*(x[1:]-x[:-1]**2)**2 + (1-x[:-1])**2)\n"


def rows(*arguments: str, stdin: str = "") -> list[dict[str, Any]]:
    done = run(*arguments, "--json", stdin=stdin)
    assert done.code == 0, done.err
    return done.document["jacobians" if arguments[0] == "jacobian" else "hessians"]  # type: ignore[no-any-return]


def entries(row: dict[str, Any]) -> dict[tuple[int, int], Any]:
    sparse = row["sparse"]
    return dict(zip(zip(sparse["rows"], sparse["columns"], strict=True), sparse["values"], strict=True))


@pytest.mark.parametrize("given", ["var x = linspace(-1, 2, 1000)\n", "var x = 3*arange(1000)/999 - 1\n"])
def test_rosenbrock_in_a_thousand_variables(given: str) -> None:
    (row,) = rows("hessian", "-", "--sparse", stdin=given + ROSENBROCK)
    assert (row["status"], row["value"], row["shape"]) == ("ok", None, [1000, 1000])
    assert row["sparse"]["colours"] == 3
    found = entries(row)
    assert len(found) == 2998
    x = [-1 + 3 * i / 999 for i in range(1000)]
    for i in (0, 1, 500, 998):
        assert found[i, i] == pytest.approx(1200 * x[i] ** 2 - 400 * x[i + 1] + 2 + (200 if i else 0), rel=1e-9)
        assert found[i, i + 1] == found[i + 1, i] == pytest.approx(-400 * x[i], rel=1e-9)
    assert found[999, 999] == 200


def test_a_vector_may_be_fed_by_an_expression() -> None:
    (row,) = rows("hessian", "-e", "var x: [n]\n" + ROSENBROCK, "--at", "x=ones([300])", "--sparse")
    assert entries(row)[7, 7] == 1200 - 400 + 2 + 200


def test_the_same_numbers_as_the_full_matrix_in_every_mode() -> None:
    text = "var x = [0.5, 1, 2, 3]\ny = sin(x) * x[0] + flip(x)**2"
    (full,) = rows("jacobian", "-e", text, "--of", "y")
    for mode in ("auto", "forward", "reverse", "numeric", "symbolic"):
        (row,) = rows("jacobian", "-e", text, "--of", "y", "--sparse", "--mode", mode)
        for (i, j), value in entries(row).items():
            assert value == pytest.approx(full["value"][i][j], rel=1e-9, abs=1e-9)


def test_the_pattern_has_entries_that_happen_to_be_zero() -> None:
    (row,) = rows("jacobian", "-e", "x * roll(x, 1)", "--at", "x=[0, 0, 0]", "--sparse")
    assert row["status"] == "zero"
    assert set(entries(row)) == {(0, 0), (0, 2), (1, 0), (1, 1), (2, 1), (2, 2)}


def test_statuses_and_reasons() -> None:
    text = "var x = [1, 2]\nvar z = 3\ny = floor(x)\nw = 2*x\n"
    (cut,) = rows("jacobian", "-e", text, "--of", "y", "--wrt", "x", "--sparse")
    assert (cut["status"], cut["reason"]["code"], cut["sparse"]) == ("none", "cut", None)
    (zero,) = rows("jacobian", "-e", text, "--of", "y", "--wrt", "x", "--sparse", "--unconnected", "zero")
    assert (zero["status"], zero["value"], zero["sparse"]["values"]) == ("zero", None, [])
    (linear,) = rows("hessian", "-e", text, "--of", "w", "--wrt", "x", "--sparse")
    assert (linear["status"], entries(linear)) == ("zero", {})
    (unused,) = rows("hessian", "-e", text, "--of", "w", "--wrt", "z", "--sparse")
    assert (unused["status"], unused["reason"]["code"]) == ("none", "unused")


def test_infinite_entries_have_their_reason_and_spoil_no_others() -> None:
    (row,) = rows("jacobian", "-e", "log(x[1:]) * x[:-1]", "--at", "x=[3, 0, 1]", "--sparse")
    assert row["status"] == "inf"
    assert "log(x[1:])" in row["reason"]["message"]
    assert entries(row) == {(0, 0): "-inf", (0, 1): "inf", (1, 1): 0.0, (1, 2): 0.0}


def test_tapes_and_stops_hold() -> None:
    text = "var x = [1, 2, 3]\ns = roll(x, 1)\ny = s * x\n"
    (row,) = rows("jacobian", "-e", text, "--of", "y", "--wrt", "x", "--stop", "s", "--sparse")
    assert entries(row) == {(0, 0): 3.0, (1, 1): 1.0, (2, 2): 2.0}
    taped = "var x = [1, 2]\nb = 2*x\ntape { y = b * flip(x) }\n"
    (row,) = rows("jacobian", "-e", taped, "--of", "y", "--wrt", "x", "--sparse")
    assert entries(row) == {(0, 1): 2.0, (1, 0): 4.0}


def test_without_values_there_are_formulas() -> None:
    (row,) = rows("hessian", "-e", "x**3", "--sparse")
    assert (row["value"], row["sparse"], row["expression"]) == (None, None, "6 * x")


def test_a_table_lists_the_entries() -> None:
    done = run("jacobian", "-e", "x**2", "--at", "x=[1, 2]", "--sparse", "--format", "plain")
    assert done.out == "out  x  2 entries of [2, 2] (0, 0) 2.0 (1, 1) 4.0\n"


SAMPLES = sorted(each for each in (Path(__file__).parents[2] / "samples" / "classics").glob("*.expr"))


@pytest.mark.parametrize("command", ["jacobian", "hessian"])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_as_full_matrices(command: str, path: Path) -> None:
    """Entries outside of the pattern are 0 in the full matrix, those in it the same."""
    full, sparse = run(command, str(path), "--json"), run(command, str(path), "--sparse", "--json")
    assert (full.code, full.err) == (sparse.code, sparse.err)
    for dense, row in zip(full.document[f"{command}s"], sparse.document[f"{command}s"], strict=True):
        assert (dense["status"], dense["reason"], dense["shape"]) == (row["status"], row["reason"], row["shape"])
        if dense["value"] is None:
            assert dense["expression"] == row["expression"]
            continue
        found, columns = entries(row), row["sparse"]["shape"][1]
        for place, number in enumerate(flat(dense["value"])):
            assert found.get(divmod(place, columns), 0.0) == pytest.approx(number, rel=1e-9, abs=1e-12)


def test_strict_rules_and_own_gradients_are_as_the_full_matrix() -> None:
    text = "def f(t) = t**2 with grad 5 + 0*g\nvar x = [1, 2]\ny = f(x)\n"
    (own,) = rows("jacobian", "-e", text, "--of", "y", "--wrt", "x", "--sparse")
    assert entries(own) == {(0, 0): 5.0, (0, 1): 5.0, (1, 0): 5.0, (1, 1): 5.0}
    (strict,) = rows("jacobian", "-e", "log(x)*roll(x,1)", "--at", "x=[0,1]", "--sparse", "--strict-tf")
    assert entries(strict) == {(0, 0): "inf", (0, 1): "-inf", (1, 0): "nan", (1, 1): "nan"}


def test_large_sources_take_memory_by_their_entries() -> None:
    """As a full matrix this would be 3.2 GB."""
    (row,) = rows("hessian", "-", "--sparse", stdin="var x = linspace(-1, 2, 20000)\n" + ROSENBROCK)
    assert len(row["sparse"]["values"]) == 3 * 20000 - 2
    assert math.isfinite(sum(row["sparse"]["values"]))
