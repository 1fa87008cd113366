"""tf.keras: layers, models and what trains them, on the engine's own training steps."""

from __future__ import annotations

from . import activations, backend, callbacks, initializers, layers, losses, metrics, models, optimizers, utils
from .layers import Input
from .listing import listed
from .model import Model
from .sequential import Sequential

PARTS = {
    "activations": activations,
    "backend": backend,
    "callbacks": callbacks,
    "initializers": initializers,
    "layers": layers,
    "losses": losses,
    "metrics": metrics,
    "models": models,
    "optimizers": optimizers,
    "utils": utils,
}
NAMES = {"Input": Input, "Model": Model, "Sequential": Sequential}

__getattr__, __dir__ = listed("keras", {**PARTS, **NAMES})
