"""Sums, products, quotients and powers."""

from __future__ import annotations

import operator
from math import inf, isnan, nan
from typing import Any

from .. import ieee
from ..graph import Node
from ..op import ROLES, Convention, Edge, Op, constant, define, is_constant
from . import lowering

# Whole numbers below this are exact in float32 too, so folding them changes no result of any dtype.
EXACT = 1 << 24


def _exact(node: Node) -> bool:
    return (
        is_constant(node) and node.kind == "float" and node.attributes[0] % 1 == 0 and abs(node.attributes[0]) < EXACT
    )


def _folded(inputs: tuple[Node, ...], function: Any) -> Node | None:
    """The constant result of whole-number operands when it is exact, too; a zero result is left alone for its sign."""
    if is_constant(inputs[0]) and all(map(_exact, inputs)):
        value = function(*[each.attributes[0] for each in inputs])
        if value % 1 == 0 and 0 < abs(value) < EXACT:
            return constant(inputs[0].graph, value)
    return None


def _simple_add(inputs: tuple[Node, ...]) -> Node | None:
    x1, x2 = inputs
    if x2.op is negative:
        return x1 - x2.inputs[0]
    return _folded(inputs, operator.add)


def _simple_subtract(inputs: tuple[Node, ...]) -> Node | None:
    x1, x2 = inputs
    if is_constant(x2, 0.0):
        return x1 if str(x2.attributes[0]) == "0.0" else None
    if x2.op is negative:
        return x1 + x2.inputs[0]
    return _folded(inputs, operator.sub)


def _simple_multiply(inputs: tuple[Node, ...]) -> Node | None:
    if not (is_constant(inputs[0]) or is_constant(inputs[1])):
        return None
    for each, other in (inputs, inputs[::-1]):
        if is_constant(each, 1.0) and each.kind == "float" == other.kind:
            return other
        if is_constant(each, -1.0) and each.kind == "float" == other.kind:
            return -other
    return _folded(inputs, operator.mul)


def _simple_divide(inputs: tuple[Node, ...]) -> Node | None:
    if is_constant(inputs[1], 1.0) and inputs[0].kind == "float":
        return inputs[0]
    return _folded(inputs, operator.truediv) if not is_constant(inputs[1], 0.0) else None


def _simple_negative(inputs: tuple[Node, ...]) -> Node | None:
    x = inputs[0]
    if x.op is negative:
        return x.inputs[0]
    return constant(x.graph, -x.attributes[0]) if is_constant(x) and x.kind == "float" else None


add = define(
    "add",
    operator.add,
    signature="x1, x2",
    doc="Sum.",
    infix="+",
    kind="promote",
    partials=[lambda y, x1, x2: 1, lambda y, x1, x2: 1],
    lower=lowering.add,
    numpy="add",
    llvm=lambda v, x1, x2: x1 + x2,
    simplify=_simple_add,
    role="add",
    rule="dx1 = g, dx2 = g",
    latex="{0} + {1}",
    at=[(-2.0, 0.3), (1e8, 1e-8)],
)

subtract = define(
    "subtract",
    operator.sub,
    signature="x1, x2",
    doc="Difference.",
    infix="-",
    kind="promote",
    aliases="sub",
    partials=[lambda y, x1, x2: 1, lambda y, x1, x2: -1],
    numpy="subtract",
    llvm=lambda v, x1, x2: x1 - x2,
    simplify=_simple_subtract,
    rule="dx1 = g, dx2 = -g",
    latex="{0} - {1}",
    at=[(-2.0, 0.3)],
)

multiply = define(
    "multiply",
    operator.mul,
    signature="x1, x2",
    doc="Product.",
    infix="*",
    kind="promote",
    aliases="mul",
    role="multiply",
    partials=[lambda y, x1, x2: x2, lambda y, x1, x2: x1],
    lower=lowering.multiply,
    numpy="multiply",
    llvm=lambda v, x1, x2: x1 * x2,
    simplify=_simple_multiply,
    rule="dx1 = g * x2, dx2 = g * x1",
    latex=r"{0} \, {1}",
    at=[(-2.0, 0.3), (0.0, 5.0)],
)

divide = define(
    "divide",
    ieee.divide,
    signature="x1, x2",
    doc="Quotient.",
    infix="/",
    aliases="div truediv true_divide realdiv",
    product=[lambda g, y, x1, x2: g / x2, lambda g, y, x1, x2: -(g / x2 * y)],
    python="{0} / {1}",
    lower=lowering.divide,
    numpy="divide",
    llvm=lambda v, x1, x2: x1 / x2,
    simplify=_simple_divide,
    rule="dx1 = g / x2, dx2 = -g * y / x2",
    latex=r"\frac{{{0}}}{{{1}}}",
    at=[(-2.0, 0.3), (0.0, 5.0)],
    edge=[Edge((1.0, 0.0), (inf, -inf)), Edge((0.0, 0.0), (inf, nan))],
)

negative = define(
    "negative",
    operator.neg,
    doc="Negation.",
    infix="neg",
    kind="promote",
    aliases="neg",
    partials=lambda y, x: -1,
    numpy="negative",
    llvm=lambda v, x: -x,
    simplify=_simple_negative,
    rule="dx = -g",
    latex="-{0}",
    at=[-2.0, 0.0, 3.0],
)

floor_divide = define(
    "floor_divide",
    ieee.floor_divide,
    signature="x1, x2",
    doc="Quotient rounded down; no gradient flows.",
    infix="//",
    aliases="floordiv",
    kind="promote",
    partials=[None, None],
    python="{0} // {1}",
    numpy="floor_divide",
    llvm="floor_divide",
    blocks=True,
    rule="no gradient flows",
    latex=r"\left\lfloor {0} / {1} \right\rfloor",
    at=[(5.5, 2.0), (-5.5, 2.0)],
    edge=[Edge((5.5, 2.0), (None, None))],
)

mod = define(
    "mod",
    ieee.floor_mod,
    signature="x1, x2",
    doc="Remainder with the sign of the divisor.",
    infix="%",
    aliases="floormod remainder",
    kind="promote",
    partials=[lambda y, x1, x2: 1, lambda y, x1, x2: -floor_divide(x1, x2)],
    python="{0} % {1}",
    numpy="remainder",
    llvm="floor_mod",
    blocks=True,
    rule="dx1 = g, dx2 = -g * floor(x1 / x2)",
    latex=r"{0} \bmod {1}",
    at=[(5.5, 2.0), (-5.5, 2.0)],
    edge=[Edge((5.5, 2.0), (1, -2)), Edge((-5.5, 2.0), (1, 3))],
)


def _power_base(y: Node, x1: Node, x2: Node) -> Any:
    if is_constant(x2):
        exponent = x2.attributes[0]
        # n * x**(n - 1) as written has 0 * inf at 0 once n - 1 is negative; the derivative of a constant is 0.
        return (
            0.0
            if exponent == 0
            else 1.0
            if exponent == 1
            else exponent * x1
            if exponent == 2
            else exponent * power(x1, exponent - 1)
        )
    # 0 at exponent 0 even where the power is infinite, yet a function of the exponent: its slope by it is not 0 there.
    return multiply_no_nan(power(x1, x2 - 1.0), x2)


def _power_base_strict(y: Node, x1: Node, x2: Node) -> Any:
    lower = constant(x2.graph, x2.attributes[0] - 1) if is_constant(x2) else x2 - 1.0
    return x2 * power(x1, lower)


def _power_lanes(v: Any, x1: Any, x2: Any) -> Any:
    from ..run.vector.power import power_rule  # only compiled programs need vector code

    return power_rule(v, x1, x2)


log_positive: Op = define(
    "log_positive",
    lambda x: ieee.log(x) if x > 0 else 0.0,
    hidden=True,
    text="log({0})",
    doc="log(x) where x is positive, else 0.",
    product=lambda g, y, x: ROLES["select"](ROLES["greater"](x, 0.0), g / x, 0.0),
    python="log({0}) if {0} > 0.0 else 0.0",
    numpy=lambda np, x: np.where(x > 0, np.log(x), 0.0),
    llvm=lambda v, x: v.select(x > 0.0, v.call("log", x), 0.0),
    rule="dx = g / x where x > 0, else 0",
    latex=r"\ln\left({0}\right)",
    at=[2.0, 0.3],
    edge=[Edge((0.0,), (0,)), Edge((-1.0,), (0,))],
)

power = define(
    "power",
    ieee.power,
    signature="x1, x2",
    cost=3,
    doc="Power x1**x2 of real numbers.",
    infix="**",
    aliases="pow",
    kind="promote",
    partials=[_power_base, lambda y, x1, x2: y * log_positive(x1)],
    strict={"partials": (_power_base_strict, lambda y, x1, x2: y * log_positive(x1))},
    lower=lowering.power,
    python=lambda x1, x2: "pow({0}, {1})" if is_constant(x2) and x2.attributes[0] not in (2, -1) else "",
    numpy="power",
    llvm=_power_lanes,
    rule="dx1 = g * x2 * x1**(x2 - 1), dx2 = g * y * log(x1)",
    latex="{0}^{{{1}}}",
    at=[(2.0, 3.0), (0.7, -1.5)],
    edge=[
        Edge((0.0, 0.0), (0, 0), (nan, 0), "semantics, part 1: as torch"),
        Edge((0.0, 0.5), (inf, 0)),
        Edge((0.0, -1.0), (-inf, nan)),
        Edge((-2.0, 2.0), (-4, 0)),
        Edge((-2.0, 0.5), (nan, nan)),
        Edge((2.0, 0.0), (0, 0.6931471805599453)),
        Edge((-1.0, 0.0), (0, 0)),
    ],
    conventions=[
        Convention(
            lambda x1, x2: (x1 == 0) & (x2 == 0), "0**0: the derivative with respect to the base is taken as 0", 0
        ),
        Convention(
            lambda x1, x2: x1 <= 0,
            "base not positive: the derivative with respect to the exponent takes log(base) as 0",
            1,
        ),
    ],
)

square = define(
    "square",
    lambda x: x * x,
    doc="Square.",
    kind="promote",
    partials=lambda y, x: 2 * x,
    lower=lambda x: x * x,
    numpy="square",
    llvm=lambda v, x: x * x,
    rule="dx = 2 * g * x",
    latex="{0}^2",
    at=[-2.0, 0.3],
)

squared_difference = define(
    "squared_difference",
    lambda x1, x2: (x1 - x2) * (x1 - x2),
    signature="x1, x2",
    doc="Square of the difference.",
    kind="promote",
    partials=[lambda y, x1, x2: 2 * (x1 - x2), lambda y, x1, x2: -(2 * (x1 - x2))],
    lower=lambda x1, x2: square(x1 - x2),
    numpy=lambda np, x1, x2: np.square(x1 - x2),
    llvm=lambda v, x1, x2: (x1 - x2) * (x1 - x2),
    rule="dx1 = 2 * g * (x1 - x2), dx2 = -dx1",
    latex=r"\left({0} - {1}\right)^2",
    at=[(2.0, 0.5)],
)

multiply_no_nan: Op = define(
    "multiply_no_nan",
    lambda x1, x2: 0.0 if x2 == 0 else x1 * x2,
    signature="x1, x2",
    role="shielded",
    doc="Product that is 0 where the second factor is 0, even if the first is infinite or NaN.",
    text="{0} * {1}",
    partials=[lambda y, x1, x2: x2, lambda y, x1, x2: x1],
    product=[lambda g, y, x1, x2: multiply_no_nan(g, x2), lambda g, y, x1, x2: multiply_no_nan(x1, g)],
    simplify=lambda inputs: inputs[0] * inputs[1] if is_constant(inputs[1]) and inputs[1].attributes[0] != 0 else None,
    python="0.0 if {1} == 0.0 else {0} * {1}",
    numpy=lambda np, x1, x2: np.where(x2 == 0, 0.0, x1 * x2),
    llvm=lambda v, x1, x2: v.select(x2.equals(0.0), 0.0, x1 * x2),
    rule="dx1 = g * x2, dx2 = g * x1",
    latex=r"{0} \, {1}",
    at=[(2.0, 3.0)],
    edge=[Edge((inf, 0.0), (0, inf), source="TensorFlow's multiply_no_nan")],
)

divide_no_nan: Op = define(
    "divide_no_nan",
    lambda x1, x2: 0.0 if x2 == 0 else x1 / x2,
    signature="x1, x2",
    doc="Quotient that is 0 where the divisor is 0.",
    aliases="div_no_nan",
    product=[lambda g, y, x1, x2: divide_no_nan(g, x2), lambda g, y, x1, x2: -(divide_no_nan(g, x2) * y)],
    python="0.0 if {1} == 0.0 else {0} / {1}",
    numpy=lambda np, x1, x2: np.where(x2 == 0, 0.0, x1 / np.where(x2 == 0, 1.0, x2)),
    llvm=lambda v, x1, x2: v.select(x2.equals(0.0), 0.0, x1 / x2),
    rule="as x1 / x2, and 0 where x2 is 0",
    latex=r"\frac{{{0}}}{{{1}}}",
    at=[(2.0, 3.0)],
    edge=[Edge((1.0, 0.0), (0, 0))],
    conventions=[Convention(lambda x1, x2: x2 == 0, "divisor 0: value and derivatives are taken as 0")],
)

reciprocal = define(
    "reciprocal",
    lambda x: ieee.divide(1.0, x),
    doc="1 / x.",
    product=lambda g, y, x: -multiply_no_nan(y * y, g),
    lower=lambda x: 1.0 / x,
    numpy=lambda np, x: 1.0 / x,
    llvm=lambda v, x: 1.0 / x,
    rule="dx = -g * y**2",
    latex=r"\frac{{1}}{{{0}}}",
    at=[-2.0, 0.5],
    edge=[Edge((0.0,), (-inf,))],
)

# -1, 0 or 1 is a zero derivative of its own, not a cut path: TensorFlow registers 0 for sign and nothing for floor.
sign = define(
    "sign",
    ieee.sign,
    doc="-1, 0 or 1, as the operand is negative, zero or positive.",
    aliases="sgn",
    kind="promote",
    partials=lambda y, x: 0.0,
    python="1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0}",
    numpy="sign",
    llvm=lambda v, x: v.select(x > 0.0, 1.0, v.select(x < 0.0, -1.0, x)),
    rule="dx = 0",
    latex=r"\operatorname{{sign}}\left({0}\right)",
    at=[-2.0, 0.3],
    edge=[Edge((0.0,), (0,))],
    conventions=[Convention(lambda x: x == 0, "sign jumps at 0: its derivative there is taken as 0")],
)

absolute: Op = define(
    "abs",
    abs,
    doc="Absolute value.",
    aliases="absolute fabs",
    kind="promote",
    partials=lambda y, x: sign(x),
    lower=lambda x: absolute(x.inputs[0]) if x.op is negative else None,
    numpy="absolute",
    llvm=lambda v, x: abs(x),
    rule="dx = g * sign(x)",
    latex=r"\left|{0}\right|",
    at=[-2.0, 0.3],
    edge=[Edge((0.0,), (0,))],
    conventions=[Convention(lambda x: x == 0, "abs has a corner at 0: its derivative there is taken as 0")],
)

# As (1 - x) * (1 + x) it keeps its digits next to 1, where the derivatives of asin, acos and atanh are large.
one_minus_square = define(
    "one_minus_square",
    ieee.one_minus_square,
    doc="1 - x**2 between -1 and 1, NaN outside.",
    hidden=True,
    text="1 - {0}**2",
    partials=lambda y, x: -2 * x,
    python="(1.0 - {0}) * (1.0 + {0}) if -1.0 <= {0} <= 1.0 else nan",
    numpy=lambda np, x: np.where(np.abs(x) <= 1, (1.0 - x) * (1.0 + x), np.nan),
    llvm=lambda v, x: v.select(abs(x) <= 1.0, (1.0 - x) * (1.0 + x), nan),
    rule="dx = -2 * g * x",
    latex=r"\left(1 - {0}^2\right)",
    at=[-0.7, 0.3],
)

# A derivative outside the domain of its function is no number: 1/x at x = -1 is not the derivative of log there.
guard: Op = define(
    "guard",
    lambda x1, x2: nan if isnan(x2) else x1,
    signature="x1, x2",
    doc="The first operand where the second is not NaN.",
    hidden=True,
    text="{0}",
    role="guard",
    partials=[lambda y, x1, x2: guard(1.0, x2), None],
    python="{0} if {1} == {1} else nan",
    numpy=lambda np, x1, x2: np.where(np.isnan(x2), np.nan, x1),
    llvm=lambda v, x1, x2: v.select(v.is_nan(x2), nan, x1),
    rule="dx1 = g where x2 is not NaN",
    latex="{0}",
    at=[(2.0, 3.0)],
    edge=[Edge((2.0, nan), (nan, None), source="mathematics")],
)
