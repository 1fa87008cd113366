"""Curves of a training run, for a picture of it.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from collections.abc import Sequence
from typing import NamedTuple


class StepCurve(NamedTuple):
    """A quantity at some steps of a run; NaN and infinity are kept."""

    name: str
    steps: Sequence[int]
    values: Sequence[float]


class TrainingCurves(NamedTuple):
    """The losses of a run, of steps or epochs, and the norms of the gradients, all over the same steps."""

    file: str
    losses: tuple[StepCurve, ...]
    norms: tuple[StepCurve, ...]
