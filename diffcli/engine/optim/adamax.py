"""Adamax: Adam with the largest gradient in place of the mean square (Kingma and Ba 2015, section 7)."""

from __future__ import annotations

from ..graph import Node
from ..ops.arithmetic import absolute
from ..ops.piecewise import maximum
from .optimizer import Moment, Nodes, Optimizer, Settings, average, define


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    first = average(slots["first"], g, settings["beta_1"])
    largest = maximum(settings["beta_2"] * slots["largest"], absolute(g))
    rate = moment.rate / (1.0 - settings["beta_1"] ** moment.step)
    return w - rate * first / (largest + settings["epsilon"]), {"first": first, "largest": largest}


define(
    Optimizer(
        "adamax",
        "keras",
        "Adamax: w -= rate * m / (u + epsilon), m the corrected average of gradients, u the largest of late.",
        {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        _update,
        lambda settings: {"first": 0.0, "largest": 0.0},
    )
)
