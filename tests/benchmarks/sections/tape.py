"""A recorded tape of 100 scalar operations with its gradient, through the layer that speaks TensorFlow."""

from __future__ import annotations

from typing import Any

from .. import tapes
from ..comparing import Case, Settings, compare_peers
from ..report import bar, bar_lines, by_case, comparison

# How many times as fast as TensorFlow's eager tape.
LEAST, PEER = 5.0, "tf eager tape"
CASES = {
    "float32": f"{tapes.OPERATIONS} operations and their gradient, float32",
    "float64": f"{tapes.OPERATIONS} operations and their gradient, float64",
}


def arguments(kind: str, dtype: str) -> tuple[Any, ...]:
    """The type of the numbers."""
    return (dtype,)


def run(settings: Settings) -> dict[str, Any]:
    """Both types."""
    cases = [
        Case("tape", "tape", title, (dtype,), lambda: list(tapes.derived()), 1e-4 if dtype == "float32" else 1e-11)
        for dtype, title in CASES.items()
    ]
    found = compare_peers(settings, cases)
    bars = [
        bar(f"{each.case}: against {each.peer}", each.ratios["diffcli"], least=LEAST)
        for each in found
        if each.peer == PEER and each.ratios and "diffcli" in each.ratios
    ]
    return {"measurements": [each._asdict() for each in found], "bars": bars}


def lines(result: dict[str, Any]) -> list[str]:
    """One table a type."""
    text = []
    for name, found in by_case(result["measurements"]).items():
        text += comparison(name, found, 1e6, "us")
    return [*text, "", *bar_lines(result["bars"])]
