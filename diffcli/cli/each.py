"""What every command on files does: read each input, compute, print, and remember the worst exit code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from diffcli.cli.errors import UsageError
from diffcli.cli.inputs import inputs, read
from diffcli.cli.options import ON_ROWS, Options
from diffcli.cli.printing import Printer
from diffcli.cli.requests import failing, template
from diffcli.diagnostic import Diagnostic, DiagnosticError
from diffcli.render import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from diffcli.cli.env import Environment
    from diffcli.cli.inputs import Input
    from diffcli.compute import Request
    from diffcli.document import Result

    Compute = Callable[[Request], Result]
    Judge = Callable[[Result], int]
    Expected = Callable[[str, tuple[Diagnostic, ...]], Result | None]


def run_each(
    options: Options,
    environment: Environment,
    compute: Compute,
    blank: Result,
    judge: Judge | None = None,
    expected: Expected | None = None,
) -> int:
    """Print the result of every input and return the worst exit code.

    compute makes the result of a request, blank is the empty document of the command, judge the exit code that a result deserves;
    expected may turn the refusal of a file into a result.
    """
    if options.data:
        from diffcli.cli.rowdata import run_rows

        return run_rows(options, environment, compute)
    for name in ON_ROWS:
        if getattr(options, name) != getattr(Options, name):
            raise UsageError(f"{spelled(name)} needs --data", "for example --data quotes.csv")
    if options.explain_plan:
        from diffcli.compute.plan import explain
        from diffcli.results_plan import PlanResult

        compute, blank = partial(explain, compute), PlanResult.blank()
    printer = Printer(options, environment)
    # Options are read before files, so that a mistake in one is told once and not for every file.
    asked, unwanted = template(options), failing(options)
    found, batch = inputs(options)
    codes = [0]

    def judged(result: Result) -> int:
        hit = sorted(result.statuses() & unwanted)
        if hit and not options.quiet:
            environment.report(f"{result.file}: has {' and '.join(hit)}, which --fail-on names\n")
        return max(1 if hit else 0, judge(result) if judge else 0)

    def outcomes() -> Iterator[Outcome]:
        for each in found:
            started = environment.clock()
            try:
                outcome = one(each, asked, printer, environment, compute, blank, expected)
            except UsageError as error:
                if not batch:
                    raise
                outcome = unusable(each.name, error, environment, blank)
            if outcome.exit_code == 0:
                outcome = outcome._replace(exit_code=judged(outcome.result))
            if options.verbose:
                environment.report(f"{each.name}: {environment.clock() - started:.3f} s\n")
            codes.append(outcome.exit_code)
            yield outcome

    printer.print(outcomes(), blank, batch)
    return max(codes)


def spelled(name: str, options: type[Options] = Options) -> str:
    """An option as it is written."""
    found: str = options.stated()[name].__metadata__[0].default
    return found


def one(
    each: Input,
    asked: Request,
    printer: Printer,
    environment: Environment,
    compute: Compute,
    blank: Result,
    expected: Expected | None = None,
) -> Outcome:
    """The outcome of one input; what is wrong with it is told at once, so that the other inputs still get their turn."""
    try:
        result = compute(asked._replace(source=read(each, environment), base=each.folder))
    except DiagnosticError as error:
        accepted = expected(each.name, error.diagnostics) if expected else None
        if accepted is not None:
            return Outcome(accepted)
        printer.diagnose(error.diagnostics, is_error=True)
        return Outcome(blank.of_file(each.name, error.diagnostics), exit_code(error.diagnostics))
    printer.diagnose(result.diagnostics, is_error=False)
    return Outcome(result)


def unusable(name: str, error: UsageError, environment: Environment, blank: Result) -> Outcome:
    """The outcome of one of several files that cannot even be read."""
    environment.report(f"error: {error.message}\n" + (f"help: {error.help}\n" if error.help else ""))
    return Outcome(blank.of_file(name, (Diagnostic("usage", error.message, help=error.help),)), 2)


def exit_code(diagnostics: Iterable[Diagnostic]) -> int:
    """The worst exit code of some diagnostics."""
    from diffcli.codes import CODES

    codes = [CODES[each.code].exit_code or 3 for each in diagnostics if each.severity == "error" and each.code in CODES]
    return max(codes, default=3)
