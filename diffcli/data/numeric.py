"""Numbers from text and text from numbers, exact to the last bit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE)
EXACT = 2**53
_SPELLED = {"nan", "inf", "infinity"}


def arrow() -> Any:
    """The pyarrow library, or None where it is not installed."""
    try:
        import pyarrow
    except ImportError:
        return None
    return pyarrow


def functions() -> Any:
    """The compute functions of pyarrow, which take longer to import than all else of it: only where they are called."""
    import pyarrow.compute

    return pyarrow.compute


def number_of(text: str) -> float | str:
    """The number that a text spells, or what is wrong with it.

    What `float` takes, `nan` and `inf` in any case included; without its digit groups (`1_000`) and its digits of
    other scripts, which are a slip in a data file. A number too large for a float is wrong, not infinite.
    """
    word = text.strip()
    if not word:
        return "empty"
    if not _NUMBER.fullmatch(word):
        return f"`{visible_cell(text)}` is not a number"
    value = float(word)
    if value in (float("inf"), float("-inf")) and word.lstrip("+-").lower() not in _SPELLED:
        return f"`{visible_cell(text)}` is beyond the range of float64"
    return value


def visible_cell(text: str) -> str:
    """A cell's text for a message."""
    from .records import visible

    return visible(text)


def integers(values: NDArray[Any]) -> tuple[NDArray[np.float64], list[tuple[int, str]]]:
    """Whole numbers as floats, and which of them no float is equal to."""
    floats = values.astype(np.float64)
    faults: list[tuple[int, str]] = []
    if values.dtype.itemsize == 8:
        low = values < -EXACT if values.dtype.kind == "i" else np.zeros(len(values), bool)
        for row in np.flatnonzero((values > EXACT) | low):
            if int(floats[row]) != int(values[row]):
                faults.append((int(row), f"{int(values[row])} is a whole number that float64 cannot hold"))
                floats[row] = np.nan
    return floats, faults


def float_texts(values: NDArray[Any]) -> Any:
    """The shortest text of each number that reads back as the same bits; a pyarrow array where pyarrow is there."""
    values = np.ascontiguousarray(values, dtype=np.float64)
    pyarrow = arrow()
    if pyarrow is not None:
        return functions().cast(floats_of(values), pyarrow.string())
    return [float_text(value) for value in values.tolist()]


def floats_of(values: NDArray[np.float64]) -> Any:
    """Numbers as a pyarrow array in the memory that they have; to look for masks would import numpy.ma."""
    pyarrow = arrow()
    return pyarrow.Array.from_buffers(pyarrow.float64(), len(values), [None, pyarrow.py_buffer(values)])


def float_text(value: float) -> str:
    """The shortest text of a number, written as pyarrow writes it."""
    size = abs(value)
    if 1e-4 <= size < 1e10 or size == 0:
        return repr(value).removesuffix(".0")
    if value != value:
        return "nan"
    if size == float("inf"):
        return repr(value)
    if 1e-6 <= size < 1e-4:
        return np.format_float_positional(value, trim="-")
    return np.format_float_scientific(value, trim="-", exp_digits=1)


def texts_of(values: NDArray[Any], kind: str) -> Any:
    """The texts of a column of computed numbers."""
    if kind == "float":
        return float_texts(values)
    if kind == "bool":
        found = ["true" if value else "false" for value in values.tolist()]
    else:
        found = list(map(str, values.tolist()))
    return found


def blanked(texts: Any, empty: Sequence[bool] | NDArray[np.bool_] | None, word: str = "") -> Any:
    """Texts with those of the rows marked `empty` replaced."""
    if empty is None or not np.any(empty):
        return texts
    found = texts if isinstance(texts, list) else texts.to_pylist()
    return [word if gone else text for text, gone in zip(found, np.asarray(empty).tolist(), strict=True)]


def joined(pieces: Sequence[Any]) -> memoryview | bytes:
    """Texts set side by side, row after row: a piece is a column of texts or a text that stands in every row."""
    pyarrow = arrow()
    columns = [piece for piece in pieces if not isinstance(piece, str)]
    if pyarrow is None or all(isinstance(piece, list) for piece in columns):
        count = len(columns[0])
        rows = zip(*([piece] * count if isinstance(piece, str) else piece for piece in pieces), strict=True)
        return "".join(["".join("" if cell is None else cell for cell in row) for row in rows]).encode(
            "utf-8", "surrogateescape"
        )
    each = [
        pyarrow.scalar(piece)
        if isinstance(piece, str)
        else (pyarrow.array(piece, pyarrow.string()) if isinstance(piece, list) else piece)
        for piece in pieces
    ]
    done = functions().binary_join_element_wise(*each, "", null_handling="replace", null_replacement="")
    if isinstance(done, pyarrow.ChunkedArray):
        done = pyarrow.concat_arrays(done.chunks)
    offsets = np.frombuffer(done.buffers()[1], np.int32)[done.offset : done.offset + len(done) + 1]
    return memoryview(done.buffers()[2])[int(offsets[0]) : int(offsets[-1])] if len(done) else b""
