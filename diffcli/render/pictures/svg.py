"""The op graph as SVG, by a layout of our own: no program and no library is needed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from diffcli.render.pictures.layout import layout
from diffcli.results_graph import MEANINGS

if TYPE_CHECKING:
    from diffcli.results_graph import GraphNode, GraphResult

CHARACTER, LINE, MARGIN = 7.3, 16.0, 24.0
# Ink and paper follow the viewer's light or dark setting; viewers that know neither get the light one.
STYLE = """
.paper{fill:#fff}
text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1a1a1a}
.small{font-size:11px}
.halo{stroke:#fff;stroke-width:4px}
.box{fill:#fff;stroke:#333;stroke-width:1.2}
.watched{fill:#d7e8f8;stroke-width:2}.frozen{fill:#e4e4ee}.given{fill:#f4f4f4}
.stopped{fill:#f8dcd8}.cut{fill:#fbecc8;stroke-dasharray:6 4}.target{stroke-width:3.5}
.edge{fill:none;stroke:#333;stroke-width:1.3}.none{stroke:#777;stroke-dasharray:5 4}
.tip{fill:#333}
@media (prefers-color-scheme:dark){
.paper{fill:#16181d}text{fill:#eaeaea}.halo{stroke:#16181d}.box{fill:#23262d;stroke:#c8c8c8}
.watched{fill:#1d3b5a}.frozen{fill:#35354a}.given{fill:#2d2f33}.stopped{fill:#5a2420}.cut{fill:#4f3d10}
.edge{stroke:#c8c8c8}.none{stroke:#8c8c8c}.tip{fill:#c8c8c8}}
"""


def cells(text: str) -> int:
    """How many columns of a fixed font a text takes."""
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)


def escaped(text: str) -> str:
    """A text as XML has it, without the control characters that XML lacks."""
    clean = "".join(each if each >= " " else " " for each in text)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def svg(result: GraphResult, digits: int) -> str:
    """The picture: sources above, targets below, a legend under them."""
    texts = {node.id: node.lines(digits) for node in result.nodes}
    sizes = {
        node.id: (
            CHARACTER * max(map(cells, texts[node.id]))
            + (40 if node.state in ("watched", "frozen", "stopped") else 20),
            LINE * len(texts[node.id]) + 14,
        )
        for node in result.nodes
    }
    plan = layout(sizes, [(edge.source, edge.target) for edge in result.edges])
    captions = wrapped([result.caption()], max(plan.width, 420.0)) + wrapped(
        [*(MEANINGS[state] for state in result.legend()), "dashed arrow: no gradient"], max(plan.width, 420.0)
    )
    width = max([plan.width, *(CHARACTER * cells(line) for line in captions)]) + 2 * MARGIN
    height = plan.height + 3 * MARGIN + LINE * len(captions)
    shift = (width - plan.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{escaped(result.caption())}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
        f'<g transform="translate({shift:.1f} {MARGIN:.1f})">',
    ]
    labels = []
    for edge in result.edges:
        points = plan.routes[edge.source, edge.target]
        points = [
            (points[0][0], points[0][1] + sizes[edge.source][1] / 2),
            *points[1:-1],
            (points[-1][0], points[-1][1] - sizes[edge.target][1] / 2 - 6),
        ]
        kind = "edge" if edge.gradient else "edge none"
        parts.append(f'<path class="{kind}" d="{curve(points)}"/>')
        x, y = points[-1]
        parts.append(f'<path class="tip" d="M{x - 4:.1f} {y - 2:.1f}h8l-4 8z"/>')
        (x0, y0), (x1, y1) = points[:2]
        # Nearer to the operand, where arrows to different boxes have parted from those of other operands.
        # The rim of the letters is a text of its own, because not every viewer paints it behind the letters.
        labels += [
            text_line((x0 + x1) / 2, (y0 + y1) / 2 + 4, edge.label(digits), kind) for kind in ("small halo", "small")
        ]
    for node in result.nodes:
        x, y = plan.centres[node.id]
        parts.append(outline(node, x, y, *sizes[node.id]))
        top = y - LINE * (len(texts[node.id]) - 1) / 2 + 4
        parts += [
            text_line(x, top + LINE * index, line, "small" if index else "")
            for index, line in enumerate(texts[node.id])
        ]
    parts += [*labels, "</g>"]
    base = plan.height + 2 * MARGIN + LINE / 2
    parts += [
        f'<text class="small" x="{MARGIN:.0f}" y="{base + LINE * index:.1f}">{escaped(line)}</text>'
        for index, line in enumerate(captions)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def wrapped(words: list[str], width: float) -> list[str]:
    """Phrases in as few lines as the width allows."""
    lines = [""]
    for word in words:
        joined = f"{lines[-1]} · {word}" if lines[-1] else word
        if lines[-1] and CHARACTER * cells(joined) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def text_line(x: float, y: float, text: str, kind: str) -> str:
    """A centred line of text; nothing for none."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escaped(text)}</text>' if text else ""


def curve(points: list[tuple[float, float]]) -> str:
    """A smooth line that leaves and arrives straight down."""
    text = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        text += f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
    return text


def outline(node: GraphNode, x: float, y: float, width: float, height: float) -> str:
    """The border of a box, whose shape says its state."""
    kind = f"box {node.state}{' target' if node.target else ''}"
    if node.state == "stopped":
        inner = polygon("box", x, y, width - 7, height - 7, 8)
        return polygon(kind, x, y, width, height, 10) + inner.replace('class="box"', 'class="box" style="fill:none"')
    if node.state == "frozen":
        return polygon(kind, x, y, width, height, 14, height / 2)
    radius = {"watched": height / 2, "computed": 8.0}.get(node.state, 0.0)
    return (
        f'<rect class="{kind}" x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="{radius:.1f}"/>'
    )


def polygon(kind: str, x: float, y: float, width: float, height: float, cut: float, rise: float | None = None) -> str:
    """A box whose corners are cut off: an octagon, or a hexagon where the cuts meet."""
    right, low, rise = width / 2, height / 2, cut if rise is None else rise
    corner = [(right - cut, -low), (right, rise - low), (right, low - rise), (right - cut, low)]
    points = [*corner, *((-across, down) for across, down in reversed(corner))]
    return f'<polygon class="{kind}" points="{" ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in points)}"/>'
