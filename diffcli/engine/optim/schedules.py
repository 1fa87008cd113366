"""Learning rates that change: a function of the number of steps done, as in tf.keras.optimizers.schedules.

What has no value (a negative rate of decay to the power of a half) is NaN, as it is there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..ieee import divide, power

Values = Mapping[str, Any]
REQUIRED: Any = ("required",)


class Schedule(NamedTuple):
    """One schedule: the names that Keras has for its settings with their defaults, and the rate after so many steps."""

    name: str
    doc: str
    settings: Values
    rate: Callable[[int, Values], float]


def _exponential(step: int, given: Values) -> float:
    turns = step / given["decay_steps"]
    rate: float = given["initial_learning_rate"] * power(
        given["decay_rate"], math.floor(turns) if given["staircase"] else turns
    )
    return rate


def _inverse_time(step: int, given: Values) -> float:
    turns = step / given["decay_steps"]
    fallen = 1.0 + given["decay_rate"] * (math.floor(turns) if given["staircase"] else turns)
    return divide(given["initial_learning_rate"], fallen)


def _polynomial(step: int, given: Values) -> float:
    length = given["decay_steps"]
    if given["cycle"]:
        length *= max(1, math.ceil(step / length))
    left = power(1.0 - min(step, length) / length, given["power"])
    rate: float = (given["initial_learning_rate"] - given["end_learning_rate"]) * left + given["end_learning_rate"]
    return rate


def _cosine(step: int, given: Values) -> float:
    initial, highest = given["initial_learning_rate"], given["warmup_target"]
    if highest is None:
        highest = initial
    elif step < given["warmup_steps"]:
        rising: float = initial + (highest - initial) * step / given["warmup_steps"]
        return rising
    else:
        step -= given["warmup_steps"]
    share = min(step, given["decay_steps"]) / given["decay_steps"]
    rate: float = highest * ((1.0 - given["alpha"]) * 0.5 * (1.0 + math.cos(math.pi * share)) + given["alpha"])
    return rate


def _piecewise(step: int, given: Values) -> float:
    boundaries: Sequence[float] = given["boundaries"]
    place = sum(1 for boundary in boundaries if step > boundary)
    rate: float = given["values"][place]
    return rate


SCHEDULES = {
    each.name: each
    for each in (
        Schedule(
            "constant",
            "One rate for all steps.",
            {"initial_learning_rate": REQUIRED},
            lambda step, given: given["initial_learning_rate"],
        ),
        Schedule(
            "exponential",
            "initial * decay_rate ** (step / decay_steps); staircase: in whole turns.",
            {"initial_learning_rate": REQUIRED, "decay_steps": REQUIRED, "decay_rate": REQUIRED, "staircase": False},
            _exponential,
        ),
        Schedule(
            "inverse_time",
            "initial / (1 + decay_rate * step / decay_steps).",
            {"initial_learning_rate": REQUIRED, "decay_steps": REQUIRED, "decay_rate": REQUIRED, "staircase": False},
            _inverse_time,
        ),
        Schedule(
            "polynomial",
            "From initial to end in decay_steps, by a power of what is left.",
            {
                "initial_learning_rate": REQUIRED,
                "decay_steps": REQUIRED,
                "end_learning_rate": 0.0001,
                "power": 1.0,
                "cycle": False,
            },
            _polynomial,
        ),
        Schedule(
            "cosine",
            "Half a cosine from initial down to alpha * initial in decay_steps, after a linear warm-up to warmup_target.",
            {
                "initial_learning_rate": REQUIRED,
                "decay_steps": REQUIRED,
                "alpha": 0.0,
                "warmup_target": None,
                "warmup_steps": 0,
            },
            _cosine,
        ),
        Schedule(
            "piecewise",
            "values[i] up to and with step boundaries[i].",
            {"boundaries": REQUIRED, "values": REQUIRED},
            _piecewise,
        ),
    )
}


def warmed(rate: Callable[[int], float], steps: int) -> Callable[[int], float]:
    """The schedule after a warm-up: from 0 in equal parts to its first rate, which the first of its own steps has."""
    return lambda step: rate(0) * (step + 1) / (steps + 1) if step < steps else rate(step - steps)
