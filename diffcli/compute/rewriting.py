"""Which remedies fit a graph that went bad, and what they write instead."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from ..engine.graph import Node, ancestors
from ..engine.program import TRANSPARENT
from ..engine.shape import OperandError
from .matching import Match, Pattern, match, pattern, through
from .remedies import REMEDIES, Remedy


class Found(NamedTuple):
    """A remedy that fits a node: what to write there, and what the form covers."""

    remedy: Remedy
    node: Node
    instead: Node
    found: Match


@cache
def forms() -> tuple[tuple[Remedy, Pattern], ...]:
    """The remedies with their patterns, built on first use."""
    return tuple((remedy, pattern(remedy.form, remedy.places, (3,) if remedy.vector else ())) for remedy in REMEDIES)


def remedies_of(node: Node, status: str) -> list[Found]:
    """What could be written instead of the node when a gradient is nan, inf, none or zero; the most special one first."""
    fitting = []
    for remedy, form in forms():
        if status not in remedy.cures or (found := match(form, node)) is None:
            continue
        if found.statics and (not remedy.reduces or len(found.statics) > 2):
            continue
        try:
            instead = remedy.instead(*found.places, *found.statics[:2])
        except (OperandError, TypeError):
            continue
        if isinstance(instead, Node) and instead.shape == node.shape:
            fitting.append(Found(remedy, node, instead, found))
    return fitting


def rewrites(bad: Sequence[Node], y: Node, status: str) -> list[Found]:
    """The remedies whose form covers a node that went bad, the one that covers most first."""
    found: list[Found] = []
    for node in ancestors([y]):
        if node.inputs and node.op.role not in TRANSPARENT:
            found += [
                each for each in remedies_of(node, status) if any(through(one) in each.found.covered for one in bad)
            ]
    return sorted(found, key=lambda each: (not each.remedy.equal, -len(each.found.covered)))
