"""The `expect` lines of files: which hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import run_each
from diffcli.cli.options import LIMITING, PRINTING
from diffcli.cli.printing import Printer

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.diagnostic import Diagnostic
    from diffcli.document import Result

EXAMPLES = """\
  diffcli test expr.txt
  diffcli test samples
  diffcli test samples --format csv --fields line,passed
"""
TAKES = ("files", "expression", "dtype", "strict_tf", *PRINTING, *LIMITING)


def run(options: Options, environment: Environment) -> int:
    """Run the expectations of every file; 1 when one of them failed, 3 when a file is wrong."""
    from pathlib import PurePath

    from diffcli.compute import self_test
    from diffcli.results import CaseRow, TestResult

    files, expectations, failed, refused = 0, 0, 0, 0

    def judge(result: Result) -> int:
        nonlocal files, expectations, failed
        bad = sum(not case.passed for case in result.main())
        files, expectations, failed = files + 1, expectations + len(result.main()), failed + bad
        return 1 if bad else 0

    def expected(name: str, diagnostics: tuple[Diagnostic, ...]) -> Result | None:
        """A file that is named after a diagnostic code is there to be refused with that code, and no other."""
        nonlocal refused
        codes = {each.code for each in diagnostics}
        if codes != {PurePath(name).stem}:
            refused += 1
            return None
        span = diagnostics[0].span
        line = span.position().line if span is not None else 1
        return TestResult(name, (CaseRow(line, f"refused with {PurePath(name).stem}", True),))

    code = run_each(options, environment, self_test, TestResult.blank(), judge, expected)
    if Printer(options, environment).format == "table" and not options.quiet:
        wrong = f", {counted(refused, 'file')} refused" if refused else ""
        environment.report(
            f"{counted(files, 'file')}, {counted(expectations, 'expectation')}, {failed} failed{wrong}\n"
        )
    return code


def counted(number: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {word}{'' if number == 1 else 's'}"
