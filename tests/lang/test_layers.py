"""Layers in a file: the variables that they make, how these are named and read, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from diffcli.compute import Request, evaluate, gradient, jacobian
from diffcli.compute.load import load
from diffcli.diagnostic import DiagnosticError
from diffcli.engine.layer import Layering, Weight
from diffcli.engine.op import ALIASES, OPS, define
from diffcli.engine.ops.layers import starting
from diffcli.engine.shape import text
from diffcli.lang.fmt import formatted
from diffcli.lang.lower import constant_expression
from diffcli.lang.model import Model
from diffcli.lang.parse import parse_expression
from diffcli.lang.write import formula, latex
from diffcli.source import Source

X = "input X: [n, 3] = [[1, -2, 3], [0.5, 0, -1]]\n"
ROWS = np.array([[1, -2, 3], [0.5, 0, -1]])


def model(text: str, **asked: Any) -> Model:
    return load(Request(Source("test", text), **asked))


def value(text: str, name: str, **asked: Any) -> np.ndarray:
    return np.array(evaluate(Request(Source("test", text), of=(name,), **asked)).targets[0].value)


def refusal(text: str, **asked: Any) -> Any:
    with pytest.raises(DiagnosticError) as caught:
        evaluate(Request(Source("test", text), **asked))
    return caught.value.diagnostics[0]


def test_a_layer_is_its_activation_of_x_times_kernel_plus_bias() -> None:
    file = X + "y = dense(X, 4, activation=tanh, bias_initializer=0.5)\n"
    kernel, bias = value(file, "dense/kernel"), value(file, "dense/bias")
    assert kernel.shape == (3, 4) and bias.tolist() == [0.5] * 4
    np.testing.assert_allclose(value(file, "y"), np.tanh(ROWS @ kernel + bias), rtol=1e-14)


def test_kernels_start_from_glorots_numbers_by_the_number_of_the_variable() -> None:
    file = X + "a = dense(X, 4); b = dense(a, 5); c = dense(X, 4, seed=7)\n"
    for name, drawn in (
        ("dense/kernel", "glorot_uniform(3, 4, seed=0)"),
        ("dense_1/kernel", "glorot_uniform(4, 5, seed=2)"),
        ("dense_2/kernel", "glorot_uniform(3, 4, seed=7)"),
    ):
        assert (value(file, name) == value(f"y = {drawn}", "y")).all()
    assert value(file, "dense_1/bias").tolist() == [0] * 5
    assert np.abs(value(file, "dense/kernel")).max() <= math.sqrt(6 / 7)


def test_layers_are_numbered_in_the_order_of_the_file_and_may_have_names() -> None:
    found = model(X + 'a = dense(X, 2); b = dense(a, 2, name="head"); c = dense(b, 2); d = dense(c, 2, name=tail)\n')
    assert [layer.name for layer in found.layers] == ["dense", "head", "dense_1", "tail"]
    assert [layer.kind for layer in found.layers] == ["Dense"] * 4
    assert [each.name for each in found.layers[1].variables] == ["head/kernel", "head/bias"]
    assert list(found.leaves) == [
        "X",
        *(f"{name}/{each}" for name in ("dense", "head", "dense_1", "tail") for each in ("kernel", "bias")),
    ]


def test_a_name_that_is_taken_is_passed_over() -> None:
    found = model(X + "a = dense(X, 2, name=dense_1); b = dense(X, 2); c = dense(X, 2)\n")
    assert [layer.name for layer in found.layers] == ["dense_1", "dense", "dense_2"]


def test_each_call_of_a_function_makes_a_layer_of_its_own() -> None:
    found = model(
        X
        + "def block(z, units, activation=relu) = dense(z, units, activation=activation)\ny = block(X, 2) + block(X, 2)\n"
    )
    assert [layer.name for layer in found.layers] == ["dense", "dense_1"]
    file = X + 'def net(z, last) { h = dense(z, 2, name=last); return h }\ny = net(X, last="head")\nz = head/kernel\n'
    assert value(file, "z").shape == (3, 2)
    turns = model(X + "h = X\nrepeat 3 { h = dense(h, 3) }\n")
    assert [layer.name for layer in turns.layers] == ["dense", "dense_1", "dense_2"]


def test_batch_sizes_may_stay_open() -> None:
    found = model("input X: [n, 9]\ny = dense(dense(X, 64, activation=relu), 1)\n")
    assert text(found.names["y"].shape) == "[n, 1]" and text(found.layers[0].output.shape) == "[n, 64]"


def test_more_axes_are_rows_of_rows() -> None:
    file = "x = reshape(linspace(0, 1, 24), [2, 3, 4])\ny = dense(x, 5)\nsame = max(abs(y[1] - (x[1] @ dense/kernel + dense/bias)))\n"
    assert value(file, "y").shape == (2, 3, 5) and value(file, "same") < 1e-15


def test_without_a_bias_there_is_no_variable_of_one() -> None:
    found = model(X + "y = dense(X, 2, use_bias=false)\n")
    assert "dense/bias" not in found.leaves and found.names["dense/kernel"].shape == (3, 2)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("relu", lambda z: np.maximum(z, 0)),
        ('"sigmoid"', lambda z: 1 / (1 + np.exp(-z))),
        ("softmax", lambda z: np.exp(z) / np.exp(z).sum(-1, keepdims=True)),
        ('"tf.nn.tanh"', np.tanh),
        ("linear", lambda z: z),
        ("none", lambda z: z),
        ("leaky_relu", lambda z: np.where(z > 0, z, 0.2 * z)),
    ],
)
def test_activations_go_by_the_names_of_functions(activation: str, expected: Any) -> None:
    file = X + f"y = dense(X, 4, activation={activation})\nz = X @ dense/kernel + dense/bias\n"
    np.testing.assert_allclose(value(file, "y"), expected(value(file, "z")), rtol=1e-14)


@pytest.mark.parametrize(
    ("initializer", "same"),
    [
        ("he_normal", "he_normal(3, 2, seed=0)"),
        ('"lecun_uniform"', "lecun_uniform(3, 2, seed=0)"),
        ("random_normal", "random_normal(3, 2, seed=0)"),
        ("ones", "ones([3, 2])"),
        ("normal(3, 2, stddev=0.1, seed=4)", "normal(3, 2, stddev=0.1, seed=4)"),
        ("[[1, 2], [3, 4], [5, 6]]", "[[1, 2], [3, 4], [5, 6]]"),
    ],
)
def test_initial_values_by_name_or_as_they_are(initializer: str, same: str) -> None:
    file = X + f"y = dense(X, 2, kernel_initializer={initializer})\n"
    assert (value(file, "dense/kernel") == value(f"y = {same}", "y")).all()


def test_a_value_of_the_name_comes_before_the_text() -> None:
    file = X + 'const kind = 3\ndef layer(z, activation) = dense(z, 2, activation=activation)\ny = layer(X, "relu")\n'
    assert value(file, "y").min() >= 0
    assert (
        value(X + "const ones = 2\ny = dense(X, 2, kernel_initializer=ones)\n", "dense/kernel").tolist() == [[2, 2]] * 3
    )


def test_values_are_given_from_outside_and_must_fit() -> None:
    file = X + "y = dense(X, 2)\n"
    kernel = [[1, 0], [0, 1], [1, 1]]
    assert value(file, "y", at=(("dense/kernel", str(kernel)),)).tolist() == (ROWS @ np.array(kernel)).tolist()
    assert value(file, "dense/bias", at=(("dense/bias", "3"),)).tolist() == [3, 3]
    wrong = refusal(file, at=(("dense/bias", "[1, 2, 3]"),))
    assert wrong.code == "E0502" and "shape [2]" in wrong.message and "shape [3]" in wrong.message
    assert refusal(file, at=(("dense/weights", "1"),)).code == "E0307"


# ---- dense/kernel in an expression


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("X @ dense/kernel", "X @ k"),
        ("X @ dense/kernel + dense/bias", "X @ k + b"),
        ("X @ dense/kernel**2", "X @ k**2"),
        ("dense/kernel.T @ X.T", "k.T @ X.T"),
        ("X @ dense/kernel²", "X @ k²"),
        ("2**dense/kernel**2", "2**k**2"),
        ("-dense/kernel**2", "-k**2"),
        ("1/dense/kernel/2", "1 / k / 2"),
        ("6 / dense/bias[0] * 2", "6 / b[0] * 2"),
        ("X @ dense/kernel[:, 0] / 2", "X @ k[:, 0] / 2"),
        ("dense/kernel * dense/kernel / dense/bias", "k * k / b"),
        ("exp(dense/bias) / (dense/bias)", "exp(b) / (b)"),
        ("√dense/bias + √(dense / bias)", "√b + √b"),
        ("if dense/bias[0] > 0 then dense/bias else 1/dense/bias", "if b[0] > 0 then b else 1 / b"),
        ("sum(i = 0..1, i * dense/bias[i] / dense/bias[0])", "sum(i = 0..1, i * b[i] / b[0])"),
        ("[dense/bias, 2 * dense/bias]", "[b, 2 * b]"),
        ("dense／bias", "b"),
    ],
)
def test_a_path_is_one_name_however_its_neighbours_bind(written: str, meant: str) -> None:
    file = X + "y = dense(X, 2, bias_initializer=[2, 3], kernel_initializer=he_uniform)\n"
    file += f"k = 1 * dense/kernel; b = 1 * dense/bias\na = {written}\nc = {meant}\n"
    assert value(file, "a").tolist() == value(file, "c").tolist()


def test_places_of_paths_are_those_of_the_text() -> None:
    problem = refusal(X + "y = dense(X, 2)\nz = X @ dense/kernel.T\n")
    assert problem.code == "E0501" and problem.span.text == "X @ dense/kernel.T"
    problem = refusal(X + "y = dense(X, 2)\nz = 2 + X @ dense/kernel + X\n")
    assert problem.span.text == "2 + X @ dense/kernel + X"


def test_values_divide_as_ever() -> None:
    assert value("var dense = 6; var kernel = 3\ny = dense/kernel\n", "y") == 2
    assert value(X + "var dense = 6; var bias = 3\nh = dense(X, 2)\ny = dense/bias\n", "y") == 2
    # A value of the layer's name alone does not hide the variable.
    assert value(X + "hidden = dense(X, 2, name=hidden)\ny = hidden/bias\n", "y").tolist() == [0, 0]
    assert value("a/b + 0 * sum(dense([[a]], 2))", "out", at=(("a", "6"), ("b", "3"))) == 2


def test_derivatives_by_paths() -> None:
    file = X + "y = dense(X, 2)\nloss = sum(y**2)\ng = grad(loss, dense/bias)\n"
    np.testing.assert_allclose(value(file, "g"), 2 * value(file, "y").sum(0), rtol=1e-14)
    (row,) = gradient(Request(Source("test", file), of=("loss",), wrt=("dense/bias",))).gradients
    assert (row.wrt, row.kind) == ("dense/bias", "var")
    np.testing.assert_allclose(row.value, value(file, "g"))
    (matrix,) = jacobian(Request(Source("test", file), of=("y",), wrt=("dense/bias",))).jacobians
    assert np.shape(matrix.value) == (2, 2, 2)
    rows = gradient(Request(Source("test", file), of=("loss",))).gradients
    assert [each.wrt for each in rows] == ["dense/kernel", "dense/bias"]


def test_a_frozen_layer_is_no_source_unless_it_is_named() -> None:
    file = X + "h = dense(X, 2, trainable=false)\ny = sum(dense(h, 1))\n"
    assert model(file).leaves["dense/kernel"].kind == "frozen"
    rows = gradient(Request(Source("test", file))).gradients
    assert [each.wrt for each in rows] == ["dense_1/kernel", "dense_1/bias"]
    (row,) = gradient(Request(Source("test", file), wrt=("dense/bias",))).gradients
    assert row.status == "ok" and row.kind == "frozen"


def test_statements_that_name_paths() -> None:
    file = X + "tape manual { watch w/kernel; y = sum(dense(X, 1, name=v)) }\n"
    assert "no layer has the variable `w/kernel`" in refusal(file.replace("watch w", "watch v")).message.replace(
        "`v/", "`w/"
    )
    file = (
        X + "h = dense(X, 1)\ntape manual { watch dense/bias; y = sum(h) + sum(dense/bias)**2 }\noutput y, dense/bias\n"
    )
    rows = gradient(Request(Source("test", file), of=("y",), wrt=("dense/bias", "dense/kernel"))).gradients
    assert [each.status for each in rows] == ["zero", "none"]
    stopped = X + "h = dense(X, 1)\nz = sum(dense/bias) * sum(h)\nstop dense/bias\n"
    (row,) = gradient(Request(Source("test", stopped), wrt=("dense/kernel",))).gradients
    assert row.status == "zero"


@pytest.mark.parametrize("rules", ["tape", "graph"])
def test_a_tape_watches_the_variables_that_it_reads(rules: str) -> None:
    block = "tape { y = sum(dense(X, 2)) }" if rules == "tape" else "y = sum(dense(X, 2))"
    (row,) = gradient(Request(Source("test", X + block), of=("y",), wrt=("dense/bias",))).gradients
    assert row.value == [2, 2]


@pytest.mark.parametrize(
    ("call", "message", "help"),
    [
        ("dense(X, 2.5)", "units must be a whole number above 0, not 2.5", None),
        ("dense(X, 0)", "units must be a whole number above 0, not 0", None),
        ("dense(X, -3)", "units must be a whole number above 0, not -3", None),
        ("dense(X, true)", "units must be a whole number above 0", None),
        ("dense(X, sum(X))", "this argument must be known before the run", None),
        ("dense(X[0], 2)", "at least 2 axes, not one of shape [3]", "x[None]"),
        ("dense(2, 2)", "at least 2 axes, not one of shape []", None),
        ("dense(X)", "`dense` needs the argument `units`", None),
        ("dense(X, 2, activation=rellu)", "there is no activation `rellu`", "did you mean `relu`?"),
        ("dense(X, 2, activation=sum)", "there is no activation `sum`", None),
        ("dense(X, 2, activation=greater)", "there is no activation `greater`", None),
        ("dense(X, 2, activation=3)", "an activation is the name of a function", None),
        ("dense(X, 2, activation=zigzag)", "there is no activation `zigzag`", "zigzag(dense(…))"),
        ("dense(X, 2, kernel_initializer=he)", "there is no initialiser `he`", "glorot_uniform"),
        ("dense(X, 2, kernel_initializer=[1, 2, 3])", "do not broadcast", None),
        ("dense(X, 2, use_bias=1)", "use_bias must be true or false", None),
        ("dense(X, 2, trainable=0)", "trainable must be true or false", None),
        ("dense(X, 2, seed=0.5)", "seed must be a whole number", None),
        ('dense(X, 2, name="a/b")', "`a/b` cannot be the name of a layer", "letters"),
        ("dense(X, 2, name=3)", "the name of a layer is a text", 'name="hidden"'),
        ("dense(dense(X, 2, name=a), 2, name=a)", "two layers have the name `a`", None),
        (
            "dense(X, 2) + dense/kernels",
            "no layer has the variable `dense/kernels` here",
            "did you mean `dense/kernel`?",
        ),
        ("dense/bias + dense(X, 2)", "no layer has the variable `dense/bias` here", "from its call on"),
        (
            "dense(X, 2, use_bias=false) + dense/bias",
            "no layer has the variable `dense/bias` here",
            "it has dense/kernel",
        ),
        ("dense(X, 2) + dense/z", "no layer has the variable `dense/z` here", "it has dense/kernel and dense/bias"),
        ("dense(X, 2) + other/kernel", "`other` is not defined", None),
    ],
)
def test_what_does_not_fit_is_told_in_words(call: str, message: str, help: str | None) -> None:
    found = refusal(X + f"y = {call}\n")
    assert message in found.message, found
    assert help is None or help in (found.help or ""), found


def test_the_last_size_must_be_known() -> None:
    found = refusal("input X: [n, m]\ny = dense(X, 2)\n")
    assert found.code == "E0501" and "[n, m]" in found.message and "input X: [n, 9]" in found.help


def test_the_formatter_keeps_paths_tight() -> None:
    file = (
        X
        + "y = dense(X, 2)\nz = a_b/kernel + X @ dense/kernel**2 - (dense / bias) + dense_1/bias\nw = 6/3\nstop dense/kernel, y\n"
    )
    made = formatted(Source("test", file))
    assert "X @ dense/kernel**2" in made and "dense_1/bias" in made and "stop dense/kernel, y" in made
    assert "a_b / kernel" in made and "6 / 3" in made and "(dense / bias)" in made
    assert formatted(Source("test", made)) == made


def test_an_expected_error_leaves_no_layer_behind() -> None:
    file = X + 'expect error "do not"\ny = dense(X, 2) + [1, 2, 3]\nz = dense(X, 2)\n'
    found = load(Request(Source("test", file)), testing=True)
    assert [layer.name for layer in found.layers] == ["dense"] and found.cases[0].refused
    assert [leaf for leaf in found.leaves if "/" in leaf] == ["dense/kernel", "dense/bias"]


def test_another_seed_draws_other_kernels_but_for_layers_with_a_seed_of_their_own() -> None:
    file = X + "y = dense(dense(X, 4), 4, seed=7)\n"
    for name, same in (("dense/kernel", False), ("dense_1/kernel", True)):
        assert (value(file, name) == value(file, name, seed=1)).all() == same
        assert (value(file, name, seed=1) == value(file, name, seed=1)).all()


def test_formulas_with_paths_are_read_back() -> None:
    found = model(X + "y = dense(X, 2)\nz = X @ dense/kernel**2 / dense/bias - 2 / dense/bias\n")
    written = formula(found.names["z"])
    assert written == "X @ dense/kernel**2 / dense/bias - 2 / dense/bias"
    source = Source("formula", written)
    again = constant_expression(found, source, parse_expression(source))
    assert again is found.names["z"].inputs[0]
    assert latex(found.names["dense/kernel"]) == r"\mathrm{dense/kernel}"


@pytest.mark.parametrize("statement", ["stop a*b", "output a - b", "stop a/b", "stop dense/kernel"])
def test_only_names_are_listed_in_statements(statement: str) -> None:
    found = refusal(f"var a = 1\nvar b = 2\ny = a * b\n{statement}\n")
    assert found.code in ("E0201", "E0301")


@pytest.fixture
def scaling() -> Any:
    """A layer of another kind, stated in one place: x * gamma."""
    kept = dict(OPS), dict(ALIASES)
    define(
        "scaling",
        signature="x, name=none, trainable=true",
        static="name trainable",
        doc="A factor for each feature.",
        layer=Layering("Scaling", ("gamma",), lambda x, *_: (Weight("gamma", x.shape[-1:], starting("ones")),)),
        expand=lambda x, name, trainable, weights: x * weights["gamma"],
    )
    yield
    OPS.clear()
    OPS.update(kept[0])
    ALIASES.clear()
    ALIASES.update(kept[1])


def test_another_layer_is_one_statement(scaling: Any) -> None:
    file = X + "y = scaling(X)\nz = scaling(y, name=last, trainable=false) / scaling/gamma\n"
    found = model(file)
    assert [(layer.name, layer.kind) for layer in found.layers] == [("scaling", "Scaling"), ("last", "Scaling")]
    assert [(leaf.name, leaf.kind) for leaf in list(found.leaves.values())[1:]] == [
        ("scaling/gamma", "var"),
        ("last/gamma", "frozen"),
    ]
    assert (
        value(file, "z", at=(("scaling/gamma", "2"), ("last/gamma", "[1, 2, 3]"))).tolist()
        == (ROWS * [1, 2, 3]).tolist()
    )
    assert "z = y / scaling/gamma" in formatted(Source("test", X + "y = scaling(X)\nz = y/scaling/gamma\n"))
