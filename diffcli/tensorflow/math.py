"""tf.math."""

from __future__ import annotations

from typing import Any

from .spaces import SPACES, found


def __getattr__(name: str) -> Any:
    return found("math", name)


def __dir__() -> list[str]:
    return sorted(SPACES["math"])
