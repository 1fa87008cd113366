"""Patterns of derivatives: exact where worked out by hand, never missing an entry, dense where an operator asks for values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401  (states the operators)
from diffcli.engine import sparsity
from diffcli.engine.compressed import evaluate, sparse_jacobian
from diffcli.engine.graph import Graph, Node
from diffcli.engine.higher import jacobian
from diffcli.engine.op import OPS, Items, alias, leaf, lift
from diffcli.engine.pattern import listed
from diffcli.engine.probing import Reach, Unknown, size
from diffcli.engine.run import execute
from diffcli.engine.shape import OperandError

from .inputs_structural import CASES, Case


def vector(size: int, name: str = "x", graph: Graph | None = None) -> Node:
    return leaf(graph or Graph(), name, "var", (size,))


def part(x: Node, start: int | None, stop: int | None) -> Node:
    return OPS["index"](x, (("slice", start, stop, None),))


def tensor(graph: Graph, values: Any) -> Node:
    def items(each: Any) -> Any:
        return Items(map(items, each)) if isinstance(each, list) else each

    return lift(graph, items(np.asarray(values, float).tolist()))


def rows(y: Node, x: Node, barrier: frozenset[Node] = frozenset()) -> list[list[int]]:
    return list(listed(sparsity.pattern(y, x, barrier)))


def test_moves_sums_and_products_are_exact() -> None:
    x = vector(4)
    assert rows(x * x, x) == [[0], [1], [2], [3]]
    assert rows(part(x, 1, None) - part(x, None, -1) ** 2, x) == [[0, 1], [1, 2], [2, 3]]
    assert rows(OPS["flip"](x), x) == [[3], [2], [1], [0]]
    assert rows(OPS["roll"](x, 1) * x, x) == [[0, 3], [0, 1], [1, 2], [2, 3]]
    assert rows(OPS["cumsum"](x), x) == [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3]]
    assert rows(OPS["sum"](OPS["reshape"](x, (2, 2)), axis=0), x) == [[0, 2], [1, 3]]
    assert rows(OPS["transpose"](OPS["reshape"](x, (2, 2))), x) == [[0], [2], [1], [3]]
    assert rows(OPS["concat"](part(x, 2, None), x, axis=0), x) == [[2], [3], [0], [1], [2], [3]]
    assert rows(OPS["pad"](x, (1, 1)), x) == [[], [0], [1], [2], [3], []]
    assert rows(OPS["diag"](part(x, 0, 2)), x) == [[0], [], [], [1]]


def test_a_product_of_matrices_meets_in_rows_and_columns() -> None:
    graph = Graph()
    a, b = leaf(graph, "a", "var", (2, 2)), leaf(graph, "b", "var", (2, 3))
    assert rows(a @ b, a) == [[0, 1]] * 3 + [[2, 3]] * 3
    assert rows(a @ b, b) == [[0, 3], [1, 4], [2, 5]] * 2
    assert rows(a @ a, a) == [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]


def test_zeros_of_a_constant_matrix_are_no_entries() -> None:
    x = vector(3)
    laplacian = tensor(x.graph, [[-2, 1, 0], [1, -2, 1], [0, 1, -2]])
    assert rows(laplacian @ x, x) == [[0, 1], [0, 1, 2], [1, 2]]
    # Of a matrix that is fed, nothing is known.
    assert rows(leaf(x.graph, "a", "input", (3, 3)) @ x, x) == [[0, 1, 2]] * 3


def test_constant_positions_are_followed_and_others_are_not() -> None:
    x = vector(3)
    assert rows(OPS["gather"](x, tensor(x.graph, [2, 0, 2])), x) == [[2], [0], [2]]
    fed = leaf(x.graph, "i", "input", (2,), "int")
    assert rows(OPS["gather"](x, fed), x) == [[0, 1, 2]] * 2


def test_broadcasting_repeats_and_its_gradient_adds() -> None:
    graph = Graph()
    column, row = leaf(graph, "c", "var", (2, 1)), leaf(graph, "r", "var", (3,))
    assert rows(column * row, column) == [[0]] * 3 + [[1]] * 3
    assert rows(column * row, row) == [[0], [1], [2]] * 2
    assert rows(OPS["sum_to"](column * row, (2, 1)), row) == [[0, 1, 2]] * 2


def test_operators_that_choose_by_values_keep_their_axes() -> None:
    x = vector(4)
    square = OPS["reshape"](x, (2, 2))
    assert rows(OPS["max"](square, axis=1), x) == [[0, 1], [2, 3]]
    assert rows(OPS["prod"](square, axis=0), x) == [[0, 2], [1, 3]]
    assert rows(OPS["sort"](x), x) == [[0, 1, 2, 3]] * 4
    assert rows(OPS["maximum"](part(x, 1, None), part(x, None, -1)), x) == [[0, 1], [1, 2], [2, 3]]


def test_what_is_cut_or_stopped_is_no_entry() -> None:
    x = vector(3)
    assert rows(OPS["stop_gradient"](x), x) == [[], [], []]
    assert rows(OPS["floor"](x) * x, x) == [[0], [1], [2]]
    chosen = OPS["where"](OPS["greater"](OPS["roll"](x, 1), 0.0), x, 0.0)
    assert rows(chosen, x) == [[0], [1], [2]]  # a condition passes nothing on
    stopped = alias(OPS["roll"](x, 1), "s")
    assert rows(stopped * x, x, frozenset([stopped])) == [[0], [1], [2]]
    assert rows(stopped * x, x) == [[0, 2], [0, 1], [1, 2]]
    assert rows(stopped * x, stopped, frozenset([stopped])) == [[0], [1], [2]]


def test_scalars_and_sources_that_are_not_reached() -> None:
    x = vector(2)
    assert rows(OPS["sum"](x), x) == [[0, 1]]
    scalar = leaf(x.graph, "s", "var", ())
    assert rows(x * scalar, scalar) == [[0], [0]]
    assert rows(x * 2.0, scalar) == [[], []]
    assert rows(x, x) == [[0], [1]]


def test_an_element_refuses_to_be_looked_at() -> None:
    one, two = Reach(0), Reach(1)
    assert (one + two * 3.0 - 1.0).places() == {0, 1}
    assert one * 0.0 == 0 and 0 * one == 0
    for look in (bool, float, int, abs, lambda each: each < 1, lambda each: each == 1, lambda each: each / 2):
        with pytest.raises(Unknown):
            look(one)
    with pytest.raises(Unknown):
        np.sort(np.array([one, two], dtype=object))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_no_entry_is_missing(case: Case) -> None:
    """The dense Jacobian has no other entries, and those of the pattern are the same by one sweep per colour."""
    graph = Graph()
    xs = tuple(leaf(graph, f"x{i}", "var", np.shape(each)) for i, each in enumerate(case.operands))
    y = OPS[case.name](*((case.call[0],) if case.call else ()), *xs, **case.named)
    feeds = dict(zip(xs, case.operands, strict=True))
    for place, x in enumerate(xs):
        dense = jacobian(y, x) if place not in case.fixed else None
        if dense is None or np.asarray(case.operands[place]).size * max(1, size(y)) > 400:
            continue
        found = sparse_jacobian(y, x)
        matrix = np.zeros(found.shape)
        matrix[found.rows, found.columns] = evaluate(found, feeds)
        expected = np.asarray(execute([dense], feeds)[dense]).reshape(found.shape)
        np.testing.assert_allclose(matrix, expected, rtol=1e-9, atol=1e-11)


def test_unknown_sizes_and_too_many_entries_are_refused() -> None:
    from diffcli.engine.shape import Dim

    x = leaf(Graph(), "x", "var", (Dim.letter("n"),))
    with pytest.raises(OperandError, match="known sizes"):
        sparsity.pattern(x * x, x)
    large = vector(100_000)
    with pytest.raises(OperandError, match="more than"):
        sparsity.pattern(large * OPS["sum"](large), large)


def test_a_large_product_on_the_way_is_not_followed_for_ever() -> None:
    x = vector(160)
    square = OPS["reshape"](x, (160, 1)) * OPS["reshape"](x, (1, 160))
    y = OPS["sum"](square @ square, axis=1)
    assert sparsity.pattern(OPS["index"](y, (("slice", 0, 3, None),)), x).entries == 480
