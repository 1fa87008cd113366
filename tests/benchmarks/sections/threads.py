"""Two threads against one, by wall time on all cores; needs a machine that does nothing else."""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

from ..comparing import Settings
from ..programs import PROGRAMS
from ..report import bar, bar_lines, table
from ..worker import alone

LEAST = 1.6
# The loops of the others wait for memory, which a second thread does not make faster.
COMPUTING = ("bs", "mix")


def run(settings: Settings) -> dict[str, Any]:
    """Both executors on all programs."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    cases = []
    for executor in ("jit", "blocked"):
        for name in settings.programs or PROGRAMS:
            for rows in settings.rows:
                settings.say(f"  {name}, {executor}")
                reply = alone("threads:measure", name, executor, rows, settings.rounds)
                cases.append(
                    {
                        "program": name,
                        "executor": executor,
                        "rows": rows,
                        **(reply.value or {}),
                        "problem": reply.problem,
                    }
                )
    bars = [
        bar(f"{case['program']}, {case['executor']}: two threads against one", case["best"], least=LEAST)
        for case in cases
        if case["program"] in COMPUTING and not case["problem"]
    ]
    return {"cores": os.cpu_count(), "load": load, "cases": cases, "bars": bars}


def measure(name: str, executor: str, rows: int, rounds: int) -> dict[str, Any]:
    """Seconds with one and with two threads, in turns, and their ratio."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    from ..peers import ours

    make = ours.jit_rows if executor == "jit" else ours.blocked_rows
    program = PROGRAMS[name]
    columns = program.columns(rows)
    tasks = [make(program, columns, threads=threads) for threads in (1, 2)]
    times: list[list[float]] = [[], []]
    for turn in range(3 * rounds + 1):
        for task, found in zip(tasks, times, strict=True):
            before = time.perf_counter()
            task.run()
            if turn:
                found.append(time.perf_counter() - before)
    one, two = (statistics.median(found) for found in times)
    ratio = statistics.median(a / b for a, b in zip(*times, strict=True))
    return {"one": one, "two": two, "ratio": ratio, "best": min(times[0]) / min(times[1])}


def lines(result: dict[str, Any]) -> list[str]:
    """A table of the programs."""
    body = [
        [
            f"{case['program']}, {case['executor']}, {case['rows']:,} rows",
            *(f"{case[key] * 1e3:.3f}" for key in ("one", "two")),
            *(f"{case[key]:.2f}" for key in ("ratio", "best")),
        ]
        for case in result["cases"]
        if not case["problem"]
    ]
    problems = [
        f"    {case['program']}, {case['executor']}: {case['problem']}" for case in result["cases"] if case["problem"]
    ]
    head = [
        f"{result['cores']} cores, {result['load'] or 0.0:.1f} busy",
        "one ms",
        "two ms",
        "ratio",
        "ratio of minima",
    ]
    return [*table(head, body), *problems, *bar_lines(result["bars"])]
