"""Calls as Python functions: a line of source for each, with the places of operands and results as local names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .calls import APPLY, COPY, OUTLINED, REPAIR, SELECT, WHOLE, Call, Value, root

PIECE = 400  # lines of one function: Python takes its time for long ones
# NumPy takes a third positional operand of these for something else.
NAMED_OUT = ("maximum", "minimum")
SELDOM = 64  # one row of so many
BITS = {1: np.int8, 4: np.int32, 8: np.int64}
PLACE = re.compile(r"\b([coudsb]\d+)(i?)\b")
CONSTANT = re.compile(r"\b[kf]\d+\b")


def written(
    calls: Sequence[Call], outputs: Sequence[Value], homes: Mapping[Value, str], slots: Sequence[str]
) -> list[Callable[[Sequence[Any]], None]]:
    """Functions of the list of all places that make the calls, in order; `slots` are the names of the places."""
    writer = Writer(homes)
    for call in calls:
        writer.add(call)
    for index, value in enumerate(outputs):
        if homes.get(value) != f"o{index}":
            writer.lines.append(f"copyto(o{index}, {writer.name(value)}, 'unsafe')")
    order = {name: index for index, name in enumerate(slots)}
    return [writer.function(writer.lines[start : start + PIECE], order) for start in range(0, len(writer.lines), PIECE)]


class Writer:
    """Lines of source, and what they name beside places."""

    def __init__(self, homes: Mapping[Value, str]) -> None:
        self.homes = homes
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {"copyto": np.copyto, "blend": blend, "repair": repair}
        self._constants: dict[Value, str] = {}

    def name(self, value: Value) -> str:
        """How a line says a value."""
        if value.constant is not None:
            name = self._constants.setdefault(value, f"k{len(self._constants)}")
            self.scope[name] = value.constant
            return name
        return self.homes[root(value)] + ("i" if value.type == WHOLE else "")

    def function_name(self, function: Callable[..., Any]) -> str:
        name = f"f{len(self.scope)}"
        self.scope[name] = function
        return name

    def add(self, call: Call) -> None:
        """The lines of a call."""
        out, operands = self.name(call.result), [self.name(each) for each in call.operands]
        if call.tied is not None and self.name(call.tied) != out:
            self.lines.append(f"copyto({out}, {self.name(call.tied)})")
        if call.function == SELECT:
            # Many conditions hold nowhere, which is seen much faster than it is done.
            mask, yes, _ = operands
            scratch = ", ".join(self.name(each) for each in call.scratch)
            self.lines.append(f"if {mask}[{mask}.argmax()]: blend({out}, {mask}, {yes}, {scratch})")
        elif call.function == REPAIR:
            assert call.detail is not None
            mask, function = operands[1], self.function_name(call.detail)
            rest = ", ".join(operands[2:])
            self.lines.append(f"if {mask}[{mask}.argmax()]: repair({out}, {mask}, {function}, {rest})")
        elif call.function == APPLY:
            assert call.detail is not None
            made = f"{self.function_name(call.detail)}({', '.join(operands)})"
            self.lines.append(f"copyto({out}, {made}, 'unsafe')")
        elif call.function == OUTLINED:
            assert call.detail is not None
            places = [*operands, out, *(self.name(each) for each in call.scratch)]
            self.lines.append(f"{self.function_name(call.detail)}([{', '.join(places)}])")
        elif call.function == COPY:
            self.lines.append(f"copyto({out}, {operands[0]}, 'unsafe')")
        else:
            self.scope[call.function] = getattr(np, call.function)
            last = f"out={out}" if call.function in NAMED_OUT else out
            self.lines.append(f"{call.function}({', '.join(operands)}, {last})")

    def function(self, lines: Sequence[str], order: Mapping[str, int]) -> Callable[[Sequence[Any]], None]:
        """Some lines as a function of the list of all places."""
        names = dict.fromkeys(match.groups() for line in lines for match in PLACE.finditer(line))
        head = [f"{name}{bits} = places[{order[name]}]{'.view(int64)' if bits else ''}" for name, bits in names]
        text = "\n ".join(["def piece(places):", *[each.replace("int64", "'int64'") for each in head], *lines])
        scope = dict(self.scope)
        exec(compile(text, "<blocks>", "exec"), scope)
        found: Callable[[Sequence[Any]], None] = scope["piece"]
        return found


def blend(result: Any, where: Any, choice: Any, mask: Any, changes: Any) -> None:
    """Puts a choice into the rows where a condition holds."""
    if np.count_nonzero(where) * SELDOM < len(where):
        np.copyto(result, choice, where=where)
        return
    # NumPy's own ways of choosing jump at each row, which takes ten times as long where nobody can tell the way.
    bits = BITS[result.itemsize]
    result, choice, mask, changes = (each.view(bits) for each in (result, choice, mask, changes))
    np.copyto(mask, where)
    np.negative(mask, mask)
    np.bitwise_xor(result, choice, changes)
    np.bitwise_and(changes, mask, changes)
    np.bitwise_xor(result, changes, result)


def repair(result: Any, where: Any, function: Callable[..., Any], *operands: Any) -> None:
    """Puts what a function makes of the operands into the rows where a condition holds."""
    rows = where.nonzero()[0]
    result[rows] = function(*[each[rows] if each.ndim else each for each in operands])
