"""Colours for the columns, rows or vertices of a pattern: what has one colour is computed in one sweep.

Column colouring: Coleman and Moré, Estimation of sparse Jacobian matrices and graph coloring problems, SIAM J. Numer.
Anal. 20 (1983); rows likewise, as Coleman and Verma, SIAM J. Sci. Comput. 19 (1998), have it for reverse mode. Star
colouring: Gebremedhin, Tarafdar, Manne and Pothen, New acyclic and star coloring algorithms with application to
computing Hessians, SIAM J. Sci. Comput. 29 (2007). All are greedy, in the order of the file and from the largest degree
down; the better one is kept. The colours in use are bits of one whole number, so that the time grows with the entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .pattern import Pattern, listed, transposed


class Colouring(NamedTuple):
    """The colour of each column, row or vertex, -1 for those without entries, and the number of colours."""

    colours: Any
    number: int


class Clash(Exception):
    """A colouring from which some entry cannot be read."""


def columns(pattern: Pattern) -> Colouring:
    """Colours of the columns such that no row has two entries of one colour."""
    lengths = np.bincount(pattern.places, minlength=pattern.columns)
    used = np.flatnonzero(lengths)
    fewest = int(pattern.lengths.max(initial=0))
    if fewest == len(used):
        colours = np.full(pattern.columns, -1)
        colours[used] = np.arange(fewest)
        return Colouring(colours, fewest)
    members = list(listed(transposed(pattern)))
    best = greedy(pattern.rows, members, used.tolist())
    if best.number > fewest:
        other = greedy(pattern.rows, members, descending(lengths, used))
        best = min(best, other, key=lambda each: each.number)
    return best


def rows(pattern: Pattern) -> Colouring:
    """Colours of the rows such that no column has two entries of one colour."""
    return columns(transposed(pattern))


def descending(lengths: Any, used: Any) -> list[int]:
    """The largest degree first, equals in their order."""
    order: list[int] = used[np.argsort(-lengths[used], kind="stable")].tolist()
    return order


def greedy(count: int, members: Sequence[Sequence[int]], order: Sequence[int]) -> Colouring:
    """Each in its turn gets the first colour that nothing it meets has: those meet that share one of `count` members."""
    taken = [0] * count
    colours = [-1] * len(members)
    most = 0
    for each in order:
        forbidden = 0
        for member in members[each]:
            forbidden |= taken[member]
        bit = ~forbidden & (forbidden + 1)
        for member in members[each]:
            taken[member] |= bit
        colours[each] = bit.bit_length() - 1
        most = max(most, bit.bit_length())
    return Colouring(np.array(colours, np.int64), most)


def star(pattern: Pattern) -> Colouring:
    """Colours of the vertices of a symmetric pattern: neighbours differ, and every path of four vertices has three colours.

    Each entry of a symmetric matrix then stands alone in the column of one of its two colours.
    """
    neighbours = [[w for w in row if w != v] for v, row in enumerate(listed(pattern))]
    degrees = pattern.lengths
    used = np.flatnonzero(degrees)
    best = stars(neighbours, used.tolist())
    other = stars(neighbours, descending(degrees, used))
    return min(best, other, key=lambda each: each.number)


def stars(neighbours: Sequence[Sequence[int]], order: Sequence[int]) -> Colouring:
    """A greedy star colouring: two colours induce stars alone, and each star is kept with its hub."""
    size = len(neighbours)
    bits = [0] * size  # the colour of each vertex as a bit; 0 as long as it has none
    near = [0] * size  # the colours of its neighbours
    hubs = [0] * size  # the colours of those neighbours that are the hub of the star the edge belongs to
    star_of: list[dict[int, int]] = [{} for _ in range(size)]  # by the neighbour's colour
    ends: list[tuple[int, int]] = []  # the first edge of each star
    hub: list[int] = []  # -1 as long as it has one edge

    def crown(which: int, centre: int, spoke: int) -> None:
        """The star gets a spoke, and with the first one its hub."""
        if hub[which] < 0:
            hub[which] = centre
            first = ends[which][0] if ends[which][1] == centre else ends[which][1]
            hubs[first] |= bits[centre]
        hubs[spoke] |= bits[centre]

    for v in order:
        coloured = [w for w in neighbours[v] if bits[w]]
        bits[v] = allowed(coloured, bits, near, hubs)
        for w in coloured:
            known = star_of[w].get(bits[v])
            if known is None:
                own = star_of[v].get(bits[w])
                if own is None:
                    own = len(hub)
                    hub.append(-1)
                    ends.append((v, w))
                else:
                    crown(own, v, w)
                star_of[v][bits[w]] = star_of[w][bits[v]] = own
            else:
                crown(known, w, v)
                star_of[v][bits[w]] = known
            near[w] |= bits[v]
            near[v] |= bits[w]
    colours = np.array([bit.bit_length() - 1 for bit in bits], np.int64)
    return Colouring(colours, int(colours.max(initial=-1)) + 1)


def allowed(coloured: Sequence[int], bits: Sequence[int], near: Sequence[int], hubs: Sequence[int]) -> int:
    """The first colour, as a bit, that leaves stars only: not a neighbour's, nor one that would close a path of four."""
    forbidden = 0
    first: dict[int, int] = {}
    for w in coloured:
        forbidden |= bits[w]
        other = first.setdefault(bits[w], w)
        forbidden |= hubs[w] if other == w else near[w] | near[other]
    return ~forbidden & (forbidden + 1)


def direct(pattern: Pattern, colours: Any) -> Any:
    """For each entry (i, j) the colour c such that element i of the product for colour c is that entry.

    Raises Clash where a row has two entries of one colour.
    """
    found = colours[pattern.places]
    if (found < 0).any() or not alone(pattern, found).all():
        raise Clash("a row has two entries of one colour")
    return found


def alone(pattern: Pattern, found: Any) -> Any:
    """Whether each entry is the only one of its colour in its row."""
    count = int(found.max(initial=0)) + 1
    keys = pattern.row_numbers * count + found
    _, where, times = np.unique(keys, return_inverse=True, return_counts=True)
    return times[where] == 1


def mirrored(pattern: Pattern, colours: Any) -> tuple[Any, Any]:
    """For each entry of a symmetric matrix the row and the colour to read it at: its own, or those of its mirror image.

    Raises Clash where neither stands alone.
    """
    at, places = pattern.row_numbers, pattern.places
    if (colours[places] < 0).any():
        raise Clash("a vertex has no colour")
    own = alone(pattern, colours[places])
    # In a symmetric pattern the mirror image of each entry, found by sorting by columns first.
    image = np.empty(len(places), np.int64)
    image[np.lexsort((at, places))] = np.arange(len(places))
    if not (own | own[image]).all():
        raise Clash("neither an entry nor its mirror image stands alone in its row")
    return np.where(own, at, places), np.where(own, colours[places], colours[at])
