"""Functions that call one another in a circle."""

from __future__ import annotations

from collections.abc import Mapping

from ..source import Source
from . import ast


def chain_to(defining: str | None, function: str, functions: Mapping[str, tuple[ast.Function, Source]]) -> list[str]:
    """The calls by which a function leads back to the one being defined; empty if it does not."""
    if defining is None:
        return []
    came_from: dict[str, str] = {function: ""}
    pending = [function]
    while pending:
        name = pending.pop()
        for called in sorted(called_by(functions[name][0])):
            if called == defining:
                chain = [called]
                while name:
                    chain.append(name)
                    name = came_from[name]
                return chain[::-1]
            if called not in came_from and called in functions:
                came_from[called] = name
                pending.append(called)
    return []


def called_by(function: ast.Function) -> set[str]:
    """The functions that a user's function calls."""
    work = [function.result, *(each.value for each in function.body)]
    called: set[str] = set()
    while work:
        for item in work.pop().items:
            if item.kind == "call":
                called.add(item.value[0])
            elif isinstance(item.value, ast.Comprehension):
                work.append(item.value.body)
    return called
