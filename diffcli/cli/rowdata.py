"""`--data`: a program over the rows of files, from the command line to the summary on standard error."""

from __future__ import annotations

import os
import re
from glob import glob, has_magic
from typing import TYPE_CHECKING, Any

from diffcli import __version__
from diffcli.cli.env import readable, system
from diffcli.cli.errors import UsageError
from diffcli.cli.inputs import inputs, read
from diffcli.cli.requests import failing, pairs, split, template
from diffcli.data import FORMATS, DataError, FormatError, WriteError, format_of
from diffcli.diagnostic import Diagnostic, closest

if TYPE_CHECKING:
    from collections.abc import Callable

    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.compute import Request
    from diffcli.compute.rowdata.opening import Job, Opened
    from diffcli.compute.rowdata.run import Totals
    from diffcli.data import Fault

# Seconds before progress is shown, and between two looks of it.
PATIENCE, EVERY = 1.0, 0.25


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
    if options.resume:
        check_resume(options, job, target)
    return Rows(options, environment, job).write(target, form)


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
        self.totals = Totals()
        self.started = self.told = environment.clock()
        self.watched = not options.quiet and environment.is_terminal(environment.stderr)
        self.line = ""
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
            if self.options.resume and target is not None:
                self.resume(run, system(target), form)
            else:
                write_rows(run, system(target) if target else stream, form, self.totals, self.progress)
        finally:
            run.reader.close()
            self.clear()
        return self.summary()

    def resume(self, run: Opened, target: str, form: str) -> None:
        """Write the rows in parts, those that are not there yet."""
        from diffcli.compute.rowdata.parts import Parts, write_in_parts

        parts = Parts(run, target, form)
        try:
            if parts.anew:
                self.tell("note: the parts that were there are of another program or other data; starting anew\n")
            write_in_parts(parts, self.totals, self.progress)
            parts.remove()
        finally:
            parts.close()

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
            result = reduce_rows(run, asked, self.totals, self.progress)
        finally:
            run.reader.close()
            self.clear()
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
        if not self.watched:
            return
        now = self.environment.clock()
        if now - self.started < PATIENCE or now - self.told < EVERY:
            return
        self.told = now
        self.clear()
        seconds, share = now - self.started, self.run.share(totals.read) if self.run is not None else None
        self.line = f"{totals.read:,} rows, {totals.read / seconds:,.0f} a second"
        if share:
            self.line += f", {share:.0%}, {max(seconds / share - seconds, 0):.0f} s left"
        self.environment.report(self.line)

    def clear(self) -> None:
        """Take the line of progress away."""
        if self.line:
            self.environment.report(f"\r{' ' * len(self.line)}\r")
            self.line = ""

    def summary(self) -> int:
        """Tell about bad rows and how many rows there were; the exit code that they deserve."""
        totals, options = self.totals, self.options
        if not options.quiet:
            for fault in totals.faults:
                self.environment.report(rendered(fault, self.environment, "warning"))
            if totals.bad > len(totals.faults):
                self.tell(f"… and {counted(totals.bad - len(totals.faults), 'more bad row')}\n")
        seconds = self.environment.clock() - self.started
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


def job_of(options: Options, environment: Environment, command: Callable[[Request], Any]) -> Job:
    """What the command line asks for."""
    from diffcli.compute.rowdata.opening import Job

    found, batch = inputs(options)
    if batch:
        raise UsageError(f"--data takes one expression file, and there are {len(found)}")
    request = template(options)
    fail_on = failing(options)
    paths = data_paths(options.data or [], options.data_format)
    if paths == ["-"] and found[0].path == "-":
        raise UsageError("standard input cannot be both the expression and the data")
    request = request._replace(source=read(found[0], environment), base=found[0].folder)
    return Job(
        command,
        request,
        tuple(paths),
        options.data_format,
        environment.stdin,
        pairs(options.mapping, "--map"),
        options.where,
        row_range(options.rows),
        options.sample,
        options.sample_seed,
        options.on_error,
        options.results_only or bool(options.reduce),
        jobs=options.jobs or cores(),
        fail_on=fail_on,
        version=__version__,
    )


def reductions(options: Options) -> tuple[str, ...]:
    """What `--reduce` names."""
    from diffcli.results_reduce import REDUCTIONS

    asked = tuple(dict.fromkeys(split(options.reduce)))
    for each in asked:
        if each not in REDUCTIONS:
            near = closest(each, REDUCTIONS)
            listed = f"one or several of {', '.join(REDUCTIONS)}"
            raise UsageError(f"--reduce cannot be {each}", f"did you mean {near}?" if near else listed)
    return asked


def cores() -> int:
    """The processor's cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def row_range(text: str | None) -> tuple[int, int | None]:
    """From which row to which, as A:B says."""
    if text is None:
        return 0, None
    found = re.fullmatch(r"\s*(\d*)\s*:\s*(\d*)\s*", text)
    if found is None:
        raise UsageError(f"--rows needs A:B and got {text!r}", "for example --rows 1000:2000, --rows :10 or --rows 10:")
    start, stop = int(found[1] or 0), int(found[2]) if found[2] else None
    if stop is not None and stop < start:
        raise UsageError(f"--rows {text}: the end stands before the start")
    return start, stop


def data_paths(given: list[str], form: str | None) -> list[str]:
    """The files of the data in order: those of a folder or pattern sorted by name."""
    found: list[str] = []
    for path in given:
        name = system(path)
        if path == "-":
            found.append(path)
        elif os.path.isdir(name):
            inside = sorted(each for each in os.listdir(name) if is_data(os.path.join(name, each), form))
            if not inside:
                raise UsageError(f"no data files in {path}", "their names have to end in .csv, .parquet, …")
            found += [os.path.join(name, each) for each in inside]
        elif has_magic(name) and not os.path.exists(name):
            matching = sorted(glob(name, recursive=True))
            if not matching:
                raise UsageError(f"no file matches {path}")
            found += matching
        elif not os.path.exists(name):
            from diffcli.cli.inputs import unreadable

            raise unreadable(path, FileNotFoundError(path))
        else:
            found.append(name)
    if len(found) > 1 and "-" in found:
        raise UsageError("standard input cannot be one of several parts of the data")
    return found


def is_data(path: str, form: str | None) -> bool:
    """Whether a file of a folder is a part of the data: of a known suffix and not hidden."""
    name = os.path.basename(path).lower()
    known = form is not None or any(name.endswith(each.suffixes) for each in FORMATS)
    return known and name[0] not in "._" and os.path.isfile(path)


def check_resume(options: Options, job: Job, target: str | None) -> None:
    """Refuse what cannot be continued."""
    if target is None:
        raise UsageError("--resume needs an output file", "name it with -o")
    if job.paths == ("-",):
        raise UsageError("--resume cannot go back in standard input", "put the data into a file")
    if options.sample is not None:
        raise UsageError("--resume and --sample exclude each other: a sample is drawn from all rows")
    name = os.path.realpath(system(target))
    if os.path.exists(name) and not os.path.isfile(name):
        raise UsageError(f"--resume needs an output file, and {target} is none")


def output_of(options: Options, job: Job) -> tuple[str | None, str]:
    """Where the rows go (None: standard output) and in which format."""
    target = None if options.output in (None, "-") else options.output
    asked = "json" if options.json else options.format
    written = ("csv", "tsv", "ndjson")
    if asked is not None and asked not in written:
        raise UsageError(
            f"rows cannot be written as {asked}", "--format csv, tsv or ndjson; or -o FILE.parquet, .arrow, .npy"
        )
    if target is None:
        own = format_of(job.paths[0], job.format)
        return None, asked or (own.name if own.text else "csv")
    if asked is None:
        return target, format_of(readable(target)).name
    return target, asked
