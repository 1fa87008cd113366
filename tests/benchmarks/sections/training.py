"""Training steps, after the start: a network of two layers with Adam in single precision, a line in double."""

from __future__ import annotations

from typing import Any

from .. import training_data
from ..comparing import Case, Settings, compare_peers
from ..report import bar, bar_lines, by_case, comparison

BATCHES = (32, 256)
LINE = f"linear regression, {training_data.LINE_STEPS} steps of one sample"
# How many times as fast as these peers.
LEAST = {
    "network": {"torch eager": 1.0, "jax": 0.7},
    "regression": {"tf eager tape": 500.0, "jax": 5.0},
}


def arguments(kind: str, size: int) -> tuple[Any, ...]:
    """The data."""
    if kind == "network":
        return (training_data.batch(size),)
    return training_data.LINE_STATE, training_data.line_samples()


def _network(size: int) -> Case:
    return Case(
        "training",
        "network",
        f"784-256-10 network with Adam, batch {size}",
        (size,),
        lambda: training_data.network_step(training_data.batch(size)),
        tolerance=1e-4,
    )


def run(settings: Settings) -> dict[str, Any]:
    """All models."""
    line = Case("training", "regression", LINE, (1,), training_data.line_steps)
    cases = [*map(_network, BATCHES), line]
    found = compare_peers(settings, cases)
    least = {case.name: LEAST[case.kind] for case in cases}
    bars = [
        bar(f"{each.case}: against {each.peer}", each.ratios["diffcli"], least=least[each.case][each.peer])
        for each in found
        if each.peer in least[each.case] and each.ratios and "diffcli" in each.ratios
    ]
    return {"measurements": [each._asdict() for each in found], "bars": bars}


def lines(result: dict[str, Any]) -> list[str]:
    """One table a model."""
    text = []
    for name, found in by_case(result["measurements"]).items():
        steps = training_data.LINE_STEPS if name == LINE else 1
        text += comparison(name, found, 1e6 / steps, "us", steps, "steps/s")
    return [*text, "", *bar_lines(result["bars"])]
