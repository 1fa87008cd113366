"""Files in object storage: read as they stream in, and there only when they are complete."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import numpy as np
import pytest

from diffcli.data import DataError, Field, FormatError, Settings, WriteError, open_reader, open_writer
from diffcli.data.storage import Upload
from diffcli.data.stored_files import content, delete, expanded, sizes_below
from tests.data.web import Closed, Ranges, Whole, serving

fsspec = pytest.importorskip("fsspec")
SUFFIXES = ("csv", "csv.gz", "csv.zst", "tsv", "ndjson", "parquet", "arrow", "arrows", "npy", "npz")
COUNT = 20_000
VALUES = np.random.default_rng(7).normal(size=COUNT)


@pytest.fixture
def memory():
    """The store in memory, empty."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]
    yield store
    store.store.clear()


def write(path: str, values=VALUES) -> None:
    """A table of one column."""
    source = np.array(values)
    with open_writer(path, None, [], [Field("x", "float")]) as writer:
        for start in range(0, len(source), 4096):
            writer.write(Rows(len(source[start : start + 4096])), {"x": source[start : start + 4096]})


class Rows:
    """A block of which nothing passes through."""

    faults = fields = ()

    def __init__(self, count: int) -> None:
        self.count = count

    def refuse(self) -> None:
        """All rows are good."""


def numbers(path: str | list[str], **more) -> np.ndarray:
    """The column x of a table."""
    reader = open_reader(path, wanted=["x"])
    found = [block.numbers("x")[0] for block in reader.blocks(**more)]
    reader.close()
    return np.concatenate([*found, np.zeros(0)])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_what_a_file_would_hold(memory, tmp_path, suffix):
    write(f"memory://shop/t.{suffix}")
    write(str(tmp_path / f"t.{suffix}"))
    write(f"file://{tmp_path}/u.{suffix}")
    want = (tmp_path / f"t.{suffix}").read_bytes()
    assert memory.cat_file(f"/shop/t.{suffix}") == want == (tmp_path / f"u.{suffix}").read_bytes()
    for path in (f"memory://shop/t.{suffix}", f"file://{tmp_path}/t.{suffix}"):
        assert np.array_equal(numbers(path), VALUES)
        assert np.array_equal(numbers(path, start=12_345, stop=17_000), VALUES[12_345:17_000])
    assert sorted(each.name for each in tmp_path.iterdir()) == [f"t.{suffix}", f"u.{suffix}"]


@pytest.mark.parametrize("handler", [Ranges, Whole])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_are_read_from_a_web_server(tmp_path, handler, suffix):
    write(str(tmp_path / f"t.{suffix}"))
    with serving(tmp_path, handler) as (address, _):
        assert np.array_equal(numbers(f"{address}/t.{suffix}"), VALUES)
        assert np.array_equal(numbers(f"{address}/t.{suffix}?token=a.b", start=19_000), VALUES[19_000:])


def test_of_a_column_of_a_large_file_little_is_fetched(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    many = {f"c{index}": np.random.default_rng(index).normal(size=200_000) for index in range(20)}
    pq.write_table(pa.table({"x": many["c0"], **many}), tmp_path / "t.parquet", row_group_size=1 << 16)
    with serving(tmp_path, Ranges) as (address, sent):
        reader = open_reader(f"{address}/t.parquet", wanted=["x"], settings=Settings(kept=()))
        assert sum(block.count for block in reader.blocks()) == 200_000
    assert sum(sent) < (tmp_path / "t.parquet").stat().st_size / 5


def test_two_who_read_one_file_do_not_meet(memory):
    for suffix in ("csv", "parquet"):
        write(f"memory://shop/t.{suffix}")
        both = [
            open_reader(f"memory://shop/t.{suffix}", wanted=["x"], settings=Settings(rows=99, bytes=999)) for _ in "ab"
        ]
        for one, other in zip(both[0].blocks(), both[1].blocks(), strict=True):
            assert np.array_equal(one.numbers("x")[0], other.numbers("x")[0])


def test_a_change_while_it_is_read_is_noticed(memory):
    for suffix in ("csv", "parquet", "npy"):
        path = f"memory://shop/t.{suffix}"
        write(path)
        reader = open_reader(path, wanted=["x"], settings=Settings(rows=100, bytes=4096))
        before = reader.fingerprint()
        blocks = reader.blocks()
        next(blocks)
        write(path, VALUES[:500])
        with pytest.raises(DataError, match="changed"):
            list(blocks)
        with pytest.raises(DataError, match="changed"):
            list(reader.blocks())
        assert open_reader(path).fingerprint() != before


def test_what_is_given_up_never_appears(memory, tmp_path):
    memory.pipe_file("/shop/t.csv", b"before")
    for path in ("memory://shop/t.csv", f"file://{tmp_path}/t.csv"):
        writer = open_writer(path, None, [], [Field("x", "float")])
        writer.write(Rows(COUNT), {"x": VALUES})
        writer.abandon()
        del writer
        gc.collect()
    assert memory.cat_file("/shop/t.csv") == b"before" and list(memory.store) == ["/shop/t.csv"]
    assert not list(tmp_path.iterdir())


def known_systems() -> dict[str, type]:
    """What fsspec knows by their schemes."""
    return sys.modules["fsspec.registry"]._registry


class Store:
    """A store as S3 is one: what is uploaded appears when its file is closed; it may refuse a byte."""

    def __init__(self, limit: int = 1 << 30) -> None:
        self.limit, self.given_up = limit, 0

    def register(self, monkeypatch) -> dict[str, bytes]:
        """Reach it as s3://; what it holds."""
        from fsspec.implementations.memory import MemoryFileSystem
        from fsspec.spec import AbstractBufferedFile

        held: dict[str, bytes] = {}
        outer = self

        class File(AbstractBufferedFile):
            def _initiate_upload(self) -> None:
                self.parts = b""

            def _upload_chunk(self, final=False) -> None:
                self.parts += self.buffer.getvalue()
                if len(self.parts) > outer.limit:
                    raise PermissionError("no more room in the bucket")
                if final:
                    held[self.path] = self.parts

            def discard(self) -> None:
                outer.given_up += 1

        class System(MemoryFileSystem):
            cachable = False
            protocol = "s3"

            def _open(self, path, mode="rb", **more):
                return File(self, path, mode, block_size=1 << 14)  # so that it is sent in several pieces

        monkeypatch.setitem(known_systems(), "s3", System)
        return held


def test_an_upload_that_streams_appears_with_its_last_byte(monkeypatch):
    store = Store()
    held = store.register(monkeypatch)
    upload = Upload("s3://bucket/key")
    for _ in range(5):
        upload.write(b"x" * 10_000)
    assert not held
    upload.commit()
    assert list(held.values()) == [b"x" * 50_000]
    upload.discard()
    assert store.given_up == 0


def test_an_upload_that_streams_and_is_given_up_leaves_nothing(monkeypatch):
    store = Store(limit=30_000)
    held = store.register(monkeypatch)
    writer = open_writer("s3://bucket/t.csv", None, [], [Field("x", "float")])
    with pytest.raises(WriteError, match="no more room in the bucket"), writer:
        for _ in range(20):
            writer.write(Rows(COUNT), {"x": VALUES})
    del writer
    upload = Upload("s3://bucket/other")
    upload.write(b"x" * 20_000)
    upload.discard()
    del upload
    gc.collect()
    assert not held and store.given_up == 2


def test_which_files_a_path_means(memory, tmp_path):
    for name in ("b.csv", "a.csv", "_hidden.csv", "note.txt", "deep/c.csv"):
        memory.pipe_file(f"/shop/{name}", b"x\n1\n")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x\n1\n")

    def wanted(name: str) -> bool:
        return name.endswith(".csv") and name[0] != "_"

    for base in ("memory://shop", f"file://{tmp_path}"):
        assert expanded(base, wanted) == expanded(f"{base}/", wanted) == [f"{base}/a.csv", f"{base}/b.csv"]
        assert expanded(f"{base}/[ab].csv", wanted) == [f"{base}/a.csv", f"{base}/b.csv"]
        assert expanded(f"{base}/**/c*.csv", wanted) == [f"{base}/deep/c.csv"]
        assert expanded(f"{base}/note.txt", wanted) == [f"{base}/note.txt"]
        assert expanded(f"{base}/none.csv", wanted) is None
        assert expanded(f"{base}/*.parquet", wanted) == []
        assert np.array_equal(numbers([f"{base}/a.csv", f"{base}/b.csv"]), [1, 1])
        assert sizes_below(f"{base}/deep") == {"c.csv": 4} and sizes_below(f"{base}/none") == {}
        assert content(f"{base}/a.csv") == b"x\n1\n"
        delete([f"{base}/a.csv", f"{base}/none.csv", f"{base}/b.csv"])
        assert "a.csv" not in sizes_below(base) and "b.csv" not in sizes_below(base)


def test_what_cannot_be_opened_is_said(memory, tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"memory://shop/none.csv: cannot be read: there is no such file"):
        open_reader("memory://shop/none.csv")
    with serving(tmp_path, Whole) as (address, _), pytest.raises(DataError, match="there is no such file"):
        open_reader(f"{address}/none.parquet")
    with serving(tmp_path, Closed) as (address, _), pytest.raises(DataError, match="403"):
        open_reader(f"{address}/t.csv")
    with pytest.raises(DataError, match="cannot be read: Connect call failed"):
        open_reader("http://127.0.0.1:9/t.csv")
    with pytest.raises(FormatError, match="read only"):
        open_writer("https://127.0.0.1:9/t.csv", None, [], [Field("x", "float")])
    with pytest.raises(FormatError, match="no storage is known for shop://"):
        open_reader("shop://t.csv")
    for name, scheme, needed in (("s3fs", "s3", "s3fs"), ("gcsfs", "gs", "gcsfs")):
        monkeypatch.setitem(sys.modules, name, None)
        known_systems().pop(scheme, None)
        with pytest.raises(FormatError, match=f"needs {needed}") as raised:
            open_reader(f"{scheme}://bucket/t.csv")
        assert raised.value.help == f"install it: pip install {needed}"
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(FormatError, match="needs fsspec") as raised:
        open_reader("memory://shop/t.csv")
    assert raised.value.help == 'install it: pip install "diffcli[storage]"'


def test_a_name_with_a_colon_is_a_file_of_this_machine(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("a:b.csv")
    assert np.array_equal(numbers("a:b.csv"), VALUES)
