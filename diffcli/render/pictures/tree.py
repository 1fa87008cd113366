"""The op graph as a tree of text: from the targets down, each node in full once."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffcli.results_graph import GraphEdge, GraphNode, GraphResult

SIGNS = {"watched": "●", "frozen": "❄", "given": "○", "stopped": "■", "cut": "✂", "computed": "·"}
MEANING = (
    "● watched   ❄ frozen   ○ declared, not watched   · computed   ■ stopped   ✂ cut   ┄ no gradient   ↑ shown above"
)


def tree(result: GraphResult, digits: int, width: int | None = None) -> str:
    """A line per node; behind ← what its use above it adds to its adjoint."""
    by_id = {node.id: node for node in result.nodes}
    into: dict[int, list[GraphEdge]] = {}
    for arrow in result.edges:
        into.setdefault(arrow.target, []).append(arrow)
    used = {edge.source for edge in result.edges}
    roots = [node for node in reversed(result.nodes) if node.id not in used]
    lines = [result.caption(), *wrap(MEANING, width or 200)]
    stack: list[tuple[GraphNode, GraphEdge | None, str, str]] = [(node, None, "", "") for node in reversed(roots)]
    done: set[int] = set()
    while stack:
        node, edge, start, rest = stack.pop()
        again = node.id in done
        done.add(node.id)
        children = [] if again else into.get(node.id, [])
        lines += laid_out(words(node, edge, again, digits), start, rest, bool(children), width)
        for place, child in enumerate(reversed(children)):
            last = place == 0
            branch = ("└" if last else "├") + ("─ " if child.gradient else "┄ ")
            stack.append((by_id[child.source], child, rest + branch, rest + ("   " if last else "│  ")))
    return "\n".join(lines) + "\n"


def words(node: GraphNode, edge: GraphEdge | None, again: bool, digits: int) -> list[str]:
    """What a line of the tree says."""
    uses = f" ({edge.uses} uses)" if edge is not None and edge.uses > 1 else ""
    passed = (
        [f"← {edge.label(digits)}{uses}"] if edge is not None and edge.gradient and edge.adjoint is not None else []
    )
    if again:
        return [f"{SIGNS[node.state]} {node.title()} ↑" + (f" (#{node.id})" if node.name else ""), *passed]
    first, *others = node.lines(digits)
    return [f"{SIGNS[node.state]} {first}", *(f"#{node.id}",), *others, *passed]


def laid_out(parts: list[str], start: str, rest: str, parent: bool, width: int | None) -> list[str]:
    """The parts in a line, or in several where the screen is narrow."""
    lines, line, margin = [], start + parts[0], rest + ("│    " if parent else "     ")
    for part in parts[1:]:
        if width is not None and len(line) + len(part) + 3 > width:
            lines.append(line)
            line = margin + part
        else:
            line += f"   {part}"
    return [*lines, line]
