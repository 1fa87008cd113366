"""Helpers: a program of TensorFlow 1 in a graph of its own, run in a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import diffcli.tensorflow as tf


def run(program: Callable[[], Any], feeds: dict[str, Any] | None = None) -> Any:
    """What the tensors that a program returns are worth; None stays None."""
    with tf.Graph().as_default() as graph:
        fetched = program()
        with tf.Session(graph=graph) as session:
            session.run(tf.global_variables_initializer())
            named = {graph.get_tensor_by_name(f"{name}:0"): value for name, value in (feeds or {}).items()}
            return listed(fetched, lambda each: session.run(each, named))


def listed(structure: Any, value: Callable[[Any], Any]) -> Any:
    """Nested lists of plain numbers."""
    if isinstance(structure, dict):
        return {key: listed(each, value) for key, each in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [listed(each, value) for each in structure]
    return None if structure is None else np.asarray(value(structure)).tolist()


def numbers(structure: Any) -> Any:
    """The values of eager tensors as plain numbers, None stays None."""
    return listed(structure, lambda each: each.numpy())
