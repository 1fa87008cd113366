"""The condition on rows that `--where` states in the language of the programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...data import Field, FormatError
from ...diagnostic import Diagnostic, DiagnosticError
from ...engine.graph import Node, ancestors
from ...engine.shape import known
from ...source import Source, Span
from ..load import load
from ..request import Request
from .inputs import Feed, feed_of, listed, sized, table_of
from .plan import Pairs, absent


class Condition(NamedTuple):
    """A condition on rows: its program and the columns that it reads."""

    text: str
    feeds: tuple[Feed, ...]
    target: Node
    dtype: str

    def compiled(self) -> Any:
        """The program, ready to run."""
        from ...engine.run.rows import compile_rows

        return compile_rows([self.target], [feed.node for feed in self.feeds], self.dtype)


def condition(text: str, fields: Sequence[Field], mapping: Pairs, where: str) -> Condition:
    """The condition that `--where` states over the columns."""
    table = table_of(fields, mapping, where)
    request = sized(Request(Source("--where", text)), table, ())
    model = load(request)
    target = model.names.get("out")
    if not isinstance(target, Node) or target.kind != "bool" or known(target.shape) != ():
        place = Span(model.source, 0, len(text))
        raise DiagnosticError(
            Diagnostic("E0402", "--where needs a condition that is true or false", place, help="for example S > 100")
        )
    feeds = []
    needed = set(ancestors([target]))
    for leaf in model.leaves.values():
        if leaf.node in needed:
            feed = feed_of(leaf, table, False)
            if feed is None:
                raise DiagnosticError(absent(leaf, table))
            feeds.append(feed)
    if not feeds:
        raise FormatError("--where names no column", f"the columns are {listed(table.fields)}")
    return Condition(text, tuple(feeds), target, model.dtype)
