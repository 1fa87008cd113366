"""A problem as data: what is wrong, where, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .source import Span


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that belongs to a problem, with a word on why."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A problem that a user can act on; `codes.CODES[code]` has its explanation and exit code."""

    code: str
    message: str
    span: Span | None = None
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    severity: str = "error"

    def as_dict(self) -> dict[str, Any]:
        """The problem as it stands in JSON documents."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": self.span.source.name if self.span else None,
            "at": self.span.position().as_dict() if self.span else None,
            "related": [
                {"file": label.span.source.name, "at": label.span.position().as_dict(), "message": label.text}
                for label in self.secondary
            ],
            "notes": list(self.notes),
            "help": self.help,
        }


class DiagnosticError(Exception):
    """Raised when a file cannot be used; carries every problem that was found."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(f"{each.code} {each.message}" for each in diagnostics))
        self.diagnostics = diagnostics


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that the word was surely meant to be, or None.

    Case does not count, a swap of two neighbours counts as one slip. Up to a third of the letters may differ,
    one at least; a tie between two candidates is no answer.
    """
    folded = word.casefold()
    limit = max(1, len(folded) // 3)
    best: list[str] = []
    least = limit + 1
    for candidate in candidates:
        other = candidate.casefold()
        if abs(len(other) - len(folded)) > limit or candidate == word or max(len(other), len(folded)) < 2:
            continue
        distance = _slips(folded, other, limit)
        # With two letters a single slip leaves one in common: that is a guess, unless the letters are only swapped.
        if distance and max(len(folded), len(other)) < 3 and sorted(folded) != sorted(other):
            continue
        if distance < least:
            least, best = distance, [candidate]
        elif distance == least and distance <= limit and candidate not in best:
            best.append(candidate)
    if len(best) > 1:
        best = (
            [each for each in best if folded.startswith(each.casefold())]
            or [each for each in best if each[:1].casefold() == folded[:1]]
            or best
        )
    return best[0] if len(best) == 1 else None


def _slips(word: str, other: str, limit: int) -> int:
    """How many letters were added, dropped, replaced or swapped; anything above the limit counts as limit + 1."""
    before: Sequence[int] = ()
    row: Sequence[int] = range(len(other) + 1)
    for i, letter in enumerate(word, 1):
        current = [i]
        for j, against in enumerate(other, 1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, row = row, current
    return min(row[-1], limit + 1)
