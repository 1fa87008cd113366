"""Structural operators: values against other formulations, derivatives to third order, special points, refusals."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401  (states the operators)
from diffcli.engine.diff import gradients, jvp
from diffcli.engine.graph import Graph, Node
from diffcli.engine.op import OPS, Edge, Items, Op, constant, leaf, lookup
from diffcli.engine.program import program
from diffcli.engine.run import execute, scalar_program
from diffcli.engine.shape import Dim, OperandError, text

from .inputs_structural import CASES, REFUSED, VALUES, Case

FAMILIES = (
    "shaping",
    "joining",
    "creation",
    "selection",
    "reductions",
    "scans",
    "norms",
    "linalg",
    "matrices",
    "einsum",
    "determinants",
    "control",
)
OURS = [op for op in OPS.values() if op.family in FAMILIES]
total = OPS["sum"]
Feeds = dict[Node, Any]


def leaves(graph: Graph, arrays: Any) -> tuple[Node, ...]:
    return tuple(leaf(graph, f"x{i}", "var", np.shape(each)) for i, each in enumerate(arrays))


def called(case: Case, strict: bool = False) -> tuple[Node, tuple[Node, ...], Feeds]:
    """The node of a case, its operands and their values."""
    graph = Graph(strict=strict)
    xs = leaves(graph, case.operands)
    arguments = (case.call[0], *xs) if case.call else xs
    return OPS[case.name](*arguments, **case.named), xs, dict(zip(xs, case.operands, strict=True))


def value(node: Node, feeds: Feeds, dtype: str = "float64") -> np.ndarray:
    return np.asarray(execute([node], feeds, dtype)[node])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_value_equals_another_formulation(case: Case) -> None:
    node, _, feeds = called(case)
    found = value(node, feeds)
    expected = np.asarray(case.reference(*case.operands))
    assert found.shape == expected.shape == node.shape
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_float32_stays_float32(case: Case) -> None:
    node, xs, feeds = called(case)
    narrow = {x: np.asarray(each, dtype=np.float32) for x, each in feeds.items()}
    moving = [x for i, x in enumerate(xs) if i not in case.fixed]
    slopes = [slope for slope in gradients([node], moving) if slope is not None]
    results = execute([node, *slopes], narrow, "float32")
    wide = execute([node, *slopes], feeds)
    for each in (node, *slopes):
        assert np.asarray(results[each]).dtype == np.float32 or isinstance(results[each], float)
        np.testing.assert_allclose(results[each], wide[each], rtol=2e-3, atol=2e-4)


def slope_along(target: Node, xs: list[Node], direction: list[Node]) -> tuple[Node, Node]:
    """The derivative of a scalar along a direction, in reverse and in forward mode."""
    found = gradients([target], xs)
    reverse = constant(target.graph, 0.0)
    for slope, way in zip(found, direction, strict=True):
        if slope is not None:
            reverse = reverse + total(slope * way)
    forward = jvp([target], xs, direction)[0]
    return reverse, forward if forward is not None else constant(target.graph, 0.0)


def numeric_slope(target: Node, xs: list[Node], ways: list[np.ndarray], feeds: Feeds) -> float:
    """Central differences, extrapolated once."""

    def at(step: float) -> float:
        moved = dict(feeds)
        for x, way in zip(xs, ways, strict=True):
            moved[x] = np.asarray(feeds[x] + step * way)
        return float(value(target, moved))

    coarse, fine = ((at(step) - at(-step)) / (2 * step) for step in (2e-3, 1e-3))
    return (4 * fine - coarse) / 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
@pytest.mark.parametrize("forward", [False, True], ids=["reverse", "forward"])
def test_derivatives_to_third_order(case: Case, forward: bool) -> None:
    node, xs, feeds = called(case)
    moving = [x for i, x in enumerate(xs) if i not in case.fixed]
    generator = np.random.default_rng(3)

    def random_leaf(shape: Any) -> Node:
        way = leaf(node.graph, "way", "var", shape)
        feeds[way] = np.asarray(generator.uniform(0.3, 1.0, shape) * generator.choice([-1, 1], shape))
        return way

    target = total(node * random_leaf(node.shape))
    for _order in range(3):
        ways = [random_leaf(x.shape) for x in moving]
        backward, onward = slope_along(target, moving, ways)
        results = execute([backward, onward], feeds)
        numeric = numeric_slope(target, moving, [feeds[way] for way in ways], feeds)
        np.testing.assert_allclose(results[onward], results[backward], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(results[backward], numeric, rtol=2e-6, atol=2e-7)
        target = onward if forward else backward


def edges() -> list[Any]:
    return [pytest.param(op, edge, id=f"{op.name}:{edge.at}") for op in OURS for edge in op.edge]


@pytest.mark.parametrize("strict", [False, True], ids=["ours", "strict"])
@pytest.mark.parametrize(("op", "edge"), edges())
def test_special_points(op: Op, edge: Edge, strict: bool) -> None:
    named = edge.at[-1] if isinstance(edge.at[-1], dict) else {}
    arrays = [np.asarray(each) for each in edge.at if not isinstance(each, dict)]
    graph = Graph(strict=strict)
    xs = leaves(graph, arrays)
    node = op(*xs, **named)
    feeds = dict(zip(xs, arrays, strict=True))
    expected = edge.strict if strict and edge.strict is not None else edge.gradient
    for x, wanted in zip(xs, expected, strict=True):
        slope = gradients([node], [x])[0]
        if wanted is None:
            assert slope is None
            continue
        assert slope is not None
        np.testing.assert_allclose(value(slope, feeds), wanted, rtol=1e-12, atol=1e-300)
        if np.isfinite(wanted).all():
            for place in np.ndindex(*x.shape):
                unit = leaf(graph, "unit", "var", x.shape)
                feeds[unit] = np.zeros(x.shape)
                feeds[unit][place] = 1.0
                pushed = jvp([node], [x], [unit])[0]
                assert pushed is not None
                np.testing.assert_allclose(
                    value(total(pushed), feeds), np.asarray(wanted)[place], rtol=1e-12, atol=1e-300
                )


@pytest.mark.parametrize(("op", "edge"), edges())
def test_conventions_are_noticed_only_where_they_decide(op: Op, edge: Edge) -> None:
    arrays = [np.asarray(each) for each in edge.at if not isinstance(each, dict)]
    graph = Graph()
    xs = leaves(graph, arrays)
    node = op(*xs, **(edge.at[-1] if isinstance(edge.at[-1], dict) else {}))
    assert all(convention.when(*arrays, *node.attributes) in (False, True, 0) for convention in op.conventions)


@pytest.mark.parametrize(
    ("name", "array", "named", "decided"),
    [
        ("max", [1.0, 3.0, 3.0], {}, True),
        ("max", [1.0, 2.0, 3.0], {}, False),
        ("min", [[1.0, 1.0], [1.0, 2.0]], {"axis": 0}, True),
        ("max", [[1.0, 3.0], [3.0, 4.0]], {"axis": 0}, False),
        ("norm", [0.0, 0.0], {}, True),
        ("norm", [0.0, 1.0], {}, False),
        ("norm", [[0.0, 1.0], [0.0, 2.0]], {"axis": 0}, True),
        ("norm", [1.0, -1.0], {"ord": math.inf}, True),
        ("norm", [1.0, -2.0], {"ord": math.inf}, False),
        ("norm", [0.0, 1.0], {"ord": 1}, True),
        ("std", [2.0, 2.0], {}, True),
        ("std", [2.0, 3.0], {}, False),
        ("max", [], {}, False),
    ],
)
def test_conventions(name: str, array: Any, named: dict[str, Any], decided: bool) -> None:
    array = np.asarray(array)
    node = OPS[name](leaf(Graph(), "x", "var", array.shape), **named)
    assert any(bool(convention.when(array, *node.attributes)) for convention in OPS[name].conventions) is decided


@pytest.mark.parametrize(
    ("name", "arrays", "named", "expected"), VALUES, ids=lambda each: each if isinstance(each, str) else None
)
def test_special_values(name: str, arrays: Any, named: dict[str, Any], expected: Any) -> None:
    graph = Graph()
    xs = leaves(graph, arrays)
    node = OPS[name](*xs, **named)
    found = value(node, dict(zip(xs, arrays, strict=True)))
    assert found.shape == np.shape(expected) == node.shape
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize(
    ("name", "shapes", "named", "message"), REFUSED, ids=lambda each: each if isinstance(each, str) else None
)
def test_wrong_arguments_are_refused_in_words(name: str, shapes: Any, named: dict[str, Any], message: str) -> None:
    graph = Graph()
    operands = [each if isinstance(each, str) else leaf(graph, "x", "var", each) for each in shapes]
    with pytest.raises(OperandError) as caught:
        OPS[name](*operands, **named)
    assert message in f"{caught.value.message} {caught.value.hint}"


def test_indices_are_checked_before_and_during_the_run() -> None:
    graph = Graph()
    x = leaf(graph, "x", "var", (3,))
    i = leaf(graph, "i", "input", (2,))
    with pytest.raises(OperandError, match="index 5 is out of range for axis 0 of size 3"):
        OPS["gather"](x, Items([0.0, 5.0]))
    for wrong, message in (([0.0, 3.0], "index 3 is out of range"), ([0.0, 0.5], "whole number")):
        with pytest.raises(OperandError, match=message):
            value(OPS["gather"](x, i), {x: np.zeros(3), i: np.array(wrong)})


SCALAR: list[tuple[str, Callable[[Node], Node]]] = [
    *[
        (name, lambda x, op=OPS[name]: op(x))
        for name in (
            "sum",
            "mean",
            "prod",
            "max",
            "min",
            "norm",
            "logsumexp",
            "zeros_like",
            "ones_like",
            "squeeze",
            "transpose",
            "flip",
            "var",
            "std",
        )
    ],
    ("reshape", lambda x: OPS["reshape"](x, ())),
    ("broadcast_to", lambda x: OPS["broadcast_to"](x, ())),
    ("max of three", lambda x: OPS["max"](x, 1.0, x * 2.0)),
    ("one of a list", lambda x: OPS["index"](OPS["stack"](x, x * 3.0), (("at", 1),))),
    ("einsum", lambda x: OPS["einsum"](",", x, x)),
    ("clip_by_norm", lambda x: OPS["clip_by_norm"](x, 2.0)),
    ("tile", lambda x: OPS["tile"](x, ())),
    ("global_norm", lambda x: OPS["global_norm"](Items([x]))),
    ("full", lambda x: OPS["full"]((), x)),
    ("dot", lambda x: OPS["dot"](x, 3.0)),
    ("roll", lambda x: OPS["roll"](x, 1)),
]


@pytest.mark.parametrize(("name", "function"), SCALAR, ids=[name for name, _ in SCALAR])
def test_scalar_programs_stay_scalar(name: str, function: Callable[[Node], Node]) -> None:
    graph = Graph()
    x = leaf(graph, "x", "var", ())
    node = function(x)
    slope = gradients([node], [x])[0]
    targets = [node] if slope is None else [node, slope]
    assert scalar_program(program(targets, {x}))
    plain, arrays = execute(targets, {x: -3.0}), execute(targets, {x: np.asarray(-3.0)})
    assert [plain[each] for each in targets] == [arrays[each] for each in targets]


def test_names_of_tensorflow_numpy_and_torch() -> None:
    for name in (
        "tf.reduce_sum",
        "tf.reduce_mean",
        "reduce_max",
        "np.linalg.norm",
        "tf.linalg.inv",
        "tf.matmul",
        "np.concatenate",
        "torch.cat",
        "tf.reduce_any",
        "np.take",
        "tf.reverse",
        "np.amax",
        "tf.linalg.det",
        "tf.nn.softmax",
        "tf.fill",
        "tf.reduce_logsumexp",
        "tf.math.reduce_std",
        "tf.math.reduce_variance",
        "tf.linalg.trace",
        "np.linalg.solve",
    ):
        assert lookup(name) is not None, name


def test_joins_take_a_list_or_operands() -> None:
    graph = Graph()
    a, b = leaf(graph, "a", "var", (2, 1)), leaf(graph, "b", "var", (2, 1))
    for name in ("stack", "concat"):
        op = OPS[name]
        assert (
            op(Items([a, b]), 1)
            is op(Items([a, b]), axis=1)
            is op(a, b, axis=-2 + (name == "concat"))
            is op(Items([a, b]), constant(graph, 1.0))
        )
    whole = leaf(graph, "c", "var", (3, 2))
    assert OPS["concat"](whole).shape == (6,) and OPS["stack"](whole, axis=1).shape == (2, 3)


def test_clip_by_global_norm_of_a_list() -> None:
    graph = Graph()
    a, b = leaf(graph, "a", "var", (2,)), leaf(graph, "b", "var", ())
    feeds = {a: np.array([3.0, 0.0]), b: np.asarray(4.0)}
    clipped = OPS["clip_by_global_norm"](Items([a, None, b]), 1.0)
    assert clipped[1] is None
    np.testing.assert_allclose(value(clipped[0], feeds), [0.6, 0.0])
    np.testing.assert_allclose(value(clipped[2], feeds), 0.8)
    assert value(OPS["global_norm"](Items([a, None, b])), feeds) == 5.0
    np.testing.assert_allclose(value(OPS["clip_by_global_norm"](Items([a]), 1.0, use_norm=6.0)[0], feeds), [0.5, 0.0])


def test_strict_clipping_gives_the_numbers_of_tensorflow() -> None:
    for t, c, expected in [
        ([3e200, 4e200], 5.0, [0, 0]),
        ([0.0, 0.0], 0.0, [math.nan, math.nan]),
        ([3.0, 4.0], math.inf, [math.nan, math.nan]),
        ([3.0, 4.0], 1.0, [0.6, 0.8]),
    ]:
        graph = Graph(strict=True)
        x = leaf(graph, "x", "var", (2,))
        np.testing.assert_allclose(value(OPS["clip_by_norm"](x, c), {x: np.asarray(t)}), expected)


def test_unknown_sizes() -> None:
    n = Dim.letter("n")
    graph = Graph()
    x, w = leaf(graph, "X", "input", (n, 3)), leaf(graph, "w", "var", (3,))
    assert OPS["matmul"](x, w).shape == (n,) and OPS["transpose"](x).shape == (3, n) and OPS["sum"](x, 0).shape == (3,)
    assert OPS["index"](x, (("slice", 1, None, None),)).shape == (n - 1, 3) and OPS["index"](
        x, (("slice", None, -1, None), ("at", 0))
    ).shape == (n - 1,)
    assert (
        OPS["concat"](x, x).shape == (2 * n, 3)
        and text(OPS["ravel"](x).shape) == "[3*n]"
        and OPS["reshape"](x, (-1,)).shape == (3 * n,)
    )
    mean = OPS["mean"](OPS["matmul"](x, w))
    assert mean.inputs[1].op is OPS["size"] and str(mean.inputs[1].attributes[0]) == "n"
    slope = gradients([mean], [w])[0]
    assert slope is not None and slope.shape == (3,)
    for name in ("mean", "std", "var", "max", "prod", "norm", "logsumexp"):
        for axis in (None, 0, 1):
            found = gradients([OPS[name](x, axis=axis)], [x])[0]
            assert found is not None and found.shape == (n, 3), name
    with pytest.raises(OperandError):
        OPS["index"](x, (("slice", None, None, 2),))


def test_ranges_and_constants() -> None:
    from diffcli.engine.op import build

    graph = Graph()
    for name, attributes, expected in [
        ("arange", (4.0, None, 1.0), [0, 1, 2, 3]),
        ("arange", (1.0, 2.0, 0.25), [1, 1.25, 1.5, 1.75]),
        ("arange", (3.0, 0.0, -2.0), [3, 1]),
        ("eye", (2.0, 3.0), [[1, 0, 0], [0, 1, 0]]),
        ("zeros", (2.0,), [0, 0]),
        ("ones", ((2.0, 1.0),), [[1], [1]]),
    ]:
        node = build(OPS[name], (), attributes, graph=graph)
        found = value(node, {})
        assert found.tolist() == expected and found.shape == node.shape
    with pytest.raises(OperandError, match="arange"):
        build(OPS["arange"], (), (0.0, 1.0, 0.0), graph=graph)


def test_large_running_products_and_batches() -> None:
    x = np.random.default_rng(1).uniform(0.5, 1.5, 3000)
    graph = Graph()
    node = leaf(graph, "x", "var", x.shape)
    slope = gradients([OPS["prod"](node)], [node])[0]
    assert slope is not None
    np.testing.assert_allclose(value(slope, {node: x}), np.prod(x) / x, rtol=1e-9)
    a = np.random.default_rng(2).normal(size=(40, 40))
    node = leaf(graph, "a", "var", a.shape)
    slope = gradients([OPS["det"](node)], [node])[0]
    assert slope is not None
    np.testing.assert_allclose(value(slope, {node: a}), np.linalg.det(a) * np.linalg.inv(a).T, rtol=1e-8)


def test_every_operator_has_words_and_points() -> None:
    for op in OURS:
        if not op.hidden:
            assert op.doc and op.rule and op.at, op.name
    tested = {case.name for case in CASES} | {name for name, *_ in VALUES} | {"arange", "eye", "zeros", "ones", "size"}
    assert not {op.name for op in OURS} - tested


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_formulas_of_derivatives_are_read_back(case: Case) -> None:
    from diffcli import compute
    from diffcli.compute.request import Request
    from diffcli.lang.write import formula
    from diffcli.source import Source

    node, xs, feeds = called(case)
    if 0 in node.shape:
        return
    weight = leaf(node.graph, "w", "var", node.shape)
    feeds[weight] = np.random.default_rng(0).uniform(0.5, 1, node.shape)
    moving = [x for i, x in enumerate(xs) if i not in case.fixed]
    slopes = [slope for slope in gradients([node * weight], moving) if slope is not None]
    declared = "".join(f"var {x.attributes[0]} = {np.asarray(each).tolist()}\n" for x, each in feeds.items())
    results = execute([node, *slopes], feeds)
    for each in (node, *slopes):
        text = f"{declared}out = {formula(each)}\noutput out\n"
        read = compute.evaluate(Request(source=Source("formula", text))).targets[0].value
        np.testing.assert_allclose(read, results[each], rtol=1e-9, atol=1e-12)
