"""tf.compat: what TensorFlow 1 had is in `tf.compat.v1`."""

from __future__ import annotations

from . import v1

__all__ = ["v1"]
