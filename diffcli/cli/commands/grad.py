"""Gradients of the targets, with the watched variables and the stopped nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import DIFFERENTIATING, LIMITING, ON_ROWS, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli grad expr.txt --wrt x
  diffcli grad -e '-x**2 + 3*x' --wrt x --at x=2
  diffcli grad model.expr --of loss --wrt w,b --json
  diffcli grad expr.txt --stop b --unconnected zero
  diffcli grad model.expr --data quotes.csv --wrt S,r -o greeks.parquet
"""
TAKES = (*READING, *DIFFERENTIATING, "grad_ys", "explain_plan", *ON_ROWS, *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print gradients, watched variables and stopped nodes; the exit code says whether all went well."""
    from diffcli.compute import gradient
    from diffcli.results import GradResult

    return run_each(options, environment, gradient, GradResult.blank())
