"""Nodes of a model over all the data: per row where inputs differ from row to row, else as they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data import FormatError
from ...diagnostic import DiagnosticError
from ...engine.graph import Node, ancestors
from ...engine.op import leaf
from ...engine.shape import known
from ...lang.model import Model
from ..rowdata.inputs import listed
from ..rowdata.plan import absent, followed
from ..tables import DataTable
from ..values import demand, feeds_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# From so many rows on a compiled loop is worth its compilation.
MANY_ROWS = 20_000


class Data(NamedTuple):
    """What feeds a model beside its parameters.

    columns: inputs that differ from row to row, of shape (rows, *shape) · whole: inputs as they are · rows: None where the data does
    not come row by row
    """

    model: Model
    columns: Mapping[Node, Array]
    whole: Mapping[Node, Array]
    rows: int | None
    table: DataTable | None = None

    @property
    def fed(self) -> set[Node]:
        """All inputs that the data feeds."""
        return {*self.columns, *self.whole}


def data_of(model: Model, table: DataTable | None) -> Data:
    """The data for a model that was loaded with the sizes of the table."""
    columns: dict[Node, Array] = {}
    whole: dict[Node, Array] = {}
    for each in table.inputs if table is not None else ():
        (whole if each.batched else columns)[model.leaves[each.name].node] = each.values
    if columns and whole:
        names = {node: each.name for each in model.leaves.values() for node in [each.node]}
        raise FormatError(
            f"`{names[next(iter(columns))]}` differs from row to row, but `{names[next(iter(whole))]}` takes all rows at once",
            "declare both with their rows, as in input x: [n], or both without",
        )
    rows = table.rows if table is not None and not whole else None
    return Data(model, columns, whole, rows, table)


Evaluate = Callable[[Mapping[Node, Any]], list[Any]]


class Fed(NamedTuple):
    """Nodes over the data, the variables among their leaves, and the values of the leaves that stay as they are."""

    targets: list[Node]
    moving: list[Node]
    rest: dict[Node, Any]


def evaluator(data: Data, nodes: Sequence[Node], parameters: Sequence[Node]) -> Evaluate:
    """The values of nodes as a function of those of the parameters: arrays of shape (rows, *shape), or of the nodes' own shapes."""
    return (_whole if data.rows is None else _over_rows)(data, *fed(data, nodes, parameters))


def fed(data: Data, nodes: Sequence[Node], parameters: Sequence[Node]) -> Fed:
    """What nodes need to be computed; DiagnosticError for inputs without a value."""
    model = data.model
    by_node = {each.node: each for each in model.leaves.values() if each.node not in parameters}
    targets = followed(list(nodes), by_node, data.fed)
    needed = set(ancestors(targets))
    fixed, missing = feeds_of(model, targets)
    lacking = [each for each in missing if each.node in needed and each.node not in data.fed]
    if lacking and data.table is not None:
        table = data.table.columns
        raise DiagnosticError(*(absent(each, table, f"; or give it with --at {each.name}=3") for each in lacking))
    demand(model, lacking)
    rest = {node: value for node, value in fixed.items() if node in needed and node not in data.fed}
    moving = [node for node in parameters if node in needed]
    return Fed(targets, moving, rest)


def _over_rows(data: Data, targets: Sequence[Node], moving: Sequence[Node], rest: Mapping[Node, Any]) -> Evaluate:
    """The nodes in every row."""
    from ...engine.run.rows import compile_rows

    rows = data.rows or 0
    needed = set(ancestors(targets))
    columns = {node: values for node, values in data.columns.items() if node in needed}
    if not columns:  # the same in all rows, but a program over rows has a column
        columns = {leaf(data.model.graph, "", "row", ()): np.zeros(rows)}
    executor = "auto" if rows >= MANY_ROWS else "blocked"
    program = compile_rows(targets, list(columns), "float64", data.model.graph.strict, executor)
    arrays = [np.ascontiguousarray(each) for each in columns.values()]

    def evaluate(values: Mapping[Node, Any]) -> list[Any]:
        found = program.run(arrays, {**rest, **{node: values[node] for node in moving}})
        return [each.astype(np.float64, copy=False) for each in found]

    return evaluate


def _whole(data: Data, targets: Sequence[Node], moving: Sequence[Node], rest: Mapping[Node, Any]) -> Evaluate:
    """The nodes as they stand."""
    from ...engine.run.tensors import plan

    needed = set(ancestors(targets))
    given = {**rest, **{node: values for node, values in data.whole.items() if node in needed}}
    inputs = [*moving, *(node for node in given if node not in moving)]
    program = plan(targets, inputs, "float64", data.model.graph.strict, "blocked")

    def evaluate(values: Mapping[Node, Any]) -> list[Any]:
        found = program.run([values[node] if node in values else given[node] for node in inputs])
        return [np.array(each, np.float64) for each in found]

    return evaluate


def sizes_of(node: Node) -> tuple[int, ...]:
    """The sizes of a node; FormatError where the data does not tell them."""
    sizes = known(node.shape)
    if sizes is None:
        raise FormatError("the model has a size that the data does not tell", "declare its inputs with sizes")
    return sizes


def unused(data: Data, table: DataTable) -> FormatError:
    """The complaint that no column feeds an input."""
    names = [each.name for each in data.model.leaves.values() if each.kind == "input"]
    wanted = f"the inputs are {listed(names)}" if names else f"{data.model.source.name} has no inputs"
    return FormatError(
        f"no column of {table.where} feeds an input", f"{wanted}; the columns are {listed(table.columns.fields)}"
    )


def long_evaluator(data: Data, nodes: Sequence[Node], parameters: Sequence[Node]) -> Evaluate:
    """The same in long numbers, flat: the numbers of data and file are the decimals that are written there."""
    from ...engine.run import precise

    targets, moving, rest = fed(data, nodes, parameters)
    long = np.frompyfunc(lambda value: precise.mp.mpf(repr(float(value))), 1, 1)

    def lengthened(value: Any) -> Any:
        array = np.asarray(value, np.float64)
        return long(array) if array.ndim else long(array.item())

    given = {node: lengthened(value) for node, value in {**rest, **data.whole}.items() if node.kind == "float"}
    given |= {node: value for node, value in rest.items() if node.kind != "float"}
    columns = {node: lengthened(values) for node, values in data.columns.items()}

    def evaluate(values: Mapping[Node, Any]) -> list[Any]:
        at = {**given, **{node: values[node] for node in moving}}
        found: list[list[Any]] = [[] for _ in targets]
        for row in range(1 if data.rows is None else data.rows):
            here = at | {node: array[row] for node, array in columns.items()}
            computed = precise.run(targets, here)
            for place, target in enumerate(targets):
                found[place] += list(np.asarray(computed[target], object).reshape(-1))
        return found

    return evaluate
