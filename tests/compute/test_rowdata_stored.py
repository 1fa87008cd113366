"""Parts in object storage, and where the parts of a job begin in its files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from diffcli.compute.rowdata import opening
from diffcli.compute.rowdata import parts as in_parts
from diffcli.compute.rowdata.opening import Job, opened
from diffcli.compute.rowdata.parts import Parts, write_in_parts
from diffcli.compute.rowdata.parts_here import parts_of
from diffcli.compute.rowdata.run import Totals, write_rows
from diffcli.compute.rowdata.starts import Starts
from diffcli.data import DataError
from tests.compute.rowdata import job, table

fsspec = pytest.importorskip("fsspec")
ROWS = 10_500


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of few rows, files read in small pieces."""
    settings = opening._settings
    monkeypatch.setattr(in_parts, "PART", 1000)
    monkeypatch.setattr(opening, "_settings", lambda *given: settings(*given)._replace(bytes=4096))


@pytest.fixture
def memory():
    """The store in memory, empty."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    draw = random.Random(3)
    columns = {"n": list(range(ROWS)), "x": [draw.gauss(0, 1) for _ in range(ROWS)]}
    return table(tmp_path / "d.csv", columns)


def work(data: Path, text: str = "input x; z = x**2", **rest: object) -> Job:
    return job(text, data, **({"block": 640} | rest))  # type: ignore[arg-type]


def ended(parts: Parts) -> None:
    """Let parts and what they are made of go."""
    parts.close()
    parts.opened.reader.close()


def written(parts: Parts) -> None:
    """Compute all parts and join them."""
    write_in_parts(parts, Totals(), lambda totals: None)
    parts.remove()
    ended(parts)


def direct(asked: Job, target: Path) -> bytes:
    run = opened(asked)
    write_rows(run, str(target), "csv", Totals(), lambda totals: None)
    run.reader.close()
    return target.read_bytes()


def test_who_was_given_up_cannot_spoil_a_later_run(data, memory, tmp_path):
    target = "memory://shop/out.csv"
    early = parts_of(opened(work(data)), target, "csv")
    late = parts_of(opened(work(data, "input x; z = x**3")), target, "csv")
    assert late.anew and early.folder != late.folder
    for part in range(11):
        memory.pipe_file(early.path(part).removeprefix("memory:/"), b"n,x,z\n0,0,0\n")
    written(late)
    assert memory.cat_file("/shop/out.csv") == direct(work(data, "input x; z = x**3"), tmp_path / "want.csv")
    memory.rm_file(early.path(3).removeprefix("memory:/"))
    with pytest.raises(DataError, match="not the 12 bytes"):
        early.keep(3, "00000003.data", 12)
    ended(early)


def test_two_runs_of_one_key_share_their_parts(data, memory, tmp_path):
    one, other = (parts_of(opened(work(data)), "memory://shop/out.csv", "csv") for _ in "ab")
    assert one.folder == other.folder and not other.anew
    write_in_parts(one, Totals(), lambda totals: None)
    written(other)
    ended(one)
    assert memory.cat_file("/shop/out.csv") == direct(work(data), tmp_path / "want.csv")
    assert list(memory.store) == ["/shop/out.csv"]


def test_a_part_that_was_taken_away_is_named(data, memory):
    one = parts_of(opened(work(data)), "memory://shop/out.csv", "csv")
    write_in_parts(one, Totals(), lambda totals: None)
    memory.rm_file(one.path(4).removeprefix("memory:/"))
    with pytest.raises(DataError, match=r"00000004\.data: cannot be read: there is no such file"):
        in_parts.join(one, [one.path(part) for part in range(11)])
    ended(one)


@pytest.mark.parametrize("rows", [(0, None), (2500, None), (3333, 7777)])
def test_parts_begin_where_their_rows_do(data, rows):
    run = opened(work(data, rows=rows))
    every = {int(row): block.place(at).text for block in run.blocks() for at, row in enumerate(block.rows)}
    starts, found = Starts(run), {}
    for part in range(rows[0] // 1000, 12):
        mark = starts.before(part * 1000)
        assert mark is not None and mark.first + mark.rows <= part * 1000
        assert part < 4 or mark.rows > part * 1000 - 1000 or starts.ended(part * 1000)
        assert starts.ended(part * 1000) == (part * 1000 >= ROWS)
        mine = opened(work(data, rows=rows))
        for block in mine.blocks(part * 1000, part * 1000 + 1000, mark):
            found |= {int(row): block.place(at).text for at, row in enumerate(block.rows)}
            assert mine.reader.parts[0].taken - mark.offset < 1 << 19
        mine.reader.close()
    assert found == every
    run.reader.close()


def test_a_file_that_breaks_off_is_no_matter_of_starts(data):
    with data.open("a") as file:
        file.write('1,"open')
    run = opened(work(data))
    starts = Starts(run)
    assert starts.before(9000) is not None and not starts.ended(100_000)
    run.reader.close()
