"""Functions of TensorFlow that are a few operations."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from ..engine.op import ROLES
from ..engine.ops import einsum as _einsum
from ..engine.ops import matrices, norms, reductions, selection
from ..engine.ops.norms import log_softmax as _log_softmax
from . import calls, conversion
from .creation import cast
from .dtypes import as_dtype, float32, float64, int32, int64
from .errors import InvalidArgumentError
from .functions import GENERATED, static


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    name: str | None = None,
    **unused: Any,
) -> Any:
    """The product of matrices; leading axes broadcast."""
    left, right = conversion.together([a, b])
    check_ranks(left, right)
    if transpose_a or adjoint_a:
        left = matrix_transpose(left)
    if transpose_b or adjoint_b:
        right = matrix_transpose(right)
    return calls.elementwise(ROLES["matmul"], left, right)


def check_ranks(*operands: Any) -> None:
    """Vectors are no matrices, as in TensorFlow."""
    for place, each in enumerate(operands):
        if each._shape is not None and len(each._shape) < 2:
            kind = InvalidArgumentError if each.graph is None else ValueError
            raise kind(f"In[{place}] ndims must be >= 2: a matrix product needs matrices, not shape {each.shape}")


def matrix_transpose(a: Any, name: str | None = None) -> Any:
    """The last two axes exchanged."""
    x = conversion.convert_to_tensor(a)

    def build(node: Any) -> Any:
        rank = len(node.shape)
        axes = (*range(rank - 2), rank - 1, rank - 2)
        return ROLES["transpose"].call([node, axes], {})

    return calls.compute("matrix_transpose", build, (x,))


def einsum(equation: str, *inputs: Any, name: str | None = None, **unused: Any) -> Any:
    """Sums of products by Einstein's notation."""
    operands = conversion.together(list(inputs))
    return calls.compute(("einsum", equation), lambda *nodes: _einsum.einsum.call([equation, *nodes], {}), operands)


def reduce_mean(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None, **v1: Any) -> Any:
    """The mean of elements; that of whole numbers is rounded down."""
    x = conversion.convert_to_tensor(input_tensor)
    axes, keep = static(v1.get("reduction_indices", axis)), bool(v1.get("keep_dims", keepdims))
    if x.dtype.kind == "int":
        return cast(GENERATED["floor"](reduce_mean(cast(x, float64), axes, keep)), x.dtype)
    return calls.compute((reductions.mean, axes, keep), lambda node: reductions.mean(node, axes, keep), (x,))


def _extreme(role: Any, doc: str) -> Any:
    def extreme(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None, **v1: Any) -> Any:
        x = conversion.convert_to_tensor(input_tensor)
        axes, keep = static(v1.get("reduction_indices", axis)), bool(v1.get("keep_dims", keepdims))
        return calls.compute((role, axes, keep), lambda node: role.call([node], {"axis": axes, "keepdims": keep}), (x,))

    extreme.__doc__ = doc
    return extreme


reduce_max = _extreme(reductions.max_, "The largest element; ties share a gradient evenly.")
reduce_min = _extreme(reductions.min_, "The smallest element; ties share a gradient evenly.")


def _position(op: Any) -> Any:
    def position(
        input: Any,
        axis: Any = 0,
        output_type: Any = int64,
        name: str | None = None,
        dimension: Any = None,
    ) -> Any:
        x = conversion.convert_to_tensor(input)
        place = static(axis if dimension is None else dimension)
        place = 0 if place is None else place
        return calls.compute(("position", op, place), lambda node: op(node, place), (x,), as_dtype(output_type))

    position.__doc__ = f"{op.doc} The axis is the first one unless it is given."
    return position


argmax, argmin = _position(reductions.argmax), _position(reductions.argmin)


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """x where the condition holds, else y; the branch that is not taken contributes nothing to a gradient."""
    if x is None or y is None:
        raise NotImplementedError("diffcli.tensorflow.where needs a condition and both branches")
    return calls.elementwise(ROLES["select"], conversion.convert_to_tensor(condition), *conversion.together([x, y]))


def norm(tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """The length of a tensor, or of its parts along axes."""
    x = conversion.convert_to_tensor(tensor)
    kind, axes = static(ord), static(axis)
    kind = 2.0 if kind in ("euclidean", "fro") else inf if kind == "inf" else float(kind)
    return calls.compute(
        (norms.norm, kind, axes, keepdims), lambda node: norms.norm(node, kind, axes, bool(keepdims)), (x,)
    )


def one_hot(
    indices: Any,
    depth: int,
    on_value: float | None = None,
    off_value: float | None = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """Vectors with one in the place that an index says, zero elsewhere."""
    x, place = conversion.convert_to_tensor(indices), -1 if axis is None else axis
    wanted = float32 if dtype is None else as_dtype(dtype)
    count = static(depth)
    found = calls.compute(("one_hot", count, place), lambda node: selection.one_hot(node, count, place), (x,), float32)
    if on_value is not None or off_value is not None:
        on, off = 1.0 if on_value is None else on_value, 0.0 if off_value is None else off_value
        found = found * (on - off) + off
    return cast(found, wanted)


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Any:
    """The elements in order along an axis; equal ones keep theirs."""
    x, place = conversion.convert_to_tensor(values), static(axis)
    if direction == "DESCENDING":
        return -calls.compute(("sort", place), lambda node: selection.sort(node, place), (-x,))
    return calls.compute(("sort", place), lambda node: selection.sort(node, place), (x,))


def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Any:
    """The positions that put the elements in order."""
    x, place = conversion.convert_to_tensor(values), static(axis)
    given = -x if direction == "DESCENDING" else x
    return calls.compute(("argsort", place), lambda node: selection.argsort(node, place), (given,), int32)


def _solved(op: Any, message: str) -> Any:
    def solved(*operands: Any, name: str | None = None) -> Any:
        inputs = conversion.together(list(operands))
        found = calls.elementwise(op, *inputs)
        known = found.graph is None and all(np.isfinite(each._value).all() for each in inputs)
        if known and not np.isfinite(found._value).all():
            raise InvalidArgumentError(message)
        return found

    solved.__doc__ = op.doc
    return solved


inv = _solved(matrices.inv, "Input is not invertible.")
solve = _solved(matrices.solve, "Input matrix is not invertible.")
cholesky = _solved(matrices.cholesky, "Cholesky decomposition was not successful. The input might not be valid.")


def l2_loss(t: Any, name: str | None = None) -> Any:
    """Half the sum of the squares."""
    x = conversion.convert_to_tensor(t)
    return GENERATED["reduce_sum"](x * x) / 2.0


def moments(x: Any, axes: Any, shift: Any = None, name: str | None = None, keepdims: bool = False) -> tuple[Any, Any]:
    """Mean and variance along axes."""
    tensor = conversion.convert_to_tensor(x)
    return reduce_mean(tensor, axes, keepdims), GENERATED["reduce_variance"](tensor, axes, keepdims)


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Any:
    """-sum(labels * log_softmax(logits)) along an axis."""
    y, z = conversion.together([labels, logits])

    def build(truth: Any, scores: Any) -> Any:
        return -ROLES["sum"].call([truth * _log_softmax.call([scores, axis], {}), axis], {})

    return calls.compute(("softmax_cross_entropy", axis), build, (y, z))


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Any:
    """The same with class numbers as labels."""
    z = conversion.convert_to_tensor(logits)
    hot = one_hot(labels, z._shape[-1], dtype=z.dtype)
    return softmax_cross_entropy_with_logits(hot, z)


def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: str | None = None) -> Any:
    """-labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits)), exact for large logits."""
    y, z = conversion.together([labels, logits])
    return GENERATED["softplus"](z) - z * y


def add_n(inputs: Any, name: str | None = None) -> Any:
    """The sum of several tensors of one shape."""
    parts = conversion.together(list(inputs))
    total = parts[0]
    for each in parts[1:]:
        if each._shape != total._shape:
            raise InvalidArgumentError(f"Shapes {total.shape} and {each.shape} must be equal")
        total = total + each
    return total


def repeat(input: Any, repeats: int, axis: int | None = None, name: str | None = None) -> Any:
    """Each element, or each slice along an axis, several times in a row."""
    x, times = conversion.convert_to_tensor(input), static(repeats)
    if not isinstance(times, int):
        raise NotImplementedError("diffcli.tensorflow.repeat takes one number of times")
    flat = GENERATED["reshape"](x, (-1,)) if axis is None else x
    place = 0 if axis is None else axis % len(flat._shape)
    indices = [index for index in range(flat._shape[place]) for _ in range(times)]
    return GENERATED["gather"](flat, indices, axis=place)


def band_part(input: Any, num_lower: int, num_upper: int, name: str | None = None) -> Any:
    """The elements next to the diagonal; a negative number keeps all on its side."""
    x, low, high = conversion.convert_to_tensor(input), static(num_lower), static(num_upper)

    def build(node: Any) -> Any:
        kept = node if low < 0 else matrices.triu.call([node, -low], {})
        return kept if high < 0 else matrices.tril.call([kept, high], {})

    return calls.compute(("band_part", low, high), build, (x,))


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None) -> Any:
    """The tensor divided by its length along axes, which is taken as at least the root of epsilon."""
    tensor = conversion.convert_to_tensor(x)
    squares = GENERATED["reduce_sum"](tensor * tensor, axis if dim is None else dim, True)
    return tensor * GENERATED["rsqrt"](GENERATED["maximum"](squares, epsilon))
