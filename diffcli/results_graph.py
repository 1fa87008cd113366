"""What `graph` returns: the boxes of a picture and the arrows between them.

Annotations are not postponed because a named tuple compiles each postponed one, at every start.
"""

from math import hypot
from typing import Any, NamedTuple

from diffcli.diagnostic import Diagnostic
from diffcli.document import Result, columns_of, numbers
from diffcli.rows import Shape, TargetRow
from diffcli.source import Position

# A formula longer than this is left out of a box, except for its beginning.
LONGEST_TEXT = 32
# A picture has room for so many significant digits, and for tensors of so many elements.
DIGITS, ELEMENTS = 6, 4

# What sets each kind of box apart, in the words of the legends.
MEANINGS = {
    "target": "target: heavy border",
    "watched": "watched: ellipse",
    "frozen": "frozen: hexagon",
    "given": "declared, not watched: box with corners",
    "stopped": "stopped: octagon, double border",
    "cut": "cut: dashed border",
    "computed": "computed: rounded box",
}


def brief(value: Any, digits: int) -> str:
    """A number or a small tensor with so many significant digits; of a larger one shape and norm."""
    if isinstance(value, list) and len(list(numbers(value))) > ELEMENTS:
        sizes, inside = [], value
        while isinstance(inside, list):
            sizes.append(len(inside))
            inside = inside[0]
        return f"tensor {sizes}, norm {hypot(*numbers(value)):.{digits}g}"
    if isinstance(value, list):
        return f"[{', '.join(brief(each, digits) for each in value)}]"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value).lower()


class GraphNode(NamedTuple):
    """A box: one node, or a named node with its unnamed interior.

    `state` is watched, frozen, stopped, cut, given (declared and not watched) or computed.
    """

    id: int
    name: str | None
    op: str
    text: str | None
    shape: Shape
    dtype: str
    state: str
    why: str | None
    target: bool
    source: bool
    value: Any
    adjoint: Any
    status: str
    folded: int
    more: bool
    at: Position | None
    reason: None = None
    notes: tuple[str, ...] = ()

    def title(self) -> str:
        """What the box is called."""
        return self.name or f"#{self.id}"

    def mark(self) -> str:
        """What sets the box apart, in words."""
        kind = self.op if self.op in ("var", "frozen", "const", "input") else ""
        state = {"watched": f"watched {kind}".rstrip(), "frozen": "frozen", "given": kind, "computed": ""}.get(
            self.state, self.why or self.state
        )
        return ", ".join(filter(None, ("target" if self.target else "", state)))

    def formula(self) -> str:
        """What the user wrote, or the operation, on one line."""
        if self.op in ("var", "frozen", "const", "input"):
            return ""
        text = " ".join((self.text or self.op).split())
        # A whole statement is known by its name already.
        text = text.removeprefix(f"{self.name} = ") if self.name else text
        return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 2].rstrip() + " …"

    def lines(self, digits: int = DIGITS) -> list[str]:
        """What stands in the box."""
        title, formula = self.title(), self.formula()
        found = [title if not formula or formula == title else f"{title} = {formula}" if self.name else formula]
        if self.value is not None:
            found.append(f"value {brief(self.value, digits)}")
        if self.adjoint is not None:
            found.append(f"adjoint {brief(self.adjoint, digits)}")
        inside = [f"{self.folded} nodes inside"] if self.folded else []
        return [*found, *filter(None, [self.mark()]), *inside, *(["… more before this"] if self.more else [])]


class GraphEdge(NamedTuple):
    """An arrow from an operand to what uses it; `adjoint` is what the use adds to the operand's adjoint."""

    source: int
    target: int
    uses: int
    gradient: bool
    adjoint: Any

    def label(self, digits: int = DIGITS) -> str:
        """What stands beside the arrow."""
        number = "" if self.adjoint is None else brief(self.adjoint, digits)
        return number if self.gradient else "none"


class GraphFields(NamedTuple):
    file: str
    semantics: str
    mode: str
    targets: tuple[TargetRow, ...]
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    folded: bool
    diagnostics: tuple[Diagnostic, ...] = ()


class GraphResult(GraphFields, Result):
    """The op graph, its nodes in the order of the tape."""

    __slots__ = ()
    SCHEMA, MAIN, TITLE = "diffcli/graph/1", "nodes", "Graph"
    COLUMNS = columns_of("id", "name", "op", "text", "state", "value", "adjoint", "status", "note")
    PLAIN = ("id", "name", "op", "state", "value", "adjoint")

    def legend(self) -> list[str]:
        """The states that occur, in a fixed order; the targets first."""
        states = ["target"] * any(node.target for node in self.nodes)
        known = ("watched", "frozen", "given", "stopped", "cut", "computed")
        return states + [state for state in known if any(node.state == state for node in self.nodes)]

    def caption(self) -> str:
        """What the picture shows, on a line."""
        names = " + ".join(row.name for row in self.targets)
        valued = any(node.value is not None for node in self.nodes)
        numbers = f"values, and adjoints of {names}" if valued else f"structure of {names}, without values"
        return f"{self.file}: {numbers}"
