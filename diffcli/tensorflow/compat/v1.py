"""tf.compat.v1: the names of TensorFlow 1, graphs and sessions among them."""

from __future__ import annotations

from typing import Any

from ..spaces import SPACES, found

PARTS = (
    *("autodiff", "dtypes", "errors", "linalg", "math", "nn", "random", "test"),
    *("data", "keras", "summary", "train"),
)


def __getattr__(name: str) -> Any:
    if name in PARTS:
        from importlib import import_module

        return import_module(f"diffcli.tensorflow.{name}")
    return found("compat.v1", name)


def __dir__() -> list[str]:
    return sorted(SPACES["compat.v1"])
