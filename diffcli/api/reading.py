"""Reading a file: its names, and its meaning where that needs no further values."""

from __future__ import annotations

from collections.abc import Sequence

from ..compute import Request
from ..compute.load import load
from ..diagnostic import Diagnostic, DiagnosticError
from ..engine import op as operators
from ..lang.ast import Declaration
from ..lang.parse import flat
from ..lang.resolve import resolve
from .building import BUILDING, File
from .errors import readable
from .operators import own_among, own_named

# Codes before this one are of syntax and names, which no value mends.
WRONG_SHAPES = "E04"


def file_of(request: Request) -> File:
    """The file, read: with a model, or without where its meaning depends on the shapes of values still to come."""
    with BUILDING, readable():
        try:
            model = load(request)
        except DiagnosticError as error:
            found = without_model(request, error.diagnostics)
            if found is None:
                raise
            return found
    names = [leaf.name for leaf in model.leaves.values() if leaf.kind != "const"]
    constants = tuple(leaf.name for leaf in model.leaves.values() if leaf.kind == "const")
    return File(request, model, tuple(names), constants, own_among(model.graph.tables), {})


def without_model(request: Request, problems: Sequence[Diagnostic]) -> File | None:
    """A file that values of other shapes may give a meaning; None for one that no value mends."""
    from ..compute.rowdata.inputs import modules_of  # brings NumPy, which programs of scalars do without

    modules = modules_of(request)
    resolution = resolve(modules, operators)
    declared = [each for one in modules for each in flat(one.statements) if isinstance(each, Declaration)]
    inputs = [each.name for each in declared if each.kind == "input" and each.value is None and open_shape(each)]
    implicit = [each.name for each in resolution.implicit_inputs]
    said = any(each.code < WRONG_SHAPES or each in resolution.diagnostics for each in problems)
    if said or not (inputs or implicit):
        return None
    names = [*implicit, *(each.name for each in declared if each.kind != "const")]
    constants = tuple(each.name for each in declared if each.kind == "const")
    return File(request, None, tuple(dict.fromkeys(names)), constants, own_named(request.source.text), {})


def open_shape(declaration: Declaration) -> bool:
    """Whether the shape of a declared name is that of its value."""
    sizes = declaration.shape
    return sizes is None or any(isinstance(size, str) for size in sizes)
