"""Sessions: they hold the values of variables and run what a graph describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import conversion, nested
from .base import Readable
from .calls import settled_value
from .errors import FailedPreconditionError, InvalidArgumentError, refusals
from .graph_mode import Graph
from .operations import Operation, with_parts
from .placeholders import default_graph
from .plans import Plan, needed
from .tensor import Tensor

MANY_PLANS = 200
_sessions: list[Session] = []


def chosen(session: Session | None) -> Session:
    """The given session or the default one."""
    if session is not None:
        return session
    if not _sessions:
        raise ValueError(
            "Cannot run: No default session is registered. Use `with sess.as_default()` or pass a session."
        )
    return _sessions[-1]


class Session:
    """Runs tensors and operations of a graph, and holds the values of its variables.

    All tensors of one `run` are computed from the values that variables had before it; then the operations take effect.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        self.graph = graph if graph is not None else default_graph("Session")
        self.values: dict[int, tuple[Any, Tensor]] = {}
        self.closed = False

    def __enter__(self) -> Session:
        _sessions.append(self)
        return self

    def __exit__(self, *problem: object) -> None:
        _sessions.remove(self)
        self.close()

    @contextmanager
    def as_default(self) -> Iterator[Session]:
        """Tensors and operations run here when no session is named."""
        _sessions.append(self)
        try:
            yield self
        finally:
            _sessions.remove(self)

    def close(self) -> None:
        """Lets go of the values of the variables."""
        self.closed = True
        self.values.clear()

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of what is fetched, in its structure; None for an operation without a result."""
        if self.closed:
            raise RuntimeError("Attempted to use a closed Session.")
        wanted = [self._fetched(each) for each in nested.flatten(fetches)]
        operations = with_parts([each for each in wanted if isinstance(each, Operation)])
        tensors = [each for each in wanted if isinstance(each, Tensor)]
        tensors += [each for operation in operations for each in operation.inputs]
        distinct = list({id(each): each for each in tensors}.values())
        found = dict(zip(map(id, distinct), self._values(distinct, feed_dict or {}), strict=True))
        done = {}
        for operation in operations:
            done[id(operation)] = operation.effect(self, [found[id(each)] for each in operation.inputs])
        results = [done[id(each)] if isinstance(each, Operation) else found[id(each)] for each in wanted]
        return nested.packed_like(fetches, iter(map(_shown, results)))

    def _fetched(self, fetch: Any) -> Any:
        """A tensor or an operation of the session's graph."""
        if isinstance(fetch, str):
            fetch = self.graph.get_tensor_by_name(fetch)
        if isinstance(fetch, Operation):
            if fetch.graph is not self.graph:
                raise ValueError(f"Operation {fetch.name!r} is not an element of this graph.")
            return fetch
        if isinstance(fetch, Readable):
            return self.graph.variable(fetch)
        if not isinstance(fetch, Tensor):
            raise TypeError(f"Fetch argument {fetch!r} has invalid type {type(fetch)}, must be a string or Tensor.")
        if fetch.graph is not None and fetch.graph is not self.graph:
            raise ValueError(f"Tensor {fetch.name!r} is not an element of this graph.")
        return self.graph.own(fetch)

    def _values(self, tensors: Sequence[Tensor], feed_dict: Any) -> list[Tensor]:
        """The tensors with their values."""
        feeds = {id(key): (key, value) for key, value in self._feeds(feed_dict)}
        known = {id(each): each.source.held for each in tensors if each.source and each.source.kind == "value"}
        known.update({place: value for place, (_, value) in feeds.items()})
        computed = [each for each in tensors if id(each) not in known]
        found = dict(zip(map(id, computed), self._computed(computed, feeds), strict=True))
        return [known[id(each)] if id(each) in known else found[id(each)] for each in tensors]

    def _computed(self, tensors: Sequence[Tensor], feeds: dict[int, Any]) -> list[Tensor]:
        """Tensors that are computed or drawn, with their values."""
        if not tensors:
            return []
        shapes = {place: value._shape for place, (_, value) in feeds.items()}
        key = (tuple(map(id, tensors)), tuple(sorted(shapes.items())), self.graph.strict)
        plan = self.graph.plans.get(key)
        if plan is None:
            if len(self.graph.plans) > MANY_PLANS:
                self.graph.plans.clear()
            given = [fed for fed, _ in feeds.values()]
            self._provided(tensors, feeds)
            with refusals():
                plan = self.graph.plans[key] = Plan(tensors, shapes, given, self.graph.strict)
        values = [feeds[id(each)][1] if id(each) in feeds else self._held(each) for each in plan.leaves]
        found = plan.evaluation([each._value for each in values])
        return [
            Tensor(*settled_value(value, each.dtype.kind, each.dtype))
            for value, each in zip(found, tensors, strict=True)
        ]

    def _provided(self, tensors: Sequence[Tensor], feeds: dict[int, Any]) -> None:
        """Says which placeholder has no value, before the shapes that depend on it are looked at."""
        for each in needed(tensors, [fed for fed, _ in feeds.values()]):
            if id(each) not in feeds:
                self._check(each)

    def _check(self, tensor: Tensor) -> None:
        source = tensor.source
        if source is not None and source.kind == "placeholder":
            raise InvalidArgumentError(
                f"You must feed a value for placeholder tensor '{source.name}' with dtype {tensor.dtype.name}"
            )

    def _held(self, tensor: Tensor) -> Any:
        """The value of a tensor that is not computed."""
        source = tensor.source
        assert source is not None
        self._check(tensor)
        if source.kind == "variable":
            return self.value_of(source.held)
        return source.held() if source.kind == "draw" else source.held

    def value_of(self, variable: Any) -> Any:
        """What a variable holds here."""
        held = self.values.get(id(variable))
        if held is not None:
            return held[1]
        if variable._tensor is not None:
            return variable._tensor
        raise FailedPreconditionError(f"Attempting to use uninitialized value {variable._name}")

    def set_value(self, variable: Any, value: Any) -> None:
        """Replaces what a variable holds here."""
        self.values[id(variable)] = (variable, value)

    def _feeds(self, feed_dict: Any) -> Iterator[tuple[Tensor, Any]]:
        for key, value in feed_dict.items():
            tensor = self._fetched(key)
            if isinstance(value, Tensor) and value.graph is not None:
                raise TypeError("The value of a feed cannot be a tf.Tensor object.")
            given = np.asarray(value)
            fed = conversion.typed(given, tensor.dtype)
            shape = tensor._shape
            if shape is not None and (
                len(shape) != len(fed._shape)
                or any(isinstance(size, int) and size != own for size, own in zip(shape, fed._shape, strict=True))
            ):
                raise ValueError(
                    f"Cannot feed value of shape {given.shape} for Tensor {tensor.name}, which has shape {tensor.shape}"
                )
            yield tensor, fed


class InteractiveSession(Session):
    """A session that is the default one until it is closed."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        _sessions.append(self)

    def close(self) -> None:
        if self in _sessions:
            _sessions.remove(self)
        super().close()


def get_default_session() -> Session | None:
    """The session that `eval` and `run` use."""
    return _sessions[-1] if _sessions else None


def _shown(value: Any) -> Any:
    return value.numpy() if isinstance(value, Tensor) else value
