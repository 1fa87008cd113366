"""Ftrl: follow the regularised leader (McMahan et al. 2013)."""

from __future__ import annotations

from ..graph import Node
from ..ops.piecewise import clip
from .optimizer import Moment, Nodes, Optimizer, Settings, define


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    power, lasso = -settings["learning_rate_power"], settings["l1_regularization_strength"]
    before = slots["accumulator"]
    accumulator = before + g * g
    shrunk = g + 2.0 * settings["l2_shrinkage_regularization_strength"] * w
    # The step of the leader is over n**power, which is a root for the usual power of -0.5.
    linear = slots["linear"] + shrunk - (accumulator**power - before**power) / moment.rate * w
    ridge = settings["l2_regularization_strength"] + settings["beta"] / (2.0 * moment.rate)
    following = (clip(linear, -lasso, lasso) - linear) / (accumulator**power / moment.rate + 2.0 * ridge)
    return following, {"accumulator": accumulator, "linear": linear}


for _variant in ("keras", "tf1"):
    define(
        Optimizer(
            "ftrl",
            _variant,
            "Ftrl: the point that all gradients so far, with l1 and l2 penalties, would have chosen.",
            {
                "learning_rate_power": -0.5,
                "initial_accumulator_value": 0.1,
                "l1_regularization_strength": 0.0,
                "l2_regularization_strength": 0.0,
                "l2_shrinkage_regularization_strength": 0.0,
                "beta": 0.0,
            },
            _update,
            lambda settings: {"accumulator": settings["initial_accumulator_value"], "linear": 0.0},
            rate=0.001 if _variant == "keras" else None,
        )
    )
