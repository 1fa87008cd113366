"""Expressions that go bad in floating point, each with one that is equal and does not: the table of rewrites.

Both sides are written with the operators themselves, so the table names no operator that does not exist, and a test
compares the two sides at random points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..engine.graph import Node
from ..engine.op import Items, constant, is_constant, lift
from ..engine.ops.activation import leaky_relu, relu
from ..engine.ops.arithmetic import absolute, divide_no_nan, power, square
from ..engine.ops.creation import arange
from ..engine.ops.elementary import exp, expm1, log, log1p, sqrt
from ..engine.ops.hyperbolic import hypot, tanh
from ..engine.ops.joining import stack
from ..engine.ops.leaves import stop_gradient
from ..engine.ops.linalg import matmul
from ..engine.ops.logistic import log_sigmoid, logaddexp, sigmoid, softplus
from ..engine.ops.norms import log_softmax, logsumexp, norm, softmax, std
from ..engine.ops.piecewise import (
    ceil,
    clip,
    floor,
    greater,
    greater_equal,
    less,
    less_equal,
    maximum,
    rint,
    ste_round,
    to_int,
    trunc,
    where,
)
from ..engine.ops.reductions import argmax, mean, prod, var
from ..engine.ops.reductions import sum as total
from ..engine.ops.special import xlog1py, xlogy
from ..engine.ops.trigonometric import atan2
from ..engine.shape import OperandError


class Remedy(NamedTuple):
    """A rewrite: the form it fits, what to write instead, why that is better, and how many places the form has.

    `equal` says that both are equal in real arithmetic; else the rewrite is a stand-in whose gradient is of use where
    the original has none. A form that `reduces` holds for any axis, which the new expression is given, too.
    """

    form: Callable[..., Node]
    instead: Callable[..., Any]
    why: str
    places: int = 1
    equal: bool = True
    vector: bool = False
    reduces: bool = False
    cures: tuple[str, ...] = ("nan", "inf")


SHORT = 10  # so many places are written out
OVERFLOW = "exp overflows for large arguments, {0} does not"
NO_STEP = "{0} has no derivative; the gradient is passed through it as if it had not been there"


def _log_two(a: Node) -> Node:
    return log(constant(a.graph, 2.0))


def _one_over(a: Node) -> Node:
    return constant(a.graph, 1.0) / a


def _straight(step: Any) -> Callable[[Node], Node]:
    """The step in value, the identity in differentiation."""
    return lambda a: a + stop_gradient(step(a) - a)


def _soft_position(a: Node) -> Node:
    sizes = a.shape
    if len(sizes) != 1 or not isinstance(sizes[0], int):
        raise OperandError("shape", "a position in a vector only")
    places = (
        lift(a.graph, Items(float(place) for place in range(sizes[0])))
        if sizes[0] <= SHORT
        else arange.call((float(sizes[0]),), {}, graph=a.graph)
    )
    return total(softmax(a) * places)


def _along(op: Any) -> Callable[..., Node]:
    """An operator that keeps the shape: along the one axis that its reduction ran over with keepdims, or a vector's only one."""

    def build(a: Node, axis: Any = None, keepdims: bool = False) -> Node:
        if axis is None and len(a.shape) == 1:
            return op(a)  # type: ignore[no-any-return]  # operators are called by rules, which have no types
        if axis is None or not keepdims:
            raise OperandError("shape", "not along one axis")
        axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
        return op(a, axis=axis)  # type: ignore[no-any-return]  # operators are called by rules, which have no types

    return build


def _reduced(op: Any) -> Callable[..., Node]:
    """A reduction over the same axes as the one it replaces."""

    def build(a: Node, axis: Any = None, keepdims: bool = False) -> Node:
        named: dict[str, Any] = {} if axis is None else {"axis": axis}
        return op(a, **named, **({"keepdims": True} if keepdims else {}))  # type: ignore[no-any-return]  # operators are called by rules, which have no types

    return build


def _polar(a: Node, b: Node) -> Node:
    off = greater(hypot(a, b), 0.0)
    return where(off, atan2(a, where(off, b, 1.0)), 0.0)


def _power_at_zero(a: Node, b: Node) -> Node:
    if is_constant(b):
        raise OperandError("argument", "a constant power has no 0 * inf; where its slope is infinite, it truly is")
    return exp(xlogy(b, a))


def _logit(a: Node) -> Node:
    return _one_over(1.0 + exp(-a))


def _of_tensors(form: Callable[..., Node], instead: Callable[..., Any], why: str) -> Remedy:
    """A remedy of a tensor, whatever axis its reductions run over."""
    return Remedy(form, instead, why, vector=True, reduces=True)


# The larger form stands before the smaller one that it contains.
REMEDIES = (
    _of_tensors(lambda a: log(exp(a) / total(exp(a))), _along(log_softmax), OVERFLOW.format("log_softmax")),
    _of_tensors(
        lambda a: log(softmax(a)),
        lambda a, axis=-1: log_softmax(a, axis=axis),
        "softmax underflows to 0, log_softmax does not",
    ),
    _of_tensors(lambda a: a - log(total(exp(a))), _along(log_softmax), OVERFLOW.format("log_softmax")),
    _of_tensors(lambda a: exp(a) / total(exp(a)), _along(softmax), OVERFLOW.format("softmax")),
    _of_tensors(lambda a: log(total(exp(a))), _reduced(logsumexp), OVERFLOW.format("logsumexp")),
    Remedy(lambda a: log(_logit(a)), lambda a: log_sigmoid(a), "the quotient underflows to 0, log_sigmoid does not"),
    Remedy(lambda a: log(1.0 - _logit(a)), lambda a: log_sigmoid(-a), "1 - sigmoid rounds to 0, log_sigmoid does not"),
    Remedy(lambda a: log(sigmoid(a)), lambda a: log_sigmoid(a), "sigmoid underflows to 0, log_sigmoid does not"),
    Remedy(lambda a: log(1.0 - sigmoid(a)), lambda a: log_sigmoid(-a), "1 - sigmoid rounds to 0, log_sigmoid does not"),
    Remedy(
        lambda a: log(1.0 - square(tanh(a))),
        lambda a: 2.0 * (_log_two(a) - a - softplus(-2.0 * a)),
        "1 - tanh**2 rounds to 0 for large arguments, the sum of logarithms does not",
    ),
    Remedy(
        lambda a: log1p(-square(tanh(a))),
        lambda a: 2.0 * (_log_two(a) - a - softplus(-2.0 * a)),
        "1 - tanh**2 rounds to 0 for large arguments, the sum of logarithms does not",
    ),
    Remedy(lambda a: log(1.0 + exp(a)), lambda a: softplus(a), OVERFLOW.format("softplus")),
    Remedy(lambda a: log1p(exp(a)), lambda a: softplus(a), OVERFLOW.format("softplus")),
    Remedy(lambda a, b: log(exp(a) + exp(b)), lambda a, b: logaddexp(a, b), OVERFLOW.format("logaddexp"), 2),
    Remedy(lambda a: log(exp(a)), lambda a: a, "the logarithm of an exponential is its argument"),
    _of_tensors(lambda a: log(prod(a)), lambda a: total(log(a)), "the product over- or underflows, the sum does not"),
    Remedy(_logit, lambda a: sigmoid(a), OVERFLOW.format("sigmoid")),
    Remedy(lambda a: _one_over(1.0 + exp(a)), lambda a: sigmoid(-a), OVERFLOW.format("sigmoid")),
    Remedy(lambda a: exp(a) / (1.0 + exp(a)), lambda a: sigmoid(a), OVERFLOW.format("sigmoid")),
    Remedy(
        lambda a: (exp(a) - exp(-a)) / (exp(a) + exp(-a)),
        lambda a: tanh(a),
        OVERFLOW.format("tanh"),
    ),
    Remedy(lambda a: (exp(2.0 * a) - 1.0) / (exp(2.0 * a) + 1.0), lambda a: tanh(a), OVERFLOW.format("tanh")),
    _of_tensors(
        lambda a: sqrt(mean(square(a - mean(a)))),
        _reduced(std),
        "the derivative of sqrt is infinite at 0; that of std is 0 where all are equal",
    ),
    _of_tensors(
        lambda a: sqrt(var(a)),
        _reduced(std),
        "the derivative of sqrt is infinite at 0; that of std is 0 where all are equal",
    ),
    _of_tensors(
        lambda a: sqrt(total(square(a))),
        _reduced(norm),
        "the derivative of sqrt is infinite at 0; that of norm is 0 there, and its squares do not overflow",
    ),
    _of_tensors(
        lambda a: sqrt(matmul(a, a)),
        lambda a: norm(a),
        "the derivative of sqrt is infinite at 0; that of norm is 0 there",
    ),
    Remedy(
        lambda a, b, c: sqrt(square(a) + square(b) + square(c)),
        lambda a, b, c: norm(stack(a, b, c)),
        "the derivative of sqrt is infinite at 0; that of norm is 0 there, and its squares do not overflow",
        3,
    ),
    Remedy(
        lambda a, b: sqrt(square(a) + square(b)),
        lambda a, b: hypot(a, b),
        "the derivative of sqrt is infinite at 0; that of hypot is 0 there, and its squares do not overflow",
        2,
    ),
    Remedy(
        lambda a: sqrt(square(a)),
        lambda a: absolute(a),
        "the derivative of sqrt is infinite at 0; that of abs is 0 there",
    ),
    Remedy(
        lambda a, b: a * log1p(b),
        lambda a, b: xlog1py(a, b),
        "0 * -inf is NaN, xlog1py and its slopes are 0 where its first operand is 0",
        2,
    ),
    Remedy(
        lambda a, b: a * log(b),
        lambda a, b: xlogy(a, b),
        "0 * -inf is NaN, xlogy and its slopes are 0 where its first operand is 0",
        2,
    ),
    Remedy(
        lambda a, b: power(a, b),
        _power_at_zero,
        "x2 * x1**(x2 - 1) is 0 * inf at 0, xlogy is 0 there",
        2,
        cures=("nan",),
    ),
    Remedy(
        lambda a, b: atan2(a, b),
        _polar,
        "an angle has no derivative at the origin; a `where` on the input makes it 0",
        2,
    ),
    Remedy(
        lambda a, b: a / stop_gradient(b),
        lambda a, b: divide_no_nan(a, stop_gradient(b)),
        "0 / 0 is NaN, divide_no_nan is 0 where the divisor is 0",
        2,
    ),
    Remedy(lambda a: log(1.0 + a), lambda a: log1p(a), "1 + x loses a small x, log1p does not"),
    Remedy(lambda a: exp(a) - 1.0, lambda a: expm1(a), "exp(x) - 1 loses a small x, expm1 does not"),
    Remedy(
        lambda a: log(a),
        lambda a: log(absolute(a)),
        "log is not defined for negative numbers; where the size is meant, take the logarithm of it",
        equal=False,
    ),
    Remedy(lambda a: rint(a), lambda a: ste_round(a), NO_STEP.format("round"), equal=False, cures=("none",)),
    Remedy(lambda a: floor(a), _straight(floor), NO_STEP.format("floor"), equal=False, cures=("none",)),
    Remedy(lambda a: ceil(a), _straight(ceil), NO_STEP.format("ceil"), equal=False, cures=("none",)),
    Remedy(lambda a: trunc(a), _straight(trunc), NO_STEP.format("trunc"), equal=False, cures=("none",)),
    Remedy(lambda a: to_int(a), _straight(trunc), NO_STEP.format("int"), equal=False, cures=("none",)),
    Remedy(
        lambda a: argmax(a),
        _soft_position,
        "a position has no derivative; its mean under softmax has one",
        1,
        False,
        True,
        cures=("none",),
    ),
    *(
        Remedy(
            lambda a, b, op=op: op(a, b),
            lambda a, b, sign=sign: sigmoid(a - b) if sign else sigmoid(b - a),
            "a truth value has no derivative; sigmoid goes from 0 to 1 smoothly",
            2,
            False,
            cures=("none",),
        )
        for op, sign in ((greater, True), (greater_equal, True), (less, False), (less_equal, False))
    ),
    Remedy(
        lambda a, b, c: clip(a, b, c),
        lambda a, b, c: a + stop_gradient(clip(a, b, c) - a),
        "outside its bounds clip is constant; the gradient is passed through it as if it had not been there",
        3,
        False,
        cures=("zero",),
    ),
    Remedy(
        lambda a: relu(a),
        lambda a: leaky_relu(a),
        "relu is constant below 0, leaky_relu is not",
        1,
        False,
        cures=("zero",),
    ),
    Remedy(
        lambda a: maximum(a, constant(a.graph, 0.0)),
        lambda a: leaky_relu(a),
        "the maximum is constant below 0, leaky_relu is not",
        1,
        False,
        cures=("zero",),
    ),
)
