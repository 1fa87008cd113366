"""The thin Typer wrapper around each command's run(options, environment)."""

from __future__ import annotations

from importlib import import_module
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from diffcli.cli.options import OUTPUT, options_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import ModuleType

    from diffcli.cli.commands import Command
    from diffcli.cli.env import Environment
    from diffcli.cli.options import Options

ARGUMENTS = "Arguments"
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


class ExamplesFirst(TyperCommand):
    """A command whose help starts with examples and lists the options by subject."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write what the command answers, examples, usage, then the options."""
        formatter.write(f"{self.help}\n\n")
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, a section per subject in the order of their first option."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            shown = each.get_help_record(ctx)
            if shown is not None:
                subject = OUTPUT if each.name == "help" else getattr(each, "rich_help_panel", None)
                panels.setdefault(subject or ARGUMENTS, []).append(shown)
        for title, rows in panels.items():
            with formatter.section(title):
                formatter.write_dl(rows, col_max=26)


def signature(takes: Iterable[str], options: type[Options]) -> Signature:
    """The signature that Typer reads: the options that a command takes, as they are stated once."""
    stated = options.stated()
    return Signature(
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=default_of(name, options), annotation=stated[name])
            for name in takes
        ]
    )


def default_of(name: str, options: type[Options]) -> Any:
    """The default of an option; a required argument has none."""
    return Parameter.empty if name == "shell" else getattr(options, name)


def wrapper(module: ModuleType, environment: Environment) -> Callable[..., Callable[[], int]]:
    """The function that Typer calls: it packs what was given for run().

    The command itself runs after Typer has returned, because Typer has exit codes of its own for a closed pipe and for Ctrl-C.
    """

    options = options_of(module)

    def command(**given: Any) -> Callable[[], int]:
        return lambda: module.run(options(**given), environment)

    made: Any = command
    made.__signature__ = signature(module.TAKES, options)
    made.__annotations__ = {name: each for name, each in options.stated().items() if name in module.TAKES}
    return command


def register(commands: Sequence[Command], environment: Environment, completion: bool) -> typer.Typer:
    """The application with these commands; completion adds Typer's own options and is slow."""
    app = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=completion,
        context_settings=CONTEXT,
        cls=TyperGroup,
        name="diffcli",
    )
    # A callback keeps it a group even when only one command is registered.
    app.callback()(lambda: None)
    for command in commands:
        module = import_module(f"diffcli.cli.commands.{command.name}")
        text = f"{command.help[0].upper()}{command.help[1:]}.\n\nExamples:\n{module.EXAMPLES}"
        app.command(command.name, cls=ExamplesFirst, help=text, short_help=command.help, context_settings=CONTEXT)(
            wrapper(module, environment)
        )
    return app


def invoke(app: typer.Typer, arguments: Sequence[str], environment: Environment) -> int:
    """Parse a command line and run it; help goes to the environment's standard output."""
    from contextlib import redirect_stdout
    from io import StringIO

    click_command = typer.main.get_command(app)
    printed = StringIO()
    # Only Typer's help is printed here.
    with redirect_stdout(printed):
        run = click_command.main(args=list(arguments), prog_name="diffcli", standalone_mode=False)
    if printed.getvalue():
        environment.write(printed.getvalue())
    code: int = run() if callable(run) else run or 0
    return code


def complete(app: typer.Typer) -> int:
    """Answer a shell that asks for completions."""
    typer.main.get_command(app).main(args=[], prog_name="diffcli", complete_var="_DIFFCLI_COMPLETE")
    return 0
