"""The ceiling: one fused loop in C, compiled with gcc, into outputs that are allocated once."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ..columns import outputs_beside
from ..programs import Program
from . import Task

# Sine and cosine of one argument become one call of sincos, which has no vector form: the loop would stay scalar.
FAST = ("-Ofast", "-march=native", "-mprefer-vector-width=512", "-fno-builtin-sin", "-fno-builtin-cos")
EXACT = ("-O3", "-march=native", "-fno-math-errno", "-ffp-contract=off")


def available() -> str | None:
    """The version of the compiler, None without one."""
    if shutil.which("gcc") is None:
        return None
    asked = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None


def source(program: Program) -> str:
    """The loop: one pointer a column, none of which overlaps another."""
    outputs = ["f", *(f"f_{name}" for name in program.wrt)]
    pointers = [f"const double *restrict in_{name}" for name in program.inputs]
    pointers += [f"double *restrict out_{name}" for name in outputs]
    return "\n".join(
        [
            "#include <math.h>",
            f"void run(long n, {', '.join(pointers)}) {{",
            "#pragma GCC ivdep",
            "for (long i = 0; i < n; i++) {",
            *(f"const double {name} = in_{name}[i];" for name in program.inputs),
            program.c,
            *(f"out_{name}[i] = {name};" for name in outputs),
            "}}",
        ]
    )


def compiled(program: Program, flags: tuple[str, ...]) -> Any:
    """The loop as a function of the number of rows and the addresses of the columns."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "run.so"
        command = ["gcc", *flags, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library), "-x", "none", "-lm"]
        subprocess.run(command, input=source(program), text=True, check=True)
        return ctypes.CDLL(str(library)).run


def _rows(program: Program, columns: list[Any], flags: tuple[str, ...]) -> Task:
    outputs = outputs_beside(columns, 1 + len(program.wrt))
    call = compiled(program, flags)
    held = (*columns, *outputs)
    addresses = [ctypes.c_void_p(each.ctypes.data) for each in held]
    rows = ctypes.c_long(len(columns[0]))

    def run() -> list[Any]:
        call(rows, *addresses)
        return list(held[-len(outputs) :])  # addresses alone would not keep the columns

    return Task(run)


def fast_rows(program: Program, columns: list[Any]) -> Task:
    """Vectorised by the compiler with the vector functions of the C library; not exact in the sense of IEEE 754."""
    return _rows(program, columns, FAST)


def exact_rows(program: Program, columns: list[Any]) -> Task:
    """The scalar functions of the C library, no rearrangement."""
    return _rows(program, columns, EXACT)
