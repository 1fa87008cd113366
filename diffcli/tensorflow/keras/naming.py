"""The names of layers and where they stand: dense, dense_1, … for the process, sequential/dense for a weight's path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from re import sub

_taken: dict[str, int] = {}
_inside: list[str] = []


def unique(kind: str) -> str:
    """The next name for a class of layers."""
    base = sub("([a-z0-9])([A-Z])", r"\1_\2", sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)).lower()
    number = _taken[base] = _taken.get(base, -1) + 1
    return f"{base}_{number}" if number else base


def clear_session(free_memory: bool = True) -> None:
    """Names of layers begin again without a number."""
    _taken.clear()


@contextmanager
def within(name: str) -> Iterator[None]:
    """What is built inside belongs to this layer."""
    _inside.append(name)
    try:
        yield
    finally:
        _inside.pop()


def path(*names: str) -> str:
    """The full name of a weight of the layer that is being built."""
    return "/".join((*_inside, *names))
