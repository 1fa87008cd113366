"""tf.keras.optimizers.schedules: learning rates that follow the number of steps."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter, Signature
from typing import Any

from ....engine.optim.schedules import REQUIRED, SCHEDULES, Schedule
from ... import conversion
from ...dtypes import float32
from ...functions import static
from ..listing import listed


class LearningRateSchedule:
    """A learning rate as a function of the number of steps done."""

    _schedule: Schedule
    _settings: Mapping[str, Any] = {}

    def __call__(self, step: Any) -> Any:
        return conversion.constant(self._schedule.rate(int(static(step)), self._settings), float32)

    def get_config(self) -> dict[str, Any]:
        """The settings by name."""
        return dict(self._settings)


def _made(title: str, schedule: Schedule) -> type[LearningRateSchedule]:
    """The class of an entry of the table."""
    signature = Signature(
        [Parameter("self", Parameter.POSITIONAL_ONLY)]
        + [
            Parameter(
                name,
                Parameter.POSITIONAL_OR_KEYWORD,
                default=Parameter.empty if value is REQUIRED else value,
            )
            for name, value in {**schedule.settings, "name": title}.items()
        ]
    )

    def __init__(self: LearningRateSchedule, *given: Any, **named: Any) -> None:
        bound = signature.bind(self, *given, **named)
        bound.apply_defaults()
        self._settings = {name: static(value) for name, value in bound.arguments.items() if name in schedule.settings}

    __init__.__signature__ = signature  # type: ignore[attr-defined]  # functions and classes take attributes
    return type(title, (LearningRateSchedule,), {"__init__": __init__, "__doc__": schedule.doc, "_schedule": schedule})


TITLES = {
    "ExponentialDecay": "exponential",
    "InverseTimeDecay": "inverse_time",
    "PolynomialDecay": "polynomial",
    "CosineDecay": "cosine",
    "PiecewiseConstantDecay": "piecewise",
}
CLASSES = {title: _made(title, SCHEDULES[name]) for title, name in TITLES.items()}

__getattr__, __dir__ = listed("keras.optimizers.schedules", {**CLASSES, "LearningRateSchedule": LearningRateSchedule})
