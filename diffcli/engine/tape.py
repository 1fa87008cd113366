"""What a tape watches and records.

Two rule sets. Without a tape every named node may be a source, as in tf.gradients. With a tape the sources are what it
watched and what was computed from that inside it, as in tf.GradientTape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .graph import Node, ancestors


class Place(NamedTuple):
    """Where a named node was computed: its turn in the file, the tapes open then, and whether they were paused."""

    turn: int
    blocks: tuple[int, ...]
    paused: bool


@dataclass(slots=True)
class Record:
    """What the tapes of a file saw, in the order of the file; without `keeping` it has none, and no place matters."""

    keeping: bool = True
    places: dict[Node, Place] = field(default_factory=dict)
    manual: list[bool] = field(default_factory=list)
    watched: list[dict[Node, int]] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    paused: int = 0
    turn: int = 0

    def enter(self, manual: bool) -> None:
        """Opens a tape; a manual one watches nothing by itself."""
        self.open.append(len(self.manual))
        self.manual.append(manual)
        self.watched.append({})

    def leave(self) -> None:
        """Closes the innermost tape."""
        self.open.pop()

    def watch(self, node: Node) -> None:
        """The innermost tape watches the node from here on."""
        self.turn += 1
        self.watched[self.open[-1]].setdefault(node, self.turn)

    def place(self, node: Node) -> None:
        """Notes that the node is computed here."""
        if not self.keeping:
            return
        self.turn += 1
        self.places[node] = Place(self.turn, tuple(self.open), self.paused > 0)

    @property
    def used(self) -> bool:
        """Whether the file has a tape at all: then the tape's rules are in force."""
        return bool(self.manual)

    def block_of(self, ys: Iterable[Node]) -> int | None:
        """The innermost tape in which all targets were computed."""
        common: set[int] | None = None
        for y in ys:
            place = self.places.get(y)
            if place is None and not y.inputs:
                continue
            blocks = set(place.blocks) if place is not None else set()
            common = blocks if common is None else common & blocks
        return max(common) if common else None


def _named_inputs(node: Node) -> list[Node]:
    """The declared and named nodes that a named node was computed from directly."""

    def border(each: Node) -> bool:
        return each is not node and each.op.role in ("alias", "leaf")

    return [each for each in ancestors([node], stop=border) if border(each)]


def tracked(record: Record, block: int) -> dict[Node, int]:
    """What a tape can differentiate with respect to: node -> the turn from which on it was watched or recorded."""
    live: dict[Node, int] = dict(record.watched[block])
    for node, place in record.places.items():
        if block not in place.blocks:
            continue
        for each in _named_inputs(node):
            if each.op.role == "leaf" and each.attributes[1] == "var" and not record.manual[block] and not place.paused:
                live.setdefault(each, 0)
        if not place.paused and any(live.get(each, place.turn) < place.turn for each in _named_inputs(node)):
            live.setdefault(node, place.turn)
    return live


def barriers(
    ys: Sequence[Node], xs: Sequence[Node], stop: Collection[Node] = frozenset()
) -> list[tuple[frozenset[Node], list[int]]]:
    """What gradients do not flow past, with the positions of the sources it holds for.

    Under a tape it depends on the source: what was computed before a source was watched is a constant for it.
    """
    record = ys[0].graph.record if ys else None
    if record is None or not record.used:
        return [(frozenset(stop), list(range(len(xs))))]
    block = record.block_of(ys)
    live = tracked(record, block) if block is not None else {}
    groups: dict[frozenset[Node], list[int]] = {}
    for index, x in enumerate(xs):
        if block is None or x not in live:
            # Nothing leads to what was not watched; only a target is its own source all the same.
            barrier = frozenset(ancestors(ys))
        else:
            since = record.watched[block].get(x, 0)
            unrecorded = (
                node
                for node in ancestors(ys)
                if node.op.role == "alias" and not _recorded(record, block, live, node, since)
            )
            barrier = frozenset([*stop, *unrecorded])
        groups.setdefault(barrier, []).append(index)
    return list(groups.items())


def unrecorded(ys: Sequence[Node]) -> frozenset[Node]:
    """The named nodes that the tape of the targets did not record, so that nothing flows past them to any source."""
    record = ys[0].graph.record if ys else None
    block = record.block_of(ys) if record is not None and record.used else None
    if record is None or block is None:
        return frozenset()
    live = tracked(record, block)
    return frozenset(
        node for node in ancestors(ys) if node.op.role == "alias" and not _recorded(record, block, live, node, 0)
    )


def _recorded(record: Record, block: int, live: dict[Node, int], node: Node, since: int) -> bool:
    """Whether the tape recorded how the node was computed, at that turn or later."""
    place = record.places.get(node)
    return place is not None and block in place.blocks and not place.paused and node in live and place.turn >= since
