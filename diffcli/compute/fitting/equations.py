"""Residuals and their exact Jacobian as functions of the free parameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...diagnostic import Diagnostic, DiagnosticError
from ...engine import connection, higher, tape
from ...engine.graph import Node
from ...source import Span
from .. import reasons
from .data import Data, Evaluate, evaluator, long_evaluator, sizes_of
from .parameters import Parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Target(NamedTuple):
    """What the model says and what was observed; `observed` is None where the node itself is the residual, and should be 0.

    sigma: the uncertainty of each observation, None for the same in all
    """

    name: str
    node: Node
    observed: Array | None
    sigma: Array | None = None


class Derivatives(NamedTuple):
    """The Jacobians of some nodes by the variables, and the reason of each that there is none of."""

    nodes: list[Node]
    places: list[tuple[int, Node]]
    none: list[tuple[int, Node, connection.Reason]]


def derivatives(nodes: Sequence[Node], variables: Sequence[Node], stops: frozenset[Node]) -> Derivatives:
    """The exact Jacobian of each node by each variable."""
    made = Derivatives([], [], [])
    for place, y in enumerate(nodes):
        for x in variables:
            barrier = tape.barriers([y], [x], stops)[0][0]
            found = higher.jacobian(y, x, barrier)
            if found is not None:
                made.nodes.append(found)
                made.places.append((place, x))
            else:
                made.none.append((place, x, connection.explain([y], x, stops, barrier, y.graph.record)))
    return made


class Curve:
    """Nodes over the data with their Jacobian: one row per element, one column per free parameter."""

    def __init__(self, data: Data, nodes: Sequence[Node], parameters: Parameters, stops: frozenset[Node]) -> None:
        self.data, self.nodes, self.parameters = data, list(nodes), parameters
        self.derived = derivatives(nodes, parameters.nodes, stops)
        self._values: Evaluate | None = None
        self._slopes: Evaluate | None = None
        self.counts = [prod(sizes_of(node)) * (1 if data.rows is None else data.rows) for node in nodes]

    def values(self, free: Array) -> list[Array]:
        """The nodes, each of shape (rows, *shape), or of its own where there are no rows."""
        if self._values is None:
            self._values = evaluator(self.data, self.nodes, self.parameters.nodes)
        return self._values(self.parameters.arrays(free))

    def jacobian(self, free: Array) -> list[Array]:
        """For each node a matrix of its elements by the free parameters."""
        if self._slopes is None:
            self._slopes = evaluator(self.data, self.derived.nodes, self.parameters.nodes)
        found = self._slopes(self.parameters.arrays(free)) if self.derived.nodes else []
        matrices = [np.zeros((count, len(self.parameters.free))) for count in self.counts]
        for (place, node), values in zip(self.derived.places, found, strict=True):
            sizes = sizes_of(node)
            flat = values.reshape(self.counts[place], prod(sizes))
            for column, each in enumerate(self.parameters.free):
                if each.node is node:
                    matrices[place][:, column] = flat[:, np.ravel_multi_index(each.place, sizes) if sizes else 0]
        return matrices


class Equations:
    """The weighted residuals of a fit: what scipy asks for, computed by one program each."""

    def __init__(self, data: Data, targets: Sequence[Target], parameters: Parameters, stops: frozenset[Node]) -> None:
        self.data, self.targets, self.parameters = data, tuple(targets), parameters
        self.curve = Curve(data, [each.node for each in targets], parameters, stops)
        self.weights = [
            np.ones(count) if each.sigma is None else 1 / np.broadcast_to(each.sigma, count)
            for each, count in zip(self.targets, self.curve.counts, strict=True)
        ]
        # An observation of weight 0 is none.
        self.kept = [weight != 0 for weight in self.weights]
        self.points = int(sum(kept.sum() for kept in self.kept))

    @property
    def notes(self) -> list[str]:
        """Parameters that the model depends on by no path that has a derivative, with the reason."""
        model = self.data.model
        names = {leaf.node: leaf.name for leaf in model.leaves.values()}
        return [
            f"the derivative of {self.targets[place].name} by {names[node]} is none: {reasons.none_reason(model, why).message}"
            for place, node, why in self.curve.derived.none
            if why.code != "unused"
        ]

    def model(self, free: Array) -> list[Array]:
        """What the model says, flat, a target after the other."""
        return [each.reshape(-1) for each in self.curve.values(free)]

    def residuals(self, free: Array) -> Array:
        """Model minus observed, each over its sigma."""
        parts = [
            ((found if each.observed is None else found - each.observed) * weight)[kept]
            for each, found, weight, kept in zip(self.targets, self.model(free), self.weights, self.kept, strict=True)
        ]
        return np.concatenate(parts)

    def long_residuals(self, free: Sequence[Any]) -> list[Any]:
        """The residuals in long numbers, for parameters that are."""
        from ...engine.run.precise import mp

        evaluate = long_evaluator(self.data, self.curve.nodes, self.parameters.nodes)
        values = evaluate(self.parameters.arrays(free, mp.mpf))
        found: list[Any] = []
        for each, computed, weight in zip(self.targets, values, self.weights, strict=True):
            seen = [mp.mpf(0)] * len(computed) if each.observed is None else map(_long, each.observed.tolist())
            terms = zip(computed, seen, weight.tolist(), strict=True)
            found += [(one - other) * mp.mpf(w) for one, other, w in terms if w]
        return found

    def jacobian(self, free: Array) -> Array:
        """The derivatives of the residuals by the free parameters."""
        parts = self.curve.jacobian(free)
        weighted = zip(parts, self.weights, self.kept, strict=True)
        return np.concatenate([(part * weight[:, None])[kept] for part, weight, kept in weighted])

    def total(self) -> float | None:
        """The weighted sum of squares about the mean, for R²; None where a residual has no observed value of its own."""
        pairs = [(each.observed, weight) for each, weight in zip(self.targets, self.weights, strict=True)]
        seen = [(observed, weight) for observed, weight in pairs if observed is not None]
        if len(seen) < len(pairs):
            return None
        # Single numbers, as a loss that is written out has them, have a mean together; columns one each.
        groups = [pair for pair in seen if len(pair[0]) > 1]
        single = [pair for pair in seen if len(pair[0]) == 1]
        if single:
            groups.append((np.concatenate([one for one, _ in single]), np.concatenate([one for _, one in single])))
        found = 0.0
        for observed, weight in groups:
            squares = weight * weight
            mean = float(squares @ observed / squares.sum())
            found += float(np.sum((weight * (observed - mean)) ** 2))
        return found

    def where(self, place: int) -> str:
        """A residual in words: its target, and its row or place."""
        for each, kept in zip(self.targets, self.kept, strict=True):
            if place < kept.sum():
                element = int(np.flatnonzero(kept)[place])
                row = element // max(len(kept) // self.data.rows, 1) if self.data.rows else element
                return f"`{each.name}`" + (f" in row {row + 1}" if len(kept) > 1 else "")
            place -= int(kept.sum())
        raise IndexError(place)

    def check(self, free: Array) -> None:
        """DiagnosticError where the model has no value, or no derivative, at these parameters."""
        residuals = self.residuals(free)
        for what, values in (("residual", residuals), ("derivative", self.jacobian(free))):
            bad = np.argwhere(~np.isfinite(values))
            if not len(bad):
                continue
            value: Any = values[tuple(bad[0])]
            by = f" by `{self.parameters.free[bad[0][1]].name}`" if what == "derivative" else ""
            at = ", ".join(
                f"{each.name} = {number:.6g}" for each, number in zip(self.parameters.free, free, strict=True)
            )
            raise DiagnosticError(
                Diagnostic(
                    "E0803",
                    f"the {what} of {self.where(int(bad[0][0]))}{by} is {value} at the start: {at}",
                    self._span(int(bad[0][0])),
                    help="start elsewhere, with --at NAME=VALUE or another value in the file; `diffcli why` shows where it comes from",
                )
            )

    def _span(self, place: int) -> Span:
        """Where the target of a residual stands in the file."""
        model = self.data.model
        for each, kept in zip(self.targets, self.kept, strict=True):
            if place < kept.sum():
                return model.span(each.node) or Span(model.source, 0, 0)
            place -= int(kept.sum())
        return Span(model.source, 0, 0)


def _long(value: float) -> Any:
    """The decimal that a number is written as, in long numbers."""
    from ...engine.run.precise import mp

    return mp.mpf(repr(value))
