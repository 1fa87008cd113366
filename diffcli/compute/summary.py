"""The layers and variables of a file, with their shapes and numbers of parameters. Nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from ..diagnostic import DiagnosticError
from ..engine.shape import Shape, known
from ..lang.model import Leaf, Model
from ..results_summary import WIDTHS, LayerRow, Sizes, Summarized, SummaryResult, Totals, VariableRow
from .load import load
from .request import Request

TRAINED = "var"
VARIABLES = (TRAINED, "frozen")


def summarize(request: Request, kind: type[Summarized] = SummaryResult) -> Summarized:
    """The summary of a file; sizes that a letter stands for are open, unless `--at` gives their input a value."""
    try:
        model = load(request, defaults=False)
    except DiagnosticError:
        # Some files mean something only with the sizes of their default values; what is wrong is then told of those.
        model = load(request)
    owners = {each.name: layer.name for layer in model.layers for each in layer.variables}
    leaves = [leaf for leaf in model.leaves.values() if leaf.kind in VARIABLES]
    variables = tuple(_variable(leaf, owners.get(leaf.name)) for leaf in leaves)
    return kind(
        request.source.name,
        _title(request.source.name),
        model.dtype,
        _layers(model, leaves, variables),
        variables,
        _totals(variables, WIDTHS[model.dtype]),
    )


def _title(name: str) -> str:
    """The name of the file without folders and suffix; what has no file keeps its name."""
    return name if name.startswith("<") else PurePath(name).stem


def _variable(leaf: Leaf, layer: str | None) -> VariableRow:
    return VariableRow(leaf.name, _sizes(leaf.node.shape), leaf.kind == TRAINED, _count(leaf.node.shape), layer)


def _layers(model: Model, leaves: Iterable[Leaf], variables: Iterable[VariableRow]) -> tuple[LayerRow, ...]:
    """Layers, and variables outside them, in the order of the file."""
    rows = {row.name: row for row in variables}
    found = []
    for layer in model.layers:
        own = [rows[each.name] for each in layer.variables]
        place = layer.variables[0].node.order if own else layer.output.order
        trainable = all(row.trainable for row in own) if own else None
        names = tuple(row.name for row in own)
        shape = _sizes(layer.output.shape)
        found.append((place, LayerRow(layer.name, layer.kind, shape, _sum(own), trainable, names)))
    for leaf in leaves:
        row = rows[leaf.name]
        if row.layer is None:
            made = LayerRow(row.name, leaf.kind, row.shape, row.parameters, row.trainable, (row.name,))
            found.append((leaf.node.order, made))
    return tuple(row for _, row in sorted(found, key=lambda each: each[0]))


def _totals(variables: Iterable[VariableRow], width: int) -> Totals:
    rows = list(variables)
    total = _sum(rows)
    trained = _sum(row for row in rows if row.trainable)
    frozen = _sum(row for row in rows if not row.trainable)
    return Totals(total, trained, frozen, None if total is None else total * width)


def _sum(rows: Iterable[VariableRow]) -> int | None:
    """The number of parameters, None as soon as one is not known."""
    counts = [row.parameters for row in rows]
    return None if None in counts else sum(count for count in counts if count is not None)


def _count(shape: Shape) -> int | None:
    sizes = known(shape)
    if sizes is None:
        return None
    total = 1
    for size in sizes:
        total *= size
    return total


def _sizes(shape: Shape) -> Sizes:
    return tuple(size if isinstance(size, int) else None for size in shape)
