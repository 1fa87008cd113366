"""Jacobian-vector products, by forward mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import DIFFERENTIATING, LIMITING, ON_ROWS, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli jvp -e 'x**2 + y' --at x=3 --at y=1 --v x=1
  diffcli jvp model.expr --v 'w=[1, 0, 0]' --of y --json
"""
TAKES = (*READING, *DIFFERENTIATING, "direction", *ON_ROWS, *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print Jacobian-vector products; the exit code says whether all went well."""
    from diffcli.compute import jvp
    from diffcli.results import ProductResult

    return run_each(options, environment, jvp, ProductResult.blank(kind="jvp"))
