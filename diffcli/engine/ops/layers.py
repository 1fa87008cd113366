"""Layers as Keras has them: each call makes variables of its own, named after the layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..graph import Graph, Node
from ..layer import Layering, Weight
from ..op import OPS, REQUIRED, Op, define, lift, lookup
from ..shape import OperandError, Shape, integer, text
from .linalg import matmul
from .norms import log_softmax, softmax
from .random import INITIALISERS
from .shaping import broadcast_to, operand

# Activations that are no element-wise functions.
OVER_CLASSES = (softmax, log_softmax)
LINEAR = (None, "linear")


def _activated(x: Node, activation: Any) -> Node:
    """The activation of a layer, by its name, of what the layer computed."""
    if activation in LINEAR:
        return x
    if not isinstance(activation, str):
        raise OperandError("argument", "an activation is the name of a function", "dense(x, 64, activation=relu)")
    op = lookup(activation)
    if op is None or not _is_activation(op):
        known = [each.name for each in OPS.values() if not each.hidden and not each.infix and _is_activation(each)]
        own = f"a function of your own takes what the layer gives: {activation}(dense(…))" if op is None else None
        raise OperandError("argument", f"there is no activation `{activation}`", _guess(activation, known) or own)
    result: Node = op(x)
    return result


def _is_activation(op: Op) -> bool:
    """Whether the operator takes one tensor and gives another of its shape, of real numbers."""
    needed = [each.name for each in op.parameters if each.default is REQUIRED]
    return len(needed) == 1 and op.kind != "bool" and (op.elementwise or op in OVER_CLASSES)


def _guess(word: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # slow to import, and for mistakes alone

    near = get_close_matches(word, list(known), 1)
    return f"did you mean `{near[0]}`?" if near else None


def starting(initial: Any) -> Callable[[Graph, Shape, int], Node]:
    """What makes a variable's first value: an initialiser by its name, or a number or tensor that is the value itself."""

    def made(graph: Graph, shape: Shape, seed: int) -> Node:
        if isinstance(initial, str):
            op = INITIALISERS.get(initial)
            if op is None:
                hint = _guess(initial, INITIALISERS) or f"there are {', '.join(INITIALISERS)}"
                raise OperandError("argument", f"there is no initialiser `{initial}`", hint)
            seeded = any(each.name == "seed" for each in op.parameters)
            node: Node = op.call((shape,), {"seed": seed} if seeded else {}, graph)
            return node
        value = lift(graph, initial)
        return value if value.shape == shape else broadcast_to(value, shape)

    return made


def _flag(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    raise OperandError("argument", f"{name} must be true or false")


def _dense_weights(
    x: Any, units: Any, activation: Any, name: Any, use_bias: Any, kernel: Any, bias: Any, *_: Any
) -> tuple[Weight, ...]:
    shape = operand(x).shape
    if isinstance(units, bool) or not isinstance(units, (int, float)) or units != units // 1 or units < 1:
        shown = f", not {units:g}" if isinstance(units, float) else ""
        raise OperandError("argument", f"units must be a whole number above 0{shown}", "dense(x, 64)")
    if len(shape) < 2:
        raise OperandError(
            "shape",
            f"dense takes rows of features, a tensor of at least 2 axes, not one of shape {text(shape)}",
            "x[None] makes one row of a vector" if len(shape) == 1 else None,
        )
    features, size = shape[-1], integer(units, "units")
    if not isinstance(features, int):
        raise OperandError(
            "shape",
            f"dense makes its kernel by the last size of its input, which is unknown in shape {text(shape)}",
            "declare it with a number, as in input X: [n, 9]",
        )
    made = (Weight("kernel", (features, size), starting(kernel)),)
    return (*made, Weight("bias", (size,), starting(bias))) if _flag(use_bias, "use_bias") else made


def _dense(x: Any, units: Any, activation: Any, *rest: Any) -> Node:
    weights: Mapping[str, Node] = rest[-1]
    product = matmul(operand(x), weights["kernel"])
    return _activated(product + weights["bias"] if "bias" in weights else product, activation)


dense = define(
    "dense",
    signature="x, units, activation=none, name=none, use_bias=true, kernel_initializer='glorot_uniform',"
    " bias_initializer='zeros', seed=none, trainable=true",
    static="units activation name use_bias seed trainable",
    doc="A fully connected layer, activation(x @ kernel + bias), with variables name/kernel and name/bias of its own.",
    layer=Layering("Dense", ("kernel", "bias"), _dense_weights),
    expand=_dense,
    rule="as of activation(x @ kernel + bias)",
    at=[([[1.0, 2.0, 3.0]], 2.0), ([[1.0, 2.0, 3.0]], 2.0, {"activation": "tanh", "use_bias": False})],
)
