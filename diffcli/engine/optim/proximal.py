"""Proximal gradient descent: a gradient step, then the l1 and l2 penalties exactly."""

from __future__ import annotations

from ..graph import Node
from ..ops.arithmetic import absolute, sign
from ..ops.piecewise import maximum
from .optimizer import Moment, Nodes, Optimizer, Settings, define


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    moved = w - moment.rate * g
    lasso, ridge = settings["l1_regularization_strength"], settings["l2_regularization_strength"]
    kept = maximum(absolute(moved) - moment.rate * lasso, 0.0)
    return sign(moved) * kept / (1.0 + moment.rate * ridge), {}


define(
    Optimizer(
        "proximal_sgd",
        "tf1",
        "Proximal gradient descent: w -= rate * g, then shrunk by l1 and l2.",
        {"l1_regularization_strength": 0.0, "l2_regularization_strength": 0.0},
        _update,
        rate=None,
    )
)
