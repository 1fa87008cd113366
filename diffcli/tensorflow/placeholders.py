"""Which graph operations go to, and the tensors of it that are fed."""

from __future__ import annotations

from typing import Any

from . import calls
from .dtypes import as_dtype
from .graph_mode import Graph
from .settings import SETTINGS


def default_graph(word: str) -> Graph:
    """The graph that a word of TensorFlow 1 is about. Used where operations are carried out at once, it makes the rest
    of the program one of graphs, as `disable_eager_execution` would."""
    graph: Graph | None = calls.active_graph()
    if graph is None:
        graph = Graph()
        graph.turned = word if SETTINGS.read_at_once else ""
        SETTINGS.eager, SETTINGS.default_graph = False, graph
    return graph


def disable_eager_execution() -> None:
    """From here on operations describe a graph, which a Session runs."""
    SETTINGS.eager = False
    SETTINGS.default_graph = SETTINGS.default_graph or Graph()


def enable_eager_execution() -> None:
    """From here on operations are carried out at once again."""
    SETTINGS.eager, SETTINGS.default_graph = True, None


def executing_eagerly() -> bool:
    """Whether operations are carried out at once."""
    return calls.active_graph() is None


def get_default_graph() -> Graph:
    """The graph that operations go to."""
    return default_graph("get_default_graph")


def reset_default_graph() -> None:
    """Starts an empty default graph."""
    if SETTINGS.graphs:
        raise AssertionError("Do not use tf.reset_default_graph() to clear nested graphs.")
    SETTINGS.eager, SETTINGS.default_graph = False, Graph()


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Any:
    """A tensor of a graph that is fed when it is run."""
    return default_graph("placeholder").placeholder(as_dtype(dtype), shape, name or "Placeholder")


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Any:
    """A tensor that can be fed, and is the given one otherwise."""
    from .functions import identity

    default_graph("placeholder_with_default")
    return identity(input)
