"""The names of the parts of tf.keras, for what is said of those that there are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..spaces import SPACES, found


def listed(part: str, names: Mapping[str, Any]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Enters the names of a part; what comes back is its `__getattr__`, which says of other names that they are lacking,
    and its `__dir__`."""
    SPACES[part] = dict(names)
    return (lambda name: found(part, name)), (lambda: sorted(names))


def public(names: Mapping[str, Any], module: str) -> dict[str, Any]:
    """What a module itself states for its users."""
    return {
        name: value
        for name, value in names.items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module
    }


def chosen(given: Any, known: Mapping[str, Any], what: str) -> Any:
    """What a name stands for in a table; functions and objects stand for themselves."""
    if isinstance(given, str):
        if given not in known:
            from difflib import get_close_matches

            near = get_close_matches(given, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"Could not interpret {what} identifier: {given}{hint}")
        return known[given]
    if not callable(given):
        raise ValueError(f"Could not interpret {what} identifier: {given!r}")
    return given
