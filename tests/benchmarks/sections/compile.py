"""How long compiling value and gradient takes: the first time, and when the machine code is in the cache."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from typing import Any

from ..comparing import Settings
from ..long import mixture
from ..report import bar, bar_lines, table
from ..worker import alone

SIZES = (100, 1000, 10_000, 50_000)
STATES = ("cold", "cached")
STAGES = ("build", "import", "plan", "compile", "run")
# The most seconds to plan and compile, by the number of operations; and to find machine code in the cache.
MOST = {(100, "cold"): 0.15, (100, "cached"): 1e-3, (50_000, "cold"): 3.0}


def run(settings: Settings) -> dict[str, Any]:
    """Each size in new processes, first with an empty cache, then with what was kept."""
    cases = []
    for size in SIZES:
        for _ in range(settings.rounds if size <= 1000 else 1):
            settings.say(f"  {size:,} operations")
            with tempfile.TemporaryDirectory() as folder:
                for state in STATES:
                    reply = alone("compile:measure", size, folder)
                    cases.append({"size": size, "state": state, **(reply.value or {}), "problem": reply.problem})
    bars = [
        bar(
            f"{size:,} operations, {state}: seconds to {'load' if state == 'cached' else 'plan and compile'}",
            middle["compile"] + (0 if state == "cached" else middle["plan"]),
            most=most,
        )
        for (size, state), most in MOST.items()
        if (middle := medians(cases, size, state))
    ]
    return {"cases": cases, "bars": bars}


def medians(cases: list[dict[str, Any]], size: int, state: str) -> dict[str, float]:
    """The median of each stage; empty when nothing was measured."""
    found = [each for each in cases if (each["size"], each["state"], each["problem"]) == (size, state, None)]
    return {key: statistics.median(each[key] for each in found) for key in ("counted", *STAGES) if found}


def measure(operations: int, folder: str) -> dict[str, Any]:
    """Processor seconds to read and differentiate, to import what compiling needs, to plan, to compile or load, and to run a few rows."""
    os.environ["DIFFCLI_CACHE_DIR"] = folder
    from diffcli.engine.program import operations as counted

    from ..peers.ours import value_and_gradients

    names = [f"x{k}" for k in range(4)]
    short, longer = (counted(value_and_gradients(mixture(n), names, names)[0]) for n in (12, 24))
    statements = max(1, 12 + round((operations - short) / ((longer - short) / 12)))
    text = mixture(statements)
    clock = time.process_time
    start = clock()
    targets, inputs = value_and_gradients(text, names, names)
    built = clock()
    import numpy

    from diffcli.engine.run import jit, native
    from diffcli.engine.run.rows import plan_rows, prepared

    jit.prepare(plan_rows([inputs[0] + 1.0], inputs[:1], executor="jit").segments[0].loop)
    native.host()
    imported = clock()
    plan = plan_rows(targets, inputs, executor="jit")
    planned = clock()
    program = plan._replace(segments=tuple(prepared(each) for each in plan.segments))
    compiled = clock()
    program.run([numpy.full(8, 0.5) for _ in inputs])
    ends = (built, imported, planned, compiled, clock())
    times = dict(zip(STAGES, (end - begin for begin, end in zip((start, *ends), ends, strict=False)), strict=True))
    return {"counted": counted(targets), **times}


def lines(result: dict[str, Any]) -> list[str]:
    """Medians by size."""
    body = [
        [f"{middle['counted']:,.0f} {state}", *(f"{middle[stage] * 1e3:.2f}" for stage in STAGES)]
        for size in SIZES
        for state in STATES
        if (middle := medians(result["cases"], size, state))
    ]
    problems = sorted({f"    {each['size']:,}: {each['problem']}" for each in result["cases"] if each["problem"]})
    return [*table(["operations", *(f"{stage} ms" for stage in STAGES)], body), *problems, *bar_lines(result["bars"])]
