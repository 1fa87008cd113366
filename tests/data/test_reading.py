"""Reading tables: formats by name, several parts as one, some of the rows, places of cells, files that change."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diffcli.data import FORMATS, DataError, Field, FormatError, Settings, format_of, open_reader, open_writer

ENDINGS = [".csv", ".tsv.gz", ".ndjson", ".parquet", ".arrow", ".arrows", ".npy", ".npz"]


def write(path: Path, start: int, stop: int, text: bool = False) -> Path:
    """A file whose column a counts rows and whose b is a multiple of that."""
    rows = np.arange(start, stop)
    if path.suffix == ".npz":
        np.savez(path, a=rows, b=rows * 0.5)
        return path
    source = path.with_name("seed.npz")
    np.savez(source, a=rows, b=rows * 0.5)
    reader = open_reader(str(source))
    with open_writer(str(path), None, reader.fields, []) as writer:
        for block in reader.blocks():
            writer.write(block, {})
    return path


def numbers(paths: list[str], start: int = 0, stop: int | None = None, **settings: int) -> list[float]:
    reader = open_reader(paths, wanted=["a"], settings=Settings(**settings))  # type: ignore[arg-type]
    found: list[float] = []
    for block in reader.blocks(start, stop):
        assert block.first == start + len(found)
        assert block.rows.tolist() == list(range(block.first, block.first + block.count))
        found += block.numbers("a")[0].tolist()
    return found


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.csv", "csv"),
        ("b/c.CSV.GZ", "csv"),
        ("x.tab", "tsv"),
        ("x.tsv.zst", "tsv"),
        ("x.jsonl", "ndjson"),
        ("x.pq", "parquet"),
        ("x.feather", "arrow"),
        ("x.arrows", "arrow"),
        ("x.npy", "npy"),
        ("x.npz", "npz"),
    ],
)
def test_a_suffix_names_a_format(path: str, name: str) -> None:
    assert format_of(path).name == name
    assert format_of("whatever", name).name == name


def test_a_suffix_that_is_not_known_lists_those_that_are() -> None:
    with pytest.raises(FormatError, match="the suffix names no known data format") as found:
        format_of("table.xlsx")
    assert all(each.suffixes[0] in str(found.value.help) for each in FORMATS)
    with pytest.raises(FormatError, match="unknown data format excel"):
        format_of("table.csv", "excel")
    with pytest.raises(FormatError, match="a stream has no name"):
        format_of("-")


@pytest.mark.parametrize("ending", ENDINGS)
def test_parts_are_one_table(ending: str, tmp_path: Path) -> None:
    ranges = [(0, 70), (70, 71 if ending == ".ndjson" else 70), (71 if ending == ".ndjson" else 70, 200)]
    parts = [str(write(tmp_path / f"{index}{ending}", *each)) for index, each in enumerate(ranges)]
    assert numbers(parts) == list(range(200))
    assert numbers(parts, rows=9) == list(range(200))


def test_numbers_that_are_whole_in_one_part_are_numbers_in_all(tmp_path: Path) -> None:
    (tmp_path / "0.ndjson").write_text('{"a":1,"b":2}\n')
    (tmp_path / "1.ndjson").write_text('{"a":1,"b":2.5}\n')
    reader = open_reader([str(tmp_path / "0.ndjson"), str(tmp_path / "1.ndjson")], wanted=["a"])
    with open_writer(str(tmp_path / "out.parquet"), None, reader.fields, []) as writer:
        for block in reader.blocks():
            writer.write(block, {})
    assert pq.read_table(tmp_path / "out.parquet").column("b").to_pylist() == [2.0, 2.5]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("start", "stop"), [(0, 5), (3, 3), (65, 75), (70, 80), (130, None), (199, 500), (200, 300)])
def test_some_rows_of_the_parts(ending: str, start: int, stop: int | None, tmp_path: Path) -> None:
    parts = [str(write(tmp_path / f"{begin}{ending}", begin, end)) for begin, end in ((0, 70), (70, 200))]
    assert numbers(parts, start, stop, rows=16) == list(range(200))[start:stop]


def test_rows_of_large_groups_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": np.arange(1000) * 1.0}), path, row_group_size=300)
    for start, stop in ((0, 300), (299, 301), (300, 600), (650, 901), (999, 1000)):
        assert numbers([str(path)], start, stop, rows=64) == list(range(start, stop))


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("a\n1\n", "second.csv: has no column b, which .*first.csv has"),
        ("a,b,c\n1,2,3\n", "second.csv: has a column c, which .*first.csv has not"),
        ("b,a\n1,2\n", "second.csv: column b is number 1, but number 2 in .*first.csv"),
    ],
)
def test_parts_that_differ_are_refused(second: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "first.csv").write_text("a,b\n1,2\n")
    (tmp_path / "second.csv").write_text(second)
    with pytest.raises(DataError, match=words):
        open_reader([str(tmp_path / "first.csv"), str(tmp_path / "second.csv")])


def test_parts_of_other_types_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1.0]}), tmp_path / "first.parquet")
    pq.write_table(pa.table({"a": ["1"]}), tmp_path / "second.parquet")
    with pytest.raises(DataError, match=r"second.parquet: column a is string, but double in .*first.parquet"):
        open_reader([str(tmp_path / "first.parquet"), str(tmp_path / "second.parquet")])
    (tmp_path / "third.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match=r"third.csv: is csv, but .*first.parquet is parquet"):
        open_reader([str(tmp_path / "first.parquet"), str(tmp_path / "third.csv")])


def test_the_place_of_a_cell_can_be_underlined(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,a\n" + "x,1\n" * 70_000 + '"é, é",one\n')
    faults = [fault for block in open_reader(str(path), wanted=["a"]).blocks() for fault in block.numbers("a")[1]]
    assert len(faults) == 1
    place = faults[0].place
    assert (place.file, place.row, place.line, place.column) == (str(path), 70_001, 70_002, 8)
    span = place.span()
    assert span is not None
    assert span.text == "one"
    assert span.position().as_dict() == {"line": 70_002, "column": 8, "end_column": 11}
    assert span.source.line(70_002) == '"é, é",one'
    assert str(faults[0].error()) == f"{path}:70002:8: column a: `one` is not a number"


def test_the_place_of_a_row_of_a_table_is_its_number(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pq.write_table(pa.table({"a": [1.0, None]}), tmp_path / f"{name}.parquet")
    reader = open_reader([str(tmp_path / "one.parquet"), str(tmp_path / "two.parquet")], wanted=["a"])
    faults = [fault for block in reader.blocks() for fault in block.numbers("a")[1]]
    assert [str(fault.place) for fault in faults] == [f"{tmp_path}/{name}.parquet: row 2" for name in ("one", "two")]


def test_places_outlive_a_choice_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,1\n2,x\n\n3,3\n4,y\n")
    (block,) = open_reader(str(path), wanted=["a", "b"]).blocks()
    kept = block.take(block.numbers("a")[0] > 1.5)
    values, faults = kept.numbers("b")
    assert kept.rows.tolist() == [1, 2, 3]
    assert [(fault.row, fault.line, fault.text) for fault in faults] == [(0, 3, "x"), (2, 6, "y")]
    assert values[1] == 3
    assert kept.place(2, "a").line == 6


def test_whole_numbers_that_floats_cannot_hold_pass_through_but_are_no_numbers(tmp_path: Path) -> None:
    rows = np.array([2**53, 2**53 + 1, -(2**53) - 1, 2**53 + 2, 2**63 - 1])
    np.savez(tmp_path / "a.npz", a=rows, u=rows.astype(np.uint64))
    (block,) = open_reader(str(tmp_path / "a.npz"), wanted=["a"]).blocks()
    values, faults = block.numbers("a")
    assert [fault.row for fault in faults] == [1, 2, 4]
    assert values[[0, 3]].tolist() == [2.0**53, 2.0**53 + 2]
    reader = open_reader(str(tmp_path / "a.npz"))
    with open_writer(str(tmp_path / "b.parquet"), None, reader.fields[:1], []) as writer:
        for each in reader.blocks():
            writer.write(each, {})
    assert pq.read_table(tmp_path / "b.parquet").column("a").to_pylist() == rows.tolist()


@pytest.mark.parametrize("suffix", [".npz", ".parquet", ".ndjson", ".arrow"])
def test_vectors_are_rows_of_numbers(suffix: str, tmp_path: Path) -> None:
    values = np.arange(12.0).reshape(4, 3) / 7
    np.savez(tmp_path / "seed.npz", x=values)
    reader = open_reader(str(tmp_path / "seed.npz"), wanted=["x"])
    assert reader.fields[0].kind == "list(3)"
    with open_writer(str(tmp_path / f"a{suffix}"), None, reader.fields, [Field("y", "list(3)")]) as writer:
        for block in reader.blocks():
            writer.write(block, {"y": block.numbers("x")[0] * 2})
    reader = open_reader(str(tmp_path / f"a{suffix}"), wanted=["x", "y"])
    assert [field.kind for field in reader.fields] == ["list(3)", "list(3)"]
    (block,) = reader.blocks()
    assert (block.numbers("x")[0] == values).all()
    assert (block.numbers("y")[0] == values * 2).all()


def test_lists_of_another_length_are_faults(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"x":[1,2]}\n{"x":[3]}\n{"x":null}\n{"x":[5,"six"]}\n')
    reader = open_reader(str(path), wanted=["x"], settings=Settings(types={"x": "list(2)"}))
    (block,) = reader.blocks()
    values, faults = block.numbers("x")
    assert values[0].tolist() == [1, 2]
    assert [(fault.line, fault.message) for fault in faults] == [
        (2, "1 numbers where 2 numbers are wanted"),
        (3, "empty where 2 numbers are wanted"),
        (4, "`six` is not a number"),
    ]


def test_columns_of_arrays_have_names(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(3, 2))
    np.save(tmp_path / "f.npy", np.asfortranarray(np.arange(6, dtype=">i4").reshape(3, 2)))
    for name in ("a", "f"):
        reader = open_reader(str(tmp_path / f"{name}.npy"))
        assert [field.name for field in reader.fields] == ["x_0", "x_1"]
        found = np.concatenate([block.numbers("x_1")[0] for block in reader.blocks(1)])
        assert found.tolist() == [3, 5]


def test_a_column_that_is_not_there_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("spot,rate\n1,2\n")
    with pytest.raises(DataError, match="has no column sport") as found:
        open_reader(str(tmp_path / "a.csv"), wanted=["sport"])
    assert found.value.help == "did you mean spot?"


def test_times_are_no_numbers(tmp_path: Path) -> None:
    pq.write_table(pa.table({"t": pa.array([1], pa.timestamp("ns"))}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"column t holds timestamp\[ns\], not numbers"):
        open_reader(str(tmp_path / "a.parquet"), wanted=["t"])


def test_only_the_columns_asked_for_are_read_of_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1.0], "b": [2.0], "c": [3.0]}), tmp_path / "a.parquet")
    reader = open_reader(str(tmp_path / "a.parquet"), wanted=["a"], settings=Settings(kept=["c"]))
    (block,) = reader.blocks()
    assert [field.name for field in block.fields] == ["a", "c"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_changes_is_noticed(ending: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a{ending}", 0, 100)
    reader = open_reader(str(path), wanted=["a"], settings=Settings(rows=10))
    mark = reader.fingerprint()
    assert mark == ((str(path), path.stat().st_size, path.stat().st_mtime_ns),)
    os.utime(path, ns=(1, 1))
    with pytest.raises(DataError, match="the file changed while it was read"):
        list(reader.blocks())
    reader = open_reader(str(path), wanted=["a"], settings=Settings(rows=10))
    blocks = reader.blocks()
    next(blocks)
    os.utime(path, ns=(2, 2))
    with pytest.raises(DataError, match="the file changed while it was read"):
        list(blocks)


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    for ending in ENDINGS:
        with pytest.raises(DataError, match="cannot be read: No such file or directory"):
            open_reader(str(tmp_path / f"none{ending}"))
    with pytest.raises(FormatError, match="no data file"):
        open_reader([])


@pytest.mark.parametrize("ending", ENDINGS)
def test_how_much_was_read_grows_to_all_of_it(ending: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a{ending}", 0, 1000)
    reader = open_reader(str(path), wanted=["a"], settings=Settings(rows=100))
    rows, shares = 0, []
    for block in reader.blocks():
        rows += block.count
        shares.append(reader.share(rows))
    assert None not in shares
    assert sorted(shares) == shares  # type: ignore[type-var]
    assert shares[-1] is not None
    assert 0.5 < shares[-1] <= 1
