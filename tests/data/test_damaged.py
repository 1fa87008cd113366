"""Damaged files: what is wrong and where is said, what is good is kept, and no number is silently another one."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from diffcli.data import DataError, Settings, open_reader

from .damaged import DAMAGED, PYARROW, Damaged

TEXT = [each for each in DAMAGED if not each.suffix.endswith((*PYARROW, ".npy", ".npz"))]
SMALL = [each for each in DAMAGED if "million" not in each.name and len(each.content()) < 1000]


def name_of(case: Damaged) -> str:
    return f"{case.name}{case.suffix}"


def check(case: Damaged, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / f"damaged{case.suffix}"
    path.write_bytes(case.content())
    good: list[float] = []
    faults = []
    error = None
    try:
        reader = open_reader(str(path), wanted=["a", "b"], settings=settings)
        for block in reader.blocks():
            (a, first), (_, second) = block.numbers("a"), block.numbers("b")
            here = [*block.faults, *first, *second]
            faults += sorted(here, key=lambda fault: fault.row)
            bad = {fault.row for fault in here}
            good += [float(value) for row, value in enumerate(a) if row not in bad]
            assert len(a) == block.count
    except DataError as found:
        error = found
    said = [(each.line or each.place.row, each.name, each.column, each.message) for each in faults]
    assert len(said) == len(case.faults), said
    for (line, name, column, words), (line_found, name_found, column_found, message) in zip(
        case.faults, said, strict=True
    ):
        assert (line_found, name_found) == (line, name)
        assert column in (None, column_found)
        assert words in message
    assert all(each.file == str(path) for each in faults)
    if case.error is None:
        assert error is None, error
    else:
        assert error is not None
        assert case.error in error.message
        assert case.line in (None, error.line)
        assert case.column in (None, error.column)
        assert error.file.startswith(str(path))
    if case.good is not None and len(good) > 100:
        good = good[: len(case.good)]
    assert len(good) == len(case.good)
    for found_number, number in zip(good, case.good, strict=True):
        assert math.isnan(number) == math.isnan(found_number)
        assert math.isnan(number) or (found_number, math.copysign(1, found_number)) == (
            number,
            math.copysign(1, number),
        )


@pytest.mark.parametrize("case", DAMAGED, ids=name_of)
def test_it_says_what_and_where(case: Damaged, tmp_path: Path) -> None:
    check(case, tmp_path, Settings())


@pytest.mark.parametrize("case", TEXT, ids=name_of)
def test_it_says_the_same_without_pyarrow(case: Damaged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    check(case, tmp_path, Settings())


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("case", SMALL, ids=name_of)
def test_it_says_the_same_however_the_file_is_cut(case: Damaged, size: int, tmp_path: Path) -> None:
    if "spread over" not in case.name:
        check(case, tmp_path, Settings(rows=2, bytes=size))
