"""The table of file formats: which suffixes are whose, and what each needs."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, NamedTuple

from .records import FormatError


class Format(NamedTuple):
    """A file format: its name, its suffixes, the module that reads and writes it, whether it needs pyarrow."""

    name: str
    suffixes: tuple[str, ...]
    module: str
    extra: bool
    doc: str
    text: bool = False

    def load(self) -> Any:
        """The module that reads and writes the format."""
        return import_module(f".{self.module}", __package__)


def _packed(*suffixes: str) -> tuple[str, ...]:
    return tuple(suffix + packing for suffix in suffixes for packing in ("", ".gz", ".zst"))


FORMATS = (
    Format("csv", _packed(".csv"), "csv", False, "text, cells divided by commas, a header line", True),
    Format("tsv", _packed(".tsv", ".tab"), "tsv", False, "text, cells divided by tabs, a header line", True),
    Format("ndjson", _packed(".ndjson", ".jsonl"), "ndjson", False, "a JSON object per line", True),
    Format("parquet", (".parquet", ".pq"), "parquet", True, "Apache Parquet"),
    Format("arrow", (".arrow", ".feather", ".ipc", ".arrows"), "arrow", True, "Arrow IPC, file or stream (.arrows)"),
    Format("npy", (".npy",), "npy", False, "a NumPy array: columns x_0, x_1, … or named fields"),
    Format("npz", (".npz",), "npz", False, "NumPy arrays by name, a column each"),
)


def format_of(path: str, given: str | None = None) -> Format:
    """The format of a file: the one given by name, else the one that its suffix says."""
    if given is not None:
        for each in FORMATS:
            if each.name == given.lower():
                return each
        raise FormatError(f"unknown data format {given}", f"one of {', '.join(each.name for each in FORMATS)}")
    name = _bare(path).lower()
    for each in FORMATS:
        if name.endswith(each.suffixes):
            return each
    known = ", ".join(suffix for each in FORMATS for suffix in each.suffixes if not suffix.endswith((".gz", ".zst")))
    if path == "-":
        raise FormatError("a stream has no name that tells its format", "give the format of the data")
    raise FormatError(f"{path}: the suffix names no known data format", f"known: {known}; text also with .gz and .zst")


def packing_of(path: str) -> str | None:
    """How a file of this name is compressed: `gz`, `zst` or None."""
    name = _bare(path).lower()
    return "gz" if name.endswith(".gz") else "zst" if name.endswith(".zst") else None


def _bare(path: str) -> str:
    """The name at the end of a path; of an address on the web without what is asked of the server."""
    if path.lower().startswith(("http://", "https://")):
        path = path.partition("#")[0].partition("?")[0]
    return os.path.basename(path)
