"""TensorFlow's functions that are operators of the table: their names, and what TensorFlow calls their arguments."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..engine.op import OPS, REQUIRED, Op
from . import base

assert base  # with it the table of operators is imported


class Argument(NamedTuple):
    """An argument: TensorFlow's name for it, the operator's, and its default."""

    name: str
    parameter: str
    default: Any = REQUIRED


class Entry(NamedTuple):
    """A function: its operator, its arguments in TensorFlow's order, and whether operands may be of several types."""

    op: Op
    arguments: tuple[Argument, ...]
    mixed: bool = False


# Functions of x, or of x and y, under the operator's own name or another: one word, or name=operator.
UNARY = """
abs sign negative reciprocal square sqrt rsqrt exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh
acosh atanh floor ceil round rint=round sigmoid softplus log_sigmoid erf erfc lgamma digamma stop_gradient identity
is_nan=isnan is_inf=isinf is_finite=isfinite logical_not
"""
BINARY = """
add subtract multiply divide truediv=divide realdiv=divide div=divide floordiv=floor_divide mod floormod=mod
pow=power maximum minimum squared_difference multiply_no_nan divide_no_nan div_no_nan=divide_no_nan xdivy xlogy xlog1py
less less_equal greater greater_equal equal not_equal logical_and logical_or sub=subtract mul=multiply
"""
# name, operator, arguments; `theirs:ours` where the names differ. A star before the name: operands of several types.
SPECIAL = """
atan2 atan2 y:x1 x:x2
neg negative x
polygamma polygamma a:n x
relu relu features:x
relu6 relu6 features:x
elu elu features:x alpha=1.0
selu selu features:x
softsign softsign features:x
silu silu features:x
swish silu features:x
gelu gelu features:x approximate=False
leaky_relu leaky_relu features:x alpha=0.2
softmax softmax logits:x axis=-1
log_softmax log_softmax logits:x axis=-1
reduce_sum sum input_tensor:x axis=None keepdims=False
reduce_prod prod input_tensor:x axis=None keepdims=False
reduce_logsumexp logsumexp input_tensor:x axis=None keepdims=False
reduce_variance var input_tensor:x axis=None keepdims=False
reduce_std std input_tensor:x axis=None keepdims=False
reduce_any any input_tensor:x axis=None keepdims=False
reduce_all all input_tensor:x axis=None keepdims=False
*cumsum cumsum x axis=0 exclusive=False reverse=False
*cumprod cumprod x axis=0 exclusive=False reverse=False
*gather gather params:x indices axis=0
*transpose transpose a:x perm:axes=None
*reshape reshape tensor:x shape
*broadcast_to broadcast_to input:x shape
*expand_dims expand_dims input:x axis
*squeeze squeeze input:x axis=None
*reverse flip tensor:x axis
*roll roll input:x shift axis
*tile tile input:x multiples:reps
*pad pad tensor:x paddings:amounts mode="CONSTANT" constant_values=0
*zeros_like zeros_like input:x
*ones_like ones_like input:x
tensordot tensordot a b axes
det det input:x
trace trace x
diag_part diag_part input:x
diag diag diagonal:x
"""

SYNONYMS = {"keep_dims": "keepdims", "reduction_indices": "axis", "dim": "axis", "squeeze_dims": "axis"}


def _plain(text: str, names: tuple[str, ...]) -> dict[str, Entry]:
    found = {}
    for word in text.split():
        name, _, other = word.partition("=")
        op = OPS[other or name]
        parameters = [each.name for each in op.parameters]
        found[name] = Entry(op, tuple(map(Argument, names, parameters)))
    return found


def _special(line: str) -> tuple[str, Entry]:
    name, operator, *words = line.split()
    arguments = []
    for word in words:
        names, _, default = word.partition("=")
        theirs, _, ours = names.partition(":")
        literals: dict[str, Any] = {"None": None, "True": True, "False": False, '"CONSTANT"': "CONSTANT"}
        value = REQUIRED if not default else literals[default] if default in literals else float(default)
        arguments.append(Argument(theirs, ours or theirs, value))
    return name.lstrip("*"), Entry(OPS[operator], tuple(arguments), name.startswith("*"))


ENTRIES: dict[str, Entry] = {
    **_plain(UNARY, ("x",)),
    **_plain(BINARY, ("x", "y")),
    **dict(_special(line) for line in SPECIAL.strip().splitlines()),
}
