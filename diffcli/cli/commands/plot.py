"""Value and derivatives along an input: curves in the terminal or in a file, or the numbers."""

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
    from diffcli.results_plot import PlotResult

EXAMPLES = """\
  diffcli plot -e 'sin(x) * exp(-x/4)' --over x=0..12
  diffcli plot expr.txt --over t=0..2*pi --order 2
  diffcli plot expr.txt --over x=-3..3 --of y,z -o curves.png
  diffcli plot expr.txt --over x=0..5 --points 11 --format csv
"""
SHOWING = ("chart", "json", "output", "color", "width", "quiet", "verbose", "debug")
TAKES = (*READING, "over", "wrt", "of", "order", "samples", "stop", "strict_tf", *SHOWING, *LIMITING)
SUFFIXES = {"svg": "svg", "png": "png", "pdf": "pdf", "csv": "csv", "tsv": "tsv", "json": "json", "txt": "text"}
HIGHEST = 4


def run(options: Options, environment: Environment) -> int:
    """Draw the curves of a file, or give their numbers."""
    from diffcli.compute.plots import plot
    from diffcli.results_plot import PlotResult

    format = format_of(options, options.chart, SUFFIXES, "text")
    demand_place(options, environment, format)
    name, start, end = axis(options.over)
    if options.order > HIGHEST:
        raise UsageError(f"--order cannot be {options.order}", f"curves of derivatives go up to order {HIGHEST}")

    def compute(request: Request) -> PlotResult:
        return plot(request, name, start, end, options.samples)

    blank = PlotResult.blank(over=name)
    if format in ("json", "csv", "tsv"):
        options.format = format  # type: ignore[assignment]  # the format was checked against the known ones
        if format != "json":
            alone(options)
        return run_each(options, environment, compute, blank)
    alone(options)
    from diffcli.cli.inputs import inputs
    from diffcli.cli.printing import Printer
    from diffcli.cli.requests import template

    printer = Printer(options, environment)
    asked = template(options)
    (found,), _ = inputs(options)
    outcome = one(found, asked, printer, environment, compute, blank)
    if outcome.exit_code == 0:
        assert isinstance(outcome.result, PlotResult)
        deliver(drawn(outcome.result, format, options, environment), options, environment)
    return outcome.exit_code


def axis(text: str | None) -> tuple[str, str, str]:
    """The name and the two ends of NAME=A..B."""
    name, _, ends = (text or "").partition("=")
    start, _, end = ends.partition("..")
    if not (name.strip() and start.strip() and end.strip()):
        got = f" and got {text!r}" if text else ""
        raise UsageError(f"plot needs --over NAME=A..B{got}", "for example --over x=0..5 or --over 't=-pi..pi'")
    return name.strip(), start.strip(), end.strip()


def drawn(result: PlotResult, format: str, options: Options, environment: Environment) -> str | bytes:
    """The curves in a format."""
    if format == "text":
        from diffcli.render.curves.terminal import terminal

        stream = None if options.output not in (None, "-") else environment.stdout
        try:
            return terminal(result, options.width or environment.width(stream), environment.colored(stream))
        except ImportError:
            raise missing("a plot in the terminal", "plotille", "plot") from None
    from diffcli.render.curves.files import drawn

    try:
        return drawn(result, format)
    except ImportError:
        raise missing(format.upper(), "matplotlib", "plot") from None
