"""What a batch tells on standard error: how far it is, and at the end what became of the files."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from diffcli.results_batch import SlowRow, TallyResult, TallyRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffcli.cli.env import Environment

# Seconds before progress is shown, and between two looks of it; how many files are called slow.
PATIENCE, EVERY, SLOWEST = 1.0, 0.25, 5
# Outcomes that have a column of their own, by the code of their diagnostic.
OWN = {"timeout": "stopped", "killed": "died", "died": "died"}


class Progress:
    """A line on the terminal that is taken away again, as `120 of 1,000 files, 240 a second, 4 s left`."""

    def __init__(self, environment: Environment, count: int, quiet: bool) -> None:
        self.environment, self.count, self.done = environment, count, 0
        self.started = self.told = environment.clock()
        self.watched = not quiet and environment.is_terminal(environment.stderr)
        self.line = ""

    def show(self) -> None:
        """Show how far it is, after a while and not too often."""
        if not self.watched:
            return
        now = self.environment.clock()
        if now - self.started < PATIENCE or now - self.told < EVERY:
            return
        self.told = now
        self.clear()
        rate = self.done / (now - self.started)
        self.line = f"{self.done:,} of {self.count:,} files"
        if self.done:
            self.line += f", {rate:,.{0 if rate >= 10 else 1}f} a second, {(self.count - self.done) / rate:,.0f} s left"
        self.environment.report(self.line)

    def clear(self) -> None:
        """Take the line away."""
        if self.line:
            self.environment.report(f"\r{' ' * len(self.line)}\r")
            self.line = ""


class Tally:
    """What became of the files so far."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.slowest: list[SlowRow] = []

    def add(self, code: int, statuses: Iterable[str], kinds: Iterable[str], kept: bool = False) -> None:
        """Count a file by its exit code, the statuses in it and the codes of its diagnostics."""
        found = {"none", "nan", "inf"} & set(statuses)
        own = {OWN[kind] for kind in kinds if kind in OWN}
        verdict = own or ({"failed"} if code == 1 else {"refused"} if code else set() if found else {"ok"})
        self.counts.update(["files", *found, *verdict, *(["kept"] if kept else [])])

    def time(self, file: str, seconds: float) -> None:
        """Remember a file that took long."""
        self.slowest = sorted([*self.slowest, SlowRow(file, round(seconds, 3))], key=lambda row: -row.seconds)[:SLOWEST]

    def result(self) -> TallyResult:
        """The summary."""
        return TallyResult((TallyRow(**self.counts),), tuple(self.slowest))
