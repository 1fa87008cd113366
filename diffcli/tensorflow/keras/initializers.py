"""tf.keras.initializers: the first values of weights."""

from __future__ import annotations

from typing import Any

from ...engine.ops import random as _random
from .. import randomness
from ..randomness import Initializer
from .listing import chosen, listed

Zeros = randomness.zeros_initializer
Ones = randomness.ones_initializer
Constant = randomness.constant_initializer
RandomNormal = randomness.random_normal_initializer
RandomUniform = randomness.random_uniform_initializer
TruncatedNormal = randomness.truncated_normal_initializer
GlorotUniform = randomness.glorot_uniform_initializer
GlorotNormal = randomness.glorot_normal_initializer
HeNormal = randomness.he_normal_initializer


def HeUniform(seed: Any = None) -> Initializer:
    """Uniform numbers by the number of inputs, for relu."""
    return _scaled(_random.he_uniform, "he_uniform", seed)


def LecunNormal(seed: Any = None) -> Initializer:
    """Normal numbers by the number of inputs, for selu."""
    return _scaled(_random.lecun_normal, "lecun_normal", seed)


def LecunUniform(seed: Any = None) -> Initializer:
    """Uniform numbers by the number of inputs."""
    return _scaled(_random.lecun_uniform, "lecun_uniform", seed)


def _scaled(op: Any, name: str, seed: Any) -> Initializer:
    return Initializer(lambda shape, wanted: randomness.drawn(op, shape, wanted, seed, name), name)


CLASSES = {
    "Zeros": Zeros,
    "Ones": Ones,
    "Constant": Constant,
    "RandomNormal": RandomNormal,
    "RandomUniform": RandomUniform,
    "TruncatedNormal": TruncatedNormal,
    "GlorotUniform": GlorotUniform,
    "GlorotNormal": GlorotNormal,
    "HeNormal": HeNormal,
    "HeUniform": HeUniform,
    "LecunNormal": LecunNormal,
    "LecunUniform": LecunUniform,
}
# zeros, glorot_uniform, … beside the names of the classes.
NAMES = {
    "".join(f"_{c.lower()}" if c.isupper() else c for c in name).strip("_"): make for name, make in CLASSES.items()
}


def get(identifier: Any) -> Any:
    """The initializer of a name."""
    found = chosen(identifier, {**CLASSES, **NAMES}, "initializer")
    return found() if isinstance(identifier, str) else found


__getattr__, __dir__ = listed("keras.initializers", {**CLASSES, **NAMES})
