"""One step of gradient descent, after the start: a network of two layers in single precision, a line in double."""

from __future__ import annotations

from typing import Any

from .. import training_data
from ..comparing import Case, Settings, compare_peers
from ..report import by_case, comparison

BATCHES = (32, 256)


def arguments(kind: str, size: int) -> tuple[Any, ...]:
    """The data."""
    return (training_data.batch(size),) if kind == "network" else (training_data.LINE_STATE, training_data.LINE_SAMPLE)


def _network(size: int) -> Case:
    return Case(
        "training",
        "network",
        f"784-256-10 network, batch {size}",
        (size,),
        lambda: training_data.network_step(training_data.batch(size)),
        tolerance=1e-4,
    )


def run(settings: Settings) -> dict[str, Any]:
    """All models."""
    line = Case("training", "regression", "linear regression, one sample", (1,), training_data.line_step)
    found = compare_peers(settings, [*map(_network, BATCHES), line])
    return {"measurements": [each._asdict() for each in found], "bars": []}


def lines(result: dict[str, Any]) -> list[str]:
    """One table a model."""
    text = []
    for name, found in by_case(result["measurements"]).items():
        text += comparison(name, found, 1e6, "us", 1.0, "steps/s")
    return text
