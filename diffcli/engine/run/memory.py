"""Where arrays lie in memory."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

LINE = 64  # bytes of a line of the cache


def address(array: Any) -> int:
    """Where an array's first number is."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # quick, for arrays in one piece that can be written
    except (TypeError, ValueError):
        found: int = array.ctypes.data
        return found


def span(array: Any) -> tuple[int, int]:
    """The first byte of an array, and the one after its last."""
    if array.flags.c_contiguous:
        start = address(array)
        return start, start + array.nbytes
    low, high = byte_bounds(array)
    return low, high


def owner(array: Any) -> int | None:
    """Which array the memory belongs to, as a number; None where that is not an array of its own."""
    base = array if array.base is None else array.base
    return id(base) if isinstance(base, np.ndarray) and base.flags.owndata else None


def room(bytes: int) -> Any:
    """Bytes that start a line of the cache: whole registers then fit lines."""
    space = np.empty(bytes + LINE, np.uint8)
    offset = -address(space) % LINE
    return space[offset : offset + bytes]
