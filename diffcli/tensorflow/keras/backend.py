"""tf.keras.backend: what concerns the process."""

from __future__ import annotations

from .listing import listed
from .naming import clear_session


def epsilon() -> float:
    """The small number that keeps logarithms off 0."""
    return 1e-7


def floatx() -> str:
    """The type of weights when none is asked for."""
    return "float32"


__getattr__, __dir__ = listed("keras.backend", {"clear_session": clear_session, "epsilon": epsilon, "floatx": floatx})
