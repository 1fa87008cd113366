"""The one layout of expression files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from diffcli.cli.each import exit_code
from diffcli.cli.env import system
from diffcli.cli.errors import OutputError, UsageError
from diffcli.cli.inputs import inputs, read
from diffcli.cli.output import write_chunks
from diffcli.cli.printing import Printer
from diffcli.cli.requests import limits
from diffcli.diagnostic import DiagnosticError
from diffcli.render import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from diffcli.cli.env import Environment
    from diffcli.cli.inputs import Input
    from diffcli.cli.options import Options
    from diffcli.results_fmt import ChangeRow, FmtResult
    from diffcli.source import Source

EXAMPLES = """\
  diffcli fmt expr.txt
  diffcli fmt samples --check
  diffcli fmt expr.txt --diff
  diffcli fmt - < expr.txt
"""
PRINTING = ("format", "json", "fields", "output", "color", "width", "quiet", "debug")
TAKES = ("files", "expression", "check", "patch", *PRINTING, "max_bytes", "max_depth")
MARK = "\ufeff"
WRONG = "its layout would not mean the same; this is a bug in diffcli, please report it with the file"


class Laid(NamedTuple):
    """An input, its text, and the text in its layout; both as they are on disk."""

    name: str
    path: str | None
    before: str
    after: str


def run(options: Options, environment: Environment) -> int:
    """Bring files into their layout; 1 with --check when one is not in it, 3 when one is wrong."""
    printer = Printer(options, environment)
    machine = printer.format not in ("table", "plain") or bool(options.fields)
    found, batch = inputs(options)
    codes = [0]
    changed = 0

    def outcomes() -> Iterator[tuple[Laid | None, Outcome]]:
        nonlocal changed
        from diffcli.lang.fmt import Unfaithful
        from diffcli.results_fmt import FmtResult

        for each in found:
            laid, outcome = None, Outcome(FmtResult(each.name, False, False), 0)
            try:
                laid = laid_out(each, options, environment)
                changed += laid.before != laid.after
                outcome = Outcome(*settled(laid, options, environment, machine))
            except DiagnosticError as error:
                printer.diagnose(error.diagnostics, is_error=True)
                refused = outcome.result._replace(diagnostics=error.diagnostics)  # type: ignore[attr-defined]  # the result of fmt is a named tuple
                outcome = Outcome(refused, exit_code(error.diagnostics))
            except (UsageError, OutputError) as error:
                if not batch:
                    raise
                environment.report(f"error: {error}\n")
                outcome = outcome._replace(exit_code=2 if isinstance(error, UsageError) else 5)
            except Unfaithful:
                environment.report(f"internal error: {each.name} stays as it is, since {WRONG}\n")
                outcome = outcome._replace(exit_code=70)
            codes.append(outcome.exit_code)
            yield laid, outcome

    if machine:
        printer.print((outcome for _, outcome in outcomes()), blank(), batch)
    else:
        texts = (shown(laid, options, environment, printer.to_file) for laid, _ in outcomes() if laid is not None)
        write_chunks((text for text in texts if text), options.output, environment)
    if batch and not options.quiet:
        word = "would change" if options.check or options.patch else "changed"
        environment.report(f"{len(found)} file{'s' * (len(found) != 1)}, {changed} {word}\n")
    return max(codes)


def blank() -> FmtResult:
    """The document that says nothing yet."""
    from diffcli.results_fmt import FmtResult

    return FmtResult("", False, False)


def laid_out(each: Input, options: Options, environment: Environment) -> Laid:
    """The layout of an input; a byte order mark stays."""
    from diffcli.lang.fmt import formatted

    kept = Kept(each, environment)
    source: Source = read(each, kept)  # type: ignore[arg-type]  # of an environment it needs `read` alone
    text = formatted(source, limits(options))
    mark = MARK if kept.content.startswith(b"\xef\xbb\xbf") else ""
    elsewhere = each.text is not None or each.path == "-" or options.output is not None
    return Laid(each.name, None if elsewhere else each.path, mark + source.text, mark + text)


class Kept:
    """An environment whose last file can be asked for again."""

    def __init__(self, each: Input, environment: Environment) -> None:
        self.environment = environment
        self.content = b""

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        self.content = self.environment.read(path)
        return self.content


def settled(laid: Laid, options: Options, environment: Environment, machine: bool) -> tuple[FmtResult, int]:
    """The document and the exit code of an input, its file written when that is what was asked."""
    from diffcli.results_fmt import FmtResult

    differs = laid.before != laid.after
    writes = differs and laid.path is not None and not (options.check or options.patch)
    if writes and laid.path is not None:
        overwrite(laid.path, laid.after, environment)
        if not options.quiet and not machine:
            environment.report(f"changed {laid.name}\n")
    rows = changes(laid.before, laid.after) if machine else ()
    return FmtResult(laid.name, differs, writes, rows), 1 if differs and options.check else 0


def overwrite(path: str, text: str, environment: Environment) -> None:
    """Replace a file at once, or not at all; one that may not be written is not replaced either."""
    if not os.access(system(path), os.W_OK):
        raise OutputError(path, "permission denied")
    write_chunks([text], path, environment)


def changes(before: str, after: str) -> tuple[ChangeRow, ...]:
    """The lines that differ, those beside each other together."""
    from difflib import SequenceMatcher

    from diffcli.results_fmt import ChangeRow

    old, new = split(before), split(after)
    old, new = [line.rstrip("\r\n") for line in old], [line.rstrip("\r\n") for line in new]
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(
        ChangeRow(first + 1, tuple(old[first:last]), tuple(new[start:end]))
        for kind, first, last, start, end in steps
        if kind != "equal"
    )


def split(text: str) -> list[str]:
    """The lines with their ends. Python's own splitlines also splits at form feeds, which comments may have."""
    from re import findall

    found: list[str] = findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text)
    return found


def shown(laid: Laid, options: Options, environment: Environment, to_file: bool) -> str:
    """What standard output gets: a patch, the names of files that would change, or the text that came from no file."""
    stream = None if to_file else environment.stdout
    if options.patch:
        text = patch(laid, environment.colored(stream))
    elif options.check:
        return f"{laid.name}\n" if laid.before != laid.after else ""
    else:
        text = laid.after if laid.path is None else ""
    if not text or not environment.is_terminal(stream):
        return text
    from diffcli.render.width import visible

    return text if options.patch and environment.colored(stream) else visible(text.replace("\r\n", "\n").lstrip(MARK))


def patch(laid: Laid, color: bool) -> str:
    """The unified diff from the text to its layout, as `patch` reads it."""
    from difflib import unified_diff

    from diffcli.render.width import visible

    found = unified_diff(split(laid.before), split(laid.after), laid.name, laid.name)
    lines = [line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in found]
    if not color:
        return "".join(lines)
    colors = {"+": "32", "-": "31", "@": "36"}
    return "".join(
        f"\x1b[{colors[line[0]]}m{visible(line.rstrip(chr(10)))}\x1b[0m\n" if line[0] in colors else visible(line)
        for line in lines
    )
