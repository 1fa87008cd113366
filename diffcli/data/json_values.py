"""What a line of JSON holds, read without losing anything: no key, no sign of zero, no size of a number."""

from __future__ import annotations

import json
from typing import Any

from .lines import Lines
from .numeric import number_of
from .records import DataError, Field, Settings


def fields_of(lines: Lines, file: str, wanted: set[str], settings: Settings) -> tuple[Field, ...]:
    """The keys of the first rows, with the kinds of their values."""
    kinds: dict[str, set[str]] = {}
    for row in range(len(lines)):
        found, _ = decoded(lines.row(row))
        for key, value in found.items() if isinstance(found, dict) else ():
            kinds.setdefault(key, set()).add(_kind(value))
    if not kinds:
        if not len(lines):
            raise DataError("the file is empty: a JSON object per line is wanted", file)
        _, problem = decoded(lines.row(0))
        offset, message = problem or (0, "an object without keys")
        raise DataError(message, file, lines.line_of(0), offset + 1)
    fields = []
    for name, seen in kinds.items():
        kind = settings.types.get(name) or _common(seen - {"null"})
        if name in wanted and not kind.startswith("list"):
            kind = "float"
        fields.append(Field(name, kind))
    return tuple(fields)


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return f"list({len(value)})" if value and all(_kind(each) in ("int", "float") for each in value) else "other"
    names = {bool: "bool", int: "int", float: "float", str: "text", type(None): "null"}
    kind = names.get(type(value), "other")
    return "float" if kind == "int" and not -(2**63) <= value < 2**63 else kind


def _common(seen: set[str]) -> str:
    """The one kind that holds all values."""
    if len(seen) <= 1:
        return next(iter(seen), "text")
    if seen == {"int", "float"}:
        return "float"
    return "list" if all(kind.startswith("list") for kind in seen) else "other"


class _Repeated(ValueError):
    """A key that stands twice in an object."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return found


def _integer(text: str) -> Any:
    return -0.0 if text == "-0" else int(text) if len(text) < 4000 else text


def _float(text: str) -> float | str:
    value = number_of(text)
    return text if isinstance(value, str) else value


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_int=_integer, parse_float=_float)


def decoded(row: bytes) -> tuple[Any, tuple[int, str] | None]:
    """The object in a line; or None, the place and what is wrong. Numbers too large for a float stay texts."""
    text = row.decode("utf-8", "replace")
    try:
        found = _DECODER.decode(text)
    except _Repeated as error:
        return None, (0, f"the key {error} stands there twice")
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        return None, (len(text[: error.pos].encode()), f"is no JSON: {what}")
    except RecursionError:
        return None, (0, "is nested too deeply")
    if not isinstance(found, dict):
        return None, (0, "is no JSON object")
    return found, None


def value_text(raw: bytes) -> bytes:
    """The text of the JSON value that some bytes start with."""
    text = raw.decode("utf-8", "replace")
    _, end = json.JSONDecoder().raw_decode(text)
    return text[:end].encode()
