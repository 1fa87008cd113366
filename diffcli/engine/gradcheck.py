"""Check of derivatives: reverse mode, forward mode and differences of values must tell the same, to any order.

Each source is moved along random directions. The directional derivative from differences is extrapolated to step 0
(Ridders 1982) and comes with an estimate of its own error, so a disagreement beyond it is a wrong rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from . import diff
from .graph import Node, ancestors
from .op import leaf
from .run import execute

# How far two derivatives may be apart, relative to their size.
TOLERANCE = {"float64": 1e-7, "float32": 1e-4}
STEPS, SHRINK, ROWS = 14, 1.6, 5
# A relative error with which no other start is tried.
SURE = 1e-11


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
    held: Mapping[Node, Any]
    dtype: str
    strict: bool
    barrier: Collection[Node]

    def weighted(self, found: Mapping[Node, Any], nodes: Sequence[Node | None]) -> float:
        return sum(
            (
                _dot(found[node], self.given[weight])
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
        stopped = [node for node in ancestors(targets) if node.op.role == "stop" or node in barrier]
        now_held = execute(stopped, given, strict=strict) if stopped else {}
        setting = _Setting(
            level,
            targets,
            weights,
            given,
            {**given, **{node: now_held[node] for node in stopped}},
            dtype,
            strict,
            barrier,
        )
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
    reverse = None if slope is None else _dot(found[slope], direction)
    forward = None if all(node is None for node in moved) else setting.weighted(found, moved)

    def line(step: float) -> float:
        there = execute(setting.targets, {**setting.held, x: value + step * direction}, strict=setting.strict)
        return setting.weighted(there, setting.targets)

    numeric, error = central(line, _size(value))
    tolerance = TOLERANCE[setting.dtype]
    if not wanted:
        verdict = "wrong" if abs(numeric) > 20.0 * error + tolerance else "none"
    else:
        # A derivative that one mode finds to be a plain 0 may have no path at all in the other.
        verdict = _verdict((reverse or 0.0, forward or 0.0), numeric, error, line, _size(value), tolerance)
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


def central(line: Callable[[float], float], size: float = 1.0) -> tuple[float, float]:
    """The derivative of a function of one step at step 0, and an estimate of its error; NaN if it is nowhere finite.

    `size` is the size of the point, one of the scales that the steps start from. The scale on which the function
    changes is not known, so steps start from several and the estimate with the least error is kept.
    """
    best, smallest = math.nan, math.inf
    for start in starts(size):
        found, error = ridders(line, start)
        if error < smallest:
            best, smallest = found, error
        if smallest <= SURE * abs(best):
            break
    return best, smallest


def starts(size: float) -> list[float]:
    """Where steps start: a fraction of the size, then of 1, then ever smaller, and last steps beyond both."""
    fractions = [10.0 ** -power for power in range(1, 14, 2)]
    found = [*(fraction * size for fraction in fractions), *fractions, 10.0 * size, 10.0, 1e3 * size, 1e3]
    return list(dict.fromkeys(found))


def ridders(line: Callable[[float], float], step: float) -> tuple[float, float]:
    """The derivative at step 0 from central differences of shrinking steps, extrapolated, with an error estimate.

    C. Ridders, Advances in Engineering Software 4 (1982) 75.
    """
    best, smallest = math.nan, math.inf
    previous: list[float] = []
    for _ in range(STEPS):
        step /= SHRINK
        ahead, behind = line(step), line(-step)
        if not math.isfinite(ahead - behind):
            previous = []
            continue
        row = [(ahead - behind) / (2.0 * step)]
        # What rounding the values leaves in the difference: no extrapolation can be better than that.
        noise = 4e-16 * (abs(ahead) + abs(behind)) / step
        factor = 1.0
        for before in previous:
            factor *= SHRINK * SHRINK
            row.append((row[-1] * factor - before) / (factor - 1.0))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - before)) + noise
            if error < smallest:
                best, smallest = row[-1], error
        if len(row) > ROWS and abs(row[-1] - previous[-1]) > 2.0 * smallest + noise:
            break  # from here on smaller steps only add rounding
        previous = row
    return best, smallest


def corner(line: Callable[[float], float], size: float = 1.0) -> tuple[float, float] | None:
    """The slopes to the left and to the right of step 0 where they differ, None at a smooth place."""
    here = line(0.0)

    def sides(step: float) -> tuple[float, float]:
        return (here - line(-step)) / step, (line(step) - here) / step

    far, near = sides(1e-3 * size), sides(1e-5 * size)
    noise = 1e-14 * abs(here) / (1e-5 * size)
    # On a smooth line the difference shrinks with the step; at a corner it stays.
    return near if abs(near[1] - near[0]) > 0.5 * abs(far[1] - far[0]) + noise else None


def _size(value: Any) -> float:
    largest = abs(value) if isinstance(value, float) else float(abs(value).max(initial=0.0))
    return largest if 0.0 < largest < math.inf else 1.0


def _dot(a: Any, b: Any) -> float:
    product = a * b
    return product if isinstance(product, float) else float(product.sum())


def _random_like(value: Any, random: Any) -> Any:
    """Random numbers between 0.5 and 1.5 in size, of both signs, in the shape of the value."""

    def one() -> float:
        return float(random.uniform(0.5, 1.5) * random.choice((-1.0, 1.0)))

    shape = getattr(value, "shape", ())
    if not shape:
        return one()
    import numpy as np

    return np.array([one() for _ in range(math.prod(shape))]).reshape(shape)
