"""What a batch tells on standard error: how far it is, and at the end what became of the files."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from diffcli.cli.progress import ProgressLine
from diffcli.results_batch import SlowRow, TallyResult, TallyRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffcli.cli.env import Environment

SLOWEST = 5  # so many files are called slow
# Outcomes that have a column of their own, by the code of their diagnostic.
OWN = {"timeout": "stopped", "killed": "died", "died": "died"}


class Progress(ProgressLine):
    """How far a batch is, as `120 of 1,000 files, 240 a second, 4 s left`."""

    def __init__(self, environment: Environment, count: int, quiet: bool) -> None:
        super().__init__(environment, quiet)
        self.count, self.done = count, 0

    def show(self) -> None:
        """Show it."""
        self.tell(self._text)

    def _text(self, seconds: float) -> str:
        rate = self.done / seconds
        line = f"{self.done:,} of {self.count:,} files"
        if self.done:
            line += f", {rate:,.{0 if rate >= 10 else 1}f} a second, {(self.count - self.done) / rate:,.0f} s left"
        return line


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
