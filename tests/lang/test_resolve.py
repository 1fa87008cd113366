"""Names and calls: what is undefined, defined twice, too early, misplaced, or called wrongly."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import diffcli.engine.ops  # noqa: F401  (registers the operators)
from diffcli.engine import op
from diffcli.lang import ast
from diffcli.lang.parse import parse
from diffcli.lang.resolve import Resolution, resolve
from diffcli.source import Source


def resolved(*texts: str, operators=op) -> Resolution:
    modules = []
    for number, text in enumerate(texts):
        modules.append(parse(Source(f"{number}.expr", text))[0])
    return resolve(modules, operators)


def told(text: str) -> list[tuple[str, str, str | None]]:
    """Code, underlined text and hint of each problem."""
    return [(each.code, each.span.text, each.help) for each in resolved(text).diagnostics]


def codes(text: str) -> list[str]:
    return [code for code, _, _ in told(text)]


# ---- names


def test_a_file_without_declarations_has_inputs_in_order_of_appearance():
    found = resolved("y = b*x + a\nz = x + sum(i = 1..n, i*c)\ndef f(t) = k*t\n")
    assert found.diagnostics == []
    assert [(each.name, each.start) for each in found.implicit_inputs] == [
        ("b", 4),
        ("x", 6),
        ("a", 10),
        ("n", 31),
        ("c", 36),
        ("k", 50),
    ]


def test_with_a_declaration_every_name_is_declared():
    found = resolved("var total = 3\ny = totl + q\nz = totl")
    assert [(each.code, each.span.text, each.help) for each in found.diagnostics] == [
        ("E0301", "totl", "did you mean `total`?"),
        ("E0301", "q", "input q"),
    ]
    assert found.implicit_inputs == ()


def test_names_in_expectations_and_lists_are_no_inputs():
    assert told("x**2\nexpect out == 4\nexpect y == 4") == [("E0301", "y", None)]
    assert codes("y = x\nstop z\noutput q") == ["E0301", "E0301"]


def test_a_name_is_defined_once_and_both_places_are_shown():
    (found,) = resolved("var x = 3\ny = 1\nx = 4").diagnostics
    assert (found.code, found.message) == ("E0302", "`x` is defined twice")
    assert found.span.position().line == 3
    assert [(label.text, label.span.position().line) for label in found.secondary] == [("first defined here", 1)]


def test_a_name_in_two_files_is_defined_twice():
    (found,) = resolved("k = 1", "k = 2").diagnostics
    assert (found.span.source.name, found.secondary[0].span.source.name) == ("1.expr", "0.expr")


def test_used_before_defined_shows_the_definition():
    (found,) = resolved("y = z + 1\nz = 3").diagnostics
    assert (found.code, found.span.text, found.secondary[0].span.start) == ("E0304", "z", 10)
    assert resolved("y = z + 1\nz = 3").implicit_inputs == ()


def test_names_are_compared_after_nfkc():
    assert codes("var 𝑥 = 3\ny = x + ｘ") == []


def test_the_last_expression_is_called_out():
    assert codes("var x = 3\nx**2\nexpect grad(out, x) == 6") == []


def test_a_function_is_not_a_value():
    assert told("var x = 1\ny = sin + x\ndef f(x) = x\nz = f") == [("E0308", "sin", "sin(…)"), ("E0308", "f", "f(…)")]


def test_a_size_is_not_a_value():
    (found,) = resolved("input X: [n, 3]\ny = n * 2").diagnostics
    assert found.message == "`n` is a size in a shape, not a value"


def test_pythons_literals_are_recognised():
    assert told("y = where(x > 0, True, 1)") == [("E0301", "True", "did you mean `true`?")]


def test_values_and_functions_are_two_sets_of_names():
    assert codes("def loss(x) = x**2\nvar w = 1\nloss = loss(w)\nsum = sum([loss, 1])\ny = sum") == []


# ---- blocks


def test_names_carry_in_repeat_and_only_there():
    assert codes("x = 1\nrepeat 3 { x = x + 1; u = x; u = u + 1 }\ny = u") == []
    assert codes("x = 1\nrepeat 3 { x = x + 1 }\nx = 2") == ["E0302"]
    assert codes("var k = 0\nrepeat 3 { y = y + 1 }") == ["E0304"]


def test_tapes_and_pauses_open_no_scope():
    assert codes("var x = 3\ntape { y = x; pause { z = y } }\nw = y + z") == []
    assert codes("var x = 3\ntape { y = x }\ny = 4") == ["E0302"]


@pytest.mark.parametrize(
    ("text", "underlined"),
    [
        ("watch x", "watch"),
        ("pause { y = 1 }", "pause"),
        ("return 3", "return"),
        ("x = 1\ndtype float32", "dtype"),
        ("repeat 3 { var x = 1 }", "var"),
        ("repeat 3 { output y }", "output"),
        ('tape { use "a" }', "use"),
        ("repeat 2 { def f(x) = x }", "def"),
        ("tape { minimize y }", "minimize"),
        ("repeat 2 { expect y == 1 }", "expect"),
    ],
)
def test_misplaced_statements(text, underlined):
    assert ("E0306", underlined) in [(code, word) for code, word, _ in told(text)]


def test_deep_blocks_and_sums_without_recursion():
    assert codes("repeat 2 {" * 20_000 + "y = 1" + "}" * 20_000) == []
    assert codes("y = " + "sum(i = 1..2, " * 20_000 + "i" + ")" * 20_000) == []


def test_variables_of_sums_are_local():
    assert codes("const k = 1\ny = sum(i = 1..3, sum(j = 1..i, i*j)) + sum(i = 1..2, i)") == []
    assert told("const k = 1\ny = sum(i = 1..3, i) + i") == [("E0301", "i", "input i")]
    assert told("const k = 1\ny = sum(i = 1..i, i)") == [("E0301", "i", "input i")]
    assert told("const k = 1\ny = sum(i = 1..2, j) + sum(j = 1..2, i)") == [
        ("E0301", "j", "input j"),
        ("E0301", "i", "input i"),
    ]


# ---- functions


def test_functions_have_their_own_names():
    assert codes("var x = 1\nu = 5\ndef f(x, k=1) { u = x*k; return u + 1 }\ny = f(x) + u") == []
    assert told("var x = 1\ndef f(t) { u = t; return u }\ny = u") == [("E0301", "u", "input u")]
    assert codes("var x = 1\ndef f(t) = t*x + q") == ["E0301"]


def test_a_default_may_use_the_parameters_before_it():
    assert codes("var x = 1\ndef f(a, b=2*a) = a + b\ny = f(x)") == []
    assert codes("var x = 1\ndef f(a=b, b=2) = a + b\ny = f(x)") == ["E0301"]


def test_the_incoming_gradient_is_known_in_a_custom_gradient_only():
    assert codes("var x = 1\ndef f(t) = t**2 with grad g * 2*t\ny = f(x)") == []
    assert codes("var x = 1\ndef f(t) = t*g\ny = f(x)") == ["E0301"]


def test_a_name_twice_in_one_function():
    (found,) = resolved("def f(x, x) = x").diagnostics
    assert (found.code, found.span.start, found.secondary[0].span.start) == ("E0302", 9, 6)
    assert codes("def f(x) { u = x; u = 2; return u }") == ["E0302"]
    assert codes("def f(k=1, x) = x") == ["E0408"]


def test_recursion_is_refused():
    (found,) = resolved("def f(x) = x * f(x - 1)").diagnostics
    assert (found.code, found.message, found.span.start) == ("E0305", "`f` calls itself", 15)


def test_recursion_by_way_of_another_function_shows_the_chain():
    (found,) = resolved("def f(x) = g(x)\ndef g(x) = sum(i = 1..2, h(i*x))\ndef h(x) = f(x)\ny = f(1)").diagnostics
    assert found.code == "E0305"
    assert found.notes == ("`f` calls `g` calls `h` calls `f`",)


def test_a_function_is_defined_before_it_is_called():
    (found,) = resolved("y = f(2)\ndef f(x) = x").diagnostics
    assert (found.code, found.secondary[0].span.start) == ("E0304", 13)
    assert codes("def f(x) = g(x)\ndef g(x) = x\ny = f(1)") == ["E0304"]


def test_a_user_function_wins_over_the_operator_of_that_name():
    assert codes("def sigmoid(x, k) = 1 / (1 + exp(-k*x))\ny = sigmoid(1, 2)") == []
    assert codes("def sigmoid(x) = tf.sigmoid(x)\ny = sigmoid(1)") == []
    assert codes("def sigmoid(x, k) = x\ny = sigmoid(1)") == ["E0402"]


# ---- calls


@pytest.mark.parametrize(
    ("call", "code", "underlined", "help"),
    [
        ("sin(x, x)", "E0401", "x", "sin(x)"),
        ("sin()", "E0402", "sin", "sin(x)"),
        ("atan2(x)", "E0402", "atan2", "atan2(x1, x2)"),
        ("sum(x, axes=1)", "E0403", "axes", "did you mean `axis`?"),
        ("sum(x, colour=1)", "E0403", "colour", "sum(x, axis=none, keepdims=false)"),
        ("sum(x, x=1)", "E0407", "x", None),
        ("sine(x)", "E0303", "sine", "did you mean `sin`?"),
        ("tf.reduce_summ(x)", "E0303", "tf.reduce_summ", None),
        ("os.system(x)", "E0303", "os.system", None),
        ("x.sum()", "E0211", "x.sum", "sum(x)"),
        ("x(2)", "E0303", "x", "x * (…)"),
        ("f(1, 2, 3)", "E0401", "3", "f(x, k=1)"),
        ("f(1, q=2)", "E0403", "q", "f(x, k=1)"),
        ("f(k = (2))", "E0402", "f", "f(x, k=1)"),
        ("f(1, 𝑞 ＝ （2）)", "E0403", "𝑞", "f(x, k=1)"),
    ],
)
def test_calls_that_do_not_fit(call, code, underlined, help):
    (found,) = resolved(f"var x = 3\ndef f(x, k=1) = k*x\ny = {call}").diagnostics
    assert (found.code, found.span.text) == (code, underlined)
    assert help is None or found.help == help


@pytest.mark.parametrize(
    "call",
    [
        "max(x, 1, 2)",
        "max(x, axis=0)",
        "tf.reduce_sum(x, 0)",
        "np.sum(x, axis=0, keepdims=true)",
        "-x**2 + √x - a.T",
        "f(1)",
        "f(1, 2)",
        "f(k=2, x=1)",
        "grad(x, x, unconnected=zero)",
        "clip(x, 0, 1)",
        "where(x > 0, x, 0)",
    ],
)
def test_calls_that_fit(call):
    assert codes(f"var x = 3\nvar a = [1]\ndef f(x, k=1) = k*x\ny = {call}") == []


def test_problems_with_a_users_function_show_its_definition():
    (found,) = resolved("def f(x) = x\ny = f(1, 2)").diagnostics
    assert found.secondary[0].span.text == "f"


def test_dtypes():
    assert (
        told("dtype float46\ny = 1") == [("E0312", "float46", "float64 or float32")]
        or told("dtype float46\ny = 1")[0][0] == "E0312"
    )
    assert told("dtype flaot32\ny = 1") == [("E0312", "flaot32", "did you mean `float32`?")]
    assert codes("dtype float32\ny = 1") == []


def test_one_target_to_minimize():
    assert codes("a = 1\nb = 2\nminimize a\nminimize b") == ["E0302"]


# ---- expected errors


def test_the_problems_of_a_refused_statement_are_kept_apart():
    found = resolved(
        'var x = 3\nexpect error "not defined"\ny = totl\nexpect error "takes"\nz = sin(x, x)\ny = 4\nw = y'
    )
    assert found.diagnostics == []
    assert sorted(each.code for captured in found.expected.values() for each in captured) == ["E0301", "E0401"]


def test_captured_finds_the_problems_of_syntax_and_of_names():
    module, _ = parse(Source("f", 'expect error "operator"\ny = 2x\nvar q = 1\nexpect error "totl"\ny = totl'))
    found = resolve(module, op)
    first, second = [each for each in module.statements if isinstance(each, ast.ExpectError)]
    assert [each.code for each in found.captured(first)] == ["E0202"]
    assert [each.code for each in found.captured(second)] == ["E0301"]


def test_what_a_refused_statement_defines_is_forgotten():
    assert codes('var x = 3\nexpect error "shape"\ny = x\nz = y') == ["E0301"]
    assert codes('var x = 3\nexpect error "shape"\ny = x\ny = 4') == []
    assert codes('var x = 3\nexpect error "twice"\nx = 4\ny = x') == []


def test_an_expected_error_needs_a_statement():
    assert codes('x = 3\nexpect error "shape"') == ["E0225"]


# ---- no cascades


@pytest.mark.parametrize(
    "text",
    [
        "var x = = 3\ny = x + 1",
        "var k = 1\ny = 2x\nz = y",
        "def f(a b) = a\ny = f(2)",
        "var k = 1\ndef f(x) { u = 2x; return u }\ny = f(1)",
        "var k = 1\ntape manuel { y = k }\nz = y",
        "vra x = 3\nvar k = 1\ny = x",
    ],
)
def test_what_could_not_be_read_is_not_reported_as_undefined(text):
    module, problems = parse(Source("f", text))
    assert problems and resolve(module, op).diagnostics == []


def test_a_name_that_is_missing_is_told_once():
    assert codes("var x = 3\n" + "".join(f"y{number} = lost + {number}\n" for number in range(50))) == ["E0301"]


def test_the_registry_is_asked_through_lookup_alone():
    record = SimpleNamespace(
        parameters=(SimpleNamespace(name="x", default=("required",), static=False, variadic=False),)
    )
    stub = SimpleNamespace(lookup=lambda name: record if name == "twice" else None, ALIASES={"twice": "twice"})
    assert resolved("y = twice(x)", operators=stub).diagnostics == []
    (found,) = resolved("y = twcie(x)", operators=stub).diagnostics
    assert found.help == "did you mean `twice`?"


def test_large_files_in_one_pass():
    lines = "".join(f"y{number} = x + sin({number})\n" for number in range(20_000))
    assert codes("var x = 3\n" + lines) == []
