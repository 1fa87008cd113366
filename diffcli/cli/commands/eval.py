"""Values of the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import LIMITING, ON_ROWS, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli eval expr.txt
  diffcli eval -e 'sin(x)**2 + cos(x)**2' --at x=0.3
  diffcli eval model.expr --of loss --at 'w=[1, 2]' --json
  echo 'sqrt(2)' | diffcli eval -
  diffcli eval net.expr --load weights.npz --data new.csv --of prediction
  diffcli eval model.expr --data quotes.csv --where 'T > 0' --reduce mean
"""
TAKES = (*READING, "of", "strict_tf", "fail_on", "explain_plan", *ON_ROWS, *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print the values of the targets; the exit code says whether all went well."""
    from diffcli.compute import evaluate
    from diffcli.results import EvalResult

    return run_each(options, environment, evaluate, EvalResult.blank())
