"""Adam and AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019), in the form whose epsilon is outside of the bias correction."""

from __future__ import annotations

from ..graph import Node
from ..ops.elementary import sqrt
from ..ops.piecewise import maximum
from .optimizer import Moment, Nodes, Optimizer, Settings, average, define


def _update(w: Node, g: Node, slots: Nodes, moment: Moment, settings: Settings) -> tuple[Node, Nodes]:
    beta_1, beta_2 = settings["beta_1"], settings["beta_2"]
    first, second = average(slots["first"], g, beta_1), average(slots["second"], g * g, beta_2)
    following = {"first": first, "second": second}
    if settings.get("amsgrad"):
        # The maximum is kept of the averages before any correction, as in Keras.
        second = following["highest"] = maximum(slots["highest"], second)
    rate = moment.rate * sqrt(1.0 - beta_2**moment.step) / (1.0 - beta_1**moment.step)
    return w - rate * first / (sqrt(second) + settings["epsilon"]), following


def _slots(settings: Settings) -> dict[str, float]:
    return {"first": 0.0, "second": 0.0, **({"highest": 0.0} if settings.get("amsgrad") else {})}


_DOC = "Adam: w -= rate * m / (sqrt(v) + epsilon), m and v the corrected averages of gradients and their squares."
_BETAS = {"beta_1": 0.9, "beta_2": 0.999}

define(Optimizer("adam", "keras", _DOC, {**_BETAS, "epsilon": 1e-7, "amsgrad": False}, _update, _slots))
define(Optimizer("adam", "tf1", _DOC, {**_BETAS, "epsilon": 1e-8}, _update, _slots))
define(
    Optimizer(
        "adamw",
        "keras",
        "AdamW: w -= rate * weight_decay * w, then Adam.",
        {**_BETAS, "epsilon": 1e-7, "amsgrad": False, "weight_decay": 0.004},
        _update,
        _slots,
    )
)
