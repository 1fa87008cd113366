"""Which declared names the columns of a table feed, and what sizes that gives to vectors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from ...data import DataError, Field, FormatError
from ...diagnostic import closest
from ...engine import op as operators
from ...engine.graph import Node
from ...engine.shape import known, text
from ...lang.ast import Declaration, Module
from ...lang.model import Leaf
from ...lang.parse import flat, parse
from ...lang.resolve import resolve
from ..load import name_of
from ..question import zeros
from ..request import Request

_ELEMENT = re.compile(r"(.+?)((?:_(?:0|[1-9]\d*))+)")
# How a column of uncertainties is called: u.L is that of L.
UNCERTAINTY = "u."
# A name in a message is one of so many at the most.
SHOWN = 12


class Feed(NamedTuple):
    """A declared name and the columns that give its value in each row: one, or one per element in order."""

    name: str
    node: Node
    columns: tuple[str, ...]
    listed: bool = False


class Table(NamedTuple):
    """The columns of the data as the program's names see them, after `--map`."""

    fields: Mapping[str, Field]
    groups: Mapping[str, Mapping[tuple[int, ...], Field]]
    where: str

    def column(self, name: str) -> Field | None:
        """The column of this name."""
        return self.fields.get(name)

    def depth(self, name: str) -> int | None:
        """How many axes the columns give to a name: none for a number, one for a list; None without any."""
        field = self.fields.get(name)
        if field is not None:
            return 1 if field.kind.startswith("list") else 0
        return next((len(place) for place in self.groups.get(name, ())), None)

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The shape that the columns give to a name: that of a list, or of the elements x_0, x_1, …; None without."""
        field = self.fields.get(name)
        if field is not None:
            return None if field.width is None else (field.width,)
        places = self.groups.get(name, {})
        sizes = tuple(max(axis) + 1 for axis in zip(*places, strict=True)) if places else ()
        return sizes if sizes and set(product(*map(range, sizes))) == set(places) else None


def table_of(fields: Sequence[Field], mapping: Sequence[tuple[str, str]], where: str) -> Table:
    """The columns by the names that they feed; a column that is mapped feeds its new name alone."""
    by_name = {field.name: field for field in fields}
    renamed = {name_of(name): _column(by_name, column, where) for name, column in mapping}
    taken = {field.name for field in renamed.values()}
    columns = {name_of(field.name): field for field in fields if field.name not in taken} | renamed
    groups: dict[str, dict[tuple[int, ...], Field]] = {}
    for name, field in columns.items():
        found = _ELEMENT.fullmatch(name)
        if found is not None and field.width is None:
            place = tuple(map(int, found[2][1:].split("_")))
            for depth in range(len(place)):  # a_1_0 is an element of the matrix a, and of the vector a_1
                stem = "_".join([found[1], *map(str, place[:depth])])
                groups.setdefault(stem, {})[place[depth:]] = field
    same_rank = {name: places for name, places in groups.items() if len({len(place) for place in places}) == 1}
    return Table(columns, same_rank, where)


def _column(by_name: Mapping[str, Field], column: str, where: str) -> Field:
    if column in by_name:
        return by_name[column]
    near = closest(column, by_name)
    message = f"{where} has no column `{column}`"
    raise FormatError(f"--map: {message}", f"did you mean {near}?" if near else f"it has {listed(by_name)}")


def listed(names: Iterable[str]) -> str:
    """Names for a message, the first of them when they are many."""
    shown = [f"{each}" for each in names]
    rest = len(shown) - SHOWN
    return ", ".join(shown[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def by_row(request: Request, table: Table) -> dict[str, tuple[int, ...]]:
    """The inputs whose first size is a letter or `?` and whose columns hold one row of them, with the shape of that row.

    Such an input takes one row at a time, as a batch of one.
    """
    given = {name_of(name) for name, _ in request.at}
    found: dict[str, tuple[int, ...]] = {}
    for name, declaration in declarations(request).items():
        if name in given or declaration is None or not isinstance(_first_size(declaration), str):
            continue
        sizes = declaration.shape or ()
        depth, rest = table.depth(name), sizes[1:]
        if depth == 0 and len(rest) == 1 and rest[0] in (1, *(each for each in rest if isinstance(each, str))):
            found[name] = (1,)
        elif depth == len(rest):
            shape = table.shape(name) or rest
            row = [size if isinstance(size, int) else there for size, there in zip(rest, shape, strict=True)]
            found[name] = tuple(size if isinstance(size, int) else 1 for size in row)
    return found


def beside(request: Request, table: Table) -> dict[str, tuple[int, ...]]:
    """The inputs without a column that go with the rows of others, with their shape in one row.

    A value that stands beside such a declaration is one of other rows: it counts no more.
    """
    batched, declared = by_row(request, table), declarations(request)
    letters = {_first_size(declared[name]) for name in batched} - {"?"}
    fed = {*batched, *(name_of(name) for name, _ in request.at)}
    found: dict[str, tuple[int, ...]] = {}
    for name, declaration in declared.items():
        if name not in fed and table.depth(name) is None and _first_size(declaration) in letters:
            assert declaration is not None
            found[name] = tuple(size if isinstance(size, int) else 1 for size in (declaration.shape or ())[1:])
    return found


def _first_size(declaration: Declaration | None) -> int | str | None:
    """The first size of a declared input, if it has one."""
    if declaration is None or declaration.kind != "input" or not declaration.shape:
        return None
    return declaration.shape[0]


def sized(request: Request, table: Table, mapping: Sequence[tuple[str, str]], rows: int = 1) -> Request:
    """The request with the sizes that the data gives to vectors: zeros stand in for those that a column feeds.

    rows: how many of them come at a time to the inputs that take rows
    """
    declared = declarations(request)
    in_rows = by_row(request, table) | beside(request, table)
    uncertain = [] if request.measured is None else [f"{UNCERTAINTY}{name}" for name in declared]
    for name, _ in mapping:
        if name_of(name) not in (*declared, *uncertain):
            near = closest(name, declared)
            raise FormatError(
                f"--map: {request.source.name} has no input `{name}`",
                f"did you mean {near}?" if near else f"it has {listed(declared)}" if declared else None,
            )
    given = {name_of(name) for name, _ in request.at}
    added = []
    for name, declaration in declared.items():
        if name in in_rows:
            added.append((name, f"zeros({[rows, *in_rows[name]]})"))
            continue
        shape = table.shape(name)
        if shape is None or name in given:
            continue
        open_sizes = declaration is not None and any(isinstance(size, str) for size in declaration.shape or ())
        bare = declaration is None or (declaration.value is None and declaration.shape is None)
        if open_sizes or bare:
            added.append((name, str(zeros(shape))))
    request = request._replace(at=(*request.at, *added))
    if request.measured is None:
        return request
    said = {f"{UNCERTAINTY}{name_of(name)}" for name, _ in request.uncertainties}
    measured = [name for name in uncertain if name not in said and (name in table.fields or name in table.groups)]
    return request._replace(
        measured=tuple((name.removeprefix(UNCERTAINTY), table.shape(name) or ()) for name in measured)
    )


def modules_of(request: Request) -> list[Module]:
    """The file and those that it uses."""
    module, _ = parse(request.source, request.limits)
    if not module.uses:
        return [module]
    from ...lang.uses import load_modules

    return list(load_modules(module, None if request.base is None else Path(request.base), request.limits)[0])


def declarations(request: Request) -> dict[str, Declaration | None]:
    """The declarations of a file by name, and its names that stand for inputs without one."""
    modules = modules_of(request)
    found: dict[str, Declaration | None] = {
        each.name: each for one in modules for each in flat(one.statements) if isinstance(each, Declaration)
    }
    return found | {each.name: None for each in resolve(modules, operators).implicit_inputs if each.name not in found}


def feed_of(leaf: Leaf, table: Table, mapped: bool) -> Feed | None:
    """The columns that feed a declared name, None when there are none; a constant is fed by none."""
    name, sizes = leaf.name, known(leaf.node.shape)
    field, depth = table.column(name), table.depth(name)
    if leaf.kind == "const":
        if mapped:
            raise FormatError(f"--map: `{name}` is a const, which no column can feed", "declare it as input or var")
        return None
    if sizes is not None and depth is not None:
        while len(sizes) > depth and sizes[0] == 1:  # one row is a batch of one
            sizes = sizes[1:]
    if field is not None and sizes == () and field.width is None:
        return Feed(name, leaf.node, (field.name,))
    if field is not None and sizes is not None and len(sizes) == 1 and field.kind.startswith("list"):
        if field.width not in (None, sizes[0]):
            raise _misfit(leaf, f"column {field.name} has {field.width} numbers a row", table)
        return Feed(name, leaf.node, (field.name,), True)
    places = table.groups.get(name, {})
    if field is None and sizes and places:
        wanted = list(product(*map(range, sizes)))
        if set(places) != set(wanted):
            raise _misfit(leaf, f"there are {len(places)} columns {name}_…", table)
        return Feed(name, leaf.node, tuple(places[place].name for place in wanted))
    if field is not None:
        raise _misfit(
            leaf, f"column {field.name} holds {'lists' if field.kind.startswith('list') else 'numbers'}", table
        )
    return None


def _misfit(leaf: Leaf, what: str, table: Table) -> DataError:
    return DataError(f"{what}, but `{leaf.name}` has shape {text(leaf.node.shape)}", table.where, name=leaf.name)
