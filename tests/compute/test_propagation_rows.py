"""Uncertainties over rows: those of a single point in every row, whatever the blocks."""

from __future__ import annotations

from math import isnan, sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest

from diffcli.compute import Request
from diffcli.compute.propagation import propagate
from diffcli.compute.rowdata.opening import opened
from diffcli.data import FormatError
from diffcli.diagnostic import DiagnosticError
from diffcli.source import Source
from tests.compute.rowdata import cells, job, table, written

PENDULUM = "var L = 1 ± 0.002\nvar T = 2 ± 0.004\ncorr(L, T) = 0.25\ng = 4 * pi**2 * L / T**2\n"
COUNT = 300


@pytest.fixture
def data(tmp_path: Path) -> Path:
    random = Random(5)
    columns = {
        "L": [random.uniform(0.5, 1.5) for _ in range(COUNT)],
        "T": [random.uniform(1, 3) for _ in range(COUNT)],
        "sigma": [random.uniform(0, 0.1) for _ in range(COUNT)],
        "u.T": [random.uniform(0, 0.1) for _ in range(COUNT)],
    }
    return table(tmp_path / "readings.csv", columns)


def rows(text: str, path: Path, request: dict[str, Any] | None = None, **rest: Any) -> dict[str, list[str]]:
    asked = {"measured": (), **(request or {})}
    return cells(written(job(text, path, command=propagate, request=asked, **rest)))


def test_every_row_has_the_uncertainty_of_its_point(data: Path) -> None:
    found = rows(PENDULUM, data, mapping=(("u.L", "sigma"),))
    for place in range(0, COUNT, 10):
        row = {name: column[place] for name, column in found.items()}
        point = Request(
            Source("f.expr", PENDULUM),
            at=(("L", row["L"]), ("T", row["T"])),
            uncertainties=(("L", row["sigma"]), ("T", row["u.T"])),
        )
        result = propagate(point)
        assert float(row["uncertainty"]) == pytest.approx(result.targets[0].uncertainty, rel=1e-13)
        percents = [float(row[f"contribution.{name}"]) for name in ("L", "T", "L.T")]
        assert percents == pytest.approx([each.percent for each in result.budget], rel=1e-12)
        assert sum(percents) == pytest.approx(100, rel=1e-13)


def test_without_a_column_the_declared_uncertainty_holds(data: Path) -> None:
    found = rows("var L = 1 ± 0.002\nvar T = 2 ± 0.004\ng = L * T", data)
    for length, period, error, out in zip(found["L"], found["T"], found["u.T"], found["uncertainty"], strict=True):
        expected = sqrt((float(period) * 0.002) ** 2 + (float(length) * float(error)) ** 2)
        assert float(out) == pytest.approx(expected, rel=1e-13)


def test_what_was_given_takes_the_place_of_a_column(data: Path) -> None:
    found = rows("var L = 1\nvar T = 2\ng = L + T", data, {"uncertainties": (("T", "0.5"),)})
    assert set(found["uncertainty"]) == {"0.5"}


def test_blocks_change_no_byte(data: Path) -> None:
    request = {"measured": ()}
    whole = written(job(PENDULUM, data, command=propagate, request=request, mapping=(("u.L", "sigma"),)))
    for block in (1, 7, 64):
        other = job(
            PENDULUM, data, command=propagate, request=request, mapping=(("u.L", "sigma"),), block=block, jobs=2
        )
        assert written(other) == whole


def test_several_targets_and_vectors(tmp_path: Path) -> None:
    columns = {"x_0": [1.0, 2.0], "x_1": [3.0, 4.0], "u.x_0": [0.1, 0.2], "u.x_1": [0.3, 0.4], "z": [2.0, 3.0]}
    path = table(tmp_path / "vectors.csv", columns)
    found = rows("input x: [2]\ninput z ± 0.5\ns = sum(x) * z\nd = 2 * x", path)
    for place in range(2):
        u = [columns["u.x_0"][place], columns["u.x_1"][place]]
        x, z = columns["x_0"][place] + columns["x_1"][place], columns["z"][place]
        expected = sqrt(z * z * (u[0] ** 2 + u[1] ** 2) + (0.5 * x) ** 2)
        assert float(found["uncertainty.s"][place]) == pytest.approx(expected, rel=1e-13)
        shown = [float(found[f"uncertainty.d_{index}"][place]) for index in (0, 1)]
        assert shown == pytest.approx([2 * each for each in u], rel=1e-14)
        assert float(found["contribution.s.z"][place]) == pytest.approx(100 * (0.5 * x / expected) ** 2, rel=1e-12)
    assert "contribution.d.z_0" not in found and "contribution.d.x_1" in found


def test_a_negative_uncertainty_gives_no_number(tmp_path: Path) -> None:
    path = table(tmp_path / "negative.csv", {"x": [1.0, 1.0], "u.x": [0.1, -0.1]})
    found = rows("input x\ny = 2*x", path)
    assert found["uncertainty"][0] == "0.2" and isnan(float(found["uncertainty"][1]))


def test_what_is_exact_or_cut_is_said(data: Path) -> None:
    run = opened(job("var L = 1\nvar T = 2\ny = floor(T) * L", data, command=propagate, request={"measured": ()}))
    run.reader.close()
    notes = " ".join(run.plan.notes)
    assert "`L` counts as exact" in notes and "contribution.T is none in every row" in notes and "floor" in notes


def test_mistakes(data: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no input `u\.q`"):
        rows(PENDULUM, data, mapping=(("u.q", "sigma"),))
    with pytest.raises(DiagnosticError) as caught:
        rows("var L = 1\nvar T = 2\ng = L", table(tmp_path / "plain.csv", {"L": [1.0]}))
    assert [each.code for each in caught.value.diagnostics] == ["E0620"]
    with pytest.raises(DiagnosticError) as caught:
        rows(PENDULUM, data, {"correlations": (("L", "T", "1.5"),)})
    assert [each.code for each in caught.value.diagnostics] == ["E0622"]
    with pytest.raises(FormatError, match=r"no input `u\.L`"):  # of another command
        cells(written(job(PENDULUM, data, mapping=(("u.L", "sigma"),))))
