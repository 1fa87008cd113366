"""Hessians: the second derivatives of a target by pairs of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import DIFFERENTIATING, LIMITING, ON_ROWS, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli hessian -e 'x**2 * y' --at x=1 --at y=2
  diffcli hessian model.expr --of loss --wrt w --sparse
  diffcli hessian rosenbrock.expr --json
"""
TAKES = (*READING, *DIFFERENTIATING, "sparse", "explain_plan", *ON_ROWS, *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print Hessians; the exit code says whether all went well."""
    from diffcli.compute import hessian
    from diffcli.results import HessianResult

    return run_each(options, environment, hessian, HessianResult.blank())
