"""From text to statements and postfix items."""

from __future__ import annotations

import sys

import pytest

from diffcli.diagnostic import DiagnosticError
from diffcli.lang import ast, recover
from diffcli.lang import parse as parsing
from diffcli.lang.limits import LIMITS, Limits
from diffcli.lang.parse import parse, parse_expression
from diffcli.source import Source


def read(text: str) -> ast.Module:
    module, problems = parse(Source("f.expr", text))
    assert problems == []
    return module


def only(text: str):
    (statement,) = read(text).statements
    return statement


SIGNS = ("+", "-", "*", "/", "@", "**", "//", "%", "and", "or", "not", "<", "<=", ">", ">=", "==", "!=")


def postfix(text: str) -> str:
    """An expression as text in postfix order."""
    return " ".join(spelled(item) for item in only(text).value.items)


def spelled(item: ast.Item) -> str:
    if item.kind == "number":
        return f"{item.value:g}"
    if item.kind == "call":
        function, keywords = item.value
        named = "".join(f",{keyword}=" for keyword in keywords)
        if (function, item.arity) == ("-", 1):
            return "neg"
        return function if function in SIGNS else f"{function}/{item.arity}{named}"
    if item.kind in ("list", "if"):
        return f"{item.kind}/{item.arity}"
    if item.kind == "repeat":
        return (
            f"{item.value.function}({item.value.variable}: {' '.join(spelled(each) for each in item.value.body.items)})"
        )
    return str(item.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x**2", "x 2 ** neg"),
        ("2**3**2", "2 3 2 ** **"),
        ("2**-3", "2 3 neg **"),
        ("2**-x**2", "2 x 2 ** neg **"),
        ("2^3", "2 3 **"),
        ("√x²", "x 2 ** √/1"),
        ("√x + 1", "x √/1 1 +"),
        ("-√x", "x √/1 neg"),
        ("+x", "x"),
        ("x²**3", "x 2 ** 3 **"),
        ("x⁻¹", "x -1 **"),
        ("x¹²", "x 12 **"),
        ("f(x)²", "x f/1 2 **"),
        ("a - b - c", "a b - c -"),
        ("a / b * c", "a b / c *"),
        ("a * b + c @ d", "a b * c d @ +"),
        ("a // b % c", "a b // c %"),
        ("-a * b", "a neg b *"),
        ("a × b ÷ c − d · g ⋅ f", "a b * c / d g * f * -"),
        ("a < b and not c == d or g", "a b < c d == not and g or"),
        ("a ≤ b", "a b <="),
        ("a ≥ b", "a b >="),
        ("a ≠ b", "a b !="),
        ("if a < 1 then b else c + 1", "a 1 < b c 1 + if/3"),
        ("if a then b else if c then d else g", "a b c d g if/3 if/3"),
        ("a.T @ b", "a .T/1 b @"),
        ("aᵀ", "a .T/1"),
        ("a[0].T", "a 0 (('at',),) .T/1"),
        ("[1, 2*x, 3]", "1 2 x * 3 list/3"),
        ("[[1, 2], [3, 4]]", "1 2 list/2 3 4 list/2 list/2"),
        ("[]", "list/0"),
        ("[1,]", "1 list/1"),
        ("f()", "f/0"),
        ("f(a, b)", "a b f/2"),
        ("f(a, k=b)", "a b f/2,k="),
        ("f(a,)", "a f/1"),
        ("grad(y, x, stop=[a, b])", "y x a b list/2 grad/3,stop="),
        ("f(x, in=1, output=2)", "x 1 2 f/3,in=,output="),
        ("var(x)", "x var/1"),
        ("tf.math.log(x)", "x tf.math.log/1"),
        ("np . sum (x)", "x np.sum/1"),
        ("pi", "3.14159"),
        ("π", "3.14159"),
        ("∞", "inf"),
        ("2*e", "2 2.71828 *"),
        ("tau", "6.28319"),
        ("sum(i = 1..n, i*x)", "1 n sum(i: i x *)"),
        ("tf.reduce_prod(i = 1..3, i)", "1 3 prod(i: i)"),
        ("sum(i = 1..3, sum(j = 1..i, j))", "1 3 sum(i: 1 i sum(j: j))"),
        ("error + tol * watch", "error tol watch * +"),
        ("（x＋１）＊２", "x 1 + 2 *"),
        ("(\n x\n +\n 1)", "x 1 +"),
        ("grad(y, x, unconnected=zero)", "y x zero grad/3,unconnected="),
    ],
)
def test_expressions_in_postfix_order(text, expected):
    assert postfix(text) == expected


def test_index_descriptors():
    item = only("a[0, 1:, ..., :, ::2, 1:2:3]").value.items[-1]
    assert item.value == (
        ("at",),
        ("slice", True, False, False),
        ("rest",),
        ("slice", False, False, False),
        ("slice", False, False, True),
        ("slice", True, True, True),
    )
    assert item.arity == 1 + 1 + 1 + 0 + 0 + 1 + 3


def test_literals_and_strings():
    assert [
        (item.kind, item.value) for item in only("f(true, false, none, \"a b\", 'ij,jk->ik')").value.items[:-1]
    ] == [("literal", True), ("literal", False), ("literal", None), ("string", "a b"), ("string", "ij,jk->ik")]


def test_a_string_keeps_the_text_as_written():
    assert only('f("（ａ）；＂")').value.items[0].value == "（ａ）；＂"


def test_spans_are_in_the_text_as_written():
    text = "𝑦 = （σ ＋ x²）× 3"
    statement = only(text)
    assert (statement.name, text[statement.name_start : statement.name_end]) == ("y", "𝑦")
    assert [text[item.start : item.end] for item in statement.value.items] == [
        "σ",
        "x",
        "²",
        "x²",
        "σ ＋ x²",
        "3",
        "（σ ＋ x²）× 3",
    ]


def test_the_span_of_a_call_is_the_whole_call():
    text = "y = 1 + tf.sum(x, axis=0)"
    call = only(text).value.items[-2]
    assert text[call.start : call.end] == "tf.sum(x, axis=0)"


def test_a_declaration_with_all_its_parts():
    statement = only('var m: [n, 3, ?] = 9.81 +/- 0.02 in [0, 20] "m/s^2"')
    assert (statement.kind, statement.name, statement.shape, statement.label) == ("var", "m", ("n", 3, "?"), "m/s^2")
    assert statement.value.items[0].value == 9.81
    assert statement.uncertainty.items[0].value == 0.02
    assert [each.items[0].value for each in statement.bounds] == [0, 20]
    assert statement.name_span == (4, 5)


def test_declarations_with_few_parts():
    assert only("input t").value is None
    assert only("input t").shape is None
    assert only("input t: []").shape == ()
    assert [only(f"{kind} k = 3").kind for kind in ("var", "frozen", "const", "input")] == [
        "var",
        "frozen",
        "const",
        "input",
    ]


def test_functions():
    statement = only("def f(x, k=1) = k*x**2 with grad g * (2*x)")
    assert [(each.name, each.default is None) for each in statement.parameters] == [("x", True), ("k", False)]
    assert statement.body == () and statement.gradient is not None
    block = only("def f(x) {\n u = x**2; v = u\n return u + v with grad g\n}")
    assert [each.name for each in block.body] == ["u", "v"]
    assert block.gradient is not None
    assert only("def Φ(z) = z").name == "Φ"
    assert only("def var(x) = x").name == "var"


def test_tapes_and_blocks():
    statement = only("tape manual { watch x, y; z = x\n pause { w = z } }")
    assert statement.manual
    assert [type(each) for each in statement.body] == [ast.Watch, ast.Assignment, ast.Pause]
    assert [each.name for each in statement.body[0].names] == ["x", "y"]
    assert not only("tape { y = x }").manual
    assert only("tape {\n}").body == ()
    repeat = only("repeat 20 { x = x - 0.1 * grad(f(x), x) }")
    assert repeat.count.items[0].value == 20 and len(repeat.body) == 1


def test_other_statements():
    module = read('dtype float32\nuse "lib.expr"\noutput a, b\nstop a\nminimize loss\ncorr(L, T) = 0.3\nx')
    kinds = [type(each) for each in module.statements]
    assert kinds == [ast.Dtype, ast.Use, ast.Output, ast.Stop, ast.Minimize, ast.Correlation, ast.Bare]
    assert module.statements[5].first.name == "L"
    assert [each.path for each in module.uses] == ["lib.expr"]
    assert not module.declared


@pytest.mark.parametrize(
    ("text", "comparison", "left", "right", "tolerance"),
    [
        ("expect y == 9", "==", "y", "9", False),
        ("expect a + 1 != b * 2 tol 1e-9", "!=", "a 1 +", "b 2 *", True),
        ("expect grad(y, x) is none", "is none", "y x grad/2", None, False),
        ("expect grad(y, x) is not none", "is not none", "y x grad/2", None, False),
        ("expect y ≤ 3", "<=", "y", "3", False),
        ("expect is_ok", None, "is_ok", None, False),
        ("expect a == b and c", None, "a b == c and", None, False),
        ("expect f(x) == [[2, 0], [0, 2]] tol 1e-9", "==", "x f/1", "2 0 list/2 0 2 list/2 list/2", True),
    ],
)
def test_expectations(text, comparison, left, right, tolerance):
    statement = only(text)
    assert statement.comparison == comparison
    assert " ".join(map(spelled, statement.value.items)) == left
    assert (statement.other and " ".join(map(spelled, statement.other.items))) == right
    assert (statement.tolerance is not None) == tolerance
    assert statement.text == text


def test_an_expected_error_takes_the_next_statement():
    module = read('expect error "shape"\ny = a + b\nz = 3')
    first, second = module.statements
    assert (first.text, first.statement.name, second.name) == ("shape", "y", "z")


def test_the_syntax_error_that_was_expected_is_not_reported():
    first, second = read('expect error "operator"\ny = 2x\nz = 3').statements
    assert first.statement is None
    assert [each.code for each in first.statement_diagnostics] == ["E0202"]
    assert second.name == "z"


def test_a_declaration_that_must_be_refused_declares_nothing():
    assert not read('expect error "shape"\ninput Z: [n, n] = [1]\n').declared


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "\ufeff# mark\r\n", ";;;", "\t \r\n", "　"])
def test_files_without_statements(text):
    assert read(text).statements == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ";", " # comment\n", "\n\t\n"])
def test_statements_end_at_line_ends_and_semicolons(end):
    assert [each.name for each in read(f"a = 1{end}b = 2{end}").statements] == ["a", "b"]


def test_one_expression():
    assert len(parse_expression(Source("--at x", "2*π")).items) == 3
    for text in ("", "x = 3", "1; 2", "2x", "use 'a'"):
        with pytest.raises(DiagnosticError):
            parse_expression(Source("--at x", text))


def test_problems_that_do_not_stop_the_parser():
    _, problems = parse(Source("f", "f(x=1, 2, x=3)\nmean(i = 1..3, i)\nvar w: [2.5] = 1\nconst k"))
    assert [each.code for each in problems] == ["E0406", "E0407", "E0216", "E0503", "E0221"]


# ---- limits and size


def counted(monkeypatch, text: str) -> int:
    """How many tokens are looked at to read a text."""
    looked = 0
    lex = parsing.tokens

    def counting(*arguments):
        nonlocal looked
        for token in lex(*arguments):
            looked += 1
            yield token

    with monkeypatch.context() as patch:
        patch.setattr(parsing, "tokens", counting)
        patch.setattr(recover, "tokens", counting)
        parse(Source("f", text))
    return looked


N = 100_000
DEEP = {
    "parentheses": "(" * N + "x" + ")" * N,
    "sum": "+".join(["x"] * N),
    "calls": "sin(" * N + "x" + ")" * N,
    "signs": "-" * N + "x",
    "powers": "**".join(["x"] * N),
    "lists": "[" * N + "x" + "]" * N,
    "choices": "if a then " * N + "x" + " else y" * N,
    "not": "not " * N + "x",
    "indices": "x" + "[0]" * N,
    "nested indices": "x[" * N + "0" + "]" * N,
    "nested sums": "sum(i=1..2, " * N + "x" + ")" * N,
    "arguments": "f(" + ",".join(["x"] * N) + ")",
    "blocks": "tape {" * N + "}" * N,
    "statements": "y = x;" * N,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_and_large_without_recursion(name):
    limit = sys.getrecursionlimit()
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    sys.setrecursionlimit(depth + 80)
    try:
        module, problems = parse(Source("f", DEEP[name]))
    finally:
        sys.setrecursionlimit(limit)
    assert problems == [] and len(module.statements) == (N if name == "statements" else 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "(" * n + "2x" + ")" * n,
        lambda n: "(" * n,
        lambda n: ")" * n,
        lambda n: "tape {" * n + "y = 2x\n" * 50,
        lambda n: "y = (1 + 2\n" * n,
        lambda n: "x = {\n" * n,
        lambda n: "$" * n,
        lambda n: "a." * n,
        lambda n: "y = f(1 2,\n" + "3,\n" * n,
    ],
)
def test_recovery_looks_at_each_token_a_bounded_number_of_times(monkeypatch, make):
    small, large = counted(monkeypatch, make(2_000)), counted(monkeypatch, make(4_000))
    assert large <= 2.2 * small + 2_000


@pytest.mark.parametrize(
    ("text", "limits", "code", "option"),
    [
        ("(((1)))", LIMITS._replace(depth=2), "E0702", "--max-depth"),
        ("y = 1 + 2 + 3", LIMITS._replace(bytes=5), "E0701", "--max-bytes"),
    ],
)
def test_limits_name_their_option(text, limits, code, option):
    module, (problem,) = parse(Source("f", text), limits)
    assert problem.code == code and option in problem.help
    assert not module.complete


def test_the_default_limits_let_a_hundred_thousand_parentheses_through():
    assert Limits().depth > 100_000
