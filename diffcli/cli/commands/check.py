"""Every gradient in four ways, and your own derivatives against ours."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.env import system
from diffcli.cli.errors import UsageError
from diffcli.cli.options import LIMITING, PRINTING, READING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.compute.request import Request
    from diffcli.document import Result

EXAMPLES = """\
  diffcli check expr.txt
  diffcli check -e 'x**2 * sin(y)' --at x=3 --at y=1
  diffcli check -e 'x**2 * sin(y)' --against 'dx = 2*x*sin(y); dy = x**2*cos(y)'
  diffcli check model.expr --against mine.expr --points 100 --seed 7
"""
RULES = ("wrt", "of", "stop", "tape", "watch", "watch_accessed", "strict_tf", "fail_on")
TAKES = (*READING, *RULES, "against", "points", "seed", *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Print how far the ways agree; 1 when one of them, or a derivative of the user's, is wrong."""
    from diffcli.compute.check import check
    from diffcli.results_check import AgainstResult, CheckResult

    text = stated(options.against, environment)

    def compute(request: Request) -> Result:
        return check(request, text, options.points, options.seed)

    blank = CheckResult.blank() if text is None else AgainstResult.blank()
    return run_each(options, environment, compute, blank, lambda result: 0 if getattr(result, "passed", True) else 1)


def stated(given: str | None, environment: Environment) -> str | None:
    """The text of the user's derivatives: what was given, or the file of that name."""
    if given is None or "=" in given:
        return given
    try:
        return environment.read(given).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        exists = os.path.exists(system(given))
        raise UsageError(
            f"--against is neither a file nor a definition: {given}"
            if not exists
            else f"cannot read {given}: {str(error).lower()}",
            "for example --against 'dx = 2*x*cos(y)' or --against mine.expr",
        ) from error
