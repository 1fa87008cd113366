"""Why each gradient is none, zero, NaN or infinite: the paths, where they are cut, and what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import LIMITING, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli why expr.txt --wrt x
  diffcli why -e 'x * log(x)' --at x=0
  diffcli why model.expr --of loss --wrt w,b --json
  diffcli why expr.txt --wrt x --strict-tf
"""
RULES = ("wrt", "of", "stop", "tape", "watch", "watch_accessed", "strict_tf", "fail_on")
TAKES = (*READING, *RULES, *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print for each target and source what connects them, what went wrong on the way, and what mends it."""
    from diffcli.compute.why import why
    from diffcli.results_why import WhyResult

    return run_each(options, environment, why, WhyResult.blank())
