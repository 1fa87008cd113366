"""A layered layout: every arrow points down, rows are ordered so that few arrows cross."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Key = tuple[int, ...]
GAP_ACROSS, GAP_DOWN = 28.0, 54.0
SWEEPS = 12
MOST_PLACES = 20_000


class Layout(NamedTuple):
    """Centres of the nodes, the points that each arrow passes, and the size of it all."""

    centres: dict[int, tuple[float, float]]
    routes: dict[tuple[int, int], list[tuple[float, float]]]
    width: float
    height: float


def layout(sizes: Mapping[int, tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Layout:
    """The places of boxes of these sizes; the boxes come in topological order."""
    layers = layered(list(sizes), edges)
    rows: list[list[Key]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node, layer in layers.items():
        rows[layer].append((node,))
    up: dict[Key, list[Key]] = {}
    down: dict[Key, list[Key]] = {}
    chains: dict[tuple[int, int], list[Key]] = {}
    # In a very large graph an arrow has a place in the first and the last of them alone, or the picture would take minutes.
    detailed = sum(layers[end] - layers[start] for start, end in edges) <= MOST_PLACES
    for start, end in edges:
        # An arrow over several rows passes through a place of its own in each, so that it meets no box.
        between = range(layers[start] + 1, layers[end])
        middle: list[Key] = [
            (start, end, layer) for layer in (between if detailed else sorted({*between[:1], *between[-1:]}))
        ]
        for key in middle:
            rows[key[2]].append(key)
        chain: list[Key] = [(start,), *middle, (end,)]
        chains[start, end] = chain
        for above, below in pairwise(chain):
            down.setdefault(above, []).append(below)
            up.setdefault(below, []).append(above)
    ordered(rows, up, down)
    widths = {key: sizes[key[0]][0] if len(key) == 1 else 12.0 for row in rows for key in row}
    across = spread(rows, widths, up, down)
    heights = [max((sizes[key[0]][1] for key in row if len(key) == 1), default=0.0) for row in rows]
    tops = [sum(heights[:layer]) + GAP_DOWN * layer for layer in range(len(rows))]
    centre = {key: (across[key], tops[layer] + heights[layer] / 2) for layer, row in enumerate(rows) for key in row}
    width = max((across[key] + widths[key] / 2 for key in across), default=0.0)
    height = tops[-1] + heights[-1] if rows else 0.0
    centres = {key[0]: place for key, place in centre.items() if len(key) == 1}
    return Layout(centres, {pair: [centre[key] for key in chain] for pair, chain in chains.items()}, width, height)


def layered(nodes: Sequence[int], edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The row of each node: below all its operands; what has no operands stands right above its first use."""
    layers = dict.fromkeys(nodes, 0)
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for start, end in edges:
        before.setdefault(end, []).append(start)
        after.setdefault(start, []).append(end)
    for node in nodes:
        layers[node] = 1 + max((layers[each] for each in before.get(node, ())), default=-1)
    for node in nodes:
        if node not in before and node in after:
            layers[node] = min(layers[each] for each in after[node]) - 1
    return layers


def ordered(rows: list[list[Key]], up: Mapping[Key, list[Key]], down: Mapping[Key, list[Key]]) -> None:
    """Sorts each row by the middle of its neighbours, downwards and upwards in turn."""
    place: dict[Key, float] = {}
    for row in rows:
        numbered(row, place)
    for turn in range(SWEEPS):
        near = up if turn % 2 == 0 else down
        for row in rows if turn % 2 == 0 else reversed(rows):
            weights = {
                key: sum(place[each] for each in near[key]) / len(near[key]) if near.get(key) else place[key]
                for key in row
            }
            row.sort(key=weights.__getitem__)
            numbered(row, place)


def numbered(row: list[Key], place: dict[Key, float]) -> None:
    """Notes where in its row each place stands, from 0 to 1."""
    place.update((key, index / max(1, len(row) - 1)) for index, key in enumerate(row))


def spread(
    rows: list[list[Key]], widths: Mapping[Key, float], up: Mapping[Key, list[Key]], down: Mapping[Key, list[Key]]
) -> dict[Key, float]:
    """The centre of each place across: near its neighbours, and no two on top of each other."""
    across: dict[Key, float] = {}
    for row in rows:
        edge = 0.0
        for key in row:
            across[key] = edge + widths[key] / 2
            edge += widths[key] + GAP_ACROSS
    for turn in range(SWEEPS):
        near = up if turn % 2 else down
        for row in reversed(rows) if turn % 2 == 0 else rows:
            settle(row, widths, across, near)
    least = min((across[key] - widths[key] / 2 for key in across), default=0.0)
    return {key: place - least for key, place in across.items()}


def settle(
    row: list[Key], widths: Mapping[Key, float], across: dict[Key, float], near: Mapping[Key, list[Key]]
) -> None:
    """Moves the places of a row to the middle of their neighbours, as far as those beside them allow."""
    wish = {
        key: sum(across[each] for each in near[key]) / len(near[key]) if near.get(key) else across[key] for key in row
    }
    # Packed from the left and from the right; the middle of both keeps the distances.
    left: list[float] = []
    for index, key in enumerate(row):
        least = left[-1] + (widths[row[index - 1]] + widths[key]) / 2 + GAP_ACROSS if left else wish[key]
        left.append(max(wish[key], least))
    right: list[float] = []
    for index, key in reversed(list(enumerate(row))):
        most = right[-1] - (widths[row[index + 1]] + widths[key]) / 2 - GAP_ACROSS if right else wish[key]
        right.append(min(wish[key], most))
    for key, one, other in zip(row, left, reversed(right), strict=True):
        across[key] = (one + other) / 2
