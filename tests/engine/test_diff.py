"""Differentiation of graphs; expected numbers are mathematics, or what TensorFlow was measured to give."""

import math

import pytest

from diffcli.engine import diff, higher
from diffcli.engine.graph import Graph, Node
from diffcli.engine.op import Items, alias, constant, leaf, lookup
from diffcli.engine.ops.elementary import exp, log, sqrt
from diffcli.engine.ops.leaves import stop_gradient
from diffcli.engine.ops.piecewise import greater, where
from diffcli.engine.ops.reductions import sum as total
from diffcli.engine.ops.trigonometric import cos, sin
from diffcli.engine.program import operations
from diffcli.engine.run import execute
from diffcli.engine.shape import OperandError


def variables(*names: str, shape: tuple[int, ...] = ()) -> list[Node]:
    graph = Graph()
    return [leaf(graph, name, "var", shape) for name in names]


def value(node: Node | None, feeds: dict[Node, object]) -> object:
    assert node is not None
    found = execute([node], feeds)[node]
    return found.tolist() if hasattr(found, "tolist") else found


def test_targets_are_summed_and_repeated_sources_repeat() -> None:
    (x,) = variables("x")
    assert [value(g, {x: 3.0}) for g in diff.gradients([x**2, 5.0 * x], [x, x])] == [11.0, 11.0]


def test_a_target_that_is_a_source_contributes_its_weight() -> None:
    (x,) = variables("x")
    assert value(diff.gradients([x, x * x], [x])[0], {x: 2.0}) == 5.0


def test_an_intermediate_source_does_not_cut_the_paths_to_its_ancestors() -> None:
    (x,) = variables("x")
    y = alias(x**2, "y")
    z = y**2
    assert [value(g, {x: 3.0}) for g in diff.gradients([z], [x, y])] == [108.0, 18.0]
    assert [value(g, {x: 3.0}) for g in diff.gradients([y, z], [x, y, z])] == [114.0, 19.0, 1.0]


def test_equal_named_expressions_are_two_places() -> None:
    (x,) = variables("x")
    first, second = alias(x**2, "first"), alias(x**2, "second")
    assert value(diff.gradients([3.0 * first + second], [first])[0], {x: 1.0}) == 3.0


def test_nothing_downstream_is_a_source() -> None:
    (x,) = variables("x")
    y = alias(x**2, "y")
    assert diff.gradients([x], [y]) == [None]


def test_a_barrier_keeps_its_own_gradient_and_cuts_what_is_upstream() -> None:
    (a,) = variables("a")
    b = alias(2.0 * a, "b")
    c = a + b
    assert [value(g, {a: 0.0}) for g in diff.gradients([c], [a, b])] == [3.0, 1.0]
    assert [value(g, {a: 0.0}) for g in diff.gradients([c], [a, b], barrier={a, b})] == [1.0, 1.0]
    assert diff.gradients([b * 3.0], [a], barrier={b}) == [None]


def test_stop_gradient_is_none_and_a_second_path_stays() -> None:
    (x,) = variables("x")
    assert diff.gradients([stop_gradient(x)], [x]) == [None]
    assert value(diff.gradients([stop_gradient(x**2) * x], [x])[0], {x: 2.0}) == 4.0


def test_zero_times_a_source_is_connected() -> None:
    (x,) = variables("x")
    assert value(diff.gradients([0.0 * x], [x])[0], {x: 5.0}) == 0.0


def test_weights_have_the_shape_of_their_target() -> None:
    (x,) = variables("x", shape=(2,))
    seed = constant(x.graph, 2.0)
    with pytest.raises(OperandError, match=r"shape \[\]"):
        diff.gradients([x * x], [x], [seed])
    with pytest.raises(OperandError, match="2 targets"):
        diff.gradients([x, x], [x], [None])


@pytest.mark.parametrize(
    ("branch", "expected"), [(sqrt, 0.0), (log, 0.0), (lambda x: 1.0 / x, 0.0), (lambda x: x**-1.5, 0.0)]
)
def test_the_branch_not_taken_contributes_exactly_zero(branch, expected) -> None:  # type: ignore[no-untyped-def]
    (x,) = variables("x")
    y = where(greater(x, 0.0), branch(x), 0.0)
    assert value(diff.gradients([y], [x])[0], {x: 0.0}) == expected
    assert value(diff.jvp([y], [x], [constant(x.graph, 1.0)])[0], {x: 0.0}) == expected


def test_a_masked_branch_stays_masked_through_reductions_and_in_the_second_order() -> None:
    graph = Graph()
    x = leaf(graph, "x", "var", (3,))
    feeds = {x: [0.0, 1.0, 4.0]}
    y = total(where(greater(x, 0.0), sqrt(x) * log(x), 7.0 * x))
    first = diff.gradients([y], [x])[0]
    assert first is not None
    second = diff.gradients([first], [x])[0]
    # d/dx sqrt(x) log(x) = (log(x) + 2) / (2 sqrt(x)), and -log(x) / (4 x**1.5) after that.
    assert value(first, feeds) == pytest.approx([7.0, 1.0, (math.log(4.0) + 2.0) / 4.0], rel=1e-15)
    assert value(second, feeds) == pytest.approx([0.0, 0.0, -math.log(4.0) / 32.0], rel=1e-14, abs=1e-15)
    u = where(greater(x, 0.0), x**1.5, 7.0 * x)
    assert value(diff.gradients([u], [x])[0], feeds) == [7.0, 1.5, 3.0]


def test_strict_gives_tensorflow_s_nan() -> None:
    graph = Graph(strict=True)
    x = leaf(graph, "x", "var", ())
    y = where(greater(x, 0.0), log(x), x)
    assert math.isnan(value(diff.gradients([y], [x])[0], {x: 0.0}))  # type: ignore[arg-type]
    assert value(diff.gradients([y], [x])[0], {x: -1.0}) == 1.0


def test_opposite_branches_become_one_choice() -> None:
    (x,) = variables("x")
    y = where(greater(x, 0.0), x**2, 3.0 * x)
    gradient = diff.gradients([y], [x])[0]
    assert gradient is not None and gradient.op is lookup("where")
    assert (value(gradient, {x: 2.0}), value(gradient, {x: -2.0})) == (4.0, 3.0)


def test_a_condition_on_the_number_that_flows_is_still_a_condition() -> None:
    (x,) = variables("x")
    one = constant(x.graph, 1.0)
    y = where(greater(one, 0.0), 5.0, x)
    assert value(diff.gradients([y], [x])[0], {x: 3.0}) == 0.0


@pytest.mark.parametrize(("x_at", "y_at"), [(2.0, 0.0), (2.0, 1.0), (0.5, -1.5), (3.0, 2.0)])
def test_mixed_derivatives_of_a_power_commute(x_at: float, y_at: float) -> None:
    x, y = variables("x", "y")
    by_x, by_y = diff.gradients([x**y], [x, y])
    assert by_x is not None and by_y is not None
    expected = x_at ** (y_at - 1) * (1 + y_at * math.log(x_at))
    for first, second in ((by_x, y), (by_y, x)):
        assert value(diff.gradients([first], [second])[0], {x: x_at, y: y_at}) == pytest.approx(expected, rel=1e-14)


def test_derivatives_nest() -> None:
    (x,) = variables("x")
    node: Node | None = sin(x)
    for expected in (math.cos(0.7), -math.sin(0.7), -math.cos(0.7), math.sin(0.7)):
        assert node is not None
        node = diff.gradients([node], [x])[0]
        assert value(node, {x: 0.7}) == pytest.approx(expected, rel=1e-15)


def test_forward_and_reverse_agree_and_mixed_derivatives_commute() -> None:
    x, y = variables("x", "y")
    f = exp(x * y) * sin(x) + x / y
    feeds: dict[Node, object] = {x: 0.4, y: 1.3}
    reverse = diff.gradients([f], [x, y])
    forward = [diff.jvp([f], [x], [constant(x.graph, 1.0)])[0], diff.jvp([f], [y], [constant(x.graph, 1.0)])[0]]
    assert [value(g, feeds) for g in reverse] == pytest.approx([value(t, feeds) for t in forward], rel=1e-14)
    assert reverse[0] is not None and reverse[1] is not None
    xy, yx = diff.gradients([reverse[0]], [y])[0], diff.gradients([reverse[1]], [x])[0]
    assert value(xy, feeds) == pytest.approx(value(yx, feeds), rel=1e-13)


def test_jacobian_is_the_same_from_both_sides() -> None:
    graph = Graph()
    x = leaf(graph, "x", "var", (2,))
    from diffcli.engine.op import ROLES, build

    y = build(ROLES["stack"], (total(x * x), total(x**3), total(sin(x))), (0,))
    feeds: dict[Node, object] = {x: [1.0, 2.0]}
    expected = [[2.0, 4.0], [3.0, 12.0], [math.cos(1.0), math.cos(2.0)]]
    for mode in ("reverse", "forward", "auto"):
        assert value(higher.jacobian(y, x, mode=mode), feeds) == [pytest.approx(row, rel=1e-15) for row in expected]


def test_hessian_and_its_product() -> None:
    x, y = variables("x", "y")
    f = x * x * y + y**3
    feeds: dict[Node, object] = {x: 2.0, y: 3.0}
    assert value(higher.hessian([f], x, x), feeds) == 6.0
    assert value(higher.hessian([f], x, y), feeds) == 4.0
    assert value(higher.hessian([5.0 * x], x, x), feeds) == 0.0
    assert value(higher.hessian([y], x, x), feeds) == 0.0
    one, two = constant(x.graph, 1.0), constant(x.graph, 2.0)
    assert [value(p, feeds) for p in higher.hvp([f], [x, y], [one, two])] == [6.0 + 8.0, 4.0 + 36.0]


def test_the_gradient_of_a_product_of_many_factors_stays_linear() -> None:
    names = [f"x{i}" for i in range(40)]
    xs = variables(*names)
    product = xs[0]
    for x in xs[1:]:
        product = product * x
    gradients = diff.gradients([product], xs)
    assert operations([product, *[g for g in gradients if g is not None]]) <= 4 * operations([product])


def test_paths_are_counted_once() -> None:
    (x,) = variables("x")
    y = x
    for _ in range(40):
        y = y + y
    assert value(diff.gradients([y], [x])[0], {x: 1.0}) == 2.0**40


def test_a_derivative_that_vanished_is_told_from_one_that_never_was() -> None:
    x, w = variables("x", "w")
    y = x * x
    first = diff.gradients([y], [x])[0]
    assert first is not None
    marked = diff.derivative(first, [y])
    second = diff.gradients([marked], [x])[0]
    assert second is not None
    twice = diff.derivative(second, [marked])
    assert diff.gradients([twice], [x]) == [None]
    assert diff.vanished([twice], x)
    assert not diff.vanished([twice], w)


def test_a_list_of_entries_of_different_shapes_is_refused() -> None:
    x, _ = variables("x", "w")
    vector = leaf(x.graph, "v", "var", (2,))
    with pytest.raises(OperandError, match="one shape"):
        total(Items([x, vector]))


def test_cosine_of_a_sum_has_the_chain_rule() -> None:
    x, y = variables("x", "y")
    assert value(diff.gradients([cos(x + 2.0 * y)], [y])[0], {x: 0.1, y: 0.2}) == pytest.approx(
        -2 * math.sin(0.5), rel=1e-15
    )
