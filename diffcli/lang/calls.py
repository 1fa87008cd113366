"""Whether a call fits its function: how many arguments, and which names they may have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..diagnostic import closest
from ..source import Source
from . import ast
from .lexer import CLOSES, normal

_WORDS = {None: "none", True: "true", False: "false"}
_NAME_BEFORE_SIGN = re.compile(r"([^\W\d]\w*)\s*[=＝][\s(（]*$")


class Slot(NamedTuple):
    """A parameter as calls see it; `shown` is how the usage line writes it."""

    name: str
    required: bool
    variadic: bool
    shown: str


class Signature(NamedTuple):
    """A function's name and parameters."""

    name: str
    slots: tuple[Slot, ...]

    @property
    def usage(self) -> str:
        """The call as a user would write it."""
        return f"{self.name}({', '.join(slot.shown for slot in self.slots)})"


class Misfit(NamedTuple):
    """Why a call does not fit; `keyword` when a named argument is to blame."""

    code: str
    message: str
    help: str | None
    keyword: str | None = None


def signature_of(name: str, parameters: Sequence[Any]) -> Signature:
    """The signature of an operator, from its record in the registry."""
    return Signature(name, tuple(_slot(each) for each in parameters))


def _slot(parameter: Any) -> Slot:
    # The registry marks a parameter without default by a sentinel, which no default can be equal to.
    default = parameter.default
    required = isinstance(default, tuple) and default == ("required",)
    if parameter.variadic:
        return Slot(parameter.name, False, True, f"{parameter.name}…")
    if required:
        return Slot(parameter.name, True, False, parameter.name)
    shown = (
        _WORDS[default]
        if default is None or isinstance(default, bool)
        else f"{default:g}"
        if isinstance(default, (int, float))
        else str(default)
    )
    return Slot(parameter.name, False, False, f"{parameter.name}={shown}")


def user_signature(function: ast.Function, source: Source) -> Signature:
    """The signature of a user's function."""
    return Signature(
        function.name,
        tuple(
            Slot(
                each.name,
                each.default is None,
                False,
                each.name
                if each.default is None
                else f"{each.name}={source.text[each.default.start : each.default.end]}",
            )
            for each in function.parameters
        ),
    )


def check_call(signature: Signature, positional: int, keywords: Sequence[str]) -> list[Misfit]:
    """Every reason why a call does not fit, none if it does."""
    problems: list[Misfit] = []
    slots = signature.slots
    places = next((place for place, slot in enumerate(slots) if slot.variadic), len(slots))
    if positional > places == len(slots):
        count = "no argument" if not places else f"{places} argument{'s' if places > 1 else ''}"
        takes = f"takes {'at most ' if any(not slot.required for slot in slots) else ''}{count}, not {positional}"
        problems.append(Misfit("E0401", f"`{signature.name}` {takes}", signature.usage))
    filled = {slot.name for slot in slots[: min(positional, places)]}
    names = [slot.name for slot in slots if not slot.variadic]
    for keyword in keywords:
        if keyword not in names:
            meant = closest(keyword, [name for name in names if name not in filled])
            help = f"did you mean `{meant}`?" if meant else signature.usage
            problems.append(Misfit("E0403", f"`{signature.name}` has no argument `{keyword}`", help, keyword))
            if meant:
                filled.add(meant)
        elif keyword in filled:
            if keyword in [slot.name for slot in slots[: min(positional, places)]]:
                problems.append(
                    Misfit(
                        "E0407",
                        f"the argument `{keyword}` is given twice, by its place and by its name",
                        signature.usage,
                        keyword,
                    )
                )
        else:
            filled.add(keyword)
    missing = list(dict.fromkeys(slot.name for slot in slots if slot.required and slot.name not in filled))
    if missing:
        listed = " and ".join(filter(None, [", ".join(f"`{name}`" for name in missing[:-1]), f"`{missing[-1]}`"]))
        problems.append(
            Misfit(
                "E0402",
                f"`{signature.name}` needs the argument{'s' if len(missing) > 1 else ''} {listed}",
                signature.usage,
            )
        )
    return problems


def function_span(source: Source, item: ast.Item) -> tuple[int, int]:
    """Where the name of the called function stands; the whole operation where that has no name, as `a + b`."""
    text, start, end = source.text, item.start, item.start
    while end < item.end and text[end] not in "(（" and text[end] not in CLOSES:
        end += 1
    word = text[start:end].rstrip()
    return (start, start + len(word)) if word and end < item.end else (item.start, item.end)


def keyword_span(source: Source, item: ast.Item, value: ast.Item, keyword: str) -> tuple[int, int]:
    """Where the name of a named argument stands: just before its value."""
    begin = max(item.start, value.start - 200)
    found = _NAME_BEFORE_SIGN.search(source.text[begin : value.start])
    if found and normal(found[1]) == keyword:
        return begin + found.start(1), begin + found.end(1)
    return function_span(source, item)
