"""Methods of scipy that look at the whole problem: they choose their steps themselves, so their update is not ours to state."""

from __future__ import annotations

from ..graph import Node
from .optimizer import Moment, Nodes, Optimizer, Settings, define


def _stays(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    return w, {}


define(
    Optimizer(
        "l-bfgs-b",
        "scipy",
        "L-BFGS-B: quasi-Newton steps within bounds (Byrd, Lu, Nocedal and Zhu 1995), by scipy.",
        {"maxcor": 10.0, "ftol": 1e-14, "gtol": 1e-9, "maxls": 50.0},
        _stays,
    )
)
define(
    Optimizer(
        "trust-constr",
        "scipy",
        "Trust region: Newton steps with exact second derivatives within bounds, by scipy.",
        {"gtol": 1e-9, "xtol": 1e-12, "initial_tr_radius": 1.0},
        _stays,
    )
)
