"""The layout of texts: what it looks like, that it is reached in one step, and that nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffcli.diagnostic import DiagnosticError
from diffcli.lang.fmt import comments, formatted, meaning
from diffcli.lang.parse import parse
from diffcli.lang.pieces import columns, pieces
from diffcli.source import Source, decode

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def laid(text: str) -> str:
    return formatted(Source("text", text))


LAYOUTS = [
    ("x=3", "x = 3\n"),
    ("x  **2+3*x", "x**2 + 3 * x\n"),
    ("x ** - 2", "x**-2\n"),
    ("y=-x+ - 3", "y = -x + -3\n"),
    ("y = ( a+b ) ** ( c ) ^2", "y = (a + b)**(c)^2\n"),
    ("f ( x,y , k = 1 )", "f(x, y, k=1)\n"),
    ("sum( i=1..n,i )", "sum(i = 1..n, i)\n"),
    ("prod(i=1 .. n, f(i, k = i))", "prod(i = 1..n, f(i, k=i))\n"),
    ("a [ 0,1 : ] ; a[ : , : : 2]", "a[0, 1:]; a[:, ::2]\n"),
    ("a . T@b .T", "a. T @ b.T\n"),
    ("x ²", "x²\n"),
    ("x² ³", "x² ³\n"),
    ("2 .T", "2 .T\n"),
    ("sum(i = 1.. .5, i)", "sum(i = 1.. .5, i)\n"),
    ("var w:[3,2]=zeros([3,2])", "var w: [3, 2] = zeros([3, 2])\n"),
    ('var m=9.81±0.02 in[0,20]"m/s^2"', 'var m = 9.81 ± 0.02 in [0, 20] "m/s^2"\n'),
    ("if(c)then(a)else(b)", "if (c) then (a) else (b)\n"),
    ("not(a)and(b)or not(c)", "not (a) and (b) or not (c)\n"),
    ("√ x+√(4)", "√x + √(4)\n"),
    ("y=4×π²×L÷T²−1", "y = 4 × π² × L ÷ T² − 1\n"),
    ("y=1_000+1e-3+.5+1E+2", "y = 1_000 + 1e-3 + .5 + 1E+2\n"),
    ("a=1;;b=2;", "a = 1; b = 2\n"),
    ("; a=1 ; # c", "a = 1  # c\n"),
    ("tape{y=x**2}", "tape { y = x**2 }\n"),
    ("tape manual{watch x;y=x}", "tape manual { watch x; y = x }\n"),
    ("tape{y=x\nz=y}", "tape {\n    y = x\n    z = y\n}\n"),
    ("repeat 3{ # go\n\n\nx=x+1\n\n}", "repeat 3 {  # go\n    x = x + 1\n}\n"),
    ("def f(x,k=1)=k*x with grad g*(2)", "def f(x, k=1) = k * x with grad g * (2)\n"),
    ("def f(x){u=x;return u}", "def f(x) { u = x; return u }\n"),
    ("expect y==9 tol(1e-9)", "expect y == 9 tol (1e-9)\n"),
    ("expect grad(y,x)is not none", "expect grad(y, x) is not none\n"),
    ("tol = 3; tol *2", "tol = 3; tol * 2\n"),
    ("corr(L,T)=0.3", "corr(L, T) = 0.3\n"),
    ("\n\n a = 1\n\n\n\n\tb = 2\n\n\n", "a = 1\n\nb = 2\n"),
    ("y=(a\n+b)", "y = (a\n     + b)\n"),
    ("y=f(\na,\n  b\n  )", "y = f(\n    a,\n    b\n)\n"),
    ("m=[[1,2],\n[3,4]]", "m = [[1, 2],\n     [3, 4]]\n"),
    ("损失=[1,\n2]", "损失 = [1,\n        2]\n"),
    ("", ""),
    ("\n\n", ""),
    ("# only", "# only\n"),
    ("var x ＝ ３；　var y ＝ max（x，２）", "var x ＝ ３；　var y ＝ max（x，２）\n"),
]


@pytest.mark.parametrize(("text", "expected"), LAYOUTS)
def test_the_layout(text: str, expected: str) -> None:
    assert laid(text) == expected
    assert laid(expected) == expected


COMMENTS = [
    ("x=3 #a\nlonger=4 #b\n", "x = 3  #a\nlonger = 4  #b\n", "next to the code"),
    ("x=3       # a\nyy=4      # b\n", "x = 3     # a\nyy = 4    # b\n", "a column is kept"),
    ("x=3     # a\nyy=4+5*6  # b\n", "x = 3           # a\nyy = 4 + 5 * 6  # b\n", "the column moves with the code"),
    ("x=3    # a\nyy=4          # b\n", "x = 3   # a\nyy = 4  # b\n", "ragged ones are aligned"),
    ("x=3\n      # own line\ny=4\n", "x = 3\n# own line\ny = 4\n", "own lines stay own lines"),
    ("tape {\n# in\ny=3\n# last\n}\n", "tape {\n    # in\n    y = 3\n    # last\n}\n", "in a block"),
    ("y=(a # first\n  # own\n+b)\n", "y = (a  # first\n     # own\n     + b)\n", "in brackets"),
    ("x=3 #  kept  as it is \t\n", "x = 3  #  kept  as it is \t\n", "letter for letter"),
]


@pytest.mark.parametrize(("text", "expected", "why"), COMMENTS)
def test_comments(text: str, expected: str, why: str) -> None:
    assert laid(text) == expected, why
    assert laid(expected) == expected


def test_line_ends_stay_what_they_are() -> None:
    assert laid("x=3\r\n\r\n\r\ny=4") == "x = 3\r\n\r\ny = 4\r\n"
    assert laid("x=3\ry=4\r") == "x = 3\ry = 4\r"


def test_a_statement_that_must_be_refused_stays_as_it_is() -> None:
    text = 'var x=1\nexpect error "operator"\ny =  2x  +  1\nz=x\n'
    assert laid(text) == 'var x = 1\nexpect error "operator"\ny =  2x  +  1\nz = x\n'
    assert laid(laid(text)) == laid(text)
    commented = 'expect error "e"  # why\n# more\ninput  Z: [  # n\n'
    assert laid(commented) == commented


def test_wrong_syntax_is_refused() -> None:
    with pytest.raises(DiagnosticError) as refused:
        laid("y = 2x\n")
    assert refused.value.diagnostics[0].code == "E0202"


def test_depth_does_not_matter() -> None:
    depth = 20_000
    assert laid("(" * depth + "x" + ")" * depth) == "(" * depth + "x" + ")" * depth + "\n"
    nested = "sum(i=1..2," * 200 + "x" + ")" * 200
    assert laid(nested) == "sum(i = 1..2, " * 200 + "x" + ")" * 200 + "\n"


def checked(source: Source) -> None:
    """The layout is reached in one step, says the same, and has the same comments."""
    text = formatted(source)
    made = Source(source.name, text)
    assert formatted(made) == text
    (before, _), (after, problems) = parse(source), parse(made)
    assert not problems
    assert meaning(before) == meaning(after)
    assert comments(pieces(source)) == comments(pieces(made))
    assert "\n\n\n" not in text.replace("\r\n", "\n")
    code = [line for line in text.split("\n") if "#" not in line and '"' not in line]
    assert not any(line != line.rstrip() for line in code if not line.endswith("\r"))


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.expr")), ids=lambda path: path.stem)
def test_samples(path: Path) -> None:
    try:
        source = decode(path.name, path.read_bytes())
        if parse(source)[1]:
            raise DiagnosticError
    except DiagnosticError:
        assert path.parent.name == "errors"
        return
    checked(source)


ATOMS = st.sampled_from(
    ["x", "y1", "σ", "𝑥", "损失", "3", "1_000", "1e-3", ".5", "2.", "π", "x²", "a.T", "ｘ", "tol", "use"]
)
GAPS = st.sampled_from(["", " ", "  ", "\t", " "])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """A random expression with random white space, line ends and comments inside brackets."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(ATOMS)
    inner = lambda: draw(expressions(depth=depth - 1))
    gap = lambda: draw(GAPS)
    broken = lambda: draw(st.sampled_from(["", " ", "\n", "\n\n\n  ", "  # why\n", " #\n#two\n "]))
    form = draw(st.integers(0, 10))
    if form <= 3:
        sign = draw(st.sampled_from(["+", "-", "*", "/", "//", "%", "@", "**", "^", "×", "÷", "−", "＋"]))
        return f"{inner()} {gap()}{sign}{gap()}({inner()}{gap()})"
    if form == 4:
        return f"({broken()}{inner()}{broken()})"
    if form == 5:
        return f"f({broken()}{inner()}{gap()},{broken()}k{gap()}={gap()}{inner()}{broken()})"
    if form == 6:
        return f"[{broken()}{inner()},{gap()}{inner()}{draw(st.sampled_from(['', ',']))}{broken()}]"
    if form == 7:
        return f"-{gap()}({inner()})"
    if form == 8:
        return f"(if {inner()} then {inner()} else {inner()})"
    if form == 9:
        return f"x[{gap()}{inner()}{gap()}:{gap()},{broken()}...{gap()},0]"
    return f"sum({gap()}i{gap()}={gap()}1 ..{gap()}({inner()}),{broken()}{inner()})"


@st.composite
def programs(draw: st.DrawFn, depth: int = 2) -> str:
    """A random program in a random layout."""
    lines = []
    for index in range(draw(st.integers(0, 5))):
        value = draw(expressions())
        forms = [
            f"y{index}  ={value}",
            f"var v{index}=  {value}",
            f'const k : [2,3]={value} "a # b"',
            value,
            f"expect {value}==  {value} tol 1e-9",
            f"def f{index}(x,k = 2)={value}",
        ]
        if depth:
            body = draw(programs(depth=depth - 1))
            forms += [f"tape{{{body}\n}}", f"repeat 3 {{\n{body}\n  }}", f"pause {{y={value}}}"]
        lines.append(draw(GAPS) + draw(st.sampled_from(forms)))
        lines.append(
            draw(st.sampled_from(["\n", ";", "\n\n\n\n", " # note\n", "\n   #own\n\n", "  ;  \n", "     # far\n"]))
        )
    return "".join(lines)


@settings(max_examples=300, deadline=None)
@given(programs(), st.sampled_from(["\n", "\r\n"]))
def test_random_programs(text: str, ending: str) -> None:
    source = Source("random", text.replace("\n", ending))
    if not parse(source)[1]:
        checked(source)


def test_wide_letters_take_two_columns() -> None:
    assert (columns("ab"), columns("损失"), columns("e\u0301")) == (2, 4, 1)
