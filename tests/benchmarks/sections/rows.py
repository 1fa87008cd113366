"""Value and full gradient of many rows, columns in and columns out."""

from __future__ import annotations

from typing import Any

from ..comparing import Case, Measurement, Settings, best_peer, compare_peers
from ..programs import PROGRAMS
from ..reference import reference
from ..report import bar, bar_lines, by_case, comparison

# How far the fused code must be ahead of JAX, and blocked NumPy; the other two are the same for all programs.
AHEAD = {"rosen": (3.0, 0.5), "bs": (4.0, 1.2), "mix": (8.0, 1.5), "logit": (2.0, 1.2)}
AHEAD_OF_BEST, SHARE_OF_CEILING = 1.3, 0.85
# The number of rows that the promises are about.
PROMISED = 1_000_000
# With more rows the peers do not fit into memory side by side.
HEAVY = 2_000_000


def arguments(kind: str, name: str, rows: int, aligned: bool) -> tuple[Any, ...]:
    """The program and its columns."""
    program = PROGRAMS[name]
    return program, program.columns(rows, aligned)


def _case(name: str, rows: int, aligned: bool) -> Case:
    program = PROGRAMS[name]
    return Case(
        "rows",
        "rows",
        f"{program.title}, {rows:,} rows",
        (name, rows, aligned),
        lambda: reference(program, program.columns(rows)),
        heavy=rows > HEAVY,
    )


def run(settings: Settings) -> dict[str, Any]:
    """All programs at all numbers of rows."""
    cases = [_case(name, rows, settings.aligned) for rows in settings.rows for name in settings.programs or PROGRAMS]
    found = compare_peers(settings, cases)
    bars = []
    for case in cases:
        if case.given[1] == PROMISED:
            bars += promised(case, [each for each in found if each.case == case.name])
    rows = {case.name: case.given[1] for case in cases}
    return {"measurements": [each._asdict() for each in found], "rows": rows, "bars": bars}


def promised(case: Case, measurements: list[Measurement]) -> list[dict[str, Any]]:
    """The ratios that are promised, as far as both sides were measured."""
    ratios = {each.peer: each.ratios or {} for each in measurements}
    fused, blocked = AHEAD[case.given[0]]
    wanted = [
        ("diffcli", "jax", fused),
        ("diffcli", "gcc -Ofast 512", SHARE_OF_CEILING),
        ("diffcli blocked", "jax", blocked),
    ]
    best = best_peer(measurements)
    if best is not None:
        wanted.append(("diffcli", best.peer, AHEAD_OF_BEST))
    return [
        bar(f"{case.name}: {mine} against {other}", ratios[other][mine], least=least)
        for mine, other, least in wanted
        if mine in ratios.get(other, {})
    ]


def lines(result: dict[str, Any]) -> list[str]:
    """One table a case, and the promises at the end."""
    text = []
    for name, found in by_case(result["measurements"]).items():
        text += comparison(name, found, 1e3, "ms", result["rows"][name] / 1e6, "Mrows/s")
    return [*text, "", *bar_lines(result["bars"])]
