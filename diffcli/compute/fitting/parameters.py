"""The parameters of a fit: elements of variables, with their starts, bounds and those that are held fixed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import product
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data import FormatError
from ...diagnostic import Diagnostic, DiagnosticError, closest
from ...engine.graph import Node, ancestors
from ...lang.model import Leaf, Model
from ...source import Span
from .. import choose
from ..load import in_option, name_of, values_of
from ..rowdata.inputs import listed
from ..rowdata.plan import follows
from ..values import feeds_of
from .data import Data, evaluator, sizes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..request import Request

    Array = NDArray[np.float64]


class Parameter(NamedTuple):
    """A number that is fitted or held fixed: a variable, or an element of one at a place."""

    name: str
    node: Node
    place: tuple[int, ...]
    start: float
    lower: float = -inf
    upper: float = inf
    fixed: bool = False


class Parameters(NamedTuple):
    """All parameters in the order of the file."""

    all: tuple[Parameter, ...]

    @property
    def free(self) -> tuple[Parameter, ...]:
        """Those that are fitted."""
        return tuple(each for each in self.all if not each.fixed)

    @property
    def nodes(self) -> list[Node]:
        """The variables that have a free element."""
        return list(dict.fromkeys(each.node for each in self.free))

    def arrays(self, free: Iterable[Any], number: Callable[[Any], Any] = float) -> dict[Node, Any]:
        """The values of the variables for those of the free parameters; `number` makes them of another kind than doubles."""
        numbers = iter(free)
        found: dict[Node, Any] = {}
        for each in self.all:
            value = number(each.start if each.fixed else next(numbers))
            if not each.place:
                found[each.node] = value
                continue
            if each.node not in found:
                found[each.node] = np.zeros(sizes_of(each.node), np.float64 if number is float else object)
            found[each.node][each.place] = value
        return found


def parameters_of(
    data: Data,
    request: Request,
    targets: Collection[Node],
    fix: Sequence[str],
    bounds: Sequence[tuple[str, tuple[str, str]]],
) -> Parameters:
    """The variables of a file (or what --wrt names) element by element, and the frozen ones that the targets need, as fixed."""
    model = data.model
    chosen = _chosen(model, request)
    needed = set(ancestors(targets))
    shown = [
        each
        for each in model.leaves.values()
        if each.node in chosen or (each.kind in ("var", "frozen") and each.node in needed and each.node not in data.fed)
    ]
    starts, limits = _starts(data, shown), _limits(data, shown)
    given = {name_of(name): ends for name, ends in bounds}
    held = {name_of(name) for name in fix}
    found = []
    for each in shown:
        for place in product(*map(range, sizes_of(each.node))):
            name = f"{each.name}[{', '.join(map(str, place))}]" if place else each.name
            low, high = (float(limit[place] if np.ndim(limit) else limit) for limit in limits[each.node])
            if name in given or each.name in given:
                low, high = _ends(model, given.get(name) or given[each.name])
            if not low < high:
                raise FormatError(f"the bounds of `{name}` are {low} and {high}", "the first has to be the smaller one")
            fixed = each.node not in chosen or name in held or each.name in held
            start = float(starts[each.node][place])
            found.append(Parameter(name, each.node, place, start, low, high, fixed))
    names = [each.name for each in found] + [each.name for each in shown]
    for option, asked in (("--fix", held), ("--bounds", given)):
        for name in asked:
            if name not in names:
                near = closest(name, names)
                raise FormatError(
                    f"{option}: there is no parameter `{name}`",
                    f"did you mean {near}?" if near else f"the parameters are {listed(each.name for each in shown)}",
                )
    made = Parameters(tuple(found))
    if not made.free:
        raise FormatError("nothing is left to fit", "declare a variable (var b = 1), or fix fewer parameters")
    return made


def _chosen(model: Model, request: Request) -> set[Node]:
    """The variables that are fitted."""
    if request.wrt is None:
        found = {each.node for each in model.leaves.values() if each.kind == "var"}
        if not found:
            raise DiagnosticError(
                Diagnostic(
                    "E0605",
                    "there is nothing to fit",
                    Span(model.source, 0, 0),
                    help="declare the parameters with their starts (var b = 1), or name them with --wrt",
                )
            )
        return found
    by_node = {each.node: each for each in model.leaves.values()}
    for name, node in choose.sources_of(model, request):
        if node not in by_node:
            hint = "a fit changes declared names"
            raise DiagnosticError(
                Diagnostic("E0307", f"`{name}` is computed, not declared", in_option("--wrt", name), help=hint)
            )
    return {node for _, node in choose.sources_of(model, request)}


def _starts(data: Data, leaves: Sequence[Leaf]) -> dict[Node, Array]:
    """The values of the variables in the file; those that are computed from the data are computed from all of it."""
    model = data.model
    by_node = {each.node: each for each in model.leaves.values()}
    lacking = [each for each in leaves if each.value is None]
    if lacking:
        raise DiagnosticError(
            *(
                Diagnostic(
                    "E0801",
                    f"`{each.name}` has no value to start from",
                    Span(*each.place),
                    help=f"write var {each.name} = 1, or give it with --at {each.name}=1",
                )
                for each in lacking
            )
        )
    feeds, _ = feeds_of(model, [each.node for each in leaves])
    found = {}
    for each in leaves:
        assert each.value is not None
        value = feeds.get(each.node)
        if each.kind != "const" and data.fed and follows(each.value, by_node, data.fed):
            if data.rows is not None:
                hint = "start from a number"
                message = f"the start of `{each.name}` depends on what differs from row to row"
                raise DiagnosticError(Diagnostic("E0801", message, Span(*each.place), help=hint))
            value = evaluator(data, [each.value], [])({})[0]
        found[each.node] = np.broadcast_to(np.asarray(value, np.float64), sizes_of(each.node))
        if not np.isfinite(found[each.node]).all():
            raise DiagnosticError(Diagnostic("E0801", f"`{each.name}` starts at {value}", Span(*each.place)))
    return found


def _limits(data: Data, leaves: Sequence[Leaf]) -> Mapping[Node, tuple[Any, Any]]:
    """The declared bounds of the variables."""
    found: dict[Node, tuple[Any, Any]] = {}
    for each in leaves:
        found[each.node] = (-inf, inf)
        if each.bounds is not None:
            low, high = evaluator(data._replace(rows=None), list(each.bounds), [])({})
            found[each.node] = low, high
    return found


def _ends(model: Model, ends: tuple[str, str]) -> tuple[float, float]:
    """The two ends of --bounds NAME=A..B, each left out for none."""
    from ...engine.run import execute

    found = []
    for text, missing in zip(ends, (-inf, inf), strict=True):
        if not text:
            found.append(missing)
            continue
        node = values_of("--bounds", [("bound", text)], model)["bound"]
        found.append(float(execute([node], {})[node]))
    return found[0], found[1]
