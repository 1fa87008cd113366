"""The sections of the benchmark, in the order in which they are run."""

from __future__ import annotations

from importlib import import_module
from typing import Any

SECTIONS = ("rows", "point", "api", "compile", "hessian", "large", "training", "tape", "start", "threads", "memory")


def section(name: str) -> Any:
    """The module of a section: `run(settings)` returns its result, `lines(result)` says it as text."""
    return import_module(f"{__name__}.{name}")


def arguments(name: str, kind: str, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a section hands to a peer for a case; made in the process of the peer."""
    found: tuple[Any, ...] = section(name).arguments(kind, *given)
    return found
