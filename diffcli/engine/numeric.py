"""Derivatives from differences of values: the one numeric differentiation, used by every check and by `--mode numeric`."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from .graph import Node, ancestors
from .program import Program, program
from .run import runner, scalar_program

STEPS, SHRINK, ROWS = 14, 1.6, 5
# Relative errors: with the first no other start is tried, with the second none between those tried.
SURE, FAIR = 1e-11, 1e-9


class Moving(NamedTuple):
    """A weighted sum of targets as a function of one source alone: everything else is computed once and held.

    Stopped nodes and those of the barrier are held at their values too, as they are in differentiation.
    """

    steps: Program
    targets: Sequence[Node]
    weights: Sequence[Any]
    source: Node
    held: Mapping[Node, Any]
    strict: bool
    run: Callable[[Program, Mapping[Node, Any], str, bool], Mapping[Node, Any]]

    def at(self, point: Any) -> float:
        """The sum where the source has another value."""
        found = self.run(self.steps, {**self.held, self.source: point}, "float64", self.strict)
        return sum(
            (
                dot(found[target] * 1.0, 1.0 if weight is None else weight)
                for target, weight in zip(self.targets, self.weights, strict=True)
            ),
            0.0,
        )


def held_at(ys: Sequence[Node], x: Node, barrier: Collection[Node]) -> list[Node]:
    """What stands still when a source moves: what does not depend on it, and what a gradient does not flow past."""
    depending: set[Node] = {x}
    still = []
    for node in ancestors(ys):
        if node is x:
            continue
        stopped = node.op.role == "stop" or node in barrier
        if not stopped and any(parent in depending for parent in node.inputs):
            depending.add(node)
        else:
            still.append(node)
    return still


def moving(
    ys: Sequence[Node],
    x: Node,
    values: Mapping[Node, Any],
    weights: Sequence[Any],
    barrier: Collection[Node] = frozenset(),
    strict: bool = False,
) -> Moving:
    """The targets as a function of one source; `values` are those of all nodes at the point."""
    held = {node: values[node] for node in held_at(ys, x, barrier) if node in values}
    steps = program(ys, {*held, x})
    scalar = scalar_program(steps) and all(isinstance(each, (int, float)) for each in [*held.values(), values[x]])
    return Moving(steps, ys, weights, x, held, strict, runner(scalar))


def numeric(line: Moving, value: Any, places: Sequence[int] | None = None) -> tuple[list[float], list[float]]:
    """The derivative by each element of the source (or those at the given places), and the estimated errors."""
    count = 1 if isinstance(value, (int, float)) else value.size
    found = [
        central(along(line, value, place), size_at(value, place))
        for place in (range(count) if places is None else places)
    ]
    return [slope for slope, _ in found], [error for _, error in found]


def along(line: Moving, value: Any, place: int) -> Callable[[float], float]:
    """The targets as a function of a step of one element."""
    if isinstance(value, (int, float)):
        return lambda step: line.at(value + step)
    flat = value.ravel()

    def moved(step: float) -> float:
        there = flat.copy()
        there[place] += step
        return line.at(there.reshape(value.shape))

    return moved


def size_at(value: Any, place: int) -> float:
    """The size of one element; 1 at 0."""
    return size_of(float(value) if isinstance(value, (int, float)) else float(value.ravel()[place]))


def central(line: Callable[[float], float], size: float = 1.0) -> tuple[float, float]:
    """The derivative of a function of one step at step 0, and an estimate of its error; NaN if it is nowhere finite.

    `size` is the size of the point, one of the scales that the steps start from. The scale on which the function
    changes is not known, so steps start from several and the estimate with the least error is kept.
    """
    best, smallest = math.nan, math.inf
    for powers, enough in ((range(1, 14, 2), SURE), (range(2, 11, 2), FAIR)):
        fractions = [10.0**-power for power in powers]
        for start in dict.fromkeys([*(fraction * size for fraction in fractions), *fractions]):
            if smallest <= enough * abs(best):
                return best, smallest
            found, error = ridders(line, start, size)
            if error < smallest:
                best, smallest = found, error
    for start in (10.0 * size, 10.0, 1e3 * size, 1e3):
        # Steps beyond the point may jump over anything: what they find only sharpens what was found before.
        found, error = ridders(line, start, size)
        if best and error < 0.01 * smallest and abs(found - best) <= 20.0 * smallest:
            best, smallest = found, error
    return best, smallest


def ridders(line: Callable[[float], float], step: float, size: float) -> tuple[float, float]:
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
        # What rounding leaves in the difference, of the values and of the point: no extrapolation can be better.
        noise = 4e-16 * (abs(ahead) + abs(behind)) / step + 2e-16 * size / step * abs(row[0])
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


def sharp(line: Callable[[float], float], size: float = 1.0) -> tuple[float, float] | None:
    """The slopes of a corner that is one at every scale; a function that merely bends fast is none."""
    found = [corner(line, fraction * size) for fraction in (1.0, 1e-2, 1e-4)]
    sides = [each for each in found if each is not None]
    if len(sides) < len(found):
        return None
    near = sides[-1]
    slack = 0.01 * abs(near[1] - near[0])
    alike = all(abs(each[side] - near[side]) <= slack for each in sides for side in (0, 1))
    return near if alike else None


def size_of(value: Any) -> float:
    """The size of the largest element; 1 where there is none of a use."""
    largest = abs(value) if isinstance(value, float) else float(abs(value).max(initial=0.0))
    return largest if 0.0 < largest < math.inf else 1.0


def dot(a: Any, b: Any) -> float:
    """The sum of the products of the elements."""
    product = a * b
    return float(product.sum()) if hasattr(product, "sum") else float(product)
