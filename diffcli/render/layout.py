"""How wide the columns of a table are in a terminal that may be too narrow for it."""

from __future__ import annotations

from diffcli.render.width import width

PROSE = 20
FRAME = 3


def natural(column: list[str]) -> int:
    """The width of the longest line of a column."""
    return max((width(line) for text in column for line in text.split("\n")), default=0)


def least(column: list[str]) -> int:
    """The width below which a word or a number would be broken, or prose become a ribbon."""
    longest = max((width(word) for text in column for word in text.split()), default=0)
    return max(longest, min(natural(column), PROSE)) if any(text.count(" ") > 2 for text in column) else longest


def fit(columns: list[list[str]], prose: list[bool], room: int | None) -> list[int] | None:
    """The widths of the columns, frame not counted, or None if they cannot stand side by side without breaking a number.

    prose says which columns are words: they wrap before numbers do.
    """
    wanted = [natural(column) for column in columns]
    if room is None:
        return wanted
    room -= FRAME * len(columns) + 1
    if sum(wanted) <= room:
        return wanted
    widths = [least(column) for column in columns]
    left = room - sum(widths)
    if left < 0:
        return None
    # Columns that need little get all of it, so that only the longest ones wrap.
    order = sorted(range(len(columns)), key=lambda index: (prose[index], wanted[index] - widths[index]))
    for rank, index in enumerate(order):
        share = min(wanted[index] - widths[index], left // (len(order) - rank) if prose[index] else left)
        widths[index] += share
        left -= share
    return widths
