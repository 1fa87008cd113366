"""Odd texts, thousands of them: read the same by each of our ways, and as the csv and json modules read them."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import sys

import pytest

from diffcli.data import DataError, Settings, open_reader

CELLS = [
    "1",
    "2.5",
    "-0",
    "nan",
    "inf",
    "1e400",
    "x",
    "",
    " ",
    '"',
    '""',
    '"1"',
    '"a,b"',
    '"a\nb"',
    '"a\r\nb"',
    "+3",
    "1_0",
]
CELLS += [
    '5" p',
    "nan(1)",
    "\ufeff",
    "0x1",
    "1.",
    ".5",
    "  7 ",
    "\u00e9",
    "\0",
    "\r",
    ",",
    ",",
    ",",
    "\n",
    "\n",
    "\n",
    "\r\n",
]
HEADS = ["a,b\n", "a,b\r\n", "\ufeffa,b\n", '"a",b\n', "c,a,b\n", 'a,"b"\r\n']
VALUES = [
    '{"a":1,"b":2}',
    '{"a":',
    "1",
    "2.5",
    '"nan"',
    "NaN",
    "Infinity",
    "-0",
    "1e400",
    ',"b":',
    "}",
    "}",
    "\n",
    "\n",
    "{",
    "[",
]
VALUES += [
    "]",
    '"x"',
    "null",
    "true",
    " ",
    "\r\n",
    '"b":3',
    ",",
    '{"b":1,"a":1,"a":2}\n',
    '{"a":1.5,"b":-2e3,"c":{"a":[1]}}\n',
]
VALUES += ['{"a":"1","b":1}\n', "{}\n", '{"a":123456789012345678901234567890,"b":5e-324}\n', '{"\\u0061":7,"b":1}\n']
VALUES += ['{"a":01,"b":1}\n', '{"a":1,"b":.5}\n', '{"a":1,"b":1,}\n', '{"a":1,"b":-NaN}\n', '{"a":1,"b":1} // x\n']


def text_of(random_: random.Random, kind: str) -> bytes:
    pieces = []
    for _ in range(random_.randrange(1, 14)):
        if kind == "csv":
            pieces.append(random_.choice(CELLS) + random_.choice(["", "", ",", "\n"]))
        else:
            pieces.append(random_.choice(VALUES))
    head = random_.choice(HEADS) if kind == "csv" else '{"a":1,"b":2}\n'
    return (head + "".join(pieces)).encode() + (b"\xe9" if random_.random() < 0.1 else b"")


def readings(content: bytes, kind: str, settings: Settings) -> tuple[list[object], dict[tuple[int, str], str]]:
    """All that is said to be wrong, and all numbers that are not."""
    said: list[object] = []
    good: dict[tuple[int, str], str] = {}
    try:
        for block in open_reader("-", kind, ["a", "b"], settings._replace(stream=io.BytesIO(content))).blocks():
            bad = {fault.row for fault in block.faults}
            said += [(int(block.rows[each.row]), each.line, each.column, each.message) for each in block.faults]
            for name in "ab":
                values, faults = block.numbers(name)
                said += [(int(block.rows[each.row]), name, each.line, each.column, each.message) for each in faults]
                wrong = bad | {each.row for each in faults}
                good |= {
                    (int(block.rows[row]), name): "nan" if math.isnan(value) else value.hex()
                    for row, value in enumerate(values.tolist())
                    if row not in wrong
                }
    except DataError as error:
        said.append((error.line, error.column, error.message))
    return sorted(said, key=str), good


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_every_way_reads_the_same(kind: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random_ = random.Random(seed)
    for _ in range(250):
        content = text_of(random_, kind)
        found = readings(content, kind, Settings())
        assert readings(content, kind, Settings(rows=1, bytes=random_.choice([1, 2, 5, 8]))) == found, content
        with monkeypatch.context() as without:
            without.setitem(sys.modules, "pyarrow", None)
            assert readings(content, kind, Settings()) == found, content


def test_what_is_read_of_csv_is_what_python_reads() -> None:
    random_ = random.Random(7)
    compared = 0
    for _ in range(1500):
        data = text_of(random_, "csv")
        said, good = readings(data, "csv", Settings())
        if not good or any(len(each) != 5 and "where there are" not in str(each) for each in said):  # type: ignore[arg-type]
            continue  # bytes that are no text, quotes left open: what is a row then, only we say
        with io.StringIO(data.decode("utf-8-sig"), newline="") as stream:
            names, *rows = [row for row in csv.reader(stream) if row]
        for (row, name), number in good.items():
            expected = float(rows[row][names.index(name)])
            assert number == ("nan" if math.isnan(expected) else expected.hex()), data
            compared += 1
    assert compared > 100


def test_what_is_read_of_json_is_what_python_reads() -> None:
    random_ = random.Random(8)
    compared = 0
    for _ in range(1000):
        data = text_of(random_, "ndjson")
        _, good = readings(data, "ndjson", Settings())
        rows = [row for row in data.replace(b"\r\n", b"\n").split(b"\n") if row]
        for (row, name), number in good.items():
            expected = float(json.loads(rows[row], parse_int=float)[name])
            assert number == ("nan" if math.isnan(expected) else expected.hex()), data
            compared += 1
    assert compared > 1000
