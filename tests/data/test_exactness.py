"""Every double survives every format, and every way from one format to another, to the last bit."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from diffcli.data import FORMATS, Field, Settings, numeric, open_reader, open_writer

SUFFIXES = {
    "csv": ".csv",
    "tsv": ".tsv.gz",
    "ndjson": ".ndjson",
    "parquet": ".parquet",
    "arrow": ".arrow",
    "stream": ".arrows",
    "npy": ".npy",
    "npz": ".npz",
}
TEXT = ("csv", "tsv", "ndjson")
EDGES = [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e22, 1e-7, 0.1, np.inf, -np.inf]


def doubles(count: int = 100_000) -> np.ndarray:
    """Bit patterns as they come, so NaN with payloads and subnormal numbers too; and those known for trouble."""
    random = np.random.default_rng(5)
    bits = random.integers(0, 2**64, count, dtype=np.uint64)
    bits[: count // 10] &= np.uint64(0x800FFFFFFFFFFFFF)  # subnormal
    values = bits.view(np.float64)
    values[-len(EDGES) - 1 :] = [*EDGES, np.nan]
    return values


def same(found: np.ndarray, expected: np.ndarray, payload: bool) -> bool:
    """Equal bits; text has one word for all NaN."""
    bits = found.view(np.uint64) == np.ascontiguousarray(expected).view(np.uint64)
    return bool((bits if payload else bits | (np.isnan(found) & np.isnan(expected))).all())


def read(path: Path, *names: str, **settings: int) -> dict[str, np.ndarray]:
    """Whole columns."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for block in open_reader(str(path), wanted=names, settings=Settings(**settings)).blocks():  # type: ignore[arg-type]
        assert not block.faults
        for name in names:
            values, faults = block.numbers(name)
            assert not faults
            parts[name].append(values)
    return {name: np.concatenate(each) for name, each in parts.items()}


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The doubles as NumPy itself writes them."""
    path = tmp_path_factory.mktemp("doubles") / "seed.npz"
    np.savez(path, a=doubles(), n=np.arange(100_000) * 90071992547)
    return path


def convert(source: Path, target: Path) -> None:
    """The same table in another format, with its first column once more as a computed one."""
    reader = open_reader(str(source), wanted=["a", "n"])
    fields = reader.fields[:2]
    with open_writer(str(target), None, fields, [Field("b", "float")]) as writer:
        for block in reader.blocks():
            writer.write(block, {"b": block.numbers("a")[0]})


@pytest.fixture(scope="module")
def written(seed: Path) -> dict[str, Path]:
    paths = {name: seed.with_name(f"one{suffix}") for name, suffix in SUFFIXES.items()}
    for path in paths.values():
        convert(seed, path)
    return paths


@pytest.mark.parametrize("name", SUFFIXES)
def test_a_format_keeps_every_bit(name: str, written: dict[str, Path]) -> None:
    found = read(written[name], "a", "b", "n")
    assert same(found["a"], doubles(), name not in TEXT)
    assert same(found["b"], doubles(), name not in TEXT)
    assert (found["n"] == np.arange(100_000) * 90071992547).all()


@pytest.mark.parametrize(("one", "other"), list(product(SUFFIXES, SUFFIXES)))
def test_a_conversion_keeps_every_bit(one: str, other: str, written: dict[str, Path]) -> None:
    target = written[one].with_name(f"{one}-{other}{SUFFIXES[other]}")
    convert(written[one], target)
    found = read(target, "a", "b", "n")
    for name in "ab":
        assert same(found[name], doubles(), one not in TEXT and other not in TEXT)
    assert (found["n"] == np.arange(100_000) * 90071992547).all()
    target.unlink()


def test_every_format_is_tried() -> None:
    assert {each.name for each in FORMATS} <= {*SUFFIXES}


def test_numbers_have_the_same_text_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.concatenate([doubles(20_000), 10.0 ** np.arange(-30, 30), np.arange(1000) / 8])
    fast = numeric.float_texts(values).to_pylist()
    monkeypatch.setattr(numeric, "arrow", lambda: None)
    assert numeric.float_texts(values) == fast
    read_back = np.array([float(text) for text in fast])
    assert same(read_back, values, False)
