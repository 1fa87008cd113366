"""diffcli: fused vector code, blocked NumPy, generated code for single points, sparse matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..columns import outputs_beside
from ..matrices import HESSIAN_TEXT, JACOBIAN_TEXT
from ..programs import Program
from ..training_data import ADAM_RATE, BETA_1, BETA_2, EPSILON, NAMES, NETWORK_TEXT, RATE, REGRESSION_TEXT, Batch
from . import Task, arrays


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


def regression(state: tuple[float, float], samples: Sequence[tuple[float, float]]) -> Task:
    """Gradient descent on plain floats, as a training makes its steps when nobody looks at each."""
    from diffcli.engine.train import Trainer, first_state

    from ...training_programs import graph_of

    graph = graph_of(REGRESSION_TEXT, ("w", "b"), ("x", "y"), "sgd")
    trainer = Trainer(first_state(graph, state))
    return Task(
        lambda: trainer.advance(graph, samples, lambda done: RATE),
        lambda found: arrays([found.loss, *trainer.state]),
    )


def network(data: Batch) -> Task:
    """The whole step as one planned program that writes the new state over the old one."""
    from diffcli.engine.train import Trainer, first_state

    from ...training_programs import graph_of

    text = NETWORK_TEXT.format(batch=len(data.x))
    graph = graph_of(text, NAMES, ("X", "Y"), "adam", beta_1=BETA_1, beta_2=BETA_2, epsilon=EPSILON)
    trainer = Trainer(first_state(graph, data.parameters, "float32"), "float32")
    return Task(
        lambda: trainer.step(graph, (data.x, data.y), ADAM_RATE),
        lambda found: arrays([found.loss, *trainer.state[: len(NAMES)]]),
    )


def tape(dtype: str) -> Task:
    """An eager tape of the layer that speaks TensorFlow; the derivative is compiled when it comes again."""
    import diffcli.tensorflow as tf

    from ..tapes import START, recorded

    x = tf.Variable(START, dtype=dtype)
    return Task(lambda: recorded(tf, x))
