"""Reductions against exact arithmetic, and samples: neither depends on how the rows come."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from diffcli.compute import evaluate
from diffcli.compute.rowdata.histogram import Histogram
from diffcli.compute.rowdata.opening import opened
from diffcli.compute.rowdata.run import Totals, reduce_rows
from diffcli.results_reduce import REDUCTIONS, ReduceResult
from tests.compute.rowdata import SCHOLES, cells, job, table, written

COUNT = 30_011


def reduced(work: object, asked: tuple[str, ...] = REDUCTIONS) -> ReduceResult:
    run = opened(work)  # type: ignore[arg-type]
    result = reduce_rows(run, asked, Totals(), lambda totals: None)
    run.reader.close()
    return result


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    """Numbers of many sizes that nearly cancel: plain addition has no right digit here."""
    draw = random.Random(1)
    values = [draw.gauss(0, 1) * 10 ** draw.randint(-9, 9) for _ in range(COUNT // 2)]
    values += [-each for each in values] + [1e-9]
    draw.shuffle(values)
    return table(tmp_path_factory.mktemp("data") / "n.csv", {"x": values}), values


def test_sums_and_norms_are_those_of_exact_arithmetic(numbers):
    path, values = numbers
    row = reduced(job("x", path, command=evaluate)).reduced[0]
    exact = math.fsum(values)
    assert abs(row.sum - exact) <= 2**-95 * sum(map(abs, values)) < abs(sum(values) - exact)
    assert row.mean == pytest.approx(exact / len(values), rel=1e-15)
    assert (row.rows, row.nan, row.inf) == (len(values), 0, 0)
    assert (row.min, row.max) == (min(values), max(values))
    squares = sum((Fraction(each) ** 2 for each in values), Fraction())
    assert row.norm == pytest.approx(math.sqrt(squares), rel=3e-16)


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("block", [1000, 8192, 1_000_000])
def test_blocks_and_jobs_change_no_bit(numbers, jobs, block):
    path, _ = numbers
    work = job("y = x**3; z = sin(x)", path, jobs=jobs, block=block, where="x < 1e7")
    assert reduced(work) == reduced(job("y = x**3; z = sin(x)", path, where="x < 1e7"))


def test_parts_change_no_bit(numbers, tmp_path):
    path, values = numbers
    one = table(tmp_path / "a.csv", {"x": values[:12_345]})
    two = table(tmp_path / "b.csv", {"x": values[12_345:]})
    assert reduced(job("x*3", one, two)).reduced == reduced(job("x*3", path)).reduced


def test_norms_neither_overflow_nor_vanish(tmp_path):
    for size in (1e300, 1e-300, 5e-324, 1.0):
        path = table(tmp_path / "t.csv", {"x": [3 * size, -4 * size]})
        assert reduced(job("x", path, command=evaluate)).reduced[0].norm == pytest.approx(5 * size, rel=1e-15)
    path = table(tmp_path / "t.csv", {"x": [3e200, 4e200, 1.0, 1e-300]})
    assert reduced(job("x", path, command=evaluate)).reduced[0].norm == pytest.approx(5e200, rel=1e-15)


@pytest.mark.parametrize(
    ("values", "total", "norm"),
    [
        (["1", "inf", "2"], math.inf, math.inf),
        (["1", "-inf", "2"], -math.inf, math.inf),
        (["inf", "-inf"], math.nan, math.inf),
        (["1", "nan", "inf"], math.nan, math.nan),
    ],
)
def test_what_is_not_finite_is_counted_and_stays(tmp_path, values, total, norm):
    path = table(tmp_path / "t.csv", {"x": values})
    row = reduced(job("x", path, command=evaluate)).reduced[0]
    assert repr(row.sum) == repr(total) and repr(row.norm) == repr(norm)
    assert row.nan == values.count("nan") and row.inf == sum("inf" in each for each in values)


def test_bad_rows_are_left_out(tmp_path):
    path = table(tmp_path / "t.csv", {"x": ["1", "", "4"]})
    for on_error in ("skip", "null"):
        result = reduced(job("x**2", path, on_error=on_error), ("sum",))
        assert result.bad == 1 and [(row.column, row.rows, row.sum) for row in result.reduced] == [
            ("value", 2, 17.0),
            ("grad.x", 2, 10.0),
        ]
        assert result.reduced[0].mean is None


def test_histograms_count_exactly_and_in_any_order():
    draw = random.Random(4)
    for values in (
        [draw.gauss(5, 2) for _ in range(5000)],
        [draw.uniform(-1, 1) * 10 ** draw.randint(-20, 20) for _ in range(3000)],
        [1e-10, 1.1e-10, 1.05e-10],
        [0.0, 0.0, 1e-300],
        [1e308, -1e308, 0.5],
        [7.0, 7.0],
        [0.0],
    ):
        results = []
        for _ in range(4):
            histogram = Histogram()
            draw.shuffle(values)
            place = 0
            while place < len(values):
                size = draw.choice([1, 2, 1000])
                histogram.add(np.array(values[place : place + size]))
                place += size
            results.append(histogram.result())
        assert all(each == results[0] for each in results)
        found = results[0]
        assert found.start is not None and found.width is not None
        assert sum(found.counts) == len(values) and len(found.counts) <= 33
        if min(values) == max(values):
            assert (found.start, found.width) == (values[0], 0)
            continue
        for place, count in enumerate(found.counts):
            first = found.start / found.width + place
            low, high = first * found.width, (first + 1) * found.width
            assert count == sum(low <= each < high for each in values)


def test_samples_are_the_same_rows_whatever_the_blocks(numbers):
    path, _ = numbers
    found = [
        written(job("x", path, sample=1000, seed=3, jobs=jobs, block=block))
        for jobs, block in ((1, None), (2, 97), (3, 5000))
    ]
    assert found[0] == found[1] == found[2]
    assert found[0].count(b"\n") == 1001
    assert written(job("x", path, sample=1000, seed=4)) != found[0]


def test_a_sample_is_of_the_rows_that_are_chosen_and_in_their_order(tmp_path):
    path = table(tmp_path / "t.csv", {"x": list(range(10_000))})
    got = [int(each) for each in cells(written(job("x", path, sample=50, where="x >= 5000", block=100)))["x"]]
    assert len(got) == 50 and got == sorted(got) and min(got) >= 5000
    assert cells(written(job("x", path, sample=20_000)))["x"] == [str(row) for row in range(10_000)]
    assert cells(written(job("x", path, sample=0)))["x"] == []


def test_samples_are_even():
    """Every tenth of the rows has its share: a chi-squared test with 9 degrees of freedom, far out in the tail."""
    from diffcli.compute.rowdata.sampling import keys_of

    for seed in range(5):
        keys = keys_of(np.arange(100_000), seed)
        chosen = np.argsort(keys)[:5000] // 10_000
        shares = np.bincount(chosen, minlength=10)
        assert ((shares - 500) ** 2 / 500).sum() < 35


def test_a_reduction_of_the_sample_model(tmp_path):
    draw = random.Random(2)
    columns = {"S": [draw.uniform(50, 150) for _ in range(100)], "σ": [draw.uniform(0.1, 0.6) for _ in range(100)]}
    path = table(tmp_path / "q.csv", columns)
    text = SCHOLES.read_text("utf-8")
    rows = cells(written(job(text, path, request={"wrt": ("S", "σ")})))
    for row in reduced(job(text, path, request={"wrt": ("S", "σ")}), ("sum", "min")).reduced:
        values = [float(each) for each in rows[row.column]]
        assert (row.sum, row.min) == (math.fsum(values), min(values))
