"""The op graph: values on the nodes, adjoints on the arrows, and what is watched, frozen, stopped or cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import one, run_each
from diffcli.cli.errors import UsageError
from diffcli.cli.options import LIMITING, READING
from diffcli.cli.pictures import alone, deliver, demand_place, format_of, missing

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.compute.request import Request
    from diffcli.results_graph import GraphResult

EXAMPLES = """\
  diffcli graph expr.txt
  diffcli graph expr.txt -o graph.svg
  diffcli graph -e 'x * sin(x)' --at x=2 --to mermaid
  diffcli graph expr.txt --only loss --depth 3
  diffcli graph expr.txt --stats
"""
RULES = (
    "wrt",
    "of",
    "only",
    "depth",
    "full",
    "stats",
    "grad_ys",
    "stop",
    "tape",
    "watch",
    "watch_accessed",
    "strict_tf",
)
SHOWING = ("picture", "json", "digits", "output", "color", "width", "quiet", "verbose", "debug")
TAKES = (*READING, *RULES, *SHOWING, *LIMITING)
SUFFIXES = {
    "svg": "svg",
    "png": "png",
    "pdf": "pdf",
    "dot": "dot",
    "gv": "dot",
    "mmd": "mermaid",
    "json": "json",
    "txt": "tree",
}


def run(options: Options, environment: Environment) -> int:
    """Draw the graph of a file, or give it as JSON."""
    from diffcli.compute.graphs import graph
    from diffcli.results_graph import GraphResult

    format = format_of(options, options.picture, SUFFIXES, "tree")
    if options.stats:
        return costs(options, environment, format)
    demand_place(options, environment, format)

    def compute(request: Request) -> GraphResult:
        return graph(request, options.only, options.depth, options.full)

    blank = GraphResult.blank(mode="reverse", folded=False)
    options.format = "json" if format == "json" else None
    if format == "json":
        return run_each(options, environment, compute, blank)
    from diffcli.cli.inputs import inputs
    from diffcli.cli.printing import Printer
    from diffcli.cli.requests import template

    if format != "tree":
        alone(options)
    printer = Printer(options, environment)
    asked = template(options)
    codes, texts = [0], []
    for each in inputs(options)[0]:
        outcome = one(each, asked, printer, environment, compute, blank)
        codes.append(outcome.exit_code)
        if outcome.exit_code == 0:
            assert isinstance(outcome.result, GraphResult)
            stream = None if printer.to_file else environment.stdout
            texts.append(drawn(outcome.result, format, options, options.width or environment.width(stream)))
    if texts:
        joined = "\n".join(text for text in texts if isinstance(text, str))
        deliver(texts[0] if isinstance(texts[0], bytes) else joined, options, environment)
    return max(codes)


def costs(options: Options, environment: Environment, format: str) -> int:
    """Print what a file takes to compute, as a table or as JSON."""
    from diffcli.compute.costs import stats
    from diffcli.results_costs import CostResult

    if format not in ("tree", "json"):
        raise UsageError(f"--stats gives numbers, not a picture in {format}", "leave it out, or use --format json")
    options.format = "json" if format == "json" else None
    return run_each(options, environment, stats, CostResult.blank())


def drawn(result: GraphResult, format: str, options: Options, width: int | None) -> str | bytes:
    """The picture in a format."""
    from diffcli.results_graph import DIGITS

    digits = options.digits or DIGITS
    if format == "tree":
        from diffcli.render.pictures.tree import tree

        return tree(result, digits, width)
    if format == "svg":
        from diffcli.render.pictures.svg import svg

        return svg(result, digits)
    if format == "mermaid":
        from diffcli.render.pictures.mermaid import mermaid

        return mermaid(result, digits)
    from diffcli.render.pictures import dot

    if format == "dot":
        return dot.dot(result, digits)
    try:
        return dot.drawn(result, digits, format)
    except ImportError:
        raise missing(format.upper(), "pygraphviz", "graph") from None
