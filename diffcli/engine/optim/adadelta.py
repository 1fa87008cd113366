"""Adadelta: steps in the units of the last steps (Zeiler 2012)."""

from __future__ import annotations

from ..graph import Node
from ..ops.elementary import sqrt
from .optimizer import Moment, Nodes, Optimizer, Settings, average, define


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    rho, epsilon = settings["rho"], settings["epsilon"]
    squares = average(slots["squares"], g * g, rho)
    step = sqrt(slots["steps"] + epsilon) / sqrt(squares + epsilon) * g
    return w - moment.rate * step, {"squares": squares, "steps": average(slots["steps"], step * step, rho)}


for _variant, _epsilon in (("keras", 1e-7), ("tf1", 1e-8)):
    define(
        Optimizer(
            "adadelta",
            _variant,
            "Adadelta: w -= rate * d, d = g scaled by the averages of past steps over past gradients.",
            {"rho": 0.95, "epsilon": _epsilon},
            _update,
            lambda settings: {"squares": 0.0, "steps": 0.0},
        )
    )
