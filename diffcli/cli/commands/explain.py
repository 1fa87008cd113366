"""Diagnostics and reasons in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.errors import UsageError
from diffcli.cli.options import PRINTING
from diffcli.cli.printing import Printer
from diffcli.render import Outcome

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.results import CodeRow

EXAMPLES = """\
  diffcli explain E0301
  diffcli explain frozen
  diffcli explain
"""
TAKES = ("codes", *PRINTING)


def run(options: Options, environment: Environment) -> int:
    """Print what a code means, with an example and what mends it, or list all codes."""
    from diffcli.results import ExplainResult

    printer = Printer(options, environment)
    known = rows()
    found = tuple(known[key] for key in (find(code, known) for code in options.codes or known))
    printer.print([Outcome(ExplainResult(found))], ExplainResult.blank(), False)
    return 0


def rows() -> dict[str, CodeRow]:
    """Every diagnostic code, every reason of a missing gradient and every cause of a bad or a zero one."""
    from diffcli.causes import CAUSES
    from diffcli.codes import CODES, REASONS
    from diffcli.results import CodeRow

    entries = (*CODES.items(), *REASONS.items(), *CAUSES.items())
    return {
        code: CodeRow(code, each.title, each.explanation, getattr(each, "exit_code", None)) for code, each in entries
    }


def find(code: str, known: dict[str, CodeRow]) -> str:
    """The code as the table has it; UsageError with the nearest one if there is none."""
    folded = {each.casefold(): each for each in known}
    if code.casefold() in folded:
        return folded[code.casefold()]
    from diffcli.diagnostic import closest

    near = closest(code, known)
    raise UsageError(f"unknown code {code}", f"did you mean {near}?" if near else "diffcli explain lists them")
