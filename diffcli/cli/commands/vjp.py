"""Vector-Jacobian products, by reverse mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import DIFFERENTIATING, LIMITING, ON_ROWS, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

EXAMPLES = """\
  diffcli vjp model.expr --v 'y=[1, 0]' --wrt w
  diffcli vjp -e 'x * [1, 2]' --at x=3 --v 'out=[1, 1]' --json
"""
TAKES = (*READING, *DIFFERENTIATING, "direction", *ON_ROWS, *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print vector-Jacobian products; the exit code says whether all went well."""
    from diffcli.compute import vjp
    from diffcli.results import ProductResult

    return run_each(options, environment, vjp, ProductResult.blank(kind="vjp"))
