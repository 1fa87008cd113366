"""What is computed in each row: the program, the columns that feed it and those that it gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

from ...data import Field, FormatError
from ...diagnostic import Diagnostic, DiagnosticError, closest
from ...engine.graph import Node, ancestors, substitute
from ...engine.shape import known
from ...lang.model import Leaf, Model
from ...source import Span
from .. import reasons
from ..derive import evaluate
from ..load import name_of
from ..propagation import propagate
from ..propagation_rows import remarks
from ..question import Question, ask, guarded
from ..request import Request
from ..values import feeds_of
from .derivatives import DERIVATIVES, Derivative
from .inputs import Feed, Table, beside, by_row, feed_of, listed, sized, table_of

Pairs = Sequence[tuple[str, str]]


class Output(NamedTuple):
    """A column of the result: an element of a target of the program; `target` None where there is no value.

    A derivative of one source has a number of its own in `group`; values have group -1.
    """

    name: str
    kind: str
    target: int | None
    place: int = 0
    group: int = -1


class RowPlan(NamedTuple):
    """A program over rows.

    fixed: the values that are the same in all rows · left: declared names that no column feeds ·
    notes: what a user has to know before the first row.
    """

    request: Request
    question: Question
    targets: tuple[Node, ...]
    feeds: tuple[Feed, ...]
    fixed: Mapping[Node, Any]
    outputs: tuple[Output, ...]
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the data that are read as numbers."""
        return tuple(dict.fromkeys(column for feed in self.feeds for column in feed.columns))

    @property
    def dtype(self) -> str:
        """The type of the numbers."""
        return self.question.model.dtype

    def compiled(self) -> Any:
        """The program, ready to run."""
        from ...engine.run.rows import compile_rows

        model = self.question.model
        columns = [feed.node for feed in self.feeds]
        return guarded(self.question, lambda: compile_rows(self.targets, columns, model.dtype, model.graph.strict))


def plan_rows(
    command: Callable[[Request], Any], request: Request, fields: Sequence[Field], mapping: Pairs, where: str
) -> RowPlan:
    """The program of a command over a table with these columns; `where` names the table in messages."""
    if request.mode not in ("auto", "reverse", "forward"):
        raise FormatError(f"--mode {request.mode} takes no --data", "--mode auto, reverse or forward do")
    if request.sparse:
        raise FormatError("--sparse takes no --data", "leave it out: each element becomes a column")
    table = table_of(fields, mapping, where)
    given = {name_of(name) for name, _ in request.at}
    mapped = {name_of(name) for name, _ in mapping}
    asked = request
    request = sized(asked, table, mapping)
    question = ask(request, sources=command not in (evaluate, propagate))
    for name in beside(asked, table):
        question.model.leaves[name] = replace(question.model.leaves[name], value=None)
    batched: Collection[Node] = ()
    in_rows = by_row(asked, table)
    if in_rows:
        batched = along_rows(question, sized(asked, table, mapping, 2))
    found = guarded(question, lambda: list(DERIVATIVES[command](question)))
    nodes = [*question.ys, *(each.node for each in found if each.node is not None)]
    targets, feeds, fixed, left = fed(question.model, nodes, table, mapped, given)
    if not feeds:
        names = [leaf.name for leaf in question.model.leaves.values() if leaf.kind != "const"]
        wanted = f"the inputs are {listed(names)}" if names else f"{request.source.name} has no inputs"
        raise FormatError(f"no column of {where} feeds an input", f"{wanted}; the columns are {listed(table.fields)}")
    notes = [
        f"{each.name} is {'0' if request.unconnected == 'zero' else 'none'} in every row: "
        f"{reasons.none_reason(question.model, each.none).message}"
        for each in found
        if each.none is not None
    ]
    notes += [
        f"column {field.name} is not used: `{leaf.name}` is a const"
        for leaf in question.model.leaves.values()
        if leaf.kind == "const" and (field := table.column(leaf.name)) is not None
    ]
    if ones := [feed.name for feed in feeds if feed.name in in_rows]:
        notes.append(f"each row is a batch of one for {listed(ones)}")
    if command is propagate:
        notes += remarks(question)
    outputs = tuple(outputs_of(question, found, batched))
    _no_name_twice(outputs)
    return RowPlan(request, question, targets, feeds, fixed, outputs, left, tuple(notes))


def fed(
    model: Model, nodes: Sequence[Node], table: Table, mapped: Collection[str], given: Collection[str]
) -> tuple[tuple[Node, ...], tuple[Feed, ...], dict[Node, Any], tuple[str, ...]]:
    """The targets over what columns feed, these columns, and the values of all else that the targets need."""
    by_node = {leaf.node: leaf for leaf in model.leaves.values()}
    feeds: dict[Node, Feed] = {}
    for leaf in model.leaves.values():
        feed = None if leaf.name in given else feed_of(leaf, table, leaf.name in mapped)
        if feed is not None:
            feeds[leaf.node] = feed
    targets = followed(list(nodes), by_node, set(feeds))
    needed = set(ancestors(targets))
    used = tuple(feed for node, feed in feeds.items() if node in needed)
    fixed, missing = feeds_of(model, targets)
    lacking = [leaf for leaf in missing if leaf.node in needed and leaf.node not in feeds]
    if lacking:
        raise DiagnosticError(*(absent(leaf, table, f"; or give it with --at {leaf.name}=3") for leaf in lacking))
    kept = {node: value for node, value in fixed.items() if node in needed and node not in feeds}
    left = tuple(by_node[node].name for node in kept if by_node[node].kind != "const")
    return tuple(targets), used, kept, left


def followed(targets: list[Node], by_node: Mapping[Node, Leaf], columns: set[Node]) -> list[Node]:
    """The targets with declared values in place of their names where these values follow from a column."""
    while True:
        replaced: dict[Node, Node] = {}
        for node in ancestors(targets):
            leaf = by_node.get(node)
            if leaf is None or node in columns or leaf.value is None:
                continue
            if follows(leaf.value, by_node, columns):
                replaced[node] = leaf.value
        if not replaced:
            return targets
        targets = substitute(targets, replaced)


def follows(value: Node, by_node: Mapping[Node, Leaf], columns: set[Node]) -> bool:
    """Whether a declared value depends on a column, be it by way of other declared values."""
    seen: set[Node] = set()
    stack = [value]
    while stack:
        for node in ancestors([stack.pop()]):
            if node in columns:
                return True
            leaf = by_node.get(node)
            if leaf is not None and leaf.value is not None and node not in seen:
                seen.add(node)
                stack.append(leaf.value)
    return False


def absent(leaf: Leaf, table: Table, more: str = "") -> Diagnostic:
    """The diagnostic of a name that neither a column nor a value is there for."""
    near = closest(leaf.name, table.fields)
    guess = f"did you mean the column {near}? --map {leaf.name}={near}; " if near else ""
    return Diagnostic(
        "E0801",
        f"`{leaf.name}` has neither a column nor a value",
        Span(*leaf.place),
        help=f"{guess}the columns are {listed(table.fields)}{more}",
    )


def along_rows(question: Question, of_two: Request) -> frozenset[Node]:
    """The targets and sources whose first axis is that of the rows: it has one element here, and two in a batch of two."""
    try:
        other = ask(of_two, sources=bool(question.sources))
    except DiagnosticError:  # the program is of one row alone
        return frozenset()
    pairs = zip((*question.ys, *question.xs), (*other.ys, *other.xs), strict=True)
    return frozenset(here for here, there in pairs if here.shape[:1] == (1,) and there.shape[:1] == (2,))


def outputs_of(question: Question, found: Sequence[Derivative], batched: Collection[Node]) -> Iterable[Output]:
    """The columns of the result, element by element: the values, then the derivatives."""
    several = len(question.targets) > 1
    for index, (name, node) in enumerate(question.targets):
        yield from _elements(f"value.{name}" if several else "value", node, (node,), batched, index, -1)
    index = len(question.targets)
    for group, each in enumerate(found):
        if each.node is not None:
            yield from _elements(each.name, each.node, each.axes, batched, index, group)
            index += 1
        else:
            for name in _element_names(each.name, _sizes(each.axes, batched)):
                yield Output(name, "float", None, 0, group)


def _elements(
    name: str, node: Node, axes: Sequence[Node], batched: Collection[Node], index: int, group: int
) -> Iterable[Output]:
    if known(node.shape) is None:
        raise FormatError(f"{name} has a size that the data does not tell", "declare its inputs with sizes, as x[3]")
    for place, each in enumerate(_element_names(name, _sizes(axes, batched))):
        yield Output(each, node.kind, index, place, group)


def _sizes(axes: Sequence[Node], batched: Collection[Node]) -> list[int]:
    """The sizes of all axes but those of the rows; a single number of a row needs no place in its name."""
    found: list[int] = []
    for each in axes:
        sizes = known(each.shape) or ()
        row = sizes[1:] if each in batched else sizes
        found += () if each in batched and row == (1,) else row
    return found


def _element_names(name: str, sizes: Sequence[int]) -> list[str]:
    return ["_".join([name, *map(str, place)]) for place in product(*map(range, sizes))]


def _no_name_twice(outputs: Sequence[Output]) -> None:
    seen = set()
    for each in outputs:
        if each.name in seen:
            raise FormatError(f"two columns of the result are named {each.name}", "choose one by --of or --wrt")
        seen.add(each.name)
