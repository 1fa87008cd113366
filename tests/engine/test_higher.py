"""Second derivatives by each element alone are the diagonal of the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401  fills the table of operators
from diffcli.engine import higher
from diffcli.engine.graph import Graph, Node
from diffcli.engine.op import OPS, leaf
from diffcli.engine.run import execute
from diffcli.engine.run.rows import compile_rows
from diffcli.engine.shape import Dim, OperandError


def setting() -> tuple[Node, Node, Node, dict[Node, object]]:
    graph = Graph()
    x, s = leaf(graph, "x", "var", (3,)), leaf(graph, "s", "var", ())
    target = OPS["sum"](OPS["exp"](x)) * s * s + OPS["prod"](x)
    return target, x, s, {x: np.array([0.1, 0.2, 0.3]), s: 2.0}


def test_the_diagonal_is_that_of_calculus_and_of_the_matrix() -> None:
    target, x, s, feeds = setting()
    by_x, by_s = higher.hessian_diagonal([target], x), higher.hessian_diagonal([target], s)
    matrix = higher.hessian([target], x, x)
    values = execute([by_x, by_s, matrix], feeds)
    np.testing.assert_allclose(values[by_x], 4 * np.exp([0.1, 0.2, 0.3]), rtol=1e-15)
    np.testing.assert_allclose(values[by_s], 2 * np.sum(np.exp([0.1, 0.2, 0.3])), rtol=1e-15)
    np.testing.assert_allclose(values[by_x], np.diag(values[matrix]), rtol=1e-15)


def test_a_linear_or_unconnected_target_has_zeros() -> None:
    graph = Graph()
    x, y = leaf(graph, "x", "var", (2,)), leaf(graph, "y", "var", ())
    for target in (OPS["sum"](3.0 * x), y * y):
        found = higher.hessian_diagonal([target], x)
        assert execute([found], {x: np.ones(2), y: 1.0})[found].tolist() == [0, 0]


def test_sizes_must_be_known() -> None:
    graph = Graph()
    x = leaf(graph, "x", "var", (Dim.letter("n"),))
    with pytest.raises(OperandError, match="known sizes"):
        higher.hessian_diagonal([OPS["sum"](x * x)], x)


@pytest.mark.parametrize("executor", ["jit", "blocked"])
def test_value_gradient_and_diagonal_are_one_program(executor: str) -> None:
    from diffcli.engine.diff import gradients

    target, x, s, _ = setting()
    targets = [target, *gradients([target], [x]), higher.hessian_diagonal([target], x)]
    program = compile_rows(targets, [x, s], executor=executor)
    assert len(program.segments) == 1
    random = np.random.default_rng(1)
    x_values, s_values = random.normal(size=(10, 3)), random.normal(size=10)
    diagonal = program.run([x_values, s_values])[2]
    np.testing.assert_allclose(diagonal, np.exp(x_values) * s_values[:, None] ** 2, rtol=1e-14)
