"""tf.keras.models."""

from __future__ import annotations

from .listing import listed
from .model import Model
from .sequential import Sequential

__getattr__, __dir__ = listed("keras.models", {"Model": Model, "Sequential": Sequential})
