"""`--data`: a program over the rows of files, from the command line to the summary on standard error."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from diffcli.cli.errors import UsageError
from diffcli.cli.progress import ProgressLine
from diffcli.cli.rowdata_options import check_cluster, check_resume, job_of, output_of, placed, reductions
from diffcli.data import DataError, FormatError, WriteError
from diffcli.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable

    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.compute import Request
    from diffcli.compute.rowdata.cluster import Crew
    from diffcli.compute.rowdata.opening import Job, Opened
    from diffcli.compute.rowdata.run import Totals
    from diffcli.data import Fault


def run_rows(options: Options, environment: Environment, command: Callable[[Request], Any]) -> int:
    """Compute in every row and write what was computed; the exit code says whether all went well."""
    environment.color = options.color
    job = job_of(options, environment, command)
    if options.fields and not (options.reduce or options.explain_plan):
        raise UsageError(
            "--fields is for tables of results", "--of and --wrt choose columns, --only drops those of the data"
        )
    if options.sample_seed and options.sample is None:
        raise UsageError("--seed needs --sample", "for example --sample 1000 --seed 7")
    if options.explain_plan:
        return explain(options, environment, job)
    if options.reduce:
        if options.resume:
            raise UsageError("--resume and --reduce exclude each other: there are no rows to keep")
        return Rows(options, environment, job).reduce(reductions(options))
    target, form = output_of(options, job)
    rows = Rows(options, environment, job)
    if options.resume or rows.spread:
        check_resume(options, job, target, "--resume" if options.resume else rows.spread)
    return rows.write(target, form)


def explain(options: Options, environment: Environment, job: Job) -> int:
    """Print which executor would compute what; nothing is computed."""
    from diffcli.cli.printing import Printer
    from diffcli.compute.rowdata.explaining import explain_rows
    from diffcli.render import Outcome
    from diffcli.results_plan import PlanResult

    Printer(options, environment).print([Outcome(explain_rows(job))], PlanResult.blank(), False)
    return 0


class Rows:
    """One run over data: what is told about it, and when."""

    def __init__(self, options: Options, environment: Environment, job: Job) -> None:
        from diffcli.compute.rowdata.run import Totals

        self.options, self.environment, self.job = options, environment, job
        self.spread = check_cluster(options, job)
        self.totals = Totals()
        self.line = ProgressLine(environment, options.quiet)
        self.run: Opened | None = None

    def write(self, target: str | None, form: str) -> int:
        """Write the rows to a file or to standard output."""
        from diffcli.compute.rowdata.opening import opened
        from diffcli.compute.rowdata.run import write_rows

        stream = self.environment.stdout
        assert stream is not None
        run = self.run = opened(self.job)
        self.notes(run.plan)
        try:
            if (self.options.resume or self.spread) and target is not None:
                self.resume(run, placed(target), form)
            else:
                write_rows(run, placed(target) if target else stream, form, self.totals, self.progress)
        finally:
            run.reader.close()
            self.line.clear()
        return self.summary()

    def resume(self, run: Opened, target: str, form: str) -> None:
        """Write the rows in parts, those that are not there yet."""
        from diffcli.compute.rowdata.parts import write_in_parts
        from diffcli.compute.rowdata.parts_here import parts_of

        with ExitStack() as stack:
            crew = stack.enter_context(self.crew()) if self.spread else None
            parts = parts_of(run, target, form)
            stack.callback(parts.close)
            if not self.options.resume:
                parts.clear()
            elif parts.anew:
                self.tell("note: the parts that were there are of another program or other data; starting anew\n")
            if crew is not None:
                crew.write(parts, self.totals, self.progress)
            else:
                write_in_parts(parts, self.totals, self.progress)
            parts.remove()

    def crew(self) -> Crew:
        """The workers that compute in place of this process."""
        from diffcli.compute.rowdata.cluster import Crew

        return Crew(self.options.cluster, self.options.workers, self.tell)

    def reduce(self, asked: tuple[str, ...]) -> int:
        """Print what the rows come to."""
        from diffcli.cli.printing import Printer
        from diffcli.compute.rowdata.opening import opened
        from diffcli.compute.rowdata.run import reduce_rows
        from diffcli.render import Outcome
        from diffcli.results_reduce import ReduceResult

        printer = Printer(self.options, self.environment)
        run = self.run = opened(self.job)
        self.notes(run.plan)
        try:
            if self.spread:
                with self.crew() as crew:
                    result = crew.reduce(run, asked, self.totals, self.progress)
            else:
                result = reduce_rows(run, asked, self.totals, self.progress)
        finally:
            run.reader.close()
            self.line.clear()
        code = self.summary()
        printer.print([Outcome(result, code)], ReduceResult.blank(reductions=asked), False)
        return code

    def notes(self, plan: Any) -> None:
        """Tell what feeds the program and what is none in every row."""
        for note in plan.notes:
            self.tell(f"note: {note}\n")
        if plan.left:
            fed = ", ".join(feed.name for feed in plan.feeds)
            self.tell(f"note: {fed} from the data; the same in every row: {', '.join(plan.left)}\n")

    def tell(self, text: str) -> None:
        """Write to standard error unless it is to be quiet."""
        if not self.options.quiet:
            self.environment.report(text)

    def progress(self, totals: Totals) -> None:
        """Show how far it is, on a terminal, after a while."""

        def text(seconds: float) -> str:
            share = self.run.share(totals.read) if self.run is not None else None
            line = f"{totals.read:,} rows, {totals.read / seconds:,.0f} a second"
            return line + (f", {share:.0%}, {max(seconds / share - seconds, 0):.0f} s left" if share else "")

        self.line.tell(text)

    def summary(self) -> int:
        """Tell about bad rows and how many rows there were; the exit code that they deserve."""
        totals, options = self.totals, self.options
        if not options.quiet:
            for fault in totals.faults:
                self.environment.report(rendered(fault, self.environment, "warning"))
            if totals.bad > len(totals.faults):
                self.tell(f"… and {counted(totals.bad - len(totals.faults), 'more bad row')}\n")
        seconds = self.environment.clock() - self.line.started
        bad = f", {totals.bad:,} {'skipped' if options.on_error == 'skip' else 'bad'}" if totals.bad else ""
        self.tell(f"{counted(totals.computed, 'row')} in {seconds:.1f} s{bad}\n")
        hit = [f"{status} in {counted(count, 'row')}" for status, count in sorted(totals.statuses.items()) if count]
        if hit:
            self.tell(f"{self.job.request.source.name}: {' and '.join(hit)}, which --fail-on names\n")
        return 1 if hit else 0


def counted(count: int, what: str) -> str:
    """A number of things in words."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def rendered(fault: Fault, environment: Environment, severity: str = "error", help: str | None = None) -> str:
    """A bad row or cell, underlined in its line where it has one."""
    place = fault.place
    where = f"column {fault.name}: " if fault.name is not None else ""
    span = place.span()
    message = f"{where}{fault.message}" if span is not None else f"{place}: {where}{fault.message}"
    stream = environment.stderr
    from diffcli.render.diagnostics import render

    diagnostic = Diagnostic("data", message, span, help=help, severity=severity)
    return render([diagnostic], environment.colored(stream), environment.width(stream) or 120)


def told(error: BaseException) -> str | tuple[str, str | None] | None:
    """What to say about a failure of data files: a text, or message and help of a mistake in the command line."""
    from diffcli.cli.env import Environment
    from diffcli.compute.rowdata.pipeline import BadRow

    if isinstance(error, FormatError):
        return error.message, error.help
    if isinstance(error, WriteError):
        return f"error: {error}\n" + (f"help: {error.help}\n" if error.help else "")
    if isinstance(error, BadRow):
        return rendered(
            error.fault, Environment(), help="--on-error skip leaves such rows out, null leaves their results empty"
        )
    if isinstance(error, DataError):
        from diffcli.render.diagnostics import render

        span = error.place.span() if error.place else None
        message = error.message if span is not None else str(error)
        return render([Diagnostic("data", message, span, help=error.help)])
    return None
