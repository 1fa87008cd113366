"""Hessian-vector products, without the matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import DIFFERENTIATING, LIMITING, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli hvp -e 'x**3' --at x=2 --v x=1
  diffcli hvp model.expr --of loss --v 'w=[1, 0]' --json
"""
TAKES = (*READING, *DIFFERENTIATING, "direction", *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print Hessian-vector products; the exit code says whether all went well."""
    from diffcli.compute import hvp
    from diffcli.results import ProductResult

    return run_each(options, environment, hvp, ProductResult.blank(kind="hvp"))
