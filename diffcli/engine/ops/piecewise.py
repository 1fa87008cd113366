"""Comparisons, choices, and functions with corners and steps."""

from __future__ import annotations

import math
import operator
from math import inf, nan
from typing import Any

from .. import ieee
from ..graph import Node
from ..op import Convention, Edge, Op, define

NONE = [None, None]
NO_FLOW = "no gradient flows"


def _comparison(name: str, function: Any, infix: str, role: str, latex: str, lanes: Any) -> Any:
    tie = Convention(lambda x1, x2: x1 == x2, f"both sides of {infix} are equal: a choice by it is at its corner")
    return define(
        name,
        function,
        signature="x1, x2",
        doc=f"Truth of x1 {infix} x2; no gradient flows.",
        infix=infix,
        role=role,
        kind="bool",
        partials=NONE,
        llvm=lambda v, x1, x2: lanes(*v.numbers(x1, x2)),
        numpy=name,
        rule=NO_FLOW,
        latex="{0} " + latex + " {1}",
        at=[(1.0, 2.0), (2.0, 2.0)],
        edge=[Edge((1.0, 2.0), (None, None))],
        conventions=[tie] if infix[0] in "<>" else [],
    )


less = _comparison("less", operator.lt, "<", "less", "<", operator.lt)
less_equal = _comparison("less_equal", operator.le, "<=", "less_equal", r"\le", operator.le)
greater = _comparison("greater", operator.gt, ">", "greater", ">", operator.gt)
greater_equal = _comparison("greater_equal", operator.ge, ">=", "greater_equal", r"\ge", operator.ge)
equal = _comparison("equal", operator.eq, "==", "equal", "=", lambda x1, x2: x1.equals(x2))
not_equal = _comparison("not_equal", operator.ne, "!=", "not_equal", r"\ne", lambda x1, x2: x1.differs(x2))

logical_and = define(
    "logical_and",
    lambda x1, x2: bool(x1) and bool(x2),
    signature="x1, x2",
    doc="True where both are true.",
    infix="and",
    kind="bool",
    partials=NONE,
    python="True if {0} and {1} else False",
    numpy="logical_and",
    rule=NO_FLOW,
    llvm=lambda v, x1, x2: v.truth(x1) & v.truth(x2),
    latex=r"{0} \wedge {1}",
    at=[(1.0, 0.0), (1.0, 2.0)],
)
logical_or = define(
    "logical_or",
    lambda x1, x2: bool(x1) or bool(x2),
    signature="x1, x2",
    doc="True where either is true.",
    infix="or",
    kind="bool",
    partials=NONE,
    python="True if {0} or {1} else False",
    numpy="logical_or",
    rule=NO_FLOW,
    llvm=lambda v, x1, x2: v.truth(x1) | v.truth(x2),
    latex=r"{0} \vee {1}",
    at=[(1.0, 0.0), (0.0, 0.0)],
)
logical_not: Op = define(
    "logical_not",
    lambda x: not x,
    doc="True where the operand is false.",
    infix="not",
    kind="bool",
    role="not",
    partials=[None],
    python="not {0}",
    lower=lambda x: x.inputs[0] if x.op is logical_not and x.inputs[0].kind == "bool" else None,
    numpy="logical_not",
    rule=NO_FLOW,
    llvm=lambda v, x: ~v.truth(x),
    latex=r"\neg {0}",
    at=[1.0, 0.0],
)

isnan = define(
    "isnan",
    math.isnan,
    doc="True where the operand is NaN.",
    aliases="is_nan",
    kind="bool",
    partials=[None],
    numpy="isnan",
    rule=NO_FLOW,
    llvm=lambda v, x: v.is_nan(*v.numbers(x)),
    latex=r"\operatorname{{isnan}}\left({0}\right)",
    at=[1.0, nan, inf],
)
isinf = define(
    "isinf",
    lambda x: abs(x) == inf,
    doc="True where the operand is infinite.",
    aliases="is_inf",
    kind="bool",
    partials=[None],
    python="abs({0}) == inf",
    numpy="isinf",
    rule=NO_FLOW,
    llvm=lambda v, x: abs(*v.numbers(x)).equals(inf),
    latex=r"\operatorname{{isinf}}\left({0}\right)",
    at=[1.0, nan, inf, -inf],
)
isfinite = define(
    "isfinite",
    lambda x: abs(x) < inf,
    doc="True where the operand is neither infinite nor NaN.",
    aliases="is_finite",
    kind="bool",
    partials=[None],
    python="abs({0}) < inf",
    numpy="isfinite",
    rule=NO_FLOW,
    llvm=lambda v, x: abs(*v.numbers(x)) < inf,
    latex=r"\operatorname{{isfinite}}\left({0}\right)",
    at=[1.0, nan, inf],
)


def _lower_where(c: Node, x1: Node, x2: Node) -> Node | None:
    """One choice for two by the same condition, and none between equals."""
    if c.op is logical_not:
        return where(c.inputs[0], x2, x1)
    if x1.op is where and x1.inputs[0] is c:
        return where(c, x1.inputs[1], x2)
    if x2.op is where and x2.inputs[0] is c:
        return where(c, x1, x2.inputs[2])
    return x1 if x1 is x2 else None


def _where_lanes(v: Any, c: Any, x1: Any, x2: Any) -> Any:
    return v.select(v.truth(c), *((x1, x2) if x1.type == x2.type else v.numbers(x1, x2)))


# Differentiation masks the branch not taken; the rule below alone would give 0 * inf there, which is TensorFlow's.
where: Op = define(
    "where",
    lambda c, x1, x2: x1 if c else x2,
    signature="c, x1, x2",
    doc="x1 where the condition holds, else x2.",
    aliases="if select",
    role="select",
    kind="select",
    partials=[None, lambda y, c, x1, x2: 1, lambda y, c, x1, x2: 1],
    product=[None, lambda g, y, c, x1, x2: where(c, g, 0.0), lambda g, y, c, x1, x2: where(c, 0.0, g)],
    python="{1} if {0} else {2}",
    lower=_lower_where,
    numpy=lambda np, c, x1, x2: np.where(c != 0, x1, x2),
    rule="dx1 = g where c, dx2 = g where not c; the branch not taken contributes exactly 0",
    llvm=_where_lanes,
    latex=r"\begin{{cases}} {1} & {0} \\ {2} & \text{{otherwise}} \end{{cases}}",
    at=[(1.0, 2.0, 3.0), (0.0, 2.0, 3.0)],
    edge=[Edge((1.0, 2.0, 3.0), (None, 1, 0)), Edge((0.0, inf, 3.0), (None, 0, 1))],
)


def _maximum_lanes(v: Any, x1: Any, x2: Any) -> Any:
    return v.select(v.is_nan(x2), x2, v.select(x2 > x1, x2, x1))


def _minimum_lanes(v: Any, x1: Any, x2: Any) -> Any:
    return v.select(v.is_nan(x2), x2, v.select(x2 < x1, x2, x1))


TIE = "the arguments of {0} are equal: the first one gets the whole derivative"

maximum = define(
    "maximum",
    ieee.maximum,
    signature="x1, x2",
    doc="The larger of two, element by element; NaN if either is.",
    kind="promote",
    product=[
        lambda g, y, x1, x2: where(greater_equal(x1, x2), g, 0.0),
        lambda g, y, x1, x2: where(greater_equal(x1, x2), 0.0, g),
    ],
    python="{0} if {0} >= {1} or {0} != {0} else {1}",
    numpy="maximum",
    rule="dx1 = g where x1 >= x2, else 0; dx2 = g where x1 < x2, else 0",
    llvm=_maximum_lanes,
    latex=r"\max\left({0}, {1}\right)",
    at=[(-2.0, 0.3), (3.0, 0.3)],
    edge=[Edge((1.0, 1.0), (1, 0)), Edge((nan, 1.0), (0, 1)), Edge((1.0, nan), (0, 1))],
    conventions=[Convention(lambda x1, x2: x1 == x2, TIE.format("maximum"))],
)

minimum = define(
    "minimum",
    ieee.minimum,
    signature="x1, x2",
    doc="The smaller of two, element by element; NaN if either is.",
    kind="promote",
    product=[
        lambda g, y, x1, x2: where(less_equal(x1, x2), g, 0.0),
        lambda g, y, x1, x2: where(less_equal(x1, x2), 0.0, g),
    ],
    python="{0} if {0} <= {1} or {0} != {0} else {1}",
    numpy="minimum",
    rule="dx1 = g where x1 <= x2, else 0; dx2 = g where x1 > x2, else 0",
    llvm=_minimum_lanes,
    latex=r"\min\left({0}, {1}\right)",
    at=[(-2.0, 0.3), (3.0, 0.3)],
    edge=[Edge((1.0, 1.0), (1, 0))],
    conventions=[Convention(lambda x1, x2: x1 == x2, TIE.format("minimum"))],
)


def _step(
    name: str,
    function: Any,
    doc: str,
    numpy: Any,
    latex: str,
    instruction: str,
    aliases: str = "",
    kind: str = "promote",
) -> Any:
    return define(
        name,
        function,
        doc=f"{doc}; no gradient flows.",
        aliases=aliases,
        kind=kind,
        partials=[None],
        numpy=numpy,
        llvm=lambda v, x: v.intrinsic(instruction, *v.numbers(x)),
        rule=NO_FLOW,
        latex=latex,
        at=[-2.5, 0.3, 2.5, 7.0],
        edge=[Edge((2.5,), (None,))],
    )


floor = _step("floor", ieee.floor, "The whole number at or below", "floor", r"\left\lfloor {0} \right\rfloor", "floor")
ceil = _step("ceil", ieee.ceil, "The whole number at or above", "ceil", r"\left\lceil {0} \right\rceil", "ceil")
rint = _step(
    "round",
    ieee.rint,
    "The nearest whole number, halves to even",
    "rint",
    r"\operatorname{{round}}\left({0}\right)",
    "roundeven",
    aliases="rint around",
)
trunc = _step(
    "trunc",
    ieee.trunc,
    "The number without its fraction",
    "trunc",
    r"\operatorname{{trunc}}\left({0}\right)",
    "trunc",
    aliases="fix",
)
# Held as a whole float: an int of Python has no bound, and the scalar executor must not slow down or overflow.
to_int = _step(
    "int",
    ieee.trunc,
    "The number without its fraction, as an integer",
    lambda np, x: np.trunc(x * 1.0),
    r"\operatorname{{int}}\left({0}\right)",
    "trunc",
    kind="int",
)

to_float = define(
    "float",
    float,
    doc="A truth value or an integer as a number.",
    partials=lambda y, x: 1,
    numpy="positive",
    rule="dx = g; none flows to an integer",
    llvm=lambda v, x: x,
    latex=r"\operatorname{{float}}\left({0}\right)",
    at=[-2.5, 3.0],
)


def _held_below_lanes(v: Any, *operands: Any) -> Any:
    y, x, hi = v.numbers(*operands)
    return (x > y) & y.equals(hi)


# Whether the upper bound of clip made the value y.
held_below = define(
    "held_below",
    lambda y, x, hi: x > y == hi,
    signature="y, x, hi",
    doc="Truth of x > y == hi.",
    hidden=True,
    kind="bool",
    partials=[None, None, None],
    python="{1} > {0} == {2}",
    numpy=lambda np, y, x, hi: (x > y) & (y == hi),
    text="({1} > {0} and {0} == {2})",
    rule="no gradient flows",
    llvm=_held_below_lanes,
    latex=r"{1} > {0} = {2}",
    at=[(1.0, 2.0, 1.0), (1.5, 1.5, 2.0)],
)


# The derivative goes to the one operand that made the value: to x at its bounds, too, and to lo where the bounds cross.
clip = define(
    "clip",
    ieee.clip,
    signature="x, lo, hi",
    cost=2,
    doc="x kept between lo and hi; lo where the bounds cross.",
    aliases="clip_by_value",
    kind="promote",
    product=[
        lambda g, y, x, lo, hi: where(equal(y, x), g, 0.0),
        lambda g, y, x, lo, hi: where(logical_or(equal(y, x), held_below(y, x, hi)), 0.0, g),
        lambda g, y, x, lo, hi: where(held_below(y, x, hi), g, 0.0),
    ],
    lower=lambda x, lo, hi: maximum(minimum(x, hi), lo),
    numpy=lambda np, x, lo, hi: np.maximum(np.minimum(x, hi), lo),
    rule="dx = g where lo <= x <= hi; the bound that holds gets the rest",
    llvm=lambda v, x, lo, hi: _maximum_lanes(v, _minimum_lanes(v, x, hi), lo),
    latex=r"\operatorname{{clip}}\left({0}, {1}, {2}\right)",
    at=[(0.3, -1.0, 1.0), (-2.0, -1.0, 1.0), (2.0, -1.0, 1.0)],
    edge=[
        Edge((-1.0, -1.0, 1.0), (1, 0, 0)),
        Edge((1.0, -1.0, 1.0), (1, 0, 0)),
        Edge((2.0, -1.0, 1.0), (0, 0, 1)),
        Edge((-2.0, -1.0, 1.0), (0, 1, 0)),
        Edge((0.0, 1.0, -1.0), (0, 1, 0)),
        Edge((nan, -1.0, 1.0), (0, 1, 0), source="tf.clip_by_value as maximum(minimum(x, hi), lo)"),
    ],
    conventions=[
        Convention(
            lambda x, lo, hi: ((x == lo) | (x == hi)) & (lo <= hi),
            "clip has a corner at its bounds: its derivative there is taken as 1",
            0,
        )
    ],
)

ste_round = define(
    "ste_round",
    ieee.rint,
    doc="The nearest whole number, halves to even; the gradient passes straight through.",
    aliases="round_ste",
    partials=lambda y, x: 1,
    numpy="rint",
    role="straight",  # states a gradient that is not that of its value
    rule="dx = g",
    llvm=lambda v, x: v.intrinsic("roundeven", x),
    latex=r"\operatorname{{ste\_round}}\left({0}\right)",
    at=[-2.5, 0.3, 2.5],
    edge=[Edge((2.5,), (1,), source="straight-through estimator")],
    conventions=[Convention(lambda x: abs(x) >= 0, "ste_round: the gradient passes as if nothing had been rounded")],
)
