"""diffcli: fused vector code, blocked NumPy, generated code for single points, sparse matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..columns import outputs_beside
from ..matrices import HESSIAN_TEXT, JACOBIAN_TEXT
from ..programs import Program
from ..training_data import NAMES, NETWORK_TEXT, RATE, REGRESSION_TEXT, Batch
from . import Task


def value_and_gradients(text: str, inputs: Sequence[str], wrt: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """The nodes of `f` with its partials, and those of the inputs."""
    from diffcli.compute.load import load
    from diffcli.compute.request import Request
    from diffcli.engine.diff import gradients
    from diffcli.source import Source

    model = load(Request(Source("benchmark", text)))
    nodes = {name: model.leaves[name].node for name in inputs}
    value = model.names["f"]
    return [value, *gradients([value], [nodes[name] for name in wrt])], list(nodes.values())


def _rows(program: Program, columns: list[Any], executor: str, threads: int = 1) -> Task:
    from diffcli.engine.run.rows import compile_rows

    targets, inputs = value_and_gradients(program.text, program.inputs, program.wrt)
    compiled = compile_rows(targets, inputs, executor=executor, threads=threads)
    outputs = outputs_beside(columns, len(targets))
    return Task(lambda: compiled.run(columns, out=outputs))


def jit_rows(program: Program, columns: list[Any], threads: int = 1) -> Task:
    """One fused loop of vector code."""
    return _rows(program, columns, "jit", threads)


def blocked_rows(program: Program, columns: list[Any], threads: int = 1) -> Task:
    """NumPy over blocks that stay in the cache; needs no llvmlite."""
    return _rows(program, columns, "blocked", threads)


def point(program: Program, values: list[float]) -> Task:
    """Generated code of plain floats."""
    from diffcli.engine.run.point import compile_point

    targets, inputs = value_and_gradients(program.text, program.inputs, program.wrt)
    function = compile_point(targets, inputs)
    return Task(lambda: function(*values))


def _sparse(text: str, second: bool, x: Any) -> Task:
    """The entries of a sparse matrix of derivatives as a function of one vector."""
    import numpy

    from diffcli.engine.compressed import compiled, sparse_hessian, sparse_jacobian

    (value, _), (vector,) = value_and_gradients(text, ["x"], ["x"])
    matrix = sparse_hessian([value], vector, vector) if second else sparse_jacobian(value, vector)
    entries = compiled(matrix, [vector])

    def read(found: Any) -> list[Any]:
        dense = numpy.zeros(matrix.shape)
        dense[matrix.rows, matrix.columns] = found
        return [dense]

    return Task(lambda: entries([x]), read)


def hessian(x: Any) -> Task:
    """Star colouring of the pattern, all sweeps compiled together."""
    return _sparse(HESSIAN_TEXT.format(size=len(x)), True, x)


def jacobian(x: Any) -> Task:
    """Colouring of the columns or rows, all sweeps compiled together."""
    return _sparse(JACOBIAN_TEXT.format(size=len(x)), False, x)


def regression(state: tuple[float, float], sample: tuple[float, float]) -> Task:
    """The loss and the moved parameters as one function of plain floats."""
    from diffcli.engine.run.point import compile_point

    (value, *slopes), inputs = value_and_gradients(REGRESSION_TEXT, ("w", "b", "x", "y"), ("w", "b"))
    moved = [each - RATE * slope for each, slope in zip(inputs, slopes, strict=False)]
    step = compile_point([value, *moved], inputs)
    w, b = state
    x, y = sample

    def run() -> tuple[float, float, float]:
        nonlocal w, b
        loss, w, b = step(w, b, x, y)
        return loss, w, b

    return Task(run)


def network(data: Batch) -> Task:
    """The whole step as one planned program that writes the new parameters over the old ones."""
    from diffcli.engine.run.tensors import plan

    text = NETWORK_TEXT.format(batch=len(data.x))
    (value, *slopes), inputs = value_and_gradients(text, ("X", "Y", *NAMES), NAMES)
    moved = [each - RATE * slope for each, slope in zip(inputs[2:], slopes, strict=True)]
    places = {1 + place: 2 + place for place in range(len(NAMES))}
    program = plan([value, *moved], inputs, dtype="float32", donate=places)
    for own, given in zip(program.inputs, (data.x, data.y, *data.parameters), strict=True):
        own[...] = given
    return Task(program.run)
