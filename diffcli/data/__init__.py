"""Data files: tables read and written in blocks, CSV, TSV, NDJSON, Parquet, Arrow, npy and npz, each in a file here.

with open_writer("greeks.parquet", None, reader.fields, [Field("value", "float")]) as writer:
    for block in reader.blocks():
        values, faults = block.numbers("S")
        writer.write(block, {"value": values**2})
"""

from __future__ import annotations

from .block import Block
from .formats import FORMATS, Format, format_of
from .overlap import Behind, ahead
from .reader import Reader, open_reader
from .records import DataError, Fault, Field, FormatError, Mark, MissingExtra, Place, Settings, WriteError
from .writer import Writer, open_writer

__all__ = [
    "FORMATS",
    "Behind",
    "Block",
    "DataError",
    "Fault",
    "Field",
    "Format",
    "FormatError",
    "Mark",
    "MissingExtra",
    "Place",
    "Reader",
    "Settings",
    "WriteError",
    "Writer",
    "ahead",
    "format_of",
    "open_reader",
    "open_writer",
]
