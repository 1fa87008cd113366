"""RMSprop: gradients over the root of their mean square (Hinton, lecture 6e)."""

from __future__ import annotations

from ..graph import Node
from ..ops.elementary import sqrt
from .optimizer import Moment, Nodes, Optimizer, Settings, average, define


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    rho, following = settings["rho"], {}
    squares = following["squares"] = average(slots["squares"], g * g, rho)
    if settings["centered"]:
        mean = following["mean"] = average(slots["mean"], g, rho)
        squares = squares - mean * mean
    step = moment.rate * g / sqrt(squares + settings["epsilon"])
    if settings["momentum"]:
        step = following["momentum"] = settings["momentum"] * slots["momentum"] + step
    return w - step, following


def _slots(start: float, settings: Settings) -> dict[str, float]:
    found = {"squares": start}
    if settings["centered"]:
        found["mean"] = 0.0
    if settings["momentum"]:
        found["momentum"] = 0.0
    return found


define(
    Optimizer(
        "rmsprop",
        "keras",
        "RMSprop: w -= rate * g / sqrt(s + epsilon), s the running mean of squares from 0.",
        {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
        _update,
        lambda settings: _slots(0.0, settings),
    )
)
define(
    Optimizer(
        "rmsprop",
        "tf1",
        "RMSprop: w -= rate * g / sqrt(s + epsilon), s the running mean of squares from 1.",
        {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-10, "centered": False},
        _update,
        lambda settings: _slots(1.0, settings),
        rate=None,
    )
)
