"""Summaries of TensorFlow 1: operations of a graph, whose results a FileWriter takes."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple
from weakref import finalize

import numpy as np

from ..data.event_file import EventWriter, histogram_v1
from . import calls, conversion
from .errors import InvalidArgumentError
from .functions import static
from .operations import Operation
from .placeholders import default_graph


class Value(NamedTuple):
    """One summary of a run: its kind, its tag, its numbers."""

    kind: str
    tag: str
    numbers: Any


class Summary(NamedTuple):
    """What the run of a summary gives, for a `FileWriter`."""

    value: tuple[Value, ...]


def operation(kind: str, name: str, value: Any) -> Operation:
    """The operation of a summary; blanks and colons in its name become _, and a name that is taken gets a number."""
    graph = calls.active_graph() or getattr(value, "graph", None) or default_graph("summary")
    if value is None:
        raise ValueError(f"None values not supported: there is nothing to summarise under {name!r}")
    with graph.as_default():
        tensor = graph.own(conversion.convert_to_tensor(value))
    made = Operation(
        graph, cleaned(name), [tensor], lambda session, values: Summary((_run(kind, made.name, values[0]),))
    )
    graph.summaries.append(made)
    return made


def cleaned(name: str) -> str:
    """A name of an operation: signs that it cannot have are _."""
    signs = "".join(each if each.isascii() and (each.isalnum() or each in "-._/") else "_" for each in name)
    return signs.lstrip("/")


def _run(kind: str, tag: str, tensor: Any) -> Value:
    numbers = np.asarray(tensor.numpy())
    if kind == "scalar" and numbers.shape:
        raise InvalidArgumentError(f"tags and values are not the same shape: [] != {list(numbers.shape)} (tag '{tag}')")
    if kind == "histogram":
        try:
            histogram_v1(numbers)
        except ValueError as error:
            raise InvalidArgumentError(f"{error} in summary histogram for: {tag}") from None
    return Value(kind, tag, numbers)


def merge(inputs: Any, collections: Any = None, name: str | None = None) -> Operation:
    """One operation for several summaries."""
    held = list(inputs)
    if not held:
        raise ValueError("there are no summaries to merge")
    counts = [len(each.inputs) for each in held]

    def effect(session: Any, values: Any) -> Summary:
        left = iter(values)
        return Summary(
            tuple(
                value
                for each, count in zip(held, counts, strict=True)
                for value in each.effect(session, [next(left) for _ in range(count)]).value
            )
        )

    return Operation(held[0].graph, name or "Merge/MergeSummary", [one for each in held for one in each.inputs], effect)


def merge_all(key: Any = None, scope: str | None = None, name: str | None = None) -> Operation | None:
    """One operation for all summaries of the graph; None if there are none."""
    held = [each for each in default_graph("merge_all").summaries if scope is None or each.name.startswith(scope)]
    return merge(held, name=name) if held else None


class FileWriter:
    """Writes the results of summaries to a new event file in a folder."""

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
    ) -> None:
        if filename_suffix:
            raise NotImplementedError("diffcli.tensorflow has no event files with filename_suffix")
        self._file = EventWriter(str(logdir))
        self._logdir = str(logdir)
        finalize(self, self._file.close)
        if graph is not None:
            self.add_graph(graph)

    def add_summary(self, summary: Summary, global_step: Any = None) -> None:
        """Writes what the run of a summary gave."""
        if not isinstance(summary, Summary):
            raise TypeError(f"add_summary takes what a session gives for a summary, not {summary!r}")
        step = 0 if global_step is None else int(static(global_step))
        for each in summary.value:
            write = self._file.scalar_v1 if each.kind == "scalar" else self._file.histogram_v1
            write(each.tag, each.numbers, step)

    def get_logdir(self) -> str:
        return self._logdir

    def add_graph(self, graph: Any, global_step: Any = None) -> None:
        """Only says that graphs are not written."""
        warnings.warn("diffcli.tensorflow writes no graphs for TensorBoard; `diffcli graph` draws them", stacklevel=2)

    def flush(self) -> None:
        """Hands over what was written to who reads the file."""
        self._file.flush()

    def close(self) -> None:
        """Finishes the file."""
        self._file.close()

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()
