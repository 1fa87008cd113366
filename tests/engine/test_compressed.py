"""Sparse Jacobians and Hessians against dense ones and against mathematics, at infinite entries, too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401  (states the operators)
from diffcli.engine import colouring, higher
from diffcli.engine.compressed import (
    Compressed,
    careful,
    compiled,
    evaluate,
    sparse_hessian,
    sparse_jacobian,
)
from diffcli.engine.graph import Graph, Node
from diffcli.engine.op import OPS, Items, leaf, lift
from diffcli.engine.run import execute
from diffcli.engine.shape import OperandError, known
from diffcli.engine.sparsity import symmetric

MODES = ["auto", "forward", "reverse"]
total, roll, log = OPS["sum"], OPS["roll"], OPS["log"]


def vector(size: int, strict: bool = False) -> Node:
    return leaf(Graph(strict=strict), "x", "var", (size,))


def part(x: Node, start: int | None, stop: int | None) -> Node:
    return OPS["index"](x, (("slice", start, stop, None),))


def tensor(graph: Graph, values: Any) -> Node:
    def items(each: Any) -> Any:
        return Items(map(items, each)) if isinstance(each, list) else each

    return lift(graph, items(np.asarray(values, float).tolist()))


def rosenbrock(x: Node) -> Node:
    here, after = part(x, None, -1), part(x, 1, None)
    return total(100 * (after - here**2) ** 2 + (1 - here) ** 2)


def matrix(found: Compressed, feeds: dict[Node, Any], executor: str = "blocked") -> np.ndarray:
    """The dense matrix of the entries, which are the same when they are computed for many points."""
    values = evaluate(found, feeds)
    again = compiled(found, list(feeds), executor=executor)(list(feeds.values()))
    np.testing.assert_allclose(again, values, rtol=1e-13)
    result = np.zeros(found.shape)
    result[found.rows, found.columns] = values
    return result


def drawn(generator: np.random.Generator, x: Node) -> Node:
    """A graph of some operators on pieces of each other."""
    pool = [x]

    def pick() -> Node:
        return pool[generator.integers(len(pool))]

    for _ in range(generator.integers(3, 9)):
        u, v = pick(), pick()
        size, common = int(u.shape[0]), min(int(u.shape[0]), int(v.shape[0]))  # type: ignore[arg-type]
        sparse = np.round(generator.normal(size=(3, size)) * (generator.random((3, size)) < 0.4), 2)
        makers: list[Any] = [
            lambda u=u: OPS["sin"](u),
            lambda u=u: OPS["exp"](u * 0.1) * u,
            lambda u=u: part(u, 1, None) if u.shape[0] > 2 else u,
            lambda u=u: roll(u, 1),
            lambda u=u, v=v, common=common: part(u, 0, common) * part(v, -common, None),
            lambda u=u, v=v, common=common: part(u, 0, common) - OPS["flip"](part(v, 0, common)),
            lambda u=u, v=v: OPS["concat"](u, v, axis=0),
            lambda u=u, sparse=sparse: tensor(u.graph, sparse) @ u,
            lambda u=u: u * total(part(u, 0, 2)),
            lambda u=u: OPS["cumsum"](u),
            lambda u=u: OPS["where"](OPS["greater"](u, 0.1), u, 0.5 * u * u),
            lambda u=u: OPS["sort"](u),
            lambda u=u: OPS["max"](OPS["stack"](u, OPS["sin"](u)), axis=0),
            lambda u=u: OPS["stop_gradient"](u) * u,
        ]
        made = makers[generator.integers(len(makers))]()
        if made.shape[0] <= 20:
            pool.append(made)
    return pool[-1]


@pytest.mark.parametrize("seed", range(120))
def test_random_graphs_as_dense(seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = vector(int(generator.integers(2, 8)))
    y, feeds = drawn(generator, x), {x: generator.normal(size=known(x.shape))}
    scalar = total(OPS["sin"](y))
    for mode in MODES:
        dense = higher.jacobian(y, x)
        found = sparse_jacobian(y, x, mode=mode)
        expected = np.zeros(found.shape) if dense is None else execute([dense], feeds)[dense].reshape(found.shape)
        np.testing.assert_allclose(matrix(found, feeds), expected, rtol=1e-9, atol=1e-10)
        second = higher.hessian([scalar], x, x)
        curved = sparse_hessian([scalar], x, x, mode=mode)
        np.testing.assert_allclose(matrix(curved, feeds), execute([second], feeds)[second], rtol=1e-9, atol=1e-10)
        # The careful way for infinite points gives the same numbers.
        if curved.targets:
            np.testing.assert_allclose(matrix(careful(curved), feeds), matrix(curved, feeds), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("mode", MODES)
def test_rosenbrock(mode: str) -> None:
    x, size = vector(50), 50
    at = np.linspace(-1.5, 2.0, size)
    found = sparse_hessian([rosenbrock(x)], x, x, mode=mode)
    assert (len(found.rows), found.colours) == (3 * size - 2, 3)
    expected = np.zeros((size, size))
    inner = np.arange(size - 1)
    expected[inner, inner] += 1200 * at[:-1] ** 2 - 400 * at[1:] + 2
    expected[inner + 1, inner + 1] += 200
    expected[inner, inner + 1] = expected[inner + 1, inner] = -400 * at[:-1]
    np.testing.assert_allclose(matrix(found, {x: at}, "auto"), expected, rtol=1e-12)


@pytest.mark.parametrize("width", [0, 1, 2])
def test_banded_jacobians_take_a_colour_per_diagonal(width: int) -> None:
    x, size = vector(30), 30
    padded = OPS["pad"](OPS["sin"](x), (width, width))
    y = part(padded, 0, size)
    for step in range(1, 2 * width + 1):
        y = y + (step + 1.0) * part(padded, step, step + size)
    found = sparse_jacobian(y * x, x)
    # A single sweep is the one of the gradient; else a tie goes to forward mode.
    assert (found.colours, found.mode) == (2 * width + 1, "forward" if width else "reverse")
    at = np.linspace(0.1, 1.0, size)
    weights = np.array([[k - i + width + 1 if abs(k - i) <= width else 0 for k in range(size)] for i in range(size)])
    expected = weights * np.cos(at) * at[:, None] + np.diag(weights @ np.sin(at))
    np.testing.assert_allclose(matrix(found, {x: at}, "auto"), expected, rtol=1e-12)


def test_the_fewer_colours_decide_the_mode() -> None:
    x = vector(12)
    hub = OPS["index"](x, (("at", 0),))
    assert (lambda each: (each.mode, each.colours))(sparse_jacobian(x * hub, x)) == ("forward", 2)
    wide = OPS["stack"](total(part(x, 0, 6) ** 2), total(part(x, 6, None) ** 2))
    assert (lambda each: (each.mode, each.colours))(sparse_jacobian(wide, x)) == ("reverse", 1)
    assert sparse_jacobian(total(x * x), x).colours == 1
    assert sparse_jacobian(wide, x, mode="forward").colours == 6


def test_an_arrow_takes_two_sweeps_as_a_star() -> None:
    x, size = vector(20), 20
    hub = OPS["index"](x, (("at", 0),))
    y = total(OPS["exp"](hub * part(x, 1, None)))
    found = sparse_hessian([y], x, x)
    assert found.colours == 2
    at = np.linspace(0.1, 0.9, size)
    growth = np.exp(at[0] * at[1:])
    expected = np.diag(np.r_[(at[1:] ** 2 * growth).sum(), at[0] ** 2 * growth])
    expected[0, 1:] = expected[1:, 0] = (1 + at[0] * at[1:]) * growth
    np.testing.assert_allclose(matrix(found, {x: at}), expected, rtol=1e-12)


def test_sweeps_that_would_not_fit_are_refused_and_not_begun() -> None:
    size = 50_000
    x = vector(size)
    hub = OPS["index"](x, (("at", 0),))
    with pytest.raises(OperandError, match="50000 sweeps"):
        sparse_jacobian(OPS["concat"](part(x * hub, 1, None), OPS["reshape"](total(x * x), (1,)), axis=0), x)
    assert sparse_hessian([total(part(x, 1, None) * hub) + total(x**3)], x, x).colours == 2


def test_no_mirror_images_where_conventions_break_symmetry() -> None:
    """At a negative base the slope of x**y by y is 0 by convention, but that of its slope by x is not."""
    x = vector(5)
    hub = OPS["index"](x, (("at", 0),))
    y = total(hub ** part(x, 1, None))
    assert not symmetric([y], x)
    dense = higher.hessian([y], x, x)
    at = {x: np.array([-2.0, 1.0, 2.0, 3.0, 4.0])}
    expected = execute([dense], at)[dense]
    assert not np.allclose(expected, expected.T)
    np.testing.assert_allclose(matrix(sparse_hessian([y], x, x), at), expected, rtol=1e-12)


def test_blocks_of_two_sources_and_linear_targets() -> None:
    x = vector(4)
    other = leaf(x.graph, "z", "var", (4,))
    found = sparse_hessian([total(x * x * other)], x, other)
    assert found.colours == 1
    np.testing.assert_allclose(
        matrix(found, {x: np.arange(4.0), other: np.ones(4)}), np.diag(2 * np.arange(4.0)), rtol=1e-15
    )
    for nothing in (sparse_hessian([total(3 * x)], x, x), sparse_hessian([total(other)], x, x)):
        assert (nothing.shape, nothing.colours, nothing.targets) == ((4, 4), 0, ())
        assert nothing.values([]).shape == (0,)


def test_a_shared_forward_part_is_built_once() -> None:
    from diffcli.engine.graph import ancestors

    x = vector(9)
    found = sparse_hessian([total(OPS["exp"](OPS["sin"](x)) * roll(x, 1) * roll(x, 2))], x, x)
    assert found.colours >= 5
    assert sum(node.op in (OPS["exp"], OPS["sin"]) for node in ancestors(found.targets)) == 2


def test_infinite_entries_spoil_no_others() -> None:
    """Seeds of 0 meet an infinite slope in the sweeps; the entries are those of mathematics all the same."""
    x = vector(4)
    y = log(part(x, 1, None)) * part(x, None, -1)
    at = {x: np.array([3.0, 0.0, 1.0, 2.0])}
    for mode in MODES:
        found = sparse_jacobian(y, x, mode=mode)
        assert found.colours == 2
        entries = dict(
            zip(zip(found.rows.tolist(), found.columns.tolist(), strict=True), evaluate(found, at), strict=True)
        )
        assert entries == {
            (0, 0): -math.inf,
            (0, 1): math.inf,
            (1, 1): 0.0,
            (1, 2): 0.0,
            (2, 2): math.log(2),
            (2, 3): 0.5,
        }
        many = compiled(found, [x])
        assert many([at[x]]).tolist() == list(entries.values())
        assert np.isfinite(many([np.array([3.0, 0.5, 1.0, 2.0])])).all()


def test_infinite_entries_of_hessians() -> None:
    x = vector(3)
    y = total(OPS["sqrt"](part(x, None, -1)) * part(x, 1, None) ** 2)
    found = sparse_hessian([y], x, x)
    values = evaluate(found, {x: np.array([0.0, 4.0, 1.0])})
    entries = dict(zip(zip(found.rows.tolist(), found.columns.tolist(), strict=True), values.tolist(), strict=True))
    assert entries[0, 0] == -math.inf and entries[0, 1] == entries[1, 0] == math.inf
    assert entries[1, 1] == -1 / 32 and entries[1, 2] == entries[2, 1] == 0.5 and entries[2, 2] == 4.0


def test_infinite_entries_where_the_pattern_is_not_followed() -> None:
    """The product of matrices is too large to be followed element by element; the pattern is full."""
    x = vector(160)
    square = OPS["reshape"](x, (160, 1)) * OPS["reshape"](x, (1, 160))
    y = part(total(square @ square, axis=1), 0, 2) * 1e-3 + OPS["sqrt"](part(x, 0, 2))
    at = {x: np.linspace(0.0, 1.0, 160)}
    found = sparse_jacobian(y, x, mode="reverse")
    dense = higher.jacobian(y, x, mode="reverse")
    assert dense is not None and len(found.rows) == 320
    np.testing.assert_array_equal(evaluate(found, at).reshape(2, 160), execute([dense], at)[dense])


def test_infinite_entries_of_a_star() -> None:
    x = vector(5)
    y = total(OPS["sqrt"](part(x, 1, None)) * OPS["index"](x, (("at", 0),)) ** 2)
    found = sparse_hessian([y], x, x)
    assert found.colours == 2
    entries = dict(
        zip(
            zip(found.rows.tolist(), found.columns.tolist(), strict=True),
            evaluate(found, {x: np.array([2.0, 0.0, 1.0, 4.0, 9.0])}).tolist(),
            strict=True,
        )
    )
    assert entries == {
        (0, 0): 12.0,
        **{(0, i): slope for i, slope in zip(range(1, 5), (math.inf, 2.0, 1.0, 2 / 3), strict=True)},
        **{(i, 0): slope for i, slope in zip(range(1, 5), (math.inf, 2.0, 1.0, 2 / 3), strict=True)},
        **{(i, i): bend for i, bend in zip(range(1, 5), (-math.inf, -1.0, -1 / 8, -1 / 27), strict=True)},
    }


def test_under_strict_rules_nan_is_where_tensorflow_has_it() -> None:
    """0 * inf is NaN there, also where the pattern has no entry: the full matrix is computed."""
    x = vector(3, strict=True)
    y = log(part(x, 1, None)) * part(x, None, -1)
    at = {x: np.array([3.0, 0.0, 1.0])}
    for mode in MODES:
        dense = higher.jacobian(y, x, mode=mode)
        assert dense is not None
        expected = execute([dense], at, "float64", True)[dense]
        found = sparse_jacobian(y, x, mode=mode)
        np.testing.assert_array_equal(evaluate(found, at, "float64", True).reshape(2, 3), expected)
        np.testing.assert_array_equal(compiled(found, [x], strict=True)([at[x]]).reshape(2, 3), expected)
    large = vector(2000, strict=True)
    with pytest.raises(OperandError, match="TensorFlow"):
        sparse_jacobian(large * large, large)


def test_gradients_of_the_users_own_take_a_sweep_each() -> None:
    """Such a rule may depend on all that arrives, or on nothing of it."""
    graph = Graph()
    x = leaf(graph, "x", "var", (4,))
    rules: list[Any] = [lambda g: [g / OPS["sqrt"](total(g * g))], lambda g: [x * 0.0 + 5.0], lambda g: [roll(g, 1)]]
    at = {x: np.arange(1.0, 5.0)}
    for rule in rules:
        y = custom(x, rule)
        dense = higher.jacobian(y, x)
        assert dense is not None
        found = sparse_jacobian(y, x)
        np.testing.assert_array_equal(evaluate(found, at).reshape(4, 4), execute([dense], at)[dense])


def custom(x: Node, rule: Any) -> Node:
    """x**2 with a gradient of its own."""
    op = OPS["custom"]
    return x.graph.intern(op, (x * x, x), (f"own{x.graph.count}", rule, (False,)), x.shape, "float")


def test_tangents_of_ones_have_the_shape_of_their_source() -> None:
    graph = Graph()
    column, row = leaf(graph, "c", "var", (2, 1)), leaf(graph, "r", "var", (3,))
    y = column * row
    feeds = {column: np.array([[10.0], [20.0]]), row: np.array([1.0, 2.0, 3.0])}
    for mode in MODES:
        expected = np.kron(np.eye(2), np.array([[1.0, 2.0, 3.0]])).T
        np.testing.assert_array_equal(matrix(sparse_jacobian(y, column, mode=mode), feeds), expected)
        expected = np.vstack([np.eye(3) * 10, np.eye(3) * 20])
        np.testing.assert_array_equal(matrix(sparse_jacobian(y, row, mode=mode), feeds), expected)


def test_a_wrong_colouring_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def two(pattern: Any) -> colouring.Colouring:
        return colouring.Colouring(np.arange(pattern.columns) % 2, 2)

    monkeypatch.setattr(colouring, "columns", two)
    x = vector(8)
    with pytest.raises(colouring.Clash):
        sparse_hessian([rosenbrock(x)], x, x, mode="forward")


def test_scalar_sources_and_targets() -> None:
    graph = Graph()
    x = leaf(graph, "x", "var", ())
    found = sparse_hessian([x**3 * 1.0], x, x)
    assert matrix(found, {x: 2.0}).tolist() == [[12.0]]
    assert matrix(sparse_jacobian(OPS["stack"](x, x * x), x), {x: 3.0}).tolist() == [[1.0], [6.0]]


def test_values_of_a_wrong_shape_are_refused() -> None:
    x = vector(6)
    entries = compiled(sparse_hessian([rosenbrock(x)], x, x), [x], executor="blocked")
    for wrong in (np.zeros(1), 0.0, np.zeros((2, 3))):
        with pytest.raises(ValueError, match="shape"):
            entries([wrong])
    with pytest.raises(ValueError, match="argument"):
        entries([])


def test_single_precision() -> None:
    x = vector(6)
    found = sparse_hessian([rosenbrock(x)], x, x)
    at = {x: np.linspace(0, 1, 6, dtype=np.float32)}
    values = evaluate(found, at, "float32")
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, evaluate(found, at), rtol=1e-5)
    again = compiled(found, [x], "float32")(list(at.values()))
    assert again.dtype == np.float32
    np.testing.assert_allclose(again, values, rtol=1e-6)


def test_declared_constants_are_part_of_the_program() -> None:
    graph = Graph()
    x, a = leaf(graph, "x", "var", (3,)), leaf(graph, "a", "const", (3, 3))
    graph.bound[a] = tensor(graph, np.eye(3))
    found = sparse_jacobian(a @ (x * x), x)
    assert found.colours == 1
    at = np.array([1.0, 2.0, 3.0])
    assert compiled(found, [x])([at]).tolist() == [2.0, 4.0, 6.0]
    assert evaluate(found, {x: at, a: np.eye(3)}).tolist() == [2.0, 4.0, 6.0]
    with pytest.raises(ValueError, match="a"):
        compiled(found, [x, a])  # another matrix would have other entries
    # As a source it stands for any value.
    assert len(sparse_jacobian(a @ x, a).rows) == 9
