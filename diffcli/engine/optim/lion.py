"""Lion: steps of one size, in the direction of the averaged sign (Chen et al. 2023)."""

from __future__ import annotations

from ..graph import Node
from ..ops.arithmetic import sign
from .optimizer import Moment, Nodes, Optimizer, Settings, average, define


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    step = moment.rate * sign(average(slots["momentum"], g, settings["beta_1"]))
    return w - step, {"momentum": average(slots["momentum"], g, settings["beta_2"])}


define(
    Optimizer(
        "lion",
        "keras",
        "Lion: w -= rate * sign(average of gradients).",
        {"beta_1": 0.9, "beta_2": 0.99},
        _update,
        lambda settings: {"momentum": 0.0},
    )
)
