"""The line that shows how a training run goes while it runs: how far it is, the loss and its curve, what is left."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from diffcli.cli.progress import ProgressLine
from diffcli.compute.training.events import EpochDone, StepDone
from diffcli.render.curves.sparkline import sparkline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from diffcli.cli.env import Environment
    from diffcli.compute.training.events import Event

ORDER = ("bar", "epoch", "step", "loss", "curve", "validation", "rate", "left")
BY_IMPORTANCE = ("loss", "step", "left", "epoch", "curve", "bar", "rate", "validation")
GAP = "  "
USUAL = 80  # the width, where a terminal does not say it
NARROW, WIDE = 6, 24  # cells of the bar and of the curve
# What a part usually needs; one that once needed more keeps it, so that nothing behind it jumps to and fro.
ROOM = {"loss": 14, "validation": 18, "rate": 13, "left": 10}
POINTS = 256  # of the curve that are kept at least, when it is thinned out


class LiveDisplay(ProgressLine):
    """Shows a run on a terminal after a second; `steps` and `epochs` are how many there will be, where that is known."""

    def __init__(
        self, environment: Environment, quiet: bool, steps: int | None = None, epochs: int | None = None
    ) -> None:
        super().__init__(environment, quiet)
        self.steps, self.epochs = steps, epochs
        self.unicode = draws_unicode(environment.variables)
        self.losses = Losses()
        # The first step that was seen, which is not 0 where a run goes on from a checkpoint, and when that was.
        self.first, self.began = 0, self.started
        self.done = self.epoch = 0
        self.validation: float | None = None
        self.room = dict(ROOM)

    def wants(self, step: int) -> bool:
        """Gradients and variables are not shown."""
        return False

    def observe(self, event: Event) -> None:
        """Take note of what happened, and show it where it is time to."""
        if not self.watched:
            return
        if isinstance(event, StepDone):
            if not self.losses.count:
                self.first, self.began = event.step, self.environment.clock()
            self.done = event.step + 1
            self.losses.add(event.loss)
        elif isinstance(event, EpochDone):
            self.epoch = event.epoch + 1
            self.validation = event.logs.get("val_loss", self.validation)
            if self.epochs and self.steps is None:
                self.steps = event.step // self.epoch * self.epochs
        if self.losses.count:
            self.tell(self._text)

    def close(self) -> None:
        """Take the line away."""
        self.clear()

    def _text(self, seconds: float) -> str:
        """The line after so many seconds, as wide as the terminal allows."""
        running = seconds - (self.began - self.started)
        rate = (self.done - self.first - 1) / running if running > 0 else 0.0
        total = f"{self.steps:,}" if self.steps else ""
        parts = {
            "step": f"{self.done:>{len(total)},}/{total}" if total else f"{self.done:,} steps",
            "loss": f"loss {self.losses.last:.4g}",
        }
        if self.epochs:
            parts["epoch"] = f"epoch {min(self.epoch + 1, self.epochs)}/{self.epochs}"
        if self.validation is not None:
            parts["validation"] = f"val_loss {self.validation:.4g}"
        if rate:
            parts["rate"] = f"{rate:,.{0 if rate >= 9.995 else 2}f} steps/s"
        if rate and self.steps:
            parts["left"] = f"{duration(max(0, self.steps - self.done) / rate)} left"
        for name, text in parts.items():
            self.room[name] = max(self.room.get(name, 0), len(text))
            parts[name] = text.ljust(self.room[name])
        return self._fitted(parts)

    def _fitted(self, parts: dict[str, str]) -> str:
        """The parts that there is room for, with a bar and the curve of the loss in what they leave."""
        least = {name: len(text) for name, text in parts.items()} | {"curve": NARROW}
        if self.steps:
            least["bar"] = NARROW
        # A column stays free, for some terminals go on to the next line after the last one.
        free = (self.environment.width(self.environment.stderr) or USUAL) - 1 + len(GAP)
        taken = set()
        for name in BY_IMPORTANCE:
            if name in least and least[name] + len(GAP) <= free:
                taken.add(name)
                free -= least[name] + len(GAP)
        if "bar" in taken and self.steps:
            more = min(WIDE - NARROW, free // 2)
            parts["bar"] = self._bar(self.done / self.steps, NARROW + more)
            free -= more
        if "curve" in taken:
            cells = min(WIDE, NARROW + free)
            parts["curve"] = sparkline(self.losses.means, cells, self.unicode).ljust(cells)
        return GAP.join(parts[name] for name in ORDER if name in taken).rstrip()

    def _bar(self, share: float, cells: int) -> str:
        """How much is done, as a bar."""
        done, rest = "█░" if self.unicode else "#-"
        full = min(int(share * cells), cells)
        return done * full + rest * (cells - full)


class Losses:
    """The losses of a run of any length: neighbours are averaged once there are more than can be shown."""

    def __init__(self) -> None:
        self.means: list[float] = []
        self.last = 0.0
        self.count = 0
        self._each, self._sum, self._summed = 1, 0.0, 0

    def add(self, loss: float) -> None:
        """Take the loss of the next step."""
        self.last = loss
        self.count += 1
        self._sum += loss
        self._summed += 1
        if self._summed < self._each:
            return
        self.means.append(self._sum / self._each)
        self._sum, self._summed = 0.0, 0
        if len(self.means) == 2 * POINTS:
            self.means = [(a + b) / 2 for a, b in zip(self.means[::2], self.means[1::2], strict=True)]
            self._each *= 2


def duration(seconds: float) -> str:
    """Seconds as a person says them: `8 s`, `2:05`, `1:02:05`."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def draws_unicode(variables: Mapping[str, str]) -> bool:
    """Whether the terminal shows letters beyond ASCII, by its locale."""
    locale = variables.get("LC_ALL") or variables.get("LC_CTYPE") or variables.get("LANG") or ""
    return os.name != "posix" or "utf" in locale.lower()
