"""The op graph in the language of Graphviz, and its pictures by Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.results_graph import MEANINGS

if TYPE_CHECKING:
    from diffcli.results_graph import GraphResult

STYLES = {
    "watched": 'shape=ellipse, penwidth=2, fillcolor="#d7e8f8"',
    "frozen": 'shape=hexagon, fillcolor="#e4e4ee"',
    "given": 'shape=box, fillcolor="#f4f4f4"',
    "stopped": 'shape=octagon, peripheries=2, fillcolor="#f8dcd8"',
    "cut": 'shape=box, style="filled,dashed", fillcolor="#fbecc8"',
    "computed": 'shape=box, style="filled,rounded", fillcolor="#ffffff"',
}


def quoted(text: str) -> str:
    """A text as DOT has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def dot(result: GraphResult, digits: int) -> str:
    """The graph with its legend in the caption."""
    legend = " · ".join([*(MEANINGS[state] for state in result.legend()), "dashed arrow: no gradient"])
    lines = [
        "digraph diffcli {",
        f"  label={quoted(result.caption() + chr(10) + legend)};",
        '  graph [fontname="monospace", fontsize=10, bgcolor="#ffffff", charset="UTF-8"];',
        '  node [fontname="monospace", fontsize=11, style=filled];',
        '  edge [fontname="monospace", fontsize=10];',
    ]
    for node in result.nodes:
        heavy = ", penwidth=3" if node.target else ""
        lines.append(f"  n{node.id} [label={quoted(chr(10).join(node.lines(digits)))}, {STYLES[node.state]}{heavy}];")
    for edge in result.edges:
        style = "" if edge.gradient else ', style=dashed, color="#777777", fontcolor="#555555"'
        lines.append(f"  n{edge.source} -> n{edge.target} [label={quoted(edge.label(digits))}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def drawn(result: GraphResult, digits: int, format: str) -> bytes:
    """A picture by Graphviz; ImportError when it is not installed."""
    from pygraphviz import AGraph  # type: ignore[import-untyped]  # pygraphviz has no types

    made: bytes = AGraph(string=dot(result, digits)).draw(format=format, prog="dot")
    return made
