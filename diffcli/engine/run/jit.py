"""The executor on compiled loops: LLVM code for this machine's registers, see kernel.py."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import native
from .kernel import SYMBOL, Loop, key_of, llvm_text
from .rows import Work


def prepare(loop: Loop, target: native.Target | None = None, keep: bool = True) -> Work:
    """A loop compiled for a processor, this machine's by default; from the cache on disk where it has been before."""
    chosen = target or native.host()
    pointer = ctypes.c_void_p
    code = native.compiled(SYMBOL, key_of(loop), lambda: llvm_text(loop, chosen), chosen, keep)
    function = native.callable_of(code, pointer, pointer, pointer, ctypes.c_int64)
    lanes = chosen.width * (2 if loop.dtype == "float32" else 1)
    addresses = pointer * len(loop.columns), ctypes.c_double * len(loop.uniforms), pointer * len(loop.outputs)

    def work(columns: Sequence[Any], uniforms: Sequence[float], outputs: Sequence[Any], start: int, stop: int) -> None:
        if start == stop:
            return
        if stop - start < lanes:
            short(columns, uniforms, outputs, start, stop)
            return
        function(
            addresses[0](*[_address(each) + start * each.itemsize for each in columns]),
            addresses[1](*uniforms),
            addresses[2](*[_address(each) + start * each.itemsize for each in outputs]),
            stop - start,
        )

    def short(columns: Sequence[Any], uniforms: Sequence[float], outputs: Sequence[Any], start: int, stop: int) -> None:
        """Fewer rows than lanes: the last row stands in the lanes beyond."""
        padded = [np.pad(each[start:stop], (0, lanes - (stop - start)), mode="edge") for each in columns]
        results = [np.empty(lanes, each.dtype) for each in outputs]
        work(padded, uniforms, results, 0, lanes)
        for each, result in zip(outputs, results, strict=True):
            each[start:stop] = result[: stop - start]

    work.code = code  # type: ignore[attr-defined]  # the function lives as long as its code is held
    return work


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
