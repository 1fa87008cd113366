"""Damaged data files, made when they are needed, each with what a reader has to say about it and what it must keep."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

nan, inf = float("nan"), float("inf")
PYARROW = (".parquet", ".arrow", ".arrows", ".zst")


class Damaged(NamedTuple):
    """A file of columns a and b that is damaged.

    `good`: column a in the rows that nothing is wrong with · `faults`: line (in files without lines: row), column
    name, its place in the line, and words of the message · `error`: words of the error that ends the reading, with
    its line and column.
    """

    name: str
    suffix: str
    content: Callable[[], bytes]
    good: list[float]
    faults: tuple[tuple[int, str | None, int | None, str], ...] = ()
    error: str | None = None
    line: int | None = None
    column: int | None = None


def text(words: str | bytes) -> Callable[[], bytes]:
    return lambda: words if isinstance(words, bytes) else words.encode()


def lines(*rows: str) -> Callable[[], bytes]:
    return text("\n".join(rows) + "\n")


SPELLINGS = ["nan", "NaN", "NAN", "+nan", "-NaN", " nan", "inf", "Inf", "+INF", "-inf", "Infinity", "-INFINITY"]
MEANT = [nan, nan, nan, nan, nan, nan, inf, inf, inf, -inf, inf, -inf]
NOT_NUMBERS = [
    "NA",
    "N/A",
    "null",
    "NULL",
    "None",
    "#N/A",
    "nan(ind)",
    "1.#QNAN",
    "-",
    "?",
    "true",
    "1,5".replace(",", "·"),
]

CSV = (
    Damaged("empty", ".csv", text(""), [], error="the file is empty"),
    Damaged("blank lines only", ".csv", text("\n\r\n\n"), [], error="the file is empty"),
    Damaged("header only", ".csv", lines("a,b"), []),
    Damaged("header without line end", ".csv", text("a,b"), []),
    Damaged("short row", ".csv", lines("a,b", "1,2", "3", "5,6"), [1, 5], ((3, None, 2, "1 cell where"),)),
    Damaged("long row", ".csv", lines("a,b", "1,2", "3,4,9", "5,6"), [1, 5], ((3, None, 5, "3 cells where"),)),
    Damaged(
        "first row short",
        ".csv",
        lines("a,b", "1", "3,4", "5,6,"),
        [3],
        ((2, None, 2, "1 cell"), (4, None, 5, "3 cells")),
    ),
    Damaged("blank line", ".csv", lines("a,b", "1,2", "", "3,x", "5,6"), [1, 5], ((4, "b", 3, "`x` is not a number"),)),
    Damaged("line of spaces", ".csv", lines("a,b", "1,2", "  ", "5,6"), [1, 5], ((3, None, 3, "1 cell"),)),
    Damaged("word", ".csv", lines("a,b", "1,2", "3,four", "5,6"), [1, 5], ((3, "b", 3, "`four` is not a number"),)),
    Damaged("decimal comma", ".csv", lines("a,b", '1,"2,5"', "5,6"), [5], ((2, "b", 3, "`2,5` is not a number"),)),
    Damaged("hexadecimal", ".csv", lines("a,b", "1,0x10", "5,6"), [5], ((2, "b", 3, "0x10"),)),
    Damaged("grouped digits", ".csv", lines("a,b", "1,1_000", "5,6"), [5], ((2, "b", 3, "1_000"),)),
    Damaged("too large", ".csv", lines("a,b", "1e400,1", "5,6"), [5], ((2, "a", 1, "beyond the range"),)),
    Damaged("empty cell", ".csv", lines("a,b", "1,", "5,6"), [5], ((2, "b", 3, "empty"),)),
    Damaged("spaces for a number", ".csv", lines("a,b", "1,  ", "5,6"), [5], ((2, "b", 3, "empty"),)),
    Damaged("quoted nothing", ".csv", lines("a,b", '1,""', "5,6"), [5], ((2, "b", 3, "empty"),)),
    Damaged("spellings of nan and inf", ".csv", lines("a,b", *(f"{word},1" for word in SPELLINGS)), MEANT),
    Damaged(
        "words that are no nan",
        ".csv",
        lines("a,b", *(f"1,{word}" for word in NOT_NUMBERS), "5,6"),
        [5],
        tuple((line, "b", 3, word) for line, word in enumerate(NOT_NUMBERS, 2)),
    ),
    Damaged("byte order mark", ".csv", text(b"\xef\xbb\xbfa,b\n1,2\n3,x\n"), [1], ((3, "b", 3, "x"),)),
    Damaged("byte order mark and CRLF", ".csv", text(b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4\r\n"), [1, 3]),
    Damaged("CRLF without a last one", ".csv", text(b"a,b\r\n1,2\r\n3,x\r\n5,6"), [1, 5], ((3, "b", 3, "`x`"),)),
    Damaged("LF and CRLF", ".csv", text(b"a,b\n1,2\r\n3,4\n\r\n5,x\r\n7,8"), [1, 3, 7], ((5, "b", 3, "`x`"),)),
    Damaged("CR only", ".csv", text(b"a,b\r1,2\r3,4\r"), [], error="a carriage return", line=1, column=4),
    Damaged("CR in a row", ".csv", text(b"a,b\n1,2\n3,4\r5,6\n7,8\n"), [1, 7], ((3, None, 4, "a carriage return"),)),
    Damaged("NUL in a number", ".csv", text(b"a,b\n1,2\n3\0,4\n5,6\n"), [1, 5], ((3, None, 2, "NUL"),)),
    Damaged("NUL in a text", ".csv", text(b"a,b,c\n1,2,x\n3,4,y\0\n5,6,z\n"), [1, 5], ((3, None, 6, "NUL"),)),
    Damaged("a hole of NUL", ".csv", text(b"a,b\n1,2\n" + bytes(4096)), [1], ((3, None, 1, "NUL"),)),
    Damaged("UTF-16", ".csv", lambda: "a,b\n1,2\n".encode("utf-16"), [], error="UTF-16", line=1, column=1),
    Damaged("Latin-1", ".csv", text(b"a,b,c\n1,2,x\n3,4,\xe9t\xe9\n5,6,z\n"), [1, 5], ((3, None, 5, "0xe9"),)),
    Damaged("Latin-1 in a name", ".csv", text(b"a,b,\xe9\n1,2,3\n"), [], error="0xe9", line=1, column=5),
    Damaged(
        "line ends and delimiters in cells",
        ".csv",
        text(b'a,b,c\n1,2,"x\ny,\r\nz"\n3,oh,w\n5,6,"""q"""\n'),
        [1, 5],
        ((5, "b", 3, "`oh`"),),
    ),
    Damaged(
        "fault after a line end in a cell", ".csv", text(b'c,a,b\n"x\ny",1,oh\n"z",3,4\n'), [3], ((3, "b", 6, "oh"),)
    ),
    Damaged("quoted numbers", ".csv", lines('"a","b"', '"1","2"', '"3","x"'), [1], ((3, "b", 5, "`x`"),)),
    Damaged("unclosed quote at the end", ".csv", text('a,b\n1,2\n3,"4\n'), [1], error="not closed", line=3, column=3),
    Damaged(
        "unclosed quote early",
        ".csv",
        lines("a,b", "1,2", '3,"4', "5,6", "7,8"),
        [1],
        error="not closed",
        line=3,
        column=3,
    ),
    Damaged("unclosed quote in the names", ".csv", lines('a,"b', "1,2"), [], error="not closed", line=1, column=3),
    Damaged(
        "text after a closing quote",
        ".csv",
        lines("a,b", "1,2", '"3"4,5', "6,7"),
        [1, 6],
        ((3, None, 4, "after the closing quote"),),
    ),
    Damaged(
        "quote inside a cell",
        ".csv",
        lines("a,b,c", '1,2,5" pipe', "3,x,5' pipe", '5,6,"ok"'),
        [1, 5],
        ((3, "b", 3, "`x`"),),
    ),
    Damaged(
        "two columns of one name",
        ".csv",
        lines("a,b,a", "1,2,3"),
        [],
        error="two columns are named a",
        line=1,
        column=5,
    ),
    Damaged(
        "column without a name", ".csv", lines("a,,b", "1,2,3"), [], error="column 2 has no name", line=1, column=3
    ),
    Damaged("column missing", ".csv", lines("a,c", "1,2"), [], error="has no column b"),
    Damaged("semicolons", ".csv", lines("a;b", "1;2"), [], error="has no column a"),
    Damaged(
        "header again",
        ".csv",
        lines("a,b", "1,2", "a,b", "5,6"),
        [1, 5],
        ((3, "a", 1, "`a`"), (3, "b", 3, "`b`")),
    ),
    Damaged("no last line end", ".csv", text("a,b\n1,2\n3,4"), [1, 3]),
    Damaged("an end of file sign", ".csv", text("a,b\n1,2\n\x1a"), [1], ((3, None, 2, "1 cell"),)),
    Damaged("tabs in a short row", ".tsv", lines("a\tb", "1\t2", "3", "5\t6"), [1, 5], ((3, None, 2, "1 cell"),)),
    Damaged("a million columns", ".csv", lambda: wide(0), [7]),
    Damaged("a million columns and one", ".csv", lambda: wide(1), [], ((2, None, None, "1000001 cells"),)),
)


def wide(more: int) -> bytes:
    names = ",".join(["a", "b", *(f"c{index}" for index in range(999_998))])
    return f"{names}\n{','.join(['7'] * (1_000_000 + more))}\n".encode()


TABLE = "a,b\n" + "".join(f"{row},{row / 8}\n" for row in range(20_000))


def cut_gzip() -> bytes:
    whole = gzip.compress(TABLE.encode(), mtime=0)
    return whole[: len(whole) // 2]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


def zstd(part: float) -> bytes:
    import pyarrow as pa

    rows = "".join(f"{row},{row * row / 7}\n" for row in range(60_000))
    whole = pa.compress(f"a,b\n{rows}".encode(), codec="zstd", asbytes=True)
    return whole[: int(len(whole) * part)]


GOOD_START = [0.0, 1.0, 2.0]
PACKED = (
    Damaged("gzip cut off", ".csv.gz", cut_gzip, GOOD_START, error="it is cut off"),
    Damaged("gzip cut off in its header", ".csv.gz", lambda: cut_gzip()[:5], [], error="it is cut off"),
    Damaged(
        "gzip with a wrong sum",
        ".csv.gz",
        lambda: flipped(data := gzip.compress(TABLE.encode(), mtime=0), len(data) - 6),
        GOOD_START,
        error="compressed data is damaged",
    ),
    Damaged(
        "gzip and then something else",
        ".csv.gz",
        lambda: gzip.compress(b"a,b\n1,2\n3,4\n") + b"garbage",
        [1, 3],
        error="compressed data is damaged",
    ),
    Damaged("gzip in two pieces", ".csv.gz", lambda: gzip.compress(b"a,b\n1,2\n3") + gzip.compress(b",4\n"), [1, 3]),
    Damaged("no gzip at all", ".csv.gz", text("a,b\n1,2\n"), [], error="is not gzip data"),
    Damaged("nothing packed", ".csv.gz", text(""), [], error="the file is empty"),
    Damaged("packed in secret", ".csv", lambda: gzip.compress(b"a,b\n1,2\n"), [1]),
    Damaged("zstd cut off", ".csv.zst", lambda: zstd(0.5), GOOD_START, error="it is cut off"),
)

JSON = (
    Damaged("empty", ".ndjson", text(""), [], error="the file is empty"),
    Damaged(
        "broken line",
        ".ndjson",
        lines('{"a":1,"b":2}', '{"a":3,"b":', '{"a":5,"b":6}'),
        [1, 5],
        ((2, None, 12, "is no JSON"),),
    ),
    Damaged("cut off", ".ndjson", text('{"a":1,"b":2}\n{"a":3,'), [1], ((2, None, 8, "is no JSON"),)),
    Damaged(
        "array", ".ndjson", lines('{"a":1,"b":2}', "[3,4]", '{"a":5,"b":6}'), [1, 5], ((2, None, 1, "no JSON object"),)
    ),
    Damaged(
        "key twice",
        ".ndjson",
        lines('{"a":1,"b":2}', '{"a":3,"a":4,"b":1}'),
        [1],
        ((2, None, 1, "key a stands there twice"),),
    ),
    Damaged(
        "key missing", ".ndjson", lines('{"a":1,"b":2}', '{"a":3}', '{"a":5,"b":6}'), [1, 5], ((2, "b", 1, "missing"),)
    ),
    Damaged("null", ".ndjson", lines('{"a":1,"b":2}', '{"a":3,"b":null}'), [1], ((2, "b", 12, "empty"),)),
    Damaged(
        "word", ".ndjson", lines('{"a":1,"b":2}', '{"a":3, "b": "x"}'), [1], ((2, "b", 14, "`x` is not a number"),)
    ),
    Damaged("list", ".ndjson", lines('{"a":1,"b":2}', '{"a":3,"b":[4]}'), [1], ((2, "b", 12, "not a number"),)),
    Damaged(
        "two in a line",
        ".ndjson",
        lines('{"a":1,"b":2}', '{"a":3,"b":4}{"a":5,"b":6}', "", '{"a":7,"b":8}'),
        [1, 7],
        ((2, None, 14, "is no JSON"),),
    ),
    Damaged(
        "object over two lines",
        ".ndjson",
        lines('{"a":1,"b":2}', '{"a":3,', '"b":4}'),
        [1],
        ((2, None, 8, "no JSON"), (3, None, 4, "no JSON")),
    ),
    Damaged(
        "too large", ".ndjson", lines('{"a":1e400,"b":2}', '{"a":5,"b":6}'), [5], ((1, "a", 6, "beyond the range"),)
    ),
    Damaged(
        "spellings",
        ".ndjson",
        lines(*(f'{{"a":{word},"b":1}}' for word in ("-0", "NaN", "-Infinity", '"nan"', '"inf"', '"-inf"'))),
        [-0.0, nan, -inf, nan, inf, -inf],
    ),
    Damaged("byte order mark, CRLF", ".ndjson", text(b'\xef\xbb\xbf{"a":1,"b":2}\r\n{"a":3,"b":4}\r\n'), [1, 3]),
    Damaged("Latin-1", ".ndjson", text(b'{"a":1,"b":2}\n{"a":3,"b":4,"c":"\xe9"}\n'), [1], ((2, None, 19, "0xe9"),)),
    Damaged("CSV by mistake", ".ndjson", lines("a,b", "1,2"), [], error="is no JSON", line=1, column=1),
)


def parquet(rows: int = 20_000) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    table = pa.table({"a": np.arange(rows) / 1.0, "b": np.arange(rows) / 8})
    pq.write_table(table, sink, row_group_size=5000, write_page_checksum=True)
    return sink.getvalue()


def arrow(stream: bool, rows: int = 20_000) -> bytes:
    import pyarrow as pa

    sink = io.BytesIO()
    table = pa.table({"a": np.arange(rows) / 1.0, "b": np.arange(rows) / 8})
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema) as writer:
        writer.write_table(table, 5000)
    return sink.getvalue()


def nulls() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1.0, 3.0, None, nan], "b": [2, None, 2**53 + 1, 4]}), sink)
    return sink.getvalue()


def npy(array: np.ndarray, pickled: bool = False) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array, allow_pickle=pickled)
    return sink.getvalue()


def records() -> np.ndarray:
    rows = np.zeros(20_000, [("a", "<f8"), ("b", ">f8")])
    rows["a"], rows["b"] = np.arange(20_000), np.arange(20_000) / 8
    return rows


def npz(**arrays: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


def column(rows: int = 20_000) -> np.ndarray:
    return np.arange(rows) / 1.0


BINARY = (
    Damaged("empty", ".parquet", text(b""), [], error="the file is empty"),
    Damaged("Parquet cut off", ".parquet", lambda: parquet()[:-2000], [], error="damaged"),
    Damaged("Parquet of four bytes", ".parquet", text(b"PAR1"), [], error="damaged"),
    Damaged("CSV by mistake", ".parquet", text(b"a,b\n1,2\n" * 9), [], error="damaged"),
    Damaged(
        "Parquet with a wrong byte",
        ".parquet",
        lambda: flipped(data := parquet(), len(data) // 2),
        GOOD_START,
        error="damaged after row",
    ),
    Damaged(
        "nulls and whole numbers beyond 2**53",
        ".parquet",
        nulls,
        [1, nan],
        ((2, "b", None, "empty"), (3, "a", None, "empty"), (3, "b", None, "9007199254740993")),
    ),
    Damaged("empty", ".arrow", text(b""), [], error="the file is empty"),
    Damaged("Arrow cut off", ".arrow", lambda: arrow(False)[:-100_000], [], error="damaged"),
    Damaged("Arrow stream cut off", ".arrows", lambda: arrow(True)[:-100_000], GOOD_START, error="damaged after row"),
    Damaged("empty", ".npy", text(b""), [], error="damaged or no NumPy array"),
    Damaged(
        "npy cut off", ".npy", lambda: npy(records())[:-1000], GOOD_START, error="cut off after row 19937 of 20000"
    ),
    Damaged(
        "two arrays in one npy",
        ".npy",
        lambda: npy(records()) + npy(records()),
        GOOD_START,
        error="goes on after the 20000 rows",
    ),
    Damaged("npy cut off in its header", ".npy", lambda: npy(records())[:40], [], error="damaged or no NumPy array"),
    Damaged("Python objects", ".npy", lambda: npy(np.array([{}, 1], object), True), [], error="Python objects"),
    Damaged("a cube", ".npy", lambda: npy(np.zeros((2, 3, 4))), [], error="shape (2, 3, 4)"),
    Damaged("empty", ".npz", text(b""), [], error="the file is empty"),
    Damaged("npz cut off", ".npz", lambda: npz(a=column(), b=column())[:-3000], [], error="damaged or no npz"),
    Damaged(
        "columns of two lengths",
        ".npz",
        lambda: npz(a=column(), b=column(7)),
        [],
        error="b has 7 rows, but a has 20000",
    ),
    Damaged(
        "npz with a wrong byte",
        ".npz",
        lambda: flipped(npz(a=column(), b=column()), 100_000),
        [],
        error="damaged after row 0",
    ),
)

DAMAGED = (*CSV, *PACKED, *JSON, *BINARY)
assert len(DAMAGED) >= 50
