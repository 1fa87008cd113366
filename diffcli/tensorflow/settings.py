"""Whose numbers are given where TensorFlow's are a known defect, and whether operations are carried out at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .graph_mode import Graph


class Settings:
    """The state of a program: one for the process."""

    __slots__ = ("default_graph", "eager", "epoch", "graphs", "read_at_once", "strict")

    def __init__(self) -> None:
        self.strict = False
        self.eager = True
        self.epoch = 0  # how often a recording began or ended
        self.graphs: list[Graph] = []
        self.default_graph: Graph | None = None
        self.read_at_once = False  # whether an operation on a variable was carried out


SETTINGS = Settings()


def strict(on: bool = True) -> None:
    """Gives TensorFlow's numbers everywhere, also where they are a known defect: NaN for the branch of `where` that was
    not taken, for the second derivative of x**1 at 0, for the gradient of a norm at 0.

    Without it such places have the mathematical value. Takes effect for tapes and graphs that are made after it.
    """
    SETTINGS.strict = bool(on)
