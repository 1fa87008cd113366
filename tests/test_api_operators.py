"""Operators of the user's own take part in everything, and are never silently wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest

import diffcli
from diffcli import DiffError, check_grads, define, parse, undefine
from diffcli.cli.app import main
from diffcli.engine.op import ALIASES, OPS


@pytest.fixture(autouse=True)
def table():
    """The table of operators as it was before."""
    ops, aliases = dict(OPS), dict(ALIASES)
    yield
    for kept, before in ((OPS, ops), (ALIASES, aliases)):
        kept.clear()
        kept.update(before)


@pytest.fixture
def cube():
    define("cube", lambda x: x**3, partials="3 * x**2", aliases=["third_power"], latex=r"{0}^{{3}}")


def test_values_in_every_executor(cube):
    program = parse("cube(x) + x")
    points = np.linspace(-2, 2, 100_000)
    wanted = points**3 + points
    for executor in ("auto", "floats"):
        assert program.compile("x", executor=executor)(2.0) == 10.0
    for executor in ("auto", "jit", "blocked", "arrays"):
        np.testing.assert_allclose(program.compile("x", executor=executor)(points), wanted, rtol=1e-15)
        np.testing.assert_allclose(program.compile("x", executor=executor)(points.reshape(100, -1)).ravel(), wanted)
    for executor in ("auto", "jit", "blocked"):
        np.testing.assert_allclose(program.rows({"x": points}, executor=executor, threads=2), wanted, rtol=1e-15)


def test_derivatives_of_every_order_in_both_modes(cube):
    program = parse("cube(2 * x)")
    for mode in ("reverse", "forward"):
        assert program.grad("x", mode=mode)(3.0) == 216.0
        assert program.hessian("x", mode=mode)(3.0) == 144.0
        np.testing.assert_allclose(program.grad("x", mode=mode)([1.0, 3.0]), [24.0, 216.0])
        np.testing.assert_allclose(program.grad("x", mode=mode).rows({"x": [1.0, 3.0]}), [24.0, 216.0])
    assert parse("grad(grad(grad(cube(x), x), x), x)")(5.0) == 6.0
    assert check_grads(program, x=0.4).passed


def test_it_is_printed_and_listed(cube, capfdbinary):
    program = parse("y * cube(x)")
    assert str(program.formula("x")) == "3 * y * x**2"
    assert str(program.formula("y")) == "cube(x)"
    assert program.formula("y").latex == "x^{3}"
    assert main(["ops", "cube"]) == 0
    assert b"dx = g * (3 * x**2)" in capfdbinary.readouterr().out
    assert "cube" in str(program.graph(x=2.0, y=1.0))
    assert program.explain("x", x=2.0, y=1.0).gradients[0].value == 12.0
    assert parse("third_power(2) + cube(1)")() == 9.0


def test_several_parameters_and_no_gradient():
    define("mix", lambda a, b, c: a * b + math.floor(c), partials=["b", "a", None], at=[(1.0, 2.0, 0.5)])
    program = parse("mix(x, y, z)")
    assert program.grad()(2.0, 3.0, 1.5) == {"x": 3.0, "y": 2.0, "z": None}
    assert program.explain("z", x=2.0, y=3.0, z=1.5).gradients[0].reason.code == "cut"
    np.testing.assert_allclose(program([1.0, 2.0], [[3.0], [4.0]], 0.0), [[3.0, 6.0], [4.0, 8.0]])


def test_rules_are_expressions_or_functions_of_nodes():
    logistic = define("my_logistic", lambda x: 1 / (1 + math.exp(-x)), partials=lambda y, x: y * (1 - y))
    define("own_softplus", lambda x: math.log1p(math.exp(x)), partials=lambda y, x: logistic(x))
    program = parse("own_softplus(x)")
    s = 1 / (1 + math.exp(-0.3))
    assert program.grad("x")(0.3) == pytest.approx(s, rel=1e-15)
    assert program.hessian("x")(0.3) == pytest.approx(s * (1 - s), rel=1e-15)


def test_a_function_on_arrays():
    calls = []

    def on_arrays(x):
        calls.append(x.shape)
        return np.sinh(x)

    define("shine", math.sinh, partials="cosh(x)", numpy=on_arrays)
    program = parse("shine(x) * 2")
    calls.clear()
    points = np.linspace(-1, 1, 1000)
    np.testing.assert_allclose(program.rows({"x": points}), 2 * np.sinh(points), rtol=1e-15)
    np.testing.assert_allclose(program(points), 2 * np.sinh(points), rtol=1e-15)
    assert calls and sum(shape == (1000,) for shape in calls) >= 1
    define("ones_like_mine", lambda x: 1.0, partials="0 * x", numpy=lambda x: 1)
    np.testing.assert_array_equal(parse("ones_like_mine(x) + 0 * x").rows({"x": points}), np.ones(1000))


def test_outside_the_domain_is_nan_in_every_executor():
    define("own_log", math.log, partials="1 / x", at=[0.5, 2.0])
    define("own_power", lambda x: x**1.5, partials="1.5 * x**0.5", at=[0.5, 2.0])
    for name in ("own_log", "own_power"):
        program = parse(f"{name}(x) + 0")
        assert math.isnan(program(-1.0))
        points = np.array([-1.0, 1.0])
        for found in (program(points), program.rows({"x": points}), program.rows({"x": points}, executor="blocked")):
            assert math.isnan(found[0]) and math.isfinite(found[1])


def test_mistakes_of_the_function_are_not_hidden():
    define("broken", lambda x: undefined_name + x, partials=None, check=False)  # noqa: F821
    with pytest.raises(NameError):
        parse("broken(x)")(1.0)
    with pytest.raises(NameError):
        parse("broken(x)")([1.0, 2.0])


def test_single_precision_and_strict_numbers():
    define("third", lambda x: x / 3, partials="1 / 3")
    single = parse("dtype float32\ninput x\ny = third(x)")
    assert single(1.0) == float(np.float32(1 / 3))
    assert single([1.0]).dtype == np.float32
    assert parse("third(x)", strict_tf=True)(1e-308) == 0.0


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda: define("tanh", math.tanh, partials="1 - y**2"), "built-in"),
        (lambda: define("tanh", math.tanh, partials="1 - y**2", replace=True), "built-in"),
        (lambda: define("ln", math.log, partials="1 / x"), "built-in"),
        (lambda: define("good", math.tanh, partials="1 - y**2", aliases=["swish"]), "built-in"),
        (lambda: define("two words", math.tanh, partials="1"), "no name of a function"),
        (lambda: define("if", math.tanh, partials="1"), "no name of a function"),
        (lambda: define("x.y", math.tanh, partials="1"), "no name of a function"),
        (lambda: define("slope", lambda x: x**2, partials="x"), r"partial of slope by x at .* is wrong"),
        (lambda: define("slope", lambda x: x**2, partials=lambda y, x: 2), "is wrong"),
        (lambda: define("two", lambda a, b: a * b, partials="b"), "2 parameters"),
        (lambda: define("many", lambda *x: x[0], partials="1"), "parameter"),
        (lambda: define("text", lambda x: x, partials=lambda y, x: "1"), "failed"),
        (lambda: define("text", lambda x: x, partials="z"), "no expression in y, x"),
        (lambda: define("far", lambda x: x, partials="1", numpy=lambda x: x + 1), "numpy= gives"),
        (lambda: define("tex", lambda x: x, partials="1", latex="{1}"), "latex"),
        (lambda: define("few", lambda a, b: a * b, partials=["b", "a"], at=[1.0]), "has not a number for each"),
        (lambda: undefine("tanh"), "no operator of your own"),
    ],
)
def test_what_is_refused(work, words):
    before = dict(OPS), dict(ALIASES)
    with pytest.raises(ValueError, match=words):
        work()
    assert (dict(OPS), dict(ALIASES)) == before


def test_a_wrong_expression_is_shown():
    with pytest.raises(DiffError, match=r"2x\n.*\^\^"):
        define("square_of_mine", lambda x: x**2, partials="2x")


def test_a_gradient_that_is_meant_to_be_another():
    define("through", round, partials="1", check=False)
    assert parse("through(x)").grad("x")(0.3) == 1.0


def test_redefining_is_an_error_unless_asked_for(cube):
    with pytest.raises(ValueError, match="replace=True"):
        define("cube", lambda x: x, partials="1")
    with pytest.raises(ValueError, match="cube is defined already"):
        define("other", lambda x: x, partials="1", aliases=["third_power"])
    old = parse("cube(x) + sum(x)")
    assert old(2.0) == 10.0
    define("cube", lambda x: -(x**3), partials="-3 * x**2", replace=True)
    assert parse("cube(x)")(2.0) == -8.0
    assert old(2.0) == 10.0 and old.rows({"x": [2.0]}) == [10.0]  # what was made stays as it is
    for more in (lambda: old([1.0, 2.0]), lambda: old.grad("x")(1.0)):
        with pytest.raises(RuntimeError, match="parse it again"):
            more()
    with pytest.raises(DiffError, match="no function `third_power`"):
        parse("third_power(x)")


def test_rules_keep_the_operators_that_they_are_written_in():
    define("inner", math.sin, partials="cos(x)")
    define("turning", lambda x: -math.cos(x), partials="inner(x)")
    program = parse("turning(x)")
    define("inner", math.cos, partials="-sin(x)", replace=True)
    with pytest.raises(RuntimeError, match="inner"):
        program.grad("x")(1.0)


def test_undefine(cube):
    undefine("cube")
    with pytest.raises(DiffError, match="no function `cube`"):
        parse("cube(x)")
    with pytest.raises(ValueError, match="no operator"):
        undefine("cube")


def test_a_function_of_a_file_comes_first(cube):
    assert parse("def cube(x) = x\ninput x\ny = cube(x)")(2.0) == 2.0


def test_names_of_other_scripts():
    define("дельта", lambda x: 2 * x, partials="2")
    assert parse("дельта(x)").grad("x")(1.0) == 2.0
    assert diffcli.parse("дельта(x)").rows({"x": [1.0]}) == [2.0]
