"""SymPy: derivatives as formulas, shared parts found by it, and NumPy or `math` to compute them."""

from __future__ import annotations

from typing import Any

from ..columns import outputs_beside
from ..programs import Program
from . import Task

BLOCK = 4096


def formulas(program: Program) -> tuple[list[Any], list[Any]]:
    """The inputs as symbols; the value and the partials as formulas of them."""
    import sympy

    names = ("sin", "exp", "log", "sqrt", "tanh", "erf")
    functions = {**{name: getattr(sympy, name) for name in names}, "log1p": lambda x: sympy.log(1 + x)}
    inputs = list(sympy.symbols(program.inputs))
    value = program.function(functions)(*inputs)
    return inputs, [value, *(sympy.diff(value, inputs[place]) for place in program.places)]


def rows(program: Program, columns: list[Any]) -> Task:
    """Blocks of rows that stay in the cache."""
    import sympy

    inputs, outputs = formulas(program)
    function = sympy.lambdify(inputs, outputs, modules=["scipy", "numpy"], cse=True)
    whole = outputs_beside(columns, len(outputs))
    parts = [slice(start, start + BLOCK) for start in range(0, len(columns[0]), BLOCK)]

    def run() -> list[Any]:
        for part in parts:
            for output, found in zip(whole, function(*(column[part] for column in columns)), strict=True):
                output[part] = found
        return whole

    return Task(run)


def point(program: Program, values: list[float]) -> Task:
    """Plain numbers through `math`."""
    import sympy

    inputs, outputs = formulas(program)
    function = sympy.lambdify(inputs, outputs, modules="math", cse=True)
    return Task(lambda: function(*values))
