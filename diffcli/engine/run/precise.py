"""The executor in 50 digits, by mpmath: what a graph is worth when rounding is out of the question.

Element-wise operators have their meaning here, by name. The others are the array executor's own functions on arrays of
long numbers; one that needs what such arrays lack is reported and not approximated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import mpmath  # type: ignore[import-untyped]  # mpmath has no types

from ..graph import Node
from ..program import TRANSPARENT, program
from ..shape import OperandError

DIGITS = 50
# A context of its own, with as many digits to spare: the precision of others stays as it is.
mp = mpmath.mp.clone()
mp.dps = 2 * DIGITS
ZERO, ONE, HALF, HUGE = mp.mpf(0), mp.mpf(1), mp.mpf(0.5), mp.mpf("1e400")


class Unavailable(Exception):
    """An operator that has no meaning in 50 digits."""

    def __init__(self, node: Node) -> None:
        super().__init__(f"{node.op.name} has no meaning in {DIGITS} digits")
        self.node = node


def half_even(x: Any) -> Any:
    """The nearest whole number, halves to even."""
    below = mp.floor(x)
    rest = x - below
    return below + (1 if rest > HALF or (rest == HALF and below % 2) else 0)


def trunc(x: Any) -> Any:
    """The whole part."""
    return mp.floor(x) if x >= 0 else mp.ceil(x)


def softplus(x: Any) -> Any:
    """log(1 + exp(x))."""
    return mp.log1p(mp.exp(-abs(x))) + max(x, ZERO)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return ONE / (1 + mp.exp(-x))


def power(x: Any, y: Any) -> Any:
    """x ** y for real numbers."""
    return ONE if y == 0 else x ** int(y) if y == mp.floor(y) and abs(y) < 2**53 else mp.power(x, y)


def elu(x: Any, alpha: Any) -> Any:
    """x, or alpha * (exp(x) - 1) below 0."""
    return x if x > 0 else alpha * mp.expm1(x)


def selu(x: Any) -> Any:
    """elu, scaled with the doubles that the operator itself has."""
    from ..ops import activation

    return mp.mpf(activation.SCALE) * elu(x, mp.mpf(activation.ALPHA))


MEANINGS: dict[str, Callable[..., Any]] = {
    "number": lambda x: ONE if x else ZERO,
    "identity": lambda x: x,
    "stop_gradient": lambda x: x,
    "float": lambda x: x,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda x: -x,
    "floor_divide": lambda a, b: mp.floor(a / b),
    "mod": lambda a, b: a - b * mp.floor(a / b),
    "power": power,
    "square": lambda x: x * x,
    "squared_difference": lambda a, b: (a - b) * (a - b),
    "multiply_no_nan": lambda a, b: ZERO if b == 0 else a * b,
    "divide_no_nan": lambda a, b: ZERO if b == 0 else a / b,
    "reciprocal": lambda x: ONE / x,
    "sign": lambda x: mp.sign(x),
    "abs": abs,
    "guard": lambda a, b: mp.nan if mp.isnan(b) else a,
    "log_positive": lambda x: mp.log(x) if x > 0 else ZERO,
    "held_below": lambda y, x, high: x > y and y == high,
    "one_minus_square": lambda x: (1 - x) * (1 + x) if abs(x) <= 1 else mp.nan,
    "sqrt": lambda x: mp.sqrt(x),
    "rsqrt": lambda x: ONE / mp.sqrt(x),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "exp": lambda x: mp.exp(x),
    "exp2": lambda x: mp.power(2, x),
    "expm1": lambda x: mp.expm1(x),
    "log": lambda x: mp.log(x),
    "log1p": lambda x: mp.log1p(x),
    "log2": lambda x: mp.log(x, 2),
    "log10": lambda x: mp.log10(x),
    "sin": lambda x: mp.sin(x),
    "cos": lambda x: mp.cos(x),
    "tan": lambda x: mp.tan(x),
    "asin": lambda x: mp.asin(x),
    "acos": lambda x: mp.acos(x),
    "atan": lambda x: mp.atan(x),
    "atan2": lambda y, x: mp.atan2(y, x),
    "inverse_part": lambda a, b: b / (a * a + b * b),
    "degrees": lambda x: x * 180 / mp.pi,
    "radians": lambda x: x * mp.pi / 180,
    "sinh": lambda x: mp.sinh(x),
    "cosh": lambda x: mp.cosh(x),
    "tanh": lambda x: mp.tanh(x),
    "asinh": lambda x: mp.asinh(x),
    "acosh": lambda x: mp.acosh(x),
    "atanh": lambda x: mp.atanh(x),
    "hypot": lambda a, b: mp.sqrt(a * a + b * b),
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "logical_and": lambda a, b: bool(a) and bool(b),
    "logical_or": lambda a, b: bool(a) or bool(b),
    "logical_not": lambda x: not x,
    "isnan": lambda x: mp.isnan(x),
    "isinf": lambda x: mp.isinf(x),
    "isfinite": lambda x: mp.isfinite(x),
    "where": lambda c, a, b: a if c else b,
    "maximum": lambda a, b: a if a >= b or mp.isnan(a) else b,
    "minimum": lambda a, b: a if a <= b or mp.isnan(a) else b,
    "clip": lambda x, low, high: max(min(x, high), low),
    "floor": lambda x: mp.floor(x),
    "ceil": lambda x: mp.ceil(x),
    "round": half_even,
    "ste_round": half_even,
    "trunc": trunc,
    "int": trunc,
    "sigmoid": sigmoid,
    "sigmoid_minus": lambda x: sigmoid(-x),
    "softplus": softplus,
    "log_sigmoid": lambda x: -softplus(-x),
    "logaddexp": lambda a, b: max(a, b) + mp.log1p(mp.exp(-abs(a - b))),
    "bell": lambda x: mp.exp(-x * x),
    "erf": lambda x: mp.erf(x),
    "erfc": lambda x: mp.erfc(x),
    "normal_pdf": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "normal_cdf": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "polygamma": lambda n, x: mp.polygamma(int(n), x),
    "digamma": lambda x: mp.digamma(x),
    "lgamma": lambda x: mp.re(mp.loggamma(x)),
    "xdivy": lambda a, b: ZERO if a == 0 else a / b,
    "xlogy": lambda a, b: ZERO if a == 0 else a * mp.log(b),
    "xlog1py": lambda a, b: ZERO if a == 0 else a * mp.log1p(b),
    "relu": lambda x: max(x, ZERO),
    "relu6": lambda x: min(max(x, ZERO), mp.mpf(6)),
    "leaky_relu": lambda x, alpha: x if x > 0 else alpha * x,
    "elu": elu,
    "selu": selu,
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "softsign": lambda x: x / (1 + abs(x)),
}


def applied(node: Node, operands: Iterable[Any]) -> Any:
    """One element of an element-wise operation. Where long numbers raise, the doubles say what IEEE 754 has there."""
    given = [each if isinstance(each, bool) else mp.mpf(each) for each in operands]
    meaning = MEANINGS.get(node.op.name)
    if meaning is None:
        raise Unavailable(node)
    try:
        if any(abs(each) > HUGE for each in given):
            raise OverflowError  # exponents of exponents would fill the memory
        value = meaning(*given, *node.attributes)
    except (ValueError, ZeroDivisionError, OverflowError):
        assert node.op.scalar is not None
        value = node.op.scalar(*[each if isinstance(each, bool) else float(each) for each in given], *node.attributes)
    if node.kind == "bool":
        return bool(value)
    return mp.nan if isinstance(value, (complex, mp.mpc)) else mp.mpf(value)


def run(targets: Iterable[Node], feeds: Mapping[Node, Any]) -> dict[Node, Any]:
    """The value of every node that the targets depend on: long numbers, in object arrays where a node is a tensor.

    Feeds are doubles, arrays of them, or values that this executor returned.
    """
    values: dict[Node, Any] = {}
    for node in program(targets, feeds).nodes:
        if node in feeds:
            values[node] = lengthened(feeds[node])
        elif node.op.role == "constant":
            given = node.attributes[0]
            values[node] = given if isinstance(given, bool) else mp.mpf(given)
        elif node.op.role in TRANSPARENT or node.op.role == "custom":
            values[node] = values[node.inputs[0]]
        elif node.op.elementwise and all(not hasattr(values[each], "shape") for each in node.inputs):
            values[node] = applied(node, [values[each] for each in node.inputs])
        else:
            values[node] = tensor(node, [values[each] for each in node.inputs])
    return values


def lengthened(value: Any) -> Any:
    """A double, or an array of them, in long numbers; whole numbers and truth values too."""
    if not hasattr(value, "shape"):
        return value if isinstance(value, (bool, mp.mpf)) else mp.mpf(value)
    from . import precise_arrays

    return precise_arrays.lengthened(value)


def tensor(node: Node, operands: list[Any]) -> Any:
    """The value of an operation on tensors."""
    from . import precise_arrays

    try:
        return precise_arrays.operation(node, operands)
    except (TypeError, AttributeError, OperandError):
        raise Unavailable(node) from None
