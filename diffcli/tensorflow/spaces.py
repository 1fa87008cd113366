"""The names under `tf`, `tf.math`, `tf.nn` and the other parts, and what is said of those that there are not."""

from __future__ import annotations

from typing import Any

from . import (
    clipping,
    composed,
    conversion,
    creation,
    custom,
    decorating,
    dtypes,
    forward,
    graph_mode,
    joining,
    named_variables,
    operations,
    placeholders,
    randomness,
    session,
    settings,
    shapes,
    symbolic,
    tape,
    tensor,
    testing,
    unconnected,
    variable,
)
from .functions import GENERATED


def _of(module: Any, names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names.split()}


def _made(names: str) -> dict[str, Any]:
    return {name: GENERATED[name] for name in names.split()}


REDUCED = _of(composed, "reduce_max reduce_mean reduce_min argmax argmin")
LINALG = {
    **_made("det trace diag diag_part tensordot"),
    **_of(composed, "matmul einsum norm matrix_transpose band_part l2_normalize inv solve cholesky"),
    "eye": creation.eye,
    "global_norm": clipping.global_norm,
}
NN = {
    **_made("relu relu6 elu selu softsign silu swish gelu leaky_relu softmax log_softmax sigmoid tanh softplus"),
    **_of(composed, "l2_loss l2_normalize moments softmax_cross_entropy_with_logits"),
    **_of(composed, "sparse_softmax_cross_entropy_with_logits sigmoid_cross_entropy_with_logits"),
    "softmax_cross_entropy_with_logits_v2": composed.softmax_cross_entropy_with_logits,
}
ONLY_NN = set(NN) - {"softmax", "sigmoid", "tanh", "softplus"}
MATH = {
    **{name: found for name, found in GENERATED.items() if name not in LINALG and name not in ONLY_NN},
    **_made("softsign log_softmax"),
    **REDUCED,
    **_of(composed, "add_n l2_normalize"),
}
RANDOM = _of(randomness, "normal uniform truncated_normal set_seed")
INITIALIZERS = _of(
    randomness,
    "zeros_initializer ones_initializer constant_initializer random_normal_initializer random_uniform_initializer "
    "truncated_normal_initializer glorot_uniform_initializer glorot_normal_initializer he_normal_initializer",
)
TYPES = dict(dtypes.DTYPES)
ROOT: dict[str, Any] = {
    **{name: found for name, found in MATH.items() if name not in ("softsign", "log_softmax")},
    **_made("tensordot trace diag diag_part"),
    **_of(composed, "matmul einsum norm one_hot repeat sort argsort cholesky where"),
    **_of(clipping, "clip_by_value clip_by_norm clip_by_global_norm global_norm"),
    **_of(creation, "zeros ones zeros_like ones_like fill eye range linspace shape size rank cast"),
    **_of(joining, "stack concat split unstack"),
    **_of(conversion, "constant convert_to_tensor"),
    **_of(decorating, "function device name_scope"),
    **_of(symbolic, "gradients hessians AggregationMethod"),
    **_of(settings, "strict"),
    **_of(graph_mode, "Graph"),
    **_of(placeholders, "executing_eagerly placeholder get_default_graph reset_default_graph"),
    **_of(session, "Session InteractiveSession get_default_session"),
    **_of(operations, "Operation group no_op global_variables_initializer variables_initializer global_variables"),
    **_of(operations, "trainable_variables assign assign_add assign_sub"),
    **INITIALIZERS,
    **TYPES,
    "Tensor": tensor.Tensor,
    "Variable": variable.Variable,
    "TensorShape": shapes.TensorShape,
    "DType": dtypes.DType,
    "as_dtype": dtypes.as_dtype,
    "GradientTape": tape.GradientTape,
    "UnconnectedGradients": unconnected.UnconnectedGradients,
    "custom_gradient": custom.custom_gradient,
    "get_variable": named_variables.get_variable,
    "random_normal": randomness.normal,
    "random_uniform": randomness.uniform,
    "truncated_normal": randomness.truncated_normal,
    "set_random_seed": randomness.set_seed,
    "matrix_inverse": composed.inv,
    "matrix_determinant": GENERATED["det"],
    "matrix_solve": composed.solve,
    "newaxis": None,
}
V1 = {
    **ROOT,
    **_of(placeholders, "disable_eager_execution enable_eager_execution placeholder_with_default"),
    "disable_v2_behavior": placeholders.disable_eager_execution,
    "enable_v2_behavior": placeholders.enable_eager_execution,
    "initialize_all_variables": operations.global_variables_initializer,
}
AUTODIFF = {"ForwardAccumulator": forward.ForwardAccumulator, "GradientTape": tape.GradientTape}
TEST = {"compute_gradient": testing.compute_gradient}
SPACES: dict[str, dict[str, Any]] = {
    "": ROOT,
    "math": MATH,
    "nn": NN,
    "linalg": LINALG,
    "random": RANDOM,
    "autodiff": AUTODIFF,
    "test": TEST,
    "compat.v1": V1,
}


def found(space: str, name: str) -> Any:
    """What a name stands for in a part of TensorFlow."""
    names = SPACES[space]
    if name in names:
        return names[name]
    raise AttributeError(lacking(space, name))


def lacking(space: str, name: str) -> str:
    """What is said of a name that there is not, with the nearest there is."""
    from difflib import get_close_matches

    full = f"{space}.{name}" if space else name
    message = f"diffcli.tensorflow has no tf.{full}"
    if name.startswith("__"):
        return message
    elsewhere = [
        f"{part}.{name}".lstrip(".") for part, names in SPACES.items() if part != "compat.v1" and name in names
    ]
    near = elsewhere or [f"{space}.{each}".lstrip(".") for each in get_close_matches(name, SPACES[space], 1, 0.7)]
    return f"{message}; there is tf.{near[0]}" if near else message
