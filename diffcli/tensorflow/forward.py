"""ForwardAccumulator: derivatives along a direction, for what is computed inside it."""

from __future__ import annotations

from typing import Any

from ..engine import diff
from ..engine.diff import Contribution
from ..engine.graph import Node
from . import conversion, nested
from .calls import active_graph
from .settings import SETTINGS
from .tensor import Tensor
from .trace import RECORDING, Trace, begin, book, end
from .unconnected import UnconnectedGradients, wants_zeros, zeros
from .variable import Variable


class ForwardAccumulator:
    """Follows what is computed from some tensors or variables, the primals, as they move along their tangents."""

    def __init__(self, primals: Any, tangents: Any) -> None:
        if active_graph() is not None:
            raise NotImplementedError("diffcli.tensorflow has no ForwardAccumulator in graphs")
        if not nested.alike(primals, tangents):
            raise ValueError("the tangents do not have the structure of the primals")
        self._trace = Trace(book(SETTINGS.strict), False)
        self._primals: list[Any] = []
        self._tangents: list[Tensor] = []
        self._entered = False
        for primal, tangent in zip(nested.flatten(primals), nested.flatten(tangents), strict=True):
            if any(primal is each for each in self._primals):
                raise ValueError("Tensor passed twice as primals to ForwardAccumulator: the same one has two tangents")
            self._add(primal, tangent)

    def _add(self, primal: Any, tangent: Any) -> None:
        if tangent is None:
            raise ValueError("a tangent is None")
        if not isinstance(primal, (Tensor, Variable)):
            raise ValueError(f"a primal is a tensor or a variable, not {primal!r}")
        moving = conversion.like(tangent, primal)
        if moving.dtype is not primal.dtype:
            raise ValueError(f"a tangent has type {moving.dtype.name}, its primal {primal.dtype.name}")
        if moving.shape != primal.shape:
            raise ValueError(f"a tangent has shape {moving.shape}, its primal {primal.shape}")
        self._primals.append(primal)
        self._tangents.append(moving)
        if isinstance(primal, Tensor):
            self._trace.follow(primal)
        else:
            self._trace.watch_variable(primal)
            self._trace.touch(primal)

    def __enter__(self) -> ForwardAccumulator:
        if any(each is self._trace for each in RECORDING):
            raise ValueError("Accumulator is already recording.")
        begin(self._trace)
        return self

    def __exit__(self, *problem: object) -> None:
        end(self._trace)

    def jvp(self, primals: Any, unconnected_gradients: Any = UnconnectedGradients.NONE) -> Any:
        """How tensors computed inside move along the tangents, in the structure that is given."""
        as_zeros = wants_zeros(unconnected_gradients)
        listed = [each._tensor if isinstance(each, Variable) else each for each in nested.flatten(primals)]
        found = self._moved(listed)
        results = [
            zeros(each.shape, each.dtype) if value is None and as_zeros else value
            for each, value in zip(listed, found, strict=True)
        ]
        return nested.packed_like(primals, iter(results))

    def _moved(self, targets: list[Tensor]) -> list[Any]:
        """The tangent of each target."""
        trace = self._trace
        ys = [trace.node_of(each) for each in targets]
        moving: list[tuple[Node, Node]] = []
        for place, (primal, tangent) in enumerate(zip(self._primals, self._tangents, strict=True)):
            if primal.dtype.kind == "float":
                weight = trace.weight((id(self), place), tangent) if self._recording else trace.weight(place, tangent)
                moving += [(node, weight) for node in trace.nodes_of(primal)]

        def make() -> list[Node | None]:
            seeds: dict[Node, list[Contribution]] = {}
            for node, weight in moving:
                seeds.setdefault(node, []).append(Contribution(weight))
            return diff.push(ys, seeds)

        key = ("jvp", tuple(ys), tuple(moving))
        return trace.derived_tensors(key, make, [*targets, *self._tangents], [each.dtype for each in targets])

    @property
    def _recording(self) -> bool:
        return any(each is self._trace for each in RECORDING)
