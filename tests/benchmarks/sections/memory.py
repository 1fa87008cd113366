"""The most memory that a process takes for value and gradient of many rows, inputs and outputs included."""

from __future__ import annotations

from typing import Any

from ..comparing import Settings, able
from ..peers import prepare
from ..programs import PROGRAMS
from ..report import table
from ..worker import alone, peak

PROGRAM = "bs"
ROWS = (1_000_000, 10_000_000)


def run(settings: Settings) -> dict[str, Any]:
    """Each peer and number of rows in a process of its own."""
    cases = []
    for peer in able(settings.peers, "rows"):
        for rows in ROWS:
            settings.say(f"  {peer.name}, {rows:,} rows")
            reply = alone("memory:measure", peer.tasks["rows"], rows, limit=settings.limit)
            cases.append({"peer": peer.name, "rows": rows, "bytes": reply.value, "problem": reply.problem})
    program = PROGRAMS[PROGRAM]
    columns = len(program.inputs) + 1 + len(program.wrt)
    return {"program": PROGRAM, "columns": columns, "cases": cases, "bars": []}


def measure(entry: str, rows: int) -> float:
    """The peak after three runs."""
    program = PROGRAMS[PROGRAM]
    task = prepare(entry, (program, program.columns(rows)))
    for _ in range(3):
        task.run()
    return peak()


def lines(result: dict[str, Any]) -> list[str]:
    """A table of the peers, the most frugal first."""
    found: dict[str, dict[int, Any]] = {}
    for case in result["cases"]:
        found.setdefault(case["peer"], {})[case["rows"]] = case["bytes"] or case["problem"]
    last = ROWS[-1]
    order = sorted(
        found, key=lambda name: value if isinstance(value := found[name][last], float | int) else float("inf")
    )
    body = [[name, *(_said(found[name][rows]) for rows in ROWS)] for name in order]
    data = ", ".join(f"{8 * rows * result['columns'] / 2**20:.0f} MiB at {rows:,}" for rows in ROWS)
    return [
        f"    {PROGRAMS[result['program']].title}; columns in and out are {data}",
        *table(["peak MiB", *(f"{rows:,} rows" for rows in ROWS)], body),
    ]


def _said(value: Any) -> str:
    return f"{value / 2**20:.0f}" if isinstance(value, float | int) else str(value)
