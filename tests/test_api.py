"""The Python interface: values and derivatives of programs, by place and by name, of any shape, and what is refused."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import diffcli
from diffcli import DiffError, Limits, Program, check_grads, load, parse
from diffcli.results import GradResult

EXECUTORS = ("auto", "jit", "blocked", "arrays")


def near(found, wanted, tolerance=1e-12):
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


# ---- values


def test_a_formula_is_a_function():
    program = parse("x**2 + 3*x")
    assert program.inputs == ("x",)
    assert program(x=3.0) == program(3.0) == program(3) == program(np.float32(3)) == 18.0
    assert type(program(3)) is float


def test_an_array_in_place_of_a_number_gives_an_array():
    program = parse("x**2 + 3*x")
    near(program([1.0, 2.0, 3.0]), [4.0, 10.0, 18.0])
    near(program(np.ones((2, 1))), [[4.0], [4.0]])
    assert program(3.0) == 18.0


def test_several_targets_come_by_name():
    program = parse("var x = 2\ny = x**2\nz = x**3\nb = x > 1")
    assert program() == {"y": 4.0, "z": 8.0, "b": True}
    assert program.values("z")() == 8.0
    assert program.values(["z"])() == {"z": 8.0}


def test_values_that_are_not_given_are_those_of_the_file():
    program = parse("var a = 2\nvar b = 3*a\nconst k = 10\ny = a + b + k")
    assert program() == 18.0
    assert program(a=1.0) == 14.0  # b follows
    assert program(b=0.0) == 12.0
    assert program(1.0, 0.0) == 11.0


def test_at_makes_a_program_with_other_values():
    program = parse("input x\nconst n = 2\nvar w = [1, 2]\ny = x**n + sum(w)")
    other = program.at(x=3.0, n=3, w=[1.0, 1.0, 1.0])
    assert other() == 30.0 and other(2.0) == 11.0 and other.at(n=1)() == 6.0
    assert program(3.0) == 12.0
    near(other.grad("w")(), [1.0, 1.0, 1.0])


def test_shapes_with_letters_follow_the_values():
    program = parse("input X: [n, k]\ninput t: [n]\nvar w: [k] = [1, -1]\nloss = sum((X @ w - t)**2)")
    X = np.arange(10.0).reshape(5, 2)
    t = np.linspace(0, 1, 5)
    w = np.array([0.5, 2.0])
    assert program(X=X, t=t, w=w) == pytest.approx(float(np.sum((X @ w - t) ** 2)), rel=1e-14)
    near(program.grad("w")(X=X, t=t, w=w), 2 * X.T @ (X @ w - t))
    near(program.grad("w")(X=X[:2], t=t[:2], w=w), 2 * X[:2].T @ (X[:2] @ w - t[:2]))
    with pytest.raises(DiffError, match="E0502"):
        program(X=X, t=t[:2])


def test_a_number_stands_for_all_elements_of_a_declared_shape():
    program = parse("input v: [3]\ny = sum(v * [1, 2, 3])")
    assert program(v=2.0) == 12.0


def test_a_file_whose_meaning_waits_for_a_shape():
    program = parse("x[0] * x[1]")
    assert program([2.0, 5.0]) == 10.0
    near(program.grad("x")([2.0, 5.0]), [5.0, 2.0])
    near(program.hessian("x")([2.0, 5.0]), [[0, 1], [1, 0]])
    with pytest.raises(DiffError):
        program(3.0)


def test_single_precision():
    program = parse("dtype float32\ninput x\ny = x / 3")
    assert program(1.0) == float(np.float32(1) / np.float32(3))
    assert program([1.0]).dtype == np.float32 and program.dtype == "float32"
    assert parse("x / 3", dtype="float32")(1.0) == program(1.0)


def test_truth_values():
    program = parse("input b = true\ninput x\ny = where(b, x, -x)")
    assert program(b=False, x=3.0) == -3.0 and program(x=3.0) == 3.0
    near(program(b=np.array([True, False]), x=3.0), [3.0, -3.0])


def test_results_are_not_changed_by_the_next_call():
    function = parse("x * 2").compile("x")
    first = function([1.0, 2.0])
    function([5.0, 6.0])
    near(first, [2.0, 4.0])


# ---- derivatives


def test_derivatives_of_one_number():
    program = parse("x**2 * sin(x)")
    x = 0.7
    first = 2 * x * math.sin(x) + x**2 * math.cos(x)
    second = 2 * math.sin(x) + 4 * x * math.cos(x) - x**2 * math.sin(x)
    assert program.grad("x")(x) == pytest.approx(first, rel=1e-14)
    assert program.jacobian("x")(x=x) == pytest.approx(first, rel=1e-14)
    assert program.hessian("x")(x) == pytest.approx(second, rel=1e-14)
    assert program.jvp("x")(2.0, x=x) == pytest.approx(2 * first, rel=1e-14)
    assert program.vjp("x")(2.0, x=x) == pytest.approx(2 * first, rel=1e-14)
    assert program.hvp("x")(2.0, x=x) == pytest.approx(2 * second, rel=1e-14)
    assert program.grad("x", value=True)(x) == (program(x), program.grad("x")(x))


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
def test_derivatives_of_vectors(executor, mode):
    program = parse("input x: [3]\nvar a = 2\ny = a * [x[0]*x[1], x[1]**2, exp(x[2])]")
    x = np.array([1.0, 2.0, 0.5])
    jacobian = 2 * np.array([[2.0, 1.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, math.exp(0.5)]])
    hessian = 2 * np.array([[0.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, math.exp(0.5)]])
    v = np.array([1.0, -1.0, 3.0])

    def found(function, *values):
        return function.compile(executor=executor)(*values, x=x)

    near(found(program.grad("x", mode=mode)), jacobian.sum(axis=0))
    near(found(program.jacobian("x", mode=mode)), jacobian)
    near(found(program.hessian("x", mode=mode)), hessian)
    near(found(program.jvp("x", mode=mode), v), jacobian @ v)
    near(found(program.vjp("x"), v), v @ jacobian)
    near(found(program.hvp("x", mode=mode), v), hessian @ v)


def test_one_name_gives_a_value_and_a_list_a_dict():
    program = parse("var x = 2\nvar y = 3\nf = x * y\ng = x + y\noutput f, g")
    assert program.grad("x", of="f")() == 3.0
    assert program.grad(["x"], of="f")() == {"x": 3.0}
    assert program.grad(of="f")() == {"x": 3.0, "y": 2.0}
    assert program.grad()() == {"x": 4.0, "y": 3.0}  # of the sum of the targets
    assert program.jacobian()() == {"f": {"x": 3.0, "y": 2.0}, "g": {"x": 1.0, "y": 1.0}}
    assert program.jacobian("x", of=["f"])() == {"f": 3.0}
    assert program.hessian(of="f")() == {"x": {"x": 0.0, "y": 1.0}, "y": {"x": 1.0, "y": 0.0}}
    assert program.jvp("x", of="f")(1.0) == 3.0
    assert program.vjp(of=["f", "g"])(1.0, 10.0) == {"x": 13.0, "y": 12.0}
    assert program.hvp(of="f")(1.0, 0.0) == {"x": 0.0, "y": 1.0}


def test_none_is_not_zero():
    program = parse("var x = 2\nvar z = 1\ny = x**2")
    assert program.grad("z")() is None
    assert program.grad()() == {"x": 4.0, "z": None}
    assert program.grad("z", unconnected="zero")() == 0.0
    assert program.jacobian("z")() is None and program.hessian("z")() == 0.0
    near(parse("var w = [1, 2]\nvar x = 1\nx").grad("w", unconnected="zero")(), [0.0, 0.0])


def test_stops_and_named_nodes():
    program = parse("const a = 0\nb = 2*a\nc = a + b")
    assert program.grad(["a", "b"])() == {"a": 3.0, "b": 1.0}
    assert program.grad(["a", "b"], stop=["a", "b"])() == {"a": 1.0, "b": 1.0}


def test_the_rules_of_a_tape():
    program = parse("var x = 3\nfrozen k = 2\ntape { y = k * x**2 }")
    assert program.grad(["x", "k"])() == {"x": 12.0, "k": None}
    assert parse("var x = 3\nfrozen k = 2\ny = k * x**2", tape=True, watch=["k"]).grad("k")() == 9.0


def test_a_compiled_function_takes_what_it_names():
    program = parse("input x\ninput y\nvar k = 3\nf = k * x * y")
    function = program.grad(wrt=["x"]).compile("x", "y")
    assert function(3.0, 4.0) == function(y=4.0, x=3.0) == {"x": 12.0}
    assert program.compile("y", "x", "k")(2.0, 5.0, 1.0) == 10.0
    with pytest.raises(DiffError, match="not named to compile"):
        function(3.0, 4.0, k=1.0)
    with pytest.raises(TypeError, match="2 values"):
        function(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match="by its place and by its name"):
        function(1.0, 2.0, x=3.0)
    with pytest.raises(ValueError, match="twice"):
        program.compile("x", "x")
    with pytest.raises(ValueError, match="floats"):
        parse("sum(x)").compile(executor="floats")([1.0, 2.0])
    with pytest.raises(ValueError, match="no executor"):
        program.compile(executor="gpu")


def test_the_same_question_is_answered_once():
    program = parse("input x\ninput k = 2\nf = k * x**2")
    assert program.grad("x") is program.grad("x")
    program.grad("x")(3.0)
    size = program._file.model.graph.count
    for number in range(5):
        assert program.grad("x")(float(number)) == 4.0 * number
        assert program.at(k=1.0).grad("x")(float(number)) == 2.0 * number
    assert program._file.model.graph.count == size


def test_names_count_once():
    program = parse("input x\nf = x**2")
    assert program.jvp(["x", "x"])(1.0, x=3.0) == 6.0
    assert program.grad(["x", "𝑥"])(3.0) == {"x": 6.0}
    with pytest.raises(ValueError, match="wrt is empty"):
        program.grad([])


def test_seeds_by_name():
    function = parse("input x\ninput v\nf = x * v").jvp(["x", "v"])
    assert function.parameters == ("v.x", "v.v", "x", "v")
    assert function(1.0, 0.0, 3.0, 4.0) == 4.0
    assert function(**{"v.v": 1.0, "v.x": 0.0}, x=3.0, v=4.0) == 3.0
    with pytest.raises(ValueError, match="the seed of x has shape"):
        function([1.0, 2.0], 0.0, 3.0, 4.0)


# ---- rows

BLACK_SCHOLES = Path(__file__).resolve().parents[1] / "samples" / "classics" / "black-scholes.expr"


@pytest.mark.parametrize("executor", ["auto", "jit", "blocked"])
@pytest.mark.parametrize("threads", [1, 2])
def test_rows_are_points(executor, threads):
    program = load(BLACK_SCHOLES)
    function = program.grad(["S", "r"], value=True)
    spots = np.linspace(50, 150, 100_001)
    value, slopes = function.rows({"S": spots, "K": 95.0}, executor=executor, threads=threads)
    for row in (0, 1234, 100_000):
        point_value, point_slopes = function(S=spots[row], K=95.0)
        near([value[row], slopes["S"][row], slopes["r"][row]], [point_value, *point_slopes.values()], 1e-12)
    assert value.shape == slopes["S"].shape == spots.shape


def test_rows_of_vectors_of_records_and_of_frames():
    program = parse("input x: [2]\ninput k = 1\ny = k * x")
    x = np.arange(6.0).reshape(3, 2)
    near(program.rows({"x": x}), x)
    near(program.rows({"x": x, "k": [1.0, 2.0, 3.0]}), x * [[1.0], [2.0], [3.0]])
    near(program.rows({"x": [1.0, 2.0], "k": [1.0, 2.0, 3.0]}), [[1, 2], [2, 4], [3, 6]])
    near(program.jacobian("x").rows({"x": x}), np.broadcast_to(np.eye(2), (3, 2, 2)))
    near(program.jvp("x").rows({"v.x": x, "x": [0.0, 0.0]}), x)
    table = np.array([(1.0, 2.0), (3.0, 4.0)], dtype=[("a", float), ("b", float)])
    near(parse("a * b").rows(table), [2.0, 12.0])
    near(parse("x[0] - x[1]").rows({"x": x}), [-1.0, -1.0, -1.0])
    near(parse("a * b").at(b=3.0).rows({"a": [1, 2]}), [3.0, 6.0])
    assert parse("var w = 1\nx = w**2").grad("w").rows({"w": np.array([])}).shape == (0,)


def test_rows_that_do_not_fit():
    with pytest.raises(DiffError, match=r"no input `sped`[\s\S]*did you mean `speed`"):
        parse("input speed\nspeed").rows({"sped": [1.0]})
    program = parse("input a\ninput b = 1\ny = a * b")
    with pytest.raises(ValueError, match="different lengths: a 2, b 3"):
        program.rows({"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="no column"):
        program.rows({"a": 1.0})
    with pytest.raises(DiffError, match="`a` has no value"):
        program.rows({"b": [1.0]})
    with pytest.raises(TypeError, match="mapping"):
        program.rows([1.0, 2.0])
    with pytest.raises(ValueError, match="no executor"):
        program.rows({"a": [1.0]}, executor="floats")
    assert parse("var x = 1\nvar z = 1\nx").grad("z").rows({"x": [1.0, 2.0]}) is None


# ---- records


def test_reasons_are_the_records_of_the_command_line():
    result = parse("var x = 0\nfrozen y = 2\nlog(x) + floor(y)").explain(["x", "y"])
    assert isinstance(result, GradResult)
    first, second = result.gradients
    assert (first.value, first.status) == (math.inf, "inf")
    assert (second.value, second.status, second.reason.code) == (None, "none", "cut")
    assert result.as_dict()["schema"] == "diffcli/grad/1"
    assert "│ none   │" in str(result)
    assert pickle.loads(pickle.dumps(result)) == result


def test_reports_take_values_and_arrays():
    program = parse("sum(x * y)")
    row = program.explain("x", x=[1.0, 2.0], y=np.array([3.0, -math.inf])).gradients[0]
    assert (row.at, row.value, row.status) == ([1.0, 2.0], [3.0, -math.inf], "inf")
    assert program.at(x=2.0, y=3.0).explain("x").gradients[0].value == 3.0
    assert program.at(x=2.0, y=3.0).why("x").pairs[0].status == "ok"
    assert program.graph(x=2.0, y=3.0).targets[0].value == 6.0


def test_formulas():
    program = parse("x**2 * sin(x)")
    formula = program.formula("x")
    assert str(formula) == "2 * x * sin(x) + x**2 * cos(x)"
    assert parse(str(formula))(0.3) == pytest.approx(program.grad("x")(0.3), rel=1e-15)
    assert r"\sin" in formula.latex and formula._repr_latex_().startswith("$")
    assert str(parse("x**3").formula("x", order=2)) == "6 * x"
    assert str(parse("x * y").formula()["out"]["y"]) == "x"


def test_checks():
    program = parse("x**2 * sin(x)")
    assert check_grads(program, x=0.7).passed
    assert check_grads(program, x=0.7, against="dx = 2*x*sin(x) + x**2*cos(x)").passed
    assert not check_grads(program, x=0.7, against="dx = 2*x*sin(x)").passed
    wrong = parse("var x = 2\ndef f(x) = x**2 with grad g * x\ny = f(x)")
    assert check_grads(wrong).checks[0].status == "own"


# ---- what is refused


def test_an_error_carries_its_diagnostics_and_shows_the_place():
    with pytest.raises(DiffError) as caught:
        parse("var x = 3\ny = 2x\nz = x + w", name="model.expr")
    problems = caught.value.diagnostics
    assert [each.code for each in problems] == ["E0202", "E0301"]
    assert problems[0].span.position().line == 2
    assert "model.expr:2:5" in str(caught.value)
    assert "2 | y = 2x\n  |     ^^" in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda: parse("x + y")(1.0), "give it with y=3"),
        (lambda: parse("x**2")(z=1.0), "no input `z`"),
        (lambda: parse("input speed\nspeed")(sped=1.0), "did you mean `speed`"),
        (lambda: parse("const k = 1\nvar x = 1\nk * x")(k=2.0), r"at\(k=…\)"),
        (lambda: parse("x**2").grad("z"), "has no name `z`"),
        (lambda: parse("x**2").grad("x", of="y"), "has no name `y`"),
        (lambda: parse("const k = 1\ny = k").grad()(), r"wrt="),
        (lambda: parse("var x = 1\nrepeat 100 { x = x + 1 }", limits=Limits(repeat=10)), r"limits=Limits\(repeat=…\)"),
        (lambda: parse("x**2").at(y=1.0), "no input `y`"),
        (lambda: parse("x**2").explain("z"), r"--> wrt:1:1"),
        (lambda: parse("x * y").explain(x=1.0), "give it with y=3"),
        (lambda: check_grads(parse("x**2")), "give it with x=3"),
        (lambda: parse("input a: [2]\ninput b: [3]\na + b"), "E0501"),
    ],
)
def test_mistakes_are_told_in_the_words_of_python(work, words):
    with pytest.raises(DiffError, match=words):
        work()


@pytest.mark.parametrize("value", ["3", None, [1.0, "a"], 1j, {"a": 1}, np.array(["a"]), [[1.0], [1.0, 2.0]]])
def test_what_is_no_number_is_a_type_error(value):
    with pytest.raises((TypeError, ValueError)):
        parse("x**2")(value)


def test_masked_elements_are_no_numbers():
    with pytest.raises(TypeError, match="masked"):
        parse("x**2")(np.ma.masked_array([1.0, 2.0], [False, True]))


def test_modes_and_unconnected_are_checked():
    with pytest.raises(ValueError, match="no mode"):
        parse("x").grad(mode="numeric")
    with pytest.raises(ValueError, match="unconnected"):
        parse("x").grad(unconnected="nan")


def test_a_file_and_what_it_uses(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "twice.expr").write_text("def twice(x) = 2 * x\n")
    (tmp_path / "main.expr").write_text('use "lib/twice.expr"\ninput x\ny = twice(x)\n')
    assert load(tmp_path / "main.expr")(3.0) == 6.0
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "other.expr")
    with pytest.raises(DiffError):
        parse('use "lib/twice.expr"\ninput x\ny = twice(x)')
    assert parse('use "lib/twice.expr"\ninput x\ny = twice(x)', folder=tmp_path)(2.0) == 4.0


def test_names_that_python_does_not_have():
    program = parse("input σ = 1\ninput lambda = 2\nf = σ * lambda")
    assert program(**{"lambda": 3.0}, σ=2.0) == program(2.0, 3.0) == 6.0
    assert parse("𝑥 * 2")(x=3.0) == 6.0


def test_threads_share_programs():
    scalar, tensor = parse("x**2 + sin(x)").grad("x"), parse("input x: [n]\nsum(x**3)").grad("x")

    def one(number):
        x = np.full(3 + number % 3, float(number))
        return scalar(float(number)) - (2 * number + math.cos(number)), np.max(np.abs(tensor(x) - 3 * x**2))

    with ThreadPoolExecutor(8) as pool:
        for error in pool.map(one, range(200)):
            assert max(map(abs, error)) < 1e-9


def test_programs_go_to_other_processes():
    program = parse("input x\nconst k = 2\nk * x").at(k=5, x=3.0)
    again = pickle.loads(pickle.dumps(program))
    assert isinstance(again, Program) and again() == 15.0


def test_importing_diffcli_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import diffcli; print(sorted(set(sys.modules) - before))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "['diffcli']\n"
    )
    code = "import sys, diffcli; p = diffcli.parse('x**2'); assert p.grad('x')(3.0) == 6; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_every_public_name_says_what_it_is():
    for name in diffcli.__all__:
        if not name.startswith("__"):
            assert getattr(diffcli, name).__doc__.strip().split("\n")[0].endswith((".", ":")), name
    with pytest.raises(AttributeError):
        diffcli.nonsense  # noqa: B018


def test_a_product_without_its_direction_names_it():
    with pytest.raises(diffcli.DiffError, match=r"`v\.x` has no value"):
        diffcli.parse("x**2*y").jvp("x")(x=3, y=1)
    assert diffcli.parse("x**2*y").jvp("x")(2.0, x=3, y=1) == 12
