"""Where the parts of a job begin in its files, so that a worker reads its own part and not all rows before it."""

from __future__ import annotations

from ...data import DataError, Mark
from . import parts as in_parts
from .opening import Opened


class Starts:
    """The files, read over once and only as far as is asked: a text tells where a row begins in no other way."""

    def __init__(self, run: Opened) -> None:
        self._marks, self._parts = run.reader.marks(), len(run.reader.parts)
        self._here: Mark | None = None
        self._next = self._following()

    def before(self, row: int) -> Mark | None:
        """The last place before a row at which one can begin to read; rows are asked for in their order."""
        while self._next is not None and self._next.first + self._next.rows <= row:
            self._here, self._next = self._next, self._following()
        return self._here

    def ended(self, row: int) -> bool:
        """Whether it is known that there are no rows from one on."""
        here = self.before(row)
        return here is not None and here.part == self._parts

    def _following(self) -> Mark | None:
        try:
            return next(self._marks, None)
        except DataError:
            return None  # who reads on from the mark before it finds the same, and tells it in its turn


def range_of(run: Opened) -> tuple[int, int | None]:
    """The first part, and the last one where the files tell how many rows there are."""
    start, stop = run.job.rows
    counted = all(hasattr(part, "count") for part in run.reader.parts)
    ends = [sum(part.count() for part in run.reader.parts)] if counted else []
    ends += [] if stop is None else [stop]
    first = start // in_parts.PART
    return first, max(first, (min(ends) - 1) // in_parts.PART) if ends else None
