"""A least-squares fit: parameters with their uncertainty, from a model and data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.each import exit_code
from diffcli.cli.errors import UsageError
from diffcli.cli.fitting_options import AFTER_FIT, ON_FIT, FittingOptions, asked_of
from diffcli.cli.options import LIMITING, PRINTING

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.compute.fitting.problem import Asked
    from diffcli.compute.rowdata.opening import Job
    from diffcli.results_fit import FitResult

OPTIONS = FittingOptions
EXAMPLES = """\
  diffcli fit model.expr --data points.csv
  diffcli fit model.expr --data points.csv --observed y=intensity --sigma dy
  diffcli fit model.expr --data points.csv --bounds b1=0.. --fix b2 --profile
  diffcli fit model.expr --data points.csv --bands x=0..5 --format csv
  diffcli fit -e 'a*exp(-k*t)' --at a=1 --at k=1 --wrt a,k --observed y --data -
"""
CHOOSING = ("data", "data_format", "mapping", "rows", "where", "sample", "sample_seed", "on_error")
RULES = ("wrt", "of", "stop", "tape", "watch", "watch_accessed")
TAKES = (
    *("files", "expression", "at"),
    *CHOOSING,
    *ON_FIT,
    *AFTER_FIT,
    *RULES,
    *PRINTING,
    *LIMITING,
)


def run(options: Options, environment: Environment) -> int:
    """Print the fit; 1 when it did not converge."""
    from importlib.util import find_spec

    from diffcli.cli.pictures import missing
    from diffcli.cli.printing import Printer
    from diffcli.diagnostic import DiagnosticError
    from diffcli.render import Outcome
    from diffcli.results_fit import FitResult

    if find_spec("scipy") is None:
        raise missing("fit", "SciPy", "fit")
    printer = Printer(options, environment)
    asked = asked_of(options)
    try:
        job = job_for(options, environment)
        result = fitted(options, environment, job, asked)
    except DiagnosticError as error:
        printer.diagnose(error.diagnostics, is_error=True)
        code = exit_code(error.diagnostics)
        name = (options.files or ["<expression>"])[0]
        printer.print([Outcome(FitResult.blank().of_file(name, error.diagnostics), code)], FitResult.blank(), False)
        return code
    tell(result, options, environment, printer.format)
    code = 0 if result.converged else 1
    printer.print([Outcome(result, code)], result, False)
    if code and not options.quiet:
        environment.report(f"{result.file}: did not converge: {result.why_stopped}\n")
    return code


def job_for(options: Options, environment: Environment) -> Job:
    """The file with its data; without data the numbers stand in the file."""
    from diffcli.cli.inputs import inputs, read
    from diffcli.cli.requests import template
    from diffcli.cli.rowdata_options import job_of
    from diffcli.compute import evaluate
    from diffcli.compute.rowdata.opening import Job

    if options.data:
        return job_of(options, environment, evaluate)
    from diffcli.cli.each import spelled

    for name in CHOOSING:
        if getattr(options, name) != getattr(FittingOptions, name):
            raise UsageError(f"{spelled(name)} needs --data", "for example --data points.csv")
    found, batch = inputs(options)
    if batch:
        raise UsageError(f"fit takes one expression file, and there are {len(found)}")
    request = template(options)
    return Job(evaluate, request._replace(source=read(found[0], environment), base=found[0].folder), ())


def fitted(options: Options, environment: Environment, job: Job, asked: Asked) -> FitResult:
    """The fit, with a line on a terminal while it takes long."""
    from diffcli.cli.progress import ProgressLine
    from diffcli.compute.fitting.fit import fit

    line = ProgressLine(environment, options.quiet)
    evaluations = 0

    def heard(squares: float) -> None:
        nonlocal evaluations
        evaluations += 1
        line.tell(lambda seconds: f"{evaluations:,} evaluations in {seconds:.0f} s, sum of squares {squares:.6g}")

    try:
        return fit(job, asked, heard)
    finally:
        line.clear()


def tell(result: FitResult, options: Options, environment: Environment, form: str) -> None:
    """Say how many rows were left out, and the notes where the format has no place for them."""
    if options.quiet:
        return
    if result.skipped:
        environment.report(f"{result.skipped:,} bad row{'s' * (result.skipped != 1)} left out\n")
    if form in ("plain", "csv", "tsv"):
        environment.report("".join(f"note: {note}\n" for note in result.notes))
