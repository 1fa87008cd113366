"""Results as text, and the promised figures beside those that were found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .comparing import Measurement, best_peer


def bar(what: str, found: float, least: float | None = None, most: float | None = None) -> dict[str, Any]:
    """A promised figure: what it is, its bound, what was found, and whether that keeps the promise."""
    met = (least is None or found >= least) and (most is None or found <= most)
    return {"what": what, "found": found, "least": least, "most": most, "met": met}


def bar_lines(bars: Iterable[Mapping[str, Any]]) -> list[str]:
    """One line a promise."""
    return [
        f"    {each['what']}: {each['found']:.3g}, at {'least' if each['most'] is None else 'most'} "
        f"{each['least'] if each['most'] is None else each['most']:.3g}: {'met' if each['met'] else 'MISSED'}"
        for each in bars
    ]


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Columns of equal width; the first is text, the others numbers."""
    rows = [head, *body]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    return [
        "    " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    ]


def number(value: float | None, form: str = ".3g") -> str:
    """A number, or a dash."""
    return "-" if value is None else format(value, form)


def by_case(measurements: Iterable[Mapping[str, Any]]) -> dict[str, list[Measurement]]:
    """The measurements of a result, case by case."""
    found: dict[str, list[Measurement]] = {}
    for each in measurements:
        found.setdefault(each["case"], []).append(Measurement(**each))
    return found


def comparison(
    title: str,
    measurements: Sequence[Measurement],
    scale: float,
    unit: str,
    per_second: float | None = None,
    rate: str = "",
) -> list[str]:
    """A table of peers, fastest first; a ratio above 1 says how many times as fast ours is."""
    timed = sorted((each for each in measurements if each.median is not None), key=lambda each: each.median or 0.0)
    ours = list(next((each.ratios for each in timed if each.ratios), {}))
    best = best_peer(measurements)
    head = ["peer", f"median {unit}", f"min {unit}", *([rate] if per_second else []), *(f"x {name}" for name in ours)]
    body = []
    for each in timed:
        assert each.median is not None and each.minimum is not None
        mark = each.problem or ("best peer" if best is not None and each.peer == best.peer else "")
        body.append(
            [
                each.peer,
                f"{each.median * scale:.3f}",
                f"{each.minimum * scale:.3f}",
                *([f"{per_second / each.median:.2f}"] if per_second else []),
                *(number((each.ratios or {}).get(name), ".2f") for name in ours),
                number(each.error, ".1e"),
                number(each.first, ".2f"),
                mark,
            ]
        )
    text = ["", f"  {title}", *table([*head, "difference", "first s", ""], body)]
    return text + [f"    {each.peer}: {each.problem}" for each in measurements if each.median is None]
