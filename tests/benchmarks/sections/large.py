"""Large graphs: reading, building and differentiating a text of so many operations, each in a process of its own."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from ..comparing import Settings
from ..long import chain, chain_value
from ..report import bar, bar_lines, table
from ..worker import alone, peak

SIZES = (10_000, 100_000, 1_000_000)
MOST_GROWTH, MOST_BYTES = 12.0, 1000.0
X = 0.7


class Differentiated(NamedTuple):
    """A chain with its derivative, and the processor seconds that both took."""

    value: Any
    slope: Any
    x: Any
    load: float
    differentiate: float


def run(settings: Settings) -> dict[str, Any]:
    """All sizes."""
    cases = []
    for size in SIZES:
        settings.say(f"  {size:,} operations")
        reply = alone("large:measure", size)
        cases.append({"operations": size, **(reply.value or {}), "problem": reply.problem})
    bars = []
    if not any(case["problem"] for case in cases):
        growth = cases[-1]["seconds"] / cases[-2]["seconds"]
        bars.append(bar(f"time at {SIZES[-1]:,} over time at {SIZES[-2]:,}", growth, most=MOST_GROWTH))
        bars.append(bar("bytes an operation", cases[-1]["bytes"] / cases[-1]["counted"], most=MOST_BYTES))
    return {"cases": cases, "bars": bars}


def differentiated(text: str) -> Differentiated:
    """Reads and differentiates a chain."""
    from diffcli.compute.load import load
    from diffcli.compute.request import Request
    from diffcli.engine.diff import gradients
    from diffcli.source import Source

    start = time.process_time()
    model = load(Request(Source("large", text)))
    loaded = time.process_time()
    value, x = model.names["f"], model.leaves["x"].node
    (slope,) = gradients([value], [x])
    return Differentiated(value, slope, x, loaded - start, time.process_time() - loaded)


def evaluated(found: Differentiated) -> list[float]:
    """The value and the derivative at one point."""
    from diffcli.engine.run import execute

    values = execute([found.value, found.slope], {found.x: X}, "float64", False)
    return [float(values[found.value]), float(values[found.slope])]


def measure(operations: int) -> dict[str, Any]:
    """The time of each stage, and the memory beyond that of a short text; a wrong derivative is an error."""
    from diffcli.engine.program import operations as counted

    evaluated(differentiated(chain(30)))
    text = chain(operations)
    before = peak()
    found = differentiated(text)
    memory = peak() - before
    start = time.process_time()
    numbers = evaluated(found)
    evaluate = time.process_time() - start
    for number, wanted in zip(numbers, chain_value(operations, X), strict=True):
        if not abs(number - wanted) <= 1e-9 * abs(wanted):
            raise ValueError(f"{number} instead of {wanted}")
    return {
        "counted": counted([found.value]),
        "with_gradient": counted([found.value, found.slope]),
        "load": found.load,
        "differentiate": found.differentiate,
        "evaluate": evaluate,
        "seconds": found.load + found.differentiate,
        "bytes": memory,
    }


def lines(result: dict[str, Any]) -> list[str]:
    """A table of the sizes."""
    stages = ("load", "differentiate", "evaluate")
    body = [
        [
            f"{case['counted']:,}",
            f"{case['with_gradient']:,}",
            *(f"{case[stage]:.3f}" for stage in stages),
            f"{case['seconds'] / case['counted'] * 1e6:.2f}",
            f"{case['bytes'] / case['counted']:.0f}",
        ]
        for case in result["cases"]
        if not case["problem"]
    ]
    head = ["operations", "with gradient", *(f"{stage} s" for stage in stages), "us an operation", "bytes an operation"]
    problems = [f"    {case['operations']:,}: {case['problem']}" for case in result["cases"] if case["problem"]]
    return [*table(head, body), *problems, *bar_lines(result["bars"])]
