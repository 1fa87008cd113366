"""tf.keras.activations."""

from __future__ import annotations

from typing import Any

from ..functions import GENERATED
from .listing import chosen, listed


def linear(x: Any) -> Any:
    """The tensor itself."""
    return x


NAMES = (
    *("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish"),
    *("sigmoid", "log_sigmoid", "softmax", "log_softmax", "softplus", "softsign", "tanh"),
)
ACTIVATIONS = {
    "linear": linear,
    "exponential": GENERATED["exp"],
    **{name: GENERATED[name] for name in NAMES},
}


def get(identifier: Any) -> Any:
    """The activation of a name; None is linear."""
    return linear if identifier is None else chosen(identifier, ACTIVATIONS, "activation function")


__getattr__, __dir__ = listed("keras.activations", ACTIVATIONS)
