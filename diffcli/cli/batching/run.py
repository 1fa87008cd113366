"""A batch from the command line to the exit code."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from diffcli.cli.batching.files import files_of
from diffcli.cli.batching.junit import Case, case_of
from diffcli.cli.batching.junit import write as write_junit
from diffcli.cli.batching.pool import Pool, in_order
from diffcli.cli.batching.telling import Progress, Tally
from diffcli.cli.batching.worker import Task, blank_of
from diffcli.cli.each import spelled
from diffcli.cli.env import Environment
from diffcli.cli.errors import UsageError
from diffcli.cli.options import ON_FILES, ON_ROWS, Options
from diffcli.cli.printing import Printer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.cli.batching.journal import Journal
    from diffcli.cli.batching.pool import Numbered
    from diffcli.render import Outcome, Style

# So many files are worth the start of another process.
WORTH = 50


def run_batch(options: Options, environment: Environment) -> int:
    """Run a command on every file and return the worst exit code."""
    printer = Printer(options, environment)
    if options.journal and (options.output is not None or printer.format not in ("table", "ndjson")):
        raise UsageError("--resume keeps the records in its own file, as NDJSON", "leave out -o and --format")
    task = task_of(options, environment, "ndjson" if options.journal else printer.format)
    files = files_of(options, environment)
    task = task._replace(blank=blank_of(task, files[0], environment))
    assert task.blank is not None
    style = printer.style(task.blank, True)
    batch = Batch(options, environment, task, files)
    try:
        if options.journal:
            batch.resumed(options.journal, style)
        else:
            printer.print(batch.outcomes(), task.blank, True)
    finally:
        batch.progress.clear()
    if options.junit is not None:
        write_junit(options.junit, task.command, batch.cases(), environment)
    batch.summary()
    return max(batch.codes)


def task_of(options: Options, environment: Environment, form: str) -> Task:
    """What is asked about every file; an option that the command does not know is an error."""
    takes = set(import_module(f"diffcli.cli.commands.{options.do}").TAKES)
    # A batch reads files and no rows, so what is for rows alone is not taken here.
    takes -= set(ON_ROWS) if "data" in takes else set()
    for name, value in vars(options).items():
        if name not in (*takes, *ON_FILES, "paths") and value != getattr(Options, name):
            raise UsageError(f"{spelled(name)} does not go with --do {options.do}")
    given = {name: value for name, value in vars(options).items() if name in takes}
    # What a process tells is told here, so it looks as this standard error asks.
    color = "always" if environment.colored(environment.stderr) else "never"
    # A table is drawn here; asked for plain text, no command adds a line of its own for each file.
    asked = {"format": "plain" if form == "table" else form, "json": False, "output": None, "color": color}
    return Task(options.do, given | asked, environment.width(environment.stderr))


class Batch:
    """One run over many files: what became of them, in their order."""

    def __init__(self, options: Options, environment: Environment, task: Task, files: list[str]) -> None:
        self.options, self.environment, self.task, self.files = options, environment, task, files
        self.progress = Progress(environment, len(files), options.quiet)
        self.tally = Tally()
        self.codes = [0]
        self.reported: dict[int, Case] = {}

    def outcomes(self) -> Iterator[Outcome]:
        """The outcomes of all files in order, as they come."""
        with self.pool(len(self.files)) as pool:
            yield from self.settled(pool.answers(enumerate(self.files)), range(len(self.files)))

    def pool(self, count: int) -> Pool:
        """The processes for so many files."""
        from diffcli.cli.rowdata_options import cores

        jobs = self.options.processes or min(cores(), 1 + count // WORTH)
        return Pool(self.task, jobs, self.options.timeout, self.waiting)

    def waiting(self) -> None:
        """Hand over what is there before the wait for more."""
        self.environment.flush()
        self.progress.show()

    def settled(self, answers: Iterable[Numbered], order: Iterable[int]) -> Iterator[Outcome]:
        """The outcomes in order; what is to be told about a file is told before its outcome is given."""
        for number, answer in in_order(self.counted(answers), order):
            self.progress.clear()
            if answer.told:
                self.environment.report(answer.told)
            outcome = answer.outcome
            self.codes.append(outcome.exit_code)
            kinds = [each.code for each in outcome.result.diagnostics]
            self.tally.add(outcome.exit_code, outcome.result.statuses(), kinds)
            self.tally.time(outcome.result.file, answer.seconds)
            if self.options.junit is not None:
                self.reported[number] = case_of(outcome.result.as_dict(), outcome.exit_code, answer.seconds)
            yield outcome

    def counted(self, answers: Iterable[Numbered]) -> Iterator[Numbered]:
        """The answers, counted as they come."""
        for each in answers:
            self.progress.done += 1
            yield each

    def resumed(self, path: str, style: Style) -> None:
        """Compute what the journal does not have, and put it there."""
        from diffcli.cli.batching.journal import Journal, keys

        journal = Journal(path, style)
        try:
            known = list(keys(self.task, self.files))
            todo = [number for number, file in enumerate(self.files) if not self.kept(journal, number, file, known)]
            with self.pool(len(todo)) as pool:
                answers = pool.answers((number, self.files[number]) for number in todo)
                for _ in self.settled(self.written(journal, known, answers), todo):
                    pass
            journal.finish(self.files, self.environment)
        finally:
            journal.close()

    def kept(self, journal: Journal, number: int, file: str, known: list[str | None]) -> bool:
        """Whether the journal has the record of a file, which is then counted as it was."""
        found = journal.done(file, known[number])
        if found is None:
            return False
        self.progress.done += 1
        self.codes.append(found.code)
        self.tally.add(found.code, found.statuses, (), kept=True)
        if self.options.junit is not None:
            self.reported[number] = case_of(journal.document(file), found.code, 0.0)
        return True

    def written(self, journal: Journal, known: list[str | None], answers: Iterable[Numbered]) -> Iterator[Numbered]:
        """The answers, each kept in the journal as soon as it is there."""
        for number, answer in answers:
            journal.add(self.files[number], known[number], answer)
            yield number, answer

    def cases(self) -> list[Case]:
        """The test cases in the order of the files."""
        return [self.reported[number] for number in sorted(self.reported)]

    def summary(self) -> None:
        """Tell at the end what became of the files, to a person or when asked."""
        environment = self.environment
        if not (self.options.summary or self.progress.watched):
            return
        from diffcli.render import Outcome, Style, renderer

        style = Style(color=environment.colored(environment.stderr), width=environment.width(environment.stderr))
        environment.report("".join(renderer("table")([Outcome(self.tally.result())], style)))
