"""Jacobians: every element of a target by every element of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import DIFFERENTIATING, LIMITING, ON_ROWS, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli jacobian -e 'x**2 * [1, 2, 3]' --wrt x --at 'x=[1, 2, 3]'
  diffcli jacobian model.expr --of y --wrt w --sparse
  diffcli jacobian model.expr --mode forward --json
"""
TAKES = (*READING, *DIFFERENTIATING, "sparse", "explain_plan", *ON_ROWS, *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print Jacobians; the exit code says whether all went well."""
    from diffcli.compute import jacobian
    from diffcli.results import JacobianResult

    return run_each(options, environment, jacobian, JacobianResult.blank())
