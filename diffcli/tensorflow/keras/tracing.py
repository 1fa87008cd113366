"""Graphs that layers are followed through: what is computed there is looked at, but weights are made at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..graph_mode import Graph
from ..settings import SETTINGS


class Tracing(Graph):
    """A graph to see what a model does."""


@contextmanager
def aside() -> Iterator[None]:
    """What happens inside is no part of such a graph."""
    held = SETTINGS.graphs
    SETTINGS.graphs = [each for each in held if not isinstance(each, Tracing)]
    try:
        yield
    finally:
        SETTINGS.graphs = held
