"""The op graph as a Mermaid flowchart, which Markdown pages show as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffcli.results_graph import GraphResult

SHAPES = {
    "watched": ("([", "])"),
    "frozen": ("{{", "}}"),
    "given": ("[", "]"),
    "stopped": ("[[", "]]"),
    "cut": ("[/", "/]"),
    "computed": ("(", ")"),
}


def escaped(text: str) -> str:
    """A text inside the quotes of a Mermaid label."""
    return text.replace("&", "&amp;").replace('"', "#quot;").replace("<", "&lt;").replace(">", "&gt;")


def mermaid(result: GraphResult, digits: int) -> str:
    """A flowchart from the sources down; shapes and borders tell the states apart."""
    lines = ["flowchart TD"]
    for node in result.nodes:
        opening, closing = SHAPES[node.state]
        lines.append(f'  n{node.id}{opening}"{"<br/>".join(map(escaped, node.lines(digits)))}"{closing}')
    for edge in result.edges:
        arrow, label = "-->" if edge.gradient else "-.->", edge.label(digits)
        lines.append(f"  n{edge.source} {arrow}" + (f'|"{escaped(label)}"|' if label else "") + f" n{edge.target}")
    for style, chosen in (
        ("stroke-width:4px", [node.id for node in result.nodes if node.target]),
        ("stroke-dasharray:6 4", [node.id for node in result.nodes if node.state == "cut"]),
    ):
        lines += [f"  style n{each} {style}" for each in chosen]
    return "\n".join(lines) + "\n"
