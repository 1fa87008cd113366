"""The derivative as a formula, its shared sub-expressions named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import LIMITING, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli diff expr.txt --wrt x
  diffcli diff -e 'x**2 + 3*x' --wrt x --format plain
  diffcli diff -e 'log(1 + x)' --wrt x --order 10 --at x=0.5
  diffcli diff -e 'x * sin(x)' --wrt x --steps
  diffcli diff expr.txt --wrt x --format latex
"""
TAKES = (*READING, "wrt", "of", "order", "steps", "stop", "strict_tf", *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print derivatives as formulas; the exit code says whether all went well."""
    from diffcli.compute import formula
    from diffcli.results import DiffResult

    return run_each(options, environment, formula, DiffResult.blank())
