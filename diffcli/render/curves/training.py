"""A training run as PNG, SVG and PDF, by matplotlib: the loss, and below it the norms of the gradients."""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Any

from diffcli.render.curves.files import COLOURS, DASHES, TIMELESS, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diffcli.results_training import StepCurve, TrainingCurves

# Positive values that differ by this factor stand on a logarithmic axis.
WIDE = 50.0
LARGEST = 1e150  # that is drawn, for ticks are set far beyond
FEW = 30  # steps whose points are marked
BESIDE = 6  # so many names have room in the picture; more stand beside it


def drawn(run: TrainingCurves, format: str) -> bytes:
    """The picture; ImportError without matplotlib."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "diffcli", "font.size": 11, "font.family": "sans-serif"}):
        below = max(3.4, 0.22 * len(run.norms)) if run.norms else 0.0
        figure = Figure(figsize=(8, 3.8 + below), dpi=120, facecolor="white", layout="constrained")
        heights = [3.8, below] if below else [3.8]
        axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        panel(axes[0], run.losses, "loss")
        if below:
            panel(axes[1], run.norms, "norm of the gradient")
        axes[-1].set_xlabel("step")
        axes[0].set_title(plain(run.file), fontsize=10)
        target = BytesIO()
        figure.savefig(target, format=format, metadata=TIMELESS[format])
    return target.getvalue()


def panel(axes: Any, curves: Sequence[StepCurve], title: str) -> None:
    """Curves on one pair of axes, with a line where the first of them stops being finite."""
    logarithmic = is_logarithmic(curves)
    fewest = min((len(curve.steps) for curve in curves), default=0)
    for place, curve in enumerate(curves):
        axes.plot(
            curve.steps,
            [value if isfinite(value) and abs(value) < LARGEST else float("nan") for value in curve.values],
            color=COLOURS[place % len(COLOURS)],
            linestyle=DASHES[(place + place // len(COLOURS)) % len(DASHES)],
            # The restless curve of the steps is drawn finer than that of the epochs.
            linewidth=0.7 if len(curve.steps) > 4 * fewest else 1.8,
            marker="." if len(curve.steps) <= FEW else None,
            label=plain(curve.name) + (zeros(curve) if logarithmic else ""),
        )
    pairs = chain.from_iterable(zip(curve.steps, curve.values, strict=True) for curve in curves)
    lost = min((step for step, value in pairs if not isfinite(value)), default=None)
    if lost is not None:
        axes.axvline(lost, color="#444444", linewidth=1, linestyle=":", label=f"not finite from step {lost:,}")
    if logarithmic:
        axes.set_yscale("log", nonpositive="mask")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylabel(title)
    axes.grid(True, color="#dddddd", linewidth=0.6)
    if len(curves) > BESIDE:
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    elif [each.get_label() for each in axes.lines] != [title]:
        axes.legend(fontsize=9)


def is_logarithmic(curves: Sequence[StepCurve]) -> bool:
    """Whether nothing is negative and what is positive is far apart."""
    finite = [value for curve in curves for value in curve.values if isfinite(value)]
    positive = [value for value in finite if 0 < value < LARGEST]
    return bool(positive) and min(finite) >= 0 and max(positive) > WIDE * min(positive)


def zeros(curve: StepCurve) -> str:
    """How often a curve is 0, which a logarithmic axis does not show."""
    count = sum(value == 0 for value in curve.values)
    if not count:
        return ""
    return " (0 throughout)" if count == len(curve.values) else f" (0 at {count:,} of {len(curve.values):,} steps)"
