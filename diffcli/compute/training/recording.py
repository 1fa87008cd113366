"""The history of a run: what it was before each step that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..values import shortest_single
from .events import Event, StepDone

# Variables and gradients are kept as long as they have no more numbers than this in all.
LARGEST = 100
# Without a wish, at most so many steps are kept.
USUAL = 1000


class Recorder:
    """An observer that keeps every so many steps: the loss, and small variables with their gradients."""

    def __init__(self, every: int, dtype: str, size: int, shown: bool = False, thinning: bool = False) -> None:
        self.every = every
        self.thinning = thinning  # every second step goes when there are too many
        self.dtype = dtype
        self.small = size <= LARGEST
        self.shown = shown
        self.turns: list[dict[str, Any]] = []

    def wants(self, step: int) -> bool:
        """Every so many steps, from the first on."""
        return self.every > 0 and step % self.every == 0

    def observe(self, event: Event) -> None:
        """Keeps a step."""
        if isinstance(event, StepDone) and self.wants(event.step):
            turn: dict[str, Any] = {"step": event.step, "loss": self._number(event.loss)}
            if (self.small or self.shown) and event.variables is not None:
                assert event.gradients is not None and event.applied is not None
                turn["variables"] = self.plain(event.variables)
                turn["gradients"] = self.plain(event.gradients)
                turn["applied"] = self.plain(event.applied)
                if self.shown:
                    turn["shown"] = True
            self.turns.append(turn)
            if self.thinning and len(self.turns) > USUAL:
                self.turns = self.turns[::2]
                self.every *= 2

    def ended(self, step: int, loss: float, variables: Mapping[str, Any]) -> None:
        """Keeps the state after the last step."""
        turn: dict[str, Any] = {"step": step, "loss": self._number(loss)}
        if self.small or self.shown:
            turn["variables"] = self.plain(variables)
        self.turns.append(turn)

    def close(self) -> None:
        """There is nothing to let go of."""

    def plain(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values as numbers and nested lists."""
        return {name: self._plain(value) for name, value in values.items()}

    def _plain(self, value: Any) -> Any:
        listed = value.tolist() if hasattr(value, "tolist") else value
        return [self._plain(each) for each in listed] if isinstance(listed, list) else self._number(float(listed))

    def _number(self, value: float) -> float:
        return shortest_single(value) if self.dtype == "float32" else value


def usual_stride(total: int | None) -> int:
    """How many steps lie between two that are kept, when the user does not say."""
    return 1 if total is None else max(1, -(-total // USUAL))
