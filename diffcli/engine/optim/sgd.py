"""Gradient descent, with momentum and Nesterov's variant of it."""

from __future__ import annotations

from ..graph import Node
from .optimizer import Moment, Nodes, Optimizer, Settings, define


def _keras(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    mu = settings["momentum"]
    if not mu:
        return w - moment.rate * g, {}
    momentum = mu * slots["momentum"] - moment.rate * g
    if settings["nesterov"]:
        return w + mu * momentum - moment.rate * g, {"momentum": momentum}
    return w + momentum, {"momentum": momentum}


def _tf1(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    """The rate is outside of what is accumulated, which differs from Keras as soon as the rate changes."""
    mu = settings["momentum"]
    if not mu:
        return w - moment.rate * g, {}
    momentum = mu * slots["momentum"] + g
    step = g + mu * momentum if settings["nesterov"] else momentum
    return w - moment.rate * step, {"momentum": momentum}


def _slots(settings: Settings) -> dict[str, float]:
    return {"momentum": 0.0} if settings["momentum"] else {}


for _variant, _update, _doc in (
    ("keras", _keras, "Gradient descent: w -= rate * g; with momentum, w += mu * last move - rate * g."),
    ("tf1", _tf1, "Gradient descent: w -= rate * g; with momentum, w -= rate * (mu * accumulated + g)."),
):
    define(
        Optimizer(
            "sgd",
            _variant,
            _doc,
            {"momentum": 0.0, "nesterov": False},
            _update,
            _slots,
            rate=0.01 if _variant == "keras" else None,
        )
    )
