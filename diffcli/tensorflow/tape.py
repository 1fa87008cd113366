"""GradientTape: records what is computed from watched tensors, and differentiates it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..engine import diff
from ..engine.graph import Node
from . import conversion, nested
from . import tensor as tensors
from .calls import active_graph
from .jacobians import by_batch, full
from .settings import SETTINGS
from .trace import RECORDING, Trace, begin, book, end, vanishing
from .unconnected import UnconnectedGradients, wants_zeros, zeros
from .variable import Variable

USED_UP = "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"


class GradientTape:
    """Records operations on trainable variables that are read inside, and on tensors that it is told to watch.

    `persistent` lets it be asked more than once; `watch_accessed_variables=False` leaves variables to `watch`.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._automatic = watch_accessed_variables
        self._trace: Trace | None = None
        self._used = False
        self._watched: list[Variable] = []

    def __enter__(self) -> GradientTape:
        if active_graph() is not None:
            raise NotImplementedError("diffcli.tensorflow has no GradientTape in graphs; use tf.gradients there")
        if self._recording:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter an already-active tape.")
        if self._trace is None:
            self._trace = Trace(book(SETTINGS.strict), self._automatic)
        begin(self._trace)
        return self

    def __exit__(self, *problem: object) -> None:
        if self._recording:
            self._stop()

    @property
    def _recording(self) -> bool:
        return any(each is self._trace for each in RECORDING)

    def _stop(self) -> None:
        end(self._trace)

    def watch(self, tensor: Any) -> None:
        """From here on, what is computed from the tensor, the variable, or each of a nested list, is recorded."""
        for each in nested.flatten(tensor):
            if not isinstance(each, (tensors.Tensor, Variable)):
                raise ValueError(
                    f"Passed in object {each!r} of type {type(each).__name__!r}, not tf.Tensor or tf.Variable"
                )
            if self._trace is None:
                raise AttributeError("'NoneType' object has no attribute 'watch': enter the tape before")
            if isinstance(each, Variable):
                self._trace.watch_variable(each)
            else:
                self._trace.follow(each)

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that were watched, in the order of their construction."""
        found = self._watched if self._trace is None else self._trace.watched()
        return tuple(sorted(found, key=lambda each: each.serial))

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """What is computed inside is not recorded; its results are constants."""
        if not self._recording:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        place = next(place for place, each in enumerate(RECORDING) if each is self._trace)
        self._stop()
        try:
            yield
        finally:
            if self._trace is not None:  # else it was used up inside
                RECORDING.insert(place, self._trace)

    def reset(self) -> None:
        """Forgets what was recorded and watched; variables are watched again when they are read."""
        if not self._recording or self._trace is None:
            raise ValueError("Tape is not recording.")
        self._trace.forget()

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of the sum of all targets with respect to each source, in the structure of the sources.

        `output_gradients` weighs the targets: one entry of the target's shape each, None for ones.
        """
        trace = self._begin()
        as_zeros = wants_zeros(unconnected_gradients)
        if any(each is None for each in nested.flatten([target, sources])):
            raise TypeError("targets and sources are tensors or variables, or structures of them, not None")
        targets = [_tensor(each) for each in nested.flatten(target)]
        for each in targets:
            if each.dtype.kind == "string":
                raise TypeError("a text cannot be differentiated")
        flat = nested.flatten(sources)
        distinct = list({id(each): each for each in flat}.values())
        gradients = _gradients(trace, targets, distinct, weights_of(targets, output_gradients))
        by_source = dict(zip(map(id, distinct), gradients, strict=True))
        found = [by_source[id(each)] for each in flat]
        self._end(trace)
        filled = [
            zeros(source.shape, source.dtype) if each is None and as_zeros else each
            for source, each in zip(flat, found, strict=True)
        ]
        return nested.packed_like(sources, iter(filled))

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """All partial derivatives of one tensor, of shape target.shape + source.shape for each source."""
        if not isinstance(target, (tensors.Tensor, Variable)):
            raise AttributeError(f"'{type(target).__name__}' object has no attribute 'shape': one tensor is needed")
        trace = self._begin()
        if not experimental_use_pfor and not self._persistent:
            raise RuntimeError(
                "GradientTape must be created with persistent=True to compute the jacobian with eager execution "
                "enabled and with experimental_use_pfor set to False."
            )
        as_zeros = wants_zeros(unconnected_gradients)
        y = _tensor(target)

        def one(source: Any) -> Any:
            found = full(trace, y, source)
            empty = found is None and as_zeros
            return zeros((*y.shape, *source.shape), source.dtype) if empty else found

        result = nested.mapped(one, sources)
        self._end(trace)
        return result

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivatives of each row of the target by the same row of the source; rows are taken as independent."""
        trace = self._begin()
        wants_zeros(unconnected_gradients)
        y = _tensor(target)
        if y.shape.rank < 2 or source.shape.rank < 2:
            raise ValueError("batch_jacobian needs a target and a source of rank 2 or more")
        if y.shape[0] != source.shape[0]:
            raise ValueError(
                f"Need first dimension of target shape ({y.shape[0]}) and source shape ({source.shape[0]}) to match."
            )
        found = by_batch(trace, y, source)
        self._end(trace)
        return zeros((*y.shape, *source.shape[1:]), source.dtype) if found is None else found

    def _begin(self) -> Trace:
        """The record to differentiate; a tape that is not persistent is used up by it."""
        if self._used or (self._trace is None and not self._persistent):
            raise RuntimeError(USED_UP)
        if self._trace is None:
            self._trace = Trace(book(SETTINGS.strict), self._automatic)
        if not self._persistent:
            self._used = True
            self._stop()
        return self._trace

    def _end(self, trace: Trace) -> None:
        """Lets go of the record of a tape that is used up."""
        if not self._persistent:
            self._watched, self._trace = trace.watched(), None


def _tensor(target: Any) -> Any:
    """The tensor of a target; a variable is the value that it has now, and reading it here is not watched."""
    if isinstance(target, Variable):
        return target._tensor
    if isinstance(target, tensors.Tensor):
        return target
    raise TypeError(f"a target is a tensor, not {target!r}")


def weights_of(targets: Sequence[Any], given: Any) -> list[Any]:
    """The weights of targets, one each and of its shape and type; None stands for ones."""
    if given is None:
        return [None] * len(targets)
    weights = list(given) if isinstance(given, (list, tuple)) and len(targets) != 1 else [_only(given, targets[0])]
    if len(weights) != len(targets):
        raise ValueError(f"Length mismatch: {len(targets)} targets need {len(targets)} weights, not {len(weights)}")
    return [None if weight is None else _weight(weight, y) for weight, y in zip(weights, targets, strict=True)]


def _only(given: Any, target: Any) -> Any:
    """The weight of a single target, which may stand in a list."""
    listed = isinstance(given, (list, tuple)) and len(given) == 1
    return given[0] if listed and (given[0] is None or np.ndim(given[0]) == len(target._shape)) else given


def _weight(given: Any, y: Any) -> Any:
    weight = conversion.like(given, y)
    if weight.dtype is not y.dtype:
        raise TypeError(f"a weight has type {weight.dtype.name}, its target {y.dtype.name}")
    if weight.shape != y.shape:
        raise ValueError(f"a weight has shape {weight.shape}, its target {y.shape}; give one of the target's shape")
    return weight


def _gradients(trace: Trace, targets: Sequence[Any], sources: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
    """The gradient of each source as a tensor, None where no path leads."""
    ys = [trace.node_of(each) for each in targets]
    xs = [trace.nodes_of(each) for each in sources]
    seeds = [None if each is None else trace.weight(place, each) for place, each in enumerate(weights)]
    flat = [x for group in xs for x in group]

    def make() -> list[Node | None]:
        found = vanishing(ys, flat, diff.gradients(ys, flat, seeds))
        entries = iter(found)
        return [_total([next(entries) for _ in group]) for group in xs]

    key = ("gradient", tuple(ys), tuple(map(tuple, xs)), tuple(seeds))
    return trace.derived_tensors(key, make, [*targets, *weights], [each.dtype for each in sources])


def _total(parts: Sequence[Node | None]) -> Node | None:
    """The sum over the values that a variable had one after the other."""
    live = [each for each in parts if each is not None]
    total = live[0] if live else None
    for each in live[1:]:
        assert total is not None
        total = total + each
    return total
