"""What a graph starts from and what carries its names: constants, declared names, named expressions."""

from __future__ import annotations

from typing import Any

from ..graph import Node
from ..op import define


def _first_shape(inputs: tuple[Any, ...], *_: Any) -> Any:
    return inputs[0].shape


constant = define(
    "constant", signature="", doc="A number.", role="constant", hidden=True, shape=lambda inputs, value: ()
)

tensor = define(
    "tensor",
    signature="",
    doc="A tensor of numbers.",
    role="tensor",
    hidden=True,
    shape=lambda inputs, shape, flat: shape,
    numpy=lambda np, shape, flat: np.array(flat, dtype=np.float64).reshape(shape),
)

leaf = define("leaf", signature="", doc="A declared name.", role="leaf", hidden=True, shape=lambda inputs, *_: ())

alias = define(
    "named",
    doc="A named expression.",
    role="alias",
    hidden=True,
    shape=_first_shape,
    kind="same",
    vjp=(lambda g, n: g,),
    jvp=(lambda t, n: t,),
)

# The result of a differentiation. It remembers what was differentiated: a derivative that no longer depends
# on a source is 0 there, while an expression that never did has no gradient at all.
derivative = define(
    "derivative",
    doc="The result of a differentiation.",
    role="derivative",
    hidden=True,
    shape=_first_shape,
    kind="same",
    vjp=(lambda g, n: g,),
    jvp=(lambda t, n: t,),
)

number = define(
    "number",
    lambda x: 1.0 if x else 0.0,
    doc="A truth value as the number 0 or 1.",
    llvm=lambda v, x: v.truth(x),
    role="number",
    hidden=True,
    kind="int",
    shape=_first_shape,
    python="1.0 if {0} else 0.0",
    numpy=lambda np, x: x.astype(np.float64),
)

identity = define(
    "identity",
    lambda x: x,
    doc="The operand itself.",
    partials=lambda y, x: 1,
    lower=lambda x: x,
    numpy="positive",
    kind="promote",
    llvm=lambda v, x: x,
    latex="{0}",
    rule="dx = g",
    at=[-2.0, 0.0, 3.5],
)

stop_gradient = define(
    "stop_gradient",
    lambda x: x,
    doc="The operand in value, a constant in differentiation.",
    kind="same",
    role="stop",
    partials=[None],
    lower=lambda x: x,
    numpy=lambda np, x: x,  # there is no `positive` of truth values
    rule="no gradient flows",
    at=[1.5],
    llvm=lambda v, x: x,
    latex=r"\operatorname{{stop\_gradient}}\left({0}\right)",
)


def _custom_jvp(t: Node, n: Node, index: int) -> Node:
    """Forward mode from a rule that is stated in reverse: its gradient along g is its transpose, taken at g = 1.

    Most rules are linear in g, and then it is the same at every g.
    """
    from ..diff import filled, gradients
    from ..graph import substitute
    from ..op import leaf as make_leaf
    from .reductions import sum as total

    g = make_leaf(n.graph, "g", "seed", n.shape)
    pulled = n.attributes[1](g)[index - 1]
    found = gradients([total(pulled * t)], [g])[0]
    return filled(n, 0.0) if found is None else substitute([found], {g: filled(n, 1.0)})[0]


# The first input is the value, the others are the parameters that the user's rule gives gradients for.
custom = define(
    "custom",
    signature="*operands",
    doc="A function with a gradient of its own.",
    llvm=lambda v, value, *rest: value,
    role="custom",
    hidden=True,
    kind="same",
    shape=_first_shape,
    scalar=lambda value, *rest: value,
    lower=lambda value, *rest: value,
    numpy=lambda np, value, *rest: value,
    vjp=lambda g, n, index: n.attributes[1](g)[index - 1],
    jvp=_custom_jvp,
    cut=lambda n, index: index == 0 or n.attributes[2][index - 1],
)
