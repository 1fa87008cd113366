"""What a call from Python costs beyond the generated code that it runs, in microseconds."""

from __future__ import annotations

import statistics
from timeit import Timer
from typing import Any

from ..comparing import Settings
from ..programs import PROGRAMS
from ..report import bar, bar_lines, table

# The most microseconds beyond the evaluation.
MOST = 3.0
CALLS = 2000
WAYS = {
    "code": "code(*point)",
    "compiled": "compiled(*point)",
    "by name": "compiled(**names)",
    "function": "function(**names)",
}


def run(settings: Settings) -> dict[str, Any]:
    """Value and full gradient of each program, the ways of calling in turn."""
    cases = []
    for name in settings.programs or PROGRAMS:
        settings.say(f"  {name}")
        cases.append({"program": PROGRAMS[name].title, **measured(name, settings.rounds)})
    bars = [
        bar(f"{case['program']}, {way}: microseconds beyond the code", case[way] - case["code"], most=MOST)
        for case in cases
        for way in WAYS
        if way != "code"
    ]
    return {"cases": cases, "bars": bars}


def measured(name: str, rounds: int) -> dict[str, float]:
    """The median over the rounds of each way, in microseconds a call; different results are an error."""
    import diffcli
    from diffcli.engine.run.point import compile_point

    from ..peers.ours import value_and_gradients

    program = PROGRAMS[name]
    function = diffcli.parse(program.text).grad(list(program.wrt), value=True)
    point = [float(column[0]) for column in program.columns(1)]
    names = dict(zip(program.inputs, point, strict=True))
    space = {
        "code": compile_point(*value_and_gradients(program.text, program.inputs, program.wrt)),
        "compiled": function.compile(*program.inputs),
        "function": function,
        "point": point,
        "names": names,
    }
    value, gradients = function(**names)
    if space["code"](*point) != (value, *gradients.values()):
        raise ValueError(f"{name}: {value}, {gradients} instead of {space['code'](*point)}")
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, call in WAYS.items():
            times[way].append(min(Timer(call, globals=space).repeat(5, CALLS)) / CALLS * 1e6)
    return {way: statistics.median(found) for way, found in times.items()}


def lines(result: dict[str, Any]) -> list[str]:
    """A line a program."""
    body = [[case["program"], *(f"{case[way]:.2f}" for way in WAYS)] for case in result["cases"]]
    return [*table(["program", *(f"{way} us" for way in WAYS)], body), *bar_lines(result["bars"])]
