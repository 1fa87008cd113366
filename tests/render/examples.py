"""Hand-made results, one of each kind, that the renderers are tested with."""

from __future__ import annotations

from math import inf, nan

from diffcli.diagnostic import Diagnostic, Label
from diffcli.results import (
    CaseRow,
    CodeRow,
    DiffResult,
    EvalResult,
    ExplainResult,
    FormulaRow,
    GradientRow,
    GradResult,
    HessianResult,
    JacobianResult,
    MatrixRow,
    OperatorRow,
    OpsResult,
    ProductResult,
    ProductRow,
    Reason,
    Sparse,
    StoppedRow,
    TargetRow,
    TestResult,
    WatchedRow,
)
from diffcli.results_check import AgainstResult, AgainstRow, Agreement, CheckResult, CheckRow
from diffcli.results_trace import Part, TraceResult, TraceRow
from diffcli.results_why import Cause, Cut, Edit, Fix, Operand, PathRow, PathStep, Spot, WhyResult, WhyRow
from diffcli.source import Position, Source

FROZEN = Reason(
    "frozen",
    (Position(2, 1, 2, 10),),
    "`x1` is a frozen variable, which the tape does not watch",
    "declare it with var, or watch x1",
)
POLE = Reason("inf", (Position(3, 5, 3, 12),), "sqrt has an infinite derivative at 0")

GRAD = GradResult(
    "expr.txt",
    "tape",
    "reverse",
    (TargetRow("y", (), "float64", 9.0), TargetRow("損失", (2,), "float64", [1.0, 2.5])),
    (
        GradientRow("x0", ("y", "損失"), "var", (), "float64", 3.0, 6.0, "ok"),
        GradientRow("x1", ("y", "損失"), "frozen", (), "float64", 3.0, None, "none", FROZEN),
        GradientRow(
            "σ",
            ("y", "損失"),
            "var",
            (2, 2),
            "float64",
            [[1.0, 2.0], [3.0, 4.5]],
            [[0.1, -0.0], [nan, -inf]],
            "nan",
            POLE,
        ),
        GradientRow(
            "z", ("y", "損失"), "node", (), "float64", 0.0, 0.0, "zero", None, None, ("relu at 0 is 0 (expr.txt:4:5)",)
        ),
        GradientRow("t", ("y", "損失"), "input", (), "float64", None, None, "formula", None, "2 * t + 3"),
    ),
    (
        WatchedRow("x0", "var", True, (), 3.0, "trainable variable"),
        WatchedRow("σ", "var", True, (2, 2), [[1.0, 2.0], [3.0, 4.5]], "watch σ"),
    ),
    (StoppedRow("b", "multiply", Position(2, 1, 2, 9), "--stop", ("a", "c")),),
)
OUT = TargetRow("out", (), "float64", 10.0)
BARE = GradResult(
    "expr.txt",
    "graph",
    "reverse",
    (OUT,),
    (GradientRow("x", ("out",), "input", (), "float64", 2.0, 7.0, "ok"),),
    (),
    (),
)
EVAL = EvalResult(
    "expr.txt",
    "graph",
    (
        TargetRow("y", (), "float64", 0.1),
        TargetRow("count", (), "int64", 3),
        TargetRow("yes", (), "bool", True),
        TargetRow("big", (12, 10), "float64", [[float(10 * i + j) for j in range(10)] for i in range(12)]),
        TargetRow("empty", (0,), "float64", []),
        TargetRow("out", ("n",), "float64", None, "x ** 2"),
    ),
)
JACOBIAN = JacobianResult(
    "expr.txt",
    "graph",
    "forward",
    (
        MatrixRow(("y",), ("w",), (2, 2), "float64", [[1.0, 0.0], [0.0, 1e-300]], "ok"),
        MatrixRow(
            ("y",),
            ("b",),
            (3, 3),
            "float64",
            None,
            "ok",
            None,
            None,
            Sparse((3, 3), (0, 1, 2), (0, 1, 2), (1.0, 2.0, 3.0), 1),
        ),
    ),
)
HESSIAN = HessianResult("expr.txt", "graph", "reverse", (MatrixRow(("f",), ("x", "y"), (), "float64", 2.0, "ok"),))
PRODUCTS = tuple(
    ProductResult(
        kind, "expr.txt", "graph", "forward", (ProductRow("y", ("y",), ("x",), (2,), "float32", [1.5, 2.5], "ok"),)
    )
    for kind in ("jvp", "vjp", "hvp")
)
DIFF = DiffResult(
    "expr.txt",
    (
        FormulaRow("x", "y", 1, (), "2 * x + 3", "2 x + 3"),
        FormulaRow("x", "z", 2, (("t1", "exp(x)"), ("t2", "1 + t1")), "t1 / t2 ** 2", r"\frac{e^{x}}{(1 + e^{x})^{2}}"),
    ),
)
TEST = TestResult(
    "expr.txt",
    (CaseRow(3, "expect y == 9", True), CaseRow(4, "expect grad(y, x) == 7", False, "got 6.0, expected 7.0")),
)
CORNER = ("at 0 the derivative is 0 (TensorFlow)",)
TANH = OperatorRow("tanh", "Hyperbolic tangent.", "hyperbolic", "tanh(x)", (), "1 - y * y", (), r"\tanh\left(x\right)")
RELU = OperatorRow(
    "relu",
    "max(x, 0).",
    "piecewise",
    "relu(x)",
    ("rectify",),
    "where(x > 0, 1, 0)",
    CORNER,
    "",
    ("at 0.0 the gradient is 0",),
)
OPS = OpsResult((TANH, RELU))
UNKNOWN = CodeRow("E0301", "unknown name", "A name is used that nothing defines.", 3)
EXPLAIN = ExplainResult((UNKNOWN, CodeRow("frozen", "a frozen variable", "It is not trained.")))

LONG = f"y = {' + '.join(['x'] * 200)} + nope + x\n"
SOURCE = Source("dir/größe.expr", f"var x = 3\n\tvar 損失 = x**2 + undefinedd  # tab\nvar x = 4\n{LONG}")


def at(text: str) -> int:
    """The offset of a text in the source."""
    return SOURCE.text.index(text)


DIAGNOSTICS = (
    Diagnostic(
        "E0301",
        "unknown name `undefinedd`",
        SOURCE.span(at("undefinedd"), at("undefinedd") + 10),
        help="did you mean `undefined`?",
    ),
    Diagnostic(
        "E0302",
        "`x` is defined twice",
        SOURCE.span(at("x = 4"), at("x = 4") + 1),
        (Label(SOURCE.span(4, 5), "first defined here"),),
        ("a name is defined once",),
    ),
    Diagnostic("E0301", "unknown name `nope`", SOURCE.span(at("nope"), at("nope") + 4)),
    Diagnostic("E0502", "wide", SOURCE.span(at("損失"), at("損失") + 2), severity="warning"),
    Diagnostic("E0201", "over lines", SOURCE.span(4, at("var x = 4")), notes=("first line\nsecond line",)),
    Diagnostic("E0703", "the file is too large"),
)
ALL = {
    "grad": GRAD,
    "bare": BARE,
    "eval": EVAL,
    "jacobian": JACOBIAN,
    "hessian": HESSIAN,
    "jvp": PRODUCTS[0],
    "vjp": PRODUCTS[1],
    "hvp": PRODUCTS[2],
}
ALL |= {
    "diff": DIFF,
    "test": TEST,
    "ops": OPS,
    "operator": OpsResult((RELU,)),
    "explain": EXPLAIN,
    "code": ExplainResult((UNKNOWN,)),
}
X = TraceRow(
    1, "x", "var", (), (), "float64", 3.0, (), (Part("y", 2.0), Part("#2", 5.0)), 7.0, "ok", Position(1, 1, 1, 10)
)
SQUARE = TraceRow(
    2, "#2", "square", ("x",), (), "float64", 9.0, (Part("x", 6.0),), (Part("y", 1.0),), 1.0, "ok", Position(2, 5, 2, 9)
)
STOPPED = TraceRow(
    3, "w", "stop_gradient", ("#2",), (2,), "float64", [1.0, nan], (), (), None, "none", None, None, ("stopped",)
)
CHECKED = CheckRow(
    "w", ("y",), (2,), (2, 2), [1.0, 2.0], [2.0, 4.0], [2.0, 4.0], [2.0, 4.0000001], [1e-9, 1e-7], None,
    Agreement(15.9, 7.6, None), 7.6, "w[1]", "ok", 'needs mpmath: pip install "diffcli[check]"',
)  # fmt: skip
UNUSED = CheckRow("x1", ("y",), (), (0, 1), *(None,) * 6, Agreement(None, None, None), None, None, "none", None, FROZEN)
MINE = AgainstRow("dx = 2*x", "x", ("y",), 11, 1, "wrong", 0.3, "x", (("x", 1.5), ("y", 2.0)), 6.0, 3.0)
CHECKS = ("expr.txt", "graph", 0, (CHECKED, UNUSED))
ALL |= {
    "trace": TraceResult("expr.txt", "graph", "reverse", (OUT,), (X, SQUARE, STOPPED)),
    "check": CheckResult(*CHECKS),
    "against": AgainstResult(*CHECKS, (MINE, MINE._replace(status="ok", point=(), expected=None, got=None))),
}

SPOT = Spot("expr.txt", Position(2, 9, 2, 15), "y = log(exp(x) + 1)")
TOO_LARGE = "`exp(x)` overflows to inf at `x` = 1000"
STEPS = (
    PathStep("y", "log", "y", Spot("expr.txt", Position(2, 1, 2, 20), SPOT.line), inf),
    PathStep(None, "exp", "exp(x)", SPOT, inf),
    PathStep("x", "", "x", Spot("expr.txt", Position(1, 1, 1, 13), "var x = 1000"), 1000.0),
)
SOFTPLUS = Edit(Position(2, 5, 2, 20), "log(exp(x) + 1)", "softplus(x)")
ALL["why"] = WhyResult(
    "expr.txt",
    "graph",
    (
        WhyRow(
            "y", "x", "connected", "nan", nan, TOO_LARGE,
            (Cause("forward", "exp", TOO_LARGE, SPOT, (Operand("x", 1000.0),)),),
            (PathRow(STEPS, Cut("forward", "exp", TOO_LARGE, SPOT)),), 2,
            (Fix("exp overflows for large arguments, softplus does not", (SOFTPLUS,), None, True, "ok", 1.0),),
        ),
        WhyRow(
            "y", "x1", "frozen", "none", None, FROZEN.message, (Cause("frozen", "frozen", FROZEN.message, None),), (), 0,
            (Fix("the tape does not watch `x1`", (), "--watch x1", True, "ok", 6.0),), ("a note",),
        ),
        WhyRow("y", "k", "connected", "ok", 2.0, "`y` depends on `k` by 1 path", (), (PathRow(STEPS[:1], None),), 1, ()),
    ),
)  # fmt: skip
