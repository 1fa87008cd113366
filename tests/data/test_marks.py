"""Places at which one can begin to read a table: from there on come the same rows as from its start."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from diffcli.data import DataError, Settings, open_reader

SMALL = Settings(rows=50, bytes=2048)
CELLS = ("1", "2.5", "-3e5", "", '"4"', '"a,b"', '"two\nlines"', '"a ""word"""', 'odd "quote', "x\r", "μ", "long" * 30)


def table(draw: random.Random) -> bytes:
    """A table with much that is hard to cut: quotes, line ends of two kinds, blank lines and lines in cells.

    It is larger than what is read to find the names of the columns.
    """
    strange, blank = draw.choice((0, 0.01, 0.3)), draw.choice((0, 0.01, 0.3))
    rows = ["x,note"]
    for _ in range(draw.randrange(5000, 7000)):
        if draw.random() < blank:
            rows.append("")
        rows.append(f"{draw.random()!r},{draw.choice(CELLS) if draw.random() < strange else 'note'}")
    end = draw.choice(("\n", "\r\n"))
    text = end.join(rows) + draw.choice(("", end, end + end))
    return draw.choice((b"", b"\xef\xbb\xbf")) + text.encode()


def objects(draw: random.Random) -> bytes:
    """The same as objects."""
    blank = draw.choice((0, 0.01, 0.3))
    rows = []
    for _ in range(4000):
        rows += [""] if draw.random() < blank else []
        rows.append(json.dumps({"x": draw.random(), "note": "n" * draw.randrange(100)}))
    return "\n".join(rows).encode()


def seen(reader, *range_and_mark) -> list[tuple[int, str, str, int | None]]:
    """Every row: its number, its text, its place and line, and the number in it."""
    found = []
    for block in reader.blocks(*range_and_mark):
        numbers, faults = block.numbers("x")
        wrong = {fault.row: fault.message for fault in (*faults, *block.faults)}
        for row in range(block.count):
            place = block.place(row)
            found.append((int(block.rows[row]), place.row, place.line, place.text, repr(numbers[row]), wrong.get(row)))
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("make", [table, objects])
def test_from_a_mark_on_come_the_same_rows(tmp_path: Path, seed, make):
    draw = random.Random(seed)
    suffix = "csv" if make is table else "ndjson"
    paths = [str(tmp_path / f"{number}.{suffix}") for number in range(1 + seed % 3)]
    for path in paths:
        Path(path).write_bytes(make(draw))
    reader = open_reader(paths, wanted=["x"], settings=SMALL)
    every = seen(reader)
    marks = list(reader.marks())
    assert marks[-1].part == len(paths) and marks[-1].first == len(every)
    assert len(marks) > 10 * len(paths)
    for mark in [marks[-1], *draw.sample(marks, 10)]:
        first = mark.first + mark.rows
        start = first + draw.randrange(100)
        assert seen(reader, first, first + 200, mark) == every[first : first + 200]
        assert seen(reader, start, start + 7, mark) == every[start : start + 7]


def test_a_part_is_read_from_its_mark_and_not_from_the_start(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "".join(f"{row}\n" for row in range(1_000_000)))
    reader = open_reader(str(path), wanted=["x"], settings=Settings(bytes=1 << 18))
    marks = list(reader.marks())
    assert len(marks) > 20
    mark = [each for each in marks if each.first + each.rows <= 900_000][-1]
    assert sum(block.count for block in reader.blocks(900_000, 901_000, mark)) == 1000
    assert reader.parts[0].taken - mark.offset < 1 << 20 < mark.offset


def test_files_that_cannot_be_gone_into_are_counted_where_more_follow(tmp_path):
    for name in "ab":
        with gzip.open(tmp_path / f"{name}.csv.gz", "wt") as file:
            file.write("x\n" + "1\n" * 100)
    reader = open_reader([str(tmp_path / f"{name}.csv.gz") for name in "ab"], wanted=["x"], settings=SMALL)
    assert [(mark.part, mark.first, mark.offset) for mark in reader.marks()] == [(0, 0, 0), (1, 100, 0)]
    *_, mark = reader.marks()
    assert [row for row, *_ in seen(reader, 150, None, mark)] == list(range(150, 200))


def test_files_that_know_their_rows_are_not_read(tmp_path):
    import numpy as np

    for name in "ab":
        np.save(tmp_path / f"{name}.npy", np.arange(10.0))
    reader = open_reader([str(tmp_path / f"{name}.npy") for name in "ab"], wanted=["x"])
    assert [(mark.part, mark.first) for mark in reader.marks()] == [(0, 0), (1, 10), (2, 20)]


def test_a_file_that_breaks_off_has_marks_as_far_as_it_is_good(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "1\n" * 100 + '"open')
    marks = open_reader(str(path), wanted=["x"], settings=SMALL).marks()
    found = []
    with pytest.raises(DataError, match="not closed"):
        found.extend(marks)
    assert found and found[-1].part == 0
