"""Conditions on the numbers of a run, such as `loss < 1e-6 and step > 10`, in the language of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ...diagnostic import Diagnostic, DiagnosticError
from ...engine.graph import Node
from ...engine.shape import known
from ...source import Source, Span
from ..load import load, name_of
from ..request import Request
from .settings import refused, unknown

# `val_loss` and the like come from validation, `step` and `epoch` from the run.
COUNTS = ("step", "epoch")


class Condition(NamedTuple):
    """A condition: the names that it reads, and whether it holds for their values."""

    text: str
    names: tuple[str, ...]
    holds: Callable[[Mapping[str, float]], bool]


def condition(option: str, text: str) -> Condition:
    """The condition that an option states; DiagnosticError says what is wrong with it."""
    from ...engine.run.point import compile_point

    model = load(Request(Source(option, text)))
    target = model.names.get("out")
    if not isinstance(target, Node) or target.kind != "bool" or known(target.shape) != ():
        place = Span(model.source, 0, len(text))
        raise DiagnosticError(
            Diagnostic("E0402", f"{option} needs a condition that is true or false", place, help="loss < 1e-6")
        )
    names = tuple(model.leaves)
    point = compile_point([target], [each.node for each in model.leaves.values()])
    return Condition(text, names, lambda values: bool(point(*(float(values[name]) for name in names))[0]))


def demand_known(option: str, names: Iterable[str], known_names: Iterable[str]) -> None:
    """Refuses a name that no run of this kind has."""
    known_names = list(dict.fromkeys(known_names))
    for name in names:
        if name_of(name) not in known_names:
            if name.startswith("val_") and name.removeprefix("val_") in known_names:
                hint = "--validation-split 0.2 or --validation-data FILE validates"
                raise refused(option, name, f"there is no `{name}` without validation", hint)
            raise unknown(option, name, f"a run has no number `{name}`", known_names)
