"""Outputs: complete or not there, untouched columns, the same bytes however the rows come."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diffcli.data import DataError, Field, FormatError, MissingExtra, Settings, WriteError, open_reader, open_writer

ADDED = [Field("g", "float"), Field("k", "int"), Field("ok", "bool")]
ENDINGS = [".csv", ".tsv", ".csv.gz", ".csv.zst", ".ndjson", ".parquet", ".arrow", ".arrows", ".npy", ".npz"]


def added(block_rows: np.ndarray) -> dict[str, np.ndarray]:
    return {"g": block_rows / 7, "k": block_rows * 3, "ok": block_rows % 2 == 0}


def convert(source: str, target: str, settings: Settings | None = None, keep: int | None = None) -> None:
    reader = open_reader(source, wanted=["a"], settings=settings)
    with open_writer(target, None, reader.fields[:keep], ADDED) as writer:
        for block in reader.blocks():
            writer.write(block, added(block.rows))


@pytest.fixture
def quotes(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_bytes(b'name,a,note\r\n007,1.50,"x, ""y"""\r\n"b\nc",2e0,\r\n\xc3\xa9,+3,5" pipe\r\n')
    return path


def test_cells_pass_through_as_they_were_read(quotes: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    convert(str(quotes), str(target))
    assert target.read_bytes() == (
        b'name,a,note,g,k,ok\n007,1.50,"x, ""y""",0,0,true\n"b\nc",2e0,,0.14285714285714285,3,false\n'
        b'\xc3\xa9,+3,5" pipe,0.2857142857142857,6,true\n'
    )


def test_cells_pass_through_without_pyarrow_too(quotes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert(str(quotes), str(tmp_path / "one.csv"))
    convert(str(quotes), str(tmp_path / "one.tsv"))
    convert(str(quotes), str(tmp_path / "one.ndjson"))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for suffix in (".csv", ".tsv", ".ndjson"):
        convert(str(quotes), str(tmp_path / f"two{suffix}"))
        assert (tmp_path / f"two{suffix}").read_bytes() == (tmp_path / f"one{suffix}").read_bytes()


def test_cells_are_quoted_only_when_the_output_needs_it(quotes: Path, tmp_path: Path) -> None:
    convert(str(quotes), str(tmp_path / "out.tsv"), keep=3)
    assert (tmp_path / "out.tsv").read_text("utf-8").splitlines()[1] == '007\t1.50\t"x, ""y"""\t0\t0\ttrue'
    convert(str(quotes), str(tmp_path / "two.csv"), keep=2)
    assert (tmp_path / "two.csv").read_bytes().splitlines()[0:2] == [b"name,a,g,k,ok", b"007,1.50,0,0,true"]


def test_lines_of_json_pass_through_as_they_were_read(tmp_path: Path) -> None:
    source, target = tmp_path / "in.ndjson", tmp_path / "out.ndjson"
    source.write_text('{"a": 1.50, "deep": {"x": [1]}}\n{"deep":null,"a":2 }\n\n{"a":3,"new":"\\u00e9"}\n')
    convert(str(source), str(target))
    assert target.read_text() == (
        '{"a": 1.50, "deep": {"x": [1]},"g":0,"k":0,"ok":true}\n'
        '{"deep":null,"a":2,"g":0.14285714285714285,"k":3,"ok":false}\n'
        '{"a":3,"new":"\\u00e9","g":0.2857142857142857,"k":6,"ok":true}\n'
    )


def test_a_key_that_the_first_rows_have_not_is_never_dropped(tmp_path: Path) -> None:
    source = tmp_path / "in.ndjson"
    source.write_text('{"a": 1}\n' * 200_000 + '{"a": 1, "late": 2}\n')
    with pytest.raises(DataError, match=r"in.ndjson:200001:18: column late: a key that the first rows have not"):
        convert(str(source), str(tmp_path / "out.csv"))
    assert sorted(os.listdir(tmp_path)) == ["in.ndjson"]


def test_types_stay_what_they_are(tmp_path: Path) -> None:
    table = pa.table(
        {
            "a": pa.array([1.5, None], pa.float32()),
            "i": pa.array([1, None], pa.int16()),
            "t": pa.array([0, 1], pa.timestamp("us")),
            "s": pa.array(["x", None]).dictionary_encode(),
            "v": pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float64(), 2)),
            "n": pa.array([{"x": 1}, None]),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    for suffix in (".parquet", ".arrow"):
        convert(str(tmp_path / "in.parquet"), str(tmp_path / f"out{suffix}"))
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.select(table.column_names).equals(table)
    assert [str(each) for each in found.schema.types[-3:]] == ["double", "int64", "bool"]
    assert pa.ipc.open_file(tmp_path / "out.arrow").read_all().select(table.column_names).equals(table)
    convert(str(tmp_path / "in.parquet"), str(tmp_path / "out.csv"))
    head, first, second = (tmp_path / "out.csv").read_text().splitlines()
    assert head == "a,i,t,s,v_0,v_1,n,g,k,ok"
    assert first == '1.5,1,1970-01-01 00:00:00.000000,x,1,2,"{""x"":1}",0,0,true'
    assert second == ",,1970-01-01 00:00:00.000001,,3,4,,0.14285714285714285,3,false"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("source", [".csv", ".parquet"])
def test_the_bytes_do_not_depend_on_the_blocks(source: str, ending: str, tmp_path: Path) -> None:
    count = 70_000
    path = tmp_path / f"in{source}"
    if source == ".csv":
        path.write_text("a\n" + "".join(f"{row / 3}\n" for row in range(count)))
    else:
        pq.write_table(pa.table({"a": np.arange(count) / 3}), path, row_group_size=10_000)
    contents = set()
    for index, settings in enumerate((Settings(), Settings(rows=1009), Settings(bytes=5000), Settings(rows=1 << 20))):
        target = tmp_path / f"{index}{ending}"
        convert(str(path), str(target), settings)
        contents.add(target.read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_rows_make_a_file_with_columns(ending: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / f"out{ending}"
    source.write_text("a\n")
    convert(str(source), str(target))
    if ending == ".ndjson":
        assert target.read_bytes() == b""
        return
    reader = open_reader(str(target))
    assert [field.name for field in reader.fields] == ["a", "g", "k", "ok"]
    assert not list(reader.blocks())


def test_rows_without_a_result_are_empty(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("a\n1\n2\n")
    for suffix in (".csv", ".ndjson", ".parquet", ".npy"):
        reader = open_reader(str(source), wanted=["a"])
        with open_writer(str(tmp_path / f"out{suffix}"), None, reader.fields, ADDED[:1]) as writer:
            for block in reader.blocks():
                writer.write(block, {"g": np.array([0.5, np.nan])}, np.array([True, False]))
    assert (tmp_path / "out.csv").read_text() == "a,g\n1,\n2,nan\n"
    assert (tmp_path / "out.ndjson").read_text() == '{"a":1,"g":null}\n{"a":2,"g":"nan"}\n'
    assert pq.read_table(tmp_path / "out.parquet").column("g").null_count == 1
    assert np.isnan(np.load(tmp_path / "out.npy")["g"]).all()


def test_a_row_that_is_no_row_is_never_written(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("a,b\n1,2\n3\n5,6\n")
    with pytest.raises(DataError, match=r"in.csv:3:2: 1 cell where there are 2 columns"):
        convert(str(source), str(tmp_path / "out.csv"))
    assert sorted(os.listdir(tmp_path)) == ["in.csv"]
    reader = open_reader(str(source), wanted=["a"])
    with open_writer(str(tmp_path / "out.csv"), None, reader.fields, ADDED[:1]) as writer:
        for block in reader.blocks():
            mask = np.ones(block.count, bool)
            mask[[fault.row for fault in block.faults]] = False
            kept = block.take(mask)
            writer.write(kept, {"g": kept.numbers("a")[0]})
    assert (tmp_path / "out.csv").read_text() == "a,b,g\n1,2,1\n5,6,5\n"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_appears_only_when_it_is_complete(ending: str, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / f"out{ending}"
    source.write_text("a\n1\n2\n")
    target.write_bytes(b"old")
    target.chmod(0o640)
    reader = open_reader(str(source), wanted=["a"])
    writer = open_writer(str(target), None, reader.fields, ADDED)
    for block in reader.blocks():
        writer.write(block, added(block.rows))
    assert target.read_bytes() == b"old"
    beside = [name for name in os.listdir(tmp_path) if name not in ("in.csv", target.name)]
    assert len(beside) == 1
    assert beside[0].startswith(f".{target.name}.")
    writer.abandon()
    assert target.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == sorted(["in.csv", target.name])
    convert(str(source), str(target))
    assert target.read_bytes() != b"old"
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == sorted(["in.csv", target.name])


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n")
    (tmp_path / "real.csv").write_text("")
    (tmp_path / "link.csv").symlink_to("real.csv")
    convert(str(tmp_path / "in.csv"), str(tmp_path / "link.csv"))
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "a,g,k,ok\n1,0,0,true\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet", "arrow", "npy", "npz"])
def test_a_full_disk_is_said(format: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n" + "1\n" * 1000)
    reader = open_reader(str(tmp_path / "in.csv"), wanted=["a"])
    with (
        pytest.raises(WriteError, match="cannot write /dev/full: No space left on device"),
        open_writer("/dev/full", format, reader.fields, ADDED) as writer,
    ):
        for block in reader.blocks():
            writer.write(block, added(block.rows))


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet", "arrow", "arrows", "npy", "npz"])
def test_a_file_that_cannot_grow_is_said_and_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    import resource

    (tmp_path / "in.csv").write_text("a\n" + "".join(f"{row / 7}\n" for row in range(70_000)))
    reader, target = open_reader(str(tmp_path / "in.csv"), wanted=["a"]), tmp_path / "out" / f"o.{suffix}"
    target.parent.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with (
            pytest.raises(WriteError, match=f"cannot write .*o.{suffix}: File too large"),
            open_writer(str(target), None, reader.fields, ADDED) as writer,
        ):
            for block in reader.blocks():
                writer.write(block, added(block.rows))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(target.parent.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such name")
@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_a_name_that_is_no_text(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1.5\n")
    target = os.fsdecode(os.fsencode(tmp_path) + b"/\xff." + suffix.encode())
    convert(str(tmp_path / "in.csv"), target)
    assert os.path.getsize(target)


@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet", "arrow", "npy", "npz"])
def test_a_closed_pipe_is_a_broken_pipe(format: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n" + "1\n" * 100_000)
    reader = open_reader(str(tmp_path / "in.csv"), wanted=["a"])
    ours, theirs = os.pipe()
    os.close(ours)
    stream = os.fdopen(theirs, "wb", buffering=0)
    with pytest.raises(BrokenPipeError), open_writer(stream, format, reader.fields, ADDED) as writer:
        for block in reader.blocks():
            writer.write(block, added(block.rows))
    stream.close()


@pytest.mark.parametrize("format", ["csv", "tsv", "ndjson", "parquet", "arrow", "npy", "npz"])
def test_streams_carry_every_format(format: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n" + "".join(f"{row}\n" for row in range(100_000)))
    first, second = io.BytesIO(), io.BytesIO()
    reader = open_reader(str(tmp_path / "in.csv"), wanted=["a"])
    with open_writer(first, format, reader.fields, ADDED) as writer:
        for block in reader.blocks():
            writer.write(block, added(block.rows))
    settings = Settings(stream=io.BytesIO(first.getvalue()))
    reader = open_reader("-", format, wanted=["a", "g"], settings=settings)
    seen = 0
    with open_writer(second, "csv", reader.fields[:1], ADDED) as writer:
        for block in reader.blocks():
            assert block.first == seen
            assert (block.numbers("g")[0] == np.arange(seen, seen + block.count) / 7).all()
            writer.write(block, added(block.rows))
            seen += block.count
    assert seen == 100_000
    assert reader.fingerprint() == ()
    assert second.getvalue().splitlines()[-1] == b"99999,14285.57142857143,299997,false"
    with pytest.raises(DataError, match="a stream can be read only once"):
        next(reader.blocks())


def test_a_pipe_is_read_as_it_comes() -> None:
    code = (
        "import sys\nfrom diffcli.data import *\n"
        "reader = open_reader('-', 'csv', wanted=['a'], settings=Settings(stream=sys.stdin.buffer))\n"
        "print(sum(block.numbers('a')[0].sum() for block in ahead(reader.blocks())))\n"
    )
    packed = gzip.compress(b"a\n" + b"1\n" * 300_000)
    done = subprocess.run([sys.executable, "-c", code], input=packed, capture_output=True, check=True)
    assert done.stdout == b"300000.0\n"
    assert not done.stderr


def test_what_numpy_files_cannot_hold_is_said(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,city\n1,Rome\n")
    for suffix in (".npy", ".npz"):
        with pytest.raises(FormatError, match="NumPy files hold numbers, column city holds text"):
            convert(str(tmp_path / "in.csv"), str(tmp_path / f"out{suffix}"))
    assert sorted(os.listdir(tmp_path)) == ["in.csv"]


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,g\n1,2\n")
    with pytest.raises(FormatError, match="two columns of the output would be named g"):
        convert(str(tmp_path / "in.csv"), str(tmp_path / "out.csv"))


def test_the_library_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in ("in.parquet", "in.arrow"):
        with pytest.raises(MissingExtra) as found:
            open_reader(str(tmp_path / name))
        assert found.value.help == 'install it: pip install "diffcli[table]"'
        with pytest.raises(MissingExtra):
            convert(str(tmp_path / "in.csv"), str(tmp_path / name.replace("in", "out")))


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n")
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(WriteError, match=r"cannot write .*out.csv: it is a folder"):
        convert(str(tmp_path / "in.csv"), str(tmp_path / "out.csv"))
    with pytest.raises(WriteError, match=r"cannot write .*out.csv: No such file or directory"):
        convert(str(tmp_path / "in.csv"), str(tmp_path / "none" / "out.csv"))


@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet", "arrow", "npy", "npz"])
def test_nothing_more_goes_to_a_stream_that_is_given_up(format: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n")
    stream = io.BytesIO()
    reader = open_reader(str(tmp_path / "in.csv"), wanted=["a"])
    writer = open_writer(stream, format, reader.fields, ADDED)
    for block in reader.blocks():
        writer.write(block, added(block.rows))
    before = stream.getvalue()
    writer.abandon()
    assert stream.getvalue() == before


def test_a_column_without_results_is_empty_in_every_row(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a\n1\n2\n")
    for suffix in (".csv", ".ndjson", ".parquet", ".npz"):
        reader = open_reader(str(tmp_path / "in.csv"), wanted=["a"])
        with open_writer(str(tmp_path / f"out{suffix}"), None, reader.fields, ADDED[:1]) as writer:
            for block in reader.blocks():
                writer.write(block, {"g": None})
    assert (tmp_path / "out.csv").read_text() == "a,g\n1,\n2,\n"
    assert (tmp_path / "out.ndjson").read_text() == '{"a":1,"g":null}\n{"a":2,"g":null}\n'
    assert pq.read_table(tmp_path / "out.parquet").column("g").null_count == 2
    assert np.isnan(np.load(tmp_path / "out.npz")["g"]).all()


def test_types_can_be_given_to_columns_of_text(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.parquet"
    source.write_text("a,q,city\n1,2.5,Rome\n2,,Oslo\n")
    settings = Settings(types={"q": "float"})
    convert(str(source), str(target), settings)
    found = pq.read_table(target)
    assert [str(each) for each in found.schema.types[:3]] == ["double", "double", "string"]
    assert found.column("q").to_pylist() == [2.5, None]
    source.write_text("a,q,city\n1,2.5,Rome\n2,many,Oslo\n")
    with pytest.raises(DataError, match=r"in.csv:3:3: column q: `many` is not a number"):
        convert(str(source), str(target), settings)
    assert pq.read_table(target).column("q").to_pylist() == [2.5, None]
