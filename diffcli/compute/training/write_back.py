"""The file with the trained values in the place of those that it started from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...lang.ast import Declaration
from ...lang.model import Model
from ...lang.write import number
from ..edits import Change, applied, statements_of

# A tensor of more numbers is not written into a text.
LARGEST = 1000


def written_back(model: Model, values: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The text of the file with these values (numbers and nested lists), and the names that no place in it takes."""
    changes: list[Change] = []
    left = dict(values)
    for statement in statements_of(model):
        if isinstance(statement, Declaration) and statement.name in left and statement.value is not None:
            text = spelled(left[statement.name])
            if text is not None:
                del left[statement.name]
                changes.append((statement.value.start, statement.value.end, text))
    return applied(model.source.text, changes), list(left)


def spelled(value: Any) -> str | None:
    """A number or nested lists as the language writes them; None when they are many or not finite."""
    numbers: list[float] = []
    text = _spelled(value, numbers)
    finite = all(each - each == 0 for each in numbers)
    return text if finite and len(numbers) <= LARGEST else None


def _spelled(value: Any, numbers: list[float]) -> str:
    if isinstance(value, Sequence):
        return f"[{', '.join(_spelled(each, numbers) for each in value)}]"
    numbers.append(value)
    return number(value)
