"""Nadam: Adam with Nesterov's momentum, whose momentum follows a schedule (Dozat 2016)."""

from __future__ import annotations

from ..graph import Node
from ..ops.elementary import sqrt
from .optimizer import Moment, Nodes, Optimizer, Settings, average, define


def _momentum(count: Node | float, settings: Settings) -> Node:
    """The momentum of a step: beta_1 * (1 - 0.5 * 0.96**t)."""
    momentum: Node = settings["beta_1"] * (1.0 - 0.5 * 0.96**count)
    return momentum


def _share(shared: Nodes, count: Node, settings: Settings) -> Nodes:
    return {"product": shared["product"] * _momentum(count, settings)}


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    first = average(slots["first"], g, settings["beta_1"])
    second = average(slots["second"], g * g, settings["beta_2"])
    now, later, product = (
        _momentum(moment.step, settings),
        _momentum(moment.step + 1.0, settings),
        moment.shared["product"],
    )
    ahead = later * first / (1.0 - product * later) + (1.0 - now) * g / (1.0 - product)
    spread = sqrt(second / (1.0 - settings["beta_2"] ** moment.step)) + settings["epsilon"]
    return w - moment.rate * ahead / spread, {"first": first, "second": second}


define(
    Optimizer(
        "nadam",
        "keras",
        "Nadam: Adam that looks one step of its momentum ahead.",
        {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        _update,
        lambda settings: {"first": 0.0, "second": 0.0},
        shared={"product": 1.0},
        share=_share,
    )
)
