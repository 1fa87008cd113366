"""CasADi: symbolic scalars, mapped over rows by its virtual machine or by compiled C."""

from __future__ import annotations

from typing import Any

from ..columns import outputs_beside
from ..programs import Program
from . import Task, Unable

FLAGS = ["-Ofast", "-march=native"]


def function(program: Program) -> Any:
    """Value and partials as one CasADi function of scalars."""
    import casadi

    names = ("sin", "exp", "log", "sqrt", "tanh", "log1p", "erf")
    inputs = [casadi.SX.sym(name) for name in program.inputs]
    value = program.function({name: getattr(casadi, name) for name in names})(*inputs)
    partials = [casadi.gradient(value, inputs[place]) for place in program.places]
    return casadi.Function(program.name, inputs, [value, *partials])


def _buffered(of: Any, columns: list[Any]) -> Task:
    """Calls a function on buffers, which copies nothing and allocates nothing."""
    buffer, trigger = of.buffer()
    outputs = outputs_beside(columns, of.n_out())
    held = (of, buffer, columns, outputs)  # the buffer keeps none of them
    for place, column in enumerate(columns):
        buffer.set_arg(place, column.data)
    for place, output in enumerate(outputs):
        buffer.set_res(place, output.data)

    def run() -> list[Any]:
        trigger()
        return list(held[-1])

    return Task(run)


def rows(program: Program, columns: list[Any]) -> Task:
    """The virtual machine, one row after another."""
    return _buffered(function(program).map(len(columns[0])), columns)


def compiled_rows(program: Program, columns: list[Any]) -> Task:
    """C of the function and its loop, compiled with gcc."""
    from .gcc import available

    if available() is None:
        raise Unable("compiling needs gcc")
    import os
    import tempfile

    import casadi

    scalar = function(program)
    inputs = [casadi.MX.sym(name, 1, len(columns[0])) for name in program.inputs]
    options = {"jit": True, "compiler": "shell", "jit_options": {"flags": FLAGS, "verbose": False}}
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)  # the compiler's files are left in the current folder
        try:
            mapped = casadi.Function(program.name, inputs, list(scalar.map(len(columns[0])).call(inputs)), options)
        finally:
            os.chdir(before)
    return _buffered(mapped, columns)


def point(program: Program, values: list[float]) -> Task:
    """A call with plain numbers."""
    of = function(program)
    return Task(lambda: of(*values), lambda found: [float(each) for each in found])


def buffered_point(program: Program, values: list[float]) -> Task:
    """A call on buffers that are written before and read after it."""
    import numpy

    given = numpy.array(values)
    buffer, trigger = (of := function(program)).buffer()
    outputs = numpy.empty(of.n_out())
    for place in range(len(values)):
        buffer.set_arg(place, given[place : place + 1].data)
    for place in range(len(outputs)):
        buffer.set_res(place, outputs[place : place + 1].data)

    held = (of, buffer)

    def run() -> list[float]:
        assert held
        given[:] = values
        trigger()
        found: list[float] = outputs.tolist()
        return found

    return Task(run)


def _sparse(output: Any, x: Any, of: Any, shape: tuple[int, int]) -> Task:
    """The non-zeros of a sparse matrix as a function of one vector."""
    import casadi
    import numpy

    matrix = casadi.Function("matrix", [of], [output])
    pattern = matrix.sparsity_out(0)
    rows, columns = (numpy.array(each) for each in pattern.get_triplet())
    given, values = numpy.array(x), numpy.empty(pattern.nnz())
    buffer, trigger = matrix.buffer()
    buffer.set_arg(0, given.data)
    buffer.set_res(0, values.data)

    held = (matrix, buffer, given)

    def run() -> Any:
        assert held
        trigger()
        return values

    def read(found: Any) -> list[Any]:
        dense = numpy.zeros(shape)
        dense[rows, columns] = found
        return [dense]

    return Task(run, read)


def hessian(x: Any) -> Task:
    """The sparse Hessian by star colouring of the symbolic gradient."""
    import casadi

    from ..matrices import rosenbrock

    inputs = casadi.SX.sym("x", len(x))
    matrix, _ = casadi.hessian(rosenbrock(inputs, casadi.sum1), inputs)
    return _sparse(matrix, x, inputs, (len(x), len(x)))


def jacobian(x: Any) -> Task:
    """The sparse Jacobian."""
    import casadi

    from ..matrices import banded

    inputs = casadi.SX.sym("x", len(x))
    return _sparse(casadi.jacobian(banded(inputs, casadi), inputs), x, inputs, (len(x), len(x)))
