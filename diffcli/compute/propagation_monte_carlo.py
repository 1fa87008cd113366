"""Monte Carlo: the distribution of the targets from random draws of the sources (JCGM 101).

Draws are taken in order from one stream and computed row by row, so that blocks change no number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, isfinite, prod, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine.graph import Node
from ..engine.shape import known
from ..results_propagate import Coverage, Drawn
from ..results_rounding import tolerance
from ..source import Span
from .propagation_sources import Point
from .question import Question, guarded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

# Numbers of a block of draws, and the fewest rows that one has.
BLOCK, FEWEST = 1 << 20, 1024
# Batches that tell how far the ends of an interval are off for want of draws.
BATCHES = 10
Told = Callable[[int, int], object]


class Draws(NamedTuple):
    """How often and from which seed to draw, and which interval to take: symmetric or shortest."""

    number: int
    seed: int = 0
    interval: str = "symmetric"
    block: int | None = None


def drawn(question: Question, point: Point, draws: Draws, tell: Told) -> list[Array]:
    """What the draws come to for each element of the targets: all that is kept of them."""
    import numpy as np

    from ..engine.run.rows import compile_rows

    model, ys = question.model, question.ys
    xs = [leaf.node for leaf in point.sources]
    program = guarded(question, lambda: compile_rows(ys, xs, model.dtype, model.graph.strict))
    fixed = {node: value for node, value in point.feeds.items() if node not in set(xs)}
    sizes = [prod(known(y.shape) or ()) for y in ys]
    most = question.request.limits.elements
    if draws.number * sum(sizes) > most:
        message = (
            f"{draws.number:,} draws of {sum(sizes):,} results are more numbers than the {most:,} that are kept at most"
        )
        span = model.span(ys[0]) or Span(model.source, 0, 0)
        raise DiagnosticError(Diagnostic("E0703", message, span, help="raise it with --max-elements"))
    kept = [np.empty((size, draws.number)) for size in sizes]
    generator = np.random.Generator(np.random.PCG64(draws.seed))
    width = max(len(point.columns), len(point.values), sum(sizes))
    block = draws.block or max(FEWEST, BLOCK // max(width, 1))
    for start in range(0, draws.number, block):
        rows = min(block, draws.number - start)
        normal = generator.standard_normal((rows, len(point.columns)))
        found = program.run(columns_of(point, normal, xs), fixed)
        for place, value in zip(kept, found, strict=True):
            place[:, start : start + rows] = np.reshape(value, (rows, -1)).T
        tell(start + rows, draws.number)
    return [row for part in kept for row in part]


def columns_of(point: Point, normal: Array, xs: Sequence[Node]) -> list[Array]:
    """The sources in each row. One product at a time, in one order: a matrix product may round by the size of a block."""
    import numpy as np

    rows = len(normal)
    elements = [np.full(rows, value) for value in point.values]
    for turn, column in enumerate(point.columns):
        for place, length in column:
            elements[place] += length * normal[:, turn]
    found = []
    for x, start in zip(xs, point.starts, strict=True):
        sizes = [int(size) for size in known(x.shape) or ()]
        here = elements[start : start + prod(sizes)]
        found.append(np.stack(here, axis=1).reshape(rows, *sizes) if sizes else here[0])
    return found


def summed_up(
    values: Array, coverage: Coverage, interval: str, result: tuple[float, float | None], digits: int
) -> Drawn:
    """Mean, deviation and interval of the draws of one target, which it sorts, and whether they validate its result.

    As JCGM 101, 8.1: both ends of the linear interval agree with those that were drawn, to the digits stated. None where
    the ends are not known well enough by so many draws: their standard errors should be a fifth of the tolerance (8.2).
    """
    import numpy as np

    right = np.isfinite(values)
    finite = values if right.all() else values[right]
    undefined = len(values) - len(finite)
    if len(finite) < 2:
        return Drawn(None, None, None, None, None, undefined, None, None, False)
    errors = errors_of(finite, coverage.level, interval)
    finite.sort()
    mean = float(np.mean(finite))
    deviation = float(np.std(finite, ddof=1))
    ends = ends_of(finite, coverage.level, interval)
    low, high = (float(finite[end]) for end in ends)
    value, uncertainty = result
    allowed = tolerance(uncertainty, digits) if uncertainty is not None else None
    differences, validated = None, None
    if uncertainty is not None and isfinite(value):
        reach = coverage.factor * uncertainty
        differences = (abs(value - reach - low), abs(value + reach - high))
        if allowed is None:
            validated = deviation == 0
        else:
            close = max(differences) <= allowed
            certain = max(errors) <= allowed / 5 or max(differences) > allowed + 3 * max(errors)
            validated = close and not undefined if certain else None
    return Drawn(
        mean,
        deviation / sqrt(len(finite)),
        deviation,
        (low, high),
        errors,
        undefined,
        allowed,
        differences,
        validated,
    )


def ends_of(ordered: Array, level: float, interval: str) -> tuple[int, int]:
    """The places of the ends of the interval that has this part of the draws (JCGM 101, 7.7)."""
    import numpy as np

    count = len(ordered)
    inside = min(max(floor(level * count + 0.5), 1), count - 1)
    if interval == "symmetric":
        first = floor((count - inside) / 2 + 0.5)
        return min(first, count - 1 - inside), min(first, count - 1 - inside) + inside
    first = int(np.argmin(ordered[inside:] - ordered[: count - inside]))
    return first, first + inside


def errors_of(values: Array, level: float, interval: str) -> tuple[float, float]:
    """The standard errors of the ends: how they scatter from one batch of draws to the next (JCGM 101, 7.9.4)."""
    import numpy as np

    ends = []
    for part in np.array_split(values, min(BATCHES, len(values) // 2)):
        ordered = np.sort(part)
        ends.append([ordered[place] for place in ends_of(ordered, level, interval)])
    low, high = np.std(ends, axis=0, ddof=1 if len(ends) > 1 else 0) / sqrt(len(ends))
    return float(low), float(high)
