"""Check of derivatives: reverse mode, forward mode and differences of values must tell the same, to any order.

Each source is moved along random directions. The directional derivative from differences comes with an estimate of
its own error, so a disagreement beyond it is a wrong rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from . import diff
from .graph import Node
from .numeric import central, corner, dot, moving, size_of
from .op import leaf
from .run import execute

# How far two derivatives may be apart, relative to their size.
TOLERANCE = {"float64": 1e-7, "float32": 1e-4}


class Row(NamedTuple):
    """One directional derivative, found in three ways.

    `verdict` is "ok", "wrong", "corner" (the slopes left and right differ, and the derivative is one of those or
    between them), "none" (no path in either mode, and the value does not move) or "undefined" (the differences have no limit, or are not finite).
    """

    order: int
    source: int
    reverse: float | None
    forward: float | None
    numeric: float
    error: float
    verdict: str


class Report(NamedTuple):
    """What a check found, a row for each order, source and direction."""

    rows: tuple[Row, ...]

    @property
    def passed(self) -> bool:
        return all(row.verdict != "wrong" for row in self.rows)

    @property
    def failures(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.verdict == "wrong")


class _Setting(NamedTuple):
    """What all rows of one order have in common."""

    order: int
    targets: list[Node]
    weights: list[Node]
    given: Mapping[Node, Any]
    values: Mapping[Node, Any]
    dtype: str
    strict: bool
    barrier: Collection[Node]

    def weighted(self, found: Mapping[Node, Any], nodes: Sequence[Node | None]) -> float:
        return sum(
            (
                dot(found[node], self.given[weight])
                for node, weight in zip(nodes, self.weights, strict=True)
                if node is not None
            ),
            0.0,
        )


def check(
    ys: Sequence[Node],
    xs: Sequence[Node],
    feeds: Mapping[Node, Any],
    *,
    order: int = 1,
    directions: int = 2,
    seed: int = 0,
    dtype: str = "float64",
    strict: bool = False,
    barrier: Collection[Node] = frozenset(),
) -> Report:
    """Compares the derivatives of targets (a random weighted sum of all their elements) with respect to each source.

    `feeds` holds the values of the leaves. For an order above 1 the gradients become the next targets, so a rule whose
    own derivative is wrong is found. Stopped nodes and those of `barrier` are held at their values, as they are in
    differentiation. The modes run in `dtype`, the differences in float64.
    """
    from random import Random

    random = Random(seed)
    given = dict(feeds)
    rows: list[Row] = []
    targets = [y for y in ys if y.kind == "float"]
    for level in range(1, order + 1):
        values = execute([*targets, *xs], given, strict=strict)
        weights = [leaf(y.graph, "weight", "input", y.shape) for y in targets]
        given.update((weight, _random_like(values[y], random)) for weight, y in zip(weights, targets, strict=True))
        setting = _Setting(level, targets, weights, given, values, dtype, strict, barrier)
        slopes = diff.gradients(targets, xs, weights, barrier)
        for place, x in enumerate(xs):
            rows += [
                _row(setting, place, x, slopes[place], values[x], _random_like(values[x], random))
                for _ in range(directions)
            ]
        targets = [slope for slope in slopes if slope is not None]
        if not targets:
            break
    return Report(tuple(rows))


def _row(setting: _Setting, place: int, x: Node, slope: Node | None, value: Any, direction: Any) -> Row:
    tangent = leaf(x.graph, "tangent", "input", x.shape)
    moved = diff.jvp(setting.targets, [x], [tangent], setting.barrier)
    wanted = [node for node in (slope, *moved) if node is not None]
    if x.kind != "float":
        return Row(setting.order, place, None, None, math.nan, math.nan, "none")
    found = execute(wanted, {**setting.given, tangent: direction}, setting.dtype, setting.strict) if wanted else {}
    reverse = None if slope is None else dot(found[slope], direction)
    forward = None if all(node is None for node in moved) else setting.weighted(found, moved)

    weights = [setting.given[weight] for weight in setting.weights]
    along = moving(setting.targets, x, setting.values, weights, setting.barrier, setting.strict)

    def line(step: float) -> float:
        return along.at(value + step * direction)

    numeric, error = central(line, size_of(value))
    tolerance = TOLERANCE[setting.dtype]
    if not wanted:
        verdict = "wrong" if abs(numeric) > 20.0 * error + tolerance else "none"
    else:
        # A derivative that one mode finds to be a plain 0 may have no path at all in the other.
        verdict = _verdict((reverse or 0.0, forward or 0.0), numeric, error, line, size_of(value), tolerance)
    return Row(setting.order, place, reverse, forward, numeric, error, verdict)


def _verdict(
    modes: tuple[float, float],
    numeric: float,
    error: float,
    line: Callable[[float], float],
    size: float,
    tolerance: float,
) -> str:
    reverse, forward = modes
    both_same = reverse == forward or (math.isnan(reverse) and math.isnan(forward))
    if not both_same and not abs(reverse - forward) <= 0.01 * tolerance * (max(abs(reverse), abs(forward)) + 0.1):
        return "wrong"
    sides = corner(line, size)
    if sides is not None:
        slack = 0.01 * max(map(abs, sides))
        return "corner" if min(sides) - slack <= reverse <= max(sides) + slack else "wrong"
    if not math.isfinite(numeric) or error > 0.01 * max(1.0, abs(numeric)):
        return "undefined"
    return "ok" if abs(reverse - numeric) <= 20.0 * error + tolerance * max(abs(numeric), 1e-3) else "wrong"


def _random_like(value: Any, random: Any) -> Any:
    """Random numbers between 0.5 and 1.5 in size, of both signs, in the shape of the value."""

    def one() -> float:
        return float(random.uniform(0.5, 1.5) * random.choice((-1.0, 1.0)))

    shape = getattr(value, "shape", ())
    if not shape:
        return one()
    import numpy as np

    return np.array([one() for _ in range(math.prod(shape))]).reshape(shape)
