"""How many steps are taken at a time where nobody wants to see them."""

from __future__ import annotations

from time import perf_counter

# As many as take about so many seconds, and at the most so many.
SECONDS, MOST = 0.1, 4096


class Pace:
    """How many steps are taken before the next look at anything else: as many as take a moment. A context of such steps."""

    def __init__(self) -> None:
        self.steps = 1
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(self, *_: object) -> None:
        fast = perf_counter() - self._began < SECONDS
        self.steps = min(MOST, 2 * self.steps) if fast else max(1, self.steps // 2)
