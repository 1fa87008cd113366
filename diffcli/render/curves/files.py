"""Curves as PNG, SVG and PDF, by matplotlib."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from diffcli.render.curves import limits, runs

if TYPE_CHECKING:
    from diffcli.results_plot import PlotResult

# Curves differ in dashes as well as in colour; the colours are told apart by colour-blind eyes too.
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3)))
COLOURS = ("#0072b2", "#d55e00", "#007a5a", "#a0407f", "#8a6d00", "#444444")
# Nothing in a file says when it was made, so that the same command makes the same bytes.
TIMELESS = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}


def drawn(result: PlotResult, format: str) -> bytes:
    """The picture; ImportError without matplotlib."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "diffcli", "font.size": 11, "font.family": "sans-serif"}):
        figure = Figure(figsize=(8, 5), dpi=120, facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        low, high = limits([curve.values for curve in result.curves])
        for place, curve in enumerate(result.curves):
            name: str | None = plain(curve.name)
            stretches = list(runs(result.points, curve.values, low, high)) or [([], [])]
            for across, up in stretches:
                axes.plot(
                    across,
                    up,
                    color=COLOURS[place % len(COLOURS)],
                    linestyle=DASHES[place % len(DASHES)],
                    linewidth=1.8,
                    marker="." if len(across) == 1 else None,
                    label=name,
                )
                name = None
        axes.set_xlim(*sorted((result.points[0], result.points[-1])))
        axes.set_ylim(low, high)
        axes.set_xlabel(plain(result.over))
        axes.set_title(plain(result.file), fontsize=10)
        axes.axhline(0, color="#999999", linewidth=0.8, zorder=0)
        axes.grid(True, color="#dddddd", linewidth=0.6)
        axes.legend()
        target = BytesIO()
        figure.savefig(target, format=format, metadata=TIMELESS[format])
    return target.getvalue()


def plain(text: str) -> str:
    """A text without the signs that matplotlib takes for mathematics."""
    return text.replace("$", r"\$")
