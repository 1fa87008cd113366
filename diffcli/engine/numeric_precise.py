"""Differences of values in 50 digits: they settle what differences of doubles leave open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from .graph import Node
from .numeric import held_at
from .run.precise import mp, run

# A step so small beside the point that its square is lost to doubles, and so large that the spare digits resolve it.
STEP = mp.mpf("1e-20")
SMALLEST = mp.mpf("1e-25")


class Slope(NamedTuple):
    """A derivative by one element, its estimated error, the slopes on the two sides, and whether they differ."""

    value: Any
    error: Any
    left: Any
    right: Any
    corner: bool

    @property
    def settled(self) -> bool:
        """Whether the differences have a limit."""
        return bool(mp.isfinite(self.value) and self.error <= mp.mpf("1e-10") * abs(self.value) + mp.mpf("1e-25"))


def slopes(
    ys: Sequence[Node],
    x: Node,
    values: Mapping[Node, Any],
    places: Sequence[int],
    barrier: Collection[Node] = frozenset(),
) -> list[Slope]:
    """The derivative of the sum of the targets by elements of the source; `values` are in 50 digits."""
    held = {node: values[node] for node in held_at(ys, x, barrier) if node in values}
    here = values[x]

    def total(point: Any) -> Any:
        found = run(ys, {**held, x: point})
        return sum((each for y in ys for each in elements(found[y])), mp.mpf(0))

    def along(place: int) -> Slope:
        at = elements(here)[place]
        step = abs(at) * STEP if at else SMALLEST

        def moved(distance: Any) -> Any:
            if not hasattr(here, "shape"):
                return total(at + distance)
            flat = here.ravel().copy()
            flat[place] = at + distance
            return total(flat.reshape(here.shape))

        middle = total(here)
        whole, half = (
            ((middle - moved(-distance)) / distance, (moved(distance) - middle) / distance)
            for distance in (step, step / 2)
        )
        value, before = (half[0] + half[1]) / 2, (whole[0] + whole[1]) / 2
        # On a smooth line the gap between the sides shrinks with the step; at a corner it stays.
        gap, size = abs(half[1] - half[0]), max(map(abs, half))
        least = mp.mpf("1e-15") * size + mp.mpf("1e-80") * abs(middle) / step
        corner = bool(gap > 0.75 * abs(whole[1] - whole[0]) and gap > least)
        better = value if corner else value + (value - before) / 3
        return Slope(better, abs(value - before), *half, corner)

    return [along(place) for place in places]


def elements(value: Any) -> list[Any]:
    """All elements in a row."""
    return list(value.ravel()) if hasattr(value, "shape") else [value]
