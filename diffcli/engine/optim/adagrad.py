"""Adagrad: steps get smaller with the squares of all gradients so far (Duchi, Hazan and Singer 2011)."""

from __future__ import annotations

from ..graph import Node
from ..ops.elementary import sqrt
from .optimizer import Moment, Nodes, Optimizer, Settings, define


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    accumulator = slots["accumulator"] + g * g
    inside = accumulator + settings["epsilon"] if "epsilon" in settings else accumulator
    return w - moment.rate * g / sqrt(inside), {"accumulator": accumulator}


def _slots(settings: Settings) -> dict[str, float]:
    return {"accumulator": settings["initial_accumulator_value"]}


define(
    Optimizer(
        "adagrad",
        "keras",
        "Adagrad: w -= rate * g / sqrt(a + epsilon), a the sum of all squared gradients.",
        {"initial_accumulator_value": 0.1, "epsilon": 1e-7},
        _update,
        _slots,
    )
)
define(
    Optimizer(
        "adagrad",
        "tf1",
        "Adagrad: w -= rate * g / sqrt(a), a the sum of all squared gradients; no epsilon.",
        {"initial_accumulator_value": 0.1},
        _update,
        _slots,
        rate=None,
    )
)
