"""The line on a terminal that says how far long work is, and is taken away again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.render.width import pad, width

if TYPE_CHECKING:
    from collections.abc import Callable

    from diffcli.cli.env import Environment

# Seconds before the line is shown, and between two looks of it.
PATIENCE, EVERY = 1.0, 0.25


class ProgressLine:
    """A line on standard error, shown where a person looks at it and did not ask for quiet."""

    def __init__(self, environment: Environment, quiet: bool) -> None:
        self.environment = environment
        self.started = self.told = environment.clock()
        self.watched = not quiet and environment.is_terminal(environment.stderr)
        self.line = ""

    def tell(self, text: Callable[[float], str]) -> None:
        """Show what the text says after so many seconds; not at once, and not too often."""
        if not self.watched:
            return
        now = self.environment.clock()
        if now - self.started < PATIENCE or now - self.told < EVERY:
            return
        self.told = now
        # Written over in one go: a line that is taken away first would flicker.
        line = text(now - self.started)
        self.environment.report("\r" * bool(self.line) + pad(line, width(self.line)))
        self.line = line

    def clear(self) -> None:
        """Take the line away."""
        if self.line:
            self.environment.report(f"\r{' ' * width(self.line)}\r")
            self.line = ""
