"""Statements one by one, each answered at once, and every command of the program on what was typed so far."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from diffcli.cli.env import Environment, system
from diffcli.cli.errors import OutputError, UsageError
from diffcli.diagnostic import DiagnosticError
from diffcli.source import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from diffcli.cli.options import Options
    from diffcli.cli.session import Session

EXAMPLES = """\
  diffcli repl
  diffcli repl model.expr
  printf 'var x = 3\\nx**2\\n:grad --wrt x' | diffcli repl
"""
TAKES = ("files", "color", "width", "debug")
GREETING = "diffcli {version}, :help lists the commands, Ctrl-D leaves\n"
TYPED = "<input>"


def run(options: Options, environment: Environment) -> int:
    """Read statements and commands until the end; from a pipe the exit code is the worst of them."""
    from diffcli import __version__
    from diffcli.cli.prompting import reader
    from diffcli.cli.session import Session

    environment.color = options.color
    if options.width is not None:
        environment.columns = options.width
    session = Session(os.getcwd())
    loop = Loop(session, environment, options.debug)
    loop.ask, person = reader(environment, session)
    for path in options.files or ():
        if path == "-":
            raise UsageError("a session reads its lines from standard input by itself", "diffcli repl < lines.txt")
        loop.guarded(partial(loop.load, path))
    if person:
        environment.write(GREETING.format(version=__version__))
    while loop.running:
        try:
            loop.turn()
        except KeyboardInterrupt:
            if not person:
                raise
            environment.write("\n")
        environment.flush()
    return 0 if person else loop.worst


class Loop:
    """A session, where its lines come from, and the worst exit code so far."""

    def __init__(self, session: Session, environment: Environment, debug: bool) -> None:
        self.session = session
        self.environment = environment
        self.debug = debug
        self.worst = 0
        self.running = True
        self.ask: Callable[[bool], bytes | str | None] = lambda more: None

    def turn(self) -> None:
        """One statement, which may take several lines, or one command."""
        lines: list[str] = []
        brackets: list[str] = []
        while True:
            line = self.ask(bool(lines))
            if line is None:
                self.running = False
                break
            try:
                text = decode(TYPED, line if isinstance(line, bytes) else line.encode("utf-8", "replace")).text
            except DiagnosticError as error:
                self.tell(error)
                continue
            if not lines and text.lstrip().startswith(":"):
                self.guarded(partial(self.command, text.strip()[1:]))
                return
            lines.append(text)
            if not unfinished(text, brackets):
                break
        text = "\n".join(lines)
        if text.strip():
            self.guarded(partial(self.statement, text))

    def guarded(self, step: Callable[[], int]) -> None:
        """A step whose failure is told, and ends nothing."""
        try:
            code = step()
        except DiagnosticError as error:
            self.tell(error)
            return
        except BrokenPipeError:
            raise
        except Exception as error:
            from diffcli.cli.failures import explained

            code = explained(error, ["repl", *(["--debug"] if self.debug else [])], self.environment)
        self.worst = max(self.worst, code)

    def tell(self, error: DiagnosticError) -> None:
        """What is wrong, as every command tells it."""
        from diffcli.cli.each import exit_code
        from diffcli.render.diagnostics import render

        environment = self.environment
        stream = environment.stderr
        environment.report(render(error.diagnostics, environment.colored(stream), environment.width(stream) or 120))
        self.worst = max(self.worst, exit_code(error.diagnostics))

    def statement(self, text: str) -> int:
        """Take in what was typed; its last expression is answered, expectations are judged."""
        from diffcli.cli.session import answer
        from diffcli.source import Source

        session = self.session
        made = session.add(Source(TYPED, text))
        if made and made[-1].kind == "Bare":
            try:
                self.environment.write(f"{answer(session)}\n")
            except DiagnosticError:
                session.undo()
                raise
        expected = sum(each.kind in ("Expect", "ExpectError") for each in made)
        return self.judged(expected) if expected else 0

    def judged(self, count: int) -> int:
        """Whether the last expectations hold."""
        from diffcli.compute import self_test

        failed = [case for case in self_test(self.session.request()).cases[-count:] if not case.passed]
        for case in failed:
            self.environment.report(f"failed: {case.text}\n        {case.message}\n")
        return 1 if failed else 0

    def command(self, text: str) -> int:
        """Run `:COMMAND options`."""
        import shlex

        from diffcli.cli.completing import OWN, UNFIT, words
        from diffcli.diagnostic import closest

        try:
            name, *given = shlex.split(text) or ["help"]
        except ValueError:
            raise UsageError("a quote is not closed") from None
        if name in OWN:
            if len(given) != (name in ("load", "save")):
                raise UsageError(f":{name} takes {'a FILE' if name in ('load', 'save') else 'no options'}")
            code: int = getattr(self, name)(*given)
            return code
        if name not in words() or name in UNFIT:
            near = closest(name, words())
            raise UsageError(f"unknown command :{name}", f"did you mean :{near}?" if near else ":help lists them")
        if name == "fmt" and not given:
            return self.fmt()
        return self.run(name, given)

    def run(self, name: str, given: Sequence[str]) -> int:
        """Run a command of the program on the session's text."""
        from importlib import import_module

        from diffcli.cli.app import main
        from diffcli.cli.session import NAME

        takes = import_module(f"diffcli.cli.commands.{name}").TAKES
        outer = self.environment
        ours = ["--color", outer.color] if outer.color != "auto" and "color" in takes else []
        # What is given here comes last, and so has the last word.
        asked = [*ours, *(["--debug"] if self.debug and "debug" in takes else []), *given]
        path = os.path.relpath(os.path.join(self.session.folder, NAME))
        environment = Inside(outer, path, self.session.text())
        return main([name, *([path] if "files" in takes else []), *asked], environment)

    def help(self) -> int:
        """List what can be typed."""
        from diffcli.cli.commands import COMMANDS
        from diffcli.cli.completing import OWN, UNFIT

        rows = [(command.name, command.help) for command in COMMANDS if command.name not in UNFIT] + list(OWN.items())
        self.environment.write("".join(f"  :{name:<10} {text}\n" for name, text in rows))
        self.environment.write("Options are those of the command line, as in :grad --wrt x; :grad --help lists them.\n")
        return 0

    def list(self) -> int:
        """Print the session's text."""
        from diffcli.render.width import visible

        self.environment.write(visible(self.session.text()))
        return 0

    def undo(self) -> int:
        """Take the last step back."""
        if not self.session.undo():
            raise UsageError("there is nothing to take back")
        return 0

    def reset(self) -> int:
        """Forget all statements; :undo brings them back."""
        self.session.accept((), "")
        return 0

    def fmt(self) -> int:
        """Bring the session into its layout, and print it."""
        from diffcli.cli.session import entries
        from diffcli.lang.fmt import formatted
        from diffcli.source import Source

        self.session.accept(*entries(Source(TYPED, formatted(Source(TYPED, self.session.text())))))
        return self.list()

    def load(self, path: str) -> int:
        """Take in the statements of a file."""
        from diffcli.cli.inputs import Input, read

        path = os.path.expanduser(path)
        session, before = self.session, self.session.folder
        source = read(Input(path, path), self.environment)
        session.folder = os.path.dirname(os.path.abspath(system(path)))
        try:
            session.add(source)
        except DiagnosticError:
            session.folder = before
            raise
        return 0

    def save(self, path: str) -> int:
        """Write the session's text to a file."""
        from diffcli.cli.output import write_chunks

        if path == "-":
            raise OutputError(path, ":list prints the session")
        write_chunks([self.session.text()], os.path.expanduser(path), self.environment)
        return 0

    def quit(self) -> int:
        """Leave."""
        self.running = False
        return 0


class Inside(Environment):
    """The outside world as a command of a session sees it: the session's text is one of the files."""

    def __init__(self, outer: Environment, path: str, text: str) -> None:
        super().__init__(outer.stdin, outer.stdout, outer.stderr, outer.variables, outer.clock, outer.columns)
        self.color = outer.color
        self.path = path
        self.text = text

    def read(self, path: str) -> bytes:
        """The bytes of a file, those of the session by its name."""
        return self.text.encode("utf-8") if path == self.path else super().read(path)


def unfinished(line: str, brackets: list[str]) -> bool:
    """Whether a statement goes on after a line; `brackets` are those open before it, and is kept up to date."""
    from diffcli.lang.pieces import CLOSES, OPENS, pieces
    from diffcli.source import Source

    for piece in pieces(Source(TYPED, line)):
        if piece.kind != "mark":
            continue
        if piece.sign in OPENS:
            brackets.append(piece.sign)
        elif piece.sign in CLOSES and (not brackets or brackets.pop() != CLOSES[piece.sign]):
            return False  # A bracket that closes nothing is told at once.
    return bool(brackets)
