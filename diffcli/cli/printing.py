"""Printing results the way the options ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffcli.cli.errors import UsageError
from diffcli.cli.output import write_chunks
from diffcli.cli.requests import split
from diffcli.render import Style, renderer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options
    from diffcli.diagnostic import Diagnostic
    from diffcli.document import Column, Result
    from diffcli.render import Outcome


class Printer:
    """The chosen format, columns and destination of one command."""

    def __init__(self, options: Options, environment: Environment) -> None:
        if options.json and options.format not in (None, "json"):
            raise UsageError(f"--json and --format {options.format} exclude each other")
        environment.color = options.color
        self.options = options
        self.environment = environment
        self.format = "json" if options.json else options.format or "table"
        self.to_file = options.output not in (None, "-")

    def style(self, sample: Result, batch: bool) -> Style:
        """How the results look; the sample says which columns there are."""
        options, environment = self.options, self.environment
        stream = None if self.to_file else environment.stdout
        columns = sample.columns()
        fields = split(options.fields)
        if not fields and options.verbose and self.format in ("table", "plain", "markdown", "latex"):
            fields = tuple(column.key for column in columns)
        return Style(
            fields=tuple(known_field(field, columns) for field in fields),
            digits=options.digits,
            color=environment.colored(stream),
            width=options.width or environment.width(stream),
            batch=batch,
        )

    def print(self, outcomes: Iterable[Outcome], sample: Result, batch: bool) -> None:
        """Render outcomes as they come."""
        if self.environment.take is not None:
            self.environment.take(outcomes, sample)
            return
        chunks = renderer(self.format)(outcomes, self.style(sample, batch))
        write_chunks(chunks, self.options.output, self.environment)

    def diagnose(self, diagnostics: Iterable[Diagnostic], is_error: bool) -> None:
        """Tell what is wrong on standard error; quiet drops warnings, and errors where the document on standard output has them."""
        told = list(diagnostics)
        if not told or (self.options.quiet and (not is_error or self.format in ("json", "ndjson"))):
            return
        from diffcli.render.diagnostics import render

        environment = self.environment
        environment.report(
            render(told, environment.colored(environment.stderr), environment.width(environment.stderr) or 120)
        )


def known_field(field: str, columns: tuple[Column, ...]) -> str:
    """The key of a column named by its key or its heading; UsageError with the nearest one if there is none of that name."""
    keys = [column.key for column in columns]
    titles = {column.title: column.key for column in columns}
    if field in keys or field in titles:
        return field if field in keys else titles[field]
    if field == "notes" and "note" in keys:
        return "note"
    from diffcli.diagnostic import closest

    near = closest(field, [*keys, *titles])
    raise UsageError(
        f"--fields has no column {field}", f"did you mean {near}?" if near else f"the columns are {', '.join(keys)}"
    )
