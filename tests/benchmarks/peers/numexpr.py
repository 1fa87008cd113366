"""NumExpr: formulas over blocks of columns. It does not differentiate: SymPy gives the formulas and their shared parts."""

from __future__ import annotations

from typing import Any

from ..columns import outputs_beside
from ..programs import Program
from . import Task, Unable


def rows(program: Program, columns: list[Any]) -> Task:
    """One evaluation for each shared part and each output."""
    import numexpr

    try:
        import sympy

        from .sympy import formulas
    except ImportError:
        raise Unable("the formulas of its partials need sympy") from None
    if not hasattr(numexpr.necompiler, "erf") and "erf" in program.body:
        raise Unable("no erf")
    numexpr.set_num_threads(1)
    inputs, outputs = formulas(program)
    shared, reduced = sympy.cse(outputs)
    steps = [(str(name), str(formula)) for name, formula in shared]
    steps += [(f"out{place}", str(formula)) for place, formula in enumerate(reduced)]
    values = dict(zip(map(str, inputs), columns, strict=True))
    buffers = dict(zip((name for name, _ in steps), outputs_beside(columns, len(steps)), strict=True))
    values.update(buffers)
    names = [f"out{place}" for place in range(len(reduced))]

    def run() -> list[Any]:
        for name, formula in steps:
            numexpr.evaluate(formula, values, out=buffers[name])
        return [buffers[name] for name in names]

    return Task(run)
