"""Problems of a file, of its values or of a request, as exceptions that carry the diagnostics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine.shape import OperandError
from ..source import Source

# Diagnostics are worded for the command line; here its options are arguments.
WORDS = (
    (re.compile(r"--at (?=\S+=)"), ""),
    (re.compile(r"--at\b"), "at(…)"),
    (re.compile(r"--max-(bytes|depth|elements|nodes|repeat)"), r"limits=Limits(\1=…)"),
    (re.compile(r"--where leaves"), "leave"),
    (re.compile(r"--corr ([^\s,]+),([^\s=]+)=(\S+)"), r'correlations={("\1", "\2"): \3}'),
    (re.compile(r"--(bounds) ([^\s=]+)=(\S+)\.\.(\S+)"), r'\1={"\2": (\3, \4)}'),
    (re.compile(r"--uncertainty ([^\s=]+)=([^\s,;]+)"), r'uncertainties={"\1": \2}'),
    (re.compile(r"--(sigma|observed) ([^\s=]+)=(\d[^\s,;]*)"), r'\1={"\2": \3}'),
    (re.compile(r"--(sigma|observed) ([^\s=]+)=([^\s,;]+)"), r'\1={"\2": "\3"}'),
    (re.compile(r"--data \S+\b"), "data={…}"),
    (re.compile(r"--(sigma|method|loss) (dy|lm|trf|dogbox|huber)\b"), r'\1="\2"'),
    (re.compile(r"--map (\S+?)=(\S+?)(?=[;,\s]|$)"), r'data={"\1": …["\2"]}'),
)
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*[a-z])( (?=\d))?")
# What is called otherwise here.
ARGUMENTS = {
    "fix": "fixed",
    "var-list": "variables",
    "clip-global-norm": "global_clip_norm",
    "uncertainty": "uncertainties",
    "corr": "correlations",
}


def argument(option: str) -> str:
    """The argument that an option is."""
    return ARGUMENTS.get(option, option.replace("-", "_"))


class DiffError(DiagnosticError):
    """Raised when a file, a value or a request cannot be used; `diagnostics` has every problem that was found.

    As text it is what the command line prints: each problem with its code, `file:line:column`, the line with a caret
    under the place, and a hint. Each diagnostic has `code`, `message`, `span` (`span.position()` counts lines and
    columns from 1), `notes`, `help` and `as_dict()`.
    """

    def __str__(self) -> str:
        from ..render.diagnostics import render

        return render(self.diagnostics).rstrip()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.diagnostics


class MissingLibraryError(DiffError, ImportError):
    """Raised when a library that is needed is not installed; its text has the command that installs it."""


@contextmanager
def readable() -> Iterator[None]:
    """Work whose problems reach a Python user: as DiffError, in the words of Python."""
    try:
        yield
    except DiagnosticError as error:
        if isinstance(error, DiffError):
            raise
        raise DiffError(*map(reworded, error.diagnostics)) from None
    except OperandError as error:
        raise DiffError(Diagnostic("E0601", error.message, help=error.hint)) from None
    except Exception as error:
        found = of_data(error)
        if found is None:
            raise
        raise found from None


def of_data(error: Exception) -> DiffError | None:
    """A problem of data, or of what is asked about it; None for another error."""
    from ..data import DataError, FormatError, MissingExtra

    if isinstance(error, MissingExtra):
        return MissingLibraryError(Diagnostic("missing", error.message, help=error.help))
    if isinstance(error, FormatError):
        return refusal(error.message, error.help)
    if isinstance(error, DataError):
        return DiffError(reworded(Diagnostic("data", f"{error.file}: {error.message}", help=error.help)))
    return None


def refusal(message: str, help: str | None = None) -> DiffError:
    """Arguments that cannot be used as they are."""
    return DiffError(reworded(Diagnostic("argument", message, help=help)))


def reworded(problem: Diagnostic) -> Diagnostic:
    """The problem with arguments in place of options."""
    span = problem.span
    if span is not None and span.source.name.startswith("--"):
        name = argument(span.source.name.removeprefix("--"))
        span = Source(name, span.source.text).span(span.start, span.end)
    help = problem.help and in_python(problem.help, "=")
    return replace(problem, message=in_python(problem.message), help=help, span=span)


def in_python(text: str, mark: str = "") -> str:
    """A text with arguments in place of options; the mark follows one that stands without its value."""
    for option, instead in WORDS:
        text = option.sub(instead, text)
    return OPTION.sub(lambda found: argument(found[1]) + ("=" if found[2] else mark), text)
