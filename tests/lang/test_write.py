"""Formulas as text: what is printed is read back as the very same graph."""

from math import isfinite

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diffcli.compute import Request
from diffcli.compute.load import load
from diffcli.engine import diff
from diffcli.engine.graph import Node, ancestors
from diffcli.engine.op import lift
from diffcli.engine.rewrite import tidy
from diffcli.engine.run import execute
from diffcli.lang.lower import constant_expression
from diffcli.lang.model import Model
from diffcli.lang.parse import parse_expression
from diffcli.lang.write import formula, latex
from diffcli.source import Source

DECLARED = "var x = 0.7\nvar y = 1.3\nvar v = [1.5, 2.5, 0.5]\nvar M = [[2, 0.5, 1], [0.25, 3, 1], [1, 1, 4]]\n"


def model_of(text: str = "") -> Model:
    return load(Request(Source("test", DECLARED + text)))


def read(model: Model, text: str) -> Node:
    return lift(
        model.graph, constant_expression(model, Source("formula", text), parse_expression(Source("formula", text)))
    )


@pytest.mark.parametrize(
    "text",
    [
        "x + y - (x - y)",
        "x - (y - x)",
        "x / y / 2",
        "x / (y / 2)",
        "-x**2",
        "(-x)**2",
        "x**-y",
        "(x**y)**2",
        "x**y**2",
        "-(x + y)",
        "2 * -x",
        "where(x < y and not x > 2, x, y)",
        "x % y // 2",
        "sum(v)",
        "sum(M, axis=0)",
        "sum(M, axis=1, keepdims=true)",
        "M @ v",
        "v[0] + M[1, 2]",
        "v[1:]",
        "M[:, 0]",
        "M[..., 1]",
        "reshape(v, [3, 1])",
        "[x, 2 * y, 3]",
        "transpose(M)",
        "max(v)",
        "concat([v, v])",
        "clip(x, 0, 1)",
        "1e-20 * x + 1e300",
        "norm(v)",
        "stack([v, v], axis=1)",
        "log(x) * sqrt(y)",
        "atan2(x, y)",
        "logsumexp(v)",
        "softmax(v)",
        'einsum("ij,j->i", M, v)',
        "cumsum(v)",
        "trace(M)",
        "det(M)",
        "x == y or x != 2",
    ],
)
def test_what_is_printed_reads_back_as_the_same_node(text: str) -> None:
    model = model_of()
    node = read(model, text)
    assert read(model, formula(node)) is node


@pytest.mark.parametrize(
    "text",
    [
        "x + y",
        "x**2 + 3 * x",
        "-x**2",
        "(x + y) * 2",
        "x - (y - 1)",
        "sin(x) / (1 + y)",
        "where(x > 0, x, 0)",
        "v[0]",
        "[1, 2, 3] * x",
    ],
)
def test_text_that_is_already_plain_is_printed_as_it_was(text: str) -> None:
    assert formula(read(model_of(), text)) == text


numbers = st.sampled_from([0.5, 1.0, 2.0, 3.0, -1.5])
atoms = st.one_of(st.sampled_from(["x", "y"]), numbers.map(repr))
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda t: f"-({t})"),
        inner.map(lambda t: f"({t})**2"),
        st.tuples(st.sampled_from(["sin", "exp", "tanh", "sqrt", "log1p"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"where({t[0]} > 0, {t[1]}, {t[2]})"),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(expressions)
def test_print_then_parse_gives_the_same_graph(text: str) -> None:
    model = model_of()
    node = read(model, text)
    assert read(model, formula(node)) is node


@settings(max_examples=100, deadline=None)
@given(expressions)
def test_a_printed_derivative_has_the_same_numbers(text: str) -> None:
    model = model_of()
    x = model.leaves["x"].node
    gradient = diff.gradients([read(model, text)], [x])[0]
    if gradient is None:
        return
    again = read(model, formula(gradient))
    feeds = {x: 0.7, model.leaves["y"].node: 1.3}
    values = execute([gradient, again, tidy([gradient])[0]], feeds)
    # A formula does not say that a derivative is 0 where a factor of it is infinite: sqrt(x - x)**2.
    assume(all(isfinite(values[each]) for each in ancestors([again])))
    assert values[again] == pytest.approx(values[gradient], rel=1e-14, abs=1e-300, nan_ok=True)
    assert values[tidy([gradient])[0]] == pytest.approx(values[gradient], rel=1e-9, abs=1e-12, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(expressions, expressions)
def test_the_gradient_of_a_sum_is_the_sum_of_the_gradients(first: str, second: str) -> None:
    model = model_of()
    x, y = model.leaves["x"].node, model.leaves["y"].node
    a, b = read(model, first), read(model, second)
    parts = [g for g in diff.gradients([a], [x]) + diff.gradients([b], [x]) if g is not None]
    whole = diff.gradients([a + b], [x])[0]
    if whole is None:
        assert not parts
        return
    values = execute([whole, *parts], {x: 0.7, y: 1.3})
    assert values[whole] == pytest.approx(sum(values[part] for part in parts), rel=1e-12, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(expressions)
def test_nested_gradients_commute(text: str) -> None:
    model = model_of()
    x, y = model.leaves["x"].node, model.leaves["y"].node
    node = read(model, text)
    found = []
    for first, second in ((x, y), (y, x)):
        inner = diff.gradients([node], [first])[0]
        outer = diff.gradients([inner], [second])[0] if inner is not None else None
        found.append(0.0 if outer is None else execute([outer], {x: 0.7, y: 1.3})[outer])
    assert found[0] == pytest.approx(found[1], rel=1e-8, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x**2 + 3 * x", "x^{2} + 3 \\, x"),
        ("x / y", r"\frac{x}{y}"),
        ("sqrt(x)", r"\sqrt{x}"),
        ("(x + y)**2", r"\left(x + y\right)^{2}"),
        ("1e-20 * x", r"1 \cdot 10^{-20} \, x"),
    ],
)
def test_latex(text: str, expected: str) -> None:
    assert latex(read(model_of(), text)) == expected


def test_names_of_greek_letters_and_indices_in_latex() -> None:
    model = load(Request(Source("test", "input σ_1 = 1\ninput alpha = 2\ninput speed = 3\nσ_1 * alpha * speed")))
    assert latex(model.names["out"]) == r"\sigma_{1} \, \alpha \, \mathrm{speed}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 * (2 * x)", "6 * x"),
        ("x * 2", "2 * x"),
        ("-(2 * x)", "-2 * x"),
        ("x + -2 * y", "x - 2 * y"),
        ("-(x - y)", "y - x"),
        ("x * -y", "-(x * y)"),
    ],
)
def test_tidy_makes_formulas_shorter(text: str, expected: str) -> None:
    assert formula(tidy([read(model_of(), text)])[0]) == expected
