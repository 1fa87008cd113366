"""`fit` on nonlinear regression problems whose answers NIST has certified, from both of NIST's starts."""

from __future__ import annotations

from collections.abc import Iterable
from math import log10
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import run
from tests.nist.problems import PROBLEMS

WANTED = 6


def digits(found: Iterable[float], certified: Iterable[float]) -> float:
    """To how many digits all numbers agree with the certified ones: NIST's log relative error, 11 at the most."""
    worst = max(abs(one - other) / abs(other) for one, other in zip(found, certified, strict=True))
    return min(11.0, -log10(worst)) if worst else 11.0


def numbers(text: str) -> list[float]:
    return [float(each) for each in text.split()]


def fitted(name: str, start: int, folder: Path) -> dict[str, Any]:
    """The document of a fit from one of the two starts."""
    problem = PROBLEMS[name]
    variables = "".join(f"var b{place} = {text}\n" for place, text in enumerate(problem.starts[start - 1].split(), 1))
    model, data = folder / "model.expr", folder / "data.csv"
    columns = {"x": problem.x.split(), "y": problem.y.split(), **({"x2": problem.x2.split()} if problem.x2 else {})}
    inputs = "".join(f"input {name}\n" for name in columns if name != "y")
    model.write_text(f"{inputs}{variables}y = {problem.model}\n")
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    data.write_text("".join(f"{','.join(row)}\n" for row in rows))
    ran = run("fit", str(model), "--data", str(data), "--json")
    assert ran.code == 0, ran.err
    return ran.document


def compared(name: str, start: int, folder: Path) -> tuple[float, float, float]:
    """The digits of the parameters, of their standard errors, and of the sum of squares."""
    problem, found = PROBLEMS[name], fitted(name, start, folder)
    return (
        digits([row["value"] for row in found["parameters"]], numbers(problem.parameters)),
        digits([row["standard_error"] for row in found["parameters"]], numbers(problem.deviations)),
        digits([found["residual_sum_of_squares"]], [problem.squares]),
    )


def test_digits_are_counted() -> None:
    assert digits([1.0], [1.0]) == 11
    assert digits([1.00001, 2.0], [1.0, 2.0]) == pytest.approx(5)
    assert digits([1.0, -2.0], [1.0, 2.0]) < 1


@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.parametrize("name", PROBLEMS)
def test_it_agrees_with_the_certified_values(name: str, start: int, tmp_path: Path) -> None:
    assert min(compared(name, start, tmp_path)) >= WANTED


if __name__ == "__main__":  # the table of digits: python -m tests.nist.test_nist
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        for name in PROBLEMS:
            for start in (1, 2):
                print(f"{name:9} start {start}", *(f"{each:4.1f}" for each in compared(name, start, Path(folder))))
