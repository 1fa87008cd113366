"""The tape in order, a row per node: value, local partials, adjoint or tangent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import LIMITING, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.compute.request import Request
    from diffcli.document import Result

EXAMPLES = """\
  diffcli trace expr.txt
  diffcli trace -e 'x * sin(x)' --at x=2
  diffcli trace expr.txt --step
  diffcli trace expr.txt --order forward --v x=1
"""
RULES = ("wrt", "of", "sweep", "direction", "grad_ys", "stop", "tape", "watch", "watch_accessed", "strict_tf")
TAKES = (*READING, "step", *RULES, "fail_on", *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print the tape of every file, with --step after a walk along it."""
    from diffcli.compute.trace import trace
    from diffcli.results_trace import TraceResult

    walked = False
    if options.step:
        walked = environment.is_terminal(environment.stdin) and environment.is_terminal(environment.stdout)
        if not walked:
            environment.report("--step needs a terminal: here is the whole tape\n")

    machine = options.json or options.format in ("json", "ndjson", "csv", "tsv")

    def compute(request: Request) -> Result:
        result = trace(request, options.sweep == "forward")
        if walked:
            from diffcli.cli.stepping import walk

            walk(result, environment)
        return result.rounded(options.digits) if options.digits and not machine else result

    return run_each(options, environment, compute, TraceResult.blank(mode=options.sweep))
