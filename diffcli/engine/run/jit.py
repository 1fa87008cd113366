"""The executor on compiled loops: LLVM code for this machine's registers, see kernel.py."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import native
from .kernel import SYMBOL, Loop, key_of, lanes_of, llvm_text, ours, waiting
from .memory import LINE, address
from .rows import Work

# Bytes that surely are not in the cache any more when a loop is through.
CACHE = 1 << 25


def prepare(loop: Loop, target: native.Target | None = None, keep: bool = True) -> Work:
    """A loop compiled for a processor, this machine's by default; from the cache on disk where it has been before."""
    chosen = target or native.host()
    pointer = ctypes.c_void_p
    code = native.compiled(SYMBOL, key_of(loop), lambda: llvm_text(loop, chosen), chosen, keep and ours(loop))
    function = native.callable_of(code, pointer, pointer, pointer, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
    lanes = lanes_of(loop, chosen)
    columns_type, outputs_type = pointer * len(loop.columns), pointer * len(loop.outputs)
    uniforms_type = ctypes.c_double * len(loop.uniforms)

    def work(columns: Sequence[Any], uniforms: Sequence[float], outputs: Sequence[Any], start: int, stop: int) -> None:
        if start == stop:
            return
        if stop - start < lanes:
            short(columns, uniforms, outputs, start, stop)
            return
        places = [address(each) + start * each.itemsize for each in outputs]
        aligned = phase(loop, places, lanes)
        function(
            columns_type(*[address(each) + start * each.itemsize for each in columns]),
            uniforms_type(*uniforms),
            outputs_type(*places),
            stop - start,
            max(aligned, 0),
            aligned >= 0 and pays(loop, stop - start),
        )

    def short(columns: Sequence[Any], uniforms: Sequence[float], outputs: Sequence[Any], start: int, stop: int) -> None:
        """Fewer rows than lanes: the last row stands in the lanes beyond."""
        padded = [np.pad(each[start:stop], (0, lanes - (stop - start)), mode="edge") for each in columns]
        results = [np.empty(lanes, each.dtype) for each in outputs]
        work(padded, uniforms, results, 0, lanes)
        for each, result in zip(outputs, results, strict=True):
            each[start:stop] = result[: stop - start]

    return work


def pays(loop: Loop, rows: int) -> bool:
    """Whether storing past the cache is faster: where memory is what the loop waits for, with more numbers out than in,
    and more of them than the cache holds.
    """
    numbers = len(loop.columns) + len(loop.outputs)
    return waiting(loop) and numbers * rows * 8 > CACHE and len(loop.outputs) >= len(loop.columns)


def phase(loop: Loop, places: Sequence[int], lanes: int) -> int:
    """The first row at which all outputs are aligned, to a register or a line of the cache; -1 where there is none."""
    sizes = {8 if loop.dtype == "float64" or node.kind != "float" else 4 for node in loop.outputs}
    offsets = {-place % min(LINE, max(sizes) * lanes) for place in places}
    offset = offsets.pop()
    return offset // max(sizes) if not offsets and len(sizes) == 1 and offset % max(sizes) == 0 else -1
