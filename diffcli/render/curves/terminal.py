"""Curves in the terminal, drawn with the dots of braille letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.render.curves import limits, runs

if TYPE_CHECKING:
    from diffcli.results_plot import PlotResult

MARKS = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COLOURS = ("cyan", "yellow", "magenta", "green", "red", "blue")
WIDE, HIGH = 80, 20
# What stands left of the plot, and the arrow and the letters right of it.
MARGIN = 20


def terminal(result: PlotResult, width: int | None, colour: bool) -> str:
    """The plot with axes, and a line that says which mark is which curve; ImportError without plotille."""
    from plotille import Figure  # type: ignore[import-untyped]  # plotille has no types

    figure = Figure()
    figure.width = max(20, min(width or WIDE, 160) - MARGIN)
    figure.height = HIGH
    figure.with_colors = colour
    figure.color_mode = "names"
    figure.x_label, figure.y_label = result.over, ""
    first, last = sorted((result.points[0], result.points[-1]))
    low, high = limits([curve.values for curve in result.curves])
    figure.set_x_limits(first, last)
    figure.set_y_limits(low, high)
    figure.register_label_formatter(float, lambda value, chars, delta, left=False: label(value, chars, left))
    for place, curve in enumerate(result.curves):
        ink = COLOURS[place % len(COLOURS)] if colour else None
        for across, up in runs(result.points, curve.values, low, high):
            figure.plot(across, up, lc=ink)
    for place in range(len(result.curves)):
        ink = COLOURS[place % len(COLOURS)] if colour else None
        for x, y in marked(result, place, low, high):
            figure.scatter([x], [y], lc=ink, marker=MARKS[place % len(MARKS)])
    legend = "   ".join(f"{MARKS[place % len(MARKS)]} {curve.name}" for place, curve in enumerate(result.curves))
    # The vertical axis has no one name; an empty one would leave its brackets.
    text = "\n".join(line.rstrip() for line in figure.show().replace("()", "  ", 1).splitlines())
    return f"{result.file}: {legend}\n{text}\n"


def label(value: float, chars: int, left: bool) -> str:
    """A number beside an axis; what rounding left over of 0 is 0."""
    text = f"{value:.{min(4, max(1, chars - 6))}g}"
    return f"{text:<{chars}}" if left else f"{text:>{chars}}"


def marked(result: PlotResult, place: int, low: float, high: float) -> list[tuple[float, float]]:
    """Where a curve shows its mark: at places of its own, so that marks do not cover each other."""
    stretch = [
        pair for run in runs(result.points, result.curves[place].values, low, high) for pair in zip(*run, strict=True)
    ]
    count, several = len(result.curves), 4
    places = [int(len(stretch) * (turn + (place + 0.5) / count) / several) for turn in range(several)]
    return [stretch[each] for each in dict.fromkeys(places) if each < len(stretch)]
