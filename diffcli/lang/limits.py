"""How much a file may ask for before it is refused."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bounds that keep a stranger's file from taking the machine; each has an option that raises it."""

    bytes: int = 64 * 1024 * 1024
    depth: int = 1_000_000
    elements: int = 50_000_000
    nodes: int = 5_000_000
    repeat: int = 1_000_000
    problems: int = 100


LIMITS = Limits()

# Which option raises which bound: messages and the command line read it.
OPTIONS = {
    "bytes": "--max-bytes",
    "depth": "--max-depth",
    "elements": "--max-elements",
    "nodes": "--max-nodes",
    "repeat": "--max-repeat",
}
