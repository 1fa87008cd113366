"""Value and full gradient at one point, in microseconds, after the start."""

from __future__ import annotations

from typing import Any

from ..comparing import Case, Settings, compare_peers
from ..programs import PROGRAMS
from ..reference import reference
from ..report import bar, bar_lines, by_case, comparison

MOST = 3.0


def arguments(kind: str, name: str) -> tuple[Any, ...]:
    """The program and a point as plain floats."""
    program = PROGRAMS[name]
    return program, [float(column[0]) for column in program.columns(1)]


def _case(name: str) -> Case:
    program = PROGRAMS[name]
    return Case(
        "point",
        "point",
        program.title,
        (name,),
        lambda: [column[0] for column in reference(program, program.columns(1))],
    )


def run(settings: Settings) -> dict[str, Any]:
    """All programs."""
    found = compare_peers(settings, [_case(name) for name in settings.programs or PROGRAMS])
    bars = [
        bar(f"{each.case}: microseconds", each.median * 1e6, most=MOST)
        for each in found
        if each.peer == "diffcli" and each.problem is None and each.median is not None
    ]
    return {"measurements": [each._asdict() for each in found], "bars": bars}


def lines(result: dict[str, Any]) -> list[str]:
    """One table a program."""
    text = []
    for name, found in by_case(result["measurements"]).items():
        text += comparison(name, found, 1e6, "us")
    return [*text, "", *bar_lines(result["bars"])]
